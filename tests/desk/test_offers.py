"""Conversations that colleagues are asked to take: what each side may do, and what comes of silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.config import Settings, TransferSettings
from csdesk.desk import availability, looking, many, moves, offers, people, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.moves import Target
from csdesk.desk.runner import Runner
from csdesk.errors import Refused, UsageError
from csdesk.model.availability import Availability
from csdesk.model.undo import UndoKind
from csdesk.store import conversations, messages
from csdesk.store import offers as stored
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk

MINUTE = 60_000


@pytest.fixture
def mia(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as desk:
        desk.settings = replace(Settings(), transfer=TransferSettings(ask="always"))
        yield desk


@pytest.fixture
def bo(mia: Desk) -> Desk:
    """Who works on the same store."""
    return Desk(mia.store, mia.clock, mia.settings, people.me(mia.store, "Bo"))


def offered(mia: Desk) -> int:
    number = hears(mia, "t1")
    work.claim(mia, number)
    work.do(mia, number, offers.hand_on(mia, Target(agent="Bo"), "speaks French"))
    return number


def owner(desk: Desk, number: int) -> str | None:
    return conversations.get(desk.store.reader(), number).assignee_name


def told(desk: Desk, number: int) -> list[str]:
    lines = messages.before(desk.store.reader(), number, None, 20, with_events=True)
    return [each.text for each in lines][1:]


def test_until_it_is_taken_it_stays_with_who_gives_it(mia: Desk, bo: Desk) -> None:
    number = offered(mia)
    before = conversations.get(mia.store.reader(), number)
    (found,) = offers.to_me(bo)
    assert (found.by_name, found.to_name, found.reason) == ("Mia", "Bo", "speaks French")
    assert before.assignee_name == "Mia" and before.is_waiting
    offers.accept(bo, number)
    assert owner(mia, number) == "Bo"
    assert offers.to_me(bo) == [] and looking.met(mia) == []
    assert conversations.get(mia.store.reader(), number).waiting_since == before.waiting_since
    assert told(mia, number)[1:] == ["Mia asked Bo to take it: speaks French", "Bo took the conversation"]
    assert verify(mia.store.path, deep=True).problems == ()


def test_declined_it_comes_back_with_the_word_why(mia: Desk, bo: Desk) -> None:
    number = offered(mia)
    offers.decline(bo, number, "I am at my limit\n")
    assert owner(mia, number) == "Mia" and stored.of(mia.store.reader(), number) is None
    (met,) = looking.met(mia)
    assert [looking.sentence(card) for card in met.cards] == ["Bo cannot take it: I am at my limit"]
    assert looking.met(bo) == []
    looking.dismiss(mia, number)
    assert looking.met(mia) == []
    assert told(mia, number)[-1] == "Bo declined: I am at my limit"
    with pytest.raises(Refused, match="Nobody is asked"):
        offers.accept(bo, number)


def test_unanswered_it_comes_back_by_itself_once(mia: Desk, bo: Desk) -> None:
    number = offered(mia)
    clock_of(mia).advance(3 * MINUTE - 1)
    assert offers.end_run_out(mia) == 0 and len(offers.to_me(bo)) == 1
    clock_of(mia).advance(1)
    assert offers.to_me(bo) == []
    with pytest.raises(Refused, match="The time to take"):
        offers.accept(bo, number)
    Runner(bo, []).step()
    assert offers.end_run_out(mia) == 0
    assert told(mia, number)[-1] == "Bo did not answer in time"
    (met,) = looking.met(mia)
    assert looking.sentence(met.cards[0]) == "Bo did not answer in time: it stays yours."
    assert owner(mia, number) == "Mia"
    assert verify(mia.store.path, deep=True).problems == ()


def test_the_giver_takes_it_back(mia: Desk, bo: Desk) -> None:
    number = offered(mia)
    with pytest.raises(Refused):
        offers.take_back(bo, number)
    offers.take_back(mia, number)
    assert offers.to_me(bo) == [] and looking.met(mia) == []
    assert told(mia, number)[-1] == "Mia no longer asks Bo"
    with pytest.raises(Refused, match="Nobody is asked"):
        offers.take_back(mia, number)


def test_an_undo_takes_it_back(mia: Desk, bo: Desk) -> None:
    number = offered(mia)
    assert undoing.undo(mia).kind is UndoKind.OFFER
    assert stored.of(mia.store.reader(), number) is None
    assert owner(mia, number) == "Mia"


@pytest.mark.parametrize("move", [moves.release(), moves.resolve(), moves.transfer(Target(agent="Li"), "x")])
def test_what_else_is_done_ends_the_offer(mia: Desk, bo: Desk, move: moves.Move) -> None:
    people.me(mia.store, "Li")
    number = offered(mia)
    work.do(mia, number, move)
    assert offers.to_me(bo) == []
    assert verify(mia.store.path, deep=True).problems == ()


def test_who_is_asked_is_told_of_before(mia: Desk, bo: Desk) -> None:
    assert offers.obstacles(mia, "bo") == ["Bo is offline."]
    availability.arrive(bo).result()
    assert offers.obstacles(mia, "Bo") == []
    availability.choose(bo, Availability.AWAY)
    assert offers.obstacles(mia, "Bo") == ["Bo is away."]
    availability.choose(bo, Availability.ONLINE)
    for thread in ("a", "b", "c"):
        work.claim(bo, hears(bo, thread))
    assert offers.obstacles(mia, "Bo") == ["Bo has as many chats as they take."]


def test_settings_say_whether_one_is_asked(mia: Desk, bo: Desk) -> None:
    move = offers.hand_on(mia, Target(agent="Bo"), "x")
    assert move.kind is UndoKind.OFFER
    assert offers.hand_on(mia, Target(agent="mia"), "x").kind is UndoKind.TRANSFER
    assert offers.hand_on(mia, Target(team="t"), "x").kind is UndoKind.TRANSFER
    assert offers.hand_on(mia, Target(agent="Bo"), "x", asks=False).kind is UndoKind.TRANSFER
    mia.settings = Settings()
    assert offers.hand_on(mia, Target(agent="Bo"), "x").kind is UndoKind.TRANSFER
    with pytest.raises(UsageError, match="needs a reason"):
        offers.hand_on(mia, Target(agent="Bo"), " ", asks=True)


def test_many_are_offered_and_taken_back_together(mia: Desk, bo: Desk) -> None:
    numbers = [hears(mia, thread) for thread in ("a", "b")]
    outcome = many.do(mia, numbers, offers.hand_on(mia, Target(agent="Bo"), "late shift"))
    assert many.said(outcome) == "2 offered." and len(offers.to_me(bo)) == 2
    assert undoing.undo(mia).count == 2
    assert offers.to_me(bo) == []
