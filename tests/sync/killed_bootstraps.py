"""Begins a store with a snapshot again and again, in processes that kill themselves at a given moment.

``python -m tests.sync.killed_bootstraps STORE MOMENT...``: a moment is the number of a word of progress, ``words``
(all rows are written, the search is not) or ``done`` (it is committed). Prints, for each, whether the process was
killed, and how many operations the store holds afterwards.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path

from csdesk.clock import SystemClock
from csdesk.store import bootstrapping
from csdesk.store.connect import open_reader
from csdesk.store.database import open_store
from csdesk.sync import driver as _driver  # noqa: F401 - loaded before the processes are forked
from csdesk.sync import engine


def _die(*_given: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _begin(path: Path, moment: str) -> None:
    calls = count(1)

    def tell(_done: int, _total: int) -> None:
        if str(next(calls)) == moment:
            _die()

    if moment == "words":
        bootstrapping._index_words = _die
    with open_store(path, SystemClock()) as store:
        engine.begin(store, SystemClock(), tell)
        if moment == "done":
            _die()


def main(path: Path, moments: list[str]) -> None:
    told = []
    for moment in moments:
        child = os.fork()
        if child == 0:
            try:
                _begin(path, moment)
            finally:
                os._exit(1)
        _pid, status = os.waitpid(child, 0)
        connection = open_reader(path)
        (operations,) = connection.execute("SELECT count(*) FROM op").fetchone()
        connection.close()
        told.append({"killed": os.WIFSIGNALED(status), "operations": operations})
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
