"""The settings on the screen: each with its value, what it is for and what it takes; changed in place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from csdesk import paths
from csdesk.config import Settings, describe
from csdesk.config_editing import read_typed
from csdesk.config_file import as_toml, example_entry
from csdesk.config_reading import Described
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.text import cell_width, fit, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.preferences import AT_THE_NEXT_START, next_of
from csdesk.tui.safe import display_line
from csdesk.tui.screens.over import Over
from csdesk.tui.surviving import Survives
from csdesk.tui.widgets.choices import Choices
from csdesk.tui.widgets.fitted import Fitted
from csdesk.tui.widgets.in_order import LineInput

Keep = Callable[[str, object | None], Awaitable[Settings]]

KEY_CELLS = 27
VALUE_CELLS = 16
NARROW_VALUE_CELLS = 10
ROOMY = 90
SECTIONS = {
    "agent": N_("Agent"),
    "ui": N_("Screen"),
    "terminal": N_("Terminal"),
    "queue": N_("Queue"),
    "sending": N_("Sending"),
    "transfer": N_("Transfer"),
    "availability": N_("Availability"),
    "automatic": N_("Automatic texts"),
    "attachments": N_("Attachments"),
    "alerts": N_("Alerts"),
    "shop": N_("Shop"),
    "replies": N_("Quick replies"),
    "etiquette": N_("Etiquette check"),
    "trainer": N_("Practice"),
    "retention": N_("Keeping words"),
    "keymap": N_("Keys"),
}


class SettingsScreen(Survives, Over[None]):
    """A list to search, what the chosen setting is for, and a line to write its value in."""

    DEFAULT_CSS = """
    SettingsScreen { align: center middle; }
    SettingsScreen > Vertical { width: 110; max-width: 96%; height: 92%; background: $raised; padding: 1 2; }
    SettingsScreen #settings-query, SettingsScreen #settings-value { height: 1; border: none; background: $base; padding: 0 1; }
    SettingsScreen #settings-list { height: 1fr; background: $raised; border: none; padding: 0; margin: 1 0; scrollbar-size-vertical: 1; }
    SettingsScreen #settings-list:focus { background: $raised; background-tint: $raised 0%; border: none; }
    SettingsScreen #settings-about { height: 4; }
    SettingsScreen #settings-value { display: none; }
    SettingsScreen.-writing #settings-value { display: block; }
    SettingsScreen #settings-foot { color: $hint; height: 1; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ｑ", "close", N_("Back to where you were"), id="settings.close"),
        Binding("slash,fullwidth_solidus,ideographic_comma,f3", "search", N_("Search the settings"), id="settings.search"),
        Binding("space,right,ideographic_space", "step(1)", N_("The next choice"), id="settings.next"),
        Binding("left", "step(-1)", N_("The choice before"), id="settings.previous"),
        Binding("delete,backspace", "reset", N_("The default again"), id="settings.reset"),
    ]  # fmt: skip

    def __init__(self, desk: Desk, keep: Keep) -> None:
        """``keep`` writes one value and lets it hold."""
        super().__init__(id="settings")
        self._desk = desk
        self._keep = keep
        self._shown: list[Described] = []
        self._writes: Described | None = None
        self._told: str | None = None
        self._head = Fitted(self._head_line)
        self._query = LineInput(id="settings-query", compact=True)
        self._list = Choices(id="settings-list")
        self._about = Static(id="settings-about")
        self._value = LineInput(id="settings-value", compact=True)
        self._foot = Static(id="settings-foot")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._head
            yield self._query
            yield self._list
            yield self._about
            yield self._value
            yield self._foot

    def on_mount(self) -> None:
        self._label()
        self._list.focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._list_again)

    def _label(self) -> None:
        """Write every word again: at the start, and when the language changed here."""
        self._query.placeholder = _("/ searches: a name, a word of what it is for, a value, changed")
        self._foot.update(Content(_("Enter changes · ←→ choose · Del default · / searches · Esc closes")))
        self._head.refresh()
        self._list_again()

    def _head_line(self, width: int) -> Content:
        title, place = _("Settings"), str(paths.config_path())
        room = max(0, width - cell_width(title) - 2)
        shown = truncate(display_line(place), room)
        gap = " " * (width - cell_width(title) - cell_width(shown))
        return Content.assemble(Content.styled(title, "bold $accent"), gap, Content.styled(shown, "$hint"))

    # -- the list

    @property
    def _chosen(self) -> Described | None:
        option = self._list.highlighted_option
        return next((each for each in self._shown if option is not None and each.key == option.id), None)

    def _list_again(self) -> None:
        """The settings that fit what is searched for, under the names of their groups."""
        before = self._chosen.key if self._chosen else ""
        words = self._query.value.casefold().split()
        self._shown = [each for each in _with_entries(self._desk.settings) if _fits(each, words)]
        options: list[Option] = []
        section = ""
        for each in self._shown:
            if (name := each.key.partition(".")[0]) != section:
                section = name
                if options:
                    options.append(Option("", disabled=True))
                options.append(
                    Option(Content.styled(_(SECTIONS.get(name, name)), "bold $accent"), disabled=True)
                )
            options.append(Option(_line(each, self._list.text_width), id=each.key))
        self._list.clear_options()
        self._list.add_options(options or [Option(_("No setting says that."), disabled=True)])
        ids = [option.id for option in options]
        first = next((place for place, id in enumerate(ids) if id is not None), None)
        self._list.highlighted = ids.index(before) if before in ids else first
        self._tell()

    def _tell(self, error: CsdeskError | None = None, said: str = "") -> None:
        """What the chosen setting is for and takes; below it what is wrong, or what was done."""
        each = self._chosen
        self._told = each.key if each else None
        if each is None:
            self._about.update("")
            return
        default = _("default: {value}").format(value=as_toml(each.default))
        lines = [
            Content.styled(each.doc, "$content"),
            Content.styled(f"{each.key}   {each.allowed}   {default}", "$detail"),
        ]
        if error is not None:
            sentence = display_line(error.sentence.removeprefix(f"{paths.config_path()}: "))
            lines.append(Content.styled(f"{glyphs().failed} {sentence} {display_line(error.hint)}", "$red"))
        elif said:
            lines.append(Content.styled(f"{glyphs().done} {said}", "$green"))
        self._about.update(Content("\n").join(lines))

    @on(OptionList.OptionHighlighted)
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if self._writes is None and event.option_id != self._told:
            self._tell()

    @on(Input.Changed, "#settings-query")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._list_again()

    @on(Input.Submitted, "#settings-query")
    def _to_list(self, event: Input.Submitted) -> None:
        event.stop()
        self._list.focus()

    # -- changing

    @on(OptionList.OptionSelected)
    async def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        each = self._chosen
        if each is None:
            return
        if each.kind == "choice":
            await self.action_step(1)
        else:
            self._write(each)

    def _write(self, each: Described) -> None:
        """Open the line for a value, with what holds now."""
        self._writes = each
        is_table = each.kind == "table"
        self._value.placeholder = example_entry(each.key) if is_table else each.allowed
        self._value.value = "" if each.value is None or is_table else str(each.value)
        self.add_class("-writing")
        self._value.focus()
        self._tell()

    @on(Input.Changed, "#settings-value")
    def _typing(self, event: Input.Changed) -> None:
        """Say what is wrong while it is typed."""
        event.stop()
        if self._writes is not None and event.value:
            try:
                self._read(self._writes, event.value)
            except CsdeskError as error:
                self._tell(error)
            else:
                self._tell()

    def _read(self, writes: Described, typed: str) -> tuple[str, object]:
        """The key and the value that ``typed`` means for the setting ``writes``. Raises UsageError."""
        key = writes.key
        if writes.kind == "table":
            name, _sign, typed = (part.strip() for part in typed.partition("="))
            key = f"{key}.{name.strip(chr(34))}" if name else key
            typed = typed.strip('"')
        return key, read_typed(key, typed)

    @on(Input.Submitted, "#settings-value")
    async def _written(self, event: Input.Submitted) -> None:
        event.stop()
        if self._writes is None:
            return
        try:
            key, value = self._read(self._writes, event.value)
        except CsdeskError as error:
            self._tell(error)
            return
        if await self._choose(key, value):
            self._stop_writing()
            self._tell(said=_done_text(key))

    async def action_step(self, by: int) -> None:
        each = self._chosen
        if each is not None and each.kind == "choice":
            value = next_of(each.key, each.value, each.options, by)
            if await self._choose(each.key, value):
                self._tell(said=_done_text(each.key))

    async def action_reset(self) -> None:
        """The default again; an entry of a table goes."""
        each = self._chosen
        if each is not None and each.kind != "table" and await self._choose(each.key, None):
            self._tell(said=_("The default holds again."))

    async def _choose(self, key: str, value: object | None) -> bool:
        try:
            await self._keep(key, value)
        except CsdeskError as error:
            self._tell(error)
            return False
        self._label()
        return True

    def _stop_writing(self) -> None:
        self._writes = None
        self.remove_class("-writing")
        self._list.focus()

    # -- leaving

    def on_key(self, event: events.Key) -> None:
        """Esc in a line goes back to the list; the arrows leave the search for it."""
        if event.key == "escape" and self._value.has_focus:
            event.stop()
            self._stop_writing()
            self._tell()
        elif event.key in ("escape", "down") and self._query.has_focus:
            event.stop()
            if event.key == "escape":
                self._query.value = ""
            self._list.focus()

    def action_search(self) -> None:
        self._query.focus()

    def action_close(self) -> None:
        self.dismiss(None)


