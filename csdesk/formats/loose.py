"""Reading JSON that other programs wrote: absent, null and numbers for texts are all taken calmly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from csdesk.errors import DataError
from csdesk.formats.moments import read_moment
from csdesk.i18n import _
from csdesk.model.conversation import Status
from csdesk.model.transcript import TranscriptContact, TranscriptMessage
from csdesk.model.transcript_file import TranscriptFile

Json = Mapping[str, Any]
NAME_CHARS = 200
LABEL_CHARS = 40


def an_object(value: object) -> Json:
    """``value`` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[Json]:
    """The objects in a list; anything else in it, or instead of it, is passed over."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: Json, *keys: str) -> str | None:
    """The first of ``keys`` that holds a text that says something, or a number."""
    for key in keys:
        found = value.get(key)
        if isinstance(found, str) and found.strip():
            return found
        if isinstance(found, int | float) and not isinstance(found, bool):
            return str(found)
    return None


def whole(value: Json, key: str) -> int:
    """A number of bytes; 0 where there is none."""
    found = value.get(key)
    return found if type(found) is int and 0 <= found < 1 << 53 else 0


def moment(value: Json, *keys: str) -> int | None:
    """UTC ms of the first of ``keys`` that is there; None when none is. Raises DataError when it is no time."""
    for key in keys:
        found = value.get(key)
        if found is not None and found != "":
            return read_moment(found)
    return None


def name_of(value: Json) -> str:
    """The id that a record must have. Raises DataError."""
    found = text(value, "id", "uuid", "display_id")
    if found is None:
        raise DataError(
            "import.missing_key",
            _('"{key}" is missing.').format(key="id"),
            _("Export the conversations again, each with its id."),
        )
    return found


def labels_of(value: object) -> tuple[str, ...]:
    """Texts as labels, each cut to the length a label may have."""
    found = (
        [each.strip()[:LABEL_CHARS] for each in value if isinstance(each, str)]
        if isinstance(value, list)
        else []
    )
    return tuple(dict.fromkeys(each for each in found if each))


def contact_of(value: Json) -> TranscriptContact | None:
    """Name and addresses as most products call them; None when there are none."""
    found = TranscriptContact(
        name=_short(text(value, "name")),
        email=_short(text(value, "email")),
        phone=_short(text(value, "phone_number", "phone", "mobile")),
    )
    return found if found != TranscriptContact() else None


def files_of(value: object) -> tuple[TranscriptFile, ...]:
    """Attachments as most products list them: a name, or a link that ends in one; type; size."""
    return tuple(
        TranscriptFile(
            name=text(each, "name", "file_name", "filename")
            or _end_of(text(each, "data_url", "attachment_url", "url")),
            kind=_kind(each),
            size=whole(each, "size") or whole(each, "file_size") or whole(each, "filesize"),
        )
        for each in objects(value)
    )


def in_order(messages: list[TranscriptMessage]) -> tuple[TranscriptMessage, ...]:
    """The messages by time; those of one moment, and those without a time, as they stood."""
    latest = 0
    keys = []
    for message in messages:
        latest = message.at if message.at is not None else latest
        keys.append(latest)
    return tuple(message for _key, _at, message in sorted(zip(keys, range(len(keys)), messages, strict=True)))


def status_of(word: object, closed: tuple[object, ...], snoozed: tuple[object, ...] = ()) -> Status:
    """Our word for a product's status; whatever is neither closed nor snoozed is open."""
    if word in closed:
        return Status.RESOLVED
    return Status.SNOOZED if word in snoozed else Status.OPEN


def _short(found: str | None) -> str | None:
    return found[:NAME_CHARS] if found else None


def _end_of(link: str | None) -> str:
    """The last part of a link's path."""
    return unquote(re.split(r"[?#]", link or "")[0].rstrip("/").rsplit("/", 1)[-1])


def _kind(value: Json) -> str:
    found = text(value, "content_type", "file_type") or ""
    kinds = {"image": "image/*", "audio": "audio/*", "video": "video/*"}
    return kinds.get(found, found)
