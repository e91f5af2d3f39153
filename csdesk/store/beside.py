"""Checks of a store in processes of their own, beside those that this one carries out.

A process is asked by its arguments and answers in lines of JSON: ``["done", NAME, DONE, OF]`` on the way,
``["found", NAME, LOOKED_AT, PROBLEMS]`` at the end of each check. It is gone when this one is: its input ends then.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import IO, Any

from csdesk.i18n import language, set_language
from csdesk.store.checks import Findings
from csdesk.store.independent import Bench

LEAST_BYTES = 16 * 1024 * 1024
"""Below this a store is checked in less time than a process takes to begin."""


class ChildEnded(Exception):
    """A process could not begin, or ended before it had found what it was asked for."""


def is_worth_it(path: Path) -> bool:
    """Whether to check the store at ``path`` by several processes: it is large, and there is more than one processor."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors > 1 and path.stat().st_size >= LEAST_BYTES


class Beside:
    """One process for each group of checks, from ``__enter__`` to ``__exit__``.

    ``found`` holds by name what they have found so far, ``done`` how much of how much of each is done.
    """

    def __init__(self, path: Path, groups: Sequence[Sequence[str]]) -> None:
        self._path = path
        self._groups = groups
        self._children: list[subprocess.Popen[str]] = []
        self._listeners: list[threading.Thread] = []
        self._told: SimpleQueue[list[Any]] = SimpleQueue()
        self._talking = 0
        self.found: dict[str, Findings] = {}
        self.done: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> Beside:
        try:
            for names in self._groups:
                self._begin(names)
        except OSError as error:
            self.__exit__(None, None, None)
            raise ChildEnded from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            child.terminate()
        for child, listener in zip(self._children, self._listeners, strict=True):
            listener.join()
            for pipe in (child.stdin, child.stdout):
                assert pipe is not None  # noqa: S101 - both were asked for
                pipe.close()
            child.wait()

    @property
    def is_over(self) -> bool:
        """Whether each process has said all that it will say."""
        return self._talking == 0

    def hear(self, seconds: float = 0.0) -> None:
        """Take in what was told so far, or wait ``seconds`` for it. Raises ChildEnded."""
        try:
            while not self.is_over:
                told = self._told.get(timeout=seconds) if seconds else self._told.get_nowait()
                seconds = 0.0
                self._take_in(told)
        except Empty:
            return

    def _take_in(self, told: list[Any]) -> None:
        match told:
            case ["found", name, looked_at, problems]:
                self.found[name] = Findings(name, looked_at, problems)
            case ["done", name, done, of]:
                self.done[name] = (done, of)
            case ["over", names]:
                self._talking -= 1
                if not self.found.keys() >= set(names):
                    raise ChildEnded

    def _begin(self, names: Sequence[str]) -> None:
        package_parent = str(Path(__file__).resolve().parent.parent.parent)
        before = os.environ.get("PYTHONPATH", "")
        child = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "csdesk.store.beside", str(self._path.resolve()), language(), *names],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(part for part in (package_parent, before) if part),
            },
        )
        assert child.stdout is not None  # noqa: S101 - it was asked for
        listener = threading.Thread(
            target=self._listen, args=(child.stdout, names), name="csdesk-beside", daemon=True
        )
        self._children.append(child)
        self._listeners.append(listener)
        self._talking += 1
        listener.start()

    def _listen(self, lines: IO[str], names: Sequence[str]) -> None:
        for line in lines:
            try:
                told = json.loads(line)
            except ValueError:
                break  # half a line of one that was killed
            self._told.put(told)
        self._told.put(["over", names])


def main(path: Path, language_name: str, names: Sequence[str]) -> None:
    """Carry out the checks ``names`` of the store at ``path`` and tell what they find."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl+C reaches all of a terminal; who asked decides
    threading.Thread(target=_end_with_who_asked, name="csdesk-beside-end", daemon=True).start()
    set_language(language_name)
    bench = Bench.opened(path, names)
    for name in names:

        def progress(done: int, of: int, name: str = name) -> None:
            _tell("done", name, done, of)

        found = bench.find(name, progress)
        _tell("found", name, found.looked_at, found.problems)


def _tell(*what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _end_with_who_asked() -> None:
    while os.read(0, 1):  # not by sys.stdin, which a process that ends would wait for
        pass
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
