"""What every reader of a format hands on: a conversation, or why there is none, and where that was."""

from __future__ import annotations

from dataclasses import dataclass

from csdesk.i18n import _
from csdesk.model.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a part of a file was not taken: one sentence and what to do.

    ``line`` counts from 1. ``record`` is the number of the object or mail, from 1, where a record is not a line.
    """

    line: int
    reason: str
    hint: str = ""
    record: int | None = None

    @property
    def sentence(self) -> str:
        if self.record is None:
            return _("Line {line}: {reason}").format(line=self.line, reason=self.reason)
        return _("Record {record} (line {line}): {reason}").format(
            record=self.record, line=self.line, reason=self.reason
        )


@dataclass(frozen=True, slots=True)
class Record:
    """What one record of a file held; ``end`` is the byte offset behind it, for a progress bar."""

    line: int
    end: int
    content: Transcript | Problem
    number: int | None = None
