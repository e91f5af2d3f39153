"""Conversations as JSON lines: a streaming reader that survives any file, and the writer for it.

The reader holds one line at a time and never more than LINE_LIMIT bytes of it, so neither a file of
many gigabytes nor a single endless line can fill the memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from csdesk.clock import format_time
from csdesk.errors import DataError
from csdesk.formats.record import Problem, Record
from csdesk.formats.shape import shown, to_transcript
from csdesk.i18n import _
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.model.transcript_file import TranscriptFile

LINE_LIMIT = 16 * 1024 * 1024
_CHUNK = 1024 * 1024
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_KEY = re.compile(r'"\s*:')


def read_transcripts(
    stream: BinaryIO, *, is_lenient: bool = False, line_limit: int = LINE_LIMIT
) -> Iterator[Record]:
    """Each line of ``stream`` as a transcript or as the reason why it is none; blank lines are skipped.

    Never raises for what is in the file. A byte order mark at the start is passed over.
    """
    number, end = 0, 0
    while raw := stream.readline(line_limit + 1):
        number, end = number + 1, end + len(raw)
        if number == 1 and raw.startswith(_UTF16_BOMS):
            yield Record(number, end, _utf16_problem(number))
            return
        if len(raw) > line_limit and not raw.endswith(b"\n"):
            end += _skip_line(stream)
            yield Record(number, end, _too_long(number, line_limit))
            continue
        line = raw.removeprefix(_UTF8_BOM) if number == 1 else raw
        if line.strip():
            yield Record(number, end, _read_line(line, number, is_lenient))


def load_transcripts(path: Path, *, is_lenient: bool = False) -> list[Transcript]:
    """All of a small file at once. Raises DataError at its first bad line, OSError when unreadable."""
    transcripts = []
    with path.open("rb") as stream:
        for read in read_transcripts(stream, is_lenient=is_lenient):
            if isinstance(read.content, Problem):
                problem = read.content
                raise DataError(
                    "import.bad_line",
                    _("{file}, line {line}: {reason}").format(
                        file=path.name, line=problem.line, reason=problem.reason
                    ),
                    problem.hint,
                )
            transcripts.append(read.content)
    return transcripts


def decode_line(raw: bytes, *, is_lenient: bool = False) -> Transcript:
    """One line of the format. Raises DataError with a clear reason for anything else."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            "import.not_utf8",
            _("Byte {position} of the line is not UTF-8.").format(position=error.start + 1),
            _("Save the file as UTF-8."),
        ) from None
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise _why_not_json(text) from None
    if _may_repeat_a_key(text, _count_keys(value)):
        _refuse_duplicates(text)
    return to_transcript(value, is_lenient=is_lenient)


def encode_line(transcript: Transcript) -> bytes:
    """The one canonical line for a transcript: keys in the format's order, absent ones left out.

    Ends with a newline. A time that was only assumed is left out too: it says nothing, and an
    import gives it again.
    """
    line: dict[str, Any] = {
        "id": transcript.id,
        "source": transcript.source,
        "lang": transcript.lang,
        "inbox": transcript.inbox,
        "stage": transcript.stage,
        "subject": transcript.subject,
        "status": transcript.status,
        "contact": _contact_object(transcript.contact),
        "labels": transcript.labels or None,
        "messages": [_message_object(message) for message in transcript.messages],
    }
    return msgspec.json.encode(_without_absent(line)) + b"\n"


def _contact_object(contact: TranscriptContact | None) -> dict[str, Any] | None:
    if contact is None:
        return None
    found = {
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "tier": contact.tier,
    }
    return _without_absent(found) or None


def _message_object(message: TranscriptMessage) -> dict[str, Any]:
    is_known = message.at is not None and not message.is_time_assumed
    return _without_absent(
        {
            "from": message.sender,
            "text": message.text,
            "at": format_time(message.at) if is_known and message.at is not None else None,
            "author": message.author,
            "id": message.id,
            "attachments": [_file_object(file) for file in message.attachments] or None,
        }
    )


