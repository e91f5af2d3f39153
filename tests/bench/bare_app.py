"""A bare Textual app of three panes, the raw limit of a start: ``python -m tests.bench.bare_app``.

Header, a table of 200 rows, a text area, Footer (research/aesthetics.md, 6).
"""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import DataTable, Footer, Header, Static, TextArea

ROWS = 200
MARK = "first-row"


class BareApp(App[None]):
    CSS = "DataTable { width: 36; } #right { width: 28; }"

    def compose(self) -> ComposeResult:
        yield Header()
        with Horizontal():
            yield DataTable()
            yield TextArea("a reply")
            yield Static("a contact", id="right")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns("wait", "who", "what")
        for number in range(ROWS):
            table.add_row(f"{number:02}:00", MARK if number == 0 else f"person {number}", "hello there")


if __name__ == "__main__":
    BareApp().run()
