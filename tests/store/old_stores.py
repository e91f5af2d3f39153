"""Stores as the first landed version left them: the one of the fixture, and any of today in its schema."""

from __future__ import annotations

import sys
from pathlib import Path

from csdesk.store import connect, migrations

FIRST = 3
SCRIPT = Path(__file__).parent / "fixtures" / "schema3.sql"
SHADOWS = ("message_index_data", "message_index_idx", "message_index_config")


def first_store(path: Path) -> Path:
    """The store of the fixture, at ``path``."""
    connect.create_file(path)
    connection = connect.open_writer(path)
    connection.execute("BEGIN")
    statement = ""
    for line in SCRIPT.read_text("utf-8").splitlines(keepends=True):
        statement += "" if line.startswith("--") else line
        if migrations.is_complete(statement):
            connection.execute(statement)
            statement = ""
    connection.execute("COMMIT")
    assert connection.execute("PRAGMA user_version").fetchone() == (FIRST,)
    connection.close()
    return path


def as_first(source: Path, path: Path) -> Path:
    """What the first landed version would have kept of the store at ``source``, at ``path``."""
    connection = connect.open_writer(first_store(path))
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("ATTACH ? AS today", (str(source),))
    tables = connection.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        " AND name NOT LIKE 'message_index%' AND name <> '_sqlite_migrations' ORDER BY name = 'view_count'"
    ).fetchall()
    connection.execute("BEGIN")
    for (table,) in [*tables, *((shadow,) for shadow in SHADOWS)]:
        columns = ", ".join(
            row[1] for row in connection.execute(f"PRAGMA main.table_info({table})").fetchall()
        )
        connection.execute(f"DELETE FROM main.{table}")
        connection.execute(f"INSERT INTO main.{table}({columns}) SELECT {columns} FROM today.{table}")
    connection.execute("COMMIT")
    connection.execute("DETACH today")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


if __name__ == "__main__":
    as_first(Path(sys.argv[1]), Path(sys.argv[2]))
