"""Files that came with a message: what the desk records of each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from csdesk.desk.context import Desk
from csdesk.ids import derived_uid
from csdesk.model.message import Attachment
from csdesk.model.operation import Kind
from csdesk.model.transcript_file import TranscriptFile
from csdesk.store import files
from csdesk.store.writer import Fact
from csdesk.text import clean_line

NAME_CHARS = 200
KIND_CHARS = 100
MEGABYTE = 1024 * 1024
UNKNOWN_KIND = "application/octet-stream"
LARGEST = (1 << 53) - 1
"""A size that JSON of any program carries whole; nobody sends more."""

_KIND = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_SHA256 = re.compile("[0-9a-f]{64}")
_LONGEST_ENDING = 16


Keep = Callable[[bytes], Path | None]
"""Writes bytes to the store's disk, to be kept once they are recorded; None when they are not to be kept."""


@contextmanager
def keeping(desk: Desk) -> Iterator[Keep]:
    """Take in the bytes of files, up to the size that the setting ``attachments.size_limit_mb`` allows.

    What is not recorded (``attachment_fact``, ``keep_arrived``) by the end is gone. ``Keep`` raises StoreError.
    """
    limit = desk.settings.attachments.size_limit_mb * MEGABYTE
    with files.arrivals(desk.store.path) as arrivals:
        yield lambda content: arrivals.add(content) if limit and len(content) <= limit else None


def described(name: str, kind: str, content: bytes, keep: Keep | None = None) -> TranscriptFile:
    """What is recorded of a file whose content is at hand, and is kept if ``keep`` takes it."""
    arrived = keep(content) if keep is not None else None
    digest = hashlib.sha256(content).hexdigest()
    return recorded(TranscriptFile(name, kind, len(content), digest, arrived=arrived))


def keep_arrived(found: Iterable[TranscriptFile]) -> None:
    """Inside the commit that records these files: keep the bytes of those that have arrived. Raises StoreError."""
    files.put_in_place(file.arrived for file in found if file.arrived is not None)


def recorded(file: TranscriptFile) -> TranscriptFile:
    """``file`` as it may be stored, whatever its sender claims: a bare name without a path, a media type."""
    kind = file.kind.strip().lower()
    return TranscriptFile(
        name=_bare_name(file.name),
        kind=kind if len(kind) <= KIND_CHARS and _KIND.fullmatch(kind) else UNKNOWN_KIND,
        size=min(max(file.size, 0), LARGEST),
        sha256=file.sha256 if _SHA256.fullmatch(file.sha256) else "",
        arrived=file.arrived,
    )


def attachment_facts(message: bytes, found: Iterable[TranscriptFile]) -> list[Fact]:
    """A fact for each file that came with ``message``."""
    return [attachment_fact(message, place, file) for place, file in enumerate(found)]


def attachment_fact(message: bytes, place: int, file: TranscriptFile, *, is_kept: bool = False) -> Fact:
    """The fact that ``file`` came with ``message`` as its ``place``-th file (the first is 0).

    ``is_kept``: its bytes are in their place already. ``kept`` in the fact says that the bytes were put beside this store then, so that ``verify`` can miss them.
    """
    kept = recorded(file)
    body = {"message": message.hex(), "name": kept.name, "kind": kept.kind, "size": kept.size}
    if kept.sha256:
        body["sha256"] = kept.sha256
    if kept.sha256 and (is_kept or kept.arrived is not None):
        body["kept"] = True
    return Fact(Kind.ATTACHMENT_ADDED, derived_uid("attachment", message.hex(), str(place)), body)


def as_file(attachment: Attachment) -> TranscriptFile:
    """A stored attachment as a transcript carries it."""
    return TranscriptFile(attachment.name, attachment.kind, attachment.size, attachment.sha256)


def _bare_name(name: str) -> str:
    """The last part of a path of any system, shortened in the middle so that its ending stays."""
    plain = clean_line(re.split(r"[/\\]", name)[-1])
    if len(plain) <= NAME_CHARS:
        return plain
    ending = plain[-_LONGEST_ENDING:]
    return f"{plain[: NAME_CHARS - len(ending) - 1]}…{ending}"
