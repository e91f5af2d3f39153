"""What narrows a view of the queue, how views are sorted, and by which index a page is read.

A view's index holds the exact facts beside its order, so a walk passes over what does not fit without
reading it. The index that sorts by tier (or priority) first has the rows of one tier side by side and in
the same order: a walk for that tier begins among them. Where one filter leaves few of a long view, those
few are read and sorted instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from csdesk.model.conversation import Sort, View
from csdesk.store.connect import Connection

MOST_LISTED = 1_000
"""More rows than that are not read and sorted for one page."""
WALKED_FOR_ONE = 20
"""Rows of a view that are passed over in the time that one row takes to be read (measured)."""

_WORDS = ("contact_name", "also_known", "preview", "subject", "ref")
_FACTS = ("tier", "stage", "priority", "inbox", "contact")
_THE_INBOX = "(SELECT id FROM inbox WHERE name = :inbox)"
_THE_LABEL = "(SELECT id FROM label WHERE name = :label)"
_LABELLED = (
    "EXISTS (SELECT 1 FROM conversation_label cl INDEXED BY conversation_label_label"  # noqa: S608 - fixed texts
    f" WHERE cl.conversation = c.id AND cl.label = {_THE_LABEL})"
)
"""By the index in which those of one label lie together."""
_THE_CONTACT = (
    "(SELECT contact FROM conversation WHERE ref >= :from_ref AND ref < :to_ref ORDER BY ref LIMIT 1)"
)
_LISTINGS = {
    "label": f"SELECT conversation AS id FROM conversation_label WHERE label = {_THE_LABEL}",  # noqa: S608 - fixed texts
    "tier": "SELECT id FROM conversation INDEXED BY conversation_tier WHERE tier = :tier",
    "stage": "SELECT id FROM conversation INDEXED BY conversation_stage WHERE stage = :stage",
    "inbox": f"SELECT id FROM conversation INDEXED BY conversation_inbox WHERE inbox = {_THE_INBOX}",  # noqa: S608 - fixed texts
}
"""By filter the conversations it leaves, each by an index that holds no others."""
_OF_CONTACT = "SELECT id FROM conversation INDEXED BY conversation_contact WHERE contact = :contact"
_OF_THE_CONTACT = (
    f"SELECT id FROM conversation INDEXED BY conversation_contact WHERE contact = {_THE_CONTACT}"  # noqa: S608 - fixed texts
)
"""A person's are always few."""


@dataclass(frozen=True)
class QueueFilter:
    """What narrows a view: words in name, subject or preview, and exact facts.

    ``contact`` is a local id, ``contact_of`` the ref (or how it begins) of a conversation with them.
    """

    words: tuple[str, ...] = ()
    label: str | None = None
    tier: str | None = None
    stage: str | None = None
    inbox: str | None = None
    priority: int | None = None
    contact: int | None = None
    contact_of: str | None = None

    @property
    def is_empty(self) -> bool:
        return self == NO_FILTER

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """What the row ``c`` must be, in SQL."""
        found = [
            f"(instr(lower(c.contact_name || c.also_known), :word{n}) OR instr(lower(c.preview), :word{n})"
            f" OR instr(lower(c.subject), :word{n}) OR instr(lower(c.ref), :word{n}) = 1)"
            for n in range(len(self.words))
        ]
        found += [f"c.{fact} = :{fact}" for fact in _FACTS if fact != "inbox" and self._has(fact)]
        if self._has("inbox"):
            found.append(f"c.inbox = {_THE_INBOX}")
        if self._has("contact_of"):
            found.append(f"c.contact = {_THE_CONTACT}")
        if self._has("label"):
            found.append(_LABELLED)
        return tuple(found)

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the names in ``conditions`` stand for."""
        words = {f"word{number}": word.lower() for number, word in enumerate(self.words)}
        facts = {fact: getattr(self, fact) for fact in ("label", *_FACTS) if self._has(fact)}
        if self.contact_of is not None:
            facts |= {"from_ref": self.contact_of, "to_ref": self.contact_of + "["}
        return words | facts

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that ``conditions`` read, besides a contact's: that one is not in the indexes of the views."""
        facts = [fact for fact in _FACTS if fact != "contact" or self._has(fact) or self._has("contact_of")]
        return ("id", *facts, *(_WORDS if self.words else ()))

    def _has(self, fact: str) -> bool:
        return getattr(self, fact) is not None


NO_FILTER = QueueFilter()


