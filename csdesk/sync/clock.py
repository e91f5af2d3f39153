"""When something was really made, told at the border: the hub's clock is the team's clock.

A desk that works alone may have a clock that is wrong, or that jumps during the shift. One offset
measured afterwards would then make right stamps wrong. So each operation that no hub has yet carries
the time since the machine was started, which does not jump; at the next contact

    true time = hub now - (since start now - since start then)

What the hub ever committed is never dated again: others have seen it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from csdesk.store.log import HLC_COUNTER_BITS

TOLERANCE_MS = 2_000
"""A stamp this near to the true time is left alone: the hub's answer took a moment too."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One moment on all clocks: the hub's, the wall clock here, and the time since ``boot``.

    ``last_offset_ms`` is what hub minus wall was at the contact before, for what ``boot`` cannot tell.
    """

    hub_ms: int
    wall_ms: int
    boot: str
    mono_ms: int
    last_offset_ms: int = 0

    @property
    def offset_ms(self) -> int:
        """How far the hub's clock is ahead of the one here."""
        return self.hub_ms - self.wall_ms

    def since_start(self, hlc: int) -> int:
        """The time since ``boot`` at which something stamped ``hlc`` was made; before it, if negative."""
        return self.mono_ms - (self.hub_ms - (hlc >> HLC_COUNTER_BITS))


class Made(NamedTuple):
    """When an operation was made: its stamp, the time since ``boot`` (None: not known), the highest
    stamp of others that its author had seen."""

    dseq: int
    hlc: int
    boot: str | None
    mono_ms: int
    seen_hlc: int


def dated(made: Iterable[Made], anchor: Anchor, previous_hlc: int) -> list[tuple[int, int]]:
    """The stamps that have to be other than they are: (dseq, hlc), in the order of ``made``.

    ``made`` is everything behind what the hub has, in order; ``previous_hlc`` is the stamp before it.
    Stamps still rise, each is behind what its author had seen, and none is later than now unless that
    asks for it.
    """
    corrected = []
    for dseq, hlc, boot, mono_ms, seen_hlc in made:
        true_ms = _true_ms(hlc >> HLC_COUNTER_BITS, boot, mono_ms, anchor)
        least = max(previous_hlc, seen_hlc) + 1
        is_near = abs((hlc >> HLC_COUNTER_BITS) - true_ms) <= TOLERANCE_MS
        right = hlc if is_near and hlc >= least else max(true_ms << HLC_COUNTER_BITS, least)
        if right != hlc:
            corrected.append((dseq, right))
        previous_hlc = right
    return corrected


def _true_ms(stated_ms: int, boot: str | None, mono_ms: int, anchor: Anchor) -> int:
    """When it was, on the hub's clock; without a common start of the machine, the best that is known."""
    if boot and boot == anchor.boot and mono_ms <= anchor.mono_ms:
        return anchor.hub_ms - (anchor.mono_ms - mono_ms)
    return min(stated_ms + anchor.last_offset_ms, anchor.hub_ms)
