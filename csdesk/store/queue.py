"""The queue's pages: one row of one partial index is one line on the screen.

Pages are keyset: a page begins behind the key of the last row shown, wherever that row is
by now, so that a million rows page as fast as fifty.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.conversation import (
    COUNTED_VIEWS,
    MOST_COUNTED,
    Page,
    Priority,
    QueueRow,
    Sort,
    Status,
    View,
    ViewCounts,
)
from csdesk.store.connect import Connection

_COLUMNS = (
    "c.id, c.ref, c.version, c.status, c.waiting_since, c.contact_name, c.tier, c.stage, c.priority,"
    " c.subject, c.preview, c.preview_from, c.assignee, c.assignee, c.inbox, c.updated_at,"
    " c.snooze_until, c.marks | c.is_blocked << 2"
)


_KEY = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class _Order:
    """How a view is sorted. ``where`` repeats its partial index's condition to the letter.

    Without an ``index`` its rows are looked up one by one and sorted: they are few.
    """

    where: str
    key: str
    index: str
    is_descending: bool = False

    @property
    def table(self) -> str:
        """What is read, and by which way."""
        return f"conversation c INDEXED BY {self.index}" if self.index else "conversation c"


_ORDERS = {
    View.WAITING: _Order(
        "c.status = 'open' AND c.waiting_since IS NOT NULL", "c.waiting_since", "conversation_waiting"
    ),
    View.UNASSIGNED: _Order(
        "c.status = 'open' AND c.assignee IS NULL", "c.queue_key", "conversation_unassigned"
    ),
    View.MINE: _Order("c.status = 'open' AND c.assignee = :agent", "c.queue_key", "conversation_mine"),
    View.ALL: _Order("true", "c.updated_at", "conversation_all", True),
    View.SNOOZED: _Order("c.status = 'snoozed'", "c.snooze_key", "conversation_snoozed"),
    View.RESOLVED: _Order("c.status = 'resolved'", "c.resolved_at", "conversation_resolved", True),
    View.DRAFTS: _Order("c.id IN (SELECT conversation FROM draft WHERE agent = :agent)", "c.queue_key", ""),
    View.FAILED: _Order(
        "c.id IN (SELECT conversation FROM outbox WHERE state = 'failed')", "c.queue_key", ""
    ),
}
MOST_LOOKED_AT = 20_000
"""How many rows of a view are looked at to count those that fit a filter."""

SORTABLE = (View.WAITING, View.UNASSIGNED, View.MINE, View.DRAFTS, View.FAILED)
"""Views that can be sorted in every way; the others have the one order that their time gives them."""


@lru_cache
def _order(view: View, sort: Sort) -> _Order:
    order = _ORDERS[view]
    if sort is Sort.WAIT or view not in SORTABLE:
        return order
    return replace(order, key=f"c.{sort}_key", index=order.index and f"{order.index}_{sort}")


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What narrows a view: words in name, subject or preview, and exact facts; ``contact`` is a local id."""

    words: tuple[str, ...] = ()
    label: str | None = None
    tier: str | None = None
    stage: str | None = None
    inbox: str | None = None
    priority: int | None = None
    contact: int | None = None

    @property
    def is_empty(self) -> bool:
        return self == QueueFilter()


_NO_FILTER = QueueFilter()


def page(
    connection: Connection,
    view: View,
    *,
    agent: int = 0,
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
    narrowed: QueueFilter = _NO_FILTER,
    sort: Sort = Sort.WAIT,
) -> Page:
    """``limit`` rows of a view, in its order, behind the key ``after`` or just ahead of ``before``.

    ``sort`` holds for the views of SORTABLE. ``before=""`` asks for the last rows. ``next`` says where the following page in the same direction
    begins, None at the end. Raises UsageError when a key is not one that a page gave.
    """
    order = _order(view, sort)
    if narrowed.contact is not None and order.index:  # theirs are few, and can be sorted
        order = replace(order, index="conversation_contact")
    backwards = before is not None
    conditions, values = _narrowing(narrowed)
    values |= {"agent": agent, "limit": limit + 1}
    place = before if backwards else after
    descending = order.is_descending != backwards
    if place:
        values["key"], values["id"] = _read_key(place)
        conditions.append(f"({order.key}, c.id) {'<' if descending else '>'} (:key, :id)")
    rows = connection.execute(_page_sql(order, descending, tuple(conditions)), values).fetchall()
    names = _names(connection)
    found = [_row(row, names) for row in rows[:limit]]
    if backwards:
        found.reverse()
        return Page(tuple(found), found[0].key if len(rows) > limit else None)
    return Page(tuple(found), found[-1].key if len(rows) > limit and found else None)


@lru_cache(maxsize=256)
def _page_sql(order: _Order, descending: bool, conditions: tuple[str, ...]) -> str:
    where = " AND ".join([order.where, *conditions])
    direction = "DESC" if descending else "ASC"
    return (
        f"SELECT {_COLUMNS}, {order.key} || '.' || c.id FROM {order.table}"  # noqa: S608 - built from the fixed texts above
        f" WHERE {where} ORDER BY {order.key} {direction}, c.id {direction} LIMIT :limit"
    )


