"""The rows of a CSV or TSV file in whatever character set and with whatever delimiter, one at a time."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from csdesk.errors import DataError, UsageError
from csdesk.i18n import _

CELL_CHARS = 1_000_000
LINE_CHARS = 16 * 1024 * 1024
DELIMITERS = ",\t;|"
_CHUNK = 1024 * 1024
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_GUESSES = ("utf-8", "gb18030")
"""UTF-8 first: text in another set is hardly ever valid UTF-8. Chinese Excel saves GB18030."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells, or why it has none. ``line`` is its last line in the file."""

    line: int
    cells: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: how it is written, and the names of its columns."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """The rows below the header. Never raises for what is in them; blank ones are skipped."""
        with _opened(self.path, self.encoding) as stream:
            found = _rows(stream, self.delimiter)
            next(found, None)
            for row in found:
                if row.reason or any(row.cells):
                    yield row


def open_table(path: Path, encoding: str | None = None) -> Table:
    """The table of ``path``. Raises DataError when it cannot be decoded, or has no header."""
    named = _known(encoding) if encoding else guess_encoding(path)
    with _opened(path, named) as stream:
        first = next((line for line in _lines(stream) if line.strip()), "")
        if not first:
            raise DataError(
                "import.empty", _("The file is empty."), _("The first line must name the columns.")
            )
        delimiter = max(DELIMITERS, key=lambda sign: _outside_quotes(first).count(sign))
        stream.seek(0)
        header = next((row.cells for row in _rows(stream, delimiter) if any(row.cells)), ())
    return Table(path, named, delimiter, header)


def guess_encoding(path: Path) -> str:
    """The character set that all of the file is valid in. Raises DataError when none of ours fits."""
    with path.open("rb") as stream:
        begin = stream.read(4)
        for mark, name in _BOMS:
            if begin.startswith(mark):
                return name
        for name in _GUESSES:
            stream.seek(0)
            if _is_valid(stream, name):
                return name
    raise DataError(
        "import.unknown_encoding",
        _("The file is neither UTF-8 nor GB18030."),
        _("Name its character set, such as --encoding big5, or save it as UTF-8."),
    )


def _is_valid(stream: object, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        while chunk := stream.read(_CHUNK):  # type: ignore[attr-defined]
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _known(encoding: str) -> str:
    try:
        info = codecs.lookup(encoding)
        "".encode(info.name)
    except (LookupError, UnicodeError, ValueError):
        raise UsageError(
            "import.bad_encoding",
            _("There is no character set {name}.").format(name=encoding[:40]),
            _("Common ones: utf-8, gb18030, big5, utf-16."),
        ) from None
    return "gb18030" if info.name in ("gbk", "gb2312") else info.name


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[TextIO]:
    """The file as text; bytes that are none in its character set become visible stand-ins."""
    with path.open("r", encoding=encoding, errors="replace", newline="") as stream:
        yield stream


def _rows(stream: TextIO, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(CELL_CHARS)
    reader = csv.reader(_lines(stream), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            reason = _("A cell is longer than {most} characters, or never ends.").format(most=CELL_CHARS)
            yield Row(reader.line_num, (), reason)
            continue
        yield Row(reader.line_num, tuple(cells))


def _lines(stream: TextIO) -> Iterator[str]:
    while line := stream.readline(LINE_CHARS):
        if len(line) == LINE_CHARS and line[-1] != "\n":
            raise DataError(
                "import.endless_line",
                _("A line is longer than {most} characters.").format(most=LINE_CHARS),
                _("Is this the right file? A CSV file has a line break behind each row."),
            )
        yield line.replace("\0", "")


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
