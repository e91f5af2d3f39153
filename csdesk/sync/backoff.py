"""How long to wait before a hub that did not answer is asked again."""

from __future__ import annotations

from collections.abc import Callable

FIRST_S = 0.5
MOST_S = 60.0


class Backoff:
    """Pauses that grow, each drawn from zero to its limit, so that a hub that is back is not run over.

    "Full jitter" of M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015):
    uniform in [0, min(most, first * 2^n)]. ``draw`` is ``random.uniform`` or a test's own.
    """

    def __init__(self, draw: Callable[[float, float], float]) -> None:
        self._draw = draw
        self.failures = 0

    def next_s(self) -> float:
        """Seconds to wait after one more failure."""
        limit = min(MOST_S, FIRST_S * 2.0 ** min(self.failures, 30))
        self.failures += 1
        return self._draw(0.0, limit)

    def reset(self) -> None:
        """It worked."""
        self.failures = 0
