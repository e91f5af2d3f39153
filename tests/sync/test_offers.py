"""A transfer between two desks over a real hub: asked, answered on both at once, and one outcome everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import changes, looking, offers, work
from csdesk.desk.context import Desk
from csdesk.desk.moves import Target
from csdesk.store import conversations
from csdesk.store.verify import verify
from csdesk.sync import desks
from tests.desks import hears
from tests.store.test_receiving import of
from tests.sync.conftest import TestHub
from tests.sync.desks import Mate, mate


@pytest.fixture
def pair(tmp_path: Path, hub: TestHub) -> Iterator[tuple[Mate, Mate]]:
    made = mate(tmp_path, hub, "Mia"), mate(tmp_path, hub, "Bo")
    yield made
    for each in made:
        each.desk.close()


def offered(mia: Mate, bo: Mate) -> int:
    number = hears(mia.desk, "t1")
    work.claim(mia.desk, number)
    mia.sync()
    bo.sync()
    mia.sync()
    work.do(mia.desk, number, offers.hand_on(mia.desk, Target(agent="Bo"), "speaks French"))
    mia.sync()
    bo.sync()
    return number


def cards(desk: Desk) -> list[str]:
    return [looking.sentence(card) for met in looking.met(desk) for card in met.cards]


@pytest.mark.parametrize("is_taken_first", [True, False])
def test_taken_at_one_desk_and_taken_back_at_the_other(
    pair: tuple[Mate, Mate], hub: TestHub, is_taken_first: bool
) -> None:
    mia, bo = pair
    number = offered(mia, bo)
    (asked,) = offers.to_me(bo.desk)
    assert (asked.by_name, asked.reason) == ("Mia", "speaks French")
    offers.take_back(mia.desk, number)
    offers.accept(bo.desk, asked.conversation)
    first, second = (bo, mia) if is_taken_first else (mia, bo)
    for each in (first, second, first):
        each.sync()
    owner = "Bo" if is_taken_first else "Mia"
    for each in (mia, bo):
        current = conversations.get(each.store.reader(), of(each.desk, "t1"))
        assert current.assignee_name == owner
        assert len(cards(each.desk)) == 1
        assert verify(each.store.path, deep=True).problems == ()
    assert mia.rows() == bo.rows()


def test_the_digest_tells_who_comes_back(pair: tuple[Mate, Mate], hub: TestHub) -> None:
    mia, bo = pair
    changes.begin(mia.desk)
    hears(bo.desk, "t1")
    bo.sync()
    behind = {row.agent: row.behind for row in desks.status(hub.dsn).desks}
    assert behind["Mia"] > 0 and behind["Bo"] == 0
    mia.sync()
    assert {row.agent: row.behind for row in desks.status(hub.dsn).desks}["Mia"] == 0
    assert [dict(each.what) for each in changes.digest(mia.desk).talks] == [{"opened": 1, "messages": 1}]
