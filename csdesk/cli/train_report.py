"""``csdesk train report``: what was practised, as text, JSON, CSV or one page."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from csdesk.cli import output
from csdesk.cli.moments import local_time
from csdesk.clock import clock_from_environment
from csdesk.desk.wording import reasons_told
from csdesk.errors import Refused, UsageError
from csdesk.i18n import _, ngettext
from csdesk.paths import is_file
from csdesk.trainer import attempts as kept
from csdesk.trainer import wording
from csdesk.trainer.library import Library
from csdesk.trainer.report import Trainee, as_csv, as_item, trainees
from csdesk.whole_file import open_whole


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is asked for: days as they were typed, ``form`` is text, json, csv or html."""

    files: Sequence[Path]
    agent: str | None
    since: str | None
    until: str | None
    form: str
    target: Path | None


def write_report(library: Library, wanted: Wanted) -> None:
    """Read the attempts, narrow them, and write them in the form that is wanted."""
    for file in wanted.files:
        if not is_file(file):
            raise UsageError(
                "trainer.no_such_file", _("There is no file {file}.").format(file=file), _("Check the path.")
            )
    everything = kept.read(wanted.files)
    if everything.skipped:
        count = everything.skipped
        told = ngettext("{count} line could not be read.", "{count} lines could not be read.", count)
        output.narrate(told.format(count=count))
    found = _narrowed(everything.attempts, wanted)
    if wanted.form == "csv":
        write_text("".join(as_csv(found, library)), wanted.target)
        return
    people = trainees(found, library, clock_from_environment().now_ms(), every=everything.attempts)
    if wanted.form == "json":
        write_text(
            output.to_json({"items": [as_item(one) for one in people], "next": None}) + "\n", wanted.target
        )
    elif wanted.form == "html":
        from csdesk.trainer.report_html import html_page

        write_text("".join(html_page(people, library, _period(found))), wanted.target)
    else:
        write_text("".join(f"{output.harmless(line)}\n" for line in _lines(people)), wanted.target)


def _narrowed(attempts: Sequence[kept.Attempt], wanted: Wanted) -> list[kept.Attempt]:
    since = _day(wanted.since) if wanted.since else None
    until = _day(wanted.until, days=1) if wanted.until else None
    mine = kept.of_agent(attempts, wanted.agent) if wanted.agent else attempts
    return [one for one in mine if (since is None or one.at >= since) and (until is None or one.at < until)]


def _day(typed: str, days: int = 0) -> int:
    """The beginning of a local day, ``days`` later, in UTC ms. Raises UsageError."""
    try:
        day = date.fromisoformat(typed.strip()) + timedelta(days=days)
        return round(datetime.combine(day, time()).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        raise UsageError(
            "time.bad_day", _("{value} is not a day.").format(value=typed[:40]), _("Write 2026-11-01.")
        ) from None


def _period(found: Sequence[kept.Attempt]) -> str:
    if not found:
        return ""
    first, last = local_time(found[0].at), local_time(found[-1].at)
    return _("Attempts from {first} to {last}, local time").format(first=first, last=last)


def _lines(people: Iterable[Trainee]) -> Iterable[str]:
    is_empty = True
    for one in people:
        is_empty = False
        count = len(one.attempts)
        attempts = ngettext("{count} attempt", "{count} attempts", count).format(count=count)
        yield f"{one.agent}: {attempts}, " + _("mean {points} of 100").format(points=f"{one.mean:.0f}")
        for dimension, share in one.levels.items():
            yield f"  {share * 100:3.0f} %  {dimension.label}"
        for cost in one.costs:
            yield "  " + _("{rule} costs {points} points an attempt").format(
                rule=wording.rule(cost.rule), points=f"{cost.points:.1f}"
            )
        for each in one.ignored:
            yield "  " + _("{rule} was ignored {times} times: {reasons}").format(
                rule=wording.rule(each.rule), times=each.times, reasons=reasons_told(each.reasons)
            )
        if one.suggestion:
            yield "  " + _("next lesson: {title}").format(title=one.suggestion.scenario.title)
    if is_empty:
        yield _("Nobody practised in this time.")


def write_text(text: str, target: Path | None) -> None:
    """``text`` to ``target``, or to standard output. Raises Refused when it cannot be written."""
    if target is None or str(target) == "-":
        sys.stdout.write(text)
        return
    try:
        with open_whole(target) as stream:
            stream.write(text.encode("utf-8"))
    except OSError as error:
        raise Refused(
            "file.cannot_write",
            _("{file} cannot be written: {reason}.").format(file=target, reason=error.strerror),
            _("Choose another place."),
        ) from None
    output.narrate(_("Written: {what}.").format(what=target))
