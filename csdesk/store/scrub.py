"""What an erasure leaves in the file beside the rows, and how that goes too.

Freed pages and cells are overwritten as they are freed (``secure_delete``). Three places remain: the
write-ahead log holds pages as they were; the search index keeps some words as signposts between its
pages even when nothing bears them any more; and a page that was split keeps, in the gap between its
parts, copies of what moved away (seen: 2 of 100 words), which only a rewrite of the file takes along.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from csdesk.store import connect
from csdesk.store.connect import Connection, translated
from csdesk.store.erasing import UNSCRUBBED

Progress = Callable[[int, int], None]
INDEXES = ("message_index", "heading_index")
STEPS = len(INDEXES) + 1
MERGE_PAGES = 250
"""Pages of an index that one commit merges: others wait a tenth of a second to write, not for the whole."""
BREATH_S = 0.02
"""Between two commits, so that who waits to write comes in: SQLite does not queue."""
CHECKPOINTS_MOST = 20
CHECKPOINT_PAUSE_S = 0.05
LEAST_SIGNPOST = 2
"""Bytes: a single letter is a signpost of many words and says nothing of any."""


def scrub(
    path: Path, progress: Progress = lambda done, total: None, *, busy_ms: int = connect.BUSY_MS
) -> bool:
    """Remove what is left of erased words in the indexes, rewrite the file, and empty the write-ahead log.

    Others can read meanwhile. While the file is rewritten they wait to write: about five seconds for a
    gigabyte. A kill is made good by doing it again. False when another program kept the log from being
    emptied; it goes when the last one closes the store. Raises StoreError when the store cannot be written.
    """
    with translated(path):
        connection = connect.open_writer(path, busy_ms)
        try:
            for number, index in enumerate(INDEXES):
                progress(number, STEPS)
                _take_out_mark(connection, index)
                if signposts(connection, index):
                    _rewrite(connection, index)
            progress(len(INDEXES), STEPS)
            connection.execute("VACUUM")
            connection.execute("DELETE FROM meta WHERE key = ?", (UNSCRUBBED,))
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


def signposts(connection: Connection, index: str) -> set[bytes]:
    """Beginnings of words that stand between pages of ``index`` though no word there begins so any more."""
    connection.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{index}_v USING fts5vocab('main', '{index}', 'row')"
    )
    posts = {
        bytes(term)[1:]
        for (term,) in connection.execute(f"SELECT CAST(term AS BLOB) FROM {index}_idx")  # noqa: S608 - our own names
    }
    return {post for post in posts if len(post) >= LEAST_SIGNPOST and not _is_in_use(connection, index, post)}


def _is_in_use(connection: Connection, index: str, start: bytes) -> bool:
    """Whether a word begins with ``start``, which may end within a character."""
    row = connection.execute(
        f"SELECT CAST(term AS BLOB) FROM temp.{index}_v WHERE term >= CAST(? AS TEXT) LIMIT 1",  # noqa: S608 - our own names
        (start,),
    ).fetchone()
    return row is not None and bytes(row[0]).startswith(start)


def _rewrite(connection: Connection, index: str) -> None:
    """Write the index anew, some pages at a time.

    A merge needs two parts: a row of one letter, gone at the end, is the second.
    """
    column = "text" if index == INDEXES[0] else "name"
    _in_one(
        connection,
        (f"INSERT INTO {index}(rowid, {column}) VALUES(?, 'a')", (_NO_ROW,)),
        ("INSERT INTO meta(key, value) VALUES(?, 1)", (_mark(index),)),
    )
    pages = -MERGE_PAGES
    while True:
        before = connection.total_changes
        connection.execute(f"INSERT INTO {index}({index}, rank) VALUES('merge', ?)", (pages,))
        if connection.total_changes - before < 2:  # as sqlite.org/fts5.html has it: nothing was left to do
            break
        pages = MERGE_PAGES
        time.sleep(BREATH_S)
    _take_out_mark(connection, index)


def _mark(index: str) -> str:
    """Key of ``meta`` while ``index`` holds the row of one letter: after a kill it is still to go."""
    return f"{UNSCRUBBED}:{index}"


def _take_out_mark(connection: Connection, index: str) -> None:
    if connection.execute("SELECT 1 FROM meta WHERE key = ?", (_mark(index),)).fetchone() is None:
        return
    column = "text" if index == INDEXES[0] else "name"
    _in_one(
        connection,
        (f"INSERT INTO {index}({index}, rowid, {column}) VALUES('delete', ?, 'a')", (_NO_ROW,)),
        ("DELETE FROM meta WHERE key = ?", (_mark(index),)),
    )


def _in_one(connection: Connection, *statements: tuple[str, tuple[object, ...]]) -> None:
    """Execute all of ``statements`` or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement, parameters in statements:
            connection.execute(statement, parameters)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


_NO_ROW = -(1 << 62)
"""A row id that no message has."""
