"""Conversations out of a store into a file: for another desk, for a table, or for a person to read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from csdesk.errors import DataError
from csdesk.formats.export_csv import csv_lines
from csdesk.formats.export_html import html_page
from csdesk.formats.export_markdown import markdown_page
from csdesk.formats.jsonl import encode_line
from csdesk.formats.outgoing import Outgoing, outgoing
from csdesk.i18n import _
from csdesk.store import queue
from csdesk.store.connect import Connection
from csdesk.store.database import Store
from csdesk.whole_file import open_whole

UTF8_BOM = b"\xef\xbb\xbf"

Progress = Callable[[int, int], None]
Form = Callable[[Iterator[Outgoing]], Iterator[str]]


def jsonl_lines(found: Iterator[Outgoing]) -> Iterator[str]:
    """Our own format, which an import takes back."""
    for each in found:
        yield encode_line(each.transcript).decode()


FORMS: dict[str, Form] = {
    "jsonl": jsonl_lines,
    "csv": csv_lines,
    "md": markdown_page,
    "html": html_page,
}
"""Each turns conversations into the pieces of a file, one conversation at a time."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """``form`` is a name of FORMS; ``only`` are local ids of conversations (none: all of them).

    ``is_masked`` hides phone numbers, identity and bank cards and e-mail addresses in every text;
    ``has_bom`` begins the file with the mark by which Excel knows UTF-8.
    """

    form: str = "jsonl"
    is_masked: bool = False
    has_bom: bool = False
    only: tuple[int, ...] = ()


@dataclass(slots=True)
class ExportSummary:
    """What was written."""

    conversations: int = 0
    messages: int = 0


def export_file(
    store: Store, path: Path | None, progress: Progress | None = None, options: ExportOptions | None = None
) -> ExportSummary:
    """Write conversations to ``path`` (None: standard output), all as of one moment.

    The file appears whole or not at all, readable by its owner only. ``progress`` is called with
    conversations done and the number there are. Raises DataError when the file cannot be written.
    """
    wanted, summary = options or ExportOptions(), ExportSummary()
    with _output(path) as stream:
        connection = store.reader()
        with _one_moment(connection):
            total = len(wanted.only) or queue.counts(connection, 0).all
            found = outgoing(connection, wanted.only, is_masked=wanted.is_masked)
            if wanted.has_bom:
                stream.write(UTF8_BOM)
            for piece in FORMS[wanted.form](_counted(found, summary, total, progress)):
                stream.write(piece.encode("utf-8", "replace"))
    return summary


def _counted(
    found: Iterator[Outgoing], summary: ExportSummary, total: int, progress: Progress | None
) -> Iterator[Outgoing]:
    for each in found:
        yield each
        summary.conversations += 1
        summary.messages += len(each.transcript.messages)
        if progress is not None:
            progress(summary.conversations, total)


@contextmanager
def _one_moment(connection: Connection) -> Iterator[None]:
    """Everything read inside is of one moment, whatever is written meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


@contextmanager
def _output(path: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that takes its name only when all of it is on disk."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with open_whole(path, is_private=True) as stream:
            yield stream
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(
        "export.cannot_write",
        _("Cannot write {path}: {reason}.").format(path=path, reason=error.strerror or error),
        _("Choose a folder you can write to; nothing was left behind."),
    )
