"""The import format's shape: one decoded JSON object in, one Transcript out, or a clear reason why not.

The format (issue 2, point 5)::

    {id, source?, lang?, inbox?, stage?, subject?, status?, contact?{name, email, phone, tier},
     labels?[], messages[{from: customer|agent|note|system, text, at?, author?, id?, acts?,
     attachments?[{name, kind?, size?, sha256?}]}]}

``acts`` is read over. A key with ``null`` counts as absent.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from csdesk.clock import parse_time
from csdesk.errors import DataError
from csdesk.i18n import N_, _
from csdesk.model.conversation import Stage, Status, Tier
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.model.transcript_file import TranscriptFile

Json = Mapping[str, Any]
Word = TypeVar("Word", bound=StrEnum)

TRANSCRIPT_KEYS = (
    "id", "source", "lang", "inbox", "stage", "subject", "status", "contact", "labels", "messages",
)  # fmt: skip
CONTACT_KEYS = ("name", "email", "phone", "tier")
MESSAGE_KEYS = ("from", "text", "at", "author", "id", "acts", "attachments")
FILE_KEYS = ("name", "kind", "size", "sha256", "path", "data")

# A row of the store is numbered from its time, so times are kept to the centuries we can be in.
EARLIEST_MS = 0
LATEST_MS = 32_503_680_000_000  # 3000-01-01
_NO_TIME = -1

_USUAL_KEYS = frozenset(MESSAGE_KEYS) - {"attachments"}
_TEXT_OR_NOTHING = frozenset({str, type(None)})

_SENDERS = {word.value: word for word in (Sender.CUSTOMER, Sender.AGENT, Sender.NOTE, Sender.SYSTEM)}
_KIND_NAMES = {
    bool: N_("true or false"),
    int: N_("a number"),
    float: N_("a number"),
    str: N_("a text"),
    list: N_("a list"),
    dict: N_("an object"),
    type(None): N_("null"),
}


def to_transcript(value: Any, *, is_lenient: bool = False) -> Transcript:
    """The transcript that a decoded line stands for; unknown keys are skipped when ``is_lenient``.

    Raises DataError with the key that is off and, as the hint, what it should be.
    """
    if not isinstance(value, dict):
        raise DataError(
            "import.not_an_object",
            _("The line holds {kind}, not an object.").format(kind=_kind(value)),
            _("Each line must be one object with at least id and messages."),
        )
    if not is_lenient:
        _refuse_unknown(value, TRANSCRIPT_KEYS, "")
    messages = _list(value, "messages", "", is_required=True)
    return Transcript(
        id=_name(value, "id"),
        source=_text(value, "source", ""),
        lang=_text(value, "lang", ""),
        inbox=_text(value, "inbox", ""),
        stage=_word(value, "stage", "", {stage.value: stage for stage in Stage}),
        subject=_text(value, "subject", ""),
        status=_word(value, "status", "", {status.value: status for status in Status}),
        contact=_contact(value, is_lenient),
        labels=_labels(value),
        messages=tuple(
            _usual_message(item) or _message(item, f"messages[{index}]", is_lenient)
            for index, item in enumerate(messages)
        ),
    )


def shown(value: object) -> str:
    """A value from a file, short and harmless, for a sentence about it: escapes all but letters."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    safe = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    return safe if len(safe) <= 60 else f"{safe[:57]}..."


def _usual_message(item: Any) -> TranscriptMessage | None:
    """The message that ``_message`` would make, where nothing needs a second look: most of a large file."""
    if type(item) is not dict or not item.keys() <= _USUAL_KEYS:
        return None
    get = item.get
    sender, text, at, author, name = get("from"), get("text"), get("at"), get("author"), get("id")
    if type(sender) is not str or sender not in _SENDERS or type(text) is not str:
        return None
    if not (
        type(at) in _TEXT_OR_NOTHING and type(author) in _TEXT_OR_NOTHING and type(name) in _TEXT_OR_NOTHING
    ):
        return None
    moment = None if at is None else _moment(at)
    return None if moment == _NO_TIME else TranscriptMessage(_SENDERS[sender], text, moment, author, name)


def _message(item: Any, where: str, is_lenient: bool) -> TranscriptMessage:
    if not isinstance(item, dict):
        raise _wrong_kind(where, item, _("an object"))
    if not is_lenient:
        _refuse_unknown(item, MESSAGE_KEYS, where)
    sender = _word(item, "from", where, _SENDERS)
    text = _text(item, "text", where)
    if sender is None:
        raise _missing("from", where)
    if text is None:
        raise _missing("text", where)
    return TranscriptMessage(
        sender=sender,
        text=text,
        at=_time(item, where),
        author=_text(item, "author", where),
        id=_text(item, "id", where),
        attachments=tuple(
            _file(file, f"{where}.attachments[{index}]", is_lenient)
            for index, file in enumerate(_list(item, "attachments", where))
        ),
    )


