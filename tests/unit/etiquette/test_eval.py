"""The evaluation on the stored data: no alarm where agents are fine. Skips where the data is not."""

from __future__ import annotations

import json

import pytest

from csdesk.model.finding import Severity
from tests.conftest import ROOT
from tests.eval import etiquette, sets

DATA = ROOT.parent / "shared" / "data"


@pytest.mark.skipif(not (DATA / sets.CROSSWOZ).exists(), reason="needs ../shared/data")
def test_real_turns_of_agents_raise_few_alarms() -> None:
    report = etiquette.measure(DATA, None)
    (fires,) = report.fires
    assert fires.turns > 1000
    assert fires.rate(Severity.BLOCK) <= 0.001 and fires.rate(Severity.WARN) <= 0.01
    assert report.examples[0] == report.examples[1]
    assert report.politeness is not None and report.politeness[1] >= etiquette.POLITENESS


def test_a_half_is_a_half_and_stays() -> None:
    halves = [sets.is_reported(str(number)) for number in range(1000)]
    assert 450 < sum(halves) < 550 and halves[:4] == [sets.is_reported(str(number)) for number in range(4)]


def test_labels_hold_no_words() -> None:
    labels = json.loads(etiquette.LABELS.read_text("utf-8"))
    assert all(len(key) == 16 and key.isascii() for own in labels.values() for key in own)


def test_scores_and_bounds() -> None:
    score = etiquette.Score(right=8, false=2, missed=2)
    assert (score.precision, score.recall, score.f1) == (0.8, 0.8, 0.8)
    assert etiquette.lower_bound(50, 50) == pytest.approx(0.929, abs=0.001)
