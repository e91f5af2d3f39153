"""The files that go with a reply, above its text; a click on one takes it off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from csdesk.i18n import _
from csdesk.model.attachment import shortened
from csdesk.model.transcript_file import TranscriptFile
from csdesk.text import cell_width, clean_line
from csdesk.text.size import size_of
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.widgets.fitted import Fitted

NAME_CELLS = 28
GAP = 2
PAD = 2
"""Cells before the first, so that it stands over the text."""


class FileChips(Fitted):
    """One line of names and sizes, each with a cross; hidden while there are none."""

    DEFAULT_CSS = """
    FileChips { display: none; padding: 0 1 0 2; }
    FileChips.-some { display: block; }
    """

    @dataclass
    class Removed(Message):
        """This file is not to go with the reply."""

        file: TranscriptFile

    def __init__(self) -> None:
        super().__init__(self._line, id="files")
        self._files: Sequence[TranscriptFile] = ()
        self._ends: list[int] = []

    def show(self, files: Sequence[TranscriptFile]) -> None:
        """These go with the reply."""
        self._files = files
        self.set_class(bool(files), "-some")
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        at = event.x - PAD
        start = 0
        for file, end in zip(self._files, self._ends, strict=False):
            if start <= at < end:
                self.post_message(self.Removed(file))
                return
            start = end + GAP

    def _line(self, width: int) -> Content:
        """As many as fit, and how many more there are."""
        parts: list[Content] = []
        self._ends, used = [], 0
        for place, file in enumerate(self._files):
            chip = _chip(file)
            left = len(self._files) - place
            more = _("and {count} more").format(count=left)
            needed = chip.cell_length + (GAP + cell_width(more) if left > 1 else 0)
            if used + needed > width and place:
                parts.append(Content.styled(more, "$hint"))
                break
            parts += [chip, Content(" " * GAP)]
            used += chip.cell_length
            self._ends.append(used)
            used += GAP
        return Content.assemble(*parts)


def _chip(file: TranscriptFile) -> Content:
    name = display_line(shortened(clean_line(file.name), NAME_CELLS))
    return Content.assemble(
        Content.styled(name, "$accent"),
        Content.styled(f" {size_of(file.size)} ", "$hint"),
        Content.styled(glyphs().failed, "$red"),
    )
