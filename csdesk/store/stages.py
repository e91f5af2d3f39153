"""Steps of the schema that have much to write: in stages, each of small commits, which remember where they are.

A stage is a script, or a ``Fill`` that walks through the ids of a table. The place is kept in ``meta``, in the
same commit as what was written: after a kill the next start goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from csdesk.store import schema
from csdesk.store.apply import headings, messages
from csdesk.store.connect import Connection

PLACE = "upgrade.place"
SCALE = 1_000


@dataclass(frozen=True, slots=True)
class Fill:
    """Writes something for the rows of ``table``: ``some`` does those behind an id, and returns the id of
    the last, or None when there was none left."""

    table: str
    some: Callable[[Connection, int], int | None]


Stage = str | Fill

CLEAR_INDEX = "INSERT INTO message_index(message_index) VALUES('delete-all');\n"
KEYS_AT_ONCE = 5_000


def _key_some(connection: Connection, after: int) -> int | None:
    """Write the queue keys of the next conversations."""
    (last,) = connection.execute(
        "SELECT max(id) FROM (SELECT id FROM conversation WHERE id > ? ORDER BY id LIMIT ?)",
        (after, KEYS_AT_ONCE),
    ).fetchone()
    if last is not None:
        connection.execute(
            "UPDATE conversation SET queue_key = sort_key WHERE id > ? AND id <= ?", (after, last)
        )
    return None if last is None else int(last)


STAGES: Mapping[str, tuple[Stage, ...]] = {
    "m005_find_names_and_subjects": (
        schema.SEARCH + CLEAR_INDEX,
        Fill("message", messages.index_some),
        Fill("conversation", headings.fill_some),
    ),
    "m007_keep_the_queue_key": (
        schema.QUEUE_KEY_COLUMN,
        Fill("conversation", _key_some),
        schema.QUEUE_KEY_INDEXES + schema.MERGE_LESS,
    ),
}
"""The stages of each step that has any, by its name."""

FIRST = -(1 << 63)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a step is: its next stage, and behind which id that goes on."""

    step: str
    stage: int = 0
    after: int = FIRST


def place_in(connection: Connection, step: str) -> Place:
    """Where ``step`` goes on."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (PLACE,)).fetchone()
    held = Place(*json.loads(row[0])) if row else Place(step)
    return held if held.step == step else Place(step)


def advance(connection: Connection, step: str, run: Callable[[str], None]) -> bool:
    """Do the next piece of ``step`` in the caller's commit; False when nothing is left of it.

    ``run`` executes a script.
    """
    place, stages = place_in(connection, step), STAGES[step]
    if place.stage == len(stages):
        return False
    stage, after = stages[place.stage], None
    if isinstance(stage, Fill):
        after = stage.some(connection, place.after)
    else:
        run(stage)
    following = Place(step, place.stage + 1) if after is None else Place(step, place.stage, after)
    connection.execute(
        "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        (PLACE, json.dumps([following.step, following.stage, following.after])),
    )
    return True


def forget(connection: Connection) -> None:
    """The step is done and counted."""
    connection.execute("DELETE FROM meta WHERE key = ?", (PLACE,))


def share_done(connection: Connection, step: str) -> float:
    """How much of ``step`` is done, from 0 to 1: by stages, and within a fill by the place among the ids."""
    place, stages = place_in(connection, step), STAGES[step]
    within = 0.0
    stage = stages[place.stage] if place.stage < len(stages) else ""
    if isinstance(stage, Fill) and place.after != FIRST:
        first, last = connection.execute(
            f"SELECT (SELECT min(id) FROM {stage.table}), (SELECT max(id) FROM {stage.table})"  # noqa: S608 - our own names
        ).fetchone()
        within = (place.after - first) / max(last - first, 1)
    return (place.stage + within) / len(stages)
