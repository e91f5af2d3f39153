"""Conversations out of a table: one message a row, or a question and its answer a row."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from csdesk.errors import DataError, UsageError
from csdesk.formats.csv_columns import Columns, columns_of
from csdesk.formats.csv_table import Row, Table, open_table
from csdesk.formats.csv_words import SENDERS, STAGES, STATUSES, TIERS, word_of
from csdesk.formats.loose import in_order
from csdesk.formats.moments import read_moment
from csdesk.formats.options import ReadOptions
from csdesk.formats.record import Problem, Record
from csdesk.i18n import _, ngettext
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage

NAME = "csv"
_BETWEEN_LABELS = re.compile(r"[,;|，；、]")


def read_csv(path: Path, options: ReadOptions) -> Iterator[Record]:
    """Each conversation of a table, or why a row is none.

    Rows of one conversation may stand anywhere in the file: it is read once for where each one ends, and
    again for the rows, so that only those begun and not ended are held. Raises DataError when it is no
    table, UsageError when nothing says which column holds what.
    """
    table = open_table(path, options.encoding)
    columns = checked_columns(table, options)
    reader = _Reader(columns, options, path.stat().st_size)
    last = _last_rows(table, columns) if "id" in columns.places else None
    total = sum(1 for _row in table.rows()) if last is None else sum(rows for rows, _at in last.values())
    for number, row in enumerate(table.rows(), 1):
        yield from reader.take(row, number / max(total, number), last)


def checked_columns(table: Table, options: ReadOptions) -> Columns:
    """Which column holds what. Raises UsageError when nothing says who wrote a row."""
    columns = columns_of(table.header, options.columns)
    says_who = "from" in columns.places or ("author" in columns.places and bool(options.me))
    if "text" in columns.places and not says_who:
        raise UsageError(
            "import.no_sender_column",
            _("No column is known to say who wrote. The columns are: {columns}.").format(
                columns=", ".join(columns.header[:40])
            ),
            _("Say which: --map from=COLUMN; or name the agents: --map author=COLUMN --me NAME."),
        )
    return columns


def _last_rows(table: Table, columns: Columns) -> dict[str, tuple[int, int]]:
    """For each conversation, how many rows it has, and the line of its last one."""
    found: dict[str, tuple[int, int]] = {}
    for row in table.rows():
        name = columns.value(row.cells, "id")
        count, _line = found.get(name, (0, 0))
        found[name] = (count + 1, row.line)
    return found


@dataclass(slots=True)
class _Begun:
    """A conversation some rows of which were read. ``rows`` counts bad ones too: they keep their place."""

    name: str
    facts: dict[str, str] = field(default_factory=dict)
    messages: list[TranscriptMessage] = field(default_factory=list)
    labels: dict[str, None] = field(default_factory=dict)
    rows: int = 0
    line: int = 0


class _Reader:
    """Rows in, finished conversations and problems out."""

    def __init__(self, columns: Columns, options: ReadOptions, size: int) -> None:
        self._columns = columns
        self._zone = options.zone
        self._me = {name.casefold() for name in options.me}
        self._size = size
        self._begun: dict[str, _Begun] = {}

    def take(self, row: Row, share: float, last: dict[str, tuple[int, int]] | None) -> Iterator[Record]:
        """What ``row`` ends: its problem, and its conversation when no more of it follows."""
        end = int(self._size * share)
        name = self._columns.value(row.cells, "id") if last is not None else _named_by_content(row)
        begun = self._begun.setdefault(name, _Begun(name))
        begun.rows += 1
        begun.line = begun.line or row.line
        try:
            self._add(begun, row)
        except DataError as error:
            yield Record(row.line, end, Problem(row.line, error.sentence, error.hint))
        if last is None or name not in last or last[name][1] <= row.line:
            del self._begun[name]
            yield from self._finished(begun, end)

    def _add(self, begun: _Begun, row: Row) -> None:
        self._check(begun, row)
        value = self._columns.value
        facts = {key: value(row.cells, key) for key in ("lang", "inbox", "subject", "name", "email", "phone")}
        words = {key: value(row.cells, key) for key in ("stage", "status", "tier")}
        word_of(words["stage"], "stage", STAGES)
        word_of(words["status"], "status", STATUSES)
        word_of(words["tier"], "tier", TIERS)
        messages = self._messages(begun, row)
        begun.facts.update({key: text for key, text in words.items() if text})
        begun.facts.update({key: text for key, text in facts.items() if text and key not in begun.facts})
        for label in _BETWEEN_LABELS.split(value(row.cells, "labels")):
            if label.strip():
                begun.labels[label.strip()] = None
        begun.messages += messages

    def _check(self, begun: _Begun, row: Row) -> None:
        if row.reason:
            raise DataError("import.bad_row", row.reason, _("Is a quotation mark missing?"))
        extra = len([cell for cell in row.cells[len(self._columns.header) :] if cell])
        if extra:
            raise DataError(
                "import.bad_row",
                ngettext(
                    "The row has {count} cell more than there are columns.",
                    "The row has {count} cells more than there are columns.",
                    extra,
                ).format(count=extra),
                _("Put texts with the delimiter in them in quotation marks."),
            )
        if not begun.name:
            raise DataError(
                "import.missing_key",
                _('"{key}" is missing.').format(key="id"),
                _("Name the row's conversation."),
            )

    def _messages(self, begun: _Begun, row: Row) -> list[TranscriptMessage]:
        value, place = self._columns.value, begun.rows
        at_text, author = value(row.cells, "at"), value(row.cells, "author") or None
        at = read_moment(at_text, self._zone) if at_text else None
        name = value(row.cells, "message") or f"#{place}"
        found = []
        if "text" in self._columns.places:
            sender = self._sender(row, author)
            found.append(TranscriptMessage(sender, value(row.cells, "text"), at, author, name))
        if question := value(row.cells, "question"):
            found.append(TranscriptMessage(Sender.CUSTOMER, question, at, id=f"{name}q"))
        if answer := value(row.cells, "answer"):
            found.append(TranscriptMessage(Sender.AGENT, answer, at, id=f"{name}a"))
        return found

    def _sender(self, row: Row, author: str | None) -> Sender:
        said = word_of(self._columns.value(row.cells, "from"), "from", SENDERS)
        if said is not None:
            return said
        if self._me and author:
            return Sender.AGENT if author.casefold() in self._me else Sender.CUSTOMER
        raise DataError(
            "import.missing_key",
            _('"{key}" is missing.').format(key="from"),
            _("Use one of: {words}.").format(words=", ".join(SENDERS)),
        )

    def _finished(self, begun: _Begun, end: int) -> Iterator[Record]:
        if not begun.messages:
            return
        facts = begun.facts
        contact = TranscriptContact(
            name=facts.get("name") or _first_customer(begun.messages),
            email=facts.get("email"),
            phone=facts.get("phone"),
            tier=word_of(facts.get("tier", ""), "tier", TIERS),
        )
        content = Transcript(
            id=begun.name,
            messages=in_order(begun.messages),
            source=NAME,
            lang=facts.get("lang"),
            inbox=facts.get("inbox"),
            stage=word_of(facts.get("stage", ""), "stage", STAGES),
            subject=facts.get("subject"),
            status=word_of(facts.get("status", ""), "status", STATUSES),
            contact=contact if contact != TranscriptContact() else None,
            labels=tuple(begun.labels),
        )
        yield Record(begun.line, end, content)


def _first_customer(messages: list[TranscriptMessage]) -> str | None:
    return next((each.author for each in messages if each.sender is Sender.CUSTOMER and each.author), None)


def _named_by_content(row: Row) -> str:
    """A row that names no conversation is known by all it says: the same row again is the same conversation."""
    joined = "\x1f".join(cell.strip() for cell in row.cells)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:24]
