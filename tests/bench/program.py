"""csdesk as a person starts it: a process on a copy of a built store, with folders of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from csdesk import paths
from csdesk.clock import format_time
from tests.bench.builder import AGENTS, NOW_MS, copy_of, store_of
from tests.bench.progress import Progress

CONVERSATIONS = 100_000


@dataclass(frozen=True, slots=True)
class Program:
    """Where it runs: ``arguments`` of ``python -m csdesk`` and the ``surroundings`` of the process."""

    database: Path
    arguments: tuple[str, ...]
    surroundings: dict[str, str]


@contextmanager
def program(database: Path | None = None) -> Iterator[Program]:
    """csdesk on ``database``, else on a copy of a store of CONVERSATIONS; its clock runs from that store's end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = database or copy_of(store_of(CONVERSATIONS, report=Progress("store")), folder)
        surroundings = {
            f"CSDESK_{each}_DIR": str(folder / each.lower()) for each in ("CONFIG", "DATA", "STATE")
        }
        surroundings |= {
            "CSDESK_CACHE_DIR": str(paths.cache_folder() / "bench"),
            "CSDESK_AGENT": AGENTS[0],
            "CSDESK_LANG": "en",
            "CSDESK_NOW": f"{format_time(NOW_MS)}+",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTHONPYCACHEPREFIX": str(paths.cache_folder() / "bench" / "pyc"),
        }
        yield Program(database, ("--db", str(database)), surroundings)
