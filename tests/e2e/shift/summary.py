"""The account of a shift, for people and for programs."""

from __future__ import annotations

from csdesk.text import cell_width
from tests.e2e.shift.books import Books
from tests.e2e.shift.checks import Check
from tests.e2e.shift.plan import Shift

MOST_DETAILS = 8


def as_text(shift: Shift, checks: list[Check], books: Books, took_s: float) -> str:
    """One line a check, then what was done."""
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
    return "\n".join([*lines, "", f"  done: {done}"])


def as_data(shift: Shift, checks: list[Check], books: Books, took_s: float) -> dict[str, object]:
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
        "done": dict(books.done),
    }


def is_good(checks: list[Check]) -> bool:
    return all(check.is_met for check in checks)
