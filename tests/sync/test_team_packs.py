"""Packs of the team through a real hub: a lead's reaches everybody, an agent's nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import publishing
from csdesk.desk.wording import rules_of
from csdesk.errors import CsdeskError
from csdesk.model.published import Thing
from csdesk.replies.pack import load_packs
from csdesk.store import hub as hub_state
from csdesk.store import published
from csdesk.store.verify import verify
from tests.desk.packs import pack_text, publish, rules_text
from tests.sync.conftest import TestHub, both_dialects
from tests.sync.desks import Mate, mate

Pair = tuple[Mate, Mate]


@pytest.fixture
def pair(tmp_path: Path, hub: TestHub) -> Iterator[Pair]:
    made = mate(tmp_path, hub, "Ida", rank="lead"), mate(tmp_path, hub, "Bo")
    yield made
    for each in made:
        each.desk.close()


def codes(mate: Mate) -> list[str]:
    """What quick replies of the team a desk offers."""
    return [
        reply.code
        for reply in load_packs((), (), published.files(mate.store.reader(), Thing.REPLIES)).replies
    ]


def agree(*mates: Mate) -> None:
    assert all(each.rows() == mates[0].rows() for each in mates)
    for each in mates:
        assert verify(each.store.path).problems == ()


@both_dialects
def test_a_leads_pack_reaches_everybody_and_an_agents_nobody(pair: Pair, tmp_path: Path) -> None:
    ida, bo = pair
    publish(ida.desk, tmp_path, pack_text(hi="Hello"))
    for each in (ida, bo):
        each.sync()
    assert codes(bo) == ["hi"]
    with pytest.raises(CsdeskError) as refused:
        publish(bo.desk, tmp_path, pack_text(hi="Boo"))
    assert refused.value.code == "team.not_lead"
    bo.store.write(lambda tx: hub_state.update(tx, rank="lead"))  # a desk that does not keep to it
    publish(bo.desk, tmp_path, pack_text(boo="Boo"))
    publishing.retire(bo.desk, Thing.REPLIES, "shop")
    for each in (bo, ida, bo):
        each.sync()
    assert codes(bo) == codes(ida) == ["hi"]
    assert len(published.versions(ida.store.reader(), Thing.REPLIES, "shop")) == 1
    agree(ida, bo)


def test_a_desk_that_did_not_keep_its_rank_learns_it(pair: Pair) -> None:
    for each, rank in zip(pair, ("lead", "agent"), strict=True):
        each.store.write(lambda tx: hub_state.update(tx, rank=""))
        each.sync()
        state = hub_state.state(each.store.reader())
        assert state is not None and state.rank == rank


def test_rules_of_the_team_hold_on_every_desk(pair: Pair, tmp_path: Path) -> None:
    ida, bo = pair
    path = tmp_path / "shop.yaml"
    path.write_text(rules_text(profile="strict"), "utf-8")
    publishing.publish(ida.desk, publishing.manuscript(Thing.ETIQUETTE, path))
    for each in (ida, bo):
        each.sync()
    rules = rules_of(bo.desk)
    assert rules.find("shop.never", "en") is not None and rules.problems == ()
    assert rules.profile.value == "strict"
    publishing.retire(ida.desk, Thing.ETIQUETTE, "shop")
    for each in (ida, bo):
        each.sync()
    assert rules_of(bo.desk).find("shop.never", "en") is None
    agree(ida, bo)
