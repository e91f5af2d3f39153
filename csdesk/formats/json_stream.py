"""A long JSON file as its records, one at a time: the elements of one array, objects in a row, or lines.

Cutting at brackets first and decoding each piece alone costs little (docs/decisions, JSON), holds one record
at a time, and lets a record that is broken inside be told by its number while the others are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec

from csdesk.errors import DataError
from csdesk.i18n import _

RECORD_LIMIT = 64 * 1024 * 1024
CHUNK = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_OUTSIDE = re.compile(rb'["{}\[\]]')
_INSIDE = re.compile(rb'["\\]')
_BETWEEN = b" \t\r\n,"
_BYTE = re.compile(r"\(byte (\d+)\)")


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of one record (None: over the limit), the line it begins on, and the offset behind it."""

    raw: bytes | None
    line: int
    end: int


def pieces(stream: BinaryIO, *, limit: int = RECORD_LIMIT) -> Iterator[Piece]:
    """Each object or array of ``stream``; those of one enclosing array each for themselves.

    What stands between records and is no JSON comes as a piece of its own. Never raises for what is in the file.
    """
    cutter = _Cutter(limit)
    while chunk := stream.read(CHUNK):
        yield from cutter.cut(chunk)
    yield from cutter.finish()


def decoded(piece: Piece) -> Any:
    """The value of a piece. Raises DataError when it has none."""
    if piece.raw is None:
        raise DataError(
            "import.too_long",
            _("The record is longer than {size} MiB.").format(size=RECORD_LIMIT // 1024 // 1024),
            _("Export fewer conversations at a time, or one a line."),
        )
    try:
        return msgspec.json.decode(piece.raw)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        found = _BYTE.search(str(error))
        sentence = (
            _("The record is not valid JSON (byte {position}).").format(position=int(found[1]) + 1)
            if found
            else _("The record is not valid JSON.")
        )
        raise DataError(
            "import.not_json", sentence, _("Export the file again; the other records are read.")
        ) from None


class _Cutter:
    """Where the scan is: how deep in brackets, inside a string or not, and the record begun so far."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()
        self._is_over = False
        self._depth = 0
        self._in_array = False
        self._is_first = True
        self._in_string = False
        self._is_escaped = False
        self._line = 1
        self._begins_on = 1
        self._offset = 0

    def cut(self, chunk: bytes) -> Iterator[Piece]:
        """The records that end in ``chunk``."""
        if self._offset == 0 and chunk.startswith(_BOM):
            chunk = b"   " + chunk[len(_BOM) :]
        at = start = 0
        while (sign := self._next_sign(chunk, at)) >= 0:
            at = sign + 1
            if self._in_string or chunk[sign] == 0x22:
                continue
            if chunk[sign] in b"{[":
                if self._depth == 0:
                    yield from self._gap(chunk, start, sign)
                    start = sign
                if self._enters_array(chunk[sign]):
                    start = at
                else:
                    self._depth += 1
            elif self._depth == 0:
                yield from self._gap(chunk, start, sign)
                start = at
            else:
                self._depth -= 1
                if self._depth == 0:
                    self._hold(chunk, start, at)
                    yield self._taken(at)
                    start = at
        self._hold(chunk, start, len(chunk))
        self._offset += len(chunk)

    def finish(self) -> Iterator[Piece]:
        """What is left at the end of the file: a record that was cut off, or nothing."""
        if self._is_over or bytes(self._held).strip(_BETWEEN):
            yield self._taken(0)

    def _next_sign(self, chunk: bytes, at: int) -> int:
        """The next bracket, or quotation mark that opens or closes a string; -1 at the end of the chunk."""
        if self._is_escaped:
            self._is_escaped = False
            at += 1
        while found := (_INSIDE if self._in_string else _OUTSIDE).search(chunk, at):
            sign = found.start()
            if chunk[sign] == 0x22:
                self._in_string = not self._in_string
                if not self._in_string:
                    at = sign + 1
                    continue
            elif self._in_string:
                at = sign + 2
                self._is_escaped = at > len(chunk)
                continue
            return sign
        return -1

    def _enters_array(self, sign: int) -> bool:
        """Whether this is the bracket of the one array that all records stand in."""
        enters = self._is_first and sign == 0x5B
        self._is_first = False
        self._in_array |= enters
        return enters

    def _gap(self, chunk: bytes, start: int, end: int) -> Iterator[Piece]:
        """Forget what stands between two records; hand it on when it is no white space or comma."""
        self._hold(chunk, start, end)
        if self._is_over or bytes(self._held).strip(_BETWEEN):
            yield self._taken(end)
        self._held.clear()
        self._begins_on = self._line

    def _hold(self, chunk: bytes, start: int, end: int) -> None:
        if len(self._held) + end - start > self._limit:
            self._is_over = True
            self._held.clear()
        if not self._is_over:
            self._held += memoryview(chunk)[start:end]
        self._line += chunk.count(b"\n", start, end)

    def _taken(self, end: int) -> Piece:
        raw = None if self._is_over else bytes(self._held).strip(_BETWEEN)
        piece = Piece(raw, self._begins_on, self._offset + end)
        self._held.clear()
        self._is_over = False
        self._begins_on = self._line
        return piece
