"""One quick reply on its way between systems, and what cannot come along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know of the reply that begins on ``line`` (0: not of a file)."""

    line: int
    reply: str
    """Its code or title, as far as it has one."""
    said: str


@dataclass(frozen=True, slots=True)
class ForeignReply:
    """A reply as a file has it, in our terms.

    ``fields`` are values of :class:`~csdesk.model.reply.QuickReply` by attribute; what the format cannot hold
    is absent, so that an import never empties it. ``suggested`` counts for a reply that is new. ``code`` is as
    the file has it, perhaps none that can be typed here; "" where the format knows none.
    """

    line: int
    fields: Mapping[str, Any]
    suggested: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """What a file holds: replies, the records that are none, and what was passed over."""

    replies: tuple[ForeignReply, ...]
    refused: tuple[Remark, ...] = ()
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """The text of an export, and what the format could not hold."""

    text: str
    remarks: tuple[Remark, ...] = ()
