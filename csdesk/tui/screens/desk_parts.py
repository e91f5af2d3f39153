"""The desk screen's parts and how they are joined: panes say what happened, the screen acts.

The actions stand in their own modules (queue, work, writing); all of them change the desk only
through ``attempt``, which keeps order, leaves the screen alive while the disk is slow, and turns
a refusal into a card.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import WorkerError

from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.model.conversation import Conversation, Status
from csdesk.model.message import Delivery
from csdesk.store import outbox, queue
from csdesk.tui.compositor import BandCompositor, Below, forget_closed_screens
from csdesk.tui.feed import Feed
from csdesk.tui.keys import Place, bindings
from csdesk.tui.panes.card import Card
from csdesk.tui.panes.contact import ContactPane
from csdesk.tui.panes.conversation import ConversationPane
from csdesk.tui.panes.queue import QueuePane
from csdesk.tui.panes.status_bar import DeskState, StatusBar
from csdesk.tui.shelf import Shelf
from csdesk.tui.surviving import Survives
from csdesk.tui.widgets.key_bar import KeyBar

if TYPE_CHECKING:
    from csdesk.tui.attendance import Attendance
    from csdesk.tui.panes.composer import Composer
    from csdesk.tui.panes.reply_picker import ReplyPicker
    from csdesk.tui.panes.word_picker import WordPicker

T = TypeVar("T")

PREVIEW_S = 0.15
ACTS = "acts"
ABOUT_A_CONVERSATION = frozenset(
    [
        "reply",
        "note",
        "claim",
        "release",
        "transfer",
        "resolve",
        "resolve_next",
        "reopen",
        "snooze",
        "label",
        "priority",
        "retry_failed",
        "rewrite_failed",
        "quote",
        "edit_outside",
        "attach_file",
        "pick_reply",
        "contact_menu",
        "find",
        "copy_part",
        "show_enclosed",
        "keep_reply",
        "next_conversation",
        "previous_conversation",
    ]
)
UNDERWAY = (Delivery.HELD, Delivery.QUEUED, Delivery.SENDING)
LEAST_WIDTH, LEAST_HEIGHT = 40, 12
APART_S = 0.04
"""Between the frames of one tick."""


class DeskParts(Survives, Below[None]):
    """Panes, the feed, the tick, and which conversation is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.ANYWHERE)]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it so
        (0, "-stack"),
        (80, "-two"),
        (100, "-drawer"),
        (120, "-three"),
    ]

    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012 - Textual declares it so

    def __init__(self, desk: Desk, *, id: str = "desk") -> None:
        super().__init__(id=id)
        self._compositor = BandCompositor()
        self.desk = desk
        self.shelf = Shelf(desk)
        self.status_bar = StatusBar(limits=desk.settings.queue.limits())
        self.queue = QueuePane(desk, desk.now_ms())
        self.conversation = ConversationPane(desk)
        self.contact = ContactPane(desk)
        self.card = Card()
        self.key_bar = KeyBar()
        self.composer: Composer | None = None
        self.picker: ReplyPicker | None = None
        self.word_picker: WordPicker | None = None
        self.feed: Feed | None = None
        self._in_order = asyncio.Lock()
        self.attendance: Attendance | None = None
        self.standing_word, self.standing_sign = "", "online"
        self._preview_timer: Timer | None = None
        self._focused_before: Widget | None = None

    def compose(self) -> ComposeResult:
        yield self.status_bar
        with Horizontal(id="panes"):
            yield self.queue
            yield self.conversation
            yield self.contact
        yield self.card
        yield self.key_bar
        yield Static(id="too-small")

    def on_screen_resume(self) -> None:
        """A question or a card was closed, and an agent closes hundreds of them in a shift."""
        forget_closed_screens()

    # -- which conversation

    @property
    def shown(self) -> Conversation | None:
        """The conversation in the middle pane."""
        return self.conversation.shown

    @property
    def chosen(self) -> int | None:
        """The conversation an action is about: the one under the queue's cursor while the list has the
        focus, else the one that is shown."""
        if self.queue.rows.has_focus:
            return self.queue.rows.selected_id
        return self.shown.id if self.shown else None

    @property
    def is_writing(self) -> bool:
        """Whether the editor has the focus."""
        return self.composer is not None and self.composer.editor.has_focus

    def show_conversation(self, conversation: int | None, *, write: bool = False) -> None:
        """Show a conversation in the middle and its contact on the right; with ``write`` go to its editor."""
        self._stop_preview()
        if self.shown is None or conversation != self.shown.id:
            self.conversation.show(conversation)
            self.contact.show(self.shown)
            if self.composer is not None:
                self.close_picker()
                self.composer.show(conversation)
                self.suit_composer()
        self.refresh_bindings()
        if write and conversation is not None:
            self.add_class("-reading")
            if self.composer is not None:
                self.composer.editor.focus()
            else:
                self.conversation.lines.focus()

    def suit_composer(self) -> None:
        """Tell the composer what holds for the conversation that is shown."""
        if self.composer is not None:
            is_resolved = self.shown is not None and self.shown.status is Status.RESOLVED
            self.composer.suit(self.shown.channel if self.shown else "", is_resolved=is_resolved)

    def preview_soon(self, conversation: int | None) -> None:
        """Show a conversation once the cursor has rested on it."""
        self._stop_preview()
        self._preview_timer = self.set_timer(PREVIEW_S, lambda: self.show_conversation(conversation))

    def _stop_preview(self) -> None:
        if self._preview_timer is not None:
            self._preview_timer.stop()
            self._preview_timer = None

    def close_picker(self) -> None:
        """Hide what was found for a query; what asked for it is plain text from now on."""
        self.hide_pickers()
        if self.composer is not None:
            self.composer.editor.end_query()

    def hide_pickers(self) -> None:
        """Hide what was found for a query that is no more."""
        for picker in (self.picker, self.word_picker):
            if picker is not None and picker.is_open:
                picker.close()

    def back_to_list(self) -> None:
        """The list again, whatever was open; nothing written is lost."""
        self.close_picker()
        self.remove_class("-reading")
        rows = self.queue.rows
        if self.shown is None or not rows.select(self.shown.id):
            self.preview_soon(rows.selected_id)  # keys of the list act on what it marks: show that
        rows.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that are about a conversation are dead, and not offered, while none is chosen; so is the key
        that ends a practice where there is none."""
        if action == "end_practice" and not hasattr(self, "action_end_practice"):
            return False
        if action in ABOUT_A_CONVERSATION and self.chosen is None:
            return False
        return super().check_action(action, parameters)

    # -- acting

    def attempt(
        self,
        act: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Do ``act`` off the UI thread, after what was asked before; then draw what came of it."""
        self.card.close()
        self.run_worker(self._attempt(act, then, failed), group=ACTS, exit_on_error=False)

    async def _attempt(
        self, act: Callable[[], T], then: Callable[[T], None] | None, failed: Callable[[], None] | None
    ) -> None:
        async with self._in_order:
            try:
                result = await asyncio.to_thread(act)
            except Exception as error:
                if failed is not None:
                    failed()
                if not isinstance(error, CsdeskError):
                    raise
                self.card.show_error(error)
                return
        if self.feed is not None:
            self.feed.poll()
        if then is not None:
            then(result)

    async def acts_done(self) -> None:
        """Wait until everything asked for is done, or refused."""
        for worker in [worker for worker in self.workers if worker.group == ACTS]:
            with suppress(WorkerError):
                await worker.wait()

    def news(self, sentence: str, hint: str = "") -> None:
        """Say that something is done, for a moment."""
        self.card.show_news(sentence, hint)

    # -- drawing

    def refresh_counts(self) -> None:
        """Read the counters and show them in the status bar and above the queue."""
        reader, agent = self.desk.store.reader(), self.desk.agent
        counts = queue.counts(reader, agent.id)
        longest = queue.longest_wait_for(reader, agent.id)
        going = outbox.tally(reader)
        self.queue.show_counts(counts)
        seat = self.attendance.seat if self.attendance else None
        self.status_bar.show(
            DeskState(
                agent_name=agent.name,
                waiting=counts.waiting,
                mine=counts.mine if seat is None else seat.load,
                capacity=agent.capacity if self.attendance is None else self.attendance.rules.capacity,
                availability=self.standing_word,
                sign=self.standing_sign,
                longest_since=longest.waiting_since if longest else None,
                going_out=sum(going.get(state, 0) for state in UNDERWAY),
                unapproved=going.get(Delivery.APPROVAL, 0),
                failed=going.get(Delivery.FAILED, 0),
                now_ms=self.desk.now_ms(),
            )
        )

    def tick(self) -> None:
        """Once a second: what is visible and ages.

        One after the other: Textual draws the whole rectangle around what changed in a frame, and the
        clock, the ages and the countdowns together span the screen (2 % of a core instead of half).
        """
        now = self.desk.now_ms()
        self.status_bar.tick(now)
        self.set_timer(APART_S, partial(self.queue.rows.tick, now))
        self.set_timer(2 * APART_S, partial(self.conversation.tick, now))

    def relabel(self) -> None:
        """The language changed: write everything again."""
        self.queue.relabel()
        self.conversation.relabel()
        self.conversation.reload()
        self.contact.show(self.shown)
        self.say_standing()
        self.status_bar.restyle()
        self.key_bar.restyle()
        self.refresh_counts()
        if self.composer is not None:
            self.composer.label()

    def take_settings(self) -> None:
        """The settings changed while this is shown: what was made from them is made again."""
        settings = self.desk.settings
        self.queue.rows.set_density(settings.ui.density)
        self.status_bar.take_limits(settings.queue.limits())
        if self.composer is not None:
            self.composer.take_settings(settings.ui)
        if self.attendance is not None:
            self.attendance.read()
        self.relabel()

    def say_standing(self) -> None:
        """How the agent stands, in the language of now: with AvailabilityActions."""

    def fit_to_size(self) -> None:
        """One clear line where the terminal is too small for anything else; what is hidden gets the focus back."""
        is_small = self.size.width < LEAST_WIDTH or self.size.height < LEAST_HEIGHT
        if is_small and not self.has_class("-tiny"):
            self._focused_before = self.focused
        elif not is_small and self._focused_before is not None:
            self.call_after_refresh(self._focused_before.focus)
            self._focused_before = None
        self.set_class(is_small, "-tiny")
        if is_small:
            said = _("Make the terminal at least {width}x{height}.").format(
                width=LEAST_WIDTH, height=LEAST_HEIGHT
            )
            self.query_one("#too-small", Static).update(said)
