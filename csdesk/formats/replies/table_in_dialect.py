"""A system's replies from its JSON export, or from a CSV file that holds that system's placeholders."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from csdesk.formats.replies import table
from csdesk.formats.replies.json_records import is_json
from csdesk.formats.replies.record import ForeignFile
from csdesk.formats.replies.records import JSON_SYSTEMS


def in_dialect(name: str) -> Callable[[Path, Collection[str]], ForeignFile]:
    """The reader of the system ``name`` for files of either kind."""
    system = JSON_SYSTEMS[name]

    def read(path: Path, slots: Collection[str]) -> ForeignFile:
        return system.read(path, slots) if is_json(path) else table.read(path, slots, system.dialect)

    return read
