"""One mail as other programs wrote it, well or badly: who, when, what, and what came with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_tz

from csdesk.desk.attaching import Keep, described
from csdesk.formats.html_text import text_of
from csdesk.formats.shape import EARLIEST_MS, LATEST_MS
from csdesk.model.transcript_file import TranscriptFile

ONE_HOUR_MS = 3_600_000
REFERENCES_KEPT = 100
PARTS_READ = 200
ID_CHARS = 200

_CHINESE = frozenset({"gb2312", "gbk", "gb_2312-80", "cp936", "x-gbk", "euc-cn", "chinese"})
_ID = re.compile(r"<([^<>\s]{1,400})>")
_BULK = ("bulk", "junk", "list", "auto_reply")


class _RawHeaders(Compat32):
    """Headers as their bytes were: the stock policies raise for some of what is really sent."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


_POLICY = _RawHeaders()


@dataclass(frozen=True, slots=True)
class MailHead:
    """What threads are made from. ``at`` is UTC ms, None when the mail gives no possible time.

    ``sender`` and ``receivers`` are pairs of name and address (small letters); ``is_automatic`` after RFC 3834.
    """

    id: str
    references: tuple[str, ...]
    subject: str
    sender: tuple[str, str]
    receivers: tuple[tuple[str, str], ...]
    at: int | None
    is_automatic: bool


@dataclass(frozen=True, slots=True)
class MailBody:
    """The text a person wrote, and the files beside it."""

    text: str
    files: tuple[TranscriptFile, ...]


def parse(raw: bytes) -> Message:
    """The mail of these bytes. Any bytes are a mail; RecursionError for absurd nesting."""
    return message_from_bytes(raw, policy=_POLICY)


def head_of(mail: Message, zone: tzinfo = UTC, envelope: str = "") -> MailHead:
    """What the headers say; ``envelope`` is the line that mbox puts before a mail, with a time of its own."""
    from_ = _addresses(mail, "From") or _addresses(mail, "Sender") or (("", ""),)
    receivers = [
        pair for name in ("To", "Cc", "Delivered-To", "X-Original-To") for pair in _addresses(mail, name)
    ]
    found = [each for name in ("References", "In-Reply-To") for each in _ID.findall(header(mail, name))]
    own = _ID.search(header(mail, "Message-ID"))
    return MailHead(
        id=own[1] if own else "",
        references=tuple(dict.fromkeys(found))[:REFERENCES_KEPT],
        subject=" ".join(header(mail, "Subject").split()),
        sender=from_[0],
        receivers=tuple(dict.fromkeys(receivers)),
        at=_time(mail, zone, envelope),
        is_automatic=_is_automatic(mail),
    )


def body_of(mail: Message, keep: Keep | None = None) -> MailBody:
    """The text (plain if there is one, else that of the HTML) and what is attached, its bytes given to ``keep``."""
    plain: list[str] = []
    pages: list[str] = []
    files: list[TranscriptFile] = []
    for part in _parts(mail):
        kind, name = part.get_content_type(), _file_name(part)
        is_text = kind in ("text/plain", "text/html") and _disposition(part) != "attachment" and not name
        if not is_text:
            files.append(described(name or kind.replace("/", "."), kind, _content(part), keep))
        elif kind == "text/plain":
            plain.append(_text(part))
        else:
            pages.append(_text(part))
    text = "\n".join(each for each in plain if each.strip())
    if not text:
        text = "\n".join(text_of(page) for page in pages)
    return MailBody(text.replace("\r\n", "\n").replace("\r", "\n").strip(), tuple(files))


def header(mail: Message, name: str) -> str:
    """A header as text: encoded words and bare bytes decoded, folds undone; "" when it is absent."""
    raw = mail.get(name)
    if raw is None:
        return ""
    return _words(_plain(str(raw)))


def _plain(raw: str) -> str:
    """Bare bytes in a header (the parser marks them) as the text they stand for; folds undone."""
    text = _from_bytes(raw.encode("utf-8", "surrogateescape"), None)
    return text.replace("\r", "").replace("\n", "")


