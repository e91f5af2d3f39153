"""The collector of cycles is left as it was found."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from csdesk.sync.collector import SELDOM, seldom


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize(("found", "within"), [(700, SELDOM), (2 * SELDOM, 2 * SELDOM), (0, 0)])
def test_it_looks_seldom_within_and_as_before_afterwards(found: int, within: int) -> None:
    gc.set_threshold(found, 10, 10)
    with pytest.raises(ValueError, match="in the middle"), seldom():
        assert gc.get_threshold() == (within, 10, 10)
        raise ValueError("in the middle")
    assert gc.get_threshold() == (found, 10, 10)
