"""Files and links of a conversation: look, save, open, copy. Nothing opens before a person said so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from csdesk.desk import enclosed, fetching, opening, saving
from csdesk.desk.context import Desk
from csdesk.desk.enclosed import Enclosed, EnclosedFile, EnclosedLink
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.attachment import Sort, file_line, shortened, sort_name, sort_of
from csdesk.store import files
from csdesk.text.links import Doubt, Link
from csdesk.tui.glyphs import glyphs
from csdesk.tui.keys import with_forms
from csdesk.tui.safe import display_line, plain_line
from csdesk.tui.screens.modals import Choice, ChoiceQuestion
from csdesk.tui.screens.over import Over
from csdesk.tui.widgets.choices import Choices

DOUBTS = {
    Doubt.OTHER_HOST: N_("the text names another host"),
    Doubt.FOREIGN_LETTERS: N_("letters that look like others"),
    Doubt.HIDDEN_HOST: N_("a name stands before the real host"),
    Doubt.BARE_ADDRESS: N_("a number instead of a name"),
    Doubt.SCHEME: N_("of a kind that is never opened"),
}
BOX_MOST, BOX_EDGES = 96, 8
FETCH_LOOK_S = 0.2
"""How often it is looked how far a file from the hub has come."""


def _keys(key: str) -> str:
    return ",".join(with_forms(key))


class EnclosedScreen(Over[None]):
    """The list. ``message`` is the marked one: the cursor begins at what came with it."""

    DEFAULT_CSS = f"""
    EnclosedScreen {{ align: center middle; }}
    EnclosedScreen > Vertical {{ width: {BOX_MOST}; max-width: 96%; height: auto; max-height: 90%; background: $raised; padding: 1 2; }}
    EnclosedScreen .title {{ color: $accent; text-style: bold; margin: 0 0 1 0; height: 1; }}
    EnclosedScreen OptionList, EnclosedScreen OptionList:focus {{ background: $raised; border: none; height: auto; max-height: 16; padding: 0; }}
    EnclosedScreen #about {{ color: $detail; height: 2; margin: 1 0 0 0; }}
    EnclosedScreen #said {{ height: auto; max-height: 3; }}
    EnclosedScreen .foot {{ color: $hint; height: auto; margin: 1 0 0 0; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ｑ", "close", N_("Back to the conversation"), id="enclosed.close"),
        Binding(_keys("o"), "open", N_("Open the file or the link, after a question"), id="enclosed.open"),
        Binding(_keys("s"), "save", N_("Save the file"), id="enclosed.save"),
        Binding(_keys("v"), "look", N_("Draw the picture here"), id="enclosed.look"),
        Binding(
            f"{_keys('c')},{_keys('full_stop')}", "copy", N_("Copy the link or the name"), id="enclosed.copy"
        ),
        Binding(_keys("j"), "move(1)", N_("One down"), id="enclosed.down"),
        Binding(_keys("k"), "move(-1)", N_("One up"), id="enclosed.up"),
    ]

    def __init__(self, desk: Desk, ref: str, found: Sequence[Enclosed], message: int | None) -> None:
        super().__init__()
        self._desk, self._ref, self._found = desk, ref, list(found)
        places = [place for place, each in enumerate(self._found) if each.message == message]
        self._first = places[0] if places else 0
        self._drawn_for = 0

    def compose(self) -> ComposeResult:
        with Vertical():
            title = _("Files and links of #{ref}").format(ref=self._ref)
            yield Static(plain_line(title), classes="title")
            yield Choices()
            yield Static(id="about")
            yield Static(id="said")
            yield Static(plain_line(_foot()), classes="foot")

    def on_mount(self) -> None:
        self._fill(self._first)
        self.query_one(OptionList).focus()

    def on_resize(self) -> None:
        if self._room() != self._drawn_for:
            self._fill(self.query_one(OptionList).highlighted or 0)

    def _room(self) -> int:
        """Cells of a row."""
        return max(20, min(BOX_MOST, self.app.size.width * 96 // 100) - BOX_EDGES - 1)

    def _fill(self, place: int) -> None:
        rows = self.query_one(OptionList)
        self._drawn_for = self._room()
        rows.clear_options()
        rows.add_options([Option(_row(each, self._drawn_for)) for each in self._found])
        rows.highlighted = place

    @property
    def chosen(self) -> Enclosed:
        """What the cursor stands on."""
        return self._found[self.query_one(OptionList).highlighted or 0]

    @on(OptionList.OptionHighlighted)
    def _tell(self) -> None:
        self.query_one("#about", Static).update(_about(self.chosen))

    @on(OptionList.OptionSelected)
    def _enter(self) -> None:
        self.action_open()

    def say(self, sentence: str, hint: str = "", *, is_trouble: bool = False) -> None:
        """What became of it, below the list."""
        colour = "$red" if is_trouble else "$green"
        said = Content.assemble(
            plain_line(sentence).stylize(colour), "  ", plain_line(hint).stylize("$detail")
        )
        self.query_one("#said", Static).update(said)

    def action_close(self) -> None:
        self.dismiss(None)

    def action_move(self, step: int) -> None:
        rows = self.query_one(OptionList)
        rows.highlighted = max(0, min((rows.highlighted or 0) + step, len(self._found) - 1))

    def action_copy(self) -> None:
        """Copy where a link goes, or the name of a file."""
        chosen = self.chosen
        text = chosen.link.target if isinstance(chosen, EnclosedLink) else display_line(chosen.file.name)
        self.app.copy_to_clipboard(text)
        self.say(_("Copied."))

    def action_save(self) -> None:
        if isinstance(self.chosen, EnclosedFile):
            self._attempt(self._save(self.chosen))

    async def _come(self, chosen: EnclosedFile) -> None:
        """Have the content come from the hub where it is not here, and say how far it is."""
        if chosen.is_here or not chosen.comes:
            return
        name = shortened(display_line(chosen.file.name), 40)
        await asyncio.to_thread(fetching.ask_for, self._desk, [chosen.file])
        while (left := fetching.standing(self._desk, chosen.file)) is not None:
            if left.reason:
                self.say(_("{name} is not here yet.").format(name=name), _(left.reason))
            else:
                share = 100 * left.had // max(left.size, 1)
                self.say(_("Fetching {name} from the hub: {share} %").format(name=name, share=share))
            await asyncio.sleep(FETCH_LOOK_S)
        self._refresh()
        self.say(_("{name} is here now.").format(name=name))

    def _refresh(self) -> None:
        """Look again which contents are here."""
        found = [
            enclosed.again(self._desk, each) if isinstance(each, EnclosedFile) else each
            for each in self._found
        ]
        if found != self._found:
            self._found = found
            self._fill(self.query_one(OptionList).highlighted or 0)
            self._tell()

    async def _save(self, chosen: EnclosedFile) -> None:
        await self._come(chosen)
        place = await asyncio.to_thread(saving.save, self._desk, chosen.file)
        self.say(_("Saved: {path}").format(path=place))

    def action_look(self) -> None:
        """Draw a picture here; what is no picture stays closed."""
        chosen = self.chosen
        if isinstance(chosen, EnclosedFile):
            if sort_of(chosen.file.name, chosen.file.kind) is Sort.IMAGE:
                self._attempt(self._look(chosen))
            else:
                self.say(_("Only pictures can be looked at here."), is_trouble=True)

    async def _look(self, chosen: EnclosedFile) -> None:
        from csdesk.tui.screens.picture import PictureScreen

        await self._come(chosen)
        content = await asyncio.to_thread(files.read, self._desk.store.path, chosen.file.sha256)
        error = await self.app.push_screen_wait(PictureScreen(content, chosen.file.name))
        if error is not None:
            self.say(error.sentence, error.hint, is_trouble=True)

    def action_open(self) -> None:
        """Ask, and open."""
        chosen = self.chosen
        if isinstance(chosen, EnclosedLink):
            self._attempt(self._open_link(chosen.link))
        else:
            self._attempt(self._open_file(chosen))

    async def _open_link(self, link: Link) -> None:
        if not link.can_open:
            opening.open_link(link)  # it refuses, and says why
        needed = opening.needed_program()
        doubts = "".join(f" {glyphs().warm} {_(DOUBTS[doubt])}" for doubt in link.doubts)
        title = _("Open {host} in the browser?").format(host=_host(link))
        if link.target.startswith("mailto:"):
            title = _("Write a mail to {address}?").format(address=link.target.removeprefix("mailto:"))
        if await self._agrees(title + doubts, _("Open it"), is_risky=bool(link.doubts)):
            await asyncio.to_thread(opening.open_link, link)
            self.say(_("Given to {program}.").format(program=needed))

    async def _open_file(self, chosen: EnclosedFile) -> None:
        await self._come(chosen)
        content = await asyncio.to_thread(files.read, self._desk.store.path, chosen.file.sha256)
        needed = opening.needed_program()
        sort = opening.sort_to_open(chosen.file, content)
        title = _("Save {name} ({sort}), and open it with {program}?").format(
            name=shortened(display_line(chosen.file.name), 40),
            sort=sort_name(sort),
            program=needed,
        )
        if sort.is_risky:
            title += f" {glyphs().warm} " + _("Opening it may run what its sender wrote.")
        if await self._agrees(title, _("Open it"), is_risky=sort.is_risky):
            place = await asyncio.to_thread(saving.save, self._desk, chosen.file)
            await asyncio.to_thread(opening.open_file, place)
            self.say(_("Saved: {path}").format(path=place))

    async def _agrees(self, title: str, yes: str, *, is_risky: bool) -> bool:
        """The answer; what is risky has "no" as its first choice."""
        no = Choice(_("Leave it closed"), False)
        answers = [no, Choice(_("Open it all the same"), True)] if is_risky else [Choice(yes, True), no]
        question: ChoiceQuestion[bool] = ChoiceQuestion(title, answers)
        answer = await self.app.push_screen_wait(question)
        return answer is True

    def _attempt(self, act: Coroutine[Any, Any, None]) -> None:
        self.run_worker(self._guarded(act), group="enclosed", exit_on_error=False, exclusive=True)

    async def _guarded(self, act: Coroutine[Any, Any, None]) -> None:
        try:
            await act
        except CsdeskError as error:
            self.say(error.sentence, error.hint, is_trouble=True)


def _row(each: Enclosed, cells: int) -> Content:
    """One line: sign, what it is, and what is wrong with it."""
    if isinstance(each, EnclosedFile):
        gone = (
            "" if each.is_here else f" {glyphs().dot} " + (_("at the hub") if each.comes else _("name only"))
        )
        text = display_line(file_line(each.file, cells - 2 - len(gone) * 2))
        return Content.assemble(
            Content.styled(f"{glyphs().pin} ", "$accent"), plain_line(text), Content.styled(gone, "$hint")
        )
    sign, colour = (glyphs().warm, "$amber") if each.link.doubts else (glyphs().dot, "$detail")
    text = shortened(display_line(each.link.target), cells - 2)
    return Content.assemble(Content.styled(f"{sign} ", colour), plain_line(text))


def _about(each: Enclosed) -> Content:
    """Two lines on what the cursor stands on: for a link where it really goes."""
    if isinstance(each, EnclosedFile):
        if each.is_here:
            return plain_line(_("In the store."))
        if each.comes:
            return plain_line(_("Not here yet: it comes from the hub when you open or save it."))
        return plain_line(_("Only its name is in the store, not its content."))
    link = each.link
    lines = [plain_line(_("Goes to {host}").format(host=_host(link)))]
    if link.shown:
        lines[0] = Content.assemble(lines[0], " · ", plain_line(_("shown as {text}").format(text=link.shown)))
    if link.doubts:
        doubts = ", ".join(_(DOUBTS[doubt]) for doubt in link.doubts)
        lines.append(plain_line(f"{glyphs().warm} {doubts}").stylize("$amber"))
    return Content("\n").join(lines)


def _host(link: Link) -> str:
    """The host as it is, and in its own letters where it has others."""
    return f"{link.host} ({link.spelled})" if link.spelled else link.host or link.target[:60]


def _foot() -> str:
    return _("Enter opens, after a question · s saves · v draws a picture · c copies · Esc closes")
