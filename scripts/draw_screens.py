"""Every screen at three sizes in both languages: to keep, and to look at.

``python scripts/draw_screens.py --keep`` writes what the program shows now to ``tests/tui/prints``, with which
``tests/tui/test_screens.py`` compares it; ``--stop NAME`` goes to that stop alone. ``python scripts/draw_screens.py FOLDER`` draws what is kept there as SVG,
and as PNG where the machine can.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

PRINTS = ROOT / "tests" / "tui" / "prints"
CONFIG_SHOWN = "/home/mia/.config/csdesk/config.toml"
"""The path that the settings name in a print; nothing on the walk writes it."""


def kept_at(language: str, size: tuple[int, int], name: str) -> Path:
    """Where the print of a stop is kept."""
    return PRINTS / f"{language}-{size[0]}x{size[1]}" / f"{name}.txt"


async def keep(work: Path, language: str, names: Collection[str] = ()) -> None:
    """Write what the program shows now in a language, at the stops of these ``names`` or at all: then what no stop
    shows any more goes."""
    from walk_screens import WALK, walk

    from csdesk import paths

    paths.config_path = lambda: Path(CONFIG_SHOWN)
    written = set()
    stops = tuple(stop for stop in WALK if stop.name in names) or WALK
    async for name, size, shown in walk(work, language, stops=stops):
        path = kept_at(language, size, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown.write(), "utf-8")
        written.add(path)
    if stops is WALK:
        for path in set(PRINTS.glob(f"{language}-*/*.txt")) - written:
            path.unlink()


def draw(paths: Iterable[Path], folder: Path) -> None:
    """The kept prints as pictures."""
    from screen_print import read
    from screenshot import corrected, to_png

    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(paths):
        picture = folder / f"{path.stem}-{path.parent.name}.svg"
        picture.write_text(corrected(read(path.read_text("utf-8")).as_svg(picture.stem)), "utf-8")
        to_png(picture, picture.with_suffix(".png"))


def main(arguments: list[str]) -> int:
    from make_screenshots import same_everywhere
    from walk_screens import LANGUAGES

    parser = argparse.ArgumentParser(
        description="Keep and draw every screen at three sizes in both languages."
    )
    parser.add_argument("folder", type=Path, nargs="?", help="where to draw what is kept")
    parser.add_argument(
        "--keep", action="store_true", help="write what the program shows now to tests/tui/prints"
    )
    parser.add_argument("--language", choices=LANGUAGES, action="append", help="keep this one only")
    parser.add_argument("--stop", action="append", default=[], help="keep this stop of the walk only")
    parser.add_argument("--only", default="*", help="draw prints of this name only, as queue-*")
    asked = parser.parse_args(arguments)
    if not asked.keep and asked.folder is None:
        parser.error("name a folder to draw into, or --keep")
    if asked.keep:
        with same_everywhere() as work:
            for language in asked.language or LANGUAGES:
                asyncio.run(keep(work, language, asked.stop))
    if asked.folder is not None:
        draw(PRINTS.rglob(f"{asked.only}.txt"), asked.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
