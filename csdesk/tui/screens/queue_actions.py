"""Moving through the queue: its views, the longest wait, the next and the previous, back, a list of mine; search."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.timer import Timer

from csdesk.i18n import N_, _
from csdesk.model.conversation import QueueRow, SavedView, Sort, View
from csdesk.store import queue, saved_views
from csdesk.store.queue_filters import SORTABLE
from csdesk.tui import acts
from csdesk.tui.panes.queue import Tab, ViewTabs, built_in, own
from csdesk.tui.safe import display_line
from csdesk.tui.screens.desk_parts import DeskParts
from csdesk.tui.typed_ahead import ASKS

if TYPE_CHECKING:
    from textual.widget import Widget

    from csdesk.desk.views import Counted
    from csdesk.model.search import Hit
    from csdesk.tui.screens.search import Asked

RECOUNT_S = 0.5
"""How soon after a change an agent's own views are counted again: they have no counters."""

MOST_VISITED = 50
MOST_OFFERED = 100


class QueueActions(DeskParts):
    """What the keys of the queue do."""

    _last_asked: Asked | None = None
    _found_from: Widget | None = None
    _visited: tuple[int, ...] = ()
    """What was opened to work in, the latest first."""

    def action_longest_wait(self) -> None:
        """Open who has waited longest on me or on nobody; pressed there already, the next longest.

        Whoever waits for a colleague only where nobody else waits, and then it is said.
        """
        reader = self.desk.store.reader()
        rows = queue.longest_waits_for(reader, self.desk.agent.id, 2)
        here = self.shown.id if self.shown and self.is_writing else None
        chosen = next((row for row in rows if row.id != here), rows[0] if rows else None)
        if chosen is None:
            chosen = queue.longest_waiting(reader)
            if chosen is None:
                self.news(_("No one is waiting."))
                return
            name = display_line(chosen.assignee_name or "")
            self.news(_("No one waits for you. This one is {name}'s.").format(name=name))
        self._go_to(chosen.id, View.WAITING)

    def action_open_missed(self, conversation: int) -> None:
        """Open what was missed, in the view of who waits."""
        self._go_to(conversation, View.WAITING)

    def _go_to(self, conversation: int, view: View) -> None:
        if self.queue.view is not view or not self.queue.narrowed.is_empty:
            self.queue.end_filter()
            self.queue.show_view(view, select=conversation)
        else:
            self.queue.rows.select(conversation)
        self.refresh_counts()
        self.show_conversation(conversation, write=True)

    def action_next_conversation(self) -> None:
        self._step("down")

    def action_previous_conversation(self) -> None:
        self._step("up")

    def _step(self, where: str) -> None:
        """The neighbour of the shown conversation; the editor keeps the focus if it had it."""
        was_writing = self.is_writing
        self.queue.rows.action_move(where)
        if self.queue.rows.selected_id is not None:
            self.show_conversation(self.queue.rows.selected_id, write=was_writing)

    def show_conversation(self, conversation: int | None, *, write: bool = False) -> None:
        super().show_conversation(conversation, write=write)
        if write and conversation is not None:
            others = [number for number in self._visited if number != conversation]
            self._visited = (conversation, *others)[:MOST_VISITED]

    def action_go_back(self) -> None:
        """Open the conversation that was open before; again, and it is this one."""
        before = self._before()
        if before:
            self._open(before[0])
        else:
            self.news(_("No other conversation was open before."))

    def _before(self) -> list[int]:
        here = self.shown.id if self.shown else None
        return [number for number in self._visited if number != here]

    def _open(self, conversation: int) -> None:
        self.queue.rows.select(conversation)
        self.show_conversation(conversation, write=True)

    @work(group=ASKS, exit_on_error=False)
    async def action_switch(self) -> None:
        """My conversations, the one before this first, then those that wait."""
        from csdesk.tui.screens.switcher import SwitchScreen

        rows = self._mine_in_order()
        if not rows:
            self.news(_("You have no other conversation."), _("F8 takes who has waited longest."))
            return
        chosen = await self.app.push_screen_wait(
            SwitchScreen(rows, self.desk.settings.queue.limits, self.desk.now_ms())
        )
        if chosen is not None:
            self._open(chosen)

    def _mine_in_order(self) -> list[QueueRow]:
        """Mine but the one that is shown: visited ones first, the rest by wait."""
        here = self.shown.id if self.shown else None
        page = queue.page(self.desk.store.reader(), View.MINE, agent=self.desk.agent.id, limit=MOST_OFFERED)
        places = {number: place for place, number in enumerate(self._visited)}
        rows = [row for row in page.rows if row.id != here]
        return sorted(rows, key=lambda row: places.get(row.id, len(places)))

    def action_filter(self) -> None:
        self.queue.start_filter()

    def action_open_search(self) -> None:
        """Search everything, from what was asked last; Esc comes back to here."""
        from csdesk.tui.screens.search import Asked, SearchScreen

        screen = SearchScreen(self.desk, self._last_asked or Asked())

        def left(hit: Hit | None) -> None:
            self._last_asked = screen.asked
            if hit is not None:
                self._go_to_message(hit)

        self.app.push_screen(screen, left)

    def _go_to_message(self, hit: Hit) -> None:
        """Show the conversation at the message, to read."""
        self.show_conversation(hit.conversation)
        self.add_class("-reading")
        self.conversation.lines.focus()
        self.conversation.lines.show_at(hit.message)

    async def action_find(self) -> None:
        """Find words in the conversation; Esc comes back to where the focus was."""
        if self.chosen is None:
            return
        if self.conversation.find is None or not self.conversation.find.has_focus_within:
            self._found_from = self.focused
        if self.shown is None or self.shown.id != self.chosen:
            self.show_conversation(self.chosen)
        self.add_class("-reading")
        await self.conversation.start_finding()

    def on_find_words_left(self) -> None:
        if self.conversation.find is not None:
            self.conversation.find.close()
        is_writing = self.composer is not None and self._found_from is self.composer.editor
        (self._found_from if is_writing and self._found_from else self.conversation.lines).focus()

    def action_refresh(self) -> None:
        """Read everything again."""
        self.queue.rows.refresh_rows(None)
        self.conversation.reload()
        self.contact.show(self.shown)
        self.refresh_counts()

    def action_toggle_contact(self) -> None:
        """Show or hide the contact: a pane where there is room, a drawer elsewhere."""
        self.toggle_class("-no-contact" if self.has_class("-three") else "-contact")

    def action_leave(self) -> None:
        """From the conversation back to the queue."""
        if self.card.is_open:
            self.card.close()
        else:
            self.back_to_list()


