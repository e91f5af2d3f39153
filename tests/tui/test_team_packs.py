"""Packs of the team on the screen: offered when they come, told of, and never half of one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from csdesk.desk import publishing
from csdesk.desk.context import Desk
from csdesk.desk.publishing import Manuscript
from csdesk.model.published import Thing, Version
from csdesk.paths import data_folder
from csdesk.store import hub, published
from csdesk.tui import hub_watch
from csdesk.tui.panes.card import Card
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import LineQuestion
from csdesk.tui.screens.replies import RepliesScreen
from csdesk.tui.screens.team_packs import PackChanges, TeamPacksScreen
from csdesk.tui.team_news import TeamNews
from tests.desk.packs import lead, pack_text, publish, rules_text
from tests.desks import clock_of, hears
from tests.store.relay import Relay
from tests.store.test_receiving import two_desks
from tests.tui.test_desk import opened, until
from tests.tui.test_hub import LIVE

Team = tuple[Relay, Desk, Desk]


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """The hub, Mia at the screen, and Bo, who leads."""
    monkeypatch.setattr(hub_watch, "command", lambda _store, _agent: [sys.executable, "-c", LIVE])
    with two_desks(tmp_path) as (relay, mia, bo):
        lead(bo)
        hears(mia, "t1")
        relay.push(mia.store)
        relay.pull(bo.store)
        yield relay, mia, bo


def arrives(relay: Relay, mia: Desk, bo: Desk) -> None:
    """What Bo did comes to Mia's desk, as the process that follows the hub would bring it."""
    clock_of(bo).advance(1_000)
    relay.push(bo.store)
    relay.pull(mia.store)
    mia.store.write(lambda tx: hub.note_contact(tx, tx.now_ms, 0))


def said(screen: DeskScreen) -> str:
    card = screen.query_one(Card)
    return str(card.render()) if card.is_open else ""


def offers(screen: DeskScreen, query: str) -> list[tuple[str, str]]:
    return [
        (each.reply.pack, each.reply.body)
        for each in screen.shelf.find(query, None)
        if each.reply.code == query
    ]


async def test_a_new_version_is_offered_at_once_and_told(team: Team, tmp_path: Path) -> None:
    relay, mia, bo = team
    async with opened(mia) as (pilot, screen):
        await until(pilot, lambda: screen.shelf.finder is not None)
        assert offers(screen, "zq") == []
        publish(bo, tmp_path, pack_text(zq="One", zp="Two"))
        arrives(relay, mia, bo)
        await until(pilot, lambda: offers(screen, "zq") == [("shop", "One")])
        await until(pilot, lambda: "Bo changed the team's pack Shop: 2 new." in said(screen))
        await types_it(pilot, screen, "One")
        publish(bo, tmp_path, pack_text(zq="Another", zo="Three"))
        arrives(relay, mia, bo)
        await until(pilot, lambda: offers(screen, "zq") == [("shop", "Another")])
        await until(pilot, lambda: "1 new, 1 changed, 1 gone" in said(screen))
        await the_browser_names_the_version(pilot)
        broken = pack_text(zq="Half") + "  - {code: zn, title: no body}\n"
        newer = broken.replace("csdesk.pack/1", "csdesk.pack/2")
        publishing.publish(bo, Manuscript(Thing.REPLIES, "shop", "Shop", newer))
        arrives(relay, mia, bo)
        await until(pilot, lambda: "hub:shop@3:1:9: this schema is not known" in said(screen))
        assert offers(screen, "zq") == [("shop", "Another")] and offers(screen, "zn") == []
        assert screen.shelf.team["shop"].number == 2


async def types_it(pilot: Pilot[int], screen: DeskScreen, text: str) -> None:
    """As an agent does: the code in the composer, and Enter."""
    await pilot.press("f8")
    composer = screen.composer
    assert composer is not None
    await until(pilot, lambda: composer.editor.has_focus)
    await pilot.press("slash", "z", "q")
    await until(pilot, lambda: screen.picker is not None and screen.picker.is_open)
    await pilot.press("enter")
    await until(pilot, lambda: text in composer.editor.text)
    composer.editor.clear()
    await pilot.press("escape")


async def the_browser_names_the_version(pilot: Pilot[int]) -> None:
    await pilot.press("M")
    await until(pilot, lambda: isinstance(pilot.app.screen, RepliesScreen) and len(pilot.app.screen.list) > 2)
    shown = pilot.app.screen
    assert isinstance(shown, RepliesScreen)
    await pilot.press("slash", "z", "q", "enter")
    await until(pilot, lambda: "version 2 by Bo" in str(shown._about.render()))
    assert any("team v2" in shown.list.render_line(line).text for line in range(3))
    await pilot.press("escape", "escape")
    await until(pilot, lambda: isinstance(pilot.app.screen, DeskScreen))


async def test_ones_own_reply_and_the_folder_go_on_beside_it(team: Team, tmp_path: Path) -> None:
    relay, mia, bo = team
    own = data_folder() / "quick_replies"
    (own / "team").mkdir(parents=True)
    (own / "own.yaml").write_text(pack_text("own", zq="Mine"), "utf-8")
    (own / "team" / "shared.yaml").write_text(pack_text("share", zs="From the share"), "utf-8")
    (own / "team" / "shop.yaml").write_text(pack_text(zp="A working copy"), "utf-8")
    publish(bo, tmp_path, pack_text(zq="Of the team", zp="Published"))
    arrives(relay, mia, bo)
    async with opened(mia) as (pilot, screen):
        await until(pilot, lambda: screen.shelf.finder is not None)
        assert offers(screen, "zq") == [("own", "Mine")]
        assert offers(screen, "zp") == [("shop", "Published")]
        assert offers(screen, "zs") == [("share", "From the share")]
        assert not screen.shelf.has_problems and said(screen) == ""
        publishing.retire(bo, Thing.REPLIES, "shop")
        arrives(relay, mia, bo)
        await until(pilot, lambda: offers(screen, "zp") == [("shop", "A working copy")])
        await until(pilot, lambda: "Bo took the team's pack Shop back." in said(screen))


