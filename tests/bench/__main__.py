"""``python -m tests.bench [desk|store|replies|trainer|sync|hub] [--quick] [--conversations N]``: figures beside the raw limits of the same run.

``desk`` is what a person feels at the keyboard; ``store`` how the store grows (see ``scale``);
``replies`` how finding a quick reply does (see ``replies``); ``trainer`` grading in bulk; ``sync`` a desk and its hub;
``hub`` the steps by which a hub grows.

Leaves with 1 when a budget is missed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Sequence

from csdesk.text import cell_width
from tests.bench import scale
from tests.bench.row import Row

DESK = ("start", "idle", "keys", "composer", "etiquette", "feed", "palette", "store", "importing", "search")
HEAD = ("what", "median", "raw limit", "", "ratio", "budget", "", "target", "")
NUMBERS = (1, 2, 4, 5, 7)
"""Columns that end at one line."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "part", nargs="?", choices=("desk", "store", "replies", "trainer", "sync", "hub"), default="desk"
    )
    parser.add_argument("--quick", action="store_true", help="fewer samples: to see that it runs")
    parser.add_argument("--conversations", type=int, metavar="N", help="size of the store that is measured")
    scale.add_options(parser)
    chosen = parser.parse_args(arguments)
    if chosen.part == "store":
        return scale.main(chosen)
    parts = DESK if chosen.part == "desk" else (chosen.part,)
    return _desk(parts, chosen.quick, chosen.conversations)


def _desk(parts: Sequence[str], is_quick: bool, conversations: int | None) -> int:
    """Part after part, then one table."""
    rows: list[Row] = []
    for name in parts:
        module = f"tests.bench.{name}"
        if importlib.util.find_spec(module) is None:
            print(f"{name}: not there yet", file=sys.stderr)
            continue
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += _measured(importlib.import_module(module).measure, is_quick, conversations)
    print("\n".join(table(rows)))
    return 0 if all(row.is_met for row in rows) else 1


def _measured(measure: Callable[..., list[Row]], is_quick: bool, conversations: int | None) -> list[Row]:
    """The rows of one part; some have no quick form, some no store of any size."""
    takes = inspect.signature(measure).parameters
    given = {"quick": is_quick, "conversations": conversations}
    return measure(**{name: value for name, value in given.items() if name in takes and value is not None})


def table(rows: list[Row]) -> list[str]:
    """``rows`` as one aligned table."""
    columns = len(HEAD) if any(row.target for row in rows) else len(HEAD) - 2
    cells = [line[:columns] for line in (HEAD, *map(_cells, rows))]
    widths = [max(cell_width(line[at]) for line in cells) for at in range(columns)]
    lines = []
    for line in cells:
        padded = [
            " " * (width - cell_width(cell)) + cell
            if at in NUMBERS
            else cell + " " * (width - cell_width(cell))
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    return lines


def _cells(row: Row) -> tuple[str, ...]:
    budget = f"{row.budget:g}" if row.budget or "(most 0)" in row.name else "-"
    return (
        row.name,
        f"{row.value:.3f} {row.unit}",
        f"{row.raw:.3f}" if row.raw else "",
        row.raw_name,
        f"{row.ratio:.2f}" if row.raw else "",
        f">= {budget}" if row.is_speed and row.budget else budget,
        "met" if row.is_met else "MISSED",
        row.target,
        ("met" if row.is_on_target else "missed") if row.target else "",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
