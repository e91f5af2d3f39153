"""The talk goes by what is said and when; the same replies make the same talk."""

from __future__ import annotations

import pytest

from csdesk.trainer.engine import Practice, advance, begin, say, stop
from csdesk.trainer.playing import play
from csdesk.trainer.scenario import Ending, Given
from tests.unit.trainer.scene import small

PRICE = "您好，69元"


def _customer(practice: Practice) -> list[str]:
    return [line.text for line in practice.lines if line.is_customer]


def test_the_customer_begins_and_waits() -> None:
    practice = begin(small())
    assert _customer(practice)[0] in ("多少钱？", "什么价？", "请问价格")
    assert practice.waited_s == 0 and practice.due_s == 100 and not practice.is_over


def test_wordings_differ_by_attempt_and_never_by_chance() -> None:
    first = {number: _customer(begin(small(), number))[0] for number in range(12)}
    assert first == {number: _customer(begin(small(), number))[0] for number in range(12)}
    assert len(set(first.values())) == 3


def test_nothing_is_changed_in_place() -> None:
    before = begin(small())
    after = advance(say(before, PRICE, 10), 60)
    assert before.lines == begin(small()).lines
    assert len(after.lines) > len(before.lines)


def test_an_answer_moves_the_talk_on() -> None:
    practice = say(begin(small()), PRICE, 20)
    assert practice.answer_due_s is not None and 24 <= practice.answer_due_s <= 27
    practice = advance(practice, 30)
    assert practice.node == "bye" and practice.mood == 1 and practice.told == {"price"}
    assert practice.turns[0].wait_s == 20


def test_messages_in_a_row_are_one_turn() -> None:
    practice = say(say(begin(small()), "您好", 20), "这件69元", 22)
    practice = advance(practice, 40)
    assert [turn.text for turn in practice.turns] == ["您好\n这件69元"]
    assert practice.node == "bye"


def test_who_is_not_answered_asks_again_and_leaves() -> None:
    practice = advance(begin(small()), 99)
    assert len(practice.lines) == 1
    practice = advance(practice, 100)
    assert len(practice.lines) == 2 and practice.mood == 0
    practice = advance(practice, 180)
    assert len(practice.lines) == 3 and practice.mood == -1
    assert advance(practice, 299).outcome is None
    left = advance(practice, 300)
    assert left.outcome is Ending.LEFT and left.now_s == 300


def test_one_long_step_is_many_short_ones() -> None:
    short = begin(small())
    for second in range(0, 400, 7):
        short = advance(short, second)
    assert short.lines == advance(begin(small()), 400).lines


def test_asking_to_wait_buys_time_once() -> None:
    practice = advance(say(begin(small()), "您好，请稍等，我查一下", 20), 150)
    assert practice.turns[0].is_hold and practice.outcome is None
    assert practice.node == "open" and len(_customer(practice)) == 2
    assert advance(practice, 260).outcome is None
    practice = advance(say(practice, "69元，让您久等了", 200), 220)
    assert practice.node == "bye"
    again = advance(say(begin(small()), "请稍等", 10), 30)
    again = advance(say(again, "再稍等一下", 40), 60)
    assert not again.turns[1].is_hold


def test_a_branch_is_taken_only_so_often() -> None:
    practice = play(small(), [Given("什么？"), Given("哪个？"), Given("嗯？")])
    assert practice.outcome is Ending.LOST and practice.lines[-1].text == "算了"
    assert [turn.node for turn in practice.turns] == ["open", "open"]


def test_the_same_words_twice_are_not_heard() -> None:
    practice = play(small(), [Given("在的，您说"), Given("在的 您说！")])
    assert practice.turns[1].heard.is_repeat and not practice.turns[1].heard.acts


def test_a_customer_in_the_worst_mood_goes() -> None:
    scenario = small(("mood: -1}", "mood: -3}"))
    practice = play(scenario, [Given("嗯")])
    assert practice.outcome is Ending.LOST and practice.mood == -3


def test_silence_is_broken_by_the_agent() -> None:
    quiet = ("    say: [多少钱？, 什么价？, 请问价格]\n", "    quiet: 90\n")
    practice = begin(small(quiet))
    assert practice.lines == () and practice.waiting_since_s is None
    assert advance(practice, 329).outcome is None
    assert advance(practice, 330).outcome is Ending.LOST
    asked = advance(say(practice, "您好，还在看吗？69元", 95), 110)
    assert asked.turns[0].wait_s is None and asked.node == "bye"


def test_stopping_hears_what_was_sent() -> None:
    assert stop(begin(small())).outcome is Ending.UNFINISHED
    done = stop(say(begin(small()), PRICE, 5))
    assert done.outcome is Ending.SOLVED and len(done.turns) == 1
    assert stop(done) is done and say(done, "再见", 99) is done


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_reply_is_none(text: str) -> None:
    practice = say(begin(small()), text, 10)
    assert practice.answer_due_s is None and len(practice.lines) == 1


def test_the_context_of_the_composer_follows_the_talk() -> None:
    context = advance(begin(small()), 120).context
    assert (
        context.is_first_turn
        and context.waited_s == 120
        and context.stage == "presale"
        and context.lang == "zh"
    )
    assert advance(say(begin(small()), PRICE, 5), 20).context.is_closing
