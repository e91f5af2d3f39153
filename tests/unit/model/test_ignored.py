"""Which rules are ignored, why, and how often their advice was taken instead."""

from __future__ import annotations

from csdesk.model.finding import Fated, Ignored, most_ignored


def test_most_often_first_with_reasons_and_what_was_taken() -> None:
    fated = [
        Fated("a", "ignored", "fits", 1),
        Fated("b", "ignored", "rule", 2),
        Fated("b", "ignored", "fits", 3),
        Fated("b", "accepted", "", 4),
        Fated("b", "anyway", "", 1),
        Fated("c", "accepted", "", 9),
        Fated("a", "ignored", "fits", 1),
    ]
    found = most_ignored(fated)
    assert found == (Ignored("b", 6, {"fits": 3, "rule": 2, "anyway": 1}, 4), Ignored("a", 2, {"fits": 2}))
    assert list(found[0].reasons) == ["fits", "rule", "anyway"]
    assert most_ignored(fated, 1) == found[:1]
    assert most_ignored([]) == ()
