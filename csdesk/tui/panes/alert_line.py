"""The line under the top one that says how many have waited too long. It stays until somebody acts."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from csdesk.availability.alerts import Level, Line
from csdesk.i18n import _
from csdesk.text import cell_width
from csdesk.tui.alerts import sentence
from csdesk.tui.glyphs import glyphs

LEAST_GAP = 2


class AlertLine(Static):
    """Hidden unless there is a Line to show; a click on it asks for the longest wait."""

    DEFAULT_CSS = """
    AlertLine { height: 1; width: 1fr; padding: 0 1; display: none; background: $label-red; color: $red; text-style: bold; }
    AlertLine.-open { display: block; }
    AlertLine.-amber { background: $raised; color: $amber; }
    """
    ALLOW_SELECT = False

    class Clicked(Message):
        """The agent wants to see who it is about."""

    def __init__(self) -> None:
        super().__init__(id="alert")
        self._line: Line | None = None

    @property
    def line(self) -> Line | None:
        """What is shown."""
        return self._line

    def show(self, line: Line | None) -> None:
        """Show ``line``, or hide."""
        self._line = line
        self.set_class(line is not None, "-open")
        if line is not None:
            self.set_class(line.level is not Level.RED, "-amber")
            self._write(line)

    def relabel(self) -> None:
        """Say it in the language of now."""
        self.show(self._line)

    def on_resize(self) -> None:
        if self._line is not None:
            self._write(self._line)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.Clicked())

    def _write(self, line: Line) -> None:
        sign = glyphs().late if line.level is Level.RED else glyphs().warm
        said = f"{sign} {sentence(line)}"
        keys = _("F8 longest wait · A close")
        gap = self.size.width - 2 - cell_width(said) - cell_width(keys)
        if gap < LEAST_GAP:
            keys, gap = "F8", self.size.width - 2 - cell_width(said) - 2
        if gap < LEAST_GAP:
            keys, gap = "", 0
        self.update(
            Content.assemble(Content(said), Content(" " * gap), Content.styled(keys, "$content not bold"))
        )
