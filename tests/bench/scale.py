"""How the figures of a store grow with it: the same measurements at every size, side by side.

``python -m tests.bench store --conversations N --messages-per M``. The sizes are those of SIZES up to N,
and N. Each store is built once and kept (``--keep DIR``, else the cache folder); what is measured is a
copy of it, on the same disk.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.bench import builder, idle, importing, search, start, store
from tests.bench.growth import Growth, Machine, markdown, terminal
from tests.bench.progress import Progress
from tests.bench.row import Row

SIZES = (10_000, 100_000, 1_000_000)
MESSAGES_PER = 10
PAGE_OF_DOCS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: python -m tests.bench store --write-docs -->", "<!-- end of figures -->"


def add_options(parser: argparse.ArgumentParser) -> None:
    """What ``store`` takes besides."""
    parser.add_argument(
        "--messages-per", type=int, default=MESSAGES_PER, metavar="M", help="messages in each"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where built stores are kept")
    parser.add_argument("--build-only", action="store_true", help="build the stores, measure nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as JSON too")
    parser.add_argument("--plain", action="store_true", help="print the table as Markdown")
    parser.add_argument("--write-docs", action="store_true", help="put the table into docs/benchmarks.md")


def main(chosen: argparse.Namespace) -> int:
    """Build, measure, tell; 1 when a budget is missed."""
    folder: Path = chosen.keep or builder.kept_folder()
    sizes = sizes_up_to(chosen.conversations or SIZES[0])
    paths = {size: _built(size, chosen.messages_per, folder) for size in sizes}
    if chosen.build_only:
        return 0
    measured = {size: _measured(path, folder, chosen.quick) for size, path in paths.items()}
    growth = Growth.of(measured, chosen.messages_per, Machine.this())
    if chosen.json:
        chosen.json.write_text(json.dumps(growth.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    if chosen.write_docs:
        write_docs(PAGE_OF_DOCS, markdown(growth))
    print("\n".join(markdown(growth) if chosen.plain else terminal(growth)))
    return 0 if growth.is_met else 1


def sizes_up_to(conversations: int) -> tuple[int, ...]:
    """The sizes to compare: those of SIZES below, and the one that was asked for."""
    return (*(size for size in SIZES if size < conversations), conversations)


def _built(size: int, messages_per: int, folder: Path) -> Path:
    return builder.store_of(size, messages_per, folder=folder, report=Progress(f"store of {size:,}"))


def _measured(path: Path, folder: Path, quick: bool) -> list[Row]:
    """All figures of one store, taken of copies that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="measured-", dir=folder) as name:
        copy = builder.copy_of(path, Path(name))
        rows = [store.size(copy)]
        for what, part in (
            ("queue and conversations", store.reading),
            ("search", search.of_store),
        ):
            _say(path, what)
            rows += part(copy, quick=quick)
        _say(path, "start and memory")
        rows += _shown(start.measure(quick=quick, database=copy))
        rows += _shown(idle.measure(quick=True, database=copy))
        _say(path, "import and intake")
        rows += _imported(path, copy, quick)
        rows += store.writing(copy, quick=quick)
        return rows


def _imported(path: Path, copy: Path, quick: bool) -> list[Row]:
    """Into the copy, and raw into another that is as it was."""
    with tempfile.TemporaryDirectory(prefix="raw-", dir=copy.parent) as name:
        folders = Path(name, "import"), Path(name, "raw")
        for folder in folders:
            folder.mkdir()
        ours, raw = (builder.copy_of(path, folder) for folder in folders)
        return importing.into(ours, raw, quick=quick)


def _shown(rows: Iterable[Row]) -> list[Row]:
    """Idle CPU is watched for too short a time here to be a figure."""
    return [row for row in rows if not row.name.startswith("idle CPU")]


def _say(path: Path, what: str) -> None:
    print(f"{path.name}: {what} ...", file=sys.stderr, flush=True)


def write_docs(page: Path, table: list[str]) -> None:
    """Replace what lies between the marks of ``page``."""
    text = page.read_text("utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    page.write_text("\n".join([head + BEGIN, "", *table, "", END + tail]), "utf-8")
