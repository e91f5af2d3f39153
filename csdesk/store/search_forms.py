"""The words of an index that begin with what was typed: a prefix asked for as these is read newest first.

For a prefix as such, the index first puts together the places of all its words, the whole history of them;
for words it goes down the newest places only. Where the words are many, the prefix stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from csdesk.store.connect import Connection

MOST_FORMS = 24
"""Words that are listed for one prefix: listing so many takes about a millisecond (measured)."""

_PREFIX = re.compile('"([a-z0-9]+)" \\*')
"""ASCII letters alone: what else the tokeniser makes of a word is its own business."""
_AFTER = "\x01"
"""Behind a word, and before all that goes on with a letter."""


@dataclass
class _Forms:
    """What one connection knows, as of one state of the store."""

    state: tuple[int, int] = (-1, -1)
    tables: set[str] = field(default_factory=set)
    known: dict[tuple[str, str], list[str]] = field(default_factory=dict)


_of_connections: WeakKeyDictionary[Connection, _Forms] = WeakKeyDictionary()


def spelled_out(connection: Connection, table: str, match: str) -> str:
    """``match`` with each prefix of one ASCII word as the words of ``table`` (our own name) that begin so."""
    return _PREFIX.sub(lambda found: _either(connection, table, found), match) if "*" in match else match


def _either(connection: Connection, table: str, found: re.Match[str]) -> str:
    words = _words(connection, table, found[1])
    if not 0 < len(words) <= MOST_FORMS:
        return found[0]
    quoted = [f'"{word}"' for word in words]
    return f"({' OR '.join(quoted)})"


def _words(connection: Connection, table: str, prefix: str) -> list[str]:
    """The words that begin with ``prefix``, at most one more than MOST_FORMS."""
    forms = _of_connections.setdefault(connection, _Forms())
    state = (connection.execute("PRAGMA data_version").fetchone()[0], connection.total_changes)
    if forms.state != state:
        forms.state, forms.known = state, {}
    key = (table, prefix)
    if key not in forms.known:
        if table not in forms.tables:
            _open_words(connection, table)
            forms.tables.add(table)
        forms.known[key] = _listed(connection, table, prefix)
    return forms.known[key]


def _listed(connection: Connection, table: str, prefix: str) -> list[str]:
    """Word after word, each by its own search: to read on would read all places of each."""
    sql = f"SELECT term FROM temp.{table}_words WHERE term >= ? LIMIT 1"  # noqa: S608 - our own table names
    words: list[str] = []
    rows = connection.execute(sql, (prefix,)).fetchall()
    while rows and rows[0][0].startswith(prefix) and len(words) <= MOST_FORMS:
        words.append(rows[0][0])
        rows = connection.execute(sql, (words[-1] + _AFTER,)).fetchall()
    return words


def _open_words(connection: Connection, table: str) -> None:
    """A window on the words of ``table``, of this connection alone: nothing is written to the store."""
    (is_closed,) = connection.execute("PRAGMA query_only").fetchone()
    connection.execute("PRAGMA query_only=OFF")
    try:
        connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{table}_words USING fts5vocab(main, '{table}', 'instance')"
        )
    finally:
        connection.execute(f"PRAGMA query_only={is_closed}")
