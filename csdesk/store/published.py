"""The packs of the team as they are read: which there are, all versions of one, and their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from csdesk.model.published import TeamFile, Thing, Version
from csdesk.store.connect import Connection

Stamp = tuple[int, int, int]


def stamp(connection: Connection) -> Stamp:
    """Something that is another once a version came, went or was given another time."""
    row = connection.execute(
        "SELECT count(*), coalesce(max(hlc), 0), coalesce(sum(hlc % 1000003), 0) FROM published"
    ).fetchone()
    return int(row[0]), int(row[1]), int(row[2])


_VERSIONS = """
SELECT p.thing, p.name, row_number() OVER (PARTITION BY p.thing, p.name ORDER BY p.hlc, p.desk), p.digest, p.title,
  p.note, p.at, agent.name, p.desk, p.dseq, p.upon
FROM published p JOIN agent ON agent.id = p.agent WHERE p.thing = ?1 AND (?2 IS NULL OR p.name = ?2)
ORDER BY p.name, p.hlc, p.desk
"""


def versions(connection: Connection, thing: Thing, name: str) -> list[Version]:
    """All versions of one pack, the newest first; none for a pack that nobody published."""
    rows = connection.execute(_VERSIONS, (thing.value, name)).fetchall()
    return _told(rows)[::-1]


def current(connection: Connection, thing: Thing) -> list[Version]:
    """The version of each pack that holds now, by name; also of packs that were retired."""
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_VERSIONS, (thing.value, None)).fetchall():
        found.setdefault(row[1], []).append(row)
    return [_told(rows)[-1] for rows in found.values()]


def _told(rows: Sequence[Any]) -> list[Version]:
    """The versions of one pack, in their order."""
    places = {f"{row[8]}:{row[9]}": row[2] for row in rows}
    last = len(rows) - 1
    found = []
    for place, row in enumerate(rows):
        thing, name, number, digest, title, note, at, agent, desk, dseq, _upon = row
        overtaken_by = None if place == last else _overtaker(rows[place + 1], number, places)
        found.append(
            Version(
                thing, name, number, digest, title, note, at, agent, (desk, dseq), place == last, overtaken_by
            )
        )
    return found


def _overtaker(following: Any, number: int, places: dict[str, int]) -> int | None:
    """The number of the version behind ``number``, if its author had not seen that one."""
    seen = places.get(following[10] or "", 0)
    return int(following[2]) if seen < number else None


def text_of(connection: Connection, dot: tuple[int, int]) -> str:
    """The text of a version; "" where it retired the pack."""
    row = connection.execute("SELECT text FROM published WHERE desk = ? AND dseq = ?", dot).fetchone()
    return "" if row is None or row[0] is None else str(row[0])


def files(connection: Connection, thing: Thing) -> tuple[TeamFile, ...]:
    """The packs that the team has, each with its texts, which are read from ``connection`` when they are asked for."""
    return tuple(
        TeamFile(each.name, each.number, each.digest, _Texts(connection, thing, each.name))
        for each in current(connection, thing)
        if not each.is_retired
    )


class _Texts:
    """The texts of a pack's versions, read one by one."""

    def __init__(self, connection: Connection, thing: Thing, name: str) -> None:
        self._connection, self._thing, self._name = connection, thing, name

    def __call__(self) -> Iterator[tuple[int, str]]:
        for each in versions(self._connection, self._thing, self._name):
            if each.is_retired:
                return
            yield each.number, text_of(self._connection, each.dot)
