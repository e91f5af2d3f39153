"""How long proving a store takes: ``python -m tests.bench.verifying STORE [STORE ...]``.

First each check alone in this process, in time of the processor and in microseconds for each operation; then all of
``csdesk db verify`` as a person starts it, by the clock, with what its processes took together. The stores are only read.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from csdesk.store import independent, log, projections, replay, same_rows
from csdesk.store.checks import Findings

ALONE = ("chain", "file", "references", "words")


def main(stores: Sequence[str]) -> int:
    """Print the figures of each store; 1 when one of them is not sound."""
    is_sound = True
    for store in stores:
        path = Path(store)
        print(f"{path.name}, {path.stat().st_size / 1e6:,.0f} MB")
        operations = _stages(path)
        is_sound &= _whole(path, operations)
    return 0 if is_sound else 1


def _stages(path: Path) -> int:
    """Each check by itself; how many operations there are."""
    found = Findings("replay")
    with (
        closing(independent.open_for_checks(path)) as connection,
        closing(replay.open_private(path)) as scratch,
    ):
        made = replay.prepare(scratch)

        def replayed() -> None:
            for _unknown in replay.replay(scratch, log.after(connection, (-1, 0), replay.RUN), found):
                pass

        def compared() -> None:
            same = same_rows.proved(connection, scratch, lambda done: None)
            replay.fill_indexes(scratch, made, lambda done, total: None, ["heading_index"])
            for each in (connection, scratch):
                projections.show_words(each, "heading_index")
            for projection in projections.PROJECTIONS:
                if projection.name not in same and projection is not projections.SEARCH_INDEX:
                    projections.compare(connection, scratch, projection, found)

        spent = {"replay": _timed(replayed), "rows": _timed(compared)}
        bench = independent.Bench(path, connection, scratch)
        for name in ALONE:
            spent[name] = _timed(lambda name=name: bench.find(name, lambda done, of: None))
    for name, seconds in spent.items():
        print(f"  {name:<12}{seconds:8.2f} s of CPU{seconds * 1e6 / found.looked_at:8.1f} us an operation")
    total = sum(spent.values())
    print(f"  {'together':<12}{total:8.2f} s of CPU{total * 1e6 / found.looked_at:8.1f} us an operation")
    return found.looked_at


def _timed(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _whole(path: Path, operations: int) -> bool:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "csdesk", "--lang", "en", "--db", str(path), "db", "verify"], check=False
    )
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"  db verify   {seconds:8.2f} s by the clock, {spent:.2f} s of CPU, {operations / seconds:,.0f} operations a"
        f" second, at most {after.ru_maxrss // 1024} MB in one process"
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
