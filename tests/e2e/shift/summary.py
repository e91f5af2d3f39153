"""The account of a shift, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict

from csdesk.text import cell_width
from tests.e2e.shift.books import Books
from tests.e2e.shift.checks import Check
from tests.e2e.shift.plan import Shift
from tests.e2e.shift.watch import Sample

MOST_DETAILS = 8
HALF_HOUR = 30.0


def as_text(shift: Shift, checks: list[Check], books: Books, runs: list[list[Sample]], took_s: float) -> str:
    """One line a check, then the memory, then what was done."""
    width = max(cell_width(check.name) for check in checks)
    lines = [
        f"A shift of {shift.hours:g} h at {shift.speed}x in {took_s:.0f} s (seed {shift.seed}): "
        + ("everything holds" if is_good(checks) else "NOT ALL HOLDS"),
        "",
    ]
    for check in checks:
        lines.append(f"  {'ok ' if check.is_met else 'NO '} {check.name:<{width}}  {check.figure}")
        if not check.is_met:
            lines += [f"      {detail}" for detail in check.details[:MOST_DETAILS]]
    done = ", ".join(f"{name} {count}" for name, count in books.done.most_common())
    nothing = ", ".join(f"{reason} {count}" for reason, count in books.refused.most_common())
    return "\n".join(
        [*lines, "", *_memory(runs), "", f"  done: {done}", f"  nothing to do: {nothing or 'never'}"]
    )


def curve(runs: list[list[Sample]]) -> list[Sample]:
    """What was weighed at each half hour of the shift: the first sample of it. A program that starts anew begins
    small again."""
    firsts: dict[int, Sample] = {}
    for sample in (sample for run in runs for sample in run):
        firsts.setdefault(int(sample.minute // HALF_HOUR), sample)
    return [firsts[number] for number in sorted(firsts)]


def _memory(runs: list[list[Sample]]) -> list[str]:
    """The curve as a table; who was started since the line before is marked."""
    started = [run[0].minute for run in runs if run]
    lines, before = ["  at     resident     own   open  known"], 0.0
    for each in curve(runs):
        mark = "  started anew" if any(before < minute <= each.minute for minute in started) else ""
        hours, minutes = divmod(int(each.minute), 60)
        lines.append(
            f"  {hours}:{minutes:02}  {each.kib / 1024:6.1f} MB {each.own_kib / 1024:6.1f}"
            f"  {each.open:5}  {each.known:5}{mark}"
        )
        before = each.minute
    return lines


def as_data(
    shift: Shift, checks: list[Check], books: Books, runs: list[list[Sample]], took_s: float
) -> dict[str, object]:
    """The same for ``--json``."""
    return {
        "is_good": is_good(checks),
        "hours": shift.hours,
        "speed": shift.speed,
        "seed": shift.seed,
        "took_s": round(took_s, 1),
        "checks": [
            {"name": each.name, "is_met": each.is_met, "figure": each.figure, "details": list(each.details)}
            for each in checks
        ],
        "memory": [asdict(each) for each in curve(runs)],
        "done": dict(books.done),
        "nothing_to_do": dict(books.refused),
    }


def is_good(checks: list[Check]) -> bool:
    return all(check.is_met for check in checks)
