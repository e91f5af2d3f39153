"""Draw the pictures of the docs from the real program: ``python scripts/make_screenshots.py``.

Each picture is the app itself, without a terminal, on the desk of ``picture_desk``: a fixed clock, keys
pressed, the screen exported. ``--check`` draws nothing into the docs; it says where a committed picture
shows another text than the program does now. ``--png FOLDER`` also draws PNGs to look at.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from csdesk.tui.app import DeskApp

PICTURES = ROOT / "docs" / "pictures"
FOLDERS = ("CONFIG", "DATA", "STATE", "CACHE")
STEADY_FOR_S, STEADY_IF_OTHER_S = 0.2, 5.0
LONGEST_S = 60.0
NAMESPACE = "http://www.w3.org/2000/svg"

_COMMENT = re.compile(r"<!--.*?-->\s*", re.DOTALL)
_TEXT = re.compile(r'<text [^>]*?x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)"[^>]*>(?P<text>.*?)</text>', re.DOTALL)
_ADDRESS = re.compile(r"(?:https?:)?//[\w.-]+[^\s\"')]*")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture. ``steps`` are names of keys, or ``=`` and a text to type; it is taken when ``shows`` is there."""

    name: str
    size: tuple[int, int]
    language: str
    theme: str
    steps: tuple[str, ...]
    shows: tuple[str, ...]


ALL = (
    Picture(
        "desk-120x40-dark-zh",
        (120, 40),
        "zh_CN",
        "dark",
        ("f8", "=林女士，让您久等了，/yh"),
        ("草稿已存10:06", "不讲价的解释"),
    ),
    Picture(
        "desk-120x40-light-en",
        (120, 40),
        "en",
        "light",
        ("f8", "=Nora, I am sorry you had to wait. Your parcel is due by Friday."),
        ("draftsaved10:06",),
    ),
    Picture(
        "replies-120x40-dark-en",
        (120, 40),
        "en",
        "dark",
        ("f8", "=Hello Nora, /ship"),
        ("/ship", "{ship_time}", "draftsaved10:06"),
    ),
    Picture(
        "desk-80x24-dark-en",
        (80, 24),
        "en",
        "dark",
        ("f8", "=Nora, I am sorry you had to wait."),
        ("draftsaved10:06",),
    ),
    Picture(
        "selection-80x24-dark-zh",
        (80, 24),
        "zh_CN",
        "dark",
        ("x", "x", "down", "x"),
        ("已选3个",),
    ),
)


async def drawn(picture: Picture, folder: Path, expected: str | None = None) -> str:
    """The picture as an SVG, as soon as its text is that of ``expected``, if that is given.

    Raises TimeoutError when what it shall show does not come.
    """
    from picture_desk import picture_desk
    from screenshot import corrected

    from csdesk.i18n import set_language
    from csdesk.tui.app import DeskApp

    set_language(picture.language)
    place = folder / picture.name
    place.mkdir()
    with picture_desk(place, picture.language, picture.theme) as desk:
        app = DeskApp(desk)
        async with app.run_test(size=picture.size) as pilot:
            await _until(pilot, lambda: bool(app.screen.query("#editor")) and _is_read(app))
            for step in picture.steps:
                await _do(pilot, step)
            svg = await _steady(pilot, picture.shows, expected)
    return _COMMENT.sub("", corrected(svg))


async def _do(pilot: Pilot[int], step: str) -> None:
    """One step. Texts go in as a terminal sends them; a pilot's own keys lose full-width signs."""
    from textual import events
    from textual.keys import _character_to_key

    if not step.startswith("="):
        await pilot.press(step)
        return
    for char in step[1:]:
        pilot.app.post_message(events.Key(_character_to_key(char), char))
        await pilot.pause()


def _is_read(app: DeskApp) -> bool:
    """Whether the quick replies are read, and their pinyin is known."""
    from csdesk.tui.screens.desk import DeskScreen
    from csdesk.tui.screens.picking_actions import PACKS

    return (
        isinstance(app.screen, DeskScreen)
        and app.screen.shelf.finder is not None
        and not any(worker.group == PACKS and not worker.is_finished for worker in app.workers)
    )


