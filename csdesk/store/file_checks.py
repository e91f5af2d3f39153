"""What ``verify`` asks of the file itself: pages, indexes, and rows that point to what is not there."""

from __future__ import annotations

import re

from csdesk.i18n import _
from csdesk.store.checks import MOST_PROBLEMS, Findings, Progress
from csdesk.store.connect import Connection, DriverError


def pages(connection: Connection, found: Findings, _progress: Progress) -> None:
    """Every page, and every index against its table, as SQLite itself checks them."""
    found.looked_at = connection.execute("PRAGMA page_count").fetchone()[0]
    names = _names_by_root(connection)
    try:
        rows = connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})").fetchall()
    except DriverError as error:
        if "interrupted" in str(error):
            raise
        _pages_by_table(connection, found)
        return
    for (said,) in rows:
        if said != "ok":
            found.add(_("SQLite: {problem}").format(problem=_with_names(said, names)))


def _pages_by_table(connection: Connection, found: Findings) -> None:
    """A page that ends the check of the file as a whole: it is one of a table that cannot be walked."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")
    for (table,) in tables.fetchall():
        try:
            said = connection.execute(f'PRAGMA integrity_check("{table}")').fetchone()[0]
        except DriverError as error:
            said = str(error)
        if said != "ok":
            names = _names_by_root(connection)
            found.add(_("SQLite: {problem}").format(problem=f"{table}: {_with_names(said, names)}"))


def references(connection: Connection, found: Findings, _progress: Progress) -> None:
    """Every row points to rows that are there."""
    found.looked_at = connection.execute(
        "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%REFERENCES%'"
    ).fetchone()[0]
    for table, row, parent, _key in connection.execute("PRAGMA foreign_key_check"):
        found.add(
            _("{table} row {row} points to a {parent} that is not there").format(
                table=table, row=row, parent=parent
            )
        )
        if found.is_full:
            return


_TREE = re.compile(r"Tree (\d+)")


def _names_by_root(connection: Connection) -> dict[int, str]:
    """Tables and indexes by the page their tree begins at, which is how SQLite names them."""
    return dict(connection.execute("SELECT rootpage, name FROM sqlite_schema WHERE rootpage > 0").fetchall())


def _with_names(said: str, names: dict[int, str]) -> str:
    """SQLite's complaint in one line, with the name of the table it is about."""
    plain = said.replace("*** in database main ***", "").strip().replace("\n", "; ")
    return _TREE.sub(lambda tree: names.get(int(tree.group(1)), tree.group()), plain)
