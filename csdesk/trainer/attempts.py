"""Attempts that were kept: one file of JSON lines, appended to, readable by a teacher.

An attempt is study work, not a fact of the desk: it needs no store, is never synchronised, and files of a
whole class can be read together. Each line has what is needed to play it again (scenario, its digest, attempt
number, replies with their times) beside the score it had then; :func:`is_stale` tells when the scenario has
changed since.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from csdesk import paths as places
from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.model.finding import Ignored
from csdesk.text import clean, clean_line
from csdesk.trainer.engine import Practice
from csdesk.trainer.judging import rules_digest
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scenario import Scenario
from csdesk.trainer.scorer import Score

FILE = "practice.jsonl"
VERSION = 1
LONGEST_LINE = 256 * 1024
MOST_READ = 200_000
"""Attempts that are read of a file, the newest."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A rule and the points that were lost by it."""

    dimension: str
    rule: str
    points: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One finished practice. ``shares`` are 0 to 1 by dimension, only those that applied; ``at`` is UTC ms;
    ``mode`` is coach, exam or script; ``quick`` counts the replies that came from quick replies, ``rules`` names the etiquette rules it was scored by."""

    agent: str
    scenario: str
    digest: str
    number: int
    at: int
    mode: str
    total: float
    outcome: str
    fatal: tuple[str, ...]
    shares: Mapping[str, float]
    slips: tuple[Slip, ...]
    replies: tuple[tuple[str, int], ...]
    quick: int = 0
    rules: str = ""
    ignored: tuple[tuple[str, str, int], ...] = ()
    """Rules of the etiquette check that were ignored while writing: which, for what reason, how often."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Attempts as they were read, oldest first, and how many lines could not be."""

    attempts: tuple[Attempt, ...]
    skipped: int = 0


def usual_file() -> Path:
    """Where attempts are kept on this machine."""
    return places.data_folder() / FILE


def attempt_of(
    practice: Practice,
    result: Score,
    *,
    agent: str,
    at: int,
    mode: str,
    quick: int = 0,
    ignored: Iterable[Ignored] = (),
) -> Attempt:
    """What is kept of a finished practice."""
    return Attempt(
        agent=agent,
        scenario=practice.scenario.id,
        digest=practice.scenario.digest,
        number=practice.attempt,
        at=at,
        mode=mode,
        total=round(result.total, 2),
        outcome=result.outcome.value,
        fatal=tuple(fatal.value for fatal in result.fatal),
        shares={dimension.value: round(mark.share, 4) for dimension, mark in result.marks.items()},
        slips=tuple(Slip(loss.dimension.value, loss.rule, round(loss.points, 2)) for loss in result.losses),
        replies=tuple((line.text, line.at_s) for line in practice.lines if not line.is_customer),
        quick=quick,
        rules=rules_digest(),
        ignored=tuple(
            (each.rule, reason, count) for each in ignored for reason, count in each.reasons.items()
        ),
    )


def keep(attempt: Attempt, file: Path | None = None) -> None:
    """Append ``attempt``; two programs may do so at once. Raises StoreError."""
    path = file or usual_file()
    line = json.dumps({"v": VERSION, **asdict(attempt)}, ensure_ascii=False, separators=(",", ":")) + "\n"
    try:
        places.ensure_folder(path.parent)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, places.FILE_MODE)
        try:
            os.write(handle, _after_torn_line(path) + line.encode("utf-8", "replace"))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreError(
            "trainer.cannot_keep",
            _("The attempt cannot be kept in {file}: {reason}.").format(file=path, reason=error.strerror),
            _("Make room or check the permissions; the score above is still right."),
        ) from None


def _after_torn_line(path: Path) -> bytes:
    """A line break where a killed program left half a line, so that only that half is lost."""
    with path.open("rb") as stream:
        if stream.seek(0, os.SEEK_END) == 0:
            return b""
        stream.seek(-1, os.SEEK_END)
        return b"" if stream.read(1) == b"\n" else b"\n"


def read(files: Iterable[Path] = ()) -> Kept:
    """The attempts in ``files`` (none given: the usual one), oldest first, each once.

    A file that is not there has none. What cannot be read is counted, never guessed. Raises StoreError.
    """
    found: dict[tuple[str, str, int, int], Attempt] = {}
    skipped = 0
    for path in list(files) or [usual_file()]:
        for raw in _lines(path):
            attempt = _attempt(raw)
            if attempt is None:
                skipped += 1
            else:
                found[attempt.agent, attempt.scenario, attempt.number, attempt.at] = attempt
    attempts = sorted(found.values(), key=lambda one: (one.at, one.agent, one.scenario))
    return Kept(tuple(attempts[-MOST_READ:]), skipped)


def _lines(path: Path) -> Iterable[bytes]:
    try:
        with path.open("rb") as stream:
            while raw := stream.readline(LONGEST_LINE):
                yield raw
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            "trainer.unreadable",
            _("The attempts in {file} cannot be read: {reason}.").format(file=path, reason=error.strerror),
            _("Check the path and its permissions."),
        ) from None


def _attempt(raw: bytes) -> Attempt | None:
    """One line as an attempt; None when it is not one. A stranger may have written it."""
    try:
        given = json.loads(raw)
        if not isinstance(given, dict) or given.get("v") != VERSION:
            return None
        return Attempt(
            agent=clean_line(str(given["agent"]))[:80],
            scenario=clean_line(str(given["scenario"]))[:80],
            digest=str(given["digest"])[:16],
            number=int(given["number"]),
            at=int(given["at"]),
            mode=clean_line(str(given["mode"]))[:20],
            total=_within(given["total"], 100.0),
            outcome=clean_line(str(given["outcome"]))[:20],
            fatal=tuple(clean_line(str(one))[:20] for one in given["fatal"][:10]),
            shares={
                one.value: _within(given["shares"][one], 1.0) for one in Dimension if one in given["shares"]
            },
            slips=tuple(_slip(one) for one in given["slips"][:200]),
            replies=tuple((clean(str(text))[:4000], int(at_s)) for text, at_s in given["replies"][:100]),
            quick=int(given.get("quick", 0)),
            rules=str(given.get("rules", ""))[:16],
            ignored=tuple(
                (clean_line(str(rule))[:60], clean_line(str(reason))[:20], int(count))
                for rule, reason, count in given.get("ignored", ())[:200]
            ),
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        return None


def _slip(given: Mapping[str, Any]) -> Slip:
    return Slip(
        clean_line(str(given["dimension"]))[:20],
        clean_line(str(given["rule"]))[:60],
        _within(given["points"], 100.0),
    )


def _within(given: Any, most: float) -> float:
    number = float(given)
    if not 0.0 <= number <= most:
        raise ValueError(given)
    return number


def is_stale(attempt: Attempt, scenario: Scenario | None) -> bool:
    """Whether the scenario is gone or has changed since: the score is then that of another lesson."""
    return scenario is None or scenario.digest != attempt.digest


def of_agent(attempts: Sequence[Attempt], agent: str) -> tuple[Attempt, ...]:
    """The attempts of one agent, by name in any case."""
    wanted = agent.casefold()
    return tuple(one for one in attempts if one.agent.casefold() == wanted)


def next_number(attempts: Sequence[Attempt], agent: str, scenario: str) -> int:
    """The number of an agent's next attempt at a scenario, from 1: it chooses the wordings."""
    mine = [one.number for one in of_agent(attempts, agent) if one.scenario == scenario]
    return max(mine, default=0) + 1
