"""When a reply may be used: days, weekdays, hours over midnight."""

from __future__ import annotations

from datetime import datetime

import pytest

from csdesk.model.reply import Validity
from csdesk.replies.validity import in_words, is_valid

FRIDAY_NIGHT = Validity(days=("fri",), hours="22:00-06:00")


@pytest.mark.parametrize(
    ("validity", "moment", "is_it"),
    [
        (None, "2026-11-22T10:00", True),
        (Validity("2026-11-22", "2026-11-22"), "2026-11-22T00:00", True),
        (Validity("2026-11-22", "2026-11-22"), "2026-11-22T23:59", True),
        (Validity("2026-11-23"), "2026-11-22T23:59", False),
        (Validity(last_day="2026-11-21"), "2026-11-22T00:00", False),
        (Validity(days=("sun",)), "2026-11-22T10:00", True),
        (Validity(days=("mon", "tue")), "2026-11-22T10:00", False),
        (Validity(hours="09:00-18:00"), "2026-11-22T09:00", True),
        (Validity(hours="09:00-18:00"), "2026-11-22T18:00", False),
        (Validity(hours="09:00-24:00"), "2026-11-22T23:59", True),
        (FRIDAY_NIGHT, "2026-11-27T23:00", True),
        (FRIDAY_NIGHT, "2026-11-28T05:59", True),
        (FRIDAY_NIGHT, "2026-11-28T06:00", False),
        (FRIDAY_NIGHT, "2026-11-28T23:00", False),
        (FRIDAY_NIGHT, "2026-11-27T05:00", False),
        (Validity("2026-11-27", "2026-11-27", hours="22:00-06:00"), "2026-11-28T01:00", True),
    ],
)
def test_a_moment_lies_in_it_or_not(validity: Validity | None, moment: str, is_it: bool) -> None:
    assert is_valid(validity, datetime.fromisoformat(moment)) is is_it


def test_it_is_said_in_words() -> None:
    assert in_words(Validity("2026-11-01", "2026-11-11", ("mon",), "09:00-18:00")) == (
        "2026-11-01 – 2026-11-11, mon, 09:00-18:00"
    )
    assert in_words(Validity("2026-11-01")) == "from 2026-11-01"
    assert in_words(Validity(last_day="2026-11-01")) == "until 2026-11-01"
    assert in_words(FRIDAY_NIGHT) == "fri, 22:00-06:00"
