"""``CSDESK_NOW``: a clock that stands still, runs on, or runs faster."""

from __future__ import annotations

import pytest

from csdesk.clock import ManualClock, ShiftedClock, SystemClock, clock_from_environment, parse_time
from csdesk.errors import UsageError

START = parse_time("2026-01-02T03:04:05Z")


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ("", SystemClock),
        ("2026-01-02T03:04:05Z", ManualClock),
        ("2026-01-02T11:04:05+08:00", ManualClock),
        ("2026-01-02T03:04:05Z+", ShiftedClock),
        ("2026-01-02T11:04:05+08:00+20x", ShiftedClock),
    ],
)
def test_the_clock_that_is_asked_for(wanted: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDESK_NOW", wanted)
    clock = clock_from_environment()
    assert type(clock) is kind
    if wanted:
        assert 0 <= clock.now_ms() - START < 60_000


def test_a_faster_clock_runs_as_many_times_as_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    real = iter([1_000, 1_000, 1_250])
    monkeypatch.setattr(SystemClock, "now_ms", lambda _self: next(real))
    clock = ShiftedClock(START, 20)
    assert [clock.now_ms(), clock.now_ms()] == [START, START + 5_000]


@pytest.mark.parametrize("wrong", ["tomorrow", "2026-01-02T03:04:05Z+x", "+", "2026-13-02"])
def test_what_is_no_time_is_refused(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDESK_NOW", wrong)
    with pytest.raises(UsageError):
        clock_from_environment()
