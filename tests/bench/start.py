"""The start: from fork to the first frame, against a bare three-pane Textual app in the same run.

Both are started in turn from compiled files, in a pty of 120x40; a frame is there when its text is in
what the terminal was sent. CPU time stands beside the wall clock, because a busy machine moves only
one of the two. ``python -m tests.bench.start``
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from csdesk.clock import SystemClock
from csdesk.model.conversation import View
from csdesk.store import queue
from csdesk.store.database import open_store
from tests.bench import bare_app
from tests.bench.keys import ASK_SYNC, COLUMNS, LINES, ROOT, SYNC_IS_THERE
from tests.bench.program import CONVERSATIONS, Program, program
from tests.bench.row import Row, against, at_most, lines

ROUNDS: Final = 9
RATIO_BUDGET, FILLED_BUDGET_MS, MODULES_BUDGET = 1.25, 60.0, 480
DEADLINE_S = 30.0
FRAME_MARK = "Help"
"""The last word of the key bar: the last line of a whole frame."""

_escape = re.compile(rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[()][A-Z0-9]|\x1b[=>]|\x1b\][^\x07]*\x07")
_COUNT = """
import sys
from csdesk.__main__ import main, prepare_terminal
prepare_terminal(None)
from textual.app import App
display = App._display
def counted(self, screen, renderable):
    open({answer!r}, "w").write(str(len(sys.modules)))
    App._display = display
    display(self, screen, renderable)
App._display = counted
main({arguments!r})
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """When something was on the screen: time since the fork, and CPU time used until then."""

    wall_ms: float
    cpu_ms: float


def measure(rounds: int = ROUNDS, *, quick: bool = False, database: Path | None = None) -> list[Row]:
    """Rows for the first frame (wall clock and CPU), the filled queue, and the modules loaded until then."""
    with program(database) as started:
        ours = [sys.executable, "-m", "csdesk", *started.arguments]
        bare = [sys.executable, "-m", bare_app.__name__]
        marks = (FRAME_MARK, _first_in_queue(started))
        extra = started.surroundings
        _until(ours, extra, marks)
        _until(bare, extra, (bare_app.MARK,))
        times: list[tuple[Seen, Seen, Seen]] = []
        for _ in range(3 if quick else rounds):
            frame, filled = _until(ours, extra, marks)
            times.append((frame, filled, _until(bare, extra, (bare_app.MARK,))[0]))
        modules = _modules(started)
    frame_ms, bare_ms = (statistics.median(each[at].wall_ms for each in times) for at in (0, 2))
    frame_cpu, bare_cpu = (statistics.median(each[at].cpu_ms for each in times) for at in (0, 2))
    extra_ms = statistics.median(max(0.0, filled.wall_ms - frame.wall_ms) for frame, filled, _bare in times)
    name, floor = "first frame", "bare three panes"
    name += "" if database else f", {CONVERSATIONS:,} conversations"
    return [
        against(name, frame_ms, "ms", floor, bare_ms, RATIO_BUDGET),
        against(f"{name}, CPU", frame_cpu, "ms", floor, bare_cpu, RATIO_BUDGET),
        at_most(
            "queue filled after the first frame", extra_ms, "ms", "the frame", frame_ms, FILLED_BUDGET_MS
        ),
        at_most(
            "modules at the first frame", modules, "", "bare three panes", _bare_modules(), MODULES_BUDGET
        ),
    ]


def _first_in_queue(started: Program) -> str:
    """The name at the head of the queue: on the screen it says that the queue is filled."""
    with open_store(started.database, SystemClock()) as store:
        row = queue.page(store.reader(), View.WAITING, agent=1, limit=1).rows[0]
    return row.contact_name


def _until(command: list[str], extra: Mapping[str, str], marks: tuple[str, ...]) -> list[Seen]:
    """Start ``command`` in a pty; when each of ``marks`` was in its output. It is ended then."""
    start = time.perf_counter()
    child, master = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        os.execvpe(command[0], command, _surroundings(extra))
    try:
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        return [seen for _text, seen in _watch(child, master, start, marks)]
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(master)


def _surroundings(extra: Mapping[str, str]) -> dict[str, str]:
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    pace = {"TEXTUAL_FPS": "240", "TEXTUAL_DISABLE_KITTY_KEY": "1"}
    return {**os.environ, **terminal, **pace, **extra}


def _watch(child: int, master: int, start: float, marks: tuple[str, ...]) -> list[tuple[bytes, Seen]]:
    written, found, has_answered = b"", dict[str, tuple[bytes, Seen]](), False
    while len(found) < len(marks):
        ready, _, _ = select.select([master], [], [], DEADLINE_S)
        if not ready:
            raise TimeoutError(f"no {[mark for mark in marks if mark not in found]} on the screen")
        written += os.read(master, 65536)
        now = Seen((time.perf_counter() - start) * 1000, cpu_ms(child))
        if not has_answered and ASK_SYNC in written:
            has_answered = True
            os.write(master, SYNC_IS_THERE)
        text = plain(written)
        for mark in marks:
            if mark not in found and mark.encode() in text:
                found[mark] = (text, now)
    return [found[mark] for mark in marks]


def plain(written: bytes) -> bytes:
    """What a terminal was sent, without escape codes."""
    return _escape.sub(b"", written)


def cpu_ms(process: int) -> float:
    """CPU time a process has used, all threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _modules(started: Program) -> int:
    """Modules in csdesk when its first frame is displayed."""
    with tempfile.NamedTemporaryFile() as answer:
        script = _COUNT.format(answer=answer.name, arguments=[*started.arguments])
        _until([sys.executable, "-c", script], started.surroundings, (FRAME_MARK,))
        return int(answer.read())


def _bare_modules() -> int:
    script = (
        f"import sys, {bare_app.__name__}; from textual.drivers import linux_driver; print(len(sys.modules))"
    )
    return int(subprocess.check_output([sys.executable, "-c", script], cwd=ROOT))


if __name__ == "__main__":
    print("\n".join(lines(measure())))
