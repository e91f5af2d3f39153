"""Which part of a found reply matched, for drawing it in bold."""

from __future__ import annotations

import re

from csdesk.model.reply import QuickReply
from csdesk.replies.keys import tokens

_LATIN_WORD = re.compile(r"[a-z0-9]{3,24}")

Span = tuple[int, int]


def spans_of(
    matched: str, reply: QuickReply, folded_title: str, text: str, pinyin: Span | None
) -> tuple[Span, ...]:
    """Ranges in the code (``matched`` is code) or the title. ``folded_title`` is as long as the title;
    ``pinyin`` is a range of its tokens."""
    if matched == "code":
        return ((0, len(text)),) if reply.code.startswith(text) else ()
    if matched == "title":
        at = folded_title.find(text)
        return ((at, at + len(text)),) if at >= 0 else ()
    if matched == "pinyin" and pinyin is not None:
        chosen = tokens(reply.title)[pinyin[0] : pinyin[1]]
        return ((chosen[0][0], chosen[-1][1]),)
    return ()


def latin_words(title: str) -> list[str]:
    """The words of a folded title in which a slip of the finger is looked for."""
    return _LATIN_WORD.findall(title)
