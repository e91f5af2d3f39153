"""When the next customer may come in: one after the other without a lull, or in bursts."""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.errors import UsageError
from csdesk.i18n import _

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Bursts:
    """``size`` customers come close together, then nobody until the next stretch of ``every_ms`` begins.

    Stretches are counted from 1970, so that a program which was killed and started again keeps to them.
    """

    size: int
    every_ms: int


class Arrivals:
    """Says who may come when. Without ``bursts`` everybody may at any time.

    ``is_begun``: the store knows customers already, so the burst of the stretch that runs has come.
    """

    def __init__(self, bursts: Bursts | None = None, *, is_begun: bool = False) -> None:
        self._bursts = bursts
        self._is_begun = is_begun
        self._stretch: int | None = None
        self._left = 0

    def may_come(self, now_ms: int) -> bool:
        """Whether the burst of now has a place left."""
        if self._bursts is None:
            return True
        stretch = now_ms // self._bursts.every_ms
        if stretch != self._stretch:
            is_over = self._stretch is None and self._is_begun
            self._stretch, self._left = stretch, 0 if is_over else self._bursts.size
        return self._left > 0

    def came(self) -> None:
        """Somebody took a place."""
        self._left -= 1


def bursts_of(size: int | None, every_minutes: float, speed: float) -> Bursts | None:
    """Bursts for customers ``speed`` times as fast as life; None for ``size`` None. Raises UsageError."""
    if size is None:
        return None
    every_ms = round(every_minutes * MINUTE_MS / speed) if 0 < every_minutes < float("inf") else 0
    if size < 1 or every_ms < 1:
        raise UsageError(
            "replay.bad_burst",
            _("{count} customers every {minutes} minutes is not possible.").format(
                count=size, minutes=every_minutes
            ),
            _("Give 1 customer or more, and a time above 0."),
        )
    return Bursts(size, every_ms)
