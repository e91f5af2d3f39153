"""Draw every screen at three sizes in both languages, to look at: ``python scripts/draw_screens.py FOLDER``.

One start of the program for each size and language; it walks from screen to screen by keys, as a person does.
``tests/tui/test_screens.py`` takes the same walk and checks what a program can see.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

SIZES = ((80, 24), (120, 40), (200, 50))
LANGUAGES = ("en", "zh_CN")


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the walk: the keys that lead to it, what is there (a CSS selector), the keys that lead back."""

    name: str
    keys: tuple[str, ...]
    shows: str
    back: tuple[str, ...] = ("escape",)


WALK = (
    Stop("queue", (), "#rows", ()),
    Stop("selected", ("x", "down", "x"), "#rows"),
    Stop("help", ("f1",), "#help-text"),
    Stop("help-page", ("f1", "right", "right"), "#help-text"),
    Stop("settings", ("comma",), "#settings-list"),
    Stop("settings-value", ("comma", "slash", "r", "e", "d", "enter", "enter"), "#settings-value", ("escape", "escape")),
    Stop("tour", ("f1", "t", "enter", "enter"), "#tour-card"),
    Stop("search", ("f3", "e"), "#hits"),
    Stop("status", ("f4",), "OptionList"),
    Stop("views", ("V",), "OptionList"),
    Stop("switch", ("f7",), "#switch-rows"),
    Stop("snooze", ("s",), "OptionList"),
    Stop("priority", ("p",), "OptionList"),
    Stop("composer", ("f8",), "#editor"),
    Stop("replies", ("f8", "f2"), "#found", ("escape", "escape")),
    Stop("find", ("ctrl+f",), "FindLine"),
    Stop("palette", ("ctrl+p",), "CommandList"),
)  # fmt: skip


async def walk(
    folder: Path, size: tuple[int, int], language: str, theme: str = "dark"
) -> AsyncIterator[tuple[str, str, list[str]]]:
    """Each stop's name, the screen as SVG and its lines of text."""
    from make_screenshots import _is_read, _until
    from picture_desk import picture_desk

    from csdesk.i18n import set_language
    from csdesk.tui.app import DeskApp

    set_language(language)
    with picture_desk(folder, language, theme) as desk:
        app = DeskApp(desk)
        async with app.run_test(size=size) as pilot:
            await _until(pilot, lambda: bool(app.screen.query("#editor")) and _is_read(app))
            ground = app.screen
            for stop in WALK:
                await pilot.press(*stop.keys)
                await _until(
                    pilot,
                    lambda stop=stop: bool(app.screen.query(stop.shows)),
                )
                await pilot.pause(0.1)
                lines = [
                    "".join(segment.text for segment in strip)
                    for strip in app.screen._compositor.render_strips(app.screen.size)
                ]
                yield stop.name, app.export_screenshot(), lines
                await pilot.press(*stop.back)
                await _until(pilot, lambda: app.screen is ground)
                await pilot.pause(0.2)


async def draw(folder: Path, work: Path, theme: str) -> None:
    from screenshot import corrected, to_png

    for language in LANGUAGES:
        for size in SIZES:
            place = work / f"{language}-{size[0]}"
            place.mkdir()
            async for name, svg, _lines in walk(place, size, language, theme):
                path = folder / f"{name}-{size[0]}x{size[1]}-{language}-{theme}.svg"
                path.write_text(corrected(svg), "utf-8")
                to_png(path, path.with_suffix(".png"))


def main(arguments: list[str]) -> int:
    from make_screenshots import same_everywhere

    parser = argparse.ArgumentParser(description="Draw every screen at three sizes in both languages.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--theme", default="dark")
    asked = parser.parse_args(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    with same_everywhere() as work:
        asyncio.run(draw(asked.folder, work, asked.theme))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