def _file_object(file: TranscriptFile) -> dict[str, Any]:
    found = {"name": file.name, "kind": file.kind, "size": file.size, "sha256": file.sha256}
    return {key: value for key, value in found.items() if value or key == "name"}


def _without_absent(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value is not None}


def _read_line(raw: bytes, number: int, is_lenient: bool) -> Transcript | Problem:
    try:
        return decode_line(raw, is_lenient=is_lenient)
    except DataError as error:
        return Problem(number, error.sentence, error.hint)


def _skip_line(stream: BinaryIO) -> int:
    """Read on to the end of the line, in pieces; how many bytes that were."""
    skipped = 0
    while piece := stream.readline(_CHUNK):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped


def _too_long(number: int, line_limit: int) -> Problem:
    return Problem(
        number,
        _("The line is longer than {size} MiB.").format(size=f"{line_limit / 1024 / 1024:g}"),
        _("Is this the right file? The format has one conversation a line."),
    )


def _utf16_problem(number: int) -> Problem:
    return Problem(number, _("The file is UTF-16, not UTF-8."), _("Save the file as UTF-8."))


def _may_repeat_a_key(text: str, count: int) -> bool:
    """Whether a line of ``count`` keys deserves a look at each; False only when every key stands once.

    Keys that touch their colons, as nearly all programs write them, are counted at the speed of a search.
    """
    if text.count('":') == count and not any(spaced in text for spaced in _SPACED):
        return False
    return len(_KEY.findall(text)) != count


_SPACED = ('" ', '"\t', '"\r', '"\n')


def _count_keys(value: Any) -> int:
    """How many keys a decoded line has where the format has keys; ``acts`` may hold more."""
    if not isinstance(value, dict):
        return 0
    contact, messages = value.get("contact"), value.get("messages")
    inner = len(contact) if isinstance(contact, dict) else 0
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, dict):
            files = message.get("attachments")
            inner += len(message)
            inner += (
                sum(len(file) for file in files if isinstance(file, dict)) if isinstance(files, list) else 0
            )
    return len(value) + inner


class _NamedError(ValueError):
    """A fault met inside the decoder's hooks."""


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            raise _NamedError(_("The key {key} is there twice.").format(key=shown(key)))
        seen[key] = value
    return seen


def _refuse_constant(name: str) -> Any:
    raise _NamedError(_("{name} is not a JSON value.").format(name=name))


def _refuse_duplicates(text: str) -> None:
    """Raise DataError when a key stands twice in one object (a plain decoder keeps the last)."""
    try:
        json.loads(text, object_pairs_hook=_unique_pairs)
    except _NamedError as error:
        raise DataError("import.duplicate_key", str(error), _("Keep one of the two.")) from None


def _why_not_json(text: str) -> DataError:
    """What is wrong with a line that the decoder refused, found by a slower one that says where."""
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except _NamedError as error:
        return DataError("import.not_json", str(error), _("Write null, or leave the key out."))
    except RecursionError:
        return _too_deep()
    except json.JSONDecodeError as error:
        return DataError(
            "import.not_json",
            _("The line is not valid JSON (character {position}).").format(position=error.pos + 1),
            _("Each line must be one complete object in braces."),
        )
    except ValueError:
        return DataError(
            "import.not_json",
            _("The line holds a number that is too large."),
            _("Write long numbers as texts, in quotes."),
        )
    if _has_surrogate(text):
        return DataError(
            "import.lone_surrogate",
            _("The line holds half of a character (a lone surrogate escape)."),
            _("Export the file again with whole characters."),
        )
    return DataError(
        "import.not_json",
        _("The line holds a number that is too large."),
        _("Write long numbers as texts, in quotes."),
    )


def _too_deep() -> DataError:
    return DataError(
        "import.too_deep",
        _("The line is nested too deeply."),
        _("Is this the right file? The format needs three levels."),
    )


def _has_surrogate(text: str) -> bool:
    """Whether a text in the line decodes to half of a surrogate pair."""
    try:
        json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
