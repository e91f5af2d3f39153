"""The one table of how long a reply may be, and how each kind of channel counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from csdesk.text.counting import Unit, count

NEAR: Final = 0.9
"""From this share of the limit on, an agent is shown how much is written."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` of ``unit`` in one message."""

    most: int
    unit: Unit = Unit.CODE_POINTS

    def used(self, text: str) -> int:
        """How much of it ``text`` takes."""
        return count(text, self.unit)

    def is_near(self, text: str) -> bool:
        """Whether it is time to show the count; quick for a text that is far from it."""
        least = self.most * NEAR
        return 2 * len(text) >= least and self.used(text) >= least


CHAT: Final = Limit(10_000)
"""As long as a web chat of the field takes (research/mission.md, 1)."""

NOTE: Final = CHAT

LIMITS: Final[Mapping[str, Limit]] = {
    "chat": CHAT,
    "web": CHAT,
    "demo": CHAT,
    "mail": Limit(50_000),
    "email": Limit(50_000),
    "whatsapp": Limit(4_096),
    "telegram": Limit(4_096, Unit.UTF16),
    "line": Limit(5_000, Unit.UTF16),
}
"""By kind of channel; the last three are what those services take, for inboxes that bridge to them.

No kind counts graphemes so far, although that is what a person would: they count what they store.
"""


def limit_of(channel: str) -> Limit:
    """The limit for replies in an inbox of kind ``channel``; a kind that is not known counts as chat."""
    return LIMITS.get(channel, CHAT)
