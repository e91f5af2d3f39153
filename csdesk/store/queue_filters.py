"""What narrows a view of the queue, and whether to begin with the view or with what a filter leaves.

A view's index holds the exact facts beside its order, so a walk passes over what does not fit without
reading it. Where one filter leaves few of a long view, those few are read and sorted instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

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
    f"EXISTS (SELECT 1 FROM conversation_label cl WHERE cl.conversation = c.id AND cl.label = {_THE_LABEL})"  # noqa: S608 - fixed texts
)
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
        if most > 0:
            sql = f"SELECT count(*) FROM ({listing} LIMIT :most)"  # noqa: S608 - the fixed texts above
            found = connection.execute(sql, {**narrowed.values, "most": most}).fetchone()[0]
            if found < most:
                most, best = found, listing
    return best
