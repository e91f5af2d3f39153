"""What counts as a promise in an agent's message, and by when it is due."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.desk.promises import find_promises
from tests.factories import texts

MONDAY = "2026-11-23 10:00"


@pytest.fixture(autouse=True)
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def ms(local: str) -> int:
    return int(datetime.strptime(local, "%Y-%m-%d %H:%M").timestamp() * 1000)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("我们今天会给您答复", "2026-11-23 23:59"),
        ("今晚8点前给您回复", "2026-11-23 20:00"),
        ("亲，明天下午为您安排补发", "2026-11-24 18:00"),
        ("已经为您登记，明天上午联系您。", "2026-11-24 12:00"),
        ("包裹预计周五18点前送达，送您8元券", "2026-11-27 18:00"),
        ("下周三之前会有人联系您", "2026-12-02 23:59"),
        ("24小时内给您处理", "2026-11-24 10:00"),
        ("半小时内回电", "2026-11-23 10:30"),
        ("三个工作日内退款到账", "2026-11-26 23:59"),
        ("5个工作日内退款", "2026-11-30 23:59"),
        ("11月30日前发货", "2026-11-30 23:59"),
        ("20号为您发货", "2026-12-20 23:59"),
        ("最晚15:30给您回复", "2026-11-23 15:30"),
        ("后天为您跟进", "2026-11-25 23:59"),
        ("I'll get back to you by Friday.", "2026-11-27 23:59"),
        ("We will refund you within 3 business days", "2026-11-26 23:59"),
        ("You will have an answer within 24 hours.", "2026-11-24 10:00"),
        ("It’ll be there tomorrow by 6 pm", "2026-11-24 18:00"),
        ("We are going to call you this afternoon", "2026-11-23 18:00"),
        ("I will check, and write by 9:30 am", "2026-11-24 09:30"),
        ("We'll send it by the end of this week", "2026-11-27 23:59"),
    ],
)
def test_a_time_to_come_and_a_thing_to_be_done(said: str, due: str) -> None:
    found = find_promises(said, ms(MONDAY))
    assert [each.due_at for each in found] == [ms(due)]


@pytest.mark.parametrize(
    "said",
    [
        "好的，请稍等",
        "您今天方便接电话吗",
        "明天给您发货可以吗？",
        "今天不会发货",
        "今天已经为您发货了",
        "收到后7天内可以申请退款",
        "支持7天无理由退货",
        "会员日是20号",
        "昨天下午为您安排了",
        "Will you be at home tomorrow?",
        "We won't ship today.",
        "You can return it within 30 days.",
        "It was sent today, it will arrive soon",
        "We will look into it.",
    ],
)
def test_what_is_no_promise(said: str) -> None:
    assert find_promises(said, ms(MONDAY)) == ()


def test_each_sentence_may_hold_one() -> None:
    found = find_promises("今天给您答复。周五送达！\nWe'll refund you tomorrow.", ms(MONDAY))
    assert [each.quote for each in found] == ["今天给您答复", "周五送达", "We'll refund you tomorrow."]


@given(texts(200), st.integers(0, 32_503_679_999_999))
def test_any_text_is_read(text: str, at: int) -> None:
    assert all(each.due_at >= at - 1000 for each in find_promises(text, at))
