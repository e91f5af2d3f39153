"""Files of a reply on the desk screen: chosen by path, shown above the text, taken off, kept, sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from csdesk.desk.context import Desk
from csdesk.model.message import Mode
from csdesk.store import drafts, messages
from csdesk.tui import file_paths
from csdesk.tui.screens.attaching import FileQuestion
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.modals import ChoiceQuestion
from tests.desks import hears, open_desk
from tests.tui.test_desk import click, opened, until, write
from tests.tui.test_writing import composer_of


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened_desk = open_desk(tmp_path / "desk.db")
    hears(opened_desk, "a")
    yield opened_desk
    opened_desk.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "out"
    (found / "photos").mkdir(parents=True)
    (found / "invoice.pdf").write_bytes(b"%PDF")
    (found / "photos" / "blue shoe.png").write_bytes(b"png")
    (found / "photos" / "red shoe.png").write_bytes(b"red")
    (found / ".hidden").write_bytes(b"")
    return found


async def asked(pilot: Pilot[int]) -> FileQuestion:
    await pilot.press("ctrl+d")
    await until(pilot, lambda: isinstance(pilot.app.screen, FileQuestion))
    assert isinstance(pilot.app.screen, FileQuestion)
    return pilot.app.screen


def names(question: FileQuestion) -> list[str]:
    listed = question.query_one(OptionList)
    return [str(listed.get_option_at_index(place).prompt) for place in range(listed.option_count)]


async def attach(pilot: Pilot[int], screen: DeskScreen, *paths: Path) -> None:
    question = await asked(pilot)
    question.query_one(Input).value = " ".join(f"'{path}'" for path in paths)
    before = len(composer_of(screen).files)
    await pilot.press("enter")
    await until(pilot, lambda: len(composer_of(screen).files) == before + len(paths))


def attached(screen: DeskScreen) -> list[str]:
    return [each.name for each in composer_of(screen).files]


def kept(desk: Desk) -> list[str]:
    """The names with the reply's draft, on disk."""
    held = drafts.held(desk.store.reader(), 1, desk.agent.id, Mode.REPLY)
    return [file.name for each in held for file in each.draft.files]


async def test_a_path_is_finished_by_tab_and_by_arrows(desk: Desk, folder: Path) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("enter")
        question = await asked(pilot)
        line = question.query_one(Input)
        line.value = f"{folder}/"
        await until(pilot, lambda: names(question) == ["photos/", "invoice.pdf"])
        line.value = f"{folder}/ph"
        await until(pilot, lambda: names(question) == ["photos/"])
        await pilot.press("tab")
        await until(pilot, lambda: names(question) == ["blue shoe.png", "red shoe.png"])
        assert line.value == f"{folder}/photos/"
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: attached(screen) == ["red shoe.png"])
        assert "red shoe.png 3" in str(composer_of(screen).chips.render())
        again = await asked(pilot)
        assert again.query_one(Input).value == f"{folder}/photos/"
        again.query_one(Input).value = f"{folder}/none"
        await pilot.press("enter")
        assert pilot.app.screen is again
        await pilot.press("escape")


async def test_files_are_shown_taken_off_kept_and_sent(desk: Desk, folder: Path) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("enter")
        await write(pilot, "here you are")
        await attach(pilot, screen, folder / "invoice.pdf", folder / "photos" / "blue shoe.png")
        await attach(pilot, screen, folder / "photos" / "red shoe.png")
        assert attached(screen) == ["invoice.pdf", "blue shoe.png", "red shoe.png"]
        await asked(pilot)
        await pilot.press("ctrl+d")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        assert isinstance(pilot.app.screen, ChoiceQuestion)
        await pilot.press("2")
        await until(pilot, lambda: attached(screen) == ["invoice.pdf", "red shoe.png"])
        await until(pilot, lambda: screen.query_one("#finding").region.height > 0)  # it moves the rest up
        await click(pilot, "#files", offset=(4, 0))
        await until(pilot, lambda: kept(desk) == ["red shoe.png"])
    async with opened(desk) as (pilot, screen):
        await pilot.press("enter")
        await until(pilot, lambda: attached(screen) == ["red shoe.png"])
        assert composer_of(screen).editor.text == "here you are"
        await pilot.press("ctrl+r")
        assert attached(screen) == []
        await pilot.press("ctrl+r")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: not drafts.of_agent(desk.store.reader(), desk.agent.id))
        assert attached(screen) == []
        found = messages.attached(desk.store.reader(), 1, 9)
        assert [file.name for _message, file in found] == ["red shoe.png"]
        await pilot.press("ctrl+g")
        await until(pilot, lambda: attached(screen) == ["red shoe.png"])
    assert kept(desk) == ["red shoe.png"]


async def test_a_note_takes_no_file(desk: Desk) -> None:
    async with opened(desk) as (pilot, screen):
        await pilot.press("n")
        await pilot.press("ctrl+d")
        await pilot.pause()
        assert pilot.app.screen is screen


def test_paths_as_terminals_write_what_is_dropped_on_them(folder: Path) -> None:
    blue, invoice = folder / "photos" / "blue shoe.png", folder / "invoice.pdf"
    assert file_paths.named(f" {blue} ") == (blue,)
    assert file_paths.named(f"'{blue}' {invoice}") == (blue, invoice)
    assert file_paths.named(str(blue).replace(" ", "\\ ")) == (blue,)
    assert file_paths.named(f"{invoice} {folder}/none") == ()
    assert file_paths.named("'open") == ()
    assert file_paths.named("") == ()
    assert [each.name for each in file_paths.entries(f"{folder}/PHO")] == ["photos"]
    assert [each.name for each in file_paths.entries(f"{folder}/.")] == [".hidden"]
    assert file_paths.entries(f"{folder}/none/") == []
    assert (
        file_paths.longest(file_paths.entries(f"{folder}/photos/"), f"{folder}/photos/")
        == f"{folder}/photos/"
    )
