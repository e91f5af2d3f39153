"""Which format a file has, from how it begins."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

from csdesk.errors import DataError
from csdesk.formats import mbox
from csdesk.formats.csv_table import DELIMITERS
from csdesk.formats.json_stream import decoded, pieces
from csdesk.formats.products import product_of
from csdesk.i18n import _

JSONL, CSV, MBOX = "jsonl", "csv", mbox.NAME
_HEAD = 64 * 1024
_LOOKED_AT = 3
_BY_ENDING = {
    ".jsonl": JSONL, ".ndjson": JSONL, ".csv": CSV, ".tsv": CSV, ".txt": CSV, ".mbox": MBOX, ".mbx": MBOX, ".eml": MBOX,
}  # fmt: skip
_MAIL = re.compile(
    rb"(?:From .*\d\d:\d\d|(?:Return-Path|Received|Message-ID|Delivered-To|MIME-Version|X-Gmail[\w-]*|Date|From):\s)",
    re.IGNORECASE,
)


def detect(path: Path) -> str:
    """The name of the format. Raises DataError when nothing fits, OSError when the file cannot be read."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    begin = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin[:1] in (b"{", b"["):
        return _json_kind(path)
    ending = _BY_ENDING.get(path.suffix.lower())
    if ending in (JSONL, MBOX):
        return ending
    if _MAIL.match(begin):
        return MBOX
    first = begin.split(b"\n", 1)[0]
    if ending == CSV or any(sign.encode() in first for sign in DELIMITERS):
        return CSV
    raise DataError(
        "import.unknown_format",
        _("Cannot tell what format {path} has.").format(path=path.name),
        _("Say it with --format."),
    )


def _json_kind(path: Path) -> str:
    """A product whose shape one of the first records has; else our own format."""
    with path.open("rb") as stream:
        for piece in islice(pieces(stream), _LOOKED_AT):
            try:
                found = product_of(decoded(piece))
            except DataError:
                continue
            if found is not None:
                return found
    return JSONL
