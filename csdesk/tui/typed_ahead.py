"""Keys that are typed faster than what they are for opens: they wait for it, in the order they were typed.

Textual sends a key to what has the focus when the key is read. The key before it may have asked for a question
that is not there yet: a 1 behind the s of "snooze" would show a view of the queue, and letters written for a
question would act on the list. So a list acts on a key before the next one is looked at, a question takes an
answer at once, and while something is about to open, keys are kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, runtime_checkable

from textual import events
from textual.app import App
from textual.message import Message
from textual.timer import Timer

ASKS = "asks"
"""The group of workers that put questions; until such a one has ended, or while its screen is on top again,
another question may follow."""

LOOK_S = 0.01
"""How often it is looked whether what opens is there: Textual tells nobody."""
LONGEST_S = 1.0
"""How long a key waits at most. Whatever takes longer, the keys go to what is there."""


class ActsAtOnce:
    """Marks a widget that handles no key itself: what is bound to one is done before the next is looked at."""


@runtime_checkable
class AnswersAtOnce(Protocol):
    """A screen that some keys answer."""

    def answer(self, event: events.Key) -> bool:
        """Take ``event`` if it is an answer; whether it was."""


async def acted_at_once(app: App[Any], event: events.Key) -> bool:
    """Whether the question on top took the key as its answer, or the list did what is bound to it.

    Esc ends other things before what is bound to it: it goes the long way.
    """
    top: object = app.screen
    if isinstance(top, AnswersAtOnce):
        return top.answer(event)
    focused: object = app.focused
    if not isinstance(focused, ActsAtOnce) or event.key == "escape":
        return False
    return await app._check_bindings(event.key, priority=True) or await app._check_bindings(event.key)


class TypedAhead:
    """The keys and pastes that wait; ``act`` does what they are for."""

    def __init__(self, app: App[Any], act: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._act = act
        self._kept: deque[events.Event] = deque()
        self._looking: Timer | None = None
        self._looks_left = 0

    def keeps(self, event: Message) -> bool:
        """Whether ``event`` has to wait; it is acted on later, then."""
        if not isinstance(event, events.Key | events.Paste) or event.is_forwarded:
            return False
        if not self._kept and not self._is_opening():
            return False
        self._kept.append(event)
        if self._looking is None:
            self._looks_left = round(LONGEST_S / LOOK_S)
            self._looking = self._app.set_interval(LOOK_S, self._look)
        return True

    def _is_opening(self) -> bool:
        """Whether the screen on top takes no keys yet, or is about to ask something."""
        top = self._app.screen
        return not top.is_mounted or any(
            worker.group == ASKS and worker.node is top and not worker.is_finished
            for worker in self._app.workers
        )

    async def _look(self) -> None:
        self._looks_left -= 1
        while self._kept and (self._looks_left <= 0 or not self._is_opening()):
            await self._act(self._kept.popleft())
        if not self._kept and self._looking is not None:
            self._looking.stop()
            self._looking = None
