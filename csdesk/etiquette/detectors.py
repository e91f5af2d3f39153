"""What a text does: greets, thanks, refuses, gives a reason, names a time ... by signs in the words.

Each act is one pattern per language, nothing else; how often they are right is measured by
``python -m tests.eval etiquette`` (docs/etiquette.md). The act names are those of research/corpora.md 2d;
``reqmore``, ``welcome`` and ``bye`` are CrossWOZ's.
"""

from __future__ import annotations

import re
from functools import lru_cache

from csdesk.etiquette import signs_en, signs_zh
from csdesk.etiquette.reading import EN, ZH, Reading, Span, read
from csdesk.masks import is_bank_card, is_identity_card

SIGNS = {ZH: signs_zh.SIGNS, EN: signs_en.SIGNS}

ACTS = tuple(signs_zh.SIGNS)
"""Every act by name; both languages know all of them."""

IDENTIFIER = "identifier"
"""Not an act but a thing: the number of an identity card or a bank card."""

_NUMBER = re.compile(r"(?<![a-z0-9@])\d(?:[ -]?\d){14,18}x?(?![a-z0-9])")


def find(act: str, reading: Reading) -> tuple[Span, ...]:
    """Where ``reading`` shows ``act``, in its plain form. Raises KeyError for an act nobody knows."""
    if act not in reading.known:
        found = _identifiers(reading) if act == IDENTIFIER else _signs(act, reading)
        reading.known[act] = found
    return reading.known[act]


def acts(text: str, lang: str = "") -> frozenset[str]:
    """The acts that ``text`` shows, in the language it is in unless ``lang`` says another."""
    reading = read(text, lang)
    return frozenset(act for act in ACTS if find(act, reading))


def shows(act: str, text: str, lang: str = "") -> bool:
    """Whether ``text`` shows ``act``."""
    return bool(find(act, read(text, lang)))


def mood_of(text: str, lang: str = "") -> int:
    """How a customer's message sounds: -2 abusive, -1 displeased, 1 friendly, else 0.

    The gravest sign counts: thanks in front of an insult are no thanks.
    """
    reading = read(text, lang)
    moods = signs_zh.MOODS if reading.lang == ZH else signs_en.MOODS
    for mood, pattern in moods:
        if _compiled(pattern).search(reading.plain):
            return mood
    return 0


def _signs(act: str, reading: Reading) -> tuple[Span, ...]:
    pattern = _compiled(SIGNS[reading.lang][act])
    return tuple(found.span() for found in pattern.finditer(reading.plain))


def _identifiers(reading: Reading) -> tuple[Span, ...]:
    spans = []
    for found in _NUMBER.finditer(reading.plain):
        number = re.sub("[ -]", "", found.group()).upper()
        if is_identity_card(number) or is_bank_card(number):
            spans.append(found.span())
    return tuple(spans)


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE)
