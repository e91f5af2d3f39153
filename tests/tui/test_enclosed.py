"""Files and links of a conversation on the screen: listed, saved, looked at, opened after a question, copied."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from csdesk.config import AttachmentSettings, Settings
from csdesk.desk import attaching, intake
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.store import carried, files, hub
from csdesk.sync.fetching import NOT_THERE
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.enclosed import EnclosedScreen
from csdesk.tui.screens.modals import ChoiceQuestion
from csdesk.tui.screens.picture import PictureScreen
from tests.desks import INBOX, hears, open_desk
from tests.tui.test_desk import opened, until

HOSTILE = "../../\x1b]0;x\x07[b]账单.png"
LINKS = "订单 A1024：看 https://shop.example/x 和 [www.bank.example](https://evil.example/login)"


def png(width: int = 40, height: int = 40) -> bytes:
    """An image whose upper half is red and whose lower half is blue."""
    image = pytest.importorskip("PIL.Image")
    drawn = image.new("RGB", (width, height), (255, 0, 0))
    drawn.paste((0, 0, 255), (0, height // 2, width, height))
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as desk:
        desk.settings = Settings(attachments=AttachmentSettings(folder=str(tmp_path / "saved")))
        yield desk


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the system's opener, which writes down what it is given."""
    folder, told = tmp_path / "bin", tmp_path / "opened"
    folder.mkdir()
    for name in ("xdg-open", "open"):
        (folder / name).write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$#" "$1" > {told}.part && mv {told}.part {told}\n'
        )
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return told


def given(program: Path) -> list[str]:
    """How many arguments the program got, and the first."""
    return program.read_text().split("\n")[:2]


def is_there(*places: Path) -> bool:
    return any(place.exists() for place in places)


def brings(desk: Desk, *found: tuple[str, str, bytes], text: str = LINKS) -> int:
    with attaching.keeping(desk) as keep:
        files = tuple(attaching.described(name, kind, content, keep) for name, kind, content in found)
        incoming = Incoming(INBOX, "t", "k", text, ContactCard("t", "林女士"), attachments=files)
        return intake.receive(desk, incoming).conversation


async def listed(pilot: Pilot[int], screen: DeskScreen) -> EnclosedScreen:
    await until(pilot, lambda: screen.shown is not None)
    await pilot.press("a")
    await until(pilot, lambda: isinstance(pilot.app.screen, EnclosedScreen))
    found = pilot.app.screen
    assert isinstance(found, EnclosedScreen)
    return found


def rows(screen: EnclosedScreen) -> list[str]:
    return [str(option.prompt) for option in screen.query_one(OptionList).options]


def said(screen: EnclosedScreen) -> str:
    return str(screen.query_one("#said", Static).render())


def about(screen: EnclosedScreen) -> str:
    return str(screen.query_one("#about", Static).render())


async def test_files_and_links_are_listed_and_a_false_one_is_marked(desk: Desk) -> None:
    brings(desk, (HOSTILE, "image/png", b"x" * 2_000))
    async with opened(desk, (80, 24)) as (pilot, screen):
        found = await listed(pilot, screen)
        assert rows(found) == [
            "• ␛]0;x␇[b]账单.png (image, 2.0 kB)",
            "· https://shop.example/x",
            "▲ https://evil.example/login",
        ]
        await pilot.press("down", "j")
        assert "evil.example" in about(found) and "www.bank.example" in about(found)
        assert "another host" in about(found)
        await pilot.press("escape")
        assert pilot.app.screen is screen


async def test_a_file_is_saved_in_its_folder_under_a_harmless_name(desk: Desk, tmp_path: Path) -> None:
    brings(desk, (HOSTILE, "image/png", b"one"))
    async with opened(desk) as (pilot, screen):
        found = await listed(pilot, screen)
        await pilot.press("s")
        await until(pilot, lambda: "Saved" in said(found))
        (place,) = (tmp_path / "saved").iterdir()
        assert place.read_bytes() == b"one" and place.name.endswith(".png")
        assert not (tmp_path.parent / "账单.png").exists()


async def test_nothing_opens_before_a_person_says_so(desk: Desk, program: Path, tmp_path: Path) -> None:
    brings(desk, ("bill.pdf", "application/pdf", b"%PDF"))
    async with opened(desk) as (pilot, screen):
        found = await listed(pilot, screen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        assert not is_there(program, tmp_path / "saved")
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is found)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("1")
        await until(pilot, program.exists)
        assert given(program) == ["1", str(tmp_path / "saved" / "bill.pdf")]


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("photo.png", "image/png", b"MZ\x90\x00"),
        ("run.sh", "text/plain", b"echo"),
        ("page.html", "text/html", b"<p>"),
        ("a.desktop", "", b"x"),
    ],
)
async def test_what_may_run_is_left_closed_by_the_first_answer(
    desk: Desk, program: Path, tmp_path: Path, name: str, kind: str, content: bytes
) -> None:
    brings(desk, (name, kind, content))
    async with opened(desk) as (pilot, screen):
        found = await listed(pilot, screen)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen is found)
        await pilot.pause(0.1)
        assert not is_there(program, tmp_path / "saved")


