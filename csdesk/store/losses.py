"""What a cut or removed write-ahead log took: how many operations, which, and since when."""

from __future__ import annotations

import time
from dataclasses import dataclass

from csdesk.errors import StoreError
from csdesk.i18n import _, ngettext
from csdesk.store import log
from csdesk.store.connect import Connection


@dataclass(frozen=True, slots=True)
class Lost:
    """Operations ``first`` to ``last`` of ``desk``: the witness saw them, the log does not hold them.

    ``after_ms`` (UTC ms) is the time of the last one that is left; None when none is.
    """

    desk: int
    first: int
    last: int
    after_ms: int | None

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def sentence(self) -> str:
        """What is lost, for a person."""
        if self.after_ms is None:
            return ngettext(
                "All {count} operation of desk {desk} is gone: the store or its write-ahead log was cut or removed.",
                "All {count} operations of desk {desk} are gone: the store or its write-ahead log was cut or removed.",
                self.count,
            ).format(count=self.count, desk=self.desk)
        return ngettext(
            "The last {count} operation of this desk is gone: number {first}, written after {time}. Its"
            " write-ahead log was cut or removed.",
            "The last {count} operations of this desk are gone: numbers {first} to {last}, written after {time}."
            " Its write-ahead log was cut or removed.",
            self.count,
        ).format(count=self.count, first=self.first, last=self.last, time=local_time(self.after_ms))

    def as_error(self) -> StoreError:
        """The loss as a card shows it."""
        return StoreError(
            "store.lost_tail",
            self.sentence,
            _("csdesk db verify says what is left; a backup may hold more."),
        )


def local_time(at_ms: int) -> str:
    """A moment (UTC ms) to the second, as clocks here show it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_ms // 1000))


def find(connection: Connection, head: log.Head | None) -> Lost | None:
    """What the log lacks of what its witness saw; None when it reaches as far, or none saw it.

    Of a log that others write, ``head`` has to be read before the rows that ``connection`` sees.
    """
    if head is None:
        return None
    left = log.tip(connection, head.desk)
    if left.dseq >= head.dseq:
        return None
    after_ms = left.hlc >> log.HLC_COUNTER_BITS if left.dseq else None
    return Lost(head.desk, left.dseq + 1, head.dseq, after_ms)
