"""Moving through the queue: views, the longest wait, the next and the previous."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csdesk.i18n import _
from csdesk.model.conversation import View
from csdesk.store import queue
from csdesk.tui.screens.desk_parts import DeskParts

if TYPE_CHECKING:
    from textual.widget import Widget

    from csdesk.model.search import Hit
    from csdesk.tui.screens.search import Asked


class QueueActions(DeskParts):
    """What the keys of the queue do."""

    _last_asked: Asked | None = None
    _found_from: Widget | None = None

    def action_show_view(self, view: str) -> None:
        """Show a view from its head."""
        self.queue.show_view(View(view))
        self.refresh_counts()
        self.queue.rows.focus()

    def action_longest_wait(self) -> None:
        """Open who has waited longest; pressed there already, the next longest."""
        rows = queue.page(self.desk.store.reader(), View.WAITING, limit=2).rows
        here = self.shown.id if self.shown and self.is_writing else None
        rest = [row for row in rows if row.id != here] or list(rows)
        if not rest:
            self.news(_("No one is waiting."))
            return
        self._go_to(rest[0].id, View.WAITING)

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

    def action_use_density(self, density: str) -> None:
        self.queue.rows.set_density(density)
