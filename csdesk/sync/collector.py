"""The collector of cycles, while operations move by the thousand."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 50_000
"""New objects between two looks for cycles; usually it is 700."""


@contextmanager
def seldom() -> Iterator[None]:
    """Within the block the collector looks seldom: rows are tuples of numbers and texts, which hold no cycles, and it
    would go through all of them again with every few hundred that come (up to a fifth of the client's part of a push)."""
    before = gc.get_threshold()
    if before[0]:  # 0 is never
        gc.set_threshold(max(SELDOM, before[0]), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
