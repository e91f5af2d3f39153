"""When an app under test has nothing left to do: told by its loop and its threads, not by a clock.

Textual's own pilot looks at how much of the processor the process took in the last 20 ms, three times a key:
that costs 60 ms where nothing happens, and on a busy machine it takes a process that waits for its turn for
one that has ended its work. The system tells the one from the other: a thread that waits for its turn is
runnable (proc(5), the state in ``/proc/self/task/*/stat``), one that waits for something else sleeps.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from time import monotonic, process_time
from typing import Any, Final

from textual._context import active_app
from textual.screen import Screen

from csdesk.store.writer import Writer

SOON_S = 0.025
"""A timer due so soon belongs to the key before: frames, pauses between keys, looks at what opens."""
GLANCE_S = 0.002
"""What a thread has done reaches the loop within this time."""
IDLE_SHARE = 0.05
IDLE_LOOKS = 3
"""A thread that waits for something else is not waited for: so many looks at a processor that idles."""
PATIENCE_S = 30.0
"""How long an app may have something to do on a busy machine before it counts as one that never rests."""
_TASKS = Path("/proc/self/task")

_in_hand: set[Future[Any]] = set()
"""What was given to writers of stores and is not done."""
draw_at_once: Final = Screen._compositor_refresh
_undrawn: set[Screen[Any]] = set()
"""Screens that changed since they were drawn."""


def count_writes(patch: Callable[[Any, str, Any], None]) -> None:
    """Have every write to a store counted from now on, by ``patch`` (an object, a name, a value)."""
    submit = Writer.submit

    def counted(writer: Writer, work: Callable[[Any], Any]) -> Future[Any]:
        future = submit(writer, work)
        _in_hand.add(future)
        future.add_done_callback(_in_hand.discard)
        return future

    patch(Writer, "submit", counted)


def draw_at_rest(patch: Callable[[Any, str, Any], None]) -> None:
    """Have a screen drawn once its app rests, by ``patch``: four of five frames come and go before a pilot looks."""

    def later(screen: Screen[Any]) -> None:
        _undrawn.add(screen)

    patch(Screen, "_compositor_refresh", later)


def _drew() -> bool:
    """Draw what changed. False where nothing did."""
    due = [screen for screen in _undrawn if screen.is_attached]
    _undrawn.clear()
    for screen in due:
        draw_at_once(screen)
    return bool(due)


async def until_quiet(min_sleep: float = 0.0, max_sleep: float = PATIENCE_S) -> None:
    """Wait until no message, thread or timer of this moment is left; takes the place of Textual's wait_for_idle."""
    begun = monotonic()
    loop: Any = asyncio.get_running_loop()
    idle_looks = glances = 0
    while (elapsed := monotonic() - begun) < max_sleep:
        await asyncio.sleep(0)
        if loop._ready:
            glances = 0
        elif _is_working(loop):
            glances = 0
            used = process_time()
            await asyncio.sleep(SOON_S)
            is_idle = process_time() - used < IDLE_SHARE * SOON_S and not _has_running_thread()
            idle_looks = idle_looks + 1 if is_idle else 0
            if idle_looks == IDLE_LOOKS and not _drew():
                return
        elif (due := _next_due(loop)) < SOON_S and not _has_left():
            glances = 0
            await asyncio.sleep(max(0.0, due))
        elif _has_running_thread():
            glances = 0
            await asyncio.sleep(GLANCE_S)
        elif glances and elapsed >= min_sleep and not _drew():
            return
        else:
            glances += 1
            await asyncio.sleep(GLANCE_S)


def _is_working(loop: Any) -> bool:
    """Whether a thread of the loop, or a writer of a store, has something in hand."""
    threads = loop._default_executor
    return bool(_in_hand) or (
        threads is not None
        and (threads._work_queue.qsize() > 0 or len(threads._threads) > threads._idle_semaphore._value)
    )


def _has_running_thread() -> bool:
    """Whether another thread of this process runs, or would if it had its turn. False where nothing tells."""
    own = str(threading.get_native_id())
    for task in os.listdir(_TASKS) if _TASKS.exists() else []:
        with suppress(OSError):  # it has ended since
            if task != own and (_TASKS / task / "stat").read_text().rpartition(")")[2].split()[0] in "RD":
                return True
    return False


def _has_left() -> bool:
    """Whether the app is leaving: its timers do nothing any more, but those that run go round for ever."""
    app = active_app.get(None)
    return app is not None and app._exit


def _next_due(loop: Any) -> float:
    """Seconds until the next timer of the loop."""
    due = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
    return min(due) - loop.time() if due else SOON_S