async def test_rules_hold_as_soon_as_they_come_and_an_overtaken_author_hears_of_it(
    team: Team, tmp_path: Path
) -> None:
    relay, mia, bo = team
    lead(mia)
    async with opened(mia) as (pilot, screen):
        await pilot.press("f8")
        composer = screen.composer
        assert composer is not None
        await until(pilot, lambda: composer.editor.has_focus)
        await pilot.press(*"I will by no means do it. ")
        path = tmp_path / "shop.yaml"
        path.write_text(rules_text(words="by no means"), "utf-8")
        publishing.publish(bo, publishing.manuscript(Thing.ETIQUETTE, path))
        arrives(relay, mia, bo)
        await until(pilot, lambda: "shop.never" in {each.rule for each in composer.wording.look()})
        publish(mia, tmp_path, pack_text(zq="Mine"))
        clock_of(bo).advance(5_000)
        publish(bo, tmp_path, pack_text(zq="Bo's"))
        arrives(relay, mia, bo)
        await until(pilot, lambda: "Your version 1 of it stays in its history." in said(screen))
        assert offers(screen, "zq") == [("shop", "Bo's")]
        assert [
            each.overtaken_by for each in published.versions(mia.store.reader(), Thing.REPLIES, "shop")
        ] == [None, 2]


def test_news_and_trouble_are_told_once(team: Team, tmp_path: Path) -> None:
    relay, mia, bo = team
    news = TeamNews(mia)
    assert (news.read(), news.trouble()) == ([], None)
    rules = Manuscript(Thing.ETIQUETTE, "shop", "shop", rules_text())
    publishing.publish(bo, rules)
    arrives(relay, mia, bo)
    assert (news.read(), news.trouble()) == (["Bo changed the team's rules shop: 1 new."], None)
    publishing.publish(bo, replace(rules, text=rules_text() + "later: {}\n"))
    arrives(relay, mia, bo)
    assert news.read() == []
    trouble = news.trouble()
    assert trouble is not None and "hub:shop@2:" in trouble.sentence and news.trouble() is None
    publishing.retire(bo, Thing.ETIQUETTE, "shop")
    arrives(relay, mia, bo)
    assert (news.read(), news.trouble()) == (["Bo took the team's rules shop back."], None)
    mia.store.write(lambda tx: hub.update(tx, rank="lead"))
    publishing.publish(mia, rules)
    assert news.read() == []  # of one's own one knows


async def test_a_lead_publishes_from_the_quick_replies(team: Team) -> None:
    _relay, _mia, bo = team
    file = data_folder() / "quick_replies" / "shop.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(pack_text(zq="One", zp="[/x] Two"), "utf-8")
    async with opened(bo) as (pilot, screen):
        await until(pilot, lambda: screen.shelf.finder is not None)
        await pilot.press("M")
        shown = await over(pilot, RepliesScreen)
        await until(pilot, lambda: len(shown.list) > 2)
        await pilot.press("slash", "z", "q", "enter")
        await until(pilot, lambda: shown.reply is not None and shown.reply.code == "zq")
        await pilot.press("p")
        assert "version 1: 2 new" in str((await over(pilot, PackChanges))._head.render())
        await pilot.press("enter")
        await over(pilot, LineQuestion)
        await pilot.press("h", "i", "enter")
        await until(pilot, lambda: "shop is version 1 now" in str(shown._about.render()))
        assert [(each.number, each.note) for each in versions(bo)] == [(1, "hi")]
        file.write_text(pack_text(zq="Another"), "utf-8")
        await pilot.press("v")
        packs = await over(pilot, TeamPacksScreen)
        await until(pilot, lambda: "your file differs" in packs.list.render_line(0).text)
        await pilot.press("p")
        changes = await over(pilot, PackChanges)
        assert "1 changed, 1 gone" in str(changes._head.render())
        await until(pilot, lambda: "[/x] Two" in str(changes._text.render()))
        await pilot.press("enter")
        await over(pilot, LineQuestion)
        await pilot.press("enter")
        await until(pilot, lambda: len(versions(bo)) == 2 and pilot.app.screen is packs)
        await until(pilot, lambda: "v2" in packs.list.render_line(0).text)
        await pilot.press("enter")
        await until(pilot, lambda: len(packs.list) == 2)
        await pilot.press("down", "p")
        await over(pilot, PackChanges)
        await pilot.press("enter")
        question = await over(pilot, LineQuestion)
        assert question.query_one(Input).value == "version 1 again"
        await pilot.press("enter")
        await until(pilot, lambda: len(versions(bo)) == 3 and len(packs.list) == 3)
        assert published.text_of(bo.store.reader(), versions(bo)[0].dot) == pack_text(zq="One", zp="[/x] Two")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen is shown)


Shown = TypeVar("Shown")


async def over(pilot: Pilot[int], kind: type[Shown]) -> Shown:
    """The screen of this kind, once it is shown and drawn."""
    await until(pilot, lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.is_attached)
    shown = pilot.app.screen
    assert isinstance(shown, kind)
    return shown


def versions(desk: Desk) -> list[Version]:
    return publishing.held(desk, Thing.REPLIES, "shop")
