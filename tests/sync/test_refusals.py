"""What follows each refusal, and the pauses between tries."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.sync import backoff
from csdesk.sync.backoff import Backoff
from csdesk.sync.refusals import Step, next_step


@pytest.mark.parametrize(
    ("sqlstate", "step"),
    [
        ("CS001", Step.READ_HEAD),
        ("23505", Step.READ_HEAD),
        ("CS002", Step.DATE_AGAIN),
        ("CS003", Step.STOP),
        ("CS004", Step.STOP),
        ("CS005", Step.STOP),
        ("28P01", Step.STOP),
        ("28000", Step.STOP),
        ("42501", Step.STOP),
        ("08006", Step.WAIT),
        ("57P01", Step.WAIT),
        ("57P03", Step.WAIT),
        ("53300", Step.WAIT),
        ("25006", Step.WAIT),
        ("40001", Step.WAIT),
        (None, Step.WAIT),
        ("23514", Step.SET_ASIDE),
        ("22021", Step.SET_ASIDE),
        ("XX000", Step.STOP),
    ],
)
def test_each_refusal_has_its_next_step(sqlstate: str | None, step: Step) -> None:
    assert next_step(sqlstate) is step


def test_pauses_double_up_to_a_minute_and_begin_anew_after_a_success() -> None:
    pauses = Backoff(lambda low, high: high)
    assert [pauses.next_s() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    pauses.reset()
    assert pauses.next_s() == 0.5


@given(st.integers(0, 5_000), st.integers())
def test_no_pause_is_longer_than_a_minute(failures: int, seed: int) -> None:
    pauses = Backoff(random.Random(seed).uniform)
    pauses.failures = failures
    assert 0 <= pauses.next_s() <= backoff.MOST_S
