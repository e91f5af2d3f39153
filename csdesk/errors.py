"""Every failure a person can meet: a code, one clear sentence, and what to do next.

An error is raised with its text already translated, so a face only has to show it:
the command line prints ``sentence`` and ``hint`` and leaves with ``exit_code``; the
TUI draws a card from the same three fields. No traceback ever reaches a person.
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_NEEDS_PERSON = 3
EXIT_INTERRUPTED = 130
"""Stopped by the person, as shells say it: 128 and the number of SIGINT."""


class CsdeskError(Exception):
    """A failure with a stable ``code`` (for scripts), a sentence and a next step."""

    exit_code = EXIT_REFUSED

    def __init__(self, code: str, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.hint = hint


class NotFound(CsdeskError):
    """A ref, name or file names nothing here, or more than one thing."""


class Refused(CsdeskError):
    """The desk understood, and says no: the reason is in the sentence."""


class UsageError(CsdeskError):
    """The words given to a command or to the configuration are off."""

    exit_code = EXIT_USAGE


class NeedsPerson(CsdeskError):
    """A person has to decide first (unfilled slot, etiquette block, stale reply)."""

    exit_code = EXIT_NEEDS_PERSON


class StoreError(CsdeskError):
    """The database cannot be opened, read or written; nothing was half-written."""


class DataError(CsdeskError):
    """A file from outside is not in the shape we read: the sentence says where."""
