"""A customer's message comes in: once, cleaned, and it opens, reopens or wakes its conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import intake, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.errors import NotFound
from csdesk.model.conversation import Status
from csdesk.store import contacts, conversations, messages
from csdesk.store.verify import verify
from tests.desks import INBOX, clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        yield opened
        assert verify(opened.store.path).problems == ()


def texts(desk: Desk, number: int) -> list[str]:
    return [each.text for each in messages.after(desk.store.reader(), number, None, 100, with_events=False)]


def test_the_same_message_is_stored_once(desk: Desk) -> None:
    incoming = Incoming(INBOX, "t", "m1", "在吗", ContactCard("k", "Lin"))
    first, again = intake.receive(desk, incoming), intake.receive(desk, incoming)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.conversation == again.conversation
    assert texts(desk, first.conversation) == ["在吗"]
    other = intake.receive(desk, Incoming(INBOX, "u", "m1", "在吗", ContactCard("k", "Lin")))
    assert other.is_new and other.conversation != first.conversation


def test_a_known_message_opens_nothing(desk: Desk) -> None:
    number = hears(desk, "t", key="m1")
    work.resolve(desk, number)
    hears(desk, "t", key="m1")
    assert conversations.get(desk.store.reader(), number).status is Status.RESOLVED


def test_one_person_is_one_contact(desk: Desk) -> None:
    card = ContactCard("k", "林\x1b[2J女士\u202e", "lin@example.com\n", "138", "A")
    one = intake.receive(desk, Incoming(INBOX, "a", "1", "x", card)).conversation
    two = intake.receive(desk, Incoming(INBOX, "b", "1", "x", card)).conversation
    first, second = (conversations.get(desk.store.reader(), number) for number in (one, two))
    assert first.contact == second.contact
    contact = contacts.get(desk.store.reader(), first.contact)
    assert contact is not None and contact.conversation_count == 2
    assert "\x1b" not in contact.name and "\u202e" not in contact.name
    assert (contact.tier, contact.phone) == ("A", "138")
    assert first.tier == "A"


def test_texts_are_cleaned_and_cut(desk: Desk) -> None:
    number = hears(desk, "t", "a\x1b]0;own\x07b\r\nc\u202ed")
    (text,) = texts(desk, number)
    assert not set("\x1b\x07\u202e\r") & set(text)
    assert "\n" in text
    hears(desk, "t", "长" * (intake.MESSAGE_CHARS + 5))
    assert len(texts(desk, number)[1]) == intake.MESSAGE_CHARS
    card = ContactCard("long", "n" * 9_000)
    long = intake.receive(desk, Incoming(INBOX, "long", "1", "x", card, subject="s" * 9_000)).conversation
    found = conversations.get(desk.store.reader(), long)
    assert (len(found.contact_name), len(found.subject)) == (intake.LINE_CHARS, intake.LINE_CHARS)


def test_an_unknown_inbox_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFound) as raised:
        hears(desk, "t", inbox="no\x1bwhere")
    assert raised.value.code == "inbox.unknown"
    assert "\x1b" not in raised.value.sentence
    assert desk.store.reader().execute("SELECT count(*) FROM conversation").fetchone() == (0,)


def test_a_customer_reopens_and_starts_anew(desk: Desk) -> None:
    number = hears(desk, "t")
    work.claim(desk, number)
    work.resolve(desk, number)
    clock_of(desk).advance(60_000)
    hears(desk, "t", "还有一件事")
    found = conversations.get(desk.store.reader(), number)
    assert (found.status, found.waiting_since, found.resolved_at) == (Status.OPEN, desk.now_ms(), None)
    assert found.assignee == desk.agent.id
    lines = [each.text for each in messages.after(desk.store.reader(), number, None, 10)]
    assert lines[-2:] == ["Reopened by a new message", "还有一件事"]


@pytest.mark.parametrize("later", [None, 3_600_000])
def test_a_customer_wakes_what_was_snoozed(desk: Desk, later: int | None) -> None:
    number = hears(desk, "t")
    work.snooze(desk, number, None if later is None else desk.now_ms() + later)
    clock_of(desk).advance(60_000)
    hears(desk, "t", "在吗？")
    found = conversations.get(desk.store.reader(), number)
    assert (found.status, found.waiting_since) == (Status.OPEN, desk.now_ms())
    assert (found.snooze_kind, found.snooze_until) == (None, None)


def test_a_mail_that_was_written_before_the_reply_still_waits(desk: Desk) -> None:
    number = hears(desk, "t", "first")
    clock_of(desk).advance(60_000)
    sending.reply(desk, number, "您好")
    hears(desk, "t", "written earlier", at=desk.now_ms() - 30_000)
    assert conversations.get(desk.store.reader(), number).waiting_since == desk.now_ms() - 30_000
    assert texts(desk, number) == ["first", "written earlier", "您好"]


def test_a_clock_ahead_counts_as_now(desk: Desk) -> None:
    number = hears(desk, "t", "from tomorrow", at=desk.now_ms() + 86_400_000)
    clock_of(desk).advance(1_000)
    hears(desk, "t", "from now")
    assert texts(desk, number) == ["from tomorrow", "from now"]
    assert conversations.get(desk.store.reader(), number).waiting_since == desk.now_ms() - 1_000


def test_a_channel_may_number_both_ways_alike(desk: Desk) -> None:
    number = hears(desk, "t", "one", key="1")
    reply = sending.reply(desk, number, "two")
    from csdesk.model.operation import Kind

    body = {"state": "sent", "external_id": "2", "at": desk.now_ms()}
    desk.store.write(lambda tx: tx.record(Kind.MESSAGE_DELIVERED, reply.uid, body))
    hears(desk, "t", "three", key="2")
    assert texts(desk, number) == ["one", "two", "three"]
