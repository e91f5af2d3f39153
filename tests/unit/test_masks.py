"""What identifies a person is hidden, what does not stays, and long texts take no longer per character."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given

from csdesk import masks
from tests.factories import texts

COUNT = 4_000


def luhn(chance: random.Random, length: int) -> str:
    start = chance.choice(("62", "4", "51") if length == 16 else ("62",))
    body = start + "".join(chance.choice("0123456789") for _ in range(length - 1 - len(start)))
    return next(body + last for last in "0123456789" if masks.is_bank_card(body + last))


def mobile(chance: random.Random) -> str:
    start = chance.choice(("130", "138", "147", "150", "159", "166", "177", "186", "191", "199"))
    return start + "".join(chance.choice("0123456789") for _ in range(8))


def identity(chance: random.Random) -> str:
    day = f"{chance.randint(1940, 2015)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    body = (
        f"{chance.choice((11, 31, 44, 51, 65))}{chance.randint(0, 9999):04}{day}{chance.randint(0, 999):03}"
    )
    return next(body + last for last in "0123456789X" if masks.is_identity_card(body + last))


def planted(chance: random.Random) -> str:
    digits = "".join(chance.choice("0123456789") for _ in range(8))
    return chance.choice(
        (
            mobile(chance),
            f"+86 13{digits[:1]} {digits[:4]} {digits[4:]}",
            f"0{chance.choice(('10', '21', '755'))}-8{digits[:7]}",
            luhn(chance, chance.choice((16, 19))),
            identity(chance),
            f"u{digits}@mail.example.cn",
        )
    )


def test_everything_planted_is_hidden() -> None:
    chance = random.Random(1)
    missed = [
        value
        for value in (planted(chance) for _ in range(COUNT))
        if value in masks.mask(f"电话{value}，谢谢") or value in masks.mask(f"to {value}.")
    ]
    assert missed == []


@pytest.mark.parametrize("length", [10, 12, 15, 16, 18, 19, 20])
def test_order_numbers_survive(length: int) -> None:
    chance = random.Random(length)
    numbers = ["".join(chance.choice("0123456789") for _ in range(length)) for _ in range(COUNT)]
    wrong = sum(masks.mask(f"订单号 {number}") != f"订单号 {number}" for number in numbers)
    assert wrong / COUNT < 0.005, wrong


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("我的手机13812345678", "我的手机138****5678"),
        ("+86 138-1234-5678", "+86 138-****-5678"),
        ("13812345678 100元 2 13912345678", "138****5678 100元 2 139****5678"),
        ("3 4111 1111 1111 1111 2", "3 4111 **** **** 1111 2"),
        ("mail lin@example.com!", "mail l***@example.com!"),
        ("11010519491231002X", "110*************2X"),
        ("4111 1111 1111 1111", "4111 **** **** 1111"),
        ("(010) 8765-4321", "(010) ****-4321"),
    ],
)
def test_what_stays_visible(text: str, hidden: str) -> None:
    assert masks.mask(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "SF1234567890123",
        "A13812345678",
        "110105194912310021",
        "4111111111111112",
        "2026-01-02 03:04",
        "￥12345.67",
        "192.168.1.100",
        "a@b",
        "订单号：4111111111111111",
        "Order no. 4111 1111 1111 1111",
        "16012345678",
        "",
    ],
)
def test_what_is_none_of_these_stays(text: str) -> None:
    assert masks.mask(text) == text


@given(texts(200))
def test_twice_is_once(text: str) -> None:
    once = masks.mask(text)
    assert masks.mask(once) == once


@pytest.mark.parametrize("piece", ["1", "a.", "a@", "1-", "(1", "13812345678 ", "a@b.c.", "+86", "@x."])
def test_time_grows_with_the_text_alone(piece: str) -> None:
    def taken(size: int) -> float:
        text = piece * (size // len(piece))
        began = time.thread_time()
        masks.mask(text)
        return time.thread_time() - began

    small = min(taken(20_000) for _ in range(3))
    large = min(taken(80_000) for _ in range(3))
    assert large < max(small, 0.01) * 12
