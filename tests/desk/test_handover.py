"""Handing a shift over: what is gathered, written, signed, and what was missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.desk import erasing, handover, people, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.handover import HOUR_MS
from csdesk.desk.handover_text import Entry, Left, compose
from csdesk.errors import NotFound, Refused, UsageError
from csdesk.model.handover import Handover, Item, ItemState, Role, Section, Standing, state_of
from csdesk.model.message import Mode
from csdesk.store import conversations
from csdesk.store.shift import Totals
from csdesk.store.verify import verify
from tests.desks import START_MS, clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        yield opened
    assert verify(tmp_path / "desk.db").problems == ()


def colleague(desk: Desk, name: str = "Bo") -> Desk:
    return Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, name))


def sections(desk: Desk) -> dict[Section, list[str]]:
    found: dict[Section, list[str]] = {}
    for entry in handover.gather(desk).entries:
        found.setdefault(entry.item.section, []).append(entry.contact_name)
    return found


def give(desk: Desk, *, to: str | None = None) -> Handover:
    composed = handover.compose_now(desk)
    return handover.write(desk, composed.text, composed.left, to=to)


def states(desk: Desk, given: Handover) -> list[ItemState]:
    return [state for _row, state in handover.find(desk, given.ref).items]


def ref(desk: Desk, conversation: int) -> str:
    return conversations.get(desk.store.reader(), conversation).short_ref


def test_a_note_does_not_stand_there_as_what_the_customer_said(desk: Desk) -> None:
    asked, never = hears(desk, "a", "快递还没到"), hears(desk, "b", "在吗")
    sending.note(desk, asked, "打过两次电话")
    sending.note(desk, never, "同一个人")
    sending.reply(desk, never, "在的")
    said = {entry.contact_name: entry.said for entry in handover.gather(desk).entries}
    assert said == {"Customer a": "快递还没到", "Customer b": "在的"}


def test_what_a_shift_leaves(desk: Desk) -> None:
    hears(desk, "a")
    hears(desk, "c", "再不处理我就投诉了")
    promised, paused, written, over = (hears(desk, name) for name in "bdef")
    sending.reply(desk, promised, "24小时内给您答复")
    work.snooze(desk, paused, desk.now_ms() + 5_000)
    sending.save_draft(desk, written, Mode.REPLY, "还没写完", 4).result()
    work.resolve(desk, over)
    assert sections(desk) == {
        Section.WAITING: ["Customer a", "Customer c", "Customer e"],
        Section.PROMISE: ["Customer b"],
        Section.COMPLAINT: ["Customer c"],
        Section.CUSTOMER: ["Customer d", "Customer b"],
        Section.DRAFT: ["Customer e"],
        Section.UNSENT: ["Customer b"],
    }


def test_a_colleagues_customers_are_not_mine_to_hand_over(desk: Desk) -> None:
    work.claim(colleague(desk), hears(desk, "a"))
    assert sections(desk) == {}
    assert sections(colleague(desk)) == {Section.WAITING: ["Customer a"]}


def test_who_opened_it_again_and_what_failed_are_told(desk: Desk) -> None:
    number = hears(desk, "a")
    work.resolve(desk, number)
    hears(desk, "a", "又坏了")
    sending.reply(desk, hears(desk, "b"), "好")
    desk.store.write(lambda tx: tx.connection.execute("UPDATE outbox SET state = 'failed'"))
    found = sections(desk)
    assert found[Section.ODD] == ["Customer a"]
    assert found[Section.FAILED] == ["Customer b"] and Section.UNSENT not in found


def test_the_text_is_the_same_for_the_same_facts() -> None:
    entries = (
        Entry(Item(Section.WAITING, b"1"), "7K3Q9F", "林女士", "A", "快递还没到？\x1b[31m", START_MS),
        Entry(Item(Section.PROMISE, b"2", b"m", START_MS - 1), "AAAAAA", "", None, "", START_MS),
    )
    left = Left("Mia", START_MS - 1000, START_MS, Totals(2, 3, 4, 5, 6, 7), entries, ("One thing.",))
    text = compose(left)
    assert text == compose(left)
    lines = text.splitlines()
    assert "conversations 2, messages from customers 3, replies 4, resolved 5" in lines[1]
    assert "Waiting for us (1)" in lines and "Promised (1)" in lines
    assert any(line.startswith("- #7K3Q9F 林女士 (A) · waits since ") for line in lines)
    assert any(line.startswith("- #AAAAAA visitor · was due ") and line.endswith("overdue") for line in lines)
    assert "\x1b" not in text and lines[-1] == "! One thing."


def test_a_quiet_shift_says_so(desk: Desk) -> None:
    assert handover.compose_now(desk).text.rstrip().endswith("Nothing is left over.")


def test_writing_signs_as_giver_and_a_colleague_takes_over(desk: Desk) -> None:
    hears(desk, "a")
    given = give(desk, to=colleague(desk).agent.name)
    assert [(each.role, each.agent_name) for each in given.signatures] == [(Role.GIVER, "Mia")]
    assert given.to == "Bo"
    with pytest.raises(Refused, match="You gave this handover"):
        handover.sign(desk, given.ref)
    taken = handover.sign(colleague(desk), given.short_ref.lower())
    assert [(each.role, each.agent_name) for each in taken.takers] == [(Role.TAKER, "Bo")]
    with pytest.raises(Refused, match="signed this handover already"):
        handover.sign(colleague(desk), given.ref)


def test_what_the_text_does_not_name_is_not_handed_over(desk: Desk) -> None:
    hears(desk, "a")
    kept, mine = hears(desk, "b"), hears(desk, "c")
    work.claim(colleague(desk), mine)
    composed = handover.compose_now(desk)
    text = f"只有 #{ref(desk, kept)}，还有 #{ref(desk, mine).lower()}，#ZZZZZZ 不是会话"
    given = handover.write(desk, text, composed.left)
    found = handover.find(desk, given.ref)
    assert [(row.item.section, row.named.id) for row, _state in found.items] == [
        (Section.WAITING, kept),
        (Section.NOTED, mine),
    ]
    assert given.text == text


def test_what_cannot_be_written(desk: Desk) -> None:
    left = handover.gather(desk)
    with pytest.raises(UsageError, match="no text"):
        handover.write(desk, " \n", left)
    with pytest.raises(UsageError, match="20000"):
        handover.write(desk, "x" * 20_001, left)
    with pytest.raises(NotFound, match="no agent named Nobody"):
        handover.write(desk, "text", left, to="Nobody")
    with pytest.raises(NotFound, match="No handover"):
        handover.sign(desk, "7K3Q9F")
    assert handover.recent(desk) == []


def test_written_again_before_anybody_took_it(desk: Desk) -> None:
    hears(desk, "a")
    first = give(desk)
    clock_of(desk).advance(60_000)
    second = give(desk)
    assert [each.handover.ref for each in handover.recent(desk)] == [second.ref]
    assert second.since == first.since
    assert states(desk, second)[0] is ItemState.OPEN
    handover.sign(colleague(desk), second.ref)
    clock_of(desk).advance(60_000)
    third = give(desk)
    assert [each.handover.ref for each in handover.recent(desk)] == [third.ref, second.ref]


def test_an_answer_or_an_end_deals_with_an_item(desk: Desk) -> None:
    answered, resolved = hears(desk, "a"), hears(desk, "b")
    hears(desk, "c")
    given = give(desk)
    clock_of(desk).advance(1_000)
    other = colleague(desk)
    sending.reply(other, answered, "好的")
    work.resolve(other, resolved)
    assert states(desk, given) == [ItemState.DONE, ItemState.DONE, ItemState.OPEN]


def test_what_the_next_handover_finds_undone_was_missed_and_goes_on(desk: Desk) -> None:
    hears(desk, "a")
    given = give(desk)
    other = colleague(desk)
    handover.sign(other, given.ref)
    clock_of(desk).advance(8 * HOUR_MS)
    following = give(other)
    assert states(desk, given) == [ItemState.MISSED]
    assert [row.item.section for row, _state in handover.find(desk, following.ref).items] == [Section.WAITING]
    assert "left from before" in following.text


def test_what_is_nowhere_else_stands_at_the_head_of_the_next(desk: Desk) -> None:
    number = hears(desk, "a")
    given = give(desk)
    other = colleague(desk)
    handover.sign(other, given.ref)
    work.claim(desk, number)
    assert sections(other) == {Section.LEFT: ["Customer a"]}


def test_a_promise_past_its_time_is_missed(desk: Desk) -> None:
    number = hears(desk, "a")
    sending.reply(desk, number, "I will write to you within 2 hours.")
    given = give(desk)
    rows = [
        row for row, _state in handover.find(desk, given.ref).items if row.item.section is Section.PROMISE
    ]
    assert [row.item.due_at for row in rows] == [START_MS + 2 * HOUR_MS]
    clock_of(desk).advance(2 * HOUR_MS)
    by_section = {row.item.section: state for row, state in handover.find(desk, given.ref).items}
    assert by_section[Section.PROMISE] is ItemState.MISSED
    assert by_section[Section.CUSTOMER] is ItemState.OPEN


def test_ticked_by_hand_and_back(desk: Desk) -> None:
    hears(desk, "a")
    given = give(desk)
    assert [state for _row, state in handover.tick(desk, given.ref, 0, is_done=True).items] == [
        ItemState.DONE
    ]
    handover.tick(colleague(desk), given.ref, 0, is_done=False)
    assert states(desk, given) == [ItemState.OPEN]
    with pytest.raises(NotFound, match="no item 2"):
        handover.tick(desk, given.ref, 1, is_done=True)


@pytest.mark.parametrize(
    ("section", "standing", "due", "next_at", "expected"),
    [
        (Section.CUSTOMER, Standing(), None, 9, ItemState.OPEN),
        (Section.CUSTOMER, Standing(is_waiting=True), None, 9, ItemState.MISSED),
        (Section.CUSTOMER, Standing(), 5, None, ItemState.MISSED),
        (Section.WAITING, Standing(answered_at=3), None, 9, ItemState.MISSED),
        (Section.WAITING, Standing(answered_at=4), None, 9, ItemState.DONE),
        (Section.WAITING, Standing(is_resolved=True, ticked=False), None, 9, ItemState.MISSED),
        (Section.PROMISE, Standing(), 11, None, ItemState.OPEN),
    ],
)
def test_what_became_of_an_item(
    section: Section, standing: Standing, due: int | None, next_at: int | None, expected: ItemState
) -> None:
    given = Handover(1, b"u", "R", "R", 0, 3, 1, "Mia", None, "text", next_at)
    assert state_of(Item(section, b"c", None, due), standing, given, 10) is expected


def test_who_erases_hears_of_handovers_where_the_name_was_written_by_hand(desk: Desk) -> None:
    first, second = hears(desk, "a"), hears(desk, "b")
    work.resolve(desk, first)
    clock_of(desk).advance(HOUR_MS)
    composed = handover.compose_now(desk)
    reader = desk.store.reader()
    name = conversations.get(reader, first).contact_name
    left = replace(
        composed.left, entries=tuple(each for each in composed.left.entries if each.contact_name != name)
    )
    given = handover.write(desk, f"请留意 {name}", left, to=None)
    done = erasing.erase_contact(desk, conversations.get(reader, first).contact)
    assert done.handovers == (given.ref,)
    assert erasing.erase_contact(desk, conversations.get(reader, second).contact).handovers == ()


def test_erasing_a_customer_takes_the_words_of_handovers_that_name_them(desk: Desk) -> None:
    first, second = hears(desk, "a"), hears(desk, "b")
    given = give(desk)
    handover.sign(colleague(desk), given.ref)
    clock_of(desk).advance(1_000)
    erasing.erase_contact(desk, conversations.get(desk.store.reader(), first).contact)
    left = handover.find(desk, given.ref)
    assert left.handover.text == ""
    assert [row.named.id for row, _state in left.items] == [first, second]
    body = desk.store.reader().execute("SELECT body FROM op WHERE kind = 80").fetchone()[0]
    assert "Customer" not in body
    clock_of(desk).advance(1_000)
    assert "Customer b" in give(desk).text


def test_a_draft_of_the_text_is_kept(desk: Desk) -> None:
    assert handover.draft(desk) is None
    handover.keep_draft(desk, "半句")
    assert handover.draft(desk) == "半句" and handover.draft(colleague(desk)) is None
    handover.write(desk, "整句", handover.gather(desk))
    assert handover.draft(desk) is None
