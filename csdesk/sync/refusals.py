"""What to do about each way in which a hub can say no, or not answer: one table, no I/O.

What a person is told is another matter (``driver.told``).

SQLSTATEs are those of PostgreSQL's appendix A; the class ``CS`` is the hub's own (docs/sync.md).
"""

from __future__ import annotations

from enum import Enum


class Step(Enum):
    """What follows a refusal."""

    WAIT = "wait"
    """The hub is away, busy or going down: try again later, from a new connection."""
    READ_HEAD = "read head"
    """The hub has it already, or lacks what came before: ask how far it is, go on from there."""
    DATE_AGAIN = "date again"
    """The desk's clock is ahead: measure it again, correct what nobody else has seen."""
    SET_ASIDE = "set aside"
    """One operation of the batch can never be taken: find it, leave a stand-in in its place, go on."""
    STOP = "stop"
    """A person has to act first."""


_EXACT = {
    "CS001": Step.READ_HEAD,
    "23505": Step.READ_HEAD,
    "CS002": Step.DATE_AGAIN,
    "CS003": Step.STOP,
    "CS004": Step.STOP,
    "CS005": Step.STOP,
    "CS008": Step.WAIT,  # a snapshot that is out of date by now
    "25006": Step.WAIT,  # a standby that is not in charge yet
    "53400": Step.STOP,  # a limit that somebody set: it will be there tomorrow
    "57014": Step.WAIT,  # took longer than the hub allows
    "55P03": Step.WAIT,
    "58030": Step.WAIT,
}
_BY_CLASS = {
    "08": Step.WAIT,  # the connection broke
    "53": Step.WAIT,  # no connection, memory or disk left
    "57": Step.WAIT,  # shutting down, starting up, recovering
    "40": Step.WAIT,  # lost a race with another session
    "22": Step.SET_ASIDE,
    "23": Step.SET_ASIDE,
    "54": Step.SET_ASIDE,
}


def next_step(sqlstate: str | None) -> Step:
    """What to do after an error with ``sqlstate``; None is a connection that broke without a word."""
    if sqlstate is None:
        return Step.WAIT
    return _EXACT.get(sqlstate) or _BY_CLASS.get(sqlstate[:2], Step.STOP)