def _words(text: str) -> str:
    """``text`` with its encoded words (RFC 2047) decoded."""
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(
        piece if isinstance(piece, str) else _from_bytes(piece, charset) for piece, charset in pieces
    )


def _from_bytes(raw: bytes, charset: str | None) -> str:
    """``raw`` in the character set it claims, or in the one it fits; a stand-in for what fits none."""
    claimed = (charset or "").strip().strip("\"'").lower()
    for name in ("gb18030" if claimed in _CHINESE else claimed, "utf-8", "gb18030"):
        try:
            if name:
                return raw.decode(name)
        except (LookupError, ValueError):
            continue
    return raw.decode("latin-1" if claimed.startswith("iso-8859") else "utf-8", "replace")


def _addresses(mail: Message, name: str) -> tuple[tuple[str, str], ...]:
    """Names and addresses of a header; the pieces are decoded after they are split, as names may hold commas."""
    raw = mail.get(name)
    if raw is None:
        return ()
    found = []
    for shown, address in getaddresses([_plain(str(raw))[:10_000]]):
        if "@" in address:
            found.append((_words(shown).strip(" \t\"'"), address.strip().casefold()))
    return tuple(found)


def _time(mail: Message, zone: tzinfo, envelope: str) -> int | None:
    """When it was written; when it came in, where the Date is missing, impossible or after the arrival.

    The separator line of an mbox is asked last: programs write it in any zone.
    """
    received = mail.get_all("Received") or []
    arrived = _moment(str(received[0]).rpartition(";")[2], zone) if received else None
    written = _moment(header(mail, "Date"), zone)
    if written is not None and (arrived is None or written <= arrived + ONE_HOUR_MS):
        return written
    return arrived if arrived is not None else _moment(" ".join(envelope.split()[2:]), UTC)


def _moment(text: str, zone: tzinfo) -> int | None:
    try:
        found = parsedate_tz(text.strip())
        if found is None:
            return None
        moment = datetime(*found[:6], tzinfo=UTC)
        offset_s = found[9]
        if offset_s is None or abs(offset_s) > 15 * 3600:
            at_s = moment.replace(tzinfo=zone).timestamp()
        else:
            at_s = moment.timestamp() - offset_s
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = int(at_s) * 1000
    return at if EARLIEST_MS < at < LATEST_MS else None


def _is_automatic(mail: Message) -> bool:
    """Whether nobody wrote it just now: RFC 3834, what mailing programs did before it, and bounces."""
    submitted = header(mail, "Auto-Submitted").strip().lower()
    return (
        (bool(submitted) and not submitted.startswith("no"))
        or header(mail, "Precedence").strip().lower() in _BULK
        or any(mail.get(name) is not None for name in ("X-Autoreply", "X-Autorespond"))
        or header(mail, "Return-Path").strip() == "<>"
        or mail.get_content_type() == "multipart/report"
    )


def _parts(mail: Message) -> list[Message]:
    """The parts that hold something, in order; a mail inside the mail is one part."""
    found: list[Message] = []
    open_ = [mail]
    while open_ and len(found) < PARTS_READ:
        part = open_.pop(0)
        if part.get_content_maintype() != "multipart":
            found.append(part)
        elif part.is_multipart():
            open_[:0] = [each for each in part.get_payload() if isinstance(each, Message)]
        elif _content(part):  # its boundary is damaged: all of it is one text
            found.append(part)
    return found


def _content(part: Message) -> bytes:
    if part.is_multipart():
        return b"\n".join(each.as_bytes() for each in part.get_payload() if isinstance(each, Message))
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, MessageError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    claimed = part.get_param("charset")
    name = claimed[2] if isinstance(claimed, tuple) else claimed
    return _from_bytes(_content(part), str(name) if name else None)


def _disposition(part: Message) -> str:
    return header(part, "Content-Disposition").partition(";")[0].strip().lower()


def _file_name(part: Message) -> str:
    """The name a part gives its file, in any of the ways there are; "" when it gives none."""
    try:
        found = part.get_filename("")
    except (ValueError, LookupError, TypeError, MessageError):
        return ""
    return _words(_plain(str(found))).strip() if found else ""
