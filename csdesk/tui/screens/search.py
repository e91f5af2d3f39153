"""Search: a line to type in, what it finds below while it is typed, Enter goes there.

Each query runs in a thread on a reading connection of its own; a new one stops the one before it. What
took too long comes in parts: the screen says so and goes on looking.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState, get_current_worker

from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.log import get_logger
from csdesk.model.search import Hit, HitCount, SearchPage
from csdesk.store.search_query import Query, QueryError, parse
from csdesk.text import cell_width
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display, plain_line
from csdesk.tui.searching import Finder
from csdesk.tui.widgets.hit_list import MOST_HITS, HitList
from csdesk.tui.widgets.in_order import LineInput

DEBOUNCE_S = 0.12
MARGIN = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What was searched for, and the hit that was chosen last: to open the screen as it was left."""

    typed: str = ""
    message: int | None = None


class SearchScreen(Screen[Hit | None]):
    """Dismissed with the hit to go to, or None. ``asked`` is what stands there at the start."""

    DEFAULT_CSS = f"""
    SearchScreen {{ background: $base; }}
    SearchScreen #search-head {{ height: 1; background: $raised; padding: 0 {MARGIN}; }}
    SearchScreen #search-query {{ height: 1; border: none; background: $pane; padding: 0 {MARGIN}; margin: 1 0 0 0; }}
    SearchScreen #search-problem {{ height: auto; max-height: 3; color: $amber; padding: 0 {MARGIN}; }}
    SearchScreen HitList {{ margin: 1 0 0 0; }}
    SearchScreen #search-foot {{ height: 1; dock: bottom; background: $raised; color: $detail; padding: 0 {MARGIN}; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", N_("Back to where you were"), id="search.close"),
        Binding("down", "move('down')", N_("One hit down"), id="search.down"),
        Binding("up", "move('up')", N_("One hit up"), id="search.up"),
        Binding("pagedown", "move('page_down')", N_("One page down"), id="search.page_down"),
        Binding("pageup", "move('page_up')", N_("One page up"), id="search.page_up"),
        Binding("ctrl+home", "move('first')", N_("To the first hit"), id="search.first"),
        Binding("ctrl+end", "move('last')", N_("To the last hit"), id="search.last"),
    ]

    @dataclass
    class PageFound(Message):
        """Hits of the query number ``turn``; ``is_first`` when they begin the list."""

        turn: int
        page: SearchPage
        is_first: bool

    @dataclass
    class PageEnded(Message):
        """The query number ``turn`` has its page, and then how many hits there are."""

        turn: int
        counted: HitCount | None = None

    @dataclass
    class Failed(Message):
        """The query number ``turn`` cannot be answered."""

        turn: int
        error: CsdeskError

    def __init__(self, desk: Desk, asked: Asked) -> None:
        super().__init__(id="search")
        self._desk = desk
        self._asked = asked
        self._turn = 0
        self._begun: str | None = None
        self._query: Query | None = None
        self._next: str | None = None
        self._is_reading = False
        self._counted: HitCount | None = None
        self._timer: Timer | None = None
        self._head = Static(id="search-head")
        self._line = LineInput(asked.typed, id="search-query", compact=True, select_on_focus=True)
        self._problem = Static(id="search-problem")
        self.list = HitList(now_ms=desk.now_ms(), id="hits")

    @property
    def asked(self) -> Asked:
        """What stands there now."""
        hit = self.list.selected
        return Asked(self._line.value, hit.message if hit else None)

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._line
        yield self._problem
        yield self.list
        yield Static(
            Content(_("Enter opens the conversation there · ↑↓ choose · Esc back to where you were")),
            id="search-foot",
        )

    def on_mount(self) -> None:
        self._line.placeholder = _('words, "a phrase", ref*, from:name label:x after:7d')
        self._line.focus()
        self._begin()

    # -- asking

    @on(Input.Changed, "#search-query")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self._begun:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(DEBOUNCE_S, self._begin)

    def _begin(self) -> None:
        """Search for what stands there; hits of a query that is being corrected stay."""
        self._turn += 1
        self._begun = self._line.value
        self._counted = None
        try:
            query = parse(self._line.value, self._desk.now_ms(), me=self._desk.agent.name, is_unfinished=True)
        except QueryError as error:
            self._stop()
            self._show_problem(error)
            return
        self._problem.update(Content(""))
        self._query, self._next = query, None
        if query.is_empty:
            self._stop()
            self.list.show(())
            self.list.say_when_empty(_examples())
            self._show_state()
            return
        self._read(query, None)

    def _stop(self) -> None:
        self.workers.cancel_group(self, "search")
        self._is_reading = False

    def _read(self, query: Query, after: str | None) -> None:
        self._is_reading = True
        self._show_state()
        self.run_worker(
            partial(self._find, query, self._turn, after, self._counted is not None),
            thread=True, exclusive=True, group="search", exit_on_error=False,
        )  # fmt: skip

    def _find(self, query: Query, turn: int, after: str | None, is_counted: bool) -> None:
        """In a thread: a page, in as many parts as the deadlines make of it, then the count."""
        worker = get_current_worker()
        finder = Finder(self._desk.store, query, lambda: worker.is_cancelled)
        try:
            is_first = after is None
            for page in finder.pages(after):
                self.post_message(self.PageFound(turn, page, is_first))
                is_first = False
            self.post_message(self.PageEnded(turn))
            if finder.has_more and not is_counted:
                self.post_message(self.PageEnded(turn, finder.count()))
        except CsdeskError as error:
            self.post_message(self.Failed(turn, error))

    @on(PageFound)
    def _take_page(self, event: PageFound) -> None:
        event.stop()
        if event.turn != self._turn:
            return
        if event.is_first:
            self.list.show(event.page.hits, select=self._asked.message)
            self._asked = Asked()
        else:
            self.list.add(event.page.hits)
        self._next = event.page.next
        if not self.list.hits:
            self.list.say_when_empty([_("Searching…")])
        self._show_state()

    @on(PageEnded)
    def _take_end(self, event: PageEnded) -> None:
        event.stop()
        if event.turn != self._turn:
            return
        self._is_reading = False
        self._counted = event.counted or self._counted
        if not self.list.hits:
            self.list.say_when_empty([_("Nothing says that. Try fewer words, or leave out a filter.")])
        self._show_state()

    @on(Failed)
    def _take_failure(self, event: Failed) -> None:
        event.stop()
        if event.turn == self._turn:
            self._is_reading = False
            self._show_problem(event.error)

    @on(HitList.MoreWanted)
    def _read_on(self, event: HitList.MoreWanted) -> None:
        event.stop()
        has_more = self._next is not None and len(self.list.hits) < MOST_HITS
        if self._query is not None and has_more and not self._is_reading:
            self._read(self._query, self._next)

    # -- saying

    def _show_problem(self, error: CsdeskError) -> None:
        """The sentence, its sign under the place it is about."""
        sign = ""
        if isinstance(error, QueryError):
            before = display(self._line.value[: error.column - 1])
            sign = (
                " " * min(cell_width(before), max(0, self.size.width - 2 * MARGIN - 2))
                + glyphs().above
                + "\n"
            )
        said = Content.assemble(
            Content(sign),
            plain_line(error.sentence),
            Content("  "),
            plain_line(error.hint).stylize("$detail"),
        )
        self._problem.update(said)
        self._show_state()

    def _show_state(self) -> None:
        number = len(self.list.hits)
        if self._is_reading and number:
            said = _("{count} found so far, searching on…").format(count=number)
        elif self._is_reading:
            said = _("searching…")
        elif self._query is None or self._query.is_empty:
            said = ""
        elif self._next is None:
            said = _("{count} found").format(count=f"{number:,}")
        elif self._counted is not None:
            sign = "" if self._counted.is_exact else "+"
            said = _("{count} found").format(count=f"{max(number, self._counted.number):,}{sign}")
        else:
            said = _("{count} found").format(count=f"{number}+")
        title = _("Search")
        gap = " " * max(2, self.size.width - 2 * MARGIN - cell_width(title) - cell_width(said))
        self._head.update(
            Content.assemble(Content.styled(title, "bold $accent"), gap, Content.styled(said, "$detail"))
        )

    def on_resize(self) -> None:
        self._show_state()

    # -- acting

    def action_move(self, where: str) -> None:
        self.list.move(where)

    def action_close(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted, "#search-query")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.list.selected is not None:
            self.dismiss(self.list.selected)

    @on(HitList.Opened)
    def _clicked(self, event: HitList.Opened) -> None:
        event.stop()
        self.dismiss(event.hit)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            get_logger(__name__).error("search failed", exc_info=event.worker.error)
            self._is_reading = False
            self._show_problem(
                CsdeskError("internal", _("Something went wrong inside csdesk."), _("The log says more."))
            )


def _examples() -> list[str]:
    """What can be asked for: lines of an empty list."""
    rows = [
        ("退货", _("any part of a Chinese text")),
        ("refund A1024", _("all of these words")),
        ('"express delivery"', _("this phrase")),
        ("ref*", _("words that begin so, from three letters")),
        ("from:customer", _("who wrote: customer, agent, note, or a name")),
        ("mentions:me", _("notes with your name behind an @; also mentions:NAME")),
        ("label:vip status:open", _("also agent: inbox: stage: tier: has:note")),
        ("after:2026-01-31 before:7d", _("days; also today, yesterday")),
        ("sort:relevance", _("the best of the newest 1,000 first")),
    ]
    widest = max(cell_width(example) for example, _about in rows)
    return [example + " " * (widest - cell_width(example) + 3) + about for example, about in rows]
