"""A screen as a short text file: its lines, its styles, and which run of cells has which.

What a picture shows and nothing that changes by itself: no ids, no fonts, no times of drawing. A difference
reads as what a person would see change. ``as_svg`` draws it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import groupby

from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DIMMED_MONOKAI
from textual.screen import Screen

ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse", "strike")
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

_RUN = re.compile(r"([A-Za-z]+)(\d+)")

Line = tuple[tuple[str, str], ...]
"""Runs of one style: its words (``#d7dde4 on #11151a bold``) and the text."""


@dataclass(frozen=True, slots=True)
class ScreenPrint:
    """The lines of a screen from the top."""

    lines: tuple[Line, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """What is written, without how."""
        return tuple("".join(text for _style, text in line) for line in self.lines)

    def write(self) -> str:
        """As a file holds it."""
        names: dict[str, str] = {}
        runs: list[str] = []
        for line in self.lines:
            found = [(names.setdefault(style, _name(len(names))), len(text)) for style, text in line]
            runs.append(" ".join(f"{name}{size}" for name, size in found))
        counted = [f"{len(list(same))}x {run}" for run, same in groupby(runs)]
        legend = [f"{name} {style}" for style, name in names.items()]
        return "\n".join([*(text.rstrip() for text in self.texts), "--", *legend, "--", *counted, ""])

    def as_svg(self, title: str) -> str:
        """Draw it."""
        width = max(Segment.get_line_length([Segment(text)]) for text in self.texts)
        console = Console(
            record=True, width=width, file=StringIO(), force_terminal=True, color_system="truecolor"
        )
        for line in self.lines:
            segments = [Segment(text, Style.parse(style)) for style, text in line]
            console._record_buffer.extend([*segments, Segment.line()])
        return console.export_svg(title=title, theme=DIMMED_MONOKAI)


def taken(screen: Screen[object]) -> ScreenPrint:
    """What ``screen`` shows now, what lies below it included."""
    strips = screen._compositor.render_strips(screen.size)
    return ScreenPrint(tuple(_runs(list(strip)) for strip in strips))


def _runs(segments: Sequence[Segment]) -> Line:
    styled = [(_words(segment.style or Style()), segment.text) for segment in segments if segment.text]
    return tuple(
        (words, "".join(text for _words, text in same)) for words, same in groupby(styled, lambda one: one[0])
    )


def _words(style: Style) -> str:
    """``style`` in words that rich reads."""
    words = [_colour(style.color), "on", _colour(style.bgcolor)]
    return " ".join(words + [name for name in ATTRIBUTES if getattr(style, name)])


def _colour(colour: Color | None) -> str:
    if colour is None or colour.is_default:
        return "default"
    return colour.triplet.hex if colour.triplet else colour.name


def _name(place: int) -> str:
    """a, b, ... Z, aa, ab, ..."""
    high, low = divmod(place, len(LETTERS))
    return (LETTERS[high - 1] if high else "") + LETTERS[low]


def read(written: str) -> ScreenPrint:
    """What ``write`` made. The blanks at the end of a line are those its runs still need."""
    texts, legend, counted = (part.split("\n") for part in written.split("\n--\n"))
    styles = dict(line.split(" ", 1) for line in legend if line)
    runs = [
        run for line in counted if line for run in [line.partition("x ")[2]] * int(line.partition("x ")[0])
    ]
    return ScreenPrint(tuple(_line(text, run, styles) for text, run in zip(texts, runs, strict=True)))


def _line(text: str, run: str, styles: Mapping[str, str]) -> Line:
    found, at = [], 0
    for name, size in _RUN.findall(run):
        found.append((styles[name], text[at : at + int(size)].ljust(int(size))))
        at += int(size)
    return tuple(found)
