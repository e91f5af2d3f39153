"""What a text does, by its words."""

from __future__ import annotations

import pytest

from csdesk.etiquette import signs_en, signs_zh
from csdesk.etiquette.detectors import ACTS, acts, mood_of, shows


def test_both_languages_know_the_same_acts() -> None:
    assert set(signs_zh.SIGNS) == set(signs_en.SIGNS) == set(ACTS)


@pytest.mark.parametrize(
    ("act", "shown", "not_shown"),
    [
        ("greet", "您好，请问需要什么？", "您好像没付款"),
        ("greet", "Hello there", "The hallway lamp"),
        ("thank", "谢谢您的支持", "不用谢"),
        ("thank", "Thanks a lot", "Fine."),
        ("welcome", "不客气，应该的", "请您客观评价"),
        ("welcome", "You're very welcome!", "Welcome to the shop"),
        ("bye", "再见", "再看见一次"),
        ("apologise", "非常抱歉", "不用抱歉"),
        ("apologise", "I apologize for that", "an apple"),
        ("empathise", "理解您的心情", "请理解规则"),
        ("give_reason", "因为仓库盘点", "明天发"),
        ("give_deadline", "周五18点前", "尽快"),
        ("give_deadline", "by 6 pm today", "soon"),
        ("take_action", "我帮您查询", "您看看"),
        ("refuse", "不能退", "能不能退"),
        ("money", "退您8元", "退您货"),
        ("order_number", "订单号A1024", "订单收到"),
        ("order_number", "order #A1024", "order now"),
        ("hold_notice", "请稍等", "等级很高"),
        ("welcome_back", "欢迎下次光临", "欢迎光临"),
    ],
)
def test_an_act_is_seen_and_not_seen(act: str, shown: str, not_shown: str) -> None:
    assert shows(act, shown)
    assert not shows(act, not_shown)


def test_all_acts_of_a_text() -> None:
    found = acts("您好，非常抱歉让您久等了，因为仓库盘点，我帮您催一下，今天18点前给您答复，可以吗？")
    assert {
        "greet",
        "apologise",
        "empathise",
        "hold_notice",
        "give_reason",
        "take_action",
        "give_deadline",
        "ask",
    } <= found
    assert not {"thank", "bye", "blame", "refuse"} & found


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("骗子，退钱", -2),
        ("怎么还没到", -1),
        ("请问有货吗", 1),
        ("红色的", 0),
        ("you idiots", -2),
        ("still waiting", -1),
    ],
)
def test_moods(text: str, mood: int) -> None:
    assert mood_of(text) == mood
