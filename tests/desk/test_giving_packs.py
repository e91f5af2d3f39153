"""What a lead could give the team: files beside what the team has, and what publishing them would change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk import giving_packs, publishing
from csdesk.desk.context import Desk
from csdesk.errors import NotFound, Refused
from csdesk.etiquette import ruleset
from csdesk.model.published import Thing
from csdesk.paths import data_folder
from csdesk.store import hub
from csdesk.store.hub import HubState
from tests.desk.packs import lead, pack_text, publish, rules_text
from tests.desks import open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A lead's desk with a pack and rules in its own folders."""
    opened = open_desk(tmp_path / "desk.db")
    opened.store.write(lambda tx: hub.join(tx, HubState("team", "host=hub")))
    lead(opened)
    for folder, name, text in (
        ("quick_replies", "shop", pack_text(zq="One")),
        (ruleset.FOLDER, "tone", rules_text()),
    ):
        place = data_folder() / folder
        place.mkdir(parents=True)
        (place / f"{name}.yaml").write_text(text, "utf-8")
    yield opened
    opened.close()


def listed(desk: Desk) -> list[tuple[str, int | None, bool]]:
    return [
        (each.name, each.current.number if each.current else None, each.is_other)
        for each in giving_packs.packs(desk)
    ]


def test_files_and_what_the_team_has_stand_in_one_list(desk: Desk, tmp_path: Path) -> None:
    assert listed(desk) == [("shop", None, True), ("tone", None, True)]
    (shop, tone) = giving_packs.packs(desk)
    for pack in (shop, tone):
        giving_packs.publish(desk, giving_packs.proposal(desk, pack), "")
    publish(desk, tmp_path, pack_text("elsewhere", zx="X"))
    assert listed(desk) == [("elsewhere", 1, False), ("shop", 1, False), ("tone", 1, False)]
    assert shop.path is not None
    shop.path.write_text(pack_text(zq="Two", zp="New"), "utf-8")
    assert listed(desk)[1] == ("shop", 1, True)
    wanted = giving_packs.proposal_of(desk, "shop")
    assert (wanted.number, wanted.changes.words) == (2, "1 new, 1 changed")
    assert any(line.startswith("+") and "Two" in line for line in wanted.lines)


def test_what_an_earlier_version_would_change(desk: Desk, tmp_path: Path) -> None:
    first = publish(desk, tmp_path, pack_text(zq="One"))
    publish(desk, tmp_path, pack_text(zq="One", zp="Two"))
    wanted = giving_packs.again(desk, first)
    assert (wanted.number, wanted.changes.gone, wanted.note) == (3, ("zp",), "version 1 again")
    done = giving_packs.publish(desk, wanted, "")
    assert (done.number, done.note) == (3, "version 1 again")
    assert giving_packs.changed_by(desk, done)[0].gone == ("zp",)
    with pytest.raises(Refused) as refused:
        giving_packs.again(desk, first)
    assert refused.value.code == "team.same"


def test_what_came_between_the_look_and_the_answer_stops_it(desk: Desk, tmp_path: Path) -> None:
    wanted = giving_packs.proposal_of(desk, "shop")
    publish(desk, tmp_path, pack_text(zq="Of another lead"))
    with pytest.raises(Refused) as refused:
        giving_packs.publish(desk, wanted, "")
    assert refused.value.code == "team.moved_on"
    assert [each.number for each in publishing.held(desk, Thing.REPLIES, "shop")] == [1]


def test_only_a_lead_and_only_with_a_file(desk: Desk) -> None:
    with pytest.raises(NotFound):
        giving_packs.proposal_of(desk, "nobody-has-it")
    desk.store.write(lambda tx: hub.update(tx, rank="agent"))
    with pytest.raises(Refused) as refused:
        giving_packs.proposal_of(desk, "shop")
    assert refused.value.code == "team.not_lead"
