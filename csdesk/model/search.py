"""What a search finds: one hit is one message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from csdesk.model.message import Sender


class FoundIn(StrEnum):
    """Where the words stood."""

    TEXT = "text"
    CONTACT = "contact"
    SUBJECT = "subject"


class Hit(NamedTuple):
    """A message, and the part of it that says what was searched for. A tuple: thousands are made at a time.

    ``snippet`` is one line; ``spans`` are the places in it that fit (start, end), in code points. For
    a hit in the subject the snippet is the subject; for one in the contact's name the message's beginning.
    """

    message: int
    conversation: int
    ref: str
    contact_name: str
    tier: str | None
    status: str
    sender: Sender
    author_name: str
    at: int
    snippet: str
    spans: tuple[tuple[int, int], ...]
    found_in: FoundIn = FoundIn.TEXT


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some hits, and where the next ones begin (None at the end).

    ``is_complete`` is False when the time ran out: there may be more, ``next`` goes on from there.
    """

    hits: tuple[Hit, ...]
    next: str | None
    is_complete: bool


@dataclass(frozen=True, slots=True)
class HitCount:
    """How many hits there are; at least so many when not ``is_exact``."""

    number: int
    is_exact: bool
