"""Which files go with a reply: a path to write, finished by Tab, with the folder's names below it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from csdesk.i18n import N_, _
from csdesk.model.message import Draft, Mode
from csdesk.paths import expanded
from csdesk.text import clean_line
from csdesk.tui import acts, file_paths
from csdesk.tui.file_paths import Entry
from csdesk.tui.safe import plain_line
from csdesk.tui.screens.modals import Choice, ChoiceQuestion, Question
from csdesk.tui.widgets.choices import Choices
from csdesk.tui.widgets.in_order import LineInput

if TYPE_CHECKING:
    from csdesk.model.transcript_file import TranscriptFile
    from csdesk.tui.panes.composer import Composer
    from csdesk.tui.screens.desk_parts import DeskParts

MOST_SHOWN = 200


class FileQuestion(Question[tuple[Path, ...]]):
    """Write a path, or drop files on the terminal. Tab goes on as far as it is clear; arrows choose below.

    No path for an answer: a file of the reply is to be taken off.
    """

    DEFAULT_CSS = """
    FileQuestion > Vertical { width: 72; }
    FileQuestion OptionList, FileQuestion OptionList:focus { height: 10; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", N_("Finish the path as far as it is clear"), id="files.complete"),
        Binding("down", "move(1)", N_("The next name"), id="files.next"),
        Binding("up", "move(-1)", N_("The name before"), id="files.previous"),
        Binding("ctrl+d", "take_off", N_("Take a file off the reply"), id="files.off", priority=True),
    ]

    def __init__(self, folder: str, *, has_files: bool) -> None:
        super().__init__()
        self._folder = folder
        self._has_files = has_files
        self._found: list[Entry] = []

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(_("Which file goes with the reply?")), classes="title")
            yield LineInput(self._folder, compact=True, select_on_focus=False)
            yield Choices()
            yield Static(classes="foot")

    def on_mount(self) -> None:
        self._choices.can_focus = False
        line = self.query_one(Input)
        line.focus()
        line.cursor_position = len(line.value)
        said = _("Tab finishes the path · Enter attaches · Esc changes nothing")
        self._say(said + " · " + _("Ctrl+D takes a file off") if self._has_files else said)

    @property
    def _choices(self) -> OptionList:
        return self.query_one(OptionList)

    def _say(self, text: str) -> None:
        self.query_one(".foot", Static).update(plain_line(text))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._look(event.value)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _look(self, text: str) -> None:
        """Read the folder in a thread: it may lie far away."""
        self.app.call_from_thread(self._list, text, file_paths.entries(text))

    def _list(self, text: str, found: list[Entry]) -> None:
        if not self.is_attached or self.query_one(Input).value != text:
            return
        self._found = found[:MOST_SHOWN]
        self._choices.set_options(
            Option(Content.assemble(plain_line(clean_line(each.name) + ("/" if each.is_folder else ""))))
            for each in self._found
        )
        self._choices.highlighted = None

    def action_take_off(self) -> None:
        if self._has_files:
            self.dismiss(())

    def action_move(self, step: int) -> None:
        count, at = self._choices.option_count, self._choices.highlighted
        if count:
            self._choices.highlighted = (0 if step > 0 else count - 1) if at is None else (at + step) % count

    def action_complete(self) -> None:
        at = self._choices.highlighted
        line = self.query_one(Input)
        self._write(self._found[at].text if at is not None else file_paths.longest(self._found, line.value))

    def _write(self, text: str) -> None:
        line = self.query_one(Input)
        line.value = text
        line.cursor_position = len(text)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._take(self._found[event.option_index].text)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        at = self._choices.highlighted
        self._take(self._found[at].text if at is not None else event.value)

    def _take(self, text: str) -> None:
        """Leave with the files that are named; into a folder, one looks further."""
        is_typed = text == self.query_one(Input).value
        paths = file_paths.named(text) if is_typed else (expanded(text),)
        if len(paths) == 1 and paths[0].is_dir():
            self._write(text if text.endswith("/") else f"{text}/")
        elif paths:
            self.dismiss(paths)
        elif text.strip():
            self._say(_("There is no file {file}.").format(file=clean_line(text)[-60:]))


def ask_for_files(screen: DeskParts) -> None:
    """Ask for files, and have them go with the reply that is being written."""
    composer = screen.composer
    if composer is None or screen.chosen is None:
        screen.news(_("Choose a conversation first."))
        return
    screen.show_conversation(screen.chosen, write=True)
    if composer.mode is Mode.NOTE:
        screen.news(_("Files go to customers: switch to a reply first."))
        return
    question = FileQuestion(composer.folder, has_files=bool(composer.files))
    screen.app.push_screen(question, lambda paths: _attach(screen, composer, paths))


def _attach(screen: DeskParts, composer: Composer, paths: tuple[Path, ...] | None) -> None:
    """Have the content kept and the draft saved with it, all before it shows as attached."""
    conversation, desk = composer.conversation, screen.desk
    if paths == ():
        ask_which_goes(screen)
    if not paths or conversation is None:
        return
    composer.folder = f"{paths[0].parent}/"
    composer.keep(at_once=True)
    text, cursor = composer.editor.text, composer.editor.cursor_index
    draft = Draft(conversation, desk.agent.id, Mode.REPLY, text, cursor, 0, composer.replies, composer.files)
    seen_at = composer.keeper.seen_at

    def attached(files: tuple[TranscriptFile, ...]) -> None:
        if (composer.conversation, composer.mode) == (conversation, Mode.REPLY):
            composer.enclose((*composer.files, *files))

    screen.attempt(lambda: acts.enclosing.attach(desk, draft, paths, seen_at=seen_at), attached)


def ask_which_goes(screen: DeskParts) -> None:
    """Take the file off the reply; of several ask which."""
    composer = screen.composer
    if composer is None or not composer.files:
        screen.news(_("No file goes with this reply."))
        return

    def goes(gone: TranscriptFile | None) -> None:
        if gone is not None:
            composer.enclose(each for each in composer.files if each != gone)

    if len(composer.files) == 1:
        goes(composer.files[0])
        return
    choices = [Choice(clean_line(each.name), each) for each in composer.files]
    screen.app.push_screen(ChoiceQuestion(_("Which file is not to go with it?"), choices), goes)
