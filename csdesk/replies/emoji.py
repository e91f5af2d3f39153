"""Emoji by what people type for them: English words, Chinese names, pinyin whole or by initials.

The table beside this module holds only signs of one code point that every terminal we measured draws two
cells wide, so a chosen emoji never shifts a line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("emoji.txt")
LEAST_LATIN: Final = 2
"""Letters before a Latin query finds anything: one letter behind a colon is not yet a question."""


@dataclass(frozen=True, slots=True)
class Emoji:
    """A sign, its words, its names, and how the names are typed: ``("kai", "xin")`` for 开心.

    ``lines`` is all that may be typed for it, each behind a line break, to pass over it quickly.
    """

    sign: str
    words: tuple[str, ...]
    names: tuple[str, ...]
    spellings: tuple[tuple[str, ...], ...]
    lines: str

    def latin(self) -> list[str]:
        """Its words, one by one and together, and its names in pinyin."""
        return [*self.words, " ".join(self.words), *("".join(each) for each in self.spellings)]

    def initials(self) -> list[str]:
        """Its names in pinyin initials."""
        return ["".join(syllable[0] for syllable in each) for each in self.spellings]


@lru_cache(maxsize=1)
def table() -> tuple[Emoji, ...]:
    """All of them in the order of the table, faces first. Read once, in about two milliseconds."""
    return tuple(_read(TABLE.read_text(encoding="utf-8").splitlines()))


def _read(lines: Sequence[str]) -> Iterator[Emoji]:
    for line in lines:
        if line and not line.startswith("#"):
            said, names, spelt = (part.split() for part in line.split("|"))
            spellings = tuple(tuple(each.split("'")) for each in spelt)
            read = Emoji(said[0], tuple(said[1:]), tuple(names), spellings, "")
            yield replace(read, lines="\n".join(["", *read.latin(), *read.initials(), *names]))


def find(query: str, recent: Sequence[str] = ()) -> list[Emoji]:
    """Emoji for ``query``, the best first: its first word, any word, beginning of a word, initials, part of a name.

    Among equals those of ``recent`` (signs, the last used first) lead. One Chinese character is enough,
    Latin letters take two.
    """
    asked = unicodedata.normalize("NFKC", query).casefold().replace("_", " ").replace("-", " ").strip()
    if not asked or (asked.isascii() and len(asked) < LEAST_LATIN):
        return []
    sought = f"\n{asked}" if asked.isascii() else asked
    ranked = [
        (rank, recent.index(each.sign) if each.sign in recent else len(recent), place, each)
        for place, each in enumerate(table())
        if sought in each.lines
        for rank in [_rank(each, asked)]
    ]
    return [each for _rank, _recency, _place, each in sorted(ranked, key=lambda one: one[:3])]


def _rank(emoji: Emoji, asked: str) -> int:
    """How well an emoji that fits does so, 0 the best."""
    typed = emoji.latin() if asked.isascii() else list(emoji.names)
    if asked in (emoji.words[0], emoji.names[0], "".join(emoji.spellings[0])):
        return 0
    if asked in typed:
        return 1
    if any(each.startswith(asked) for each in typed):
        return 2
    return 3 if asked.isascii() else 4
