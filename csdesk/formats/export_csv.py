"""One conversation a row, for a spreadsheet. The columns are described in docs/formats.md."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import Final

from csdesk.clock import format_time
from csdesk.formats.outgoing import Outgoing
from csdesk.model.message import Sender
from csdesk.model.transcript import TranscriptContact, TranscriptMessage

CELL_CHARS = 32_000
"""A cell of Excel holds 32,767."""

FORMULA_SIGNS = "=+-@＝＋－＠\t\r"
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection)."""

Value = str | int | None


def csv_lines(found: Iterator[Outgoing]) -> Iterator[str]:
    """The header, then a row for each conversation; lines end as RFC 4180 says."""
    yield _line(list(COLUMNS))
    for each in found:
        yield _line([_cell(value(each)) for value in COLUMNS.values()])


def harmless(text: str) -> str:
    """``text`` as a spreadsheet takes it for nothing but a text: a quote before what would be a formula."""
    begins = {text[:1], text.lstrip()[:1]}
    return f"'{text}" if begins & set(FORMULA_SIGNS) else text


def _line(cells: list[Value]) -> str:
    held = io.StringIO()
    csv.writer(held, lineterminator="\r\n").writerow(cells)
    return held.getvalue()


def _cell(value: Value) -> Value:
    """Numbers stay numbers; a text is one line, not too long, and no formula."""
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    return harmless(text if len(text) <= CELL_CHARS else f"{text[: CELL_CHARS - 1]}…")


def _time(at_ms: int | None) -> str | None:
    return format_time(at_ms // 1000 * 1000) if at_ms is not None else None


def _contact(each: Outgoing) -> TranscriptContact:
    return each.transcript.contact or TranscriptContact()


def _count(each: Outgoing, sender: Sender) -> int:
    return sum(message.sender is sender for message in each.transcript.messages)


def _first(each: Outgoing, sender: Sender, since: int = 0) -> TranscriptMessage | None:
    return next(
        (m for m in each.transcript.messages if m.sender is sender and (m.at or 0) >= since),
        None,
    )


def _first_response_s(each: Outgoing) -> int | None:
    """Seconds from the customer's first message to the first reply of a person; None where there is none,
    or where the times were only assumed."""
    asked = _first(each, Sender.CUSTOMER)
    if asked is None or asked.at is None or asked.is_time_assumed:
        return None
    answered = _first(each, Sender.AGENT, asked.at)
    if answered is None or answered.at is None or answered.is_time_assumed:
        return None
    return (answered.at - asked.at) // 1000


def _first_text(each: Outgoing) -> str | None:
    first = next((m for m in each.transcript.messages if m.sender is Sender.CUSTOMER and m.text), None)
    return first.text if first else None


COLUMNS: Final[dict[str, Callable[[Outgoing], Value]]] = {
    "ref": lambda each: each.conversation.ref,
    "contact": lambda each: _contact(each).name,
    "email": lambda each: _contact(each).email,
    "phone": lambda each: _contact(each).phone,
    "tier": lambda each: each.conversation.tier,
    "inbox": lambda each: each.conversation.inbox_name,
    "status": lambda each: each.conversation.status,
    "stage": lambda each: each.conversation.stage,
    "priority": lambda each: each.conversation.priority.word,
    "labels": lambda each: ", ".join(each.transcript.labels),
    "assignee": lambda each: each.conversation.assignee_name,
    "team": lambda each: each.conversation.team_name,
    "subject": lambda each: each.transcript.subject,
    "lang": lambda each: each.transcript.lang,
    "opened_at": lambda each: _time(each.conversation.opened_at),
    "first_response_s": _first_response_s,
    "resolved_at": lambda each: _time(each.conversation.resolved_at),
    "updated_at": lambda each: _time(each.conversation.updated_at),
    "waiting_since": lambda each: _time(each.conversation.waiting_since),
    "messages": lambda each: len(each.transcript.messages),
    "customer_messages": lambda each: _count(each, Sender.CUSTOMER),
    "agent_messages": lambda each: _count(each, Sender.AGENT),
    "notes": lambda each: _count(each, Sender.NOTE),
    "attachments": lambda each: sum(len(message.attachments) for message in each.transcript.messages),
    "first_customer_text": _first_text,
    "source": lambda each: each.transcript.source,
    "source_id": lambda each: each.transcript.id,
}
"""Column name to what stands in it."""
