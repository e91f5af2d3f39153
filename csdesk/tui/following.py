"""The process that keeps this store in step with the team's hub, watched: begun again when it ends, ended with us.

It is ``csdesk sync --follow --attached --json`` on the same store, run from a thread of its own: the screen never
waits for it. What it tells, one JSON object a line, is the pulse; what it is told the same way is what colleagues
see of us. Its standard input ends with this program, however that ends, and so does it.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from csdesk.log import get_logger

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
STEADY_S: Final = 30.0
"""A process that ran so long ended for a reason of its own: the next one is begun soon again."""
LEAVE_S: Final = 1.0
"""How long the end of the program waits for it to give back what it sends for."""

Pulse = Mapping[str, Any]


def command(store: Path, agent: str) -> list[str]:
    """How the process is begun."""
    base = [sys.executable, "-m", "csdesk", "--db", str(store), "--as", agent]
    return [*base, "sync", "--follow", "--attached", "--json"]


class Following:
    """``begin`` it once; ``end`` it before the program ends. ``tell`` hears each pulse, on the thread."""

    def __init__(self, arguments: list[str], tell: Callable[[Pulse], None]) -> None:
        self._arguments = arguments
        self._tell = tell
        self._here = ""
        self._guard = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="csdesk-following", daemon=True)
        self.starts = 0

    def begin(self) -> None:
        self._thread.start()

    def say(self, here: Mapping[str, object]) -> None:
        """What colleagues see of who works here."""
        with self._guard:
            self._here = json.dumps(here, ensure_ascii=False)
            self._pass_on()

    def end(self) -> None:
        """Have the process end, and begin no other."""
        self._is_over.set()
        with self._guard:
            if self._process is not None and self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.close()
        if self._thread.is_alive():
            self._thread.join(LEAVE_S)

    def _run(self) -> None:
        """Begin the process, and begin it again with growing pauses whenever it ends."""
        pause = FIRST_PAUSE_S
        while not self._is_over.is_set():
            began = time.monotonic()
            self.starts += 1
            try:
                self._follow()
            except OSError as error:
                get_logger(__name__).warning("sync not started: %s", type(error).__name__)
            is_steady = time.monotonic() - began >= STEADY_S
            pause = FIRST_PAUSE_S if is_steady else min(2 * pause, LONGEST_PAUSE_S)
            self._is_over.wait(pause)

    def _follow(self) -> None:
        """One process, until it ends."""
        with subprocess.Popen(  # noqa: S603 - our own program
            self._arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            with self._guard:
                self._process = process
                self._pass_on()
            if self._is_over.is_set():
                process.terminate()
            for line in process.stdout or ():
                self._hear(line)
            with self._guard:
                self._process = None
            process.terminate()

    def _pass_on(self) -> None:
        if self._here and self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self._process.stdin.write(self._here + "\n")
                self._process.stdin.flush()

    def _hear(self, line: str) -> None:
        try:
            told = json.loads(line)
        except ValueError:
            return  # half a line of one that was killed
        if isinstance(told, dict) and not self._is_over.is_set():
            self._tell(told)
