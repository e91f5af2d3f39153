"""How a conversation and its lines look as plain text in a terminal or a pager."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from csdesk.cli.moments import local_time
from csdesk.cli.shapes import is_event
from csdesk.cli.wording import DELIVERY, PRIORITY, SENDER, STAGE, STATUS, awaits, word
from csdesk.i18n import _
from csdesk.model.attachment import file_line
from csdesk.model.conversation import Conversation, Priority
from csdesk.model.message import WHISPER, Delivery, Message, Sender
from csdesk.text import cell_width, clean_line, fit, wrap
from csdesk.tui.times import clock_time, day_text, local_day, wait_text

WHO_CELLS = 12
NARROWEST, WIDEST = 40, 100
SIGNS = {
    Delivery.HELD: "…",
    Delivery.APPROVAL: "⋯",
    Delivery.QUEUED: "…",
    Delivery.SENDING: "…",
    Delivery.SENT: "✓",
    Delivery.DELIVERED: "✓✓",
    Delivery.READ: "✓✓",
    Delivery.FAILED: "✗",
    Delivery.LOOK: "▲",
}
SEPARATOR = " · "


def name_of(contact_name: str) -> str:
    """A contact's name; a visitor has none yet."""
    return contact_name or _("visitor")


def heading(current: Conversation, now_ms: int) -> Iterator[str]:
    """Two or three lines: who and what, where it stands, the subject."""
    facts = [
        name_of(current.contact_name),
        current.tier or "",
        word(STAGE, current.stage),
        current.inbox_name,
    ]
    yield f"#{current.short_ref}  " + SEPARATOR.join(filter(None, facts))
    yield SEPARATOR.join(filter(None, standing(current, now_ms)))
    if current.subject:
        yield current.subject


def standing(current: Conversation, now_ms: int) -> list[str]:
    """Status, wait, owner, priority, labels: each a few words, empty where there is nothing to say."""
    until = (
        ""
        if current.snooze_until is None
        else _("until {time}").format(time=local_time(current.snooze_until))
    )
    waits = (
        ""
        if current.waiting_since is None
        else _("waiting {time}").format(time=wait_text(now_ms - current.waiting_since))
    )
    priority = "" if current.priority is Priority.NORMAL else word(PRIORITY, current.priority.word)
    return [
        word(STATUS, current.status),
        until,
        waits,
        current.assignee_name or _("unassigned"),
        _("team {name}").format(name=current.team_name) if current.team_name else "",
        priority,
        " ".join(f"+{label}" for label in current.labels),
    ]


def transcript(lines: Sequence[Message], now_ms: int) -> Iterator[str]:
    """Messages and events under the days they fall on, wrapped to the terminal."""
    width = max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns))
    day: tuple[int, int, int] | None = None
    for line in lines:
        if local_day(line.at) != day:
            day = local_day(line.at)
            yield ""
            yield f"── {day_text(line.at, now_ms)} ──"
        if is_event(line):
            yield f"{clock_time(line.at)}  ── {line.text} ──"
        else:
            yield from _message(line, width)


def _message(line: Message, width: int) -> Iterator[str]:
    lead = f"{clock_time(line.at)}  {fit(_who(line), WHO_CELLS)}  "
    room = width - cell_width(lead)
    text = line.shown_text + _tail(line)
    for number, part in enumerate(piece for row in text.split("\n") for piece in wrap(row, room) or [""]):
        yield (lead if number == 0 else " " * cell_width(lead)) + part
    for file in line.attachments:
        yield " " * cell_width(lead) + _("[file {name}]").format(name=file_line(file, room))


def _who(line: Message) -> str:
    if line.sender is Sender.NOTE and line.rule == WHISPER:
        return _("whisper {name}").format(name=line.author_name).strip()
    if line.sender is Sender.NOTE:
        return _("note {name}").format(name=line.author_name).strip()
    if line.sender is Sender.AUTO:
        return " ".join(filter(None, (word(SENDER, line.sender), line.author_name)))
    return line.author_name or word(SENDER, line.sender)


def _tail(line: Message) -> str:
    if line.delivery is None:
        return ""
    if line.delivery is Delivery.APPROVAL:
        return f"  {SIGNS[line.delivery]} {awaits(line.reason or '')}"
    if line.delivery is Delivery.LOOK:
        return f"  {SIGNS[line.delivery]} {word(DELIVERY, line.delivery)}"
    if line.delivery is Delivery.FAILED:
        return f"  {SIGNS[line.delivery]} {word(DELIVERY, line.delivery)}: {clean_line(line.reason or '')}"
    return f"  {SIGNS[line.delivery]}"
