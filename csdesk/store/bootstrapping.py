"""A snapshot taken into a store: all of it at once where the store is empty, else what of its log is missing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.store import connect, log, replay, snapshot
from csdesk.store.connect import Connection
from csdesk.store.database import SCHEMA_VERSION
from csdesk.store.log import Stored
from csdesk.store.tokens import index_text

Progress = Callable[[int, int], None]
CACHE_KB = 64_000
WORDS_BYTES, USUAL_WORDS_BYTES = 64 << 20, 1 << 20
"""Words that a search index gathers before it writes them down: few large pieces are found in sooner than many."""


def is_empty(connection: Connection) -> bool:
    """Whether nothing was ever done or received in a store."""
    return connection.execute("SELECT 1 FROM op LIMIT 1").fetchone() is None


def fill(
    path: Path,
    file: BinaryIO,
    sums: Mapping[int, bytes],
    scopes: Collection[int],
    progress: Callable[[int], None] = lambda operations: None,
) -> int:
    """Take a snapshot into the empty store at ``path``, log and rows, in one commit; how many operations that were.

    ``sums`` are those that the hub has where the snapshot ends. Raises StoreError when it does not lead there or
    cannot be read, Refused when it lacks what readers of ``scopes`` may know, its rows are of another schema, or the
    store is not empty any more; then nothing of it is kept.
    """
    schema, blocks = snapshot.read(file)
    if schema != SCHEMA_VERSION:
        raise Refused(
            "snapshot.schema",
            _("The hub's snapshot is of another csdesk (schema {theirs}, this one knows {ours}).").format(
                theirs=schema, ours=SCHEMA_VERSION
            ),
            _("Its operations are read one by one instead."),
        )
    with connect.translated(path):
        connection = connect.open_writer(path)
        try:
            connection.execute("PRAGMA foreign_keys=OFF")  # rows come table by table
            connection.execute(f"PRAGMA cache_size=-{CACHE_KB}")
            connection.execute("BEGIN IMMEDIATE")
            if not is_empty(connection):
                raise _not_empty()
            count = _fill(connection, blocks, sums, scopes, progress)
            connection.execute("COMMIT")
            return count
        finally:
            connection.close()  # without a commit nothing of it was ever there


def _fill(
    connection: Connection,
    blocks: Iterator[snapshot.Block],
    sums: Mapping[int, bytes],
    scopes: Collection[int],
    progress: Callable[[int], None],
) -> int:
    indexes = _take_indexes(connection)
    chains, count = snapshot.chains(scopes), 0
    inserts: dict[str, str] = {}
    for table, rows in blocks:
        if table == "op":
            connection.executemany(log.INSERT, [chains.prove(row) for row in rows])
            count += len(rows)
            progress(count)
            continue
        if table not in inserts:
            inserts[table] = _insert(connection, table, len(rows[0]) if rows else 0)
        try:
            connection.executemany(inserts[table], rows)
        except connect.ConstraintError:
            raise snapshot.unreadable() from None
    if chains.sums != dict(sums):
        raise snapshot.not_the_hubs()
    connection.executemany(
        "INSERT INTO hub_vector(desk, dseq, hlc) VALUES(?,?,?)",
        [(desk, end.dseq, end.hlc) for desk, end in chains.tips.items()],
    )
    _index_words(connection)
    for sql in indexes:
        connection.execute(sql)
    return count


def _insert(connection: Connection, table: str, width: int) -> str:
    """How rows of a table are written, ``width`` columns. Raises StoreError for those that no snapshot has."""
    names = snapshot.columns(connection, table) if table in (*snapshot.ROWS, *snapshot.JUDGED) else []
    if len(names) != width:
        raise snapshot.unreadable()
    return f"INSERT INTO {table}({', '.join(names)}) VALUES({', '.join('?' * len(names))})"


def _take_indexes(connection: Connection) -> list[str]:
    """Take away what is made of all rows more quickly than row by row; how to make it again."""
    tables = log.encode_body({"tables": ["op", *snapshot.ROWS]})
    rows = connection.execute(_INDEXES, (tables,)).fetchall()
    for name, _sql in rows:
        connection.execute(f"DROP INDEX {name}")
    return [sql for _name, sql in rows]


_INDEXES = """
SELECT name, sql FROM sqlite_schema
WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN (SELECT value FROM json_each(?, '$.tables'))
"""


def _index_words(connection: Connection) -> None:
    """Have the search find what the rows say."""
    for name, (columns, source) in replay.INDEXES.items():
        connection.execute(f"INSERT INTO {name}({name}, rank) VALUES('hashsize', {WORDS_BYTES})")
        places = ", ".join("?" * (len(columns) + 1))
        insert = f"INSERT INTO {name}(rowid, {', '.join(columns)}) VALUES({places})"
        cursor = connection.execute(source)
        while rows := cursor.fetchmany(snapshot.AT_ONCE):
            connection.executemany(insert, [(row[0], *map(index_text, row[1:])) for row in rows])
        connection.execute(f"INSERT INTO {name}({name}, rank) VALUES('hashsize', {USUAL_WORDS_BYTES})")


def _not_empty() -> Refused:
    return Refused(
        "snapshot.not_empty",
        _("Something was done in this store meanwhile."),
        _("Sync again: nothing is lost, it only takes longer."),
    )


class Missing:
    """What of a snapshot's log a store lacks, in the order of the clocks, in a private database beside the store."""

    def __init__(
        self, path: Path, file: BinaryIO, sums: Mapping[int, bytes], scopes: Collection[int]
    ) -> None:
        """Raises as ``fill``, but for the schema: the log has one form for all."""
        _schema, blocks = snapshot.read(file)
        self._held = replay.open_private(path)
        self.lost: frozenset[tuple[int, int]] = frozenset()
        try:
            self._hold(blocks, sums, scopes)
        except BaseException:
            self.close()
            raise

    def _hold(
        self, blocks: Iterable[snapshot.Block], sums: Mapping[int, bytes], scopes: Collection[int]
    ) -> None:
        self._held.execute("BEGIN")
        self._held.execute(
            "CREATE TABLE op(desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum, PRIMARY KEY(desk, dseq))"
        )
        chains, lost = snapshot.chains(scopes), []
        for table, rows in blocks:
            if table == "op":
                self._held.executemany(log.INSERT, [chains.prove(row) for row in rows])
            elif table == "hub_lost":
                lost += rows
        if chains.sums != dict(sums):
            raise snapshot.not_the_hubs()
        self._held.execute("CREATE INDEX op_in_time ON op(hlc, desk)")
        self._held.execute("COMMIT")
        self.lost = frozenset(lost)

    def rows(self, vector: Mapping[int, int], most: int) -> Iterator[list[Stored]]:
        """Operations behind ``vector``, ``most`` at a time."""
        rest = (row for row in map(Stored._make, self._in_time()) if row.dseq > vector.get(row.desk, 0))
        while some := list(islice(rest, most)):
            yield some

    def _in_time(self) -> Iterator[tuple[Any, ...]]:
        return iter(
            self._held.execute(
                "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op ORDER BY hlc, desk"
            )
        )

    @property
    def connection(self) -> Connection:
        """Where the whole log of the snapshot lies, in the table ``op``."""
        return self._held

    def close(self) -> None:
        self._held.close()
