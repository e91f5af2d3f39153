"""Files that came with a message: what the desk records of each."""

from __future__ import annotations

import hashlib
import re

from csdesk.ids import derived_uid
from csdesk.model.message import Attachment
from csdesk.model.operation import Kind
from csdesk.model.transcript import TranscriptFile
from csdesk.store.writer import Fact
from csdesk.text import clean_line

NAME_CHARS = 200
KIND_CHARS = 100
UNKNOWN_KIND = "application/octet-stream"

_KIND = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_SHA256 = re.compile("[0-9a-f]{64}")
_LONGEST_ENDING = 16


def described(name: str, kind: str, content: bytes) -> TranscriptFile:
    """What is recorded of a file whose content is at hand."""
    return recorded(TranscriptFile(name, kind, len(content), hashlib.sha256(content).hexdigest()))


def recorded(file: TranscriptFile) -> TranscriptFile:
    """``file`` as it may be stored, whatever its sender claims: a bare name without a path, a media type."""
    kind = file.kind.strip().lower()
    return TranscriptFile(
        name=_bare_name(file.name),
        kind=kind if len(kind) <= KIND_CHARS and _KIND.fullmatch(kind) else UNKNOWN_KIND,
        size=max(file.size, 0),
        sha256=file.sha256 if _SHA256.fullmatch(file.sha256) else "",
    )


def attachment_fact(message: bytes, place: int, file: TranscriptFile) -> Fact:
    """The fact that ``file`` came with ``message`` as its ``place``-th file (the first is 0)."""
    kept = recorded(file)
    body = {"message": message.hex(), "name": kept.name, "kind": kept.kind, "size": kept.size}
    if kept.sha256:
        body["sha256"] = kept.sha256
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