def _with_entries(settings: Settings) -> list[Described]:
    """Every setting; behind a table its entries, each as a text or a number of its own."""
    found: list[Described] = []
    for each in describe(settings):
        found.append(each)
        if isinstance(each.value, dict):
            kind = "number" if each.key == "retention" else "text"
            found += [
                Described(f"{each.key}.{name}", each.allowed, None, value, each.doc, kind)
                for name, value in each.value.items()
            ]
    return found


def _fits(each: Described, words: list[str]) -> bool:
    changed = _("changed") if each.value != each.default else ""
    section = _(SECTIONS.get(each.key.partition(".")[0], ""))
    text = f"{each.key} {section} {each.doc} {_value_text(each)} {each.allowed} {changed}".casefold()
    return all(word in text for word in words)


def _value_text(each: Described) -> str:
    """A value as a person reads it: without quotes, and words for true and false."""
    if isinstance(each.value, bool):
        return _("yes") if each.value else _("no")
    if isinstance(each.value, dict):
        return str(len(each.value)) if each.value else "-"
    if each.value is None or each.value == "":
        return "-"
    return display_line(str(each.value))


def _line(each: Described, width: int) -> Content:
    is_own = each.value != each.default
    name = each.key.partition(".")[2] or each.key
    cells = VALUE_CELLS if width >= ROOMY else NARROW_VALUE_CELLS
    room = max(8, width - KEY_CELLS - cells - 5)
    mark = glyphs().ticked if is_own else " "
    return Content.assemble(
        Content.styled(f"{mark} ", "$accent"),
        Content.styled(fit(truncate(display_line(name), KEY_CELLS - 1), KEY_CELLS), "$content"),
        Content.styled(fit(truncate(_value_text(each), cells - 1), cells),
                       "bold $accent" if is_own else "$content"),
        Content.styled(truncate(each.doc, room), "$detail"),
    )  # fmt: skip


def _done_text(key: str) -> str:
    if key in AT_THE_NEXT_START:
        return _("Kept. It holds from the next start on.")
    return _("Kept.")
