"""The queue as the drawings show it: how long, who, what they said last; and rows that can be ticked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Final

from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from csdesk.config import QueueSettings, WaitLimits
from csdesk.i18n import N_, _
from csdesk.model.conversation import Mark, Priority, QueueRow, Status
from csdesk.text import cell_width, fit
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.times import time_or_date, wait_text
from csdesk.tui.widgets.line import Piece, build_line
from csdesk.tui.widgets.row_list import RowList
from csdesk.tui.widgets.row_window import PAGE, RowSource

NARROW: Final = 32
"""Below so many cells a row drops its stage and some air."""
ROOMY: Final = 60
"""From so many cells a compact row shows its stage too."""

STAGE_NAMES: Final = {
    "presale": N_("pre-sale"),
    "insale": N_("in sale"),
    "aftersale": N_("after-sale"),
}
_PREFIXES: Final = {"agent": N_("Reply: "), "note": N_("Note: "), "auto": N_("Auto: ")}

MOST_TICKED = 1_000
"""As many as are acted on at once (``desk.many.MOST``)."""


class TickingList(RowList):
    """A RowList whose ticks stay on their conversations, also when others change or move them."""

    @dataclass
    class TicksChanged(Message):
        """So many rows are ticked now."""

        row_list: TickingList
        count: int

        @property
        def control(self) -> TickingList:
            return self.row_list

    def __init__(
        self, source: RowSource | None = None, *, id: str | None = None, classes: str | None = None
    ) -> None:
        self._ticks: dict[int, None] = {}
        self._anchor: int | None = None
        self._before_range: dict[int, None] = {}
        super().__init__(source, id=id, classes=classes)

    @property
    def ticks(self) -> tuple[int, ...]:
        """The ticked conversations, in the order in which they were ticked."""
        return tuple(self._ticks)

    @property
    def is_stretching(self) -> bool:
        """Whether moving the cursor ticks what it passes."""
        return self._anchor is not None

    def is_ticked(self, conversation_id: int) -> bool:
        return conversation_id in self._ticks

    def show(self, source: RowSource, *, select: int | None = None) -> None:
        super().show(source, select=select)
        self.untick()

    def toggle_tick(self) -> None:
        """Tick the row under the cursor, or take its tick off, and go to the next one."""
        current = self.selected_id
        if current is None:
            return
        self._anchor = None
        if current in self._ticks:
            self._set({number: None for number in self._ticks if number != current})
        else:
            self._set(self._with(self._ticks, [current]))
        self.action_move("down")

    def stretch(self) -> None:
        """From here on the rows between here and the cursor are ticked; again, and they stay so."""
        if self._anchor is not None:
            self._anchor = None
            self._tell()
            return
        self._anchor = self.selected_id
        self._before_range = self._ticks
        self._stretch_to_cursor()

    def tick_all(self) -> None:
        """Tick every row of the list, as many as can be acted on at once."""
        source = self._view.window.source
        found: list[int] = []
        page = source.page(None, None, PAGE)
        found += [row.id for row in page.rows]
        while page.next is not None and len(found) < MOST_TICKED:
            page = source.page(page.rows[-1].key, None, PAGE)
            found += [row.id for row in page.rows]
        self._anchor = None
        self._set(self._with({}, found))

    def untick(self) -> bool:
        """Take all ticks off; False when there were none."""
        had = bool(self._ticks) or self._anchor is not None
        self._anchor = None
        if had:
            self._set({})
        return had

    def action_move(self, where: str) -> None:
        super().action_move(where)
        self._stretch_to_cursor()

    def _stretch_to_cursor(self) -> None:
        if self._anchor is None:
            return
        window, cursor = self._view.window, self._view.cursor
        anchor = window.index_of(self._anchor)
        if anchor is None:  # it slid out of the window: what was ticked on the way stays
            passed = [self.selected_id] if self.selected_id is not None else []
            self._set(self._with(self._ticks, passed))
            return
        first, last = sorted((anchor, cursor))
        self._set(self._with(self._before_range, [row.id for row in window.rows[first : last + 1]]))

    @staticmethod
    def _with(ticks: dict[int, None], more: Iterable[int]) -> dict[int, None]:
        """``ticks`` and ``more``, at most MOST_TICKED."""
        joined = {**ticks, **dict.fromkeys(more)}
        return dict.fromkeys(list(joined)[:MOST_TICKED])

    def _set(self, ticks: dict[int, None]) -> None:
        if ticks != self._ticks:
            self._ticks = ticks
            self.refresh()
        self._tell()

    def _tell(self) -> None:
        if self.is_mounted:
            self.post_message(self.TicksChanged(self, len(self._ticks)))


class QueueList(TickingList):
    """A TickingList of conversations, cosy (two lines and air) or compact (one line).

    ``limits`` gives the waits at which a tier's row turns amber and red. The screen calls
    ``tick`` once a second; only ages that look different are drawn again.
    """

    def __init__(
        self,
        source: RowSource | None = None,
        *,
        limits: Callable[[str | None], WaitLimits] | None = None,
        density: str = "cosy",
        now_ms: int = 0,
        id: str | None = None,
    ) -> None:
        self._density = density
        self._limits = limits or QueueSettings().limits
        self._now_ms = now_ms
        self._drawn_ages: list[tuple[int, str, str, str]] = []
        self._wait_width = 5
        super().__init__(source, id=id)

    @property
    def row_height(self) -> int:
        return 1 if self._density == "compact" else 3

    def show(self, source: RowSource, *, select: int | None = None) -> None:
        super().show(source, select=select)
        self._wait_width = self._widest_wait()

    def set_density(self, density: str) -> None:
        """``cosy`` or ``compact``."""
        self._density = density
        self.on_resize()
        self.refresh()

    def tick(self, now_ms: int) -> None:
        """It is ``now_ms``: draw the ages again that look different now."""
        self._now_ms = now_ms
        width = self._widest_wait()
        ages = [(row.id, *self._age(row)) for row in self._view.shown().rows]
        old, self._drawn_ages = self._drawn_ages, ages
        if width != self._wait_width or len(old) != len(ages):
            self._wait_width = width
            self.refresh()
            return
        offset = self.top % self.row_height
        for place, age in enumerate(ages):
            y = place * self.row_height - offset
            if age != old[place] and 0 <= y < self.size.height:
                self.refresh(Region(1, y, self._indent + self._wait_width - 1, 1))

    def _widest_wait(self) -> int:
        waits = [row.waiting_since for row in self._view.window.rows if row.waiting_since is not None]
        return max([5, *(len(wait_text(self._now_ms - since)) for since in waits)])

    def _age(self, row: QueueRow) -> tuple[str, str, str]:
        """The glyph, the text and the colour of a row's first column."""
        sign = glyphs()
        if row.status is Status.RESOLVED:
            return sign.done, time_or_date(row.updated_at, self._now_ms), "hint"
        if row.status is Status.SNOOZED:
            until = row.snooze_until
            return sign.clock, time_or_date(until, self._now_ms) if until is not None else "", "detail"
        if row.waiting_since is None:
            return " ", "", "detail"
        age_ms, limits = self._now_ms - row.waiting_since, self._limits(row.tier)
        if age_ms >= limits.red_ms:
            return sign.late, wait_text(age_ms), "red"
        if age_ms >= limits.amber_ms:
            return sign.warm, wait_text(age_ms), "amber"
        return " ", wait_text(age_ms), "detail"

    def row_state(self, row: QueueRow) -> Hashable:
        return self._age(row), self._wait_width, self.is_ticked(row.id)

    @property
    def _is_narrow(self) -> bool:
        return self.size.width < NARROW

    @property
    def _indent(self) -> int:
        return 3 if self._is_narrow else 4

    def draw_row(self, row: QueueRow, width: int, is_selected: bool) -> tuple[Strip, ...]:
        ground = "selected" if is_selected else "raised" if self.is_ticked(row.id) else self.ground
        head = self._head(row, ground, is_selected)
        if self.row_height == 1:
            text = [(" " * 2, self._style("content", ground)), *self._preview(row, ground, is_selected)]
            is_roomy = width >= ROOMY
            marks = self._marks(row, ground) or (self._right(row, ground) if is_roomy else [])
            return (build_line(width, self._style("content", ground), [*head, *text], marks),)
        base = self._style("content", ground)
        first = build_line(width, base, head, self._right(row, ground))
        left = [*self._bar(ground, is_selected), (" " * (self._indent - 1), base)]
        second = build_line(
            width, base, [*left, *self._preview(row, ground, is_selected)], self._marks(row, ground)
        )
        air = self._style("content", self.ground)
        return first, second, build_line(width, air, ())

    def _style(self, text: str, ground: str, *, bold: bool = False) -> Style:
        return self.palette.style(text, ground, bold=bold)

    def _bar(self, ground: str, is_selected: bool, is_ticked: bool = False) -> list[Piece]:
        sign = glyphs().ticked if is_ticked else glyphs().bar if is_selected else " "
        return [(sign, self._style("accent", ground, bold=True))]

    def _head(self, row: QueueRow, ground: str, is_selected: bool) -> list[Piece]:
        sign, age, colour = self._age(row)
        is_old = row.status is Status.RESOLVED or bool(row.marks & Mark.BLOCKED)
        base = self._style("content", ground)
        name = display_line(row.contact_name) or _("visitor")
        gap = " " if self._is_narrow else "  "
        pieces: list[Piece] = [
            *self._bar(ground, is_selected, self.is_ticked(row.id)),
            ("" if self._is_narrow else " ", base),
            (sign + " ", self._style(colour, ground)),
            (_right_aligned(age, self._wait_width), self._style(colour, ground, bold=not is_old)),
            (gap, base),
            (name, self._style("detail" if is_old else "content", ground, bold=is_selected)),
        ]
        if not self._is_narrow and row.tier:
            pieces += [(" ", base), *self._tier(row, ground)]
        return pieces + self._priority(row, ground)

    def _tier(self, row: QueueRow, ground: str) -> list[Piece]:
        if not row.tier:
            return []
        is_first = row.tier == "A" and row.status is not Status.RESOLVED
        return [(row.tier, self._style("violet" if is_first else "detail", ground, bold=is_first))]

    def _priority(self, row: QueueRow, ground: str) -> list[Piece]:
        if row.priority is Priority.URGENT:
            return [(" " + glyphs().urgent, self._style("red", ground, bold=True))]
        if row.priority is Priority.HIGH:
            return [(" " + glyphs().high, self._style("amber", ground, bold=True))]
        return []

    def _right(self, row: QueueRow, ground: str) -> list[Piece]:
        if self._is_narrow:
            return self._tier(row, ground)
        if row.marks & Mark.BLOCKED:
            return [(_("blocked"), self._style("hint", ground))]
        if row.status is Status.RESOLVED and row.marks & Mark.DRAFT:
            return [(_("resolved"), self._style("amber", ground))]
        stage = STAGE_NAMES.get(row.stage or "")
        return [(_(stage), self._style("hint", ground))] if stage else []

    def _preview(self, row: QueueRow, ground: str, is_selected: bool) -> list[Piece]:
        is_old = row.status is Status.RESOLVED
        colour = "hint" if is_old else "content" if is_selected else "detail"
        text = display_line(row.preview) or display_line(row.subject)
        prefix = _PREFIXES.get(row.preview_from)
        pieces: list[Piece] = [(text, self._style(colour, ground))]
        if prefix and text:
            pieces.insert(0, (_(prefix), self._style("hint", ground)))
        return pieces

    def _marks(self, row: QueueRow, ground: str) -> list[Piece]:
        sign, pieces = glyphs(), []
        if row.marks & Mark.FAILED:
            pieces.append((sign.failed + " " + _("failed"), self._style("red", ground)))
        if row.marks & Mark.OFFERED:
            gap = " " if pieces else ""
            word = " " + _("offered") if self.size.width >= ROOMY else ""
            pieces.append((f"{gap}{sign.arrow}{word}", self._style("amber", ground)))
        if row.marks & Mark.LOOK:
            gap = " " if pieces else ""
            word = " " + _("look again") if self.size.width >= ROOMY else ""
            pieces.append((f"{gap}{sign.warm}{word}", self._style("amber", ground)))
        if row.marks & Mark.APPROVAL:
            gap = " " if pieces else ""
            word = " " + _("to approve") if self.size.width >= ROOMY else ""
            pieces.append((f"{gap}{sign.clock}{word}", self._style("amber", ground)))
        if row.marks & Mark.DRAFT:
            gap = " " if pieces else ""
            word = " " + _("draft") if self.size.width >= ROOMY else ""
            pieces.append((f"{gap}{sign.draft}{word}", self._style("accent", ground)))
        return pieces


def _right_aligned(text: str, cells: int) -> str:
    return fit(" " * (cells - cell_width(text)) + text, cells)
