"""Learning from what was sent: outcomes of quick replies, frequent answers that are none yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import learning, sending, work
from csdesk.desk.context import Desk
from csdesk.model.reply import InsertedReply, PackScope, QuickReply
from tests.desks import clock_of, hears, open_desk

MINUTE_MS = 60_000
ANSWER = QuickReply("r1", "fh", "发货", "亲，今天发货。", "p", PackScope.PERSONAL, "zh-CN")
OTHER = QuickReply("r2", "zx", "在线", "在的，请讲。", "p", PackScope.PERSONAL, "zh-CN")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "t.db") as opened:
        yield opened


def answer(desk: Desk, conversation: int, reply: QuickReply = ANSWER) -> None:
    clock_of(desk).advance(MINUTE_MS)
    sending.reply(desk, conversation, reply.body, quick=[InsertedReply(reply.id, 0, reply.body)])
    clock_of(desk).advance(MINUTE_MS)


def test_uses_and_what_came_of_them(desk: Desk) -> None:
    again, on, late, silent = (hears(desk, name, "什么时候发货？") for name in ("a", "b", "c", "d"))
    for conversation in (again, on, late, silent):
        answer(desk, conversation)
    hears(desk, "a", "什么时候发货啊")
    hears(desk, "b", "好的，谢谢")
    clock_of(desk).advance(learning.AGAIN_MS)
    hears(desk, "c", "什么时候发货啊")
    work.resolve(desk, silent)
    first, second = learning.records(desk, [OTHER, ANSWER])
    assert (first.reply, first.uses, first.followed, first.asked_again, first.resolved) == (
        ANSWER,
        4,
        2,
        1,
        1,
    )
    assert (first.again_rate, first.rating) == (0.25, None)
    assert first.last_ms is not None
    assert (second.reply, second.uses, second.last_ms) == (OTHER, 0, None)


def test_frequent_answers_become_proposals(desk: Desk) -> None:
    for number in range(6):
        conversation = hears(desk, f"t{number}", "可以开发票吗")
        end = "。" if number % 3 else "哦～"
        sending.reply(desk, conversation, f"Customer t{number}您好，可以开电子发票，下单时备注抬头{end}")
        sending.reply(desk, conversation, "好的")
        answer(desk, conversation)
        if number < 4:
            sending.reply(desk, conversation, "这款暂时没有现货，补货后第一时间通知您")
    (proposal,) = learning.proposals(desk, [OTHER])
    assert proposal.body == "{{contact.name}}您好，可以开电子发票，下单时备注抬头。"
    assert proposal.count == 6
    known = QuickReply(
        "r3",
        "fp",
        "发票",
        "{{contact.name}}您好，可以开电子发票，下单时备注抬头。",
        "p",
        PackScope.PERSONAL,
        "zh-CN",
    )
    assert learning.proposals(desk, [known]) == []


def test_notes_and_automatic_texts_are_nobodys_answers(desk: Desk) -> None:
    conversation = hears(desk, "t")
    for _number in range(6):
        sending.note(desk, conversation, "这位客户上次也问过同样的问题")
    assert learning.proposals(desk, []) == []


def test_the_pass_can_be_stopped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "_EACH", 1)
    conversation = hears(desk, "t")
    for _number in range(6):
        sending.reply(desk, conversation, "可以开电子发票，下单时备注抬头")
    asked: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> bool:
        asked.append((done, total))
        return False

    assert learning.proposals(desk, [], stop) == []
    assert asked == [(1, 7)]


def test_a_name_becomes_a_placeholder_and_braces_stay() -> None:
    assert learning.with_placeholder(" 林女士您好 {{x}} ", "林女士") == "{{contact.name}}您好 {{{{x}}"
    assert learning.with_placeholder("在的", "在") == "在的"
