"""Every point has a reason, answering leads, and gaming does not pay."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdesk.errors import UsageError
from csdesk.trainer.library import SHIPPED, load_library
from csdesk.trainer.playing import play
from csdesk.trainer.rubric import FATAL_CAP, WEIGHTS, Dimension, weights_with
from csdesk.trainer.scenario import Ending, Fatal, Given, Recorded, Scenario
from csdesk.trainer.scorer import Score, score
from tests.unit.trainer.scene import small

GOOD = ("您好，这件69元。", "谢谢您，还有什么需要吗？欢迎您下次光临。")
LIBRARY = load_library([SHIPPED])


def _score(texts: Iterable[str | Given], scenario: Scenario | None = None) -> Score:
    replies = [Given(text) if isinstance(text, str) else text for text in texts]
    return score(play(scenario or small(), replies))


def _reasons(result: Score) -> dict[str, float]:
    return {loss.rule: loss.points for loss in result.losses}


def test_the_model_loses_nothing() -> None:
    result = _score(GOOD)
    assert result.total == pytest.approx(100) and result.losses == () and result.outcome is Ending.SOLVED


def test_weights_are_those_of_the_rubric() -> None:
    assert sum(WEIGHTS.values()) == 100 and WEIGHTS[Dimension.ANSWERED] == 30
    result = _score(GOOD)
    assert Dimension.REASON not in result.marks
    assert result.marks[Dimension.ANSWERED].most == pytest.approx(30 / 85 * 100)


SHOP = ("mood: 0\n", "mood: 0\nshop: {discount_percent: 10, return_days: 7, forbidden: [假一赔十]}\n")


@pytest.mark.parametrize(
    ("said", "rule", "hit"),
    [
        ("给您打8折", "shop.discount", "打8折"),
        ("30天内都可以退", "shop.return_days", "30天内都可以退"),
        ("假一赔十的", "shop.forbidden", "假一赔十"),
    ],
)
def test_a_promise_beyond_the_shop_costs_honesty(said: str, rule: str, hit: str) -> None:
    scenario = small(SHOP)
    assert _score(GOOD, scenario).losses == ()
    result = _score([f"您好，这件69元，{said}。", GOOD[1]], scenario)
    (loss,) = [loss for loss in result.losses if loss.rule == rule]
    assert (loss.dimension, loss.turn, loss.said) == (Dimension.HONEST, 1, hit)
    assert loss.points > 0 and loss.model == "您好，这件69元。"
    unsaid = _score([f"您好，这件69元，{said}。", GOOD[1]])
    assert rule not in _reasons(unsaid)


def test_what_the_shop_allows_costs_nothing() -> None:
    assert (
        _score(["您好，这件69元，给您95折，7天内可以退，没有假一赔十。", GOOD[1]], small(SHOP)).losses == ()
    )


def test_each_loss_says_where_and_what_instead() -> None:
    result = _score(["这件69元", GOOD[1]])
    (loss,) = [loss for loss in result.losses if loss.rule == "greet"]
    assert (loss.dimension, loss.turn, loss.line) == (Dimension.OPENING, 1, 1)
    assert loss.model == "您好，这件69元。" and loss.reason
    blamed = _score(["您好，不关我们的事，69元", GOOD[1]])
    (loss,) = [loss for loss in blamed.losses if loss.rule == "blame"]
    assert loss.said.startswith("不关我们的") and loss.span is not None


def test_late_costs_and_very_late_costs_more() -> None:
    soon, late, later = (_score([Given(GOOD[0], after), GOOD[1]]).total for after in (60, 90, 170))
    assert soon == pytest.approx(100) and soon > late > later


def test_what_is_told_only_when_asked_again_is_worth_half() -> None:
    result = _score(["您好，您是问哪一件？", "69元", GOOD[1]])
    (loss,) = [loss for loss in result.losses if loss.rule == "price"]
    assert loss.turn == 1 and loss.points == pytest.approx(result.marks[Dimension.ANSWERED].most / 4)


def test_what_is_wrong_is_not_told_and_may_be_fatal() -> None:
    result = _score(["您好，59元", "您好，哦是69元", GOOD[1]])
    assert "wrong:price" in _reasons(result) and result.fatal == (Fatal.INVENTED,)
    assert result.total <= FATAL_CAP


def test_a_fatal_slip_caps_also_a_perfect_rest() -> None:
    result = _score(["您好，这件69元，闭嘴！", GOOD[1]])
    assert result.fatal == (Fatal.ABUSE,) and result.total == FATAL_CAP
    assert "fatal" in _reasons(result)


def test_silence_and_courtesy_alone_are_worth_nothing() -> None:
    assert _score([]).total == 0
    assert _score(["您好，谢谢您！感谢您！欢迎您下次光临！您您您", "祝您愉快，谢谢您"]).total < 15


def test_own_weights() -> None:
    heavy = weights_with({"answered": 100, "closing": 0})
    result = score(play(small(), [Given(GOOD[0])]), heavy)
    assert Dimension.CLOSING not in result.marks and result.marks[Dimension.ANSWERED].most > 60
    for wrong in ({"polite": 5}, {"time": 31}, {"answered": 0}):
        with pytest.raises(UsageError):
            weights_with(wrong)


@pytest.mark.parametrize("scenario", LIBRARY.scenarios, ids=lambda one: one.id)
def test_gaming_does_not_pay(scenario: Scenario) -> None:
    """Repeating courtesy, pasting one reply and padding are worth no more than the plain thing."""
    good = scenario.transcripts[Recorded.GOOD]
    plain = _score(good, scenario).total
    courtesy = (
        "您好您好谢谢您谢谢您抱歉理解您欢迎您下次光临"
        if scenario.lang == "zh"
        else ("Hello hello thank you thank you sorry sorry, anything else? Come back any time, thanks")
    )
    assert _score([courtesy] * 8, scenario).total < 35
    assert _score([f"{courtesy}{number}" for number in range(8)], scenario).total < 45
    for pasted in {reply.text for reply in good}:
        assert _score([pasted] * 10, scenario).total < plain - 5
    thanks = "谢谢您" if scenario.lang == "zh" else " Thank you."
    padded = [Given(reply.text + thanks * 12, reply.after_s) for reply in good]
    assert _score(padded, scenario).total <= plain + 1e-6
    more_you = [
        Given(reply.text + ("您" * 40 if scenario.lang == "zh" else " you" * 40), reply.after_s)
        for reply in good
    ]
    assert _score(more_you, scenario).total <= plain + 1e-6


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("您好谢69元59不知道快递的错 abc？！", max_size=30), st.integers(0, 400)), max_size=8
    )
)
def test_any_talk_has_a_score_that_adds_up(replies: list[tuple[str, int]]) -> None:
    result = _score([Given(text, after) for text, after in replies])
    assert 0 <= result.total <= 100.0001
    assert result.total + sum(loss.points for loss in result.losses) == pytest.approx(100)
