"""Pictures from strangers as coloured cells: decoded by a child process that may fail but not harm.

The child (``picture_child``) has little memory, little time, and may open no file for writing; what it answers is
checked. Pillow is an extra: without it there is a sentence instead of a picture.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from csdesk.errors import Refused
from csdesk.i18n import _

CHILD_SECONDS = 10
MOST_BYTES = 30 * 1024 * 1024
MOST_CELLS = 1_000
_NO_PILLOW = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """``width`` x ``height`` points of three bytes (red, green, blue), row by row."""

    width: int
    height: int
    points: bytes

    def at(self, column: int, row: int) -> tuple[int, int, int]:
        """The colour of one point."""
        start = 3 * (row * self.width + column)
        red, green, blue = self.points[start : start + 3]
        return red, green, blue


def draw(content: bytes, width: int, height: int, ground: tuple[int, int, int]) -> Picture:
    """The image in ``content`` as large as fits into ``width`` x ``height`` points, over ``ground``.

    Takes some tenths of a second: call it from a worker. Raises Refused when it cannot be drawn.
    """
    if len(content) > MOST_BYTES:
        raise _cannot(_("it is larger than {size} MB").format(size=MOST_BYTES // 1024 // 1024))
    wanted = [str(max(1, min(number, MOST_CELLS))) for number in (width, height)]
    child = [sys.executable, "-I", str(Path(__file__).with_name("picture_child.py"))]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, with numbers
            [*child, *wanted, *map(str, ground)],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=CHILD_SECONDS,
            env={},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _cannot(_("it takes too long")) from None
    if done.returncode == _NO_PILLOW:
        raise Refused(
            "picture.no_library",
            _("Pictures need the library Pillow, which is not installed."),
            _("Install it: pip install 'csdesk[images]'."),
        )
    picture = _answer(done.stdout) if done.returncode == 0 else None
    if picture is None or picture.width > int(wanted[0]) or picture.height > int(wanted[1]):
        raise _cannot(_("it is broken, too large, or of a kind that is not drawn"))
    return picture


def _answer(said: bytes) -> Picture | None:
    """What the child said: width and height as two bytes each, then the points."""
    width, height = int.from_bytes(said[:2], "big"), int.from_bytes(said[2:4], "big")
    is_whole = width > 0 and height > 0 and len(said) == 4 + 3 * width * height
    return Picture(width, height, said[4:]) if is_whole else None


def _cannot(reason: str) -> Refused:
    return Refused(
        "picture.cannot_draw",
        _("The picture cannot be drawn: {reason}.").format(reason=reason),
        _("Save it, and look at it with another program."),
    )