def _file(item: Any, where: str, is_lenient: bool) -> TranscriptFile:
    if not isinstance(item, dict):
        raise _wrong_kind(where, item, _("an object"))
    if not is_lenient:
        _refuse_unknown(item, FILE_KEYS, where)
    name, size = _text(item, "name", where), item.get("size") or 0
    if name is None:
        raise _missing("name", where)
    if type(size) is not int:
        raise _wrong_kind(_path(where, "size"), size, _("a number"))
    return TranscriptFile(
        name,
        _text(item, "kind", where) or "",
        size,
        _text(item, "sha256", where) or "",
        data=_data(item, where),
        path=_text(item, "path", where) or "",
    )


def _data(item: Json, where: str) -> bytes | None:
    """The bytes of a file that stand in the line itself, in base64 (RFC 4648)."""
    text = _text(item, "data", where)
    if text is None:
        return None
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise DataError(
            "import.wrong_value",
            _('"{key}" is not base64.').format(key=_path(where, "data")),
            _("Encode the file's bytes as base64, or name the file in path."),
        ) from None


def _contact(value: Json, is_lenient: bool) -> TranscriptContact | None:
    """The contact; None when there is nothing in it."""
    item = value.get("contact")
    if item is None:
        return None
    if not isinstance(item, dict):
        raise _wrong_kind("contact", item, _("an object"))
    if not is_lenient:
        _refuse_unknown(item, CONTACT_KEYS, "contact")
    contact = TranscriptContact(
        name=_text(item, "name", "contact"),
        email=_text(item, "email", "contact"),
        phone=_text(item, "phone", "contact"),
        tier=_word(item, "tier", "contact", {tier.value: tier for tier in Tier}),
    )
    return contact if contact != TranscriptContact() else None


def _labels(value: Json) -> tuple[str, ...]:
    items = _list(value, "labels", "")
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise _wrong_kind(f"labels[{index}]", item, _("a text"))
    return tuple(items)


def _name(value: Json, key: str) -> str:
    """A text that must be there and say something."""
    text = _text(value, key, "")
    if text is None:
        raise _missing(key, "")
    if not text.strip():
        raise DataError(
            "import.wrong_value",
            _('"{key}" is empty.').format(key=key),
            _("Give every conversation an id of its own."),
        )
    return text


def _text(value: Json, key: str, where: str) -> str | None:
    item = value.get(key)
    if item is None or isinstance(item, str):
        return item
    raise _wrong_kind(_path(where, key), item, _("a text"))


def _list(value: Json, key: str, where: str, *, is_required: bool = False) -> list[Any]:
    item = value.get(key)
    if isinstance(item, list):
        return item
    if item is not None:
        raise _wrong_kind(_path(where, key), item, _("a list"))
    if is_required:
        raise _missing(key, where)
    return []


def _word(value: Json, key: str, where: str, words: Mapping[str, Word]) -> Word | None:
    """One of a few words; None when absent."""
    text = _text(value, key, where)
    if text is None:
        return None
    if text not in words:
        raise DataError(
            "import.wrong_value",
            _('"{key}" is {value}, which is not one of its words.').format(
                key=_path(where, key), value=shown(text)
            ),
            _("Use one of: {words}.").format(words=", ".join(words)),
        )
    return words[text]


def _time(value: Json, where: str) -> int | None:
    """``at`` in UTC ms; None when absent."""
    text = _text(value, "at", where)
    if text is None:
        return None
    at = _moment(text)
    if at == _NO_TIME:
        raise DataError(
            "import.wrong_value",
            _('"{key}" is {value}, which is not a time from 1970 to 2999.').format(
                key=_path(where, "at"), value=shown(text)
            ),
            _("Write times as 2026-01-02T03:04:05Z, or leave the key out."),
        )
    return at


def _moment(text: str) -> int:
    """``text`` in UTC ms; _NO_TIME when it is no time that can be stored."""
    try:
        at = parse_time(text)
    except (ValueError, OverflowError):
        return _NO_TIME
    return at if EARLIEST_MS <= at < LATEST_MS else _NO_TIME


def _refuse_unknown(value: Json, known: tuple[str, ...], where: str) -> None:
    for key in value:
        if key not in known:
            near = get_close_matches(key[:60], known, n=1)
            raise DataError(
                "import.unknown_key",
                _("The key {key} is not known.").format(key=shown(_path(where, key))),
                _('Did you mean "{near}"? --lenient skips unknown keys.').format(near=near[0])
                if near
                else _("Take the key out, or use --lenient to skip unknown keys."),
            )


def _missing(key: str, where: str) -> DataError:
    return DataError(
        "import.missing_key",
        _('"{key}" is missing.').format(key=_path(where, key)),
        _("A conversation needs id and messages, a message from and text, an attachment a name."),
    )


def _wrong_kind(path: str, value: Any, wanted: str) -> DataError:
    return DataError(
        "import.wrong_type",
        _('"{key}" is {kind}, but should be {wanted}.').format(key=path, kind=_kind(value), wanted=wanted),
        _("Correct the value; the rest of the file is not affected."),
    )


def _kind(value: Any) -> str:
    return _(_KIND_NAMES.get(type(value), N_("something else")))


def _path(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
