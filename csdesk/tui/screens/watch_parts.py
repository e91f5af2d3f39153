"""What a watcher sees: the conversation that is open there, what is written, what waits for approval.

It is drawn again by the change feed and once a second; what the watcher does stands in ``watch``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from csdesk.desk import watching
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.model.message import OutboxItem
from csdesk.model.people import Agent
from csdesk.tui.feed import Feed, StoreChanged
from csdesk.tui.panes.card import Card
from csdesk.tui.panes.conversation import ConversationPane
from csdesk.tui.screens.watch_lines import draft_lines, foot_line, head_line, task_line, waiting_lines
from csdesk.tui.surviving import Survives
from csdesk.tui.widgets.fitted import Fitted
from csdesk.tui.widgets.in_order import LineInput

T = TypeVar("T")

TICK_S = 1.0
SHOWN_EVERY_S = 10.0
"""How often the watcher shows itself: a third of the time after which it counts as killed."""


class WatchParts(Survives, Screen[None]):
    """Follows ``agent`` through the conversations that they open; one that is chosen here stays."""

    DEFAULT_CSS = """
    WatchParts #watch-head, WatchParts #watch-foot { background: $raised; }
    WatchParts #watch-foot { dock: bottom; }
    WatchParts #watch-panes { height: 1fr; }
    WatchParts #watch-waiting { display: none; width: 36; height: 1fr; background: $pane; padding: 0 1; margin: 0 1 0 0; }
    WatchParts.-wide #watch-waiting { display: block; }
    WatchParts #watch-draft { height: auto; max-height: 40%; background: $raised; padding: 0 1; margin: 1 0 0 0; }
    WatchParts.-low #watch-draft { margin: 0; }
    WatchParts #watch-task { background: $note; padding: 0 1; display: none; }
    WatchParts.-asked #watch-task { display: block; }
    WatchParts #watch-whisper { height: 1; border: none; background: $note; padding: 0 1; }
    WatchParts #watch-label { width: auto; height: 1; background: $note; color: $amber; text-style: bold; padding: 0 0 0 1; }
    WatchParts #watch-line { height: 1; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - Textual declares it so
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012 - Textual declares it so

    def __init__(self, desk: Desk, agent: Agent, conversation: int | None = None) -> None:
        super().__init__(id="watch")
        self.desk = desk
        self.card = Card()
        self.conversation = ConversationPane(desk)
        self._chosen = conversation
        self._view = watching.look(desk, agent.id, conversation)
        self._feed: Feed | None = None
        self._head = Fitted(
            lambda width: head_line(self._view, self.desk, self._is_following, width), id="watch-head"
        )
        self._waiting = Fitted(
            lambda width: waiting_lines(self._view, self.desk, self.pending, width), id="watch-waiting"
        )
        self._draft = Static(id="watch-draft")
        self._asked = Fitted(
            lambda width: task_line(self.pending, self.desk.now_ms(), width), id="watch-task"
        )
        self._label = Static(id="watch-label")
        self.line = LineInput(id="watch-whisper", compact=True)
        self._foot = Fitted(foot_line, id="watch-foot")

    def compose(self) -> ComposeResult:
        yield self._head
        with Horizontal(id="watch-panes"):
            yield self._waiting
            with Vertical():
                yield self.conversation
                yield self._draft
                yield self._asked
                with Horizontal(id="watch-line"):
                    yield self._label
                    yield self.line
        yield self.card
        yield self._foot

    def on_mount(self) -> None:
        self.line.focus()
        self._feed = Feed(self.desk.store.reader(), self)
        self.set_interval(TICK_S, self.tick)
        self.set_interval(SHOWN_EVERY_S, self._show_myself)
        self._show_myself()
        self.call_after_refresh(self.look)

    @property
    def agent(self) -> Agent:
        """Who is watched."""
        return self._view.agent

    @property
    def pending(self) -> OutboxItem | None:
        """The reply of the shown conversation that waits for approval: the oldest first."""
        return next(
            (each for each in self._view.waiting if each.conversation == self._view.conversation), None
        )

    @property
    def _is_following(self) -> bool:
        return self._chosen is None

    # -- what is shown

    @on(StoreChanged)
    def _store_changed(self, event: StoreChanged) -> None:
        event.stop()
        self.look(event.conversations)

    def look(self, changed: frozenset[int] | None = None) -> None:
        """Read it all again; of the conversations those that ``changed`` (None: any)."""
        before = self._view
        self._view = watching.look(self.desk, before.agent.id, self._chosen, last=before.conversation)
        shown = self._view.conversation
        if shown != (self.conversation.shown.id if self.conversation.shown else None):
            self.conversation.show(shown)
        elif shown is not None and (changed is None or shown in changed):
            self.conversation.reload()
        if shown is None:
            self.conversation.lines.say_when_empty(
                _("{name} has no conversation open. It shows here as soon as there is one.").format(
                    name=self._view.agent.name
                )
            )
        if self._view != before or changed is None:
            self._draw()

    def _draw(self) -> None:
        self.set_class(self.pending is not None, "-asked")
        self._draft.update(
            Content("\n").join(draft_lines(self._view, max(20, self.conversation.size.width - 2)))
        )
        self._label.update(Content(_("Whisper")))
        self.line.placeholder = _("only {name} and colleagues see it").format(name=self._view.agent.name)
        for part in (self._head, self._waiting, self._asked, self._foot):
            part.refresh()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def tick(self) -> None:
        """A second has passed. A practice takes its store with it when it ends."""
        if not self.desk.store.path.exists():
            self.app.exit(0)
            return
        self.conversation.tick(self.desk.now_ms())
        for part in (self._head, self._waiting, self._asked):
            part.refresh()

    def _show_myself(self) -> None:
        watching.watch(self.desk, self._view.agent.id)

    def turn_to(self, agent: int, conversation: int | None) -> None:
        """Watch ``agent``; in ``conversation``, or (None) wherever they go."""
        self._chosen = conversation
        self._view = watching.look(self.desk, agent, conversation)
        self._show_myself()
        self.look()

    @work(exit_on_error=False, group="acts")
    async def _do(self, act: Callable[[], object], said: str, *, is_line_done: bool = False) -> None:
        """Do it off the UI thread; what is refused stands on the card, and the line keeps its text."""
        written = self.line.value
        try:
            await asyncio.to_thread(act)
        except CsdeskError as error:
            self.card.show_error(error)
            return
        if is_line_done and self.line.value == written:
            self.line.value = ""
        if said:
            self.card.show_news(said)
        self.look()
