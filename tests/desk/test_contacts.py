"""Contacts through the use cases: edited, merged, blocked, called; and the log says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import calls, contacts, erasing, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.model.conversation import Stage, View
from csdesk.model.people import Contact
from csdesk.store import contacts as known
from csdesk.store import conversations, messages, queue, search
from csdesk.store.queue_filters import QueueFilter
from csdesk.store.search_query import parse
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as desk:
        yield desk
    assert verify(tmp_path / "desk.db", deep=True).problems == ()


def contact_of(desk: Desk, conversation: int) -> Contact:
    found = known.get(desk.store.reader(), conversations.get(desk.store.reader(), conversation).contact)
    assert found is not None
    return found


def waiting(desk: Desk) -> list[int]:
    return [row.id for row in queue.page(desk.store.reader(), View.WAITING).rows]


def found(desk: Desk, words: str) -> set[int]:
    page = search.search(desk.store.reader(), parse(words, desk.now_ms()), deadline_ms=5_000)
    return {hit.conversation for hit in page.hits}


def test_an_edit_knows_its_fields(desk: Desk) -> None:
    who = contact_of(desk, hears(desk, "a")).id
    edited = contacts.edit(
        desk, who, {"lifecycle": "LOYAL", "birthday": "1990/2/28", "tier": "a", "source": "展会"}
    )
    assert (edited.lifecycle, edited.birthday, edited.tier, edited.source) == (
        "loyal",
        "1990-02-28",
        "A",
        "展会",
    )
    assert contacts.edit(desk, who, {"birthday": "02-29"}).birthday == "02-29"
    length = desk.store.reader().execute("SELECT count(*) FROM op").fetchone()
    contacts.edit(desk, who, {"birthday": "02-29", "note": ""})
    assert desk.store.reader().execute("SELECT count(*) FROM op").fetchone() == length
    for field, value in (("birthday", "02-30"), ("birthday", "x"), ("tier", "D"), ("lifecycle", "old")):
        with pytest.raises(CsdeskError) as refused:
            contacts.edit(desk, who, {field: value})
        assert refused.value.hint


def test_two_are_one_and_found_under_both_names(desk: Desk) -> None:
    one, other = hears(desk, "lin", "尺码"), hears(desk, "wang", "快递")
    gone, survivor = contact_of(desk, one), contact_of(desk, other)
    contacts.edit(desk, gone.id, {"email": "lin@example.com", "note": "爱绿色", "tier": "A"})
    contacts.edit(desk, survivor.id, {"note": "老顾客"})
    made = contacts.preview_merge(desk.store.reader(), gone.id, survivor.id)
    assert contacts.merge(desk, gone.id, survivor.id) == made
    whole = contact_of(desk, one)
    assert whole == contact_of(desk, other) == made.whole
    assert (whole.note, whole.tier, whole.email) == ("老顾客\n爱绿色", "A", "lin@example.com")
    for name in ("lin", "wang"):
        assert found(desk, f'"customer {name}"') == {one, other}
        assert [each.id for each, _ref in known.page(desk.store.reader(), f"customer {name}")] == [
            survivor.id
        ]
        assert known.named(desk.store.reader(), f"Customer {name}").id == survivor.id
    again = hears(desk, "lin", "again")
    assert again == one and contact_of(desk, again).id == survivor.id
    with pytest.raises(CsdeskError):
        contacts.merge(desk, gone.id, survivor.id)
    assert undoing.undo(desk).kind is undoing.UndoKind.MERGE
    assert contact_of(desk, one).name == "Customer lin" and contact_of(desk, other).note == "老顾客"
    assert found(desk, '"customer lin"') == {one}


def test_an_edit_of_one_who_is_two_holds_for_both(desk: Desk) -> None:
    gone, survivor = (contact_of(desk, hears(desk, name)) for name in ("a", "b"))
    contacts.edit(desk, gone.id, {"email": "a@example.com", "note": "first"})
    contacts.set_labels(desk, gone.id, ("vip", "退款"))
    contacts.merge(desk, gone.id, survivor.id)
    edited = contacts.edit(desk, survivor.id, {"email": "", "note": "only this"})
    assert (edited.email, edited.note) == (None, "only this")
    assert contacts.set_labels(desk, survivor.id, ("vip", "新")).labels == ("vip", "新")
    clock_of(desk).advance(3_600_000)
    alone = contacts.unmerge(desk, survivor.id)
    assert (alone.name, alone.labels) == ("Customer a", ("vip",))
    with pytest.raises(CsdeskError):
        contacts.unmerge(desk, survivor.id)


def test_who_is_blocked_never_waits(desk: Desk) -> None:
    number = hears(desk, "spam")
    who = contact_of(desk, number).id
    assert waiting(desk) == [number]
    contacts.block(desk, who)
    assert waiting(desk) == [] and queue.counts(desk.store.reader(), 0).waiting == 0
    hears(desk, "spam", "buy this")
    assert waiting(desk) == [] and conversations.get(desk.store.reader(), number).message_count == 2
    work.resolve(desk, number)
    hears(desk, "spam", "buy that")
    assert conversations.get(desk.store.reader(), number).status == "resolved"
    work.reopen(desk, number)
    assert waiting(desk) == []
    (row,) = queue.page(desk.store.reader(), View.ALL).rows
    assert row.marks & 4
    contacts.unblock(desk, who)
    assert waiting(desk) == [number]
    sending.reply(desk, number, "您好")
    assert waiting(desk) == []


def test_a_merge_with_a_blocked_contact_blocks(desk: Desk) -> None:
    spam, good = hears(desk, "spam"), hears(desk, "good")
    contacts.block(desk, contact_of(desk, spam).id)
    contacts.merge(desk, contact_of(desk, spam).id, contact_of(desk, good).id)
    assert waiting(desk) == []
    contacts.unblock(desk, contact_of(desk, good).id)
    assert waiting(desk) == [spam, good]


def test_erasing_one_who_is_two_erases_both(desk: Desk) -> None:
    one, other, third = (
        hears(desk, "lin", "甲乙丙丁"),
        hears(desk, "wang", "戊己庚辛"),
        hears(desk, "zhao", "壬癸"),
    )
    gone, survivor = contact_of(desk, one), contact_of(desk, other)
    contacts.set_labels(desk, gone.id, ("secret label",))
    contacts.merge(desk, gone.id, survivor.id)
    erasing.erase_contact(desk, survivor.id)
    for words in ("甲乙", "戊己", "lin", "wang"):
        assert found(desk, words) == set()
    assert found(desk, "壬癸") == {third}
    log = "".join(body for (body,) in desk.store.reader().execute("SELECT body FROM op").fetchall())
    for text in ("甲乙", "戊己", "Customer lin", "Customer wang", "secret label"):
        assert text not in log
    assert "Customer zhao" in log
    with pytest.raises(CsdeskError):
        contacts.merge(desk, survivor.id, contact_of(desk, third).id)


def test_a_call_is_a_conversation_with_a_note(desk: Desk) -> None:
    who = contact_of(desk, hears(desk, "a")).id
    call = conversations.get(desk.store.reader(), calls.log_call(desk, who, "答应周五前发货"))
    assert (call.channel, call.assignee_name, call.waiting_since) == ("phone", "Mia", None)
    assert [line.text for line in messages.before(desk.store.reader(), call.id, None, 9)][
        -1
    ] == "答应周五前发货"
    second = conversations.get(desk.store.reader(), calls.log_call(desk, who, "又来电"))
    assert second.inbox == call.inbox and second.id != call.id
    begun = conversations.get(desk.store.reader(), calls.start(desk, who, "web", "您的订单"))
    assert (begun.inbox_name, begun.subject, begun.contact) == ("web", "您的订单", who)
    narrowed = QueueFilter(contact=who)
    assert len(queue.page(desk.store.reader(), View.ALL, narrowed=narrowed).rows) == 4
    for broken in (
        lambda: calls.log_call(desk, who, " "),
        lambda: calls.start(desk, who, "nowhere"),
        lambda: calls.start(desk, 999, "web"),
    ):
        with pytest.raises(CsdeskError):
            broken()


def test_the_stages_of_a_contact_come_from_their_conversations(desk: Desk) -> None:
    number = hears(desk, "a")
    who = contact_of(desk, number).id
    assert known.stages(desk.store.reader(), who) == []
    for stage in (Stage.PRESALE, Stage.AFTERSALE):
        clock_of(desk).advance(60_000)
        work.move_to_stage(desk, number, stage)
    work.move_to_stage(desk, number, Stage.AFTERSALE)
    told = known.stages(desk.store.reader(), who)
    assert [each.stage for each in told] == ["aftersale", "presale"]
    assert told[0].at - told[1].at == 60_000
    assert "after-sale" in messages.before(desk.store.reader(), number, None, 9)[-1].text
