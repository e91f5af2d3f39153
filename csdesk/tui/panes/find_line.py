"""A line over the conversation to find words in it: as they are typed, up and down from hit to hit.

What is looked through is the store, by the conversation's own index and in a thread: only the ids of
the hits come back, however long the conversation is.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.store.search_query import Query, QueryError, parse
from csdesk.store.search_terms import Term
from csdesk.tui.keys import Place, bindings
from csdesk.tui.safe import plain_line
from csdesk.tui.searching import messages_in
from csdesk.tui.surviving import Survives
from csdesk.tui.widgets.in_order import LineInput

DEBOUNCE_S = 0.12
LAST = (1 << 63) - 1


class FindWords(LineInput):
    """What is typed to be found; its keys go from hit to hit."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.FIND)]

    @dataclass
    class Stepped(Message):
        """To the hit above (-1) or below (1)."""

        step: int

    class Left(Message):
        """The reader is done."""

    def action_older(self) -> None:
        self.post_message(self.Stepped(-1))

    def action_newer(self) -> None:
        self.post_message(self.Stepped(1))

    def action_leave(self) -> None:
        self.post_message(self.Left())


class FindLine(Survives, Vertical):
    """Hidden until it is opened for a conversation. Says what to light and where to go."""

    DEFAULT_CSS = """
    FindLine { height: auto; background: $raised; padding: 0 1; display: none; }
    FindLine Horizontal { height: 1; }
    FindLine.-open { display: block; }
    FindLine #find-label { width: auto; color: $detail; }
    FindLine #find-words { width: 1fr; height: 1; border: none; background: $raised; padding: 0 1; }
    FindLine #find-state { width: auto; color: $detail; }
    FindLine #find-problem { height: auto; max-height: 2; color: $amber; display: none; }
    FindLine.-wrong #find-problem { display: block; }
    """

    @dataclass
    class Looked(Message):
        """These words are looked for now (none: nothing is)."""

        terms: tuple[Term, ...]

    @dataclass
    class Reached(Message):
        """A message that says the words is to be shown."""

        message: int

    @dataclass
    class Found(Message):
        """The answer to the query number ``turn``: ids of messages, the oldest first."""

        turn: int
        ids: tuple[int, ...]
        is_moving: bool

    @dataclass
    class Failed(Message):
        """The query number ``turn`` cannot be answered."""

        turn: int
        error: CsdeskError

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="find")
        self._desk = desk
        self._ref = ""
        self._turn = 0
        self._from = LAST
        self._ids: tuple[int, ...] = ()
        self._begun: str | None = None
        self._timer: Timer | None = None
        self._label = Static(id="find-label")
        self._line = FindWords(id="find-words", compact=True, select_on_focus=True)
        self._state = Static(id="find-state")
        self._problem = Static(id="find-problem")

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self._label
            yield self._line
            yield self._state
        yield self._problem

    @property
    def is_open(self) -> bool:
        """Whether the line is there."""
        return self.has_class("-open")

    def open(self, ref: str, start: int) -> None:
        """Look in the conversation ``ref``, upwards from the message ``start``."""
        self._ref, self._from = ref, start
        self._label.update(Content(_("Find")))
        self._line.placeholder = _("words in this conversation")
        self.add_class("-open")
        self._line.focus()
        self._begin()

    def close(self) -> None:
        """Take the line and the light away; the words stay for the next time."""
        if self.is_open:
            self._turn += 1
            self._ids = ()
            self.workers.cancel_group(self, "find")
            self.remove_class("-open")
            self.post_message(self.Looked(()))

    def look_again(self) -> None:
        """Messages came or went: find them, and stay where the reader is."""
        if self.is_open:
            self._begin(is_moving=False)

    @on(Input.Changed, "#find-words")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self._begun:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE_S, self._begin)

    def _begin(self, *, is_moving: bool = True) -> None:
        self._turn += 1
        self._begun = self._line.value
        try:
            query = parse(self._begun, self._desk.now_ms(), me=self._desk.agent.name, is_unfinished=True)
        except QueryError as error:
            self.workers.cancel_group(self, "find")
            self._say_wrong(error)
            return
        self.post_message(self.Looked(query.terms))
        if query.is_empty:
            self.workers.cancel_group(self, "find")
            self._ids = ()
            self._say("")
            return
        self.run_worker(
            partial(self._find, query, self._turn, is_moving),
            thread=True, exclusive=True, group="find", exit_on_error=False,
        )  # fmt: skip

    def _find(self, query: Query, turn: int, is_moving: bool) -> None:
        """In a thread: all messages of the conversation that fit."""
        worker = get_current_worker()
        try:
            ids = messages_in(self._desk.store, self._ref, query, lambda: worker.is_cancelled)
            self.post_message(self.Found(turn, ids, is_moving))
        except CsdeskError as error:
            self.post_message(self.Failed(turn, error))

    @on(Found)
    def _take(self, event: Found) -> None:
        event.stop()
        if event.turn == self._turn:
            self._ids = event.ids
            if event.is_moving and self._ids:
                self._go_to(max(0, bisect_right(self._ids, self._from) - 1))
            self._say_place()

    @on(Failed)
    def _take_failure(self, event: Failed) -> None:
        event.stop()
        if event.turn == self._turn:
            self._say_wrong(event.error)

    # -- moving

    @on(FindWords.Stepped)
    def _step(self, event: FindWords.Stepped) -> None:
        """To the next hit, from the first one round to the last; first what was typed since is looked for."""
        event.stop()
        if self._line.value != self._begun:
            self._begin()
        elif self._ids:
            self._go_to((bisect_right(self._ids, self._from) - 1 + event.step) % len(self._ids))

    def _go_to(self, place: int) -> None:
        self._from = self._ids[place]
        self.post_message(self.Reached(self._from))
        self._say_place()

    # -- saying

    def _say_place(self) -> None:
        if not self._ids:
            self._say(_("nothing"))
            return
        place = max(1, bisect_right(self._ids, self._from))
        self._say(_("{place} of {count}").format(place=f"{place:,}", count=f"{len(self._ids):,}"))

    def _say_wrong(self, error: CsdeskError) -> None:
        self._ids = ()
        self._say("")
        self._problem.update(plain_line(error.sentence))
        self.add_class("-wrong")

    def _say(self, text: str) -> None:
        self.remove_class("-wrong")
        self._state.update(Content(text))
