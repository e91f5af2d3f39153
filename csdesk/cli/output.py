"""What a command prints: answers on stdout, narration and refusals on stderr.

Everything printed is free of terminal control characters, whoever wrote it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress

from csdesk.errors import CsdeskError

GAP = "  "
MOST_CHARS = 2_000
"""Of a refusal: what a terminal shows at a glance, and more than any path is long."""
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)


def print_json(thing: object) -> None:
    """One JSON document on stdout, readable, in UTF-8."""
    sys.stdout.write(to_json(thing) + "\n")


def to_json(thing: object) -> str:
    """``thing`` as indented JSON; characters that steer a terminal are written as escapes."""
    return _CONTROL.sub(_escaped, json.dumps(thing, ensure_ascii=False, indent=2))


def say(text: str = "") -> None:
    """Text for a person, on stdout."""
    sys.stdout.write(harmless(text) + "\n")


def drop_the_rest() -> None:
    """Nobody reads stdout: what it still holds goes nowhere, and who leaves does not wait for a reader."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def narrate(text: str) -> None:
    """What is going on, on stderr: never part of the answer."""
    sys.stderr.write(harmless(text) + "\n")


def narrate_error(error: CsdeskError, as_json: bool) -> None:
    """A refusal on stderr: a sentence and a next step, or one JSON document."""
    if as_json:
        told = {"code": error.code, "sentence": _bounded(error.sentence), "hint": _bounded(error.hint)}
        sys.stderr.write(to_json({"error": told}) + "\n")
        return
    narrate(f"csdesk: {_bounded(error.sentence)}")
    if error.hint:
        narrate(_bounded(error.hint))


def _bounded(sentence: str) -> str:
    """A sentence that repeats what was typed stays one, however much that was."""
    if len(sentence) <= MOST_CHARS:
        return sentence
    half = MOST_CHARS // 2
    return f"{sentence[:half]} … {sentence[-half:]}"


def harmless(text: str) -> str:
    """``text`` with every character that steers a terminal as a visible stand-in."""
    return _CONTROL.sub("�", text)


def print_table(rows: Sequence[Sequence[str]], headers: Sequence[str] = (), widest: int = 40) -> None:
    """Rows in columns aligned by cell width on stdout; a cell over ``widest`` cells is cut.

    The last column is neither cut nor padded. Line breaks within a cell become spaces.
    """
    for line in table_lines(rows, headers, widest):
        sys.stdout.write(line + "\n")


def table_lines(rows: Sequence[Sequence[str]], headers: Sequence[str] = (), widest: int = 40) -> list[str]:
    """The lines ``print_table`` prints."""
    from csdesk.text import cell_width, truncate

    grid = [
        [harmless(" ".join(cell.split())) for cell in row]
        for row in ([headers] if headers else []) + list(rows)
    ]
    for row in grid:
        row[:-1] = [truncate(cell, widest) for cell in row[:-1]]
    columns = max((len(row) for row in grid), default=0)
    widths = [max((cell_width(row[at]) for row in grid if at < len(row)), default=0) for at in range(columns)]
    return [
        GAP.join(
            cell if at == len(row) - 1 else cell + " " * (widths[at] - cell_width(cell))
            for at, cell in enumerate(row)
        ).rstrip()
        for row in grid
    ]


def _escaped(found: re.Match[str]) -> str:
    number = ord(found.group())
    if number > 0xFFFF:
        high, low = divmod(number - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
    return f"\\u{number:04x}"
