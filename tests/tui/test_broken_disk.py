"""A disk that fills, a store that is held or breaks while somebody works: a card names it, the text stays."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from csdesk.desk.context import Desk
from csdesk.model.message import Mode
from csdesk.store import checkpoints, connect, drafts
from csdesk.tui.screens.desk import DeskScreen
from tests.desks import hears, open_desk
from tests.tui.test_desk import opened, until, write


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MiB of its own; skipped where nobody may mount one."""
    folder = tmp_path / "mount"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def said(screen: DeskScreen) -> str:
    return str(screen.card.render()) if screen.card.is_open else ""


def drafted(desk: Desk, conversation: int) -> list[str]:
    held = drafts.held(desk.store.reader(), conversation, desk.agent.id, Mode.REPLY)
    return [each.draft.text for each in held]


async def test_a_disk_that_is_full_for_a_while(mount: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "EVERY_S", 3_600)  # the write-ahead log never begins anew: it grows
    with open_desk(mount / "desk.db") as desk:
        conversation = hears(desk, "t")
        async with opened(desk) as (pilot, screen):
            await pilot.press("f8")
            assert screen.composer is not None
            filler = mount / "filler"
            with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="space"):
                while True:
                    file.write(b"x" * 4096)
            text = "写" * 9_000
            screen.composer.editor.load(text)
            screen.composer.keep()
            await until(pilot, lambda: "is full; nothing was changed" in said(screen))
            assert "desk.db" in said(screen) and "Free some space" in said(screen)
            filler.unlink()
            screen.tick()
            await until(pilot, lambda: drafted(desk, conversation) == [text])
            await until(pilot, lambda: said(screen) == "")


async def test_a_store_another_program_holds_is_named(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db", busy_ms=50) as desk:
        conversation = hears(desk, "t")
        async with opened(desk) as (pilot, screen):
            await pilot.press("f8")
            other = connect.open_writer(desk.store.path)
            other.execute("BEGIN IMMEDIATE")
            await write(pilot, "等")
            await until(pilot, lambda: "is locked by another program" in said(screen))
            assert "desk.db" in said(screen)
            other.execute("ROLLBACK")
            other.close()
            screen.tick()
            await until(pilot, lambda: drafted(desk, conversation) == ["等"])
            await until(pilot, lambda: said(screen) == "")


async def test_a_removed_log_is_a_card_that_says_what_it_took(tmp_path: Path) -> None:
    live, path = tmp_path / "live.db", tmp_path / "desk.db"
    with open_desk(live) as desk:
        hears(desk, "t")
    shutil.copy(live, path)
    with open_desk(live) as desk:
        (left,) = desk.store.reader().execute("SELECT max(dseq) FROM op").fetchone()
        for _turn in range(3):
            hears(desk, "t")
    shutil.copy(f"{live}.head", f"{path}.head")
    with open_desk(path) as desk:
        async with opened(desk) as (pilot, screen):
            await until(pilot, lambda: screen.card.is_open)
            assert f"The last 3 operations of this desk are gone: numbers {left + 1} to {left + 3}" in said(
                screen
            )
            assert "written after 2026-01-0" in said(screen)


async def test_a_broken_page_is_a_card_with_a_next_step(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        for number in range(40):
            hears(desk, f"t{number}", "字" * 900)
    connection = connect.open_reader(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'message'").fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    start = (page - 1) * connect.PAGE_SIZE
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    with open_desk(path) as desk:
        async with opened(desk) as (pilot, screen):
            await pilot.press("f8")
            await until(pilot, lambda: "is damaged" in said(screen))
            assert "csdesk db verify" in said(screen) and "restore" in said(screen)
            screen.tick()  # that other pages can be read mends nothing
            assert "is damaged" in said(screen)
            screen.card.close()
            screen.tick()
            assert said(screen) == ""
