"""The formats of quick replies by name, and which of them a file has."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from csdesk.errors import DataError
from csdesk.formats.csv_table import open_table
from csdesk.formats.replies import csv_systems, table
from csdesk.formats.replies.json_records import is_json, records
from csdesk.formats.replies.record import ForeignFile, WrittenFile
from csdesk.formats.replies.records import JSON_SYSTEMS
from csdesk.formats.replies.table_in_dialect import in_dialect
from csdesk.i18n import _
from csdesk.model.reply import QuickReply


@dataclass(frozen=True, slots=True)
class Form:
    """One format: ``read`` takes a file and the slots its replies may use, ``write`` gives a file's text."""

    read: Callable[[Path, Collection[str]], ForeignFile]
    write: Callable[[Sequence[QuickReply]], WrittenFile]
    ending: str


FORMS: Final[dict[str, Form]] = {
    "chatwoot": Form(in_dialect("chatwoot"), JSON_SYSTEMS["chatwoot"].write, ".json"),
    csv_systems.ZAMMAD: Form(csv_systems.read_zammad, csv_systems.write_zammad, ".csv"),
    csv_systems.LIVEHELPERCHAT: Form(
        csv_systems.read_livehelperchat, csv_systems.write_livehelperchat, ".csv"
    ),
    "rocketchat": Form(in_dialect("rocketchat"), JSON_SYSTEMS["rocketchat"].write, ".json"),
    "intercom": Form(in_dialect("intercom"), JSON_SYSTEMS["intercom"].write, ".json"),
    "freescout": Form(in_dialect("freescout"), JSON_SYSTEMS["freescout"].write, ".json"),
    table.NAME: Form(table.read, table.write, ".csv"),
}

_BY_KEY: Final = (("short_code", "chatwoot"), ("shortcut", "rocketchat"), ("body_text", "intercom"))
_LIST_KEYS: Final = tuple(dict.fromkeys(key for system in JSON_SYSTEMS.values() for key in system.keys))


def detect(path: Path) -> str:
    """The format that the file seems to have. Raises DataError when none fits, OSError when unreadable."""
    if not is_json(path):
        header = {name.strip().casefold() for name in open_table(path).header}
        if {"msg", "fallback_msg"} <= header:
            return csv_systems.LIVEHELPERCHAT
        return csv_systems.ZAMMAD if {"name", "keywords", "content"} <= header else table.NAME
    for _line, value in islice(records(path, *_LIST_KEYS), 3):
        if isinstance(value, dict):
            for key, name in _BY_KEY:
                if key in value:
                    return name
            if value.get("type") == "macro":
                return "intercom"
            if "name" in value and "text" in value:
                return "freescout"
    raise DataError(
        "import.unknown_format",
        _("Cannot tell what format {path} has.").format(path=path.name),
        _("Say it with --format."),
    )
