"""One thing that a text must say: how the index is asked for it, and how it is found in a text.

The index narrows, the pattern decides: what is shown was found in the text itself. Latin words are
whole words; Chinese is found anywhere. A sign beside a Chinese character counts, one between
Latin words is as good as any other.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from csdesk.store.tokens import CJK, normalise

_PIECE = re.compile(f"(?P<cjk>[{CJK}]+)|(?P<latin>(?:(?![{CJK}])[^\\W_])+)|(?P<gap>(?:(?![{CJK}])[\\W_])+)")
_WORD_STARTS = f"(?:(?<=[{CJK}])|(?<![^\\W_]))"
_WORD_ENDS = f"(?:(?=[{CJK}])|(?![^\\W_]))"
_is_cjk = re.compile(f"[{CJK}]").match
_ANY_GAP = "[\\W_]+"
LEAST_PREFIX = 3

Span = tuple[int, int]


@dataclass(frozen=True)
class Term:
    """``text`` as typed. ``match`` is its FTS5 expression ("" when no index helps: signs, emoji);
    ``needle`` a string that every fitting text holds in its normal form; with ``head`` each place begins.

    What fits is told by the pattern of ``source``; where the term is one Latin word (``is_word``; ``is_open``: it may
    go on) the letters beside the needle tell the same in a fifth of the time.
    """

    text: str
    match: str
    needle: str
    source: str
    head: str = ""
    is_word: bool = False
    is_open: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str] | None:
        """What finds the term in a normal form; None where that is the needle itself."""
        return None if self.source == re.escape(self.needle) else re.compile(self.source)

    def is_in(self, normal: str) -> bool:
        """Whether a text in its normal form says it."""
        at = normal.find(self.needle)
        if at < 0:
            return False
        if self.is_word:
            return self._word(normal, at) is not None
        return self.pattern is None or next(self._found(normal, self.pattern), None) is not None

    def spans(self, normal: str) -> list[Span]:
        """Where a text in its normal form says it."""
        spans: list[Span] = []
        size = len(self.needle)
        at = normal.find(self.needle)
        if self.is_word:
            while (word := self._word(normal, at)) is not None:
                spans.append((word, word + size))
                at = normal.find(self.needle, word + size)
            return spans
        if self.pattern is not None:
            return list(self._found(normal, self.pattern)) if at >= 0 else []
        while at >= 0:
            spans.append((at, at + size))
            at = normal.find(self.needle, at + size)
        return spans

    def _word(self, normal: str, at: int) -> int | None:
        """Where the needle, which stands at ``at``, stands as a word for the first time from there on."""
        while at >= 0:
            end = at + len(self.needle)
            if (at == 0 or _is_edge(normal[at - 1])) and (
                self.is_open or end == len(normal) or _is_edge(normal[end])
            ):
                return at
            at = normal.find(self.needle, at + 1)
        return None

    def _found(self, normal: str, pattern: re.Pattern[str]) -> Iterator[Span]:
        """As ``finditer``, but tried only where ``head`` stands: a look behind would be tried everywhere."""
        if not self.head:
            yield from (found.span() for found in pattern.finditer(normal))
            return
        at = normal.find(self.head)
        while at >= 0:
            found = pattern.match(normal, at)
            if found:
                yield found.span()
            at = normal.find(self.head, found.end() if found else at + 1)


def _is_edge(char: str) -> bool:
    """Whether a Latin word may begin behind ``char``, and end before it."""
    return not char.isalnum() or _is_cjk(char) is not None


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str


def terms_of(typed: str, *, is_phrase: bool, is_prefix: bool = False) -> list[Term]:
    """The terms of one typed word, or of one phrase from quotes.

    A word that changes between Chinese and Latin is several terms (``kindle区别``); a phrase stays
    whole. With ``is_prefix`` its last Latin word may go on.
    """
    pieces = [_Piece(str(each.lastgroup), each.group()) for each in _PIECE.finditer(normalise(typed).strip())]
    groups = [pieces] if is_phrase else _split_at_scripts(pieces)
    found = [
        _term(typed, group, is_prefix and number == len(groups) - 1) for number, group in enumerate(groups)
    ]
    return [term for term in found if term is not None]


def _split_at_scripts(pieces: list[_Piece]) -> list[list[_Piece]]:
    groups: list[list[_Piece]] = []
    before = "gap"
    for piece in pieces:
        if not groups or {before, piece.kind} == {"cjk", "latin"}:
            groups.append([])
        groups[-1].append(piece)
        before = piece.kind
    return groups


def _term(typed: str, pieces: list[_Piece], is_prefix: bool) -> Term | None:
    pieces = _without_idle_signs(pieces)
    if not pieces:
        return None
    sources: list[str] = []
    for number, piece in enumerate(pieces):
        before = pieces[number - 1].kind if number else "gap"
        after = pieces[number + 1].kind if number + 1 < len(pieces) else "gap"
        if piece.kind == "latin":
            is_open = is_prefix and number == len(pieces) - 1
            sources.append(
                (_WORD_STARTS if before == "gap" else "")
                + re.escape(piece.text)
                + (_WORD_ENDS if after == "gap" and not is_open else "")
            )
        elif piece.kind == "gap" and before == after == "latin":
            sources.append(_ANY_GAP)
        else:
            sources.append(r"\s+".join(re.escape(part) for part in re.split(r"\s+", piece.text)))
    solid = [piece.text for piece in pieces if piece.kind != "gap"] or [
        "".join(p.text for p in pieces).split()[0]
    ]
    head = pieces[0].text.split()[0] if pieces[0].text[:1].strip() else ""
    is_word = [piece.kind for piece in pieces] == ["latin"]
    return Term(
        typed, _match(pieces, is_prefix), max(solid, key=len), "".join(sources), head, is_word, is_prefix and is_word
    )  # fmt: skip


def _without_idle_signs(pieces: list[_Piece]) -> list[_Piece]:
    """Signs at an end of a term count only beside Chinese, or where there is nothing else."""
    if len(pieces) > 1 and pieces[0].kind == "gap" and pieces[1].kind == "latin":
        pieces = pieces[1:]
    if len(pieces) > 1 and pieces[-1].kind == "gap" and pieces[-2].kind == "latin":
        pieces = pieces[:-1]
    return [piece for piece in pieces if piece.text.strip()] if len(pieces) == 1 else pieces


def _match(pieces: list[_Piece], is_prefix: bool) -> str:
    """The FTS5 expression: quoted strings of letters and digits only, so no syntax gets through."""
    phrases: list[str] = []
    latin: list[str] = []
    for piece in pieces:
        if piece.kind == "latin":
            latin.append(piece.text)
        elif piece.kind == "cjk":
            phrases += _quoted([" ".join(latin)]) + _quoted([_pairs(piece.text)])
            latin = []
    tail = _quoted([" ".join(latin)])
    if tail and is_prefix:
        tail = [tail[0] + " *"]
    return " AND ".join(phrases + tail)


def _quoted(texts: list[str]) -> list[str]:
    return [f'"{text}"' for text in texts if any(map(str.isalnum, text))]


def _pairs(run: str) -> str:
    """A run as the index holds it: pairs, or the one character."""
    plain = "".join(char if char.isalnum() else " " for char in run)
    if len(plain) == 1:
        return plain
    return " ".join(plain[i : i + 2] for i in range(len(plain) - 1))


_SIMPLE = "\x00-\x7f\u2010-\u2016\u2018-\u201f\u3000-\u301f\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e"
"""Characters that keep their number under ``normalise``: one becomes one."""

_JOINS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u093c\u09be\u0e31-\u0e4e\u1160-\u11ff\u3099\u309a\uff9e\uff9f"
)
"""What may melt into the character before it."""

_is_simple = re.compile(f"[{_SIMPLE}]*").fullmatch
_PARTS = re.compile(f"[{_SIMPLE}]+(?![{_JOINS}])|.[{_JOINS}]*", re.DOTALL)


class Places:
    """From places in the normal form of a text to places in the text itself."""

    def __init__(self, text: str, normal: str | None = None) -> None:
        self.normal = normalise(text) if normal is None else normal
        self._is_known = True
        self._parts: list[tuple[int, int, int]] | None = (
            None if text.isascii() or _is_simple(text) else self._map(text)
        )

    def _map(self, text: str) -> list[tuple[int, int, int]]:
        """Where each part begins in the normal form and in the text; and the length of one that may be
        taken apart again (one character for one), else 0."""
        parts: list[tuple[int, int, int]] = []
        normals: list[str] = []
        at = 0
        for part in _PARTS.finditer(text):
            normal = normalise(part.group())
            parts.append((at, part.start(), len(normal) if _is_simple(part.group()) else 0))
            normals.append(normal)
            at += len(normal)
        self._is_known = "".join(normals) == self.normal
        return [*parts, (at, len(text), 0)]

    @property
    def is_same(self) -> bool:
        """Whether places in both are the same."""
        return self._parts is None

    def original(self, span: Span) -> Span | None:
        """Where ``span`` of the normal form stands in the text; None when that cannot be told."""
        if self._parts is None:
            return span
        if not self._is_known:
            return None
        first = bisect_right(self._parts, span[0], key=lambda part: part[0]) - 1
        last = bisect_right(self._parts, span[1] - 1, key=lambda part: part[0]) - 1
        begin, start, length = self._parts[first]
        begin_of_last, start_of_last, length_of_last = self._parts[last]
        return (
            start + (span[0] - begin if length else 0),
            start_of_last + span[1] - begin_of_last if length_of_last else self._parts[last + 1][1],
        )
