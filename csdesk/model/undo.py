"""What an agent did that can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class UndoKind(StrEnum):
    """What can be taken back."""

    SEND = "send"
    CLAIM = "claim"
    RELEASE = "release"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    TRANSFER = "transfer"
    OFFER = "offer"
    SNOOZE = "snooze"
    LABEL = "label"
    PRIORITY = "priority"
    VIEW = "view"
    MERGE = "merge"


@dataclass(frozen=True, slots=True)
class Undoable:
    """One thing done to one conversation, and until when it can be taken back (UTC ms).

    What was done to many at once shares its ``batch`` (None: done alone). ``before`` is what going back needs, as JSON has it.
    """

    id: int
    kind: UndoKind
    conversation: int
    message: int | None
    before: dict[str, Any]
    until: int
    batch: int | None = None
