"""The queue's pages: one row of one partial index is one line on the screen.

Pages are keyset: a page begins behind the key of the last row shown, wherever that row is
by now, so that a million rows page as fast as fifty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.conversation import (
    COUNTED_VIEWS,
    MOST_COUNTED,
    Mark,
    Page,
    Priority,
    QueueRow,
    Sort,
    Status,
    View,
    ViewCounts,
)
from csdesk.store.connect import Connection
from csdesk.store.queue_filters import NO_FILTER, Order, QueueFilter, narrowed_order, order_of, rarest
from csdesk.store.words import Words

_COLUMNS = (
    "c.id, c.ref, c.version, c.status, c.waiting_since, c.contact_name, c.tier, c.stage, c.priority,"
    " c.subject, c.preview, c.preview_from, c.assignee, c.assignee, c.inbox, c.updated_at,"
    " c.snooze_until, c.marks | (c.is_blocked << 2)"
    " | (EXISTS (SELECT 1 FROM offer WHERE offer.conversation = c.id) << 5)"
)


_KEY = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,18}")


MOST_LOOKED_AT = 20_000
"""How many rows of a view are looked at to count those that fit a filter."""

MOST_APPROVED = 10
"""How many conversations of one agent are passed over because their reply waits for approval."""


def page(
    connection: Connection,
    view: View,
    *,
    agent: int = 0,
    after: str | None = None,
    before: str | None = None,
    limit: int = 50,
    narrowed: QueueFilter = NO_FILTER,
    sort: Sort = Sort.WAIT,
) -> Page:
    """``limit`` rows of a view, in its order, behind the key ``after`` or just ahead of ``before``.

    ``sort`` holds for the views of SORTABLE. ``before=""`` asks for the last rows. ``next`` says where the
    following page in the same direction begins, None at the end. Raises UsageError when a key is not one
    that a page gave.
    """
    order = narrowed_order(view, sort, narrowed)
    backwards = before is not None
    descending = order.is_descending != backwards
    key = before if backwards else after
    place = _read_key(key) if key else None
    if order.index and not narrowed.is_empty:
        order = _listed(connection, view, agent, order, narrowed)
    start = order.start(place, descending)
    values: dict[str, Any] = {"agent": agent, "limit": limit + 1, **narrowed.values}
    if start is not None:
        values["key"], values["id"] = start
    conditions = tuple(each for each in narrowed.conditions if each != order.told)
    sql = _page_sql(order, descending, order.behind(start, descending), conditions)
    rows = connection.execute(sql, values).fetchall()
    names = _names(connection)
    found = [_row(row, names) for row in rows[:limit]]
    if backwards:
        found.reverse()
        return Page(tuple(found), found[0].key if len(rows) > limit else None)
    return Page(tuple(found), found[-1].key if len(rows) > limit and found else None)


def _listed(connection: Connection, view: View, agent: int, order: Order, narrowed: QueueFilter) -> Order:
    """``order``, or the rows of the rarest filter sorted in it, where these are less work."""
    others = replace(narrowed, tier=None) if order.is_of_tier else narrowed
    listing = rarest(connection, others, _held(connection, view, agent))
    return replace(order, listing=listing) if listing else order


def _held(connection: Connection, view: View, agent: int) -> Callable[[], int]:
    """How many rows a counted view has, for whoever needs to know."""
    sql = "SELECT coalesce(sum(n), 0) FROM view_count WHERE view = ? AND agent = ?"
    values = (view.value, agent if view is View.MINE else 0)
    return lambda: int(connection.execute(sql, values).fetchone()[0])


@lru_cache(maxsize=256)
def _page_sql(order: Order, descending: bool, behind: tuple[str, ...], conditions: tuple[str, ...]) -> str:
    direction = "DESC" if descending else "ASC"
    parts = [
        f"SELECT {_COLUMNS}, {order.shown} FROM {order.table}"  # noqa: S608 - built from the fixed texts above
        f" WHERE {' AND '.join([order.where, part, *conditions])}"
        f" ORDER BY {order.key} {direction}, c.id {direction} LIMIT :limit"
        for part in behind
    ]
    if len(parts) == 1:
        return parts[0]
    # One statement sees one state of the store; its parts are read one after the other.
    return " UNION ALL ".join(f"SELECT * FROM ({part})" for part in parts) + " LIMIT :limit"  # noqa: S608 - the same


def _read_key(key: str) -> tuple[int, int]:
    if not _KEY.fullmatch(key):
        raise UsageError(
            "queue.bad_key",
            _("{key} is not a place in the queue.").format(key=key[:40]),
            _("Pass the value of next from the page before, unchanged."),
        )
    place, conversation = key.split(".")
    return int(place), int(conversation)


_STATUSES = Words(Status)
_PRIORITIES = Words(Priority)


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
    """A row from _COLUMNS and its place: they come in the order of its fields."""
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
    narrowed: QueueFilter = NO_FILTER,
    sort: Sort = Sort.WAIT,
) -> QueueRow | None:
    """The row of one conversation in a view, or None when the view does not hold it."""
    order = order_of(view, sort)
    where = " AND ".join(["c.id = :id", order.where, *narrowed.conditions])
    row = connection.execute(
        f"SELECT {_COLUMNS}, {order.key} FROM conversation c WHERE {where}",  # noqa: S608 - fixed texts
        {"id": conversation, "agent": agent, **narrowed.values},
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
  (SELECT count(*) FROM (SELECT DISTINCT conversation FROM outbox WHERE state IN ('failed', 'look') LIMIT :most))
"""


def count_narrowed(
    connection: Connection, view: View, narrowed: QueueFilter, *, agent: int = 0
) -> tuple[int, bool]:
    """How many rows of a view fit a filter, at most MOST_COUNTED; and whether that is all of them."""
    order = order_of(view)
    values = {"agent": agent, "looked": MOST_LOOKED_AT, **narrowed.values}
    fits = " AND ".join(narrowed.conditions) or "true"
    columns = ", ".join(f"c.{column}" for column in narrowed.columns)
    head = f"SELECT {columns} FROM {order.table} WHERE {order.where} LIMIT :looked"  # noqa: S608 - fixed texts
    looked, found = connection.execute(
        f"SELECT count(*), total({fits}) FROM ({head}) c",  # noqa: S608 - fixed texts
        values,
    ).fetchone()
    return min(int(found), MOST_COUNTED), looked < MOST_LOOKED_AT and found <= MOST_COUNTED


def longest_waiting(connection: Connection) -> QueueRow | None:
    """The row that has waited longest, over all agents."""
    found = page(connection, View.WAITING, limit=1).rows
    return found[0] if found else None


def longest_wait_for(connection: Connection, agent: int) -> QueueRow | None:
    """The row that waits longest for ``agent``, a colleague's only where nobody else waits: where F8 leads."""
    return next(iter(longest_waits_for(connection, agent, 1)), None) or longest_waiting(connection)


def longest_waits_for(connection: Connection, agent: int, limit: int) -> list[QueueRow]:
    """The ``limit`` rows that have waited longest on ``agent`` or on nobody yet; colleagues' are theirs.

    Where the agent's reply waits for approval it is somebody else's turn.
    """
    mine = page(connection, View.MINE, agent=agent, limit=limit + MOST_APPROVED).rows
    rows = [
        *[row for row in mine if not row.marks & Mark.APPROVAL],
        *page(connection, View.UNASSIGNED, limit=limit).rows,
    ]
    waits = [(row.waiting_since, row.id, row) for row in rows if row.waiting_since is not None]
    return [row for _since, _id, row in sorted(waits)[:limit]]
