"""A short storm in the suite; the long one is ``python -m tests.sync.faults --minutes N``."""

from __future__ import annotations

import pytest

from csdesk.errors import CsdeskError
from csdesk.sync import binaries
from tests.sync.faults import storm


def test_nothing_promised_is_lost_doubled_or_different_in_a_storm() -> None:
    try:
        binaries.find_programs()
    except CsdeskError as error:
        pytest.skip(f"{error.sentence} {error.hint}")
    figures = storm(seed=7, seconds=6)
    assert figures.is_sound, figures.lines()
    assert figures.done["kill a desk"] > 5
    assert figures.acknowledged > 20


@pytest.mark.long
def test_nothing_promised_is_lost_in_a_long_storm() -> None:
    figures = storm(seed=8, seconds=300)
    assert figures.is_sound, figures.lines()
