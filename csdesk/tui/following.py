"""The process that keeps this store in step with the team's hub, watched: begun again when it ends, ended with us.

It is ``csdesk sync --follow --json`` on the same store. What it tells, one JSON object a line, is the pulse; the
screen never waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from csdesk.log import get_logger

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
STEADY_S: Final = 30.0
"""A process that ran so long ended for a reason of its own: the next one is begun soon again."""
LEAVE_S: Final = 2.0
"""How long it is given to end by itself: it gives back what it sends for."""

Pulse = Mapping[str, Any]


def command(store: Path, agent: str) -> list[str]:
    """How the process is begun."""
    return [sys.executable, "-m", "csdesk", "--db", str(store), "--as", agent, "sync", "--follow", "--json"]


class Following:
    """``run`` it as a task; ``end`` it before the program ends. ``tell`` hears each pulse."""

    def __init__(self, arguments: list[str], tell: Callable[[Pulse], None]) -> None:
        self._arguments = arguments
        self._tell = tell
        self._process: asyncio.subprocess.Process | None = None
        self._is_over = False
        self.starts = 0

    async def run(self) -> None:
        """Begin the process, and begin it again with growing pauses whenever it ends."""
        pause = FIRST_PAUSE_S
        while not self._is_over:
            began = asyncio.get_running_loop().time()
            self.starts += 1
            try:
                await self._follow()
            except OSError as error:
                get_logger(__name__).warning("sync not started: %s", type(error).__name__)
            is_steady = asyncio.get_running_loop().time() - began >= STEADY_S
            pause = FIRST_PAUSE_S if is_steady else min(2 * pause, LONGEST_PAUSE_S)
            if not self._is_over:
                await asyncio.sleep(pause)

    async def _follow(self) -> None:
        """One process, until it ends."""
        process = self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            if process.stdout is not None:
                async for line in process.stdout:
                    self._hear(line)
        finally:
            self._stop()
            await process.wait()

    def _hear(self, line: bytes) -> None:
        try:
            told = json.loads(line)
        except ValueError:
            return  # half a line of one that was killed
        if isinstance(told, dict):
            self._tell(told)

    def end(self) -> None:
        """Have the process end, and begin no other."""
        self._is_over = True
        self._stop()

    def _stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
