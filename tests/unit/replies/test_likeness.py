"""Texts that say nearly the same: what counts as alike, and groups of them in bounded memory."""

from __future__ import annotations

import random

import pytest

from csdesk.replies.likeness import Groups, are_alike, evened


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("快递怎么还没到？", "快递怎么还没到啊", True),
        ("在吗", "在吗？？", True),
        ("订单12345到哪了呀", "订单 98765 到哪了呀", True),
        ("Where is my parcel?", "where is my parcel!!", True),
        ("快递怎么还没到？", "可以开发票吗", False),
        ("在吗", "好的", False),
        ("", "", False),
        ("？？", "！！", False),
    ],
)
def test_alike(one: str, other: str, alike: bool) -> None:
    assert are_alike(one, other) is alike


def test_evened() -> None:
    assert evened("Ｈｉ, 您好～ No.12345!") == "hi您好no0"


def test_near_duplicates_come_together_with_their_usual_wording() -> None:
    groups = Groups()
    for number in range(10):
        groups.add("您好，快递已经发货了，请耐心等待" + ("。" if number % 3 else "哦～"), number)
        groups.add("".join(chr(0x4E00 + number * 97 + at * 31) for at in range(12)), number)
    (best,) = groups.frequent(5)
    assert (best.count, best.usual, best.last) == (10, "您好，快递已经发货了，请耐心等待。", 9)


def test_short_ones_and_what_is_left_out_are_passed_over() -> None:
    groups = Groups(left_out=["非常抱歉让您久等了，马上帮您查询"])
    for number in range(9):
        groups.add("好的", number)
        groups.add("非常抱歉让您久等了，马上帮您查询哦", number)
    assert groups.frequent(1) == []


def test_memory_is_bounded_and_the_frequent_outlive_the_rare() -> None:
    chance = random.Random(5)
    groups = Groups(most=200)
    for number in range(4000):
        groups.add("".join(chr(0x4E00 + chance.randrange(5000)) for _at in range(12)), number)
        if number % 20 == 0:
            groups.add("退款会在三个工作日内原路退回，请您留意", number)
    assert [(group.count, group.last) for group in groups.frequent(5)] == [(200, 3980)]
    assert len(groups) <= 200
