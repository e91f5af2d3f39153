"""A title for a text that has none: what it begins with behind its greeting."""

from __future__ import annotations

import re

from csdesk import template
from csdesk.text import cell_width, clean_line, truncate

TITLE_CELLS = 24
SHORTEST_CELLS = 8
"""A beginning shorter than this says too little to be a title."""

_GREETING = re.compile(
    r"(?:(?:亲爱的|亲|您好|你好|hi|hello)?[\s，,。.!！、~～]+|亲爱的|您好|你好)+", re.IGNORECASE
)
_END = re.compile(r"[，,。！？!?;；\n]|\.\s")


def title_of(text: str) -> str:
    """The first words of ``text`` up to a comma or the end of the sentence, cut to a title."""
    whole = text.strip()
    greeting = _GREETING.match(whole)
    line = whole[greeting.end() :] if greeting else whole
    ends = [
        found.start() for found in _END.finditer(line) if cell_width(line[: found.start()]) >= SHORTEST_CELLS
    ]
    return (
        truncate(clean_line(line[: min(ends, default=len(line))]), TITLE_CELLS)
        or clean_line(text)[:TITLE_CELLS]
    )


def title_of_body(body: str) -> str:
    """The same of a body: placeholders stand for their fallbacks, or for nothing; the body itself where nothing else is left."""
    said: list[str] = []
    at = 0
    for part in template.placeholders(body):
        said += [body[at : part.start], part.fallback or ""]
        at = part.end
    words = "".join([*said, body[at:]]).replace(template.ESCAPED_OPENING, template.OPENING)
    return title_of(words if words.strip() else body)
