"""Rounds with a real hub: what goes up, what comes down, and what happens when something is not as it was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csdesk.desk import erasing, sending, work
from csdesk.errors import CsdeskError
from csdesk.model.conversation import Conversation
from csdesk.store import conversations, log, sending_up
from csdesk.store.hub import lost, state
from csdesk.store.verify import verify
from csdesk.sync import engine, line, planning, push, visit, wire
from csdesk.sync.line import HubRefusal
from tests.desks import hears, open_desk
from tests.sync.conftest import TestHub
from tests.sync.desks import Mate, mate

HOUR_MS = 3_600_000
Team = tuple[Mate, Mate, Mate]


@pytest.fixture
def team(tmp_path: Path, hub: TestHub) -> Iterator[Team]:
    made = (mate(tmp_path, hub, "Mia"), mate(tmp_path, hub, "Bo"), mate(tmp_path, hub, "Li"))
    yield made
    for each in made:
        each.desk.close()


def sync_all(*mates: Mate, rounds: int = 2) -> None:
    for _ in range(rounds):
        for each in mates:
            each.sync()


def agree(*mates: Mate) -> None:
    """All desks say the same, and each can prove it from its log."""
    first, *others = (each.rows() for each in mates)
    for rows in others:
        assert rows == first
    for each in mates:
        assert verify(each.store.path).problems == ()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many operations each page had that was asked for."""
    pages: list[int] = []
    next_page = wire.next_page

    def counted(*given: Any) -> wire.Page:
        page = next_page(*given)
        pages.append(len(page.rows))
        return page

    monkeypatch.setattr(wire, "next_page", counted)
    return pages


def test_a_desk_that_has_all_asks_for_no_page_until_somebody_pushes(team: Team, asked: list[int]) -> None:
    mia, bo, _ = team
    hears(mia.desk, "t1")
    mia.sync()
    with line.connect(engine.address(visit.need_hub(bo.store))) as wired:
        met = visit.begin(bo.store, bo.clock, wired)
        assert visit.fetch(met).received > 0
        asked.clear()
        assert visit.fetch(met).received == 0
        assert asked == []
        assert visit.fetch(met, is_news=True).received == 0  # a hint of what it has by now
        assert asked == [0]
        sending.note(mia.desk, 1, "one more")
        mia.sync()
        assert visit.fetch(met).received == 1
        asked.clear()
        assert visit.fetch(met).received == 0
        assert asked == []


