"""One line of the bench: a figure beside the raw limit of the same run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``value`` of ``name`` in ``unit``; ``raw`` is what the machine can do at best, ``ratio`` value / raw.

    ``budget`` is the largest ratio allowed (of the value itself where there is no raw limit).
    """

    name: str
    value: float
    unit: str
    raw_name: str
    raw: float
    ratio: float
    budget: float
    is_met: bool


def against(name: str, value: float, unit: str, raw_name: str, raw: float, budget: float) -> Row:
    """A row whose ratio to ``raw`` may be ``budget`` at most."""
    ratio = value / raw
    return Row(name, value, unit, raw_name, raw, ratio, budget, ratio <= budget)


def at_most(name: str, value: float, unit: str, raw_name: str, raw: float, most: float) -> Row:
    """A row whose own value, not its ratio to ``raw``, may be ``most``."""
    return Row(f"{name} (most {most:g})", value, unit, raw_name, raw, value / raw, most, value <= most)


def lines(rows: list[Row]) -> list[str]:
    """``rows`` for a terminal."""
    return [
        f"{row.name:<44} {row.value:10.3f} {row.unit:<4} {row.raw_name}: {row.raw:.3f}"
        f"  ratio {row.ratio:.2f} (budget {row.budget:g}) {'ok' if row.is_met else 'MISSED'}"
        for row in rows
    ]
