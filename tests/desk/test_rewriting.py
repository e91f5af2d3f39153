"""A failed message is sent again or written again, never both; a reply that is too long goes in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import people, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import Failed
from csdesk.desk.runner import Runner
from csdesk.errors import Refused, UsageError
from csdesk.model.limits import CHAT
from csdesk.model.message import Delivery, Mode, Sender
from csdesk.store import drafts, messages, outbox
from csdesk.store.verify import verify
from tests.desks import Line, clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(tmp_path / "desk.db")
    yield opened
    opened.close()


def failed_reply(desk: Desk, text: str = "马上查") -> tuple[int, int, Line]:
    """A conversation, the message of it that failed, and the line that refused it."""
    conversation = hears(desk, "t1")
    message = sending.reply(desk, conversation, text)
    line = Line()
    line.answers = [Failed("no route", can_retry=False)]
    clock_of(desk).advance(5_000)
    runner = Runner(desk, [line])
    runner.step()
    runner.close()
    entry = outbox.get(desk.store.reader(), message.id)
    assert entry is not None and entry.state is Delivery.FAILED
    return conversation, message.id, line


def held(desk: Desk, conversation: int) -> list[tuple[str, bool]]:
    """Texts of the drafts there, newest first, and whether each is this session's own."""
    found = drafts.held(desk.store.reader(), conversation, desk.agent.id, Mode.REPLY)
    return [(each.draft.text, each.session == desk.session) for each in found]


def test_a_rewritten_message_is_a_draft_and_is_not_sent(desk: Desk) -> None:
    conversation, message, line = failed_reply(desk)
    assert sending.rewrite_failed(desk, message) == "马上查"
    assert held(desk, conversation) == [("马上查", True)]
    assert messages.get(desk.store.reader(), message) is None
    assert sending.retry_failed(desk, conversation) == 0
    clock_of(desk).advance(600_000)
    runner = Runner(desk, [line])
    runner.step()
    runner.close()
    assert len(line.asked) == 1
    assert verify(desk.store.path).is_clean


def test_a_message_that_is_sent_again_cannot_be_rewritten(desk: Desk) -> None:
    conversation, message, _line = failed_reply(desk)
    sending.retry(desk, message)
    with pytest.raises(Refused) as refused:
        sending.rewrite_failed(desk, message)
    assert refused.value.code == "rewrite.not_failed"
    assert held(desk, conversation) == []


def test_a_draft_is_put_aside_for_it(desk: Desk) -> None:
    conversation, message, _line = failed_reply(desk)
    sending.save_draft(desk, conversation, Mode.REPLY, "另外", 2).result()
    sending.rewrite_failed(desk, message)
    assert held(desk, conversation) == [("马上查", True), ("另外", False)]
    sending.reply(desk, conversation, "马上查好")
    assert held(desk, conversation) == [("另外", False)]


def test_a_colleagues_conversation_is_left_alone(desk: Desk) -> None:
    conversation, message, _line = failed_reply(desk)
    desk.store.write(lambda tx: people.add_agent(tx, "Li"))
    work.transfer(desk, conversation, work.Target(agent="Li"), "shift ends")
    with pytest.raises(Refused):
        sending.rewrite_failed(desk, message)
    assert sending.retry_failed(desk, conversation) == 1


def test_a_reply_over_the_limit_goes_in_parts_or_not_at_all(desk: Desk) -> None:
    conversation = hears(desk, "t1")
    text = "第一句话。" * (CHAT.most // 4)
    with pytest.raises(UsageError) as refused:
        sending.reply(desk, conversation, text)
    assert refused.value.code == "text.too_long"
    sending.reply_in_parts(desk, conversation, text)
    found = messages.before(desk.store.reader(), conversation, None, 10, with_events=False)
    sent = [each.text for each in found if each.sender is Sender.AGENT]
    assert len(sent) == 2 and "".join(sent) == text
    assert all(len(each) <= CHAT.most and each.endswith("。") for each in sent)
    undone = undoing.undo(desk)
    assert undone.text == sent[1]


def test_a_note_has_its_own_limit(desk: Desk) -> None:
    conversation = hears(desk, "t1")
    with pytest.raises(UsageError):
        sending.note(desk, conversation, "注" * (CHAT.most + 1))


def test_recent_texts_are_the_agents_own_newest_first(desk: Desk) -> None:
    one, two = hears(desk, "t1"), hears(desk, "t2")
    for conversation, text in ((one, "您好"), (two, "在的"), (one, "马上查"), (two, "好的")):
        sending.reply(desk, conversation, text)
        clock_of(desk).advance(1_000)
    sending.note(desk, one, "备注")
    reader, me = desk.store.reader(), desk.agent.id
    assert messages.written_in(reader, one, me, Sender.AGENT, 10) == ["马上查", "您好"]
    assert messages.written_lately(reader, me, Sender.AGENT, 3) == ["好的", "马上查", "在的"]
    assert messages.written_in(reader, one, me, Sender.NOTE, 10) == ["备注"]
