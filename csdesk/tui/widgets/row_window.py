"""A sliding window over a list of any length that is read by key, never by offset.

Indices are into ``rows``; a method that changes the front of the window returns by how much
the indices of the rows that stayed have moved. Nothing here draws.
"""

from __future__ import annotations

from typing import Final, Protocol

from csdesk.model.conversation import Page, QueueRow

PAGE: Final = 100
MOST: Final = 500
END: Final = ""
"""``before=END`` asks a source for the last rows."""


class RowSource(Protocol):
    """An ordered list of conversations, read by opaque keys. Each call takes under a millisecond."""

    def page(self, after: str | None, before: str | None, limit: int) -> Page:
        """Up to ``limit`` rows in display order: the first ones, those after a key, or the nearest
        ones before a key (``before=END``: the last ones). ``next`` is None when no more follow in
        that direction. A key whose row has gone is still a place."""

    def total(self) -> int:
        """How many rows there are, from a counter."""

    def locate(self, conversation_id: int) -> str | None:
        """The key of a conversation's row; None when it is not in the list."""


class EmptySource:
    """A list with nothing in it."""

    def page(self, after: str | None, before: str | None, limit: int) -> Page:
        return Page((), None)

    def total(self) -> int:
        return 0

    def locate(self, conversation_id: int) -> str | None:
        return None


class RowWindow:
    """Up to MOST neighbouring rows of ``source``; ``start`` is the (estimated) index of the first.

    ``total`` is how many rows the source had when the window was read: drawing asks the source nothing.
    """

    def __init__(self, source: RowSource) -> None:
        self.source = source
        self.rows: list[QueueRow] = []
        self.start = 0
        self.total = 0
        self.is_first = True
        self.is_last = True
        self.load_first()

    def __len__(self) -> int:
        return len(self.rows)

    def load_first(self, limit: int = PAGE) -> None:
        """The window becomes the first ``limit`` rows."""
        page = self.source.page(None, None, limit)
        self.rows = list(page.rows)
        self.is_first, self.is_last = True, page.next is None
        self.start, self.total = 0, self.source.total()

    def load_last(self) -> None:
        """The window becomes the last PAGE rows."""
        page = self.source.page(None, END, PAGE)
        self.rows = list(page.rows)
        self.is_first, self.is_last = page.next is None, True
        self.total = self.source.total()
        self.start = 0 if self.is_first else max(0, self.total - len(self.rows))

    def load_around(self, conversation_id: int) -> int | None:
        """The window becomes the neighbourhood of a conversation; its index, None when it is not there."""
        key = self.source.locate(conversation_id)
        if key is None:
            return None
        above = self.source.page(None, key, PAGE)
        if not above.rows:
            self.load_first()
        else:
            below = self.source.page(above.rows[-1].key, None, PAGE)
            self._set(list(above.rows), above.next is None, list(below.rows), below.next is None)
        return self.index_of(conversation_id)

    def index_of(self, conversation_id: int | None) -> int | None:
        """Where a conversation is in the window, or None."""
        for index, row in enumerate(self.rows):
            if row.id == conversation_id:
                return index
        return None

    def slide_down(self) -> int:
        """Read the next page behind the window. Returns the shift (<= 0) of the rows that stayed."""
        if self.is_last or not self.rows:
            return 0
        page = self.source.page(self.rows[-1].key, None, PAGE)
        self.rows.extend(page.rows)
        self.is_last = page.next is None
        extra = max(0, len(self.rows) - MOST)
        if extra:
            del self.rows[:extra]
            self.is_first = False
            self.start += extra
        return -extra

    def slide_up(self) -> int:
        """Read the page before the window. Returns the shift (>= 0) of the rows that stayed."""
        if self.is_first or not self.rows:
            return 0
        page = self.source.page(None, self.rows[0].key, PAGE)
        self.rows[:0] = page.rows
        self.is_first = page.next is None
        self.start = 0 if self.is_first else max(0, self.start - len(page.rows))
        if len(self.rows) > MOST:
            del self.rows[MOST:]
            self.is_last = False
        return len(page.rows)

    def reload(self, pivot: int, visible: int) -> None:
        """Read again what is around index ``pivot``, so that at least ``visible`` rows follow it."""
        old_start, limit = self.start, max(PAGE, visible + PAGE // 2)
        if self.is_first and pivot + limit <= MOST:
            self.load_first(max(pivot + limit, PAGE))
            return
        if pivot == 0:
            pivot = self.slide_up()
        if pivot == 0 or not self.rows:
            self.load_first(limit)
            return
        below = self.source.page(self.rows[pivot - 1].key, None, limit)
        edge = below.rows[0].key if below.rows else END
        above = self.source.page(None, edge, PAGE)
        self.start = old_start + pivot
        self._set(list(above.rows), above.next is None, list(below.rows), below.next is None)

    def _set(self, above: list[QueueRow], is_first: bool, below: list[QueueRow], is_last: bool) -> None:
        self.rows = above + below
        self.is_first, self.is_last = is_first, is_last
        total = self.total = self.source.total()
        if is_first:
            self.start = 0
        elif is_last:
            self.start = max(0, total - len(self.rows))
        else:
            self.start = min(max(1, self.start - len(above)), max(1, total - len(self.rows)))
