"""Whether a contact has a name, asked of Python from inside a statement: names are told apart as texts are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from weakref import WeakKeyDictionary

from csdesk.store.connect import Connection

IS_NAMED = "is_named"
"""The function's name in SQL: it takes the names of a contact."""


class _Asked:
    """What a connection calls. It is made known once: a function cannot be replaced while a statement runs."""

    def __init__(self) -> None:
        self.is_named: Callable[[str], bool] | None = None

    def __call__(self, names: str) -> bool:
        return self.is_named is not None and self.is_named(names)


_asked: WeakKeyDictionary[Connection, _Asked] = WeakKeyDictionary()


@contextmanager
def names_told_by(connection: Connection, is_named: Callable[[str], bool]) -> Iterator[None]:
    """Statements of ``connection`` ask ``is_named``, each name once: many messages are of few people."""
    asked = _asked.get(connection)
    if asked is None:
        asked = _asked[connection] = _Asked()
        connection.create_function(IS_NAMED, 1, asked)
    asked.is_named = cache(is_named)
    try:
        yield
    finally:
        asked.is_named = None
