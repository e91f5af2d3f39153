"""The programs that ``tests.bench.keys`` starts behind a pty: our queue, or one Static as the floor.

``python -m tests.bench.pty_app queue 100000`` · ``python -m tests.bench.pty_app static 1``
"""

from __future__ import annotations

import sys
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from csdesk.model.conversation import Page, QueueRow
from csdesk.tui import themes
from csdesk.tui.widgets.queue_list import QueueList
from csdesk.tui.widgets.row_window import END
from tests.tui.harness import NOW, row

PREVIEWS = (
    "快递怎么还没到？都五天了！",
    "在吗？这款有没有5寸的",
    "Can I change the address?",
    "收到的颜色和图片不一样",
)


class CountedRows:
    """``count`` conversations that exist only while somebody looks at them."""

    def __init__(self, count: int) -> None:
        self.count = count

    def page(self, after: str | None, before: str | None, limit: int) -> Page:
        if before is not None:
            end = self.count if before == END else int(before)
            start = max(0, end - limit)
            return Page(self._rows(start, end), str(start) if start else None)
        start = 0 if after is None else int(after) + 1
        end = min(self.count, start + limit)
        return Page(self._rows(start, end), str(end) if end < self.count else None)

    def total(self) -> int:
        return self.count

    def locate(self, conversation_id: int) -> str | None:
        return f"{conversation_id:08d}" if 0 <= conversation_id < self.count else None

    def _rows(self, start: int, end: int) -> tuple[QueueRow, ...]:
        return tuple(
            row(
                number,
                key=f"{number:08d}",
                waiting_since=NOW - 200_000 + number * 10,
                tier="ABC"[number % 3],
                preview=PREVIEWS[number % 4],
            )
            for number in range(start, end)
        )


class QueueApp(App[None]):
    """Only the queue, the whole screen wide."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, count: int) -> None:
        super().__init__()
        themes.register_themes(self)
        self.theme = themes.theme_name("dark")
        self.count = count

    def compose(self) -> ComposeResult:
        yield QueueList(CountedRows(self.count), now_ms=NOW)

    def on_mount(self) -> None:
        self.query_one(QueueList).focus()


class StaticApp(App[None]):
    """The least a Textual app can do with a key: one Static whose text changes."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down,up,end,home,pagedown", "step")]

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def compose(self) -> ComposeResult:
        yield Static("0")

    def action_step(self) -> None:
        self.steps += 1
        self.query_one(Static).update(str(self.steps))


def main() -> None:
    kind, count = sys.argv[1], int(sys.argv[2])
    (QueueApp(count) if kind == "queue" else StaticApp()).run()


if __name__ == "__main__":
    main()
