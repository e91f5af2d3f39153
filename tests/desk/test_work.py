"""What an agent does with a conversation, and the reasons the desk gives when it says no."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import people, sending, work
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.model.conversation import Conversation, Priority, Status
from csdesk.model.people import Role
from csdesk.store import conversations, messages
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        opened.store.write(lambda tx: people.add_team(tx, "售后", ()))
        yield opened
        assert verify(opened.store.path).problems == ()


@pytest.fixture
def bo(desk: Desk) -> Desk:
    return Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Bo"))


def see(desk: Desk, number: int) -> Conversation:
    return conversations.get(desk.store.reader(), number)


def refused(what: object) -> CsdeskError:
    """The refusal that ``what`` ends with; nothing may have changed."""
    with pytest.raises(CsdeskError) as raised:
        what()  # type: ignore[operator]
    assert raised.value.sentence and raised.value.hint
    return raised.value


def operations(desk: Desk) -> int:
    return int(desk.store.reader().execute("SELECT count(*) FROM op").fetchone()[0])


def test_claim_and_release(desk: Desk, bo: Desk) -> None:
    number = hears(desk, "t")
    work.claim(desk, number)
    before = operations(desk)
    work.claim(desk, number)
    assert operations(desk) == before
    assert see(desk, number).assignee_name == "Mia"
    error = refused(lambda: work.claim(bo, number))
    assert (error.code, error.exit_code) == ("claim.taken", 1)
    assert "Mia" in error.sentence
    assert refused(lambda: work.release(bo, number)).code == "conversation.not_yours"
    work.release(desk, number)
    assert see(desk, number).assignee is None
    assert refused(lambda: work.release(desk, number)).code == "release.unassigned"
    work.claim(bo, number)
    assert see(desk, number).assignee_name == "Bo"


def test_a_lead_may_work_on_any(desk: Desk, bo: Desk) -> None:
    number = hears(desk, "t")
    work.claim(desk, number)
    assert refused(lambda: sending.reply(bo, number, "x")).code == "conversation.not_yours"
    bo.agent = desk.store.write(lambda tx: people.edit_agent(tx, "Bo", {"role": Role.LEAD}))
    sending.reply(bo, number, "x")
    work.release(bo, number)
    assert see(desk, number).assignee is None


def test_a_reply_claims(desk: Desk, bo: Desk) -> None:
    number = hears(desk, "t")
    sending.reply(desk, number, "您好")
    assert see(desk, number).assignee_name == "Mia"
    assert refused(lambda: sending.reply(bo, number, "x")).code == "conversation.not_yours"
    assert sending.note(bo, number, "a note needs no claim").author_name == "Bo"


def test_transfer(desk: Desk, bo: Desk) -> None:
    number = hears(desk, "t")
    work.transfer(desk, number, work.Target(agent="bo"), " 会退款\n")
    assert see(desk, number).assignee_name == "Bo"
    assert (
        refused(lambda: work.transfer(desk, number, work.Target(agent="Mia"), "x")).code
        == "conversation.not_yours"
    )
    assert refused(lambda: work.transfer(bo, number, work.Target(agent="Bo"), "x")).code == "transfer.same"
    assert refused(lambda: work.transfer(bo, number, work.Target(agent="Eve"), "x")).code == "agent.unknown"
    assert refused(lambda: work.transfer(bo, number, work.Target(team="Eve"), "x")).code == "team.unknown"
    assert refused(lambda: work.transfer(bo, number, work.Target(team="售后"), " \n")).exit_code == 2
    assert refused(lambda: work.transfer(bo, number, work.Target(), "x")).code == "transfer.no_target"
    assert (
        refused(lambda: work.transfer(bo, number, work.Target("Mia", "售后"), "x")).code
        == "transfer.no_target"
    )
    work.transfer(bo, number, work.Target(team="售后"), "x")
    found = see(desk, number)
    assert (found.assignee, found.team_name) == (None, "售后")
    assert found.waiting_since is not None
    texts = [each.text for each in messages.after(desk.store.reader(), number, None, 10)]
    assert "Mia transferred to Bo: 会退款" in texts


def test_an_inactive_agent_gets_nothing(desk: Desk, bo: Desk) -> None:
    number = hears(desk, "t")
    desk.store.write(lambda tx: people.edit_agent(tx, "Bo", {"is_active": False}))
    assert refused(lambda: work.transfer(desk, number, work.Target(agent="Bo"), "x")).code == "agent.unknown"


def test_resolve_and_reopen(desk: Desk) -> None:
    number = hears(desk, "t")
    since = see(desk, number).waiting_since
    assert refused(lambda: work.reopen(desk, number)).code == "reopen.open"
    work.resolve(desk, number)
    found = see(desk, number)
    assert (found.status, found.resolved_at, found.waiting_since) == (Status.RESOLVED, desk.now_ms(), None)
    for again in (
        lambda: work.resolve(desk, number),
        lambda: work.snooze(desk, number, None),
        lambda: work.claim(desk, number),
        lambda: work.transfer(desk, number, work.Target(team="售后"), "x"),
    ):
        assert refused(again).code == "conversation.resolved"
    error = refused(lambda: sending.reply(desk, number, "x"))
    assert error.code == "reply.resolved"
    assert f"#{found.short_ref}" in error.sentence
    work.reopen(desk, number)
    assert (see(desk, number).status, see(desk, number).waiting_since) == (Status.OPEN, since)


def test_a_reply_reopens_what_is_resolved_when_that_is_meant(desk: Desk, bo: Desk) -> None:
    number, theirs = hears(desk, "t"), hears(desk, "t2")
    work.claim(bo, theirs)
    for each in (number, theirs):
        work.resolve(bo, each)
    sending.reply(desk, number, "还有一句", reopens=True)
    assert (see(desk, number).status, see(desk, number).assignee) == (Status.OPEN, desk.agent.id)
    refused(lambda: sending.reply(desk, theirs, "x", reopens=True))
    assert see(desk, theirs).status is Status.RESOLVED


def test_snooze_until_a_time(desk: Desk) -> None:
    number = hears(desk, "t")
    since = see(desk, number).waiting_since
    assert refused(lambda: work.snooze(desk, number, desk.now_ms())).code == "snooze.past"
    work.snooze(desk, number, desk.now_ms() + 60_000)
    assert see(desk, number).status is Status.SNOOZED
    clock_of(desk).advance(59_999)
    assert work.wake_due(desk) == 0
    clock_of(desk).advance(1)
    assert work.wake_due(desk) == 1
    assert work.wake_due(desk) == 0
    found = see(desk, number)
    assert (found.status, found.waiting_since, found.snooze_until) == (Status.OPEN, since, None)


def test_what_is_snoozed_for_a_reply_sleeps_on(desk: Desk) -> None:
    number = hears(desk, "t")
    work.snooze(desk, number, None)
    clock_of(desk).advance(10**10)
    assert work.wake_due(desk) == 0
    sending.reply(desk, number, "您好")
    assert (see(desk, number).status, see(desk, number).waiting_since) == (Status.OPEN, None)


def test_labels_and_priority(desk: Desk) -> None:
    number = hears(desk, "t")
    work.label(desk, number, add=(" 退款 ", "vip"))
    work.label(desk, number, add=("vip",), remove=("never",))
    assert see(desk, number).labels == ("vip", "退款")
    work.label(desk, number, remove=("vip",))
    assert see(desk, number).labels == ("退款",)
    for bad in ("", " ", "x" * 41):
        assert refused(lambda bad=bad: work.label(desk, number, add=(bad,))).exit_code == 2  # type: ignore[misc]
    before = operations(desk)
    work.prioritise(desk, number, Priority.NORMAL)
    assert operations(desk) == before
    work.prioritise(desk, number, Priority.URGENT)
    assert see(desk, number).priority is Priority.URGENT


@pytest.mark.parametrize(
    ("text", "code"), [("", "text.empty"), (" \n ", "text.empty"), ("长" * 10_001, "text.too_long")]
)
def test_what_cannot_be_sent(desk: Desk, text: str, code: str) -> None:
    number = hears(desk, "t")
    assert refused(lambda: sending.reply(desk, number, text)).code == code
    assert refused(lambda: sending.note(desk, number, text)).code == code


def test_a_conversation_that_is_not_there(desk: Desk) -> None:
    assert refused(lambda: work.claim(desk, 99)).code == "conversation.unknown"


def test_names(desk: Desk) -> None:
    store = desk.store
    for add in (people.add_agent, people.add_team, people.add_inbox):
        assert refused(lambda add=add: store.write(lambda tx: add(tx, " \n"))).code == "name.empty"  # type: ignore[misc]
        assert refused(lambda add=add: store.write(lambda tx: add(tx, "x" * 61))).code == "name.too_long"  # type: ignore[misc]
    for taken in (
        lambda tx: people.add_agent(tx, "MIA"),
        lambda tx: people.add_team(tx, "售后"),
        lambda tx: people.add_inbox(tx, "Web"),
    ):
        assert refused(lambda taken=taken: store.write(taken)).code == "name.taken"  # type: ignore[misc]
    for unknown in (
        lambda tx: people.edit_agent(tx, "Eve", {}),
        lambda tx: people.edit_team(tx, "Eve", {}),
        lambda tx: people.edit_inbox(tx, "Eve", {}),
        lambda tx: people.add_team(tx, "new", ("Eve",)),
    ):
        assert refused(lambda unknown=unknown: store.write(unknown)).code == "name.unknown"  # type: ignore[misc]
    team = store.write(lambda tx: people.edit_team(tx, "售后", {"name": "After"}, ("Mia",)))
    assert (team.name, team.members) == ("After", ("Mia",))
    mail = store.write(lambda tx: people.add_inbox(tx, "mail", "mail"))
    assert mail.hold_ms == people.MAIL_HOLD_MS
    assert store.write(lambda tx: people.ensure_inbox(tx, "MAIL")) == mail
    renamed = store.write(lambda tx: people.edit_agent(tx, "mia", {"name": "Mia", "capacity": 1}))
    assert (renamed.name, renamed.capacity) == ("Mia", 1)
