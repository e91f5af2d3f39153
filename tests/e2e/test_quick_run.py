"""Conversations answered with quick replies only, in a real terminal, with few keys."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

from tests.e2e.quick_run import CASES, TRAINEE_S, answer_all, report

MOST_KEYS = 5
"""Slash, two letters of the code, Enter, and the Enter that sends."""


def test_a_few_customers_are_answered_with_few_keys(tmp_path: Path) -> None:
    done = answer_all(tmp_path, CASES[:5], 0.03)
    assert statistics.median(each.keys for each in done) <= MOST_KEYS


@pytest.mark.long
def test_a_trainee_answers_twenty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = answer_all(tmp_path, CASES, TRAINEE_S)
    with capsys.disabled():
        print(report(done))
    assert len(done) == 20
    assert statistics.median(each.keys for each in done) <= MOST_KEYS
