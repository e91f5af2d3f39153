"""What an erasure leaves in the file beside the rows, and how that goes too.

Freed pages and cells are overwritten as they are freed (``secure_delete``). Three places remain: the
write-ahead log holds pages as they were; the search index keeps some words as signposts between its
pages even when nothing bears them any more; and a page that was split keeps, in the gap between its
parts, copies of what moved away (seen: 2 of 100 words), which only a rewrite of the file takes along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from csdesk.store import connect
from csdesk.store.connect import Connection, translated
from csdesk.store.tokens import index_text

Progress = Callable[[int, int], None]
INDEXES = ("message_index", "heading_index")
STEPS = len(INDEXES) + 1
MERGE_PAGES = 500
CHECKPOINTS_MOST = 20
CHECKPOINT_PAUSE_S = 0.05
LEAST_SIGNPOST = 2
"""A single character is a signpost of many words and says nothing of any."""


def words_of(texts: Iterable[str]) -> set[str]:
    """The words by which ``texts`` could be found."""
    return {word for text in texts for word in index_text(text).split()}


def scrub(path: Path, words: set[str], progress: Progress = lambda done, total: None) -> bool:
    """Remove what is left of ``words`` in the indexes, rewrite the file, and empty the write-ahead log.

    Others can read meanwhile, and wait to write: about half a minute for a gigabyte.
    False when another program kept the log from being emptied; it goes when the last one closes the
    store. Raises StoreError when the store cannot be written.
    """
    with translated(path):
        connection = connect.open_writer(path)
        try:
            for number, index in enumerate(INDEXES):
                progress(number, STEPS)
                if signposts(connection, index, words):
                    _rewrite(connection, index)
            progress(len(INDEXES), STEPS)
            connection.execute("VACUUM")
            is_clean = _empty_log(connection)
            progress(STEPS, STEPS)
            return is_clean
        finally:
            connection.close()


def _empty_log(connection: Connection) -> bool:
    """Move the write-ahead log into the file and cut it to nothing.

    SQLite does not wait for another checkpoint that is under way, as it does for readers: ask again.
    """
    for _attempt in range(CHECKPOINTS_MOST):
        if not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            return True
        time.sleep(CHECKPOINT_PAUSE_S)
    return False


def signposts(connection: Connection, index: str, words: set[str]) -> set[str]:
    """The beginnings of ``words`` that stand between pages of ``index`` though no word there begins so."""
    connection.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_v USING fts5vocab('main', '{index}', 'row')"
    )
    posts = {
        bytes(term)[1:].decode(errors="replace")
        for (term,) in connection.execute(f"SELECT CAST(term AS BLOB) FROM {index}_idx")  # noqa: S608 - our own names
    }
    found = set()
    for word in words:
        for length in range(LEAST_SIGNPOST, len(word) + 1):
            start = word[:length]
            if start in posts and not _is_in_use(connection, index, start):
                found.add(start)
    return found


def _is_in_use(connection: Connection, index: str, start: str) -> bool:
    row = connection.execute(
        f"SELECT 1 FROM temp.{index}_v WHERE term >= ? AND term < ? LIMIT 1",  # noqa: S608 - our own names
        (start, start + "\U0010ffff"),
    ).fetchone()
    return row is not None


def _rewrite(connection: Connection, index: str) -> None:
    """Write the index anew. A merge needs two parts: a row of one letter, gone at the end, is the second."""
    column = "text" if index == INDEXES[0] else "name"
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"INSERT INTO {index}(rowid, {column}) VALUES(?, 'a')", (_NO_ROW,))
        pages = -MERGE_PAGES
        while True:
            before = connection.total_changes
            connection.execute(f"INSERT INTO {index}({index}, rank) VALUES('merge', ?)", (pages,))
            if (
                connection.total_changes - before < 2
            ):  # as sqlite.org/fts5.html has it: nothing was left to do
                break
            pages = MERGE_PAGES
        connection.execute(
            f"INSERT INTO {index}({index}, rowid, {column}) VALUES('delete', ?, 'a')", (_NO_ROW,)
        )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


_NO_ROW = -(1 << 62)
"""A row id that no message has."""
