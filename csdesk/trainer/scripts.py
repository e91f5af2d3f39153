"""Recorded attempts in a file, to be played and scored without a screen: JSON lines, or one JSON list.

Each attempt is ``{"scenario": ID, "replies": [...]}`` with replies as texts or ``{"say": TEXT, "after_s": 20}``
(seconds behind the customer's last line); instead of replies, ``"transcript": "good"`` plays the one recorded in
the scenario. ``attempt`` (a number from 0, chooses the customer's wordings) and ``agent`` may stand beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csdesk.errors import DataError
from csdesk.i18n import _
from csdesk.text import clean, clean_line
from csdesk.trainer.engine import Practice
from csdesk.trainer.library import Library
from csdesk.trainer.playing import USUAL_S, play
from csdesk.trainer.scenario import Given, Recorded, Scenario

LONGEST = 64 * 1024 * 1024
LONGEST_REPLY = 4000
MOST_REPLIES = 100
LATEST_S = 86_400
EXAMPLE = '{"scenario": "zh.late-parcel", "replies": ["..."]}'


@dataclass(frozen=True, slots=True)
class Scripted:
    """One attempt of a script, ready to be played."""

    scenario: Scenario
    attempt: int
    agent: str
    replies: tuple[Given, ...]

    def play(self) -> Practice:
        """The finished practice that the replies lead to."""
        return play(self.scenario, self.replies, self.attempt)


def read_script(path: Path, library: Library) -> Iterator[Scripted]:
    """The attempts in the file at ``path``, one after the other.

    Raises DataError with file and line for what is no attempt, NotFound for a scenario that ``library`` lacks.
    """
    try:
        with path.open("rb") as stream:
            raw = stream.read(LONGEST + 1)
    except OSError as error:
        raise DataError(
            "trainer.script_unreadable",
            _("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror),
            _("Check that it is a file and that you may read it."),
        ) from None
    if len(raw) > LONGEST:
        raise _wrong(path, 1, _("the file is larger than {limit} MB").format(limit=LONGEST // 1024 // 1024))
    for line, given in _documents(raw, path):
        yield _scripted(given, path, line, library)


def _documents(raw: bytes, path: Path) -> Iterator[tuple[int, Any]]:
    """Every attempt with the line it begins in (1 for all of a JSON list)."""
    if raw.lstrip()[:1] == b"[":
        whole = _parsed(raw, path, 1)
        yield from ((1, each) for each in whole)
        return
    for number, line in enumerate(raw.splitlines(), 1):
        if line.strip():
            yield number, _parsed(line, path, number)


def _parsed(raw: bytes, path: Path, line: int) -> Any:
    try:
        return json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _wrong(path, line, _("this is not JSON in UTF-8")) from None


def _scripted(given: Any, path: Path, line: int, library: Library) -> Scripted:
    if not isinstance(given, dict) or not isinstance(given.get("scenario"), str):
        raise _wrong(path, line, _("an attempt without a scenario"))
    unknown = set(given) - {"scenario", "attempt", "agent", "replies", "transcript"}
    if unknown:
        raise _wrong(path, line, _("the key “{key}” is not known").format(key=clean_line(min(unknown))[:40]))
    scenario = library.get(given["scenario"])
    attempt = given.get("attempt", 0)
    if not isinstance(attempt, int) or isinstance(attempt, bool) or not 0 <= attempt < 2**31:
        raise _wrong(path, line, _("“attempt” is not a whole number from 0"))
    return Scripted(
        scenario, attempt, clean_line(str(given.get("agent", "")))[:80], _replies(given, path, line, scenario)
    )


def _replies(given: dict[str, Any], path: Path, line: int, scenario: Scenario) -> tuple[Given, ...]:
    if "transcript" in given:
        known = [quality.value for quality in Recorded if quality in scenario.transcripts]
        if given["transcript"] not in known:
            raise _wrong(path, line, _("“transcript” is none of: {names}").format(names=", ".join(known)))
        return scenario.transcripts[Recorded(given["transcript"])]
    replies = given.get("replies")
    if not isinstance(replies, list) or len(replies) > MOST_REPLIES:
        raise _wrong(path, line, _("“replies” is not a list of at most {most}").format(most=MOST_REPLIES))
    return tuple(_reply(each, path, line) for each in replies)


def _reply(given: Any, path: Path, line: int) -> Given:
    written = {"say": given} if isinstance(given, str) else given
    if (
        not isinstance(written, dict)
        or set(written) - {"say", "after_s"}
        or not isinstance(written.get("say"), str)
    ):
        raise _wrong(path, line, _("a reply is neither a text nor say with after_s"))
    after_s = written.get("after_s", USUAL_S)
    if not isinstance(after_s, int) or isinstance(after_s, bool) or not 0 <= after_s <= LATEST_S:
        raise _wrong(path, line, _("“after_s” is not a whole number of seconds"))
    return Given(clean(written["say"])[:LONGEST_REPLY], after_s)


def _wrong(path: Path, line: int, reason: str) -> DataError:
    return DataError(
        "trainer.bad_script",
        _("{file}:{line}: {reason}").format(file=path, line=line, reason=reason),
        _("Write one attempt a line: {example}").format(example=EXAMPLE),
    )
