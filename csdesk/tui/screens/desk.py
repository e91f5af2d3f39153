"""The desk screen: where panes' messages become actions."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.geometry import Size
from textual.worker import Worker, WorkerState

from csdesk.desk import people
from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.log import get_logger
from csdesk.model.conversation import View
from csdesk.model.people import Agent
from csdesk.store.connect import DriverError, store_error
from csdesk.tui.feed import Feed, StoreChanged
from csdesk.tui.panes.queue import QueuePane
from csdesk.tui.screens.alert_actions import AlertActions
from csdesk.tui.screens.availability_actions import AvailabilityActions
from csdesk.tui.screens.comfort_actions import ComfortActions
from csdesk.tui.screens.contact_actions import ContactActions
from csdesk.tui.screens.picking_actions import PickingActions
from csdesk.tui.screens.queue_actions import ViewActions
from csdesk.tui.screens.work_actions import WorkActions
from csdesk.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from csdesk.tui.being_watched import BeingWatched
    from csdesk.tui.draft_keeper import DraftKeeper
    from csdesk.tui.hub_watch import HubWatch
    from csdesk.tui.offer_watch import OfferWatch

TICK_S = 1.0


class DeskScreen(
    ContactActions,
    ViewActions,
    WorkActions,
    PickingActions,
    AvailabilityActions,
    AlertActions,
    ComfortActions,
):
    """Queue, conversation, contact: a shift is worked here."""

    DEFAULT_CSS = """
    DeskScreen #panes { height: 1fr; }
    DeskScreen ContactPane { display: none; margin: 0 0 0 1; }
    DeskScreen.-three ContactPane { display: block; }
    DeskScreen.-three.-no-contact ContactPane { display: none; }
    DeskScreen.-two QueuePane { width: 27; min-width: 27; }
    DeskScreen.-contact.-two ContactPane, DeskScreen.-contact.-drawer ContactPane { display: block; dock: right; }
    DeskScreen.-stack QueuePane { width: 1fr; min-width: 0; max-width: 100%; }
    DeskScreen.-stack ConversationPane { display: none; }
    DeskScreen.-stack.-reading QueuePane { display: none; }
    DeskScreen.-stack.-reading ConversationPane { display: block; padding: 0; }
    DeskScreen.-contact.-stack ContactPane { display: block; dock: right; }
    DeskScreen #too-small { display: none; width: 1fr; content-align: center middle; color: $amber; }
    DeskScreen.-tiny #panes, DeskScreen.-tiny StatusBar, DeskScreen.-tiny KeyBar, DeskScreen.-tiny Card { display: none; }
    DeskScreen.-tiny #too-small { display: block; height: 1fr; }
    """

    hub_watch: HubWatch | None = None
    offer_watch: OfferWatch | None = None
    _fitted_size = Size()
    _unread: CsdeskError | None = None
    """What was said when the screen could not be drawn from the store; None while it can."""
    _unsaved: CsdeskError | None = None
    beside: BeingWatched | None = None

    def on_mount(self) -> None:
        self.queue.show_view(View.WAITING)
        self.read_own_views()
        self.set_focus(self.queue.rows)
        self.refresh_counts()
        self.feed = Feed(self.desk.store.reader(), self)
        self.set_interval(TICK_S, self.tick)

    async def complete(self) -> None:
        """Add what the first frame must not wait for: the editor, the quick replies."""
        from csdesk.tui.being_watched import BeingWatched
        from csdesk.tui.offer_watch import OfferWatch
        from csdesk.tui.panes.composer import Composer
        from csdesk.tui.panes.reply_picker import ReplyPicker
        from csdesk.tui.panes.word_picker import WordPicker

        picker = ReplyPicker(self.shelf)
        composer = Composer(self.desk, self.shelf.slot_hint, self.action_send, self.shelf.slot)
        words = WordPicker()
        await self.conversation.mount(picker, words, composer)
        self.picker, self.word_picker, self.composer = picker, words, composer
        if self.shown is not None:
            composer.show(self.shown.id)
            self.suit_composer()
        if self.conversation.lines.has_focus:  # F8 was quicker than the editor
            composer.editor.focus()
        self.look_at_team_packs()
        self.read_packs()
        self.begin_attendance()
        self.beside = BeingWatched(self)
        self.begin_alerts()
        self.offer_watch = OfferWatch(self)
        self.offer_watch.begin()
        self._follow_the_hub()
        if self.desk.store.lost:
            self.card.show_error(self.desk.store.lost.as_error())

    def show_conversation(self, conversation: int | None, *, write: bool = False) -> None:
        super().show_conversation(conversation, write=write)
        if self.beside is not None:
            self.beside.read()
        if self.hub_watch is not None:
            self.hub_watch.show_line()

    def _follow_the_hub(self) -> None:
        """Show how the desk stands with the team's hub, and keep in step with it, from when it joined one."""
        from csdesk.tui.hub_watch import HubWatch

        self.hub_watch = HubWatch(self)
        self.hub_watch.begin()

    @on(StoreChanged)
    def _store_changed(self, event: StoreChanged) -> None:
        event.stop()
        try:
            if self.attendance is not None:
                self.attendance.read()
            if self.beside is not None:
                self.beside.read()
            if self.composer is not None:
                self.look_at_team_packs()
        except (CsdeskError, DriverError) as error:
            self.cannot_read(error)
            return
        changed = event.conversations
        self.contact.look_again()
        if changed is not None and not changed:
            return  # a draft, a lease, a use count: nothing that is drawn, and it comes with every pause in typing
        self._draw(changed)

    def _draw(self, changed: frozenset[int] | None) -> None:
        """Draw conversations again (None: all). What the store does not give now, the tick asks for again."""
        try:
            self.queue.rows.refresh_rows(None if changed is None else set(changed))
            self.refresh_counts()
            if self.shown is not None and (changed is None or self.shown.id in changed):
                self.conversation.reload()
                self.suit_composer()
                self.contact.show(self.shown)
            if self.offer_watch is not None:
                self.offer_watch.read()
            if self.hub_watch is not None:
                self.hub_watch.look()
        except (CsdeskError, DriverError) as error:
            self.cannot_read(error)
            return
        if _may_pass(self._unread):
            self.card.settle(self._unread)
            self._unread = None

    def cannot_read(self, error: Exception) -> None:
        """Say so once, until a tick has read everything again."""
        known = error if isinstance(error, CsdeskError) else store_error(error, self.desk.store.path)
        if self._unread is None or self._unread.code != known.code:
            self._unread = known
            self.card.show_error(known)

    def tick(self) -> None:
        """Besides what ages: what could not be read, or not be saved, is tried once more."""
        if _may_pass(self._unread):
            self._draw(None)
        if self.composer is not None:
            self.composer.keeper.retry()
            self.look_at_packs()
        if self.beside is not None:
            self.beside.tick()
        if self.offer_watch is not None:
            self.offer_watch.tick()
        if self.hub_watch is not None:
            self.hub_watch.tick()
        super().tick()

    @on(RowList.RowHighlighted)
    def _highlighted(self, event: RowList.RowHighlighted) -> None:
        event.stop()
        self.refresh_bindings()
        if not self.conversation.has_focus_within:  # keys would act on what a person there did not read
            self.preview_soon(event.conversation_id)

    @on(RowList.RowOpened)
    def _opened(self, event: RowList.RowOpened) -> None:
        event.stop()
        self.show_conversation(event.conversation_id, write=True)

    @on(QueuePane.ViewChanged)
    def _view_changed(self, event: QueuePane.ViewChanged) -> None:
        event.stop()
        self.refresh_counts()
        if not self.conversation.has_focus_within:  # what the list tells passes no pane
            self.preview_soon(self.queue.rows.selected_id)

    def on_draft_keeper_draft_not_saved(self, event: DraftKeeper.DraftNotSaved) -> None:
        known = event.error
        self._unsaved = known if isinstance(known, CsdeskError) else _unforeseen()
        self.card.show_error(self._unsaved)

    def on_draft_keeper_draft_saved(self) -> None:
        self.card.settle(self._unsaved)
        self._unsaved = None

    def action_look(self) -> None:
        """Decide where others worked on the same; where nothing waits in this one, show where it does."""
        from csdesk.tui.screens.changes import open_for

        open_for(self)

    def action_show_changes(self) -> None:
        """What others did since I looked last."""
        from csdesk.tui.screens.digest import open_for

        open_for(self)

    def on_meeting_line_clicked(self) -> None:
        self.run_worker(self.run_action("look"), exit_on_error=False)

    def on_offer_line_clicked(self) -> None:
        if self.offer_watch is not None and self.offer_watch.first is not None:
            self.show_conversation(self.offer_watch.first)

    def on_composer_left(self) -> None:
        self.back_to_list()

    def action_change_name(self) -> None:
        from csdesk.tui.screens.modals import LineQuestion

        agent = self.desk.agent

        def renamed(name: str | None) -> None:
            if name:
                edit = partial(people.edit_agent, name=agent.name, changes={"name": name})
                self.attempt(lambda: self.desk.store.write(edit), self._took_name)

        self.app.push_screen(
            LineQuestion(_("Your name, as customers and colleagues see it"), value=agent.name), renamed
        )

    def _took_name(self, agent: Agent) -> None:
        self.desk.agent = agent
        self.refresh_counts()

    def on_resize(self, event: events.Resize) -> None:
        if event.size == self._fitted_size:  # it was smaller for a moment: the terminal cut what stood there
            self.refresh()
        self._fitted_size = event.size
        self.fit_to_size()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            get_logger(__name__).error("worker failed", exc_info=event.worker.error)
            known = event.worker.error
            self.card.show_error(known if isinstance(known, CsdeskError) else _unforeseen())

    def on_unmount(self) -> None:
        if self.hub_watch is not None:
            self.hub_watch.end()

    async def finish(self) -> bool:
        """Before the program ends: do what was asked for, and put on disk what is being written.

        False when the disk refuses; the text is on the screen still, and the next try leaves without it.
        """
        await self.acts_done()
        try:
            if self.composer is not None:
                self.composer.keep()
                for saved in self.composer.keeper.save_all():
                    await asyncio.wrap_future(saved)
        except CsdeskError as error:
            self.card.show_error(error)
            return False
        if self.attendance is not None:
            self.attendance.end()
        return True


def _may_pass(error: CsdeskError | None) -> bool:
    """Whether what could not be read may be read a while later: a broken page is not mended by reading others."""
    return error is not None and error.code != "store.damaged"


def _unforeseen() -> CsdeskError:
    return CsdeskError(
        "internal", _("Something went wrong inside csdesk."), _("Nothing saved is lost; the log says more.")
    )
