"""A mailbox file: mails one behind the other, brought together to conversations.

It is read twice: once for the headers, which say what belongs together, and again for one mail after the
other by its place, so that no more than one conversation's texts are held. The splitting is our own
(``mailbox`` of the standard library tells no line numbers and holds a mail of any length).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from csdesk.desk.attaching import Keep
from csdesk.errors import DataError, UsageError
from csdesk.formats.loose import NAME_CHARS, in_order
from csdesk.formats.mail_message import ID_CHARS, MailHead, body_of, head_of, parse
from csdesk.formats.mail_threads import Addresses, plain_subject, thread_name, threads, without_quote
from csdesk.formats.options import ReadOptions
from csdesk.formats.record import Problem, Record
from csdesk.i18n import _
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage

NAME = "mbox"
INBOX = "email"
MAIL_LIMIT = 64 * 1024 * 1024
HEAD_LIMIT = 256 * 1024
_LINE = 1024 * 1024
_SEPARATOR = re.compile(rb"From .*\d\d:\d\d.*\r?\n?")
_STUFFED = re.compile(rb"^>(>*From )", re.MULTILINE)
_SUGGESTED = 3
_TEXT_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail lies: offsets of its first byte and behind its last, its line, its separator line."""

    start: int
    end: int
    line: int
    envelope: str


def read_mbox(path: Path, options: ReadOptions) -> Iterator[Record]:
    """Each thread of a mailbox, or of one saved mail, as a conversation; and the mails that cannot be read.

    Raises UsageError when ``options.me`` does not say which addresses are ours.
    """
    mine = Addresses.of(options.me)
    with path.open("rb") as stream:
        places = list(mails(stream))
        heads = [_head(stream, place, options) for place in places]
        if not options.me:
            raise _who_are_we(heads)
        for numbers in threads(heads, mine):
            yield from _thread(stream, places, heads, numbers, mine, options)


def mails(stream: BinaryIO) -> Iterator[Place]:
    """The places of the mails. A file without separator lines is one mail."""
    start = line = begun_on = offset = 0
    envelope, is_blank, is_line_start = "", True, True
    while raw := stream.readline(_LINE):
        line += is_line_start
        if is_blank and is_line_start and _SEPARATOR.fullmatch(raw):
            if offset > start:
                yield Place(start, offset, begun_on, envelope)
            envelope, start, begun_on = raw.decode("ascii", "replace").strip(), offset + len(raw), line + 1
        is_blank = not raw.strip() if is_line_start else False
        is_line_start = raw.endswith(b"\n")
        offset += len(raw)
    if offset > start:
        yield Place(start, offset, begun_on or 1, envelope)


def _head(stream: BinaryIO, place: Place, options: ReadOptions) -> MailHead:
    stream.seek(place.start)
    raw = stream.read(min(place.end - place.start, HEAD_LIMIT))
    ending = re.search(rb"\r?\n\r?\n", raw)
    return head_of(parse(raw[: ending.end()] if ending else raw), options.zone, place.envelope)


def _who_are_we(heads: Sequence[MailHead]) -> UsageError:
    """The addresses most mails have in common are probably ours; a person has to say so."""
    counted = Counter(
        address
        for head in heads
        for address in {head.sender[1], *(each for _name, each in head.receivers)}
        if address
    )
    likely = [address for address, _count in counted.most_common(_SUGGESTED)]
    hint = (
        _("The most frequent ones here: {addresses}.").format(addresses=", ".join(likely)) if likely else ""
    )
    return UsageError(
        "import.who_are_we",
        _("Which addresses are ours? --me ADDRESS says who is the agent, --me @shop.example a whole domain."),
        hint,
    )


def _thread(
    stream: BinaryIO,
    places: Sequence[Place],
    heads: Sequence[MailHead],
    numbers: Sequence[int],
    mine: Addresses,
    options: ReadOptions,
) -> Iterator[Record]:
    messages: dict[str, TranscriptMessage] = {}
    for number in numbers:
        place = places[number]
        try:
            is_reply = bool(messages) and not options.keep_quotes
            message = _message(stream, place, heads[number], mine, is_reply, options.keep)
        except DataError as error:
            problem = Problem(place.line, error.sentence, error.hint, number + 1)
            yield Record(place.line, place.end, problem, number + 1)
            continue
        messages.setdefault(message.id or "", message)
    if messages:
        first = numbers[0]
        ours = [heads[number] for number in numbers]
        content = Transcript(
            id=_short_id(thread_name(ours)) or next(iter(messages)),
            messages=in_order(list(messages.values())),
            source=NAME,
            inbox=INBOX,
            subject=plain_subject(ours[0].subject) or None,
            contact=_contact(ours, mine),
        )
        yield Record(places[first].line, places[max(numbers)].end, content, first + 1)


def _message(
    stream: BinaryIO, place: Place, head: MailHead, mine: Addresses, is_reply: bool, keep: Keep | None
) -> TranscriptMessage:
    """One mail. Raises DataError when it is too large or nested too deeply to be read."""
    if place.end - place.start > MAIL_LIMIT:
        raise DataError(
            "import.too_long",
            _("The mail is longer than {size} MiB.").format(size=MAIL_LIMIT // 1024 // 1024),
            _("Take it out of the mailbox; the others are read."),
        )
    stream.seek(place.start)
    raw = _STUFFED.sub(rb"\1", stream.read(place.end - place.start))
    try:
        body = body_of(parse(raw), keep)
    except RecursionError:
        raise DataError(
            "import.too_deep", _("The mail is nested too deeply."), _("Take it out; the others are read.")
        ) from None
    text = without_quote(body.text) if is_reply else body.text
    name, address = head.sender
    return TranscriptMessage(
        sender=_sender(head, mine),
        text=text if len(text) <= _TEXT_CHARS else f"{text[: _TEXT_CHARS - 1]}…",
        at=head.at,
        author=(name or address)[:NAME_CHARS] or None,
        id=_short_id(head.id) or hashlib.sha256(raw).hexdigest()[:32],
        attachments=body.files,
    )


def _sender(head: MailHead, mine: Addresses) -> Sender:
    """What a machine wrote is nobody's reply, and nobody waits for an answer to it."""
    if head.is_automatic:
        return Sender.SYSTEM
    return Sender.AGENT if mine.include(head.sender[1]) else Sender.CUSTOMER


def _contact(heads: Sequence[MailHead], mine: Addresses) -> TranscriptContact | None:
    """The first who is not one of us: as sender, else as receiver."""
    senders = [head.sender for head in heads]
    receivers = [pair for head in heads for pair in head.receivers]
    for name, address in (*senders, *receivers):
        if address and not mine.include(address) and len(address) <= NAME_CHARS:
            return TranscriptContact(name=name[:NAME_CHARS] or None, email=address)
    return None


def _short_id(name: str) -> str:
    """A Message-ID, or what stands for one that is too long."""
    return name if len(name) <= ID_CHARS else hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:32]
