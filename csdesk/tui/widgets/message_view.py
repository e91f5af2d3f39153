"""Where a conversation stands: its window, the lines it lies on, the first visible one. Nothing here draws."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from csdesk.tui.widgets.message_blocks import Block, lay_out
from csdesk.tui.widgets.message_window import MessageSource, MessageWindow


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a reader was: line ``line`` of a message at the top, ``seen`` the newest one of then."""

    message: int
    line: int
    seen: int


class MessageView:
    """A viewport over a MessageWindow that opens at the end and follows it until scrolled away.

    Lines are numbered within the window; ``line + shift`` is a number that stays when older
    messages are read in front, so that a selection of text stays where it is. ``unseen`` counts
    the messages that came since the reader left the end.
    """

    def __init__(self, source: MessageSource, width: int = 80, height: int = 0) -> None:
        self.window = MessageWindow(source)
        self.width, self.height = width, height
        self.blocks: list[Block] = []
        self.starts: list[int] = [0]
        self.top = self.shift = self.unseen = 0
        self.is_at_tail = True
        self._seen_id = self.window.last_id
        self._lay_out()
        self._fill()
        self.top = self.last_top

    @property
    def line_count(self) -> int:
        """Lines in the window."""
        return self.starts[-1]

    @property
    def last_top(self) -> int:
        """The highest ``top`` there is."""
        return max(0, self.line_count - self.height)

    def place_of(self, line: int) -> tuple[Block, int]:
        """The block that line ``line`` of the window belongs to, and its number there."""
        place = bisect_right(self.starts, line) - 1
        return self.blocks[place], line - self.starts[place]

    def visible_blocks(self) -> list[tuple[int, Block]]:
        """Blocks in sight with the line each begins on."""
        first = max(0, bisect_right(self.starts, self.top) - 1)
        last = bisect_right(self.starts, self.top + self.height - 1)
        return [
            (self.starts[place], self.blocks[place]) for place in range(first, min(last, len(self.blocks)))
        ]

    def resize(self, width: int, height: int) -> None:
        """The text has ``width`` cells and the view ``height`` lines now."""
        self.width, self.height = width, height
        self._relay()
        self._fill()
        if self.is_at_tail:
            self.top = self.last_top

    def to_end(self) -> None:
        """Go to the newest message and follow the conversation again."""
        if self.window.has_newer:
            self.window.load_newest()
            self._lay_out()
            self._fill()
        self.top = self.last_top
        self._follow(True)

    def to_start(self) -> None:
        """Go to the first message there is."""
        if self.window.has_older:
            self.window.load_oldest()
            self._lay_out()
        self.top = 0
        self._follow(self.last_top == 0 and not self.window.has_newer)

    def to_message(self, message_id: int) -> bool:
        """Go to a message, with a third of the view before it; False when it is not there."""
        place = self.window.load_around(message_id)
        if place is None:
            return False
        self.top = 0
        self._lay_out()
        self.scroll_by(self.starts[place] - self.height // 3)
        return True

    @property
    def place(self) -> Spot | None:
        """Where the reader is, to come back to; None at the end, which is followed."""
        if self.is_at_tail or not self.blocks:
            return None
        block, line = self.place_of(min(self.top, self.line_count - 1))
        return Spot(block.message.id, line, self._seen_id)

    def to_place(self, place: Spot) -> bool:
        """Come back to where a reader was; what arrived since counts as unseen. False when that is gone."""
        index = self.window.load_around(place.message)
        if index is None:
            return False
        self.top = 0
        self._lay_out()
        self.scroll_by(self.starts[index] + place.line)
        if not self.is_at_tail:
            self._seen_id = place.seen
            self._count_unseen()
        return True

    def scroll_by(self, lines: int) -> None:
        """Move what is in sight by ``lines``, reading on where the window ends."""
        self.top += lines
        while self.top < self.height and self.window.load_older():
            self._relay_from(self.top)
        while self.top > self.last_top - self.height and self.window.load_newer():
            self._relay_from(self.top)
        self.top = max(0, min(self.top, self.last_top))
        self._follow(self.top >= self.last_top and not self.window.has_newer)

    def reload_tail(self, changed: set[int] | None) -> bool:
        """Read ``changed`` messages (None: any) and the end again; True when anything differs."""
        is_different = self.window.reload_tail(changed)
        if is_different:
            self._relay()
            if self.is_at_tail:
                self.top = self.last_top
        before = self.unseen
        self._count_unseen()
        return is_different or before != self.unseen

    def show_message(self, place: int) -> None:
        """Scroll as little as shows message number ``place`` of the window."""
        start, end = self.starts[place], self.starts[place + 1]
        if start < self.top:
            self.scroll_by(start - self.top)
        elif end > self.top + self.height:
            self.scroll_by(min(start, end - self.height) - self.top)

    def _follow(self, is_at_tail: bool) -> None:
        if is_at_tail:
            self.unseen = 0
        if is_at_tail or self.is_at_tail:
            self._seen_id = self.window.last_id
        self.is_at_tail = is_at_tail

    def _count_unseen(self) -> None:
        if self.is_at_tail:
            self._seen_id = self.window.last_id
        else:
            self.unseen = self.window.count_after(self._seen_id)

    def _fill(self) -> None:
        """Read on upwards until the view is full."""
        while self.line_count < self.height and self.window.load_older():
            self._lay_out()

    def _lay_out(self) -> None:
        old = {block.message.id: block for block in self.blocks}
        self.blocks = lay_out(self.window.messages, self.width, old)
        self.starts = [0, *accumulate(len(block.lines) for block in self.blocks)]

    def _relay(self) -> None:
        """Lay out again; what stood at the top of the view stays there."""
        if not self.blocks:
            self._lay_out()
            return
        place = max(0, min(bisect_right(self.starts, self.top) - 1, len(self.blocks) - 1))
        anchor, from_end = self.blocks[place].message.id, self.starts[place + 1] - self.top
        self._lay_out()
        for index, block in enumerate(self.blocks):
            if block.message.id == anchor:
                moved = self.starts[index + 1] - from_end - self.top
                self.top += moved
                self.shift -= moved
                break
        self.top = max(0, min(self.top, self.last_top))

    def _relay_from(self, top: int) -> None:
        """Lay out again with ``top`` possibly outside the window, as far outside as it was."""
        inside = max(0, min(top, self.last_top))
        self.top = inside
        self._relay()
        self.top += top - inside
