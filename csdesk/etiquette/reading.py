"""A text as rules read it: one form for all ways to write the same, every character knowing its place.

Latin letters are small, full-width letters and digits plain, traditional characters simplified,
punctuation that of the language. What is not the agent's own saying is blotted out: web addresses, what
stands in quotation marks or behind ``>``. Open slots and placeholders stand for a value nobody knows yet.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

from csdesk.etiquette.folding import FOLD
from csdesk.text import is_boundary, next_boundary, previous_boundary

HIDDEN = "\ue000"
"""Stands for each character that is not the agent's own saying."""
VALUE = "\ue001"
"""Stands for each character of an open slot or placeholder: some value will stand there."""
LONGEST = 4000
"""Code points that are read; a longer text is judged by its beginning."""

ZH, EN = "zh", "en"
LANGS = (ZH, EN)

Span = tuple[int, int]

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile("[A-Za-z]")
_MASKS = (
    (re.compile(r"\{{1,2}[^{}\n]{1,60}\}{1,2}"), VALUE),
    (re.compile(r"(?:https?://|www\.)[^\s\u3000-\u9fff]{1,300}"), HIDDEN),
    (re.compile("“[^“”\n]{1,60}”|「[^「」\n]{1,60}」|『[^『』\n]{1,60}』|《[^《》\n]{1,60}》"), HIDDEN),
    (re.compile(r"^>[^\n]{0,400}", re.MULTILINE), HIDDEN),
)
_QUOTES_EN = re.compile(r'(?<![a-z])"[^"\n]{1,80}"')
_TO_FULL = dict(zip(",!?;:()", "，！？；：（）", strict=True)) | {"～": "~", "∼": "~"}
_TO_PLAIN = dict(zip("，！？；：（）。、", ",!?;:().,", strict=True)) | {
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
}

_CUT = {ZH: re.compile("[，。！？；：、~…—\\s.]+"), EN: re.compile(r"[,.!?;:\n~…]+")}
_NOISE = re.compile("\\[[^\\[\\]\n]{1,8}\\]|[^\\w\\s\ue000\ue001'’-]")
_VOCATIVE = {
    ZH: re.compile(
        "(?:亲爱的|亲亲|亲|宝贝|宝宝|宝子|您好|你好|先生|女士|小姐姐|小姐|老板|美女|帅哥|哈喽|那个)"
    ),
    EN: re.compile(r"(?:hi|hello|hey|dear|sir|madam|ma'am|well|um|uh|so)\b\s?"),
}
_TAIL = {
    ZH: re.compile("[哦呢啊呀哈嘛的了噢喔呐哒滴吧啦哟诶欸嘞]{1,6}$"),
    EN: re.compile(r"\s(?:sir|madam|ma'am)$"),
}


@dataclass(slots=True)
class Reading:
    """One text in its normal form. Spans are offsets of ``plain``; :meth:`place` gives those of the text."""

    text: str
    lang: str
    plain: str
    origins: list[int]
    known: dict[str, tuple[Span, ...]] = field(default_factory=dict)
    """What detectors found so far, by name: most rules ask for the same few."""

    def place(self, span: Span) -> Span:
        """Code points of the text that ``span`` covers, whole graphemes always."""
        start, end = span
        if start >= end:
            return 0, len(self.text)
        first, last = self.origins[start], self.origins[end - 1] + 1
        if not is_boundary(self.text, first):
            first = previous_boundary(self.text, first)
        if not is_boundary(self.text, last):
            last = next_boundary(self.text, last)
        return first, last

    @property
    def whole(self) -> Span:
        return 0, len(self.plain)

    def clauses(self) -> list[str]:
        """What is said, clause by clause, without vocatives, particles at the end, emoji and signs."""
        found = []
        for piece in _CUT[self.lang].split(self.plain):
            said = _NOISE.sub("", piece).strip()
            said = _without_vocatives(said, self.lang)
            if said:
                found.append(said)
        return found


def language_of(text: str, default: str = ZH) -> str:
    """``zh`` for a text with Chinese characters, ``en`` for one with Latin letters only, else ``default``."""
    if _HAN.search(text):
        return ZH
    return EN if _LATIN.search(text) else (default or ZH)


def read(text: str, lang: str = "") -> Reading:
    """``text`` in its normal form; without ``lang``, in the language it shows."""
    lang = lang or language_of(text)
    blotted = _blot(text[:LONGEST], lang)
    plain: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(blotted):
        written = _plain(character, lang)
        plain.append(written)
        origins.extend([index] * len(written))
    return Reading(text, lang, "".join(plain), origins)


def normal(text: str, lang: str) -> str:
    """A word of a rule in the form that texts are read in."""
    return "".join(_plain(character, lang) for character in text)


def bare(clause: str, lang: str) -> str:
    """A clause without the particles at its end; the clause itself when it is nothing else."""
    return _TAIL[lang].sub("", clause) or clause


def _without_vocatives(said: str, lang: str) -> str:
    while said and (found := _VOCATIVE[lang].match(said)):
        said = said[found.end() :].strip()
    return said


def _blot(text: str, lang: str) -> str:
    for pattern, sign in _MASKS:
        text = pattern.sub(lambda found, sign=sign: sign * len(found.group()), text)  # type: ignore[misc]
    if lang == EN:
        text = _QUOTES_EN.sub(lambda found: HIDDEN * len(found.group()), text)
    return text


@lru_cache(maxsize=8192)
def _plain(character: str, lang: str) -> str:
    """One character in its normal form: nothing for what takes no place, else one or more."""
    signs = _TO_FULL if lang == ZH else _TO_PLAIN
    if character in signs:
        return signs[character]
    if character.isascii():
        return character.lower()
    if character in FOLD:
        return FOLD[character]
    if unicodedata.category(character) in ("Cf", "Mn", "Me"):
        return ""
    wide = unicodedata.normalize("NFKC", character)
    return wide.lower() if wide.isalnum() and wide != character else character
