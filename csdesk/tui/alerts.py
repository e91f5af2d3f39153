"""Watches who waits for one window, and says when that is to be heard.

The store is read when it changed and when a limit is due, on the tick of the screen: no timer of its own.
"""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace

from csdesk.availability.alerts import Level, Line, Memory, Wait, dismissed, look
from csdesk.desk import alerts as cases
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import _, ngettext
from csdesk.store.announced import MOST
from csdesk.store.connect import DriverError
from csdesk.tui.times import wait_text

TITLE_STEP_MS = 10_000
"""How often the wait in the title moves on: each second would make tmux draw its line as often."""


@dataclass(frozen=True, slots=True)
class News:
    """What came of a look: the line that stands now, and the words for something loud (empty: nothing).

    ``written`` is done with how much of it was news to all windows of this agent; None: nothing was written.
    """

    line: Line | None
    said: str = ""
    written: Future[int] | None = None


class AlertWatch:
    """The memory between looks, and what was read last."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = Memory()
        self._line: Line | None = None
        self._is_behind = True
        self._due_at: int | None = None
        self._acting_on: int | None = None
        self._waits: list[Wait] = []
        self._backlog_before = 0

    def note_change(self) -> None:
        """The store changed: the next look reads it."""
        self._is_behind = True

    def close(self) -> None:
        """The agent has seen the line."""
        self._memory = dismissed(self._memory)
        self._is_behind = True

    def look(self, acting_on: int | None) -> News | None:
        """Look when something changed or is due; None when there is nothing to do.

        ``acting_on`` is the conversation the agent is writing in. What cannot be read now is read next time.
        """
        now = self._desk.now_ms()
        is_due = self._due_at is not None and now >= self._due_at
        if not (self._is_behind or is_due or acting_on != self._acting_on):
            return None
        try:
            if self._is_behind:
                self._waits = self._read()
            moment = cases.moment(self._desk, acting_on)
        except (CsdeskError, DriverError):
            self._is_behind = True
            return None
        self._is_behind, self._acting_on = False, acting_on
        outcome = look(self._memory, self._waits, moment, cases.rules_for(self._desk))
        self._memory, self._due_at, self._line = outcome.memory, outcome.due_at, outcome.line
        said = self._words() if outcome.is_loud else ""
        written = cases.remember(self._desk, outcome.told) if outcome.told else None
        return News(outcome.line, said, written)

    def _read(self) -> list[Wait]:
        """Who waits. Those behind as many as are looked at were in the count once: that was their alert."""
        found = cases.waits(self._desk)
        if len(found) >= MOST:
            self._backlog_before = max(self._backlog_before, found[-1].since)
        before = self._backlog_before
        return [replace(each, announced=Level.RED) if each.since < before else each for each in found]

    def _words(self) -> str:
        """For a notification: numbers only."""
        if self._line is not None:
            return sentence(self._line)
        count = len(self._waits)
        said = ngettext("{count} customer waits", "{count} customers wait", count)
        return said.format(count=shown_count(count))


def sentence(line: Line) -> str:
    """``3 customers have waited over 03:00``; numbers only, whoever they are."""
    count, many = line.count, shown_count(line.count)
    if line.level is Level.NEW:
        said = ngettext("{count} customer of tier A waits", "{count} customers of tier A wait", count)
        return said.format(count=many)
    if line.limit_ms is None:
        said = ngettext(
            "{count} customer has waited too long", "{count} customers have waited too long", count
        )
        return said.format(count=many)
    said = ngettext(
        "{count} customer has waited over {limit}", "{count} customers have waited over {limit}", count
    )
    return said.format(count=many, limit=wait_text(line.limit_ms))


def shown_count(count: int) -> str:
    """``300+`` for as many as are looked at."""
    return f"{count}+" if count >= MOST else str(count)


def window_title(waiting: int, longest_ms: int | None) -> str:
    """``csdesk (3 waiting, 02:40)``: what a glance at the task bar should tell."""
    if not waiting:
        return "csdesk"
    if longest_ms is None:
        return _("csdesk ({count} waiting)").format(count=waiting)
    whole = max(0, longest_ms) // TITLE_STEP_MS * TITLE_STEP_MS
    return _("csdesk ({count} waiting, {time})").format(count=waiting, time=wait_text(whole))