async def _until(pilot: Pilot[int], is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        await pilot.pause(0.02)


async def _steady(pilot: Pilot[int], shows: tuple[str, ...], expected: str | None) -> str:
    """The screen once it shows what it shall, and has looked the same for a moment.

    Where it is known how it was, it may take longer to look so: a busy machine makes long pauses.
    """
    steady_s = STEADY_FOR_S if expected is None else STEADY_IF_OTHER_S
    wanted = None if expected is None else text_of(expected)
    end = time.monotonic() + LONGEST_S
    svg, since = "", time.monotonic()
    while True:
        await pilot.pause(0.05)
        now, newer = time.monotonic(), pilot.app.export_screenshot()
        if newer != svg:
            svg, since = newer, now
        lines = text_of(svg)
        text = "\n".join(lines)
        if lines == wanted or (now - since >= steady_s and all(part in text for part in shows)):
            return svg
        if now > end:
            raise TimeoutError(f"the screen does not show {shows}:\n{text}")


def text_of(svg: str) -> list[str]:
    """The lines of text in a picture, from the top, without blanks; a rule counts as one stroke of it."""
    lines: dict[float, list[tuple[float, str]]] = {}
    for found in _TEXT.finditer(svg):
        lines.setdefault(float(found["y"]), []).append((float(found["x"]), html.unescape(found["text"])))
    joined = ("".join(text for _x, text in sorted(parts)) for _y, parts in sorted(lines.items()))
    return [line for line in (re.sub("─+", "─", re.sub(r"[\s\u00a0]+", "", each)) for each in joined) if line]


def addresses_in(svg: str) -> list[str]:
    """Every address a viewer could fetch; a picture has none."""
    return [address for address in _ADDRESS.findall(svg) if address != NAMESPACE]


def difference(name: str, committed: str, current: str) -> list[str]:
    """Lines of text that differ, as a unified diff; fonts, colours and places do not count."""
    old, new = text_of(committed), text_of(current)
    return list(unified_diff(old, new, f"docs/pictures/{name}.svg", "the program now", lineterm=""))


@contextmanager
def same_everywhere() -> Iterator[Path]:
    """A folder of its own, one time zone, and nothing of the person who runs this."""
    with tempfile.TemporaryDirectory(prefix="csdesk-pictures-") as name:
        for kind in FOLDERS:
            os.environ[f"CSDESK_{kind}_DIR"] = str(Path(name) / kind.lower())
        for variable in ("NO_COLOR", "CSDESK_DB", "CSDESK_AGENT", "CSDESK_NOW"):
            os.environ.pop(variable, None)
        os.environ.update({"TZ": "Asia/Shanghai", "TEXTUAL_DISABLE_KITTY_KEY": "1", "TERM": "xterm-256color"})
        time.tzset()
        yield Path(name)


def _check(name: str, svg: str) -> list[str]:
    path = PICTURES / f"{name}.svg"
    if not path.exists():
        return [f"{path.relative_to(ROOT)} is missing"]
    return difference(name, path.read_text("utf-8"), svg)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Draw the pictures of the docs from the program.")
    parser.add_argument("--check", action="store_true", help="compare the texts, write nothing")
    parser.add_argument("--png", type=Path, help="a folder for PNGs of them")
    asked = parser.parse_args(arguments)
    wrong: list[str] = []
    with same_everywhere() as folder:
        for picture in ALL:
            kept = PICTURES / f"{picture.name}.svg"
            expected = kept.read_text("utf-8") if asked.check and kept.exists() else None
            svg = asyncio.run(drawn(picture, folder, expected))
            wrong += [f"{picture.name} names {address}" for address in addresses_in(svg)]
            if asked.check:
                wrong += _check(picture.name, svg)
            else:
                PICTURES.mkdir(parents=True, exist_ok=True)
                (PICTURES / f"{picture.name}.svg").write_text(svg, "utf-8")
            if asked.png is not None:
                _draw_png(picture.name, svg, asked.png)
    print(
        "\n".join(
            [*wrong, "Run python scripts/make_screenshots.py and look at the pictures."] if wrong else []
        )
    )
    return 1 if wrong else 0


def _draw_png(name: str, svg: str, folder: Path) -> None:
    from screenshot import to_png

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.svg"
    path.write_text(svg, "utf-8")
    to_png(path, folder / f"{name}.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
