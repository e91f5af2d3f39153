"""The queue pane: its views with their counts, the list, and a filter that is there when wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from csdesk.desk.context import Desk
from csdesk.i18n import N_, _
from csdesk.model.conversation import View, ViewCounts
from csdesk.store.queue import QueueFilter
from csdesk.text import cell_width
from csdesk.tui.sources import QueueSource
from csdesk.tui.surviving import Survives
from csdesk.tui.widgets.fitted import Fitted, rule
from csdesk.tui.widgets.in_order import LineInput
from csdesk.tui.widgets.queue_list import QueueList

VIEW_NAMES: Final = {
    View.WAITING: N_("Waiting"),
    View.UNASSIGNED: N_("Unassigned"),
    View.MINE: N_("Mine"),
    View.ALL: N_("All"),
    View.SNOOZED: N_("Snoozed"),
    View.RESOLVED: N_("Resolved"),
}
EMPTY: Final = {
    View.WAITING: N_("No one is waiting. Import conversations, connect a channel, or F1 for help."),
    View.UNASSIGNED: N_("Every open conversation has somebody. 3 shows yours."),
    View.MINE: N_("You have no conversation. F8 takes who has waited longest."),
    View.ALL: N_("There is no conversation yet. csdesk import FILE brings some, csdesk demo plays some."),
    View.SNOOZED: N_("Nothing is snoozed. In a conversation, s puts it aside until a time."),
    View.RESOLVED: N_("Nothing is resolved yet. F9 resolves a conversation and goes to the next."),
}
SORTED_BY: Final = {
    View.WAITING: N_("by wait"),
    View.UNASSIGNED: N_("by wait"),
    View.MINE: N_("by wait"),
    View.ALL: N_("newest first"),
    View.SNOOZED: N_("by waking time"),
    View.RESOLVED: N_("newest first"),
}
NO_MATCH: Final = N_("Nothing fits the filter. Esc takes it off.")


class ViewTabs(Fitted):
    """One line: the views around the one shown, each with its count. A click chooses."""

    DEFAULT_CSS = "ViewTabs { padding: 0 1; }"

    @dataclass
    class Chosen(Message):
        """A view was clicked."""

        view: View

    def __init__(self) -> None:
        super().__init__(self._written, id="views")
        self._current, self._counts = View.WAITING, ViewCounts()
        self._places: list[tuple[int, int, View]] = []

    def show(self, current: View, counts: ViewCounts) -> None:
        """Draw the views with these counts."""
        if (current, counts) != (self._current, self._counts):
            self._current, self._counts = current, counts
            self.refresh()

    def _written(self, width: int) -> Content:
        """The views in their order, as many as fit; the current one always does."""
        current, counts = self._current, self._counts
        shown = list(View)
        while len(shown) > 1 and self._cells(shown, counts) > width:
            shown.remove(next(view for view in reversed(shown) if view is not current))
        parts: list[Content] = []
        self._places, used = [], 0
        for view in shown:
            if parts:
                parts.append(Content("  "))
                used += 2
            number = f"{counts.of(view):,}"
            parts.append(_tab(view, number, is_current=view is current))
            cells = cell_width(parts[-1].plain)
            self._places.append((used, used + cells, view))
            used += cells
        return Content.assemble(*parts)

    @staticmethod
    def _cells(views: list[View], counts: ViewCounts) -> int:
        return sum(cell_width(f"{_(VIEW_NAMES[view])} {counts.of(view):,}") + 2 for view in views) - 2

    def on_click(self, event: events.Click) -> None:
        for start, end, view in self._places:
            if start <= event.x - 1 < end:
                self.post_message(self.Chosen(view))


def _tab(view: View, number: str, *, is_current: bool) -> Content:
    text = f"{_(VIEW_NAMES[view])} {number}"
    return Content.styled(text, "bold $accent" if is_current else "$detail")


class QueuePane(Survives, Vertical):
    """The left pane. It reads the queue itself and says what was chosen."""

    DEFAULT_CSS = """
    QueuePane { background: $pane; width: 36; }
    QueuePane #queue-rule { color: $hint; padding: 0 1; }
    QueuePane #queue-foot { color: $hint; padding: 0 1; }
    QueuePane #filter { height: 1; border: none; background: $raised; padding: 0 1; display: none; }
    QueuePane.-filtering #filter { display: block; }
    """

    @dataclass
    class ViewChanged(Message):
        """Another view, or another filter, is shown now."""

        view: View

    def __init__(self, desk: Desk, now_ms: int) -> None:
        super().__init__(id="queue")
        self._desk = desk
        self.view = View.WAITING
        self.narrowed = QueueFilter()
        settings = desk.settings
        self.rows = QueueList(
            limits=settings.queue.limits, density=settings.ui.density, now_ms=now_ms, id="rows"
        )
        self._tabs = ViewTabs()
        self._rule = Fitted(rule, id="queue-rule")
        self._filter = LineInput(id="filter", compact=True, select_on_focus=False)
        self._foot = Fitted(self._foot_line, id="queue-foot")

    def compose(self) -> ComposeResult:
        yield self._tabs
        yield self._rule
        yield self._filter
        yield self.rows
        yield self._foot

    def show_view(self, view: View, *, select: int | None = None) -> None:
        """Show a view from its head, or with the cursor on a conversation."""
        self.view = view
        self.rows.show(QueueSource(self._desk, view, self.narrowed), select=select)
        self._label()
        self.post_message(self.ViewChanged(view))

    def show_counts(self, counts: ViewCounts) -> None:
        """Draw the views' counts again."""
        self._tabs.show(self.view, counts)

    def relabel(self) -> None:
        """The language or the size changed: write every label again."""
        self._label()
        self._tabs.refresh()
        self.rows.restyle()

    def _label(self) -> None:
        self.rows.say_when_empty(_(EMPTY[self.view]) if self.narrowed.is_empty else _(NO_MATCH))
        self._filter.placeholder = _("words, label:x tier:A stage:aftersale inbox:web")
        self._foot.refresh()

    def _foot_line(self, width: int) -> Content:
        sorting = _(SORTED_BY[self.view])
        hint = _("F8 longest wait")
        gap = " " * max(2, width - cell_width(sorting) - cell_width(hint))
        return Content(sorting + gap + hint)

    def start_filter(self) -> None:
        """Open the filter line and write in it."""
        self.add_class("-filtering")
        self._filter.focus()

    def end_filter(self) -> None:
        """Take the filter off and go back to the list."""
        self.remove_class("-filtering")
        self._filter.value = ""
        self.rows.focus()

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        from csdesk.tui.filtering import read_filter

        event.stop()
        narrowed = read_filter(event.value)
        if narrowed != self.narrowed:
            self.narrowed = narrowed
            self.show_view(self.view, select=self.rows.selected_id)

    @on(Input.Submitted, "#filter")
    def _keep_filter(self, event: Input.Submitted) -> None:
        event.stop()
        self.rows.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self.has_class("-filtering"):
            event.stop()
            self.end_filter()
