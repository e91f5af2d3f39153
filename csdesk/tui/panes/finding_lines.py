"""What the etiquette check says, under the composer: three findings at most, the gravest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from csdesk.i18n import _
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import plain_line

if TYPE_CHECKING:
    from csdesk.model.finding import Finding

MOST = 3
COLOURS = {"block": "$red", "warn": "$amber", "hint": "$hint"}


class FindingLines(Static):
    """One line a finding; gone when there is none."""

    DEFAULT_CSS = """
    FindingLines { height: auto; max-height: 4; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; display: none; }
    """

    def __init__(self) -> None:
        super().__init__(id="wording")
        self._shown: tuple[tuple[str, str], ...] = ()

    def show(self, found: Sequence[Finding]) -> None:
        """Show ``found``; nothing happens when that is what stands there."""
        lines = tuple((each.severity.value, each.message) for each in found[:MOST])
        if lines == self._shown:
            return
        self._shown = lines
        self.display = bool(lines)
        if lines:
            self.update(Content("\n").join([*map(_line, lines), _keys()]))


def _line(line: tuple[str, str]) -> Content:
    severity, message = line
    glyph = {"block": glyphs().failed, "warn": glyphs().warm, "hint": glyphs().pin}[severity]
    colour = COLOURS[severity]
    return Content.assemble(Content.styled(f"{glyph} ", colour), plain_line(message).stylize(colour))


def _keys() -> Content:
    said = _("^L takes it · ^N not here · F12 why")
    return Content.styled(f"  {said}", "$hint")
