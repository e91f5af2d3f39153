"""The etiquette check under the composer: what is shown when, and what its keys do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.content import Content
from textual.pilot import Pilot

from csdesk.config import EtiquetteSettings
from csdesk.desk import wording
from csdesk.desk.context import Desk
from csdesk.model.finding import Fated
from csdesk.model.message import Sender
from csdesk.store import findings, messages
from csdesk.tui.panes.finding_lines import FindingLines
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import ChoiceQuestion
from tests.desks import open_desk
from tests.tui.test_desk import opened, three_wait, until
from tests.tui.test_writing import commit, composer_of


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    yield opened_desk
    opened_desk.close()


def said(screen: DeskScreen) -> list[str]:
    """The findings that are shown."""
    lines = screen.query_one(FindingLines)
    shown = lines.content
    return shown.plain.split("\n")[:-1] if lines.display and isinstance(shown, Content) else []


async def writing(pilot: Pilot[int], screen: DeskScreen, text: str) -> None:
    """Type ``text`` and have the rules read."""
    await pilot.press("enter")
    await commit(pilot, text)
    composer = composer_of(screen)
    await until(pilot, lambda: bool(composer.wording._rules))


async def test_a_finding_is_shown_underlined_and_its_suggestion_taken(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await writing(pilot, screen, "明天肯定能到。")
        composer = composer_of(screen)
        await until(pilot, lambda: bool(said(screen)))
        assert "肯定能到" in said(screen)[0]
        assert [(span.start, span.end, span.style) for span in composer.editor.spans] == [(2, 6, "warn")]
        await pilot.press("ctrl+l")
        assert "{when}" in composer.editor.text and "肯定" not in composer.editor.text
        assert any(span.style == "slot" for span in composer.editor.spans)
        await pilot.press("ctrl+z")
        assert composer.editor.text == "明天肯定能到。"


async def test_nothing_is_said_in_the_middle_of_a_word_nor_in_a_note(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await writing(pilot, screen, "没有")
        composer = composer_of(screen)
        composer.wording.look(is_rested=False)
        assert not [line for line in said(screen) if "没有" in line]
        await until(pilot, lambda: bool([line for line in said(screen) if "没有" in line]))
        await pilot.press("ctrl+r")
        await commit(pilot, "没有。")
        assert composer.wording.look() == () and said(screen) == []


async def test_nothing_is_said_while_a_quick_reply_is_looked_for(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await writing(pilot, screen, "明天肯定能到。")
        await until(pilot, lambda: bool(said(screen)))
        await commit(pilot, "/hy")
        await until(pilot, lambda: composer_of(screen).editor.is_choosing and not said(screen))
        await pilot.press("escape")
        await until(pilot, lambda: bool(said(screen)))


async def test_a_finding_is_ignored_here_for_a_reason_and_counted(desk: Desk) -> None:
    conversation = three_wait(desk)[0]
    async with opened(desk) as (pilot, screen):
        await writing(pilot, screen, "明天肯定能到。")
        await until(pilot, lambda: bool(said(screen)))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("1")
        await until(pilot, lambda: "promise.absolute" not in rules_of(screen))
        desk.store.write(lambda _tx: None)
        shown = composer_of(screen).conversation
        assert shown is not None and conversation
        (key,) = wording.ignored(desk, shown)
        assert key.startswith("promise.absolute:") and "肯定" not in key
        assert findings.fates(desk.store.reader()) == [Fated("promise.absolute", "ignored", "fits", 1)]


def rules_of(screen: DeskScreen) -> set[str]:
    return {each.rule for each in composer_of(screen).wording.look()}


async def test_a_changed_profile_holds_at_once(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await writing(pilot, screen, "明天肯定能到。")
        composer = composer_of(screen)
        assert "promise.absolute" in rules_of(screen)
        desk.settings = replace(desk.settings, etiquette=EtiquetteSettings(profile="strict"))
        await commit(pilot, "可能吧。")
        await until(pilot, lambda: composer.wording._rules is not None)
        await until(pilot, lambda: composer.wording._rules is not None and bool(rules_of(screen)))
        assert composer.wording._rules is not None and composer.wording._rules.profile == "strict"
        desk.settings = replace(desk.settings, etiquette=EtiquetteSettings(profile="off"))
        assert rules_of(screen) == set()


async def test_why_is_explained(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await writing(pilot, screen, "明天肯定能到。")
        await until(pilot, lambda: bool(said(screen)))
        await pilot.press("f12")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        body = pilot.app.screen.query(".body").first().render()
        assert "002@9408" in str(body) and "不轻易承诺" in str(body)
        await pilot.press("escape")
        assert composer_of(screen).editor.text == "明天肯定能到。"


async def test_what_blocks_asks_once_and_never_forbids(desk: Desk) -> None:
    three_wait(desk)
    async with opened(desk) as (pilot, screen):
        await writing(pilot, screen, "加我微信便宜10块")
        composer = composer_of(screen)
        place = composer.conversation
        assert place is not None
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("1")
        assert composer.editor.text == "加我微信便宜10块", "writing goes on"
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("2")
        await until(pilot, lambda: composer.editor.text == "")
        await until(pilot, lambda: _last(desk, place) == "加我微信便宜10块")
        assert findings.fates(desk.store.reader()) == [Fated("contact.off-platform", "anyway", "", 1)]


def _last(desk: Desk, conversation: int) -> str:
    found = messages.before(desk.store.reader(), conversation, None, 1, with_events=False)
    return found[-1].text if found and found[-1].sender is Sender.AGENT else ""