def _narrowing(narrowed: QueueFilter) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {}
    if narrowed is _NO_FILTER:
        return conditions, values
    for number, word in enumerate(narrowed.words):
        name = f"word{number}"
        values[name] = word.lower()
        conditions.append(
            f"(instr(lower(c.contact_name || c.also_known), :{name}) OR instr(lower(c.preview), :{name})"
            f" OR instr(lower(c.subject), :{name}) OR instr(lower(c.ref), :{name}) = 1)"
        )
    for column in ("tier", "stage", "priority", "contact"):
        wanted = getattr(narrowed, column)
        if wanted is not None:
            values[column] = wanted
            conditions.append(f"c.{column} = :{column}")
    if narrowed.inbox is not None:
        values["inbox"] = narrowed.inbox
        conditions.append("c.inbox = (SELECT id FROM inbox WHERE name = :inbox)")
    if narrowed.label is not None:
        values["label"] = narrowed.label
        conditions.append(
            "EXISTS (SELECT 1 FROM conversation_label cl JOIN label ON label.id = cl.label"
            " WHERE cl.conversation = c.id AND label.name = :label)"
        )
    return conditions, values


def _read_key(key: str) -> tuple[int, int]:
    if not _KEY.fullmatch(key):
        raise UsageError(
            "queue.bad_key",
            _("{key} is not a place in the queue.").format(key=key[:40]),
            _("Pass the value of next from the page before, unchanged."),
        )
    place, conversation = key.split(".")
    return int(place), int(conversation)


_STATUSES = {status.value: status for status in Status}
_PRIORITIES = {priority.value: priority for priority in Priority}


@dataclass(frozen=True, slots=True)
class _Names:
    """Agents and inboxes by local id, as of one state of the store."""

    state: tuple[int, int]
    agents: dict[int | None, str | None]
    inboxes: dict[int, str]


_known: WeakKeyDictionary[Connection, _Names] = WeakKeyDictionary()


def _names(connection: Connection) -> _Names:
    """The few names that a page repeats: looking them up row by row would cost a fifth of the page."""
    version = connection.execute("PRAGMA data_version").fetchone()[0]
    state = (version, connection.total_changes)
    known = _known.get(connection)
    if known is None or known.state != state:
        agents = dict(connection.execute("SELECT id, name FROM agent").fetchall())
        inboxes = dict(connection.execute("SELECT id, name FROM inbox").fetchall())
        known = _known[connection] = _Names(state, {**agents, None: None}, inboxes)
    return known


def _row(row: tuple[Any, ...], names: _Names) -> QueueRow:
    """A row from _COLUMNS and the key: they come in the order of its fields."""
    made = QueueRow(*row)
    made.assignee_name = names.agents[made.assignee]
    made.inbox_name = names.inboxes[row[14]]
    made.status = _STATUSES[made.status]
    made.priority = _PRIORITIES[made.priority]
    return made


def locate(
    connection: Connection,
    view: View,
    conversation: int,
    *,
    agent: int = 0,
    narrowed: QueueFilter = _NO_FILTER,
    sort: Sort = Sort.WAIT,
) -> QueueRow | None:
    """The row of one conversation in a view, or None when the view does not hold it."""
    order = _order(view, sort)
    conditions, values = _narrowing(narrowed)
    where = " AND ".join(["c.id = :id", order.where, *conditions])
    row = connection.execute(
        f"SELECT {_COLUMNS}, {order.key} || '.' || c.id FROM conversation c WHERE {where}",  # noqa: S608 - fixed texts
        {"id": conversation, "agent": agent, **values},
    ).fetchone()
    return _row(row, _names(connection)) if row else None


def counts(connection: Connection, agent: int) -> ViewCounts:
    """How many each view holds, from the counters that triggers keep; drafts and failures are few."""
    held = {
        view: number
        for view, number in connection.execute(
            "SELECT view, n FROM view_count WHERE agent IN (0, ?)", (agent,)
        ).fetchall()
    }
    drafts, failed = connection.execute(_FEW, {"agent": agent, "most": MOST_COUNTED}).fetchone()
    numbers = {view.value: held.get(view.value, 0) for view in COUNTED_VIEWS}
    return ViewCounts(**numbers, drafts=drafts, failed=failed)


_FEW = """
SELECT
  (SELECT count(*) FROM (SELECT DISTINCT conversation FROM draft WHERE agent = :agent LIMIT :most)),
  (SELECT count(*) FROM (SELECT DISTINCT conversation FROM outbox WHERE state = 'failed' LIMIT :most))
"""


def count_narrowed(
    connection: Connection, view: View, narrowed: QueueFilter, *, agent: int = 0
) -> tuple[int, bool]:
    """How many rows of a view fit a filter, at most MOST_COUNTED; and whether that is all of them."""
    order = _ORDERS[view]
    conditions, values = _narrowing(narrowed)
    values |= {"agent": agent, "looked": MOST_LOOKED_AT}
    fits = " AND ".join(conditions) or "true"
    head = f"SELECT * FROM {order.table} WHERE {order.where} LIMIT :looked"  # noqa: S608 - fixed texts
    looked, found = connection.execute(
        f"SELECT count(*), total({fits}) FROM ({head}) c",  # noqa: S608 - fixed texts
        values,
    ).fetchone()
    return min(int(found), MOST_COUNTED), looked < MOST_LOOKED_AT and found <= MOST_COUNTED


def longest_waiting(connection: Connection) -> QueueRow | None:
    """The row that has waited longest, over all agents."""
    found = page(connection, View.WAITING, limit=1).rows
    return found[0] if found else None