def test_what_came_before_the_line_broke_stays_and_the_rest_comes_later(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, bo, _ = team
    for number in range(4):
        hears(mia.desk, f"t{number}")
    sent = mia.sync().sent
    whole, pages = wire.next_page, 0

    def breaks(wired: line.Line, vector: dict[int, int], desk: int) -> wire.Page:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise HubRefusal(None, CsdeskError("hub.unreachable", "gone", ""))
        return whole(wired, vector, desk, 5)

    monkeypatch.setattr(wire, "next_page", breaks)
    with pytest.raises(CsdeskError):
        bo.sync()
    (had,) = bo.store.reader().execute("SELECT count(*) FROM op WHERE desk = ?", (mia.store.desk,)).fetchone()
    assert had == 10
    monkeypatch.setattr(wire, "next_page", whole)
    assert bo.sync().received == sent - 10
    sync_all(*team)
    agree(*team)


def test_what_goes_up_is_read_piece_by_piece(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    mia, *_ = team
    hears(mia.desk, "t1")
    hears(mia.desk, "t2")
    monkeypatch.setattr(sending_up, "AT_ONCE", 2)
    reader = mia.store.reader()
    wanted = sending_up.unsent(reader, 1_000, after=1)
    ahead = sending_up.Ahead(reader, 1_000, 1)
    assert len(ahead) == len(wanted) > 4
    assert ahead[1:4] == wanted[1:4]
    assert ahead[-1] == wanted[-1]
    assert [*ahead] == wanted
    assert [*sending_up.Ahead(reader, 3, 1)] == wanted[:3]
    assert not sending_up.Ahead(reader, 1_000, len(wanted) + 1)


def in_thread(mate: Mate, thread: str) -> Conversation:
    reader = mate.store.reader()
    (number,) = reader.execute("SELECT id FROM conversation WHERE thread = ?", (thread,)).fetchone()
    return conversations.get(reader, number)


def known_to_hub(hub: TestHub, mate: Mate) -> int:
    ((count,),) = hub.execute("SELECT count(*) FROM csdesk.op WHERE desk = %s", mate.store.desk)
    assert isinstance(count, int)
    return count


def test_what_each_desk_took_in_is_on_all(team: Team) -> None:
    mia, bo, li = team
    hears(mia.desk, "t1", "快递怎么还没到？")
    hears(bo.desk, "t2", "hello")
    sync_all(*team)
    agree(*team)
    assert in_thread(li, "t1").contact_name == "Customer t1"


def test_a_second_round_has_nothing_to_do(team: Team) -> None:
    mia, bo, _ = team
    hears(mia.desk, "t1")
    first = mia.sync()
    assert first.sent > 0
    assert bo.sync().received == first.sent
    again = mia.sync(), mia.sync()
    assert [outcome.sent for outcome in again] == [0, 0]
    assert again[1].received == 0
    assert again[1].unsent == 0


def test_of_two_who_claim_offline_the_first_at_the_hub_has_it_and_both_replies_stay(team: Team) -> None:
    mia, bo, li = team
    hears(mia.desk, "t1")
    sync_all(*team)
    for each in (mia, bo):
        number = in_thread(each, "t1").id
        work.claim(each.desk, number)
        sending.reply(each.desk, number, f"{each.name} here")
    sync_all(bo, mia, li)
    agree(*team)
    assert {in_thread(each, "t1").assignee_name for each in team} == {"Bo"}
    assert lost(mia.store.reader()) == lost(li.store.reader()) != set()
    (count,) = li.store.reader().execute("SELECT count(*) FROM message WHERE sender = 'agent'").fetchone()
    assert count == 2


def test_an_answer_of_the_hub_that_never_came_is_asked_for_again(
    team: Team, hub: TestHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, bo, _ = team
    hears(mia.desk, "t1")
    sync_all(mia, bo)
    for each in (bo, mia):
        work.claim(each.desk, in_thread(each, "t1").id)
    bo.sync()

    def dies(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(push, "settle", dies)
        with pytest.raises(KeyboardInterrupt):
            mia.sync()
    before = known_to_hub(hub, mia)
    outcome = mia.sync()
    assert outcome.sent == 0
    assert known_to_hub(hub, mia) == before
    assert in_thread(mia, "t1").assignee_name == "Bo"
    sync_all(mia, bo)
    agree(mia, bo)


def test_a_store_that_came_back_from_a_backup_gets_its_own_work_back(
    team: Team, hub: TestHub, tmp_path: Path
) -> None:
    mia, bo, _ = team
    hears(mia.desk, "t1")
    mia.sync()
    path = mia.store.path
    mia.desk.close()
    shutil.copy(path, tmp_path / "kept.db")
    with open_desk(path, mia.clock, agent="Mia") as desk:
        hears(desk, "t2")
        hears(desk, "t3")
        mia.desk = desk
        mia.sync()
    path.with_name(path.name + ".head").unlink(missing_ok=True)
    shutil.copy(tmp_path / "kept.db", path)
    mia.desk = open_desk(path, mia.clock, agent="Mia")
    outcome = mia.sync()
    assert outcome.restored > 0
    hears(mia.desk, "t4")
    sync_all(mia, bo)
    agree(mia, bo)
    assert in_thread(bo, "t3").id


def test_a_copy_of_a_store_that_went_on_elsewhere_is_told_so(
    team: Team, hub: TestHub, tmp_path: Path
) -> None:
    mia, _, _ = team
    hears(mia.desk, "t1")
    mia.sync()
    mia.desk.close()
    copy = shutil.copy(mia.store.path, tmp_path / "copy.db")
    mia.desk = open_desk(mia.store.path, mia.clock, agent="Mia")
    hears(mia.desk, "t2")
    mia.sync()
    with open_desk(copy, mia.clock, agent="Mia") as desk:
        hears(desk, "other")
        before = log.tip(desk.store.reader(), desk.store.desk)
        with pytest.raises(CsdeskError) as refused:
            engine.once(desk.store, mia.clock)
        assert log.tip(desk.store.reader(), desk.store.desk) == before
    assert refused.value.code == "sync.copied_store"
    assert mia.sync().sent == 0


@pytest.mark.parametrize("off_ms", [6 * HOUR_MS, -3 * HOUR_MS, 30 * 24 * HOUR_MS])
def test_a_wrong_clock_is_put_right_before_anybody_sees_it(team: Team, off_ms: int) -> None:
    mia, bo, li = team
    hears(bo.desk, "t1")
    sync_all(*team)
    mia.clock.off_ms = off_ms
    work.resolve(mia.desk, in_thread(mia, "t1").id)
    mia.clock.off_ms = -off_ms
    hears(mia.desk, "t2")
    work.snooze(bo.desk, in_thread(bo, "t1").id, None)
    work.reopen(bo.desk, in_thread(bo, "t1").id)
    outcome = mia.sync()
    assert outcome.redated > 0
    sync_all(bo, mia, li)
    agree(*team)
    assert {in_thread(each, "t1").status for each in team} == {"open"}
    now_ms = bo.clock.now_ms()
    for (hlc,) in li.store.reader().execute("SELECT hlc FROM op").fetchall():
        assert abs((hlc >> 16) - now_ms) < 120_000


def test_after_a_restart_the_last_known_offset_is_used_and_only_once(
    team: Team, hub: TestHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia, bo, _ = team
    mia.clock.off_ms = -HOUR_MS
    hears(mia.desk, "t1")
    mia.sync()
    hears(mia.desk, "t2")
    monkeypatch.setattr(visit, "boot_id", lambda: "another boot")
    with monkeypatch.context() as patch:
        patch.setattr(push, "send", _breaks)
        for _try in range(3):
            with pytest.raises(CsdeskError):
                mia.sync()
    mia.sync()
    bo.sync()
    now_ms = bo.clock.now_ms()
    for (hlc,) in bo.store.reader().execute("SELECT hlc FROM op").fetchall():
        assert abs((hlc >> 16) - now_ms) < 120_000
    sync_all(bo, mia)
    agree(mia, bo)


def _breaks(*_given: object) -> list[int]:
    raise HubRefusal(None, CsdeskError("hub.unreachable", "gone", "wait"))


@pytest.mark.parametrize("off_ms", [240_000, 6 * 3_600_000, -6 * 3_600_000])
def test_what_was_erased_offline_keeps_its_seal_whatever_the_clock_was(
    team: Team, hub: TestHub, tmp_path: Path, off_ms: int
) -> None:
    """Also of words that others brought, some of them known at the hub and some not: nothing waits for a clock."""
    _, bo, _ = team
    ida = mate(tmp_path, hub, "Ida", rank="lead")
    hears(bo.desk, "t1", "my number is 12345")
    hears(ida.desk, "t3", "my number is 12345")
    sync_all(bo, ida)
    ida.clock.off_ms = off_ms
    for thread in ("t1", "t2", "t3"):
        hears(ida.desk, thread, "my number is 12345")
    for thread in ("t1", "t2", "t3"):
        erasing.erase_contact(ida.desk, in_thread(ida, thread).contact)
    hears(ida.desk, "t4", "nobody's number")
    outcome = ida.sync()
    assert (outcome.redated > 0) == (off_ms > 0)  # a clock that is behind goes on behind what it knows
    assert outcome.unsent == 0
    assert ida.sync().redated == 0
    bo.sync()
    now = ida.clock.true.now_ms()
    for each in (ida, bo):
        assert verify(each.store.path, deep=True).problems == ()
        rows = each.store.reader().execute("SELECT hlc >> 16, body FROM op WHERE desk = ?", (ida.store.desk,))
        for at_ms, body in rows.fetchall():
            assert abs(at_ms - now) < 120_000
            assert "12345" not in body
    agree(ida, bo)
    ida.desk.close()


def test_what_the_hub_will_never_take_keeps_nothing_else_back(team: Team, hub: TestHub) -> None:
    mia, bo, _ = team
    hub.execute("ALTER TABLE csdesk.op ADD CHECK (body NOT LIKE '%%unspeakable%%')")
    hears(mia.desk, "t1", "before")
    hears(mia.desk, "t1", "unspeakable")
    hears(mia.desk, "t1", "after")
    outcome = mia.sync()
    assert len(outcome.set_aside) == 1
    assert outcome.unsent == 0
    assert sending_up.kept_back(mia.store.reader()) == list(outcome.set_aside)
    bo.sync()
    texts = bo.store.reader().execute("SELECT text FROM message ORDER BY id").fetchall()
    assert texts == [("before",), ("after",)]
    assert mia.store.reader().execute("SELECT count(*) FROM message").fetchone() == (3,)
    assert verify(bo.store.path).problems == ()


def test_a_hub_that_went_back_in_time_gets_all_again_and_judges_anew(team: Team, hub: TestHub) -> None:
    mia, bo, li = team
    hears(mia.desk, "t1")
    sync_all(*team)
    heads = dict(hub.execute("SELECT desk, head FROM csdesk.desk"))
    tips = dict(hub.execute("SELECT desk, tip FROM csdesk.desk"))
    for each in (bo, mia):
        work.claim(each.desk, in_thread(each, "t1").id)
    sync_all(bo, mia, li)
    assert {in_thread(each, "t1").assignee_name for each in team} == {"Bo"}
    for desk, head in heads.items():
        hub.execute(
            "SELECT set_config('csdesk.tidying', 'on', false);"
            f"DELETE FROM csdesk.op WHERE desk = {desk} AND dseq > {head};"
            f"DELETE FROM csdesk.claim WHERE desk = {desk} AND dseq > {head};"
            f"UPDATE csdesk.desk SET head = {head}, tip = '\\x{bytes(tips[desk]).hex()}' WHERE desk = {desk}"
        )
    hub.execute("UPDATE csdesk.hub SET value = '4711' WHERE key = 'timeline'")
    sync_all(mia, bo, li)
    agree(*team)
    assert {in_thread(each, "t1").assignee_name for each in team} == {"Mia"}
    timelines = {each.name: state(each.store.reader()).timeline for each in team}  # type: ignore[union-attr]
    assert len(set(timelines.values())) == 1


def test_a_plan_changes_nothing_here_or_there(team: Team, hub: TestHub) -> None:
    mia, bo, _ = team
    hears(mia.desk, "t1")
    sync_all(mia, bo)
    for each in (mia, bo):
        work.claim(each.desk, in_thread(each, "t1").id)
    hears(mia.desk, "t2")
    bo.sync()
    before = hub.execute("SELECT * FROM csdesk.desk ORDER BY desk"), mia.rows(), state(mia.store.reader())
    plan = planning.plan(mia.store)
    assert plan.up["conversation.claimed"] == 1
    assert sum(plan.down.values()) == 1
    assert [each.about for each in plan.conflicts] == ["owner"]
    assert plan.conflicts[0].ref == in_thread(mia, "t1").ref
    after = hub.execute("SELECT * FROM csdesk.desk ORDER BY desk"), mia.rows(), state(mia.store.reader())
    assert after == before


def test_without_its_hub_a_desk_works_on_and_says_so(team: Team) -> None:
    mia, _, _ = team
    hears(mia.desk, "t1")
    mia.desk.store.write(
        lambda tx: tx.connection.execute("UPDATE hub SET dsn = 'host=/nowhere dbname=x user=x'") and None
    )
    with pytest.raises(CsdeskError) as refused:
        mia.sync()
    assert refused.value.code == "hub.unreachable"
    hears(mia.desk, "t2")
    assert in_thread(mia, "t2").id


def test_a_desk_that_joined_no_hub_is_told_how(tmp_path: Path) -> None:
    with (
        open_desk(tmp_path / "alone.db") as desk,
        pytest.raises(CsdeskError) as refused,
    ):
        engine.once(desk.store, desk.clock)
    assert refused.value.code == "sync.no_hub"
    assert "hub enrol" in refused.value.hint


def test_two_programs_do_not_sync_one_store_at_once(team: Team) -> None:
    from csdesk.sync import turn

    mia, _, _ = team
    with turn.of(mia.store.path), pytest.raises(CsdeskError) as refused:
        mia.sync()
    assert refused.value.code == "sync.running"
    assert mia.sync().unsent == 0
