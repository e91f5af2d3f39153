"""What a person may want of a message on the clipboard: its numbers, its text, a quote of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from csdesk.i18n import _
from csdesk.model.message import Message, Sender
from csdesk.text import clean_line, truncate
from csdesk.text.links import numbers_in

MOST_NUMBERS = 6
SHOWN_CELLS = 30


@dataclass(frozen=True, slots=True)
class Part:
    """``text`` to copy, and ``label`` to choose it by."""

    label: str
    text: str


def parts(message: Message, ref: str) -> list[Part]:
    """What can be copied of ``message`` in the conversation ``ref`` (without #), the likeliest first."""
    text = message.shown_text
    numbers = [
        Part(_("Number {number}").format(number=number), number) for number in numbers_in(text)[:MOST_NUMBERS]
    ]
    whole = [
        Part(_("Text: {text}").format(text=truncate(clean_line(text), SHOWN_CELLS)), text),
        Part(_("Text as a quote"), quoted(text)),
    ]
    return [*numbers, *(whole if text else []), Part(_("Conversation #{ref}").format(ref=ref), f"#{ref}")]


def quoted(text: str) -> str:
    """``text`` as mail quotes it (RFC 3676, 4.5): every line behind ``>``."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def newest_of_customer(shown: Sequence[Message]) -> Message | None:
    """The last of these messages that a customer wrote."""
    return next((message for message in reversed(shown) if message.sender is Sender.CUSTOMER), None)