class ViewActions(DeskParts):
    """What the keys of the views do."""

    SORT_NAMES: ClassVar = {
        Sort.WAIT: N_("Sorted by wait."),
        Sort.PRIORITY: N_("Sorted by priority, then by wait."),
        Sort.TIER: N_("Sorted by tier, then by wait."),
    }
    _recount_timer: Timer | None = None

    def action_show_view(self, view: str) -> None:
        """Show a built-in view from its head."""
        self._show_view(View(view), None)

    def action_show_own(self, place: int) -> None:
        """Show the agent's first, second, ... own view."""
        if place <= len(self.queue.own):
            tab = self.queue.own[place - 1]
            self._show_view(tab.view, tab.saved)
        else:
            self.news(_("You have no such view."), _("\\ filters the list, S keeps the filter as a view."))

    def _show_view(self, view: View, saved: SavedView | None) -> None:
        self.queue.show_view(view, saved=saved)
        self.refresh_counts()
        self.queue.rows.focus()
        self.preview_soon(self.queue.rows.selected_id)

    def on_view_tabs_chosen(self, event: ViewTabs.Chosen) -> None:
        event.stop()
        self._show_view(event.tab.view, event.tab.saved)

    @work(group=ASKS, exit_on_error=False)
    async def action_choose_view(self) -> None:
        """Every view with its count, to choose from."""
        from csdesk.tui.screens.modals import Choice, ChoiceQuestion

        counts = queue.counts(self.desk.store.reader(), self.desk.agent.id)
        tabs: list[Tab] = [*built_in(counts, is_complete=True), *self.queue.own]
        choices = [Choice(tab.text, tab) for tab in tabs]
        tab = await self.app.push_screen_wait(ChoiceQuestion(_("Show which view?"), choices))
        if tab is not None:
            self._show_view(tab.view, tab.saved)

    def action_cycle_sort(self) -> None:
        """By wait, by priority, by tier; the view remembers it."""
        if self.queue.view not in SORTABLE:
            self.news(
                _("This view is sorted by time."), _("Waiting, unassigned and mine sort in three ways.")
            )
            return
        sorts = list(Sort)
        sort = sorts[(sorts.index(self.queue.sort) + 1) % len(sorts)]
        key, agent = self.queue.key, self.desk.agent.id
        self.desk.store.submit(lambda tx: saved_views.keep_sort(tx.connection, agent, key, sort))
        self.queue.sort_by(sort)
        self.news(_(self.SORT_NAMES[sort]))

    # -- views of one's own

    @work(group=ASKS, exit_on_error=False)
    async def action_save_view(self) -> None:
        """Keep the filter that is on under a name."""
        from csdesk.tui.screens.modals import LineQuestion

        view, query = self.queue.view, self.queue.typed_filter
        if not query.strip():
            self.news(
                _("There is no filter to save."), _("\\ filters the list, S keeps the filter as a view.")
            )
            return
        name = await self.app.push_screen_wait(LineQuestion(_("Keep this filter as a view named")))
        if name:
            self.attempt(lambda: acts.views.save(self.desk, name, view, query), self._saved)

    def _saved(self, saved: SavedView) -> None:
        self.queue.end_filter()
        self.read_own_views()
        self._show_view(saved.view, saved)
        place = next((n for n, tab in enumerate(self.queue.own, 7) if tab.saved == saved), 10)
        hint = _("{key} shows it").format(key=place) if place <= 9 else _("V shows it")
        self.news(_("The view {name} is kept.").format(name=saved.name), hint)

    @work(group=ASKS, exit_on_error=False)
    async def action_rename_view(self) -> None:
        from csdesk.tui.screens.modals import LineQuestion

        saved = self._own_view()
        if saved is None:
            return
        name = await self.app.push_screen_wait(LineQuestion(_("Rename the view"), value=saved.name))
        if name:
            self.attempt(
                lambda: acts.views.rename(self.desk, saved, name), lambda _done: self.read_own_views()
            )

    def action_delete_view(self) -> None:
        saved = self._own_view()
        if saved is not None:
            self.attempt(lambda: acts.views.delete(self.desk, saved), lambda _done: self._deleted(saved))

    def _deleted(self, saved: SavedView) -> None:
        self.read_own_views()
        self._show_view(saved.view, None)
        self.news(_("The view {name} is deleted.").format(name=saved.name), _("Ctrl+G takes it back"))

    def _own_view(self) -> SavedView | None:
        if self.queue.saved is None:
            self.news(_("This is a built-in view."), _("Show one of your own first: 7 to 9, or V."))
        return self.queue.saved

    def read_own_views(self) -> None:
        """Read the agent's own views again; those that were counted keep their count for now."""
        counted = {tab.key: tab.count for tab in self.queue.own}
        found = saved_views.of_agent(self.desk.store.reader(), self.desk.agent.id)
        tabs = [own(saved, "") for saved in found]
        self.queue.show_own([own(tab.saved, counted.get(tab.key, "")) for tab in tabs if tab.saved])
        self._recount_soon()

    def refresh_counts(self) -> None:
        super().refresh_counts()
        self._recount_soon()

    def _recount_soon(self) -> None:
        if self._recount_timer is None:
            self._recount_timer = self.set_timer(RECOUNT_S, self._recount)

    def _recount(self) -> None:
        self._recount_timer = None
        found = saved_views.of_agent(self.desk.store.reader(), self.desk.agent.id)
        if found or self.queue.own:
            self.run_worker(
                lambda: self._count_own(found),
                thread=True,
                group="views",
                exclusive=True,
                exit_on_error=False,
            )

    def _count_own(self, found: list[SavedView]) -> None:
        """In a thread: a filter may look at thousands of rows."""
        tabs = [own(saved, _counted(acts.views.count(self.desk, saved))) for saved in found]
        self.app.call_from_thread(self.queue.show_own, tabs)


def _counted(counted: Counted) -> str:
    return f"{counted.number:,}" + ("" if counted.is_exact else "+")
