"""The queue pane: its views with their counts, the list, and a filter that is there when wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from csdesk.config import WaitLimits
from csdesk.desk.context import Desk
from csdesk.i18n import N_, _, ngettext
from csdesk.model.conversation import COUNTED_VIEWS, MOST_COUNTED, SavedView, Sort, View, ViewCounts
from csdesk.store import saved_views
from csdesk.store.queue_filters import QueueFilter
from csdesk.text import cell_width
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
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
    View.DRAFTS: N_("Drafts"),
    View.FAILED: N_("Failed"),
}
EMPTY: Final = {
    View.WAITING: N_("No one is waiting. Import conversations, connect a channel, or F1 for help."),
    View.UNASSIGNED: N_("Every open conversation has somebody. 3 shows yours."),
    View.MINE: N_("You have no conversation. F8 takes who has waited longest."),
    View.ALL: N_("There is no conversation yet. csdesk import FILE brings some, csdesk demo plays some."),
    View.SNOOZED: N_("Nothing is snoozed. In a conversation, s puts it aside until a time."),
    View.RESOLVED: N_("Nothing is resolved yet. F9 resolves a conversation and goes to the next."),
    View.DRAFTS: N_("You have no draft. What you write and do not send is kept here."),
    View.FAILED: N_("Nothing failed to leave. Messages that no channel took would be here."),
}
SORTED_BY: Final = {
    View.WAITING: N_("by wait"),
    View.UNASSIGNED: N_("by wait"),
    View.MINE: N_("by wait"),
    View.ALL: N_("newest first"),
    View.SNOOZED: N_("by waking time"),
    View.RESOLVED: N_("newest first"),
    View.DRAFTS: N_("by wait"),
    View.FAILED: N_("by wait"),
}
SORTS: Final = {Sort.PRIORITY: N_("by priority"), Sort.TIER: N_("by tier")}
LEAST_GAP: Final = 2
NO_MATCH: Final = N_("Nothing fits the filter. Esc takes it off.")


@dataclass(frozen=True, slots=True)
class Tab:
    """One view that can be shown: which, its name (translated, or a person's own) and its count as text."""

    key: str
    name: str
    count: str
    view: View
    saved: SavedView | None = None

    @property
    def text(self) -> str:
        return f"{self.name} {self.count}".rstrip()


def key_of(view: View, saved: SavedView | None = None) -> str:
    """What a view is known by where its sort order is kept."""
    return view.value if saved is None else f"saved:{saved.id}"


def built_in(counts: ViewCounts, *, is_complete: bool = False) -> list[Tab]:
    """The built-in views; drafts and failures only while there are any, unless all are wanted."""
    few = [view for view in (View.DRAFTS, View.FAILED) if is_complete or counts.of(view)]
    return [
        Tab(view.value, _(VIEW_NAMES[view]), _number(view, counts.of(view)), view)
        for view in (*COUNTED_VIEWS, *few)
    ]


def _number(view: View, number: int) -> str:
    return f"{number:,}" + ("+" if view not in COUNTED_VIEWS and number >= MOST_COUNTED else "")


def own(saved: SavedView, count: str) -> Tab:
    """A saved view; ``count`` is empty until it was counted."""
    return Tab(key_of(saved.view, saved), display_line(saved.name), count, saved.view, saved)


class ViewTabs(Fitted):
    """One line: the views around the one shown, each with its count. A click chooses."""

    DEFAULT_CSS = "ViewTabs { padding: 0 1 0 0; }"

    @dataclass
    class Chosen(Message):
        """A view was clicked."""

        tab: Tab

    def __init__(self) -> None:
        super().__init__(self._written, id="views")
        self._current = View.WAITING.value
        self._tabs: list[Tab] = built_in(ViewCounts())
        self._places: list[tuple[int, int, Tab]] = []

    def show(self, current: str, tabs: Sequence[Tab]) -> None:
        """Draw these views, the one with the key ``current`` lit."""
        if (current, list(tabs)) != (self._current, self._tabs):
            self._current, self._tabs = current, list(tabs)
            self.refresh()

    def _written(self, width: int) -> Content:
        """The views in their order, as many as fit; the current one always does."""
        shown = list(self._tabs)
        while len(shown) > 1 and self._cells(shown) > width:
            shown.remove(next(tab for tab in reversed(shown) if tab.key != self._current))
        parts: list[Content] = []
        self._places, used = [], 0
        for tab in shown:
            gap = " " if parts else ""
            is_current = tab.key == self._current
            mark = glyphs().arrow if is_current else " "
            parts.append(Content.styled(gap + mark + tab.text, "bold $accent" if is_current else "$detail"))
            self._places.append((used + len(gap) + 1, used + cell_width(parts[-1].plain), tab))
            used += cell_width(parts[-1].plain)
        return Content.assemble(*parts)

    @staticmethod
    def _cells(tabs: list[Tab]) -> int:
        return sum(cell_width(tab.text) + 2 for tab in tabs) - 1

    def on_click(self, event: events.Click) -> None:
        for start, end, tab in self._places:
            if start <= event.x < end:
                self.post_message(self.Chosen(tab))


class QueueFoot(Fitted):
    """How the list is sorted, or how many are selected, and the key beside it; a click does what it says."""

    def __init__(self, write: Callable[[int], Content]) -> None:
        super().__init__(write, id="queue-foot")

    async def on_click(self, event: events.Click) -> None:
        """The left half changes the order; the right half does what its key does."""
        is_left = event.x < self.size.width // 2
        await self.run_action("screen.cycle_sort" if is_left else "screen.longest_wait")


class QueuePane(Survives, Vertical):
    """The left pane. It reads the queue itself and says what was chosen."""

    DEFAULT_CSS = """
    QueuePane { background: $pane; width: 24%; min-width: 36; max-width: 56; }
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
        self.saved: SavedView | None = None
        self.sort = Sort.WAIT
        self.narrowed = QueueFilter()
        self._counts = ViewCounts()
        self._own: list[Tab] = []
        settings = desk.settings
        self.rows = QueueList(
            limits=self._limits,
            density=settings.ui.density,
            now_ms=now_ms,
            id="rows",
        )
        self._tabs = ViewTabs()
        self._rule = Fitted(rule, id="queue-rule")
        self._filter = LineInput(id="filter", compact=True, select_on_focus=False)
        self._foot = QueueFoot(self._foot_line)

    def compose(self) -> ComposeResult:
        yield self._tabs
        yield self._rule
        yield self._filter
        yield self.rows
        yield self._foot

    def _limits(self, tier: str | None) -> WaitLimits:
        """As they are set now: the settings may change while we run."""
        return self._desk.settings.queue.limits(tier)

    @property
    def key(self) -> str:
        """What is shown, by the key of its tab."""
        return key_of(self.view, self.saved)

    @property
    def typed_filter(self) -> str:
        """The filter as a person wrote it."""
        return self.saved.query if self.saved else self._filter.value

    def show_view(self, view: View, *, select: int | None = None, saved: SavedView | None = None) -> None:
        """Show a view, or one of the agent's own, from its head or with the cursor on a conversation."""
        self.view, self.saved = view, saved
        self.narrowed = self._read_filter()
        self.sort = saved_views.sort_of(self._desk.store.reader(), self._desk.agent.id, self.key)
        self._show(select)

    def sort_by(self, sort: Sort) -> None:
        """Show the view in another order, from its head."""
        self.sort = sort
        self._show(None)

    def _show(self, select: int | None) -> None:
        self.rows.show(QueueSource(self._desk, self.view, self.narrowed, self.sort), select=select)
        self._label()
        self._draw_tabs()
        self.post_message(self.ViewChanged(self.view))

    def _read_filter(self) -> QueueFilter:
        if not self.typed_filter:
            return QueueFilter()
        from csdesk.desk.filtering import read_filter

        return read_filter(self.typed_filter)

    def show_counts(self, counts: ViewCounts) -> None:
        """Draw the built-in views' counts again."""
        self._counts = counts
        self._draw_tabs()

    def show_own(self, own: Sequence[Tab]) -> None:
        """Draw the agent's own views again."""
        self._own = list(own)
        self._draw_tabs()

    @property
    def own(self) -> tuple[Tab, ...]:
        """The agent's own views as they stand above the list."""
        return tuple(self._own)

    def _draw_tabs(self) -> None:
        self._tabs.show(self.key, [*self._built_in(), *self._own])

    def _built_in(self) -> list[Tab]:
        tabs = built_in(self._counts, is_complete=True)
        kept = (self.view, *(tab.view for tab in built_in(self._counts)))
        return [tab for tab in tabs if tab.view in kept]

    def relabel(self) -> None:
        """The language or the size changed: write every label again."""
        self._label()
        self._draw_tabs()
        self.rows.restyle()

    def _label(self) -> None:
        self.rows.say_when_empty(_(EMPTY[self.view]) if self.narrowed.is_empty else _(NO_MATCH))
        self._filter.placeholder = _("words, label:x tier:A stage:aftersale inbox:web")
        self._foot.refresh()

    def _foot_line(self, width: int) -> Content:
        ticked = len(self.rows.ticks)
        if ticked or self.rows.is_stretching:
            said = ngettext("{count} selected", "{count} selected", ticked).format(count=f"{ticked:,}")
            hint, colour = _("Esc clears"), "bold $accent"
        else:
            said = _(SORTED_BY[self.view] if self.sort is Sort.WAIT else SORTS[self.sort])
            hint, colour = _("F8 longest wait"), ""
        room = width - cell_width(said) - cell_width(hint)
        gap = " " * room
        if room < LEAST_GAP:
            gap = hint = ""
        return Content.assemble(Content.styled(said, colour) if colour else Content(said), gap + hint)

    @on(QueueList.TicksChanged)
    def _count_ticks(self) -> None:
        self._foot.refresh()

    def start_filter(self) -> None:
        """Open the filter line and write in it; the filter of an own view is there to be changed."""
        if self.saved is not None:
            self._filter.value = self.saved.query
        self.add_class("-filtering")
        self._filter.focus()

    def filter_by(self, view: View, typed: str, *, select: int | None = None) -> None:
        """Show a view narrowed by ``typed``, which stands in the filter line, with the focus on the list."""
        self._filter.value = typed
        self.add_class("-filtering")
        self.show_view(view, select=select)
        self.rows.focus()

    def end_filter(self) -> None:
        """Take the filter off and go back to the list."""
        self.remove_class("-filtering")
        self._filter.value = ""
        if not self.narrowed.is_empty:
            self.show_view(self.view, select=self.rows.selected_id)
        self.rows.focus()

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        from csdesk.desk.filtering import read_filter

        event.stop()
        narrowed = read_filter(event.value)
        if self.has_class("-filtering") and narrowed != self.narrowed:
            self.show_view(self.view, select=self.rows.selected_id)

    @on(Input.Submitted, "#filter")
    def _keep_filter(self, event: Input.Submitted) -> None:
        event.stop()
        self.rows.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key != "escape":
            return
        if self.rows.has_focus and self.rows.untick():
            event.stop()
        elif self.has_class("-filtering"):
            event.stop()
            self.end_filter()
