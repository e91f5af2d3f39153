"""A whole conversation as a file carries it: what an import reads, an export writes, a replay plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from csdesk.model.conversation import Stage, Status, Tier
from csdesk.model.message import Sender
from csdesk.model.transcript_file import TranscriptFile

ASSUMED_STEP_MS = 30_000


class TranscriptMessage(NamedTuple):
    """One line of a transcript. ``at`` is UTC ms; ``id`` is the name its source gave it."""

    sender: Sender
    text: str
    at: int | None = None
    author: str | None = None
    id: str | None = None
    is_time_assumed: bool = False
    attachments: tuple[TranscriptFile, ...] = ()


@dataclass(frozen=True, slots=True)
class TranscriptContact:
    """What a file says of the person writing in."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation outside a store. ``(source, id)`` names it for ever; None is "not said"."""

    id: str
    messages: tuple[TranscriptMessage, ...]
    source: str | None = None
    lang: str | None = None
    inbox: str | None = None
    stage: Stage | None = None
    subject: str | None = None
    status: Status | None = None
    contact: TranscriptContact | None = None
    labels: tuple[str, ...] = ()


def assign_times(transcripts: Iterable[Transcript], starting_ms: int) -> Iterator[Transcript]:
    """Give each message without a time the one of its place in the file, marked as assumed.

    The n-th message of the whole file (the first is 0) would be written at ``starting_ms`` plus
    30 s times n (the rule of the import format). Where its neighbours do have times, it stays
    between them, so that a conversation keeps the order of the file. Lazy: one transcript at a time.
    """
    place = 0
    for transcript in transcripts:
        start_ms = starting_ms + place * ASSUMED_STEP_MS
        place += len(transcript.messages)
        if all(message.at is not None for message in transcript.messages):
            yield transcript
        else:
            yield replace(transcript, messages=_with_times(transcript.messages, start_ms))


def _with_times(messages: tuple[TranscriptMessage, ...], start_ms: int) -> tuple[TranscriptMessage, ...]:
    """The messages with every time filled in; the first one's place in the file is at ``start_ms``."""
    earliest: int | None = None
    times: list[int] = []
    for index, message in enumerate(messages):
        at = message.at
        if at is None:
            at = start_ms + index * ASSUMED_STEP_MS
            at = at if earliest is None else max(at, earliest)
        times.append(at)
        earliest = at
    for index in range(len(messages) - 2, -1, -1):
        if messages[index].at is None:
            times[index] = min(times[index], times[index + 1])
    return tuple(
        message if message.at is not None else message._replace(at=at, is_time_assumed=True)
        for message, at in zip(messages, times, strict=True)
    )
