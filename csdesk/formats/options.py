"""How a file is to be read, where the file itself does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from csdesk.desk.attaching import Keep


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What a person may say about a file.

    ``lenient`` skips unknown keys of the import format. ``columns`` maps fields to a CSV's column names,
    ``encoding`` names its character set. ``zone`` is that of times that name none. ``me`` are our own
    addresses or names: who writes as one of them is an agent. ``keep_quotes`` keeps what a mail quotes.
    ``keep`` takes the bytes of attachments; without it only their names and sizes are read.
    """

    lenient: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    zone: tzinfo = UTC
    me: tuple[str, ...] = ()
    keep_quotes: bool = False
    keep: Keep | None = None
