"""One line of the bench: a figure beside the raw limit of the same run."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Row:
    """``value`` of ``name`` in ``unit``; ``raw`` is what the machine can do at best, ``ratio`` value / raw.

    ``budget`` is the largest ratio allowed (of the value itself where there is no raw limit), 0 for none; with
    ``is_speed`` ``ratio`` is raw / value, the share of the raw speed, and ``budget`` its least. ``target`` says what
    is aimed at beyond it, "" for nothing.
    """

    name: str
    value: float
    unit: str
    raw_name: str
    raw: float
    ratio: float
    budget: float
    is_met: bool
    is_speed: bool = False
    target: str = ""
    is_on_target: bool = True


def speed(
    name: str, value: float, unit: str, raw_name: str, raw: float, *, floor: float = 0.0, target: float = 0.0
) -> Row:
    """A row of how long something takes, told as its share of the raw speed: at least ``floor`` of it."""
    row = Row(name, value, unit, raw_name, raw, raw / value, floor, raw / value >= floor, is_speed=True)
    return replace(row, target=f">= {target:g}", is_on_target=row.ratio >= target) if target else row


def reported(name: str, value: float, unit: str, raw_name: str, raw: float) -> Row:
    """A row that is told, and has no budget."""
    return Row(name, value, unit, raw_name, raw, value / raw if raw else 0.0, 0.0, True)


def aiming(row: Row, *, ratio: float = 0.0, value: float | None = None) -> Row:
    """``row`` with a target: the largest ``ratio``, or the largest ``value``, that is aimed at."""
    if value is not None:
        return replace(row, target=f"{value:g} {row.unit}", is_on_target=row.value <= value)
    return replace(row, target=f"{ratio:g}", is_on_target=row.ratio <= ratio)


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
