"""Proof that the large tables of two stores hold the same rows, without reading one twice or naming anything.

Rows are compared as they lie in the file, in the order of their ids. That says as much as ``projections``, which asks
for global names, where the ids themselves mean the same in both: so a table counts only once all it points into do.
Where one row differs, or came in another order, nothing is proved and ``projections`` says what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from csdesk.store.checks import ends_all
from csdesk.store.connect import Connection, DriverError

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class _Table:
    """One table: its columns but those that may differ between two sound stores, and the ``order`` of its rows.

    ``projection`` is what it proves, empty where it only says which id is who; ``needs`` are the tables whose ids it
    holds.
    """

    name: str
    columns: str
    order: str = "id"
    projection: str = ""
    needs: tuple[str, ...] = ()


_TABLES: Final = (
    _Table("agent", "id, uid"),
    _Table("team", "id, uid"),
    _Table("inbox", "id, uid"),
    _Table("label", "id, name"),
    _Table(
        "contact",
        "id, uid, name, email, phone, tier, source, lifecycle, birthday, note, is_blocked, created_at, erased_at,"
        " survivor",
        projection="contact",
    ),
    _Table("contact_key", "key, contact", "key", "contact key", ("contact",)),
    _Table(
        "conversation",
        "id, uid, ref, source, source_id, thread, lang, inbox, contact, owner, contact_name, also_known, is_blocked,"
        " tier, subject, stage, status, priority, assignee, team, epoch, waiting_since, wait_floor, prior_floor,"
        " opened_at, updated_at, resolved_at, snooze_kind, snooze_until, erased_at, message_count, preview,"
        " preview_from, last_message",
        projection="conversation",
        needs=("agent", "team", "inbox", "contact", "message"),
    ),
    _Table(
        "message",
        "id, uid, conversation, sender, author, author_name, text, at, is_time_assumed, hlc, delivery, reason,"
        " external_id, rule",
        projection="message",
        needs=("agent", "conversation"),
    ),
    _Table(
        "conversation_label",
        "conversation, label",
        "conversation, label",
        "label of conversation",
        ("conversation", "label"),
    ),
    _Table(
        "event",
        "id, conversation, kind, at, agent, body",
        projection="event",
        needs=("agent", "conversation"),
    ),
)


def proved(connection: Connection, scratch: Connection, told: Callable[[int], None]) -> dict[str, int]:
    """The projections whose rows are the same in both, with how many there are; ``told`` hears of rows compared."""
    counts: dict[str, int] = {}
    for table in _TABLES:
        before = sum(counts.values())
        same = _count_of_same(connection, scratch, table, partial(_tell, told, before))
        if same is not None:
            counts[table.name] = same
    while lacking := [
        each.name for each in _TABLES if each.name in counts and not counts.keys() >= {*each.needs}
    ]:
        for name in lacking:
            del counts[name]
    return {each.projection: counts[each.name] for each in _TABLES if each.projection and each.name in counts}


def _tell(told: Callable[[int], None], before: int, count: int) -> None:
    told(before + count)


def _count_of_same(
    connection: Connection, scratch: Connection, table: _Table, told: Callable[[int], None]
) -> int | None:
    """How many rows there are where both have the same ones; None where they differ or cannot be read."""
    sql = f"SELECT {table.columns} FROM {table.name} ORDER BY {table.order}"  # noqa: S608 - the fixed texts above
    count = 0
    try:
        here, there = connection.execute(sql), scratch.execute(sql)
        while (rows := here.fetchmany(AT_ONCE)) == there.fetchmany(AT_ONCE):
            if not rows:
                return count
            count += len(rows)
            told(count)
    except DriverError as error:
        if ends_all(error):
            raise
    return None
