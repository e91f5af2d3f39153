"""The records of a JSON export: a list, or a list somewhere in an object, each with the line it begins on."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from csdesk.errors import DataError
from csdesk.formats.json_stream import pieces
from csdesk.i18n import _

MOST_BYTES = 64 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_BYTE = re.compile(r"\(byte (\d+)\)")


def is_json(path: Path) -> bool:
    """Whether the file begins like JSON. Raises OSError."""
    with path.open("rb") as stream:
        return stream.read(4096).removeprefix(_BOM).lstrip()[:1] in (b"{", b"[")


def records(path: Path, *keys: str) -> Iterator[tuple[int, Any]]:
    """Line and value of each record. The list is the whole file, or stands under one of ``keys`` (first found).

    Raises DataError with the line when the file is not JSON or has no such list, OSError when unreadable.
    """
    with path.open("rb") as stream:
        raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise DataError(
            "import.too_long",
            _("The file is larger than {size} MiB.").format(size=MOST_BYTES >> 20),
            _("Export fewer replies at a time."),
        )
    raw = raw.removeprefix(_BOM)
    found = _list_in(_decoded(raw), keys)
    if found is None:
        raise DataError(
            "import.no_list",
            _("There is no list of replies in the file."),
            _("It should be a list, or an object with one of: {names}.").format(names=", ".join(keys)),
        )
    lines = _lines(raw, keys, len(found)) if raw.lstrip()[:1] != b"[" else _lines_of(raw, 0, len(found))
    for number, value in enumerate(found):
        yield lines[number] if number < len(lines) else 0, value


def _decoded(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        found = _BYTE.search(str(error))
        line = raw[: int(found[1])].count(b"\n") + 1 if found else raw.count(b"\n") + 1
        raise DataError(
            "import.not_json",
            _("Line {line}: the file is not valid JSON.").format(line=line),
            _("Export it again; nothing was imported."),
        ) from None


def _list_in(value: Any, keys: tuple[str, ...]) -> list[Any] | None:
    """The list under one of ``keys``, looked for two objects deep."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    for held in (value, *(each for each in value.values() if isinstance(each, dict))):
        for key in keys:
            if isinstance(held.get(key), list):
                return list(held[key])
    return None


def _lines(raw: bytes, keys: tuple[str, ...], count: int) -> list[int]:
    """Where the records begin: behind the key whose list has as many."""
    for key in keys:
        for found in re.finditer(rb'"' + re.escape(key.encode()) + rb'"\s*:\s*\[', raw):
            lines = _lines_of(raw, found.end() - 1, count)
            if len(lines) == count:
                return lines
    return []


def _lines_of(raw: bytes, at: int, count: int) -> list[int]:
    before = raw.count(b"\n", 0, at)
    return [before + piece.line for piece in islice(pieces(io.BytesIO(raw[at:])), count)]
