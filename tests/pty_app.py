"""Run a small program in a real terminal (a pty) and look at the bytes it writes."""

from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import sys
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent


class PtyApp:
    """A Python script with a pty as its terminal; ``output`` is all it has written so far."""

    def __init__(
        self,
        script: str,
        *arguments: str,
        size: tuple[int, int] = (120, 40),
        environment: dict[str, str] | None = None,
    ) -> None:
        self.master, terminal = pty.openpty()
        ioctl(self.master, TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        surroundings = {
            name: value for name, value in os.environ.items() if not name.startswith(("SSH_", "TEXTUAL"))
        }
        surroundings |= {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "PYTHONPATH": str(ROOT),
            "TEXTUAL_DISABLE_KITTY_KEY": "1",
            "PYTHONIOENCODING": "utf-8",
            **(environment or {}),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            env=surroundings,
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(terminal)
        self.output = b""

    def send(self, keys: bytes) -> None:
        """Type ``keys``."""
        os.write(self.master, keys)

    def read_until(self, marker: bytes, seconds: float = 60.0, after: int = 0) -> bytes:
        """Wait until ``marker`` is in the output beyond offset ``after``; the output since then."""
        deadline = time.monotonic() + seconds
        while marker not in self.output[after:]:
            if time.monotonic() > deadline or not self._read(deadline):
                raise AssertionError(f"no {marker!r} in {self.output[after:][-2000:]!r}")
        return self.output[after:]

    def read_to_end(self, seconds: float = 60.0) -> bytes:
        """Everything it writes until it ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._read(deadline):
            pass
        return self.output

    def _read(self, deadline: float) -> bool:
        """Take what there is; False when the program closed its terminal."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return True
        try:
            piece = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += piece
        return bool(piece)

    def __enter__(self) -> PtyApp:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