def rarest(connection: Connection, narrowed: QueueFilter, held: Callable[[], int]) -> str:
    """The statement that lists the conversations of the rarest filter; "" where walking the view is less work.

    ``held`` is asked for the number of rows in the view. No count goes beyond MOST_LISTED, so to choose
    costs little whatever there is.
    """
    if narrowed.contact is not None:
        return _OF_CONTACT
    if narrowed.contact_of is not None:
        return _OF_THE_CONTACT
    listings = [listing for name, listing in _LISTINGS.items() if name in narrowed.values]
    if not listings:
        return ""
    most, best = min(MOST_LISTED, held() // WALKED_FOR_ONE), ""
    for listing in listings:
        if most > 0 and not _has_so_many(connection, listing, narrowed, most):
            sql = f"SELECT count(*) FROM ({listing})"  # noqa: S608 - the fixed texts above
            most, best = connection.execute(sql, narrowed.values).fetchone()[0], listing
    return best


def _has_so_many(connection: Connection, listing: str, narrowed: QueueFilter, number: int) -> bool:
    """Whether a listing has that many: passing over entries takes a third of what counting them does."""
    values = {**narrowed.values, "before": number - 1}
    return connection.execute(f"{listing} LIMIT 1 OFFSET :before", values).fetchone() is not None


NEVER = 1 << 52
"""The key of every row that waits for no time, above all times: conversations snoozed until something comes."""
RANK = 1 << 53
"""What one rank weighs in ``tier_key`` and ``priority_key``: more than any ``queue_key``."""
_FIRST_ID = -(1 << 62)
_THE_TIER = "c.tier = :tier"
_TIERS = {"A": 0, "B": 1, "C": 2}
_OTHER_TIER = 3
_HIGHEST_PRIORITY = 3


@dataclass(frozen=True, slots=True)
class Order:
    """How a view is sorted. ``where`` repeats its partial index's condition to the letter.

    Without an ``index`` its rows are looked up one by one and sorted: they are few. With a ``listing``
    of ids, the rows of these are. ``place`` is what a row's own key tells; it is ``lead`` less than ``key``
    where the rows of one rank are read; ``told`` is the condition that all of these meet.
    """

    where: str
    key: str
    index: str
    is_descending: bool = False
    listing: str = ""
    place: str = ""
    lead: int | None = None
    told: str = ""

    @property
    def shown(self) -> str:
        """The column of a row's place."""
        return self.place or self.key

    @property
    def is_of_tier(self) -> bool:
        """Whether only rows of one tier are passed over."""
        return self.index.endswith("_tier")

    @property
    def table(self) -> str:
        """What is read, and by which way."""
        if self.listing:
            return f"({self.listing}) listed CROSS JOIN conversation c ON c.id = listed.id"
        return f"conversation c INDEXED BY {self.index}" if self.index else "conversation c"

    def start(self, place: tuple[int, int] | None, descending: bool) -> tuple[int, int] | None:
        """Behind which key and id a page begins that is asked for behind ``place``; None at the view's end.

        Where one rank is read, it begins at that rank.
        """
        if self.lead is None:
            return place
        if place is None:
            return self.lead + (RANK if descending else 0), _FIRST_ID
        return place[0] + self.lead, place[1]

    def behind(self, start: tuple[int, int] | None, descending: bool) -> tuple[str, ...]:
        """What is behind ``:key`` and ``:id``: the rows of one condition, then those of the next.

        Where both are compared at once an index is entered by the key alone, and all rows with that key
        are passed over: for one that many rows share the two are told apart.
        """
        if start is None:
            return ("true",)
        sign = "<" if descending else ">"
        following = f"({self.key}, c.id) {sign} (:key, :id)"
        if self.lead is not None:
            # The other end of the rank only: with two bounds on one side the walk might begin at the wrong one.
            end = f">= {self.lead}" if descending else f"< {self.lead + RANK}"
            if start[1] == _FIRST_ID:
                # No row has that id: to compare it with each would take as long as the rest.
                following = f"{self.key} < :key" if descending else f"{self.key} >= :key"
            return (f"{following} AND {self.key} {end}",)
        if start[0] != NEVER or not self.index or self.listing:
            return (following,)
        same = f"{self.key} = :key AND c.id {sign} :id"
        return (same, f"{self.key} < :key") if descending else (same,)


_ORDERS = {
    View.WAITING: Order(
        "c.status = 'open' AND c.waiting_since IS NOT NULL", "c.waiting_since", "conversation_waiting"
    ),
    View.UNASSIGNED: Order(
        "c.status = 'open' AND c.assignee IS NULL", "c.queue_key", "conversation_unassigned"
    ),
    View.MINE: Order("c.status = 'open' AND c.assignee = :agent", "c.queue_key", "conversation_mine"),
    View.ALL: Order("true", "c.updated_at", "conversation_all", True),
    View.SNOOZED: Order("c.status = 'snoozed'", "c.snooze_key", "conversation_snoozed"),
    View.RESOLVED: Order("c.status = 'resolved'", "c.resolved_at", "conversation_resolved", True),
    View.DRAFTS: Order("c.id IN (SELECT conversation FROM draft WHERE agent = :agent)", "c.queue_key", ""),
    View.FAILED: Order(
        "c.id IN (SELECT conversation FROM outbox WHERE state IN ('failed', 'look'))", "c.queue_key", ""
    ),
}

SORTABLE = (View.WAITING, View.UNASSIGNED, View.MINE, View.DRAFTS, View.FAILED)
"""Views that can be sorted in every way; the others have the one order that their time gives them."""


@lru_cache
def order_of(view: View, sort: Sort = Sort.WAIT) -> Order:
    """The order of a whole view."""
    order = _ORDERS[view]
    if sort is Sort.WAIT or view not in SORTABLE:
        return order
    return replace(order, key=f"c.{sort}_key", index=order.index and f"{order.index}_{sort}")


def narrowed_order(view: View, sort: Sort, narrowed: QueueFilter) -> Order:
    """The same order by the index that passes over the fewest rows which ``narrowed`` leaves out."""
    if narrowed.tier is None and narrowed.priority is None:
        return order_of(view, sort)
    if view is View.ALL:
        return _all_of_a_tier() if narrowed.tier is not None else order_of(view)
    if sort is not Sort.WAIT or view not in SORTABLE or not order_of(view).index:
        return order_of(view, sort)
    if narrowed.tier is not None:
        told = _THE_TIER if narrowed.tier in _TIERS else ""
        return _of_one_rank(view, Sort.TIER, _TIERS.get(narrowed.tier, _OTHER_TIER), told)
    return _of_one_rank(view, Sort.PRIORITY, _HIGHEST_PRIORITY - (narrowed.priority or 0), "")


@lru_cache
def _all_of_a_tier() -> Order:
    return replace(order_of(View.ALL), index="conversation_tier")


@lru_cache
def _of_one_rank(view: View, rank: Sort, number: int, told: str) -> Order:
    return replace(order_of(view, rank), place=order_of(view).key, lead=number * RANK, told=told)
