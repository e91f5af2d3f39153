"""One table of many sizes: a column for each, how much more the largest takes, and the raw limit."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from csdesk.store.connect import sqlite_version
from csdesk.text import cell_width
from tests.bench.row import Row

MOST_GROWTH = {"queue page, ": 1.5}
"""By how a figure's name begins (p50 only): what the largest store may take to the smallest (DESIGN 16)."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and when the figures were taken, and how busy it was: the load of the last five minutes."""

    processor: str
    cores: int
    memory_gb: int
    system: str
    python: str
    sqlite: str
    at: str
    load: float

    @classmethod
    def this(cls) -> Machine:
        described = Path("/proc/cpuinfo")
        models = [
            line.partition(":")[2].strip()
            for line in (described.read_text().splitlines() if described.exists() else ())
            if line.startswith("model name")
        ]
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
        return cls(
            models[0] if models else platform.processor() or platform.machine(),
            os.cpu_count() or 1,
            round(memory),
            f"{platform.system()} {platform.release()}",
            platform.python_version(),
            sqlite_version(),
            datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            round(os.getloadavg()[1], 1),
        )

    def __str__(self) -> str:
        return (
            f"{self.cores} cores of {self.processor}, {self.memory_gb} GB, {self.system},"
            f" Python {self.python}, SQLite {self.sqlite}, {self.at}, load {self.load}"
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One figure at every size; None where a store was too small to have it."""

    name: str
    rows: tuple[Row | None, ...]

    @property
    def last(self) -> Row:
        """The figure of the largest store that has it."""
        return next(row for row in reversed(self.rows) if row is not None)

    @property
    def growth(self) -> float | None:
        """The largest store's figure to the smallest's; None with one size only."""
        first, last = self.rows[0], self.rows[-1]
        return last.value / first.value if len(self.rows) > 1 and first and last and first.value else None

    @property
    def most_growth(self) -> float | None:
        if not self.name.endswith("p50"):
            return None
        return next((most for start, most in MOST_GROWTH.items() if self.name.startswith(start)), None)

    @property
    def missed(self) -> list[str]:
        """What of this line is over its budget: the places in ``rows``, and growth."""
        found = [str(at) for at, row in enumerate(self.rows) if row is not None and not row.is_met]
        if self.growth and self.most_growth and self.growth > self.most_growth:
            found.append("growth")
        return found


@dataclass(frozen=True, slots=True)
class Growth:
    """All figures of all sizes."""

    sizes: tuple[int, ...]
    messages_per: int
    lines: tuple[Line, ...]
    machine: Machine

    @classmethod
    def of(cls, measured: dict[int, list[Row]], messages_per: int, machine: Machine) -> Growth:
        """Figures of one name are one line; they come in the order of the largest store."""
        sizes = tuple(sorted(measured))
        named = [{row.name: row for row in measured[size]} for size in sizes]
        names = dict.fromkeys(name for rows in reversed(named) for name in rows)
        made = tuple(Line(name, tuple(rows.get(name) for rows in named)) for name in names)
        return cls(sizes, messages_per, made, machine)

    @property
    def is_met(self) -> bool:
        return not any(line.missed for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """``{"machine", "messages_per", "sizes", "figures": [{name, unit, growth, met, at: {size: ...}}]}``."""
        return {
            "machine": asdict(self.machine),
            "messages_per": self.messages_per,
            "sizes": list(self.sizes),
            "figures": [
                {
                    "name": line.name,
                    "unit": line.last.unit,
                    "raw_limit": line.last.raw_name,
                    "budget": line.last.budget or None,
                    "growth": line.growth,
                    "met": not line.missed,
                    "at": {
                        str(size): {"value": row.value, "raw": row.raw, "ratio": row.ratio, "met": row.is_met}
                        for size, row in zip(self.sizes, line.rows, strict=True)
                        if row is not None
                    },
                }
                for line in self.lines
            ],
        }


def _cells(growth: Growth) -> list[tuple[str, ...]]:
    """The table: a head, then a row for each figure."""
    head = ("what", "", *map(_short, growth.sizes), "growth", "raw limit", "", "ratio", "budget", "")
    return [head, *(_row(line, growth.sizes) for line in growth.lines)]


def _row(line: Line, sizes: tuple[int, ...]) -> tuple[str, ...]:
    last = line.last
    missed = [_short(sizes[int(what)]) if what.isdigit() else what for what in line.missed]
    verdict = "" if not last.budget else "met" if not missed else f"MISSED ({', '.join(missed)})"
    return (
        line.name,
        last.unit,
        *("-" if row is None else _figure(row.value) for row in line.rows),
        f"{line.growth:.2f}" if line.growth else "-",
        _figure(last.raw),
        last.raw_name,
        f"{last.ratio:.2f}",
        f"{last.budget:g}" if last.budget else "-",
        verdict,
    )


def _figure(value: float) -> str:
    """Three figures that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def _short(size: int) -> str:
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if size >= unit and size % unit == 0:
            return f"{size // unit}{letter}"
    return f"{size:,}"


def _is_number(at: int, growth: Growth) -> bool:
    sizes = len(growth.sizes)
    return 2 <= at <= sizes + 3 or at in (sizes + 5, sizes + 6)


def terminal(growth: Growth) -> list[str]:
    """The table with its columns aligned, under a line that says where it was taken."""
    cells = _cells(growth)
    widths = [max(cell_width(line[at]) for line in cells) for at in range(len(cells[0]))]
    lines = [_said(growth), ""]
    for line in cells:
        padded = [
            " " * (width - cell_width(cell)) + cell
            if _is_number(at, growth)
            else cell + " " * (width - cell_width(cell))
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def markdown(growth: Growth) -> list[str]:
    """The table for a page of the docs."""
    head, *rows = _cells(growth)
    rule = ["---:" if _is_number(at, growth) else "---" for at in range(len(head))]
    return [_said(growth), "", *("| " + " | ".join(line) + " |" for line in (head, rule, *rows))]


def _said(growth: Growth) -> str:
    return f"{growth.machine}; about {growth.messages_per} messages a conversation."
