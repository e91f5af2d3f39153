"""The message an answer is about, as it stands above the answer: whole in a letter, one line in chat."""

from __future__ import annotations

from csdesk.i18n import _
from csdesk.text import truncate

CHAT_CELLS = 60
LETTER_LINES = 200
"""More lines than this of a letter are not worth sending back."""


def quote_for_chat(text: str, author: str = "") -> str:
    """The beginning of ``text`` on one line behind a ``>``, and a new line to write in."""
    said = " ".join(text.split())
    return f"> {truncate(f'{author}: {said}' if author else said, CHAT_CELLS)}\n"


def quote_for_letter(text: str, author: str, time: str) -> str:
    """All lines of ``text`` behind ``>`` under who wrote them and when, and an empty line to write in.

    A line that is a quote already gets one sign more, without a space between, as mail programs do.
    """
    lines = text.strip("\n").split("\n")
    left_out = len(lines) > LETTER_LINES
    shown = [f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines[:LETTER_LINES]]
    head = _("On {time}, {name} wrote:").format(time=time, name=author)
    return "\n".join([head, *shown, *(["> …"] if left_out else [])]) + "\n\n"