async def test_a_link_opens_after_its_host_was_named(desk: Desk, program: Path) -> None:
    brings(desk)
    async with opened(desk) as (pilot, screen):
        await listed(pilot, screen)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        title = str(pilot.app.screen.query(Static).first().render())
        assert "shop.example" in title
        await pilot.press("1")
        await until(pilot, program.exists)
        assert given(program) == ["1", "https://shop.example/x"]


async def test_a_picture_is_drawn_on_its_key_only(desk: Desk) -> None:
    brings(desk, ("photo.png", "image/png", png()), ("broken.png", "image/png", b"\x89PNG"))
    async with opened(desk, (60, 20)) as (pilot, screen):
        found = await listed(pilot, screen)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(pilot.app.screen, PictureScreen))
        shown = pilot.app.screen
        assert isinstance(shown, PictureScreen)
        await until(pilot, lambda: shown.view._picture is not None)
        strips = [shown.view.render_line(y) for y in range(shown.view.size.height)]
        assert {strip.cell_length for strip in strips} == {shown.view.size.width}
        colours = [
            segment.style.color.triplet
            for strip in strips
            for segment in strip
            if segment.text == "▀" and segment.style and segment.style.color and segment.style.color.triplet
        ]
        assert tuple(colours[0]) == (255, 0, 0) and tuple(colours[-1]) == (0, 0, 255)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is found)
        await pilot.press("down")
        await until(pilot, lambda: found.chosen is found._found[1])
        await pilot.press("v")
        await until(pilot, lambda: "cannot be drawn" in said(found))


async def test_a_file_without_content_says_so(desk: Desk) -> None:
    with attaching.keeping(desk):
        files = (attaching.described("a.pdf", "application/pdf", b"x"),)
    incoming = Incoming(INBOX, "t", "k", "看", ContactCard("t", "林"), attachments=files)
    intake.receive(desk, incoming)
    async with opened(desk) as (pilot, screen):
        found = await listed(pilot, screen)
        assert rows(found) == ["• a.pdf (document, 1 B) · name only"]
        await pilot.press("s")
        await until(pilot, lambda: "only its name" in said(found))


async def test_a_file_at_the_hub_is_fetched_when_it_is_saved(desk: Desk, tmp_path: Path) -> None:
    digest = hashlib.sha256(b"from Bo").hexdigest()
    incoming = (attaching.described("a.pdf", "application/pdf", b"from Bo"),)
    card = ContactCard("t", "林")
    intake.receive(desk, Incoming(INBOX, "t", "k", "看", card, attachments=incoming))
    async with opened(desk) as (pilot, screen):
        desk.store.write(lambda tx: hub.join(tx, hub.HubState("team", "host=hub")))
        found = await listed(pilot, screen)
        assert rows(found) == ["• a.pdf (document, 7 B) · at the hub"]
        assert "comes from the hub" in about(found)
        await pilot.press("s")
        await until(pilot, lambda: "Fetching a.pdf from the hub: 0 %" in said(found))
        (wish,) = carried.wishes(desk.store.reader())
        desk.store.write(lambda tx: carried.tell(tx, replace(wish, had=3)))
        await until(pilot, lambda: "42 %" in said(found))
        desk.store.write(lambda tx: carried.tell(tx, replace(wish, reason=NOT_THERE)))
        await until(pilot, lambda: "once the desk that got it is online" in said(found))
        with files.arrivals(desk.store.path) as arrivals:
            path = arrivals.add(b"from Bo")
            desk.store.write(lambda _tx: files.put_in_place([path]))
        await until(pilot, (tmp_path / "saved" / "a.pdf").exists)
        await until(pilot, lambda: rows(found) == ["• a.pdf (document, 7 B)"])
    assert files.read(desk.store.path, digest) == b"from Bo"


async def test_nothing_enclosed_is_said(desk: Desk) -> None:
    hears(desk, "t", "在吗")
    async with opened(desk) as (pilot, screen):
        await until(pilot, lambda: screen.shown is not None)
        await pilot.press("a")
        await pilot.pause()
        assert pilot.app.screen is screen


@pytest.mark.parametrize(("key", "copied"), [("1", "A1024"), ("2", LINKS), ("3", f"> {LINKS}")])
async def test_a_number_a_text_or_a_quote_is_copied(desk: Desk, key: str, copied: str) -> None:
    brings(desk)
    async with opened(desk) as (pilot, screen):
        await until(pilot, lambda: screen.shown is not None)
        await pilot.press("C")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChoiceQuestion))
        await pilot.press(key)
        await until(pilot, lambda: pilot.app.screen is screen)
        assert pilot.app.clipboard == copied


async def test_without_a_program_nothing_is_asked_or_saved(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "no-programs"))
    brings(desk, ("bill.pdf", "application/pdf", b"%PDF"))
    async with opened(desk) as (pilot, screen):
        found = await listed(pilot, screen)
        await pilot.press("enter")
        await until(pilot, lambda: "no program" in said(found))
        assert pilot.app.screen is found and not is_there(tmp_path / "saved")
