"""The formats an import knows, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from csdesk.formats import csv_conversations, mbox
from csdesk.formats.attached import with_files
from csdesk.formats.csv_conversations import read_csv
from csdesk.formats.detect import JSONL
from csdesk.formats.jsonl import read_transcripts
from csdesk.formats.mbox import read_mbox
from csdesk.formats.options import ReadOptions
from csdesk.formats.products import PRODUCTS, ProductReader
from csdesk.formats.record import Record

Reader = Callable[[Path, ReadOptions], Iterator[Record]]


def read_jsonl(path: Path, options: ReadOptions) -> Iterator[Record]:
    """Each line of a file in our own format."""
    with path.open("rb") as stream:
        for record in read_transcripts(stream, is_lenient=options.lenient):
            yield with_files(record, path.parent, options.keep)


READERS: dict[str, Reader] = {
    JSONL: read_jsonl,
    csv_conversations.NAME: read_csv,
    mbox.NAME: read_mbox,
    **{name: ProductReader(name) for name in PRODUCTS},
}
"""Each yields records lazily and never raises for what one record holds; DataError for a file that is none."""
