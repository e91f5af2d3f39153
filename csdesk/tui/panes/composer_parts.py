"""The composer's parts and how they are written: the mode line, the editor, the line below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from csdesk.config import UiSettings
from csdesk.i18n import _
from csdesk.model.finding import Finding
from csdesk.model.message import Mode
from csdesk.model.people import MAIL_CHANNELS
from csdesk.model.reply import InsertedReply
from csdesk.model.transcript_file import TranscriptFile
from csdesk.template import find_unfilled
from csdesk.tui.panes.file_chips import FileChips
from csdesk.tui.panes.finding_lines import FindingLines
from csdesk.tui.panes.mode_line import ModeLine
from csdesk.tui.reply_words import after_sending
from csdesk.tui.safe import display_line
from csdesk.tui.widgets.editor import ReplyEditor

SLOT = "slot"


class ComposerParts(Vertical):
    """What stands where; what is written and kept is the composer's.

    ``is_asked`` says that the line below asks about an open slot; an edit takes the question back. ``replies`` are
    the quick replies that were put into the text, ``files`` what goes with it.
    """

    def __init__(self, ui: UiSettings, editor: ReplyEditor, slot_hint: Callable[[str], str]) -> None:
        super().__init__(id="composer")
        self._ui = ui
        self._slot_hint = slot_hint
        self.editor = editor
        self.mode_line = ModeLine()
        self.chips = FileChips()
        self._finding = Static(id="finding")
        self._findings = FindingLines()
        self.mode = Mode.REPLY
        self.conversation: int | None = None
        self._is_asked = False
        self.replies: tuple[InsertedReply, ...] = ()
        self.files: tuple[TranscriptFile, ...] = ()
        self.folder = "~/"
        """Where the last file was chosen."""
        editor.enter_sends = ui.enter_sends

    def compose(self) -> ComposeResult:
        yield self.mode_line
        yield self.chips
        yield self.editor
        yield self._finding
        yield self._findings

    def take_settings(self, ui: UiSettings) -> None:
        """What a person likes has changed."""
        self._ui = ui
        self.suit(self.mode_line.channel, is_resolved=self.mode_line.is_resolved)

    def suit(self, channel: str, *, is_resolved: bool) -> None:
        """What is written goes out through ``channel``: Enter sends in chat, if the person likes that."""
        self.mode_line.channel = channel
        if is_resolved is not self.mode_line.is_resolved:
            self.mode_line.is_resolved = is_resolved
            self.mode_line.refresh()
        self.mode_line.measure(self.editor.text, self.mode)
        self.editor.enter_sends = self._ui.enter_sends and channel not in MAIL_CHANNELS

    @property
    def is_asked(self) -> bool:
        """Whether the open slots stopped a send, and are lit for that."""
        return self._is_asked

    @is_asked.setter
    def is_asked(self, is_asked: bool) -> None:
        self._is_asked = is_asked
        self.editor.set_class(is_asked, "-refused")

    @property
    def is_too_long(self) -> bool:
        """Whether what is written is more than its channel takes in one message."""
        limit = self.mode_line.limit(self.mode)
        return limit.used(self.editor.text.strip()) > limit.most

    def show_files(self, files: Iterable[TranscriptFile]) -> None:
        """These go with the text, each once."""
        self.files = tuple(dict.fromkeys(files))
        self.chips.show(self.files)

    def enclose(self, files: Iterable[TranscriptFile]) -> None:
        """Have these go with the text, and be saved with it."""
        self.show_files(files)
        self.keep()

    def keep(self) -> None:
        """Have what is written saved: with Composer."""

    def light_slots(self, text: str) -> None:
        """Light the open slots of ``text``, which the editor holds, and say what they ask for."""
        slots = find_unfilled(text)
        marked = [span for span in self.editor.spans if span.style != SLOT]
        self.editor.highlight_spans([*marked, *((slot.start, slot.end, SLOT) for slot in slots)])
        if slots:
            names = ", ".join(dict.fromkeys(self._slot_hint(slot.name) for slot in slots))
            self.say(_("To fill in (Tab): {slots}").format(slots=names), "$amber")
        elif not self.is_asked:
            self.say(after_sending(action for each in self.replies for action in each.actions), "$hint")

    def show_findings(self, found: Sequence[Finding]) -> None:
        """Underline what the etiquette check found, and say it below; a hint on all of it is only said."""
        length = len(self.editor.text)
        slots = [span for span in self.editor.spans if span.style == SLOT]
        marked = [
            (each.start, each.end, each.severity.value)
            for each in found
            if each.severity.value != "hint" or (each.start, each.end) != (0, length)
        ]
        if marked or len(slots) != len(self.editor.spans):
            self.editor.highlight_spans([*slots, *marked])
        self._findings.show(found)

    def say(self, text: str, colour: str) -> None:
        """Write the line below the editor."""
        # Its height is fixed: a layout of the whole screen at every key would be twice the work.
        self._finding.update(Content.styled(display_line(text), colour), layout=False)

    def label(self) -> None:
        """Write the mode line again."""
        self.mode_line.measure(self.editor.text, self.mode)
        self.mode_line.show(self.mode)
