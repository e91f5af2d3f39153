"""Packs of the team: files that a lead gives everybody through the hub, each with all its versions.

A version is one operation. Their order is that of the clocks (then the desks), so all desks number them alike, and
of two that were published apart the later one is current; the earlier stays in the history.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")

_PLACE: Final = "hub:"
MOST_BYTES: Final = 1024 * 1024
"""As large as a file of the loader may be (``yamlsafe.MAX_BYTES``)."""
MOST_NOTE: Final = 500
MOST_TITLE: Final = 200
MOST_BACK: Final = 20
"""Versions that are tried, the newest first, until one can be read."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


class Thing(StrEnum):
    """What a pack of the team holds: quick replies, or rules of the etiquette check."""

    REPLIES = "replies"
    ETIQUETTE = "etiquette"


def is_name(name: str) -> bool:
    """Whether a pack may be called so: as the id of a pack of quick replies."""
    return _NAME.fullmatch(name) is not None


def number_at(place: str) -> int | None:
    """The number of the version that was read from ``place``; None where that is a file."""
    number = place.rpartition("@")[2]
    return int(number) if place.startswith(_PLACE) and number.isdecimal() else None


def digest_of(text: str) -> str:
    """SHA-256 of a pack's text in UTF-8, in hexadecimal digits. Raises UnicodeEncodeError for half a character."""
    return sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a pack. ``number`` counts from 1; ``at`` is UTC ms; ``dot`` names the operation.

    ``overtaken_by`` is the number of the version that took its place though its author did not know this one; None
    for all others. A version that retires the pack has no text, and its ``digest`` is empty.
    """

    thing: str
    name: str
    number: int
    digest: str
    title: str
    note: str
    at: int
    agent_name: str
    dot: tuple[int, int]
    is_current: bool = False
    overtaken_by: int | None = None

    @property
    def is_retired(self) -> bool:
        """Whether it takes the pack away."""
        return not self.digest


@dataclass(frozen=True, slots=True)
class TeamFile:
    """The pack ``name`` as the team has it now. ``texts`` gives the numbers and texts of its versions, the newest
    first, back to where it was retired or never was."""

    name: str
    number: int
    digest: str
    texts: Callable[[], Iterable[tuple[int, str]]]

    def tried(self, read: Callable[[str, str], T], is_whole: Callable[[T], bool]) -> list[T]:
        """Versions as ``read(text, what errors call it)`` gives them, the newest first, until one is whole.

        The last of ``MOST_BACK`` may be broken too; nothing where the pack was taken away meanwhile.
        """
        found: list[T] = []
        for number, text in islice(iter(self.texts()), MOST_BACK):
            found.append(read(text, f"{_PLACE}{self.name}@{number}"))
            if is_whole(found[-1]):
                break
        return found
