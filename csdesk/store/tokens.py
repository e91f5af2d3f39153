"""Words of the search index: Latin words as they are, Chinese as single characters and pairs.

Each run of CJK characters becomes all its characters, then all its neighbouring pairs, so
that one character is a term and any longer string is a phrase of pairs: recall and precision
are exact, and no dictionary is needed (measured at ten million messages).

What is a letter is decided here, not by the tokeniser behind the index: that one knows the
characters of 2012, and takes each later emoji or currency sign for a letter of the word beside it.
"""

from __future__ import annotations

import re
import unicodedata
from operator import add

CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
"""Inside of a character class: what is written without spaces between words."""

_RUN = re.compile(f"[{CJK}]+")
_DOUBTFUL = re.compile("[^\\w\x00-\u02ff\u2010-\u2064\u3001-\u301f]+")
"""No letters, and not surely known as none to the tokeniser."""
_is_sure = re.compile("[\u4e00-\u9fff\x00-\u02ff\u2010-\u2064\u3001-\u301f]*").fullmatch
"""Whether a text surely has none of those: asked first, because it is quickly answered."""

_ACCENTED = re.compile("[\u00c0-\u024f\u1e00-\u1eff]")


_WIDE_SIGNS = tuple(zip("，！？：；（）", ",!?:;()", strict=True))
"""What NFKC itself would make of them; without them it sees quickly that most Chinese texts stay as they are."""


def normalise(text: str) -> str:
    """The form that texts and queries share: NFKC, lower case, Latin letters without their accents."""
    for wide, narrow in _WIDE_SIGNS:
        if wide in text:
            text = text.replace(wide, narrow)
    plain = unicodedata.normalize("NFKC", text).lower()
    return plain if plain.isascii() else _ACCENTED.sub(_without_accent, plain)


def _without_accent(letter: re.Match[str]) -> str:
    base = unicodedata.normalize("NFD", letter.group())[0]
    return base if base.isalpha() else letter.group()


def index_text(text: str) -> str:
    """What the full-text table is fed for ``text``; the same text always gives the same words."""
    plain = normalise(text)
    if plain.isascii():
        return plain
    spread = _RUN.sub(_spread, plain)
    return spread if _is_sure(plain) else _DOUBTFUL.sub(" ", spread)


def _spread(run: re.Match[str]) -> str:
    chars = run.group()
    return f" {' '.join(chars)} {' '.join(map(add, chars, chars[1:]))} "
