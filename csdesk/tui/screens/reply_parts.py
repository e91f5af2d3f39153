"""What a quick reply has several of, variants and slots: a list of each, changed a line at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from csdesk import template
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _
from csdesk.model.reply import QuickReply, Slot
from csdesk.replies import asking
from csdesk.text import fit
from csdesk.tui.safe import display, display_line, plain_line
from csdesk.tui.screens.form import BACK_TO_REPLY, Form
from csdesk.tui.screens.modals import Question
from csdesk.tui.screens.slot_form import KINDS, SlotForm
from csdesk.tui.themes import palette_of
from csdesk.tui.widgets.form_fields import NoteField
from csdesk.tui.widgets.line import Piece
from csdesk.tui.widgets.picked_list import PickedList

MOST_VARIANTS = 10
NAME_CELLS = 14


class PartList(Question[QuickReply]):
    """One line a part; Esc goes back with the reply as it is then. Nothing is saved here."""

    DEFAULT_CSS = """
    PartList > Vertical { width: 76; max-width: 96%; max-height: 100%; }
    PartList PickedList { height: 6; }
    PartList .about { height: 4; margin: 1 0 0 0; color: $hint; }
    PartList .foot { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,ｎ", "add", N_("Add one"), id="part.add"),
        Binding("e,ｅ", "edit", N_("Change it"), id="part.edit"),
        Binding("x,ｘ,delete", "remove", N_("Take it away"), id="part.remove"),
    ]

    def __init__(self, title: str, reply: QuickReply) -> None:
        super().__init__()
        self._title_text = title
        self.reply = reply
        self.list: PickedList[str] = PickedList(self._draw, id="parts")
        self._about = Static(classes="about")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(self._title_text), classes="title")
            yield self.list
            yield self._about
            yield Static(
                plain_line(_("Enter changes · n adds · x takes away · Esc back to the reply")), classes="foot"
            )

    def on_mount(self) -> None:
        self.list.show(self.parts())
        self.list.focus()

    def parts(self) -> Sequence[str]:
        """What the lines stand for."""
        raise NotImplementedError

    def about(self, part: str | None) -> str:
        """More of the part under the cursor; what such parts are for, where there is none."""
        raise NotImplementedError

    def pieces(self, part: str) -> tuple[str, str]:
        """What stands out of a part's line, and the rest of it."""
        raise NotImplementedError

    async def write(self, part: str | None) -> QuickReply | None:
        """Ask for another ``part``, or for a new one: the reply with it."""
        raise NotImplementedError

    def without(self, part: str) -> QuickReply:
        """The reply without ``part``."""
        raise NotImplementedError

    def _draw(self, part: str, surface: str, width: int) -> tuple[list[Piece], list[Piece]]:
        style = palette_of(self.app).style
        head, rest = self.pieces(part)
        return [(head, style("accent", surface)), (rest, style("content", surface))], []

    @on(PickedList.Highlighted)
    def _highlighted(self, event: PickedList.Highlighted) -> None:
        event.stop()
        self.tell(self.about(self.list.chosen))

    def tell(self, told: str) -> None:
        """Say ``told`` below the list."""
        self._about.update(Content(display(told)))

    @on(PickedList.Chosen)
    def _chosen(self, event: PickedList.Chosen) -> None:
        event.stop()
        self.action_edit()

    def action_add(self) -> None:
        self._write(None)

    def action_edit(self) -> None:
        if self.list.chosen is not None:
            self._write(self.list.chosen)

    def action_remove(self) -> None:
        if self.list.chosen is not None:
            self._show(self.without(self.list.chosen), self.list.index)

    def action_cancel(self) -> None:
        self.dismiss(self.reply)

    @work(exclusive=True, exit_on_error=False)
    async def _write(self, part: str | None) -> None:
        reply = await self.write(part)
        if reply is not None:
            self._show(reply, len(self.list) if part is None else self.list.index)

    def _show(self, reply: QuickReply, index: int) -> None:
        self.reply = reply
        self.list.show(self.parts(), index)


class VariantList(PartList):
    """The other wordings of a reply. Each is named by its text: no two say the same."""

    def __init__(self, reply: QuickReply) -> None:
        super().__init__(_("Variants: the same in other words"), reply)

    def parts(self) -> Sequence[str]:
        return self.reply.variants

    def about(self, part: str | None) -> str:
        return part or _(
            "None yet. Body and variants take turns, so that a customer does not read one twice."
        )

    def pieces(self, part: str) -> tuple[str, str]:
        return "", display_line(part)

    def without(self, part: str) -> QuickReply:
        return replace(self.reply, variants=tuple(each for each in self.reply.variants if each != part))

    async def write(self, part: str | None) -> QuickReply | None:
        held = self.reply.variants
        if part is None and len(held) >= MOST_VARIANTS:
            self.tell(_("A reply has {limit} variants at most.").format(limit=MOST_VARIANTS))
            return None
        others = {each for each in self.reply.wordings if each != part}
        text = await self.ask_instead(VariantForm(part or "", others))
        if text is None:
            return None
        variants = (*held, text) if part is None else tuple(text if each == part else each for each in held)
        return replace(self.reply, variants=variants)


class VariantForm(Form[str]):
    """One wording; leaves with it."""

    MAY_BE_EMPTY: ClassVar[bool] = False
    HINTS: ClassVar[Mapping[str, str]] = {
        "variant": N_("{{contact.name | friend}} and slots such as {{eta}} are filled in")
    }

    DEFAULT_CSS = """
    VariantForm > Vertical { width: 76; max-width: 96%; max-height: 100%; }
    VariantForm TextArea { height: 7; border: none; padding: 0 1; background: $base; }
    """

    def __init__(self, text: str, others: set[str], title: str = "") -> None:
        """``others`` are the wordings that there are besides."""
        super().__init__()
        self._title_text = title or (_("A variant") if text else _("A new variant"))
        self._before = text
        self._others = others
        self._area = NoteField(text, id="variant", compact=True)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(plain_line(self._title_text), classes="title")
            yield self._area
            yield self.foot

    def on_mount(self) -> None:
        self._area.focus()

    @property
    def focused_name(self) -> str | None:
        return "variant"

    @property
    def is_changed(self) -> bool:
        return self._text != self._before

    @property
    def _text(self) -> str:
        return self._area.text.rstrip("\n")

    def action_save(self) -> None:
        """Leave with the text; one that is empty, said already or against the grammar stays."""
        if not self._text.strip() and not self.MAY_BE_EMPTY:
            self.refuse(_("Nothing is written yet."), _("Esc leaves without it."))
        elif self._text in self._others:
            self.refuse(_("The reply says just that already."), _("Say it in other words."))
        else:
            try:
                template.placeholders(self._text)
            except CsdeskError as error:
                self.refuse(f"{error.sentence}.", error.hint)
                return
            self.dismiss(self._text)


class FallbackForm(VariantForm):
    """The whole text for when a value is missing; leaves with it, empty for none."""

    MAY_BE_EMPTY: ClassVar[bool] = True
    HOW = BACK_TO_REPLY
    HINTS: ClassVar[Mapping[str, str]] = {
        "variant": N_("it takes the place of the whole text where a value is not known; empty for none")
    }

    def __init__(self, reply: QuickReply) -> None:
        super().__init__(reply.fallback, set(reply.wordings), _("When a value is missing"))


class SlotList(PartList):
    """The slots that a reply asks for, by name; one that is not described yet is among them."""

    def __init__(
        self, reply: QuickReply, known: Mapping[str, Slot], asking_too: Callable[[str], Sequence[str]]
    ) -> None:
        """``known`` are the slots that are described; ``asking_too`` tells which other replies ask for one."""
        super().__init__(_("Slots: what is asked for when the reply is used"), reply)
        self.known = dict(known)
        self._asking_too = asking_too
        self._new: list[str] = []

    def parts(self) -> Sequence[str]:
        return list(dict.fromkeys([*asking.slot_names(asking.texts_of(self.reply)), *self.new]))

    @property
    def new(self) -> tuple[str, ...]:
        """Those added here that no text of the reply asks for yet."""
        return tuple(self._new)

    def about(self, part: str | None) -> str:
        if part is None:
            return _("None yet. A slot is a place to fill in: text, a choice, a date or a number.")
        slot = self.known.get(part)
        lines = [asking.placeholder(part) if slot is None else f"{asking.placeholder(part)}  {slot.prompt}"]
        if slot is not None and slot.choices:
            lines.append(" / ".join(slot.choices))
        if others := self._asking_too(part):
            lines.append(_("Also asked for by {codes}.").format(codes=", ".join(others)))
        return "\n".join(lines)

    def pieces(self, part: str) -> tuple[str, str]:
        slot = self.known.get(part)
        if slot is None:
            return fit(part, NAME_CELLS) + " ", _("not described yet: Enter")
        told = [slot.prompt, _(KINDS[slot.kind])]
        if not slot.is_required:
            told.append(_("may stay empty"))
        return fit(part, NAME_CELLS) + " ", display_line("  ·  ".join(told))

    def without(self, part: str) -> QuickReply:
        if part in self._new:
            self._new.remove(part)
        return asking.without_slot(self.reply, part)

    async def write(self, part: str | None) -> QuickReply | None:
        held = self.known.get(part) if part is not None else None
        others = {each for each in self.parts() if each != part}
        slot = await self.ask_instead(SlotForm(part or "", held, others))
        if slot is None:
            return None
        self.known[slot.name] = slot
        if part is None or part in self._new:
            self._new = [each for each in self._new if each != part] + [slot.name]
        if part is None or part == slot.name:
            return self.reply
        return asking.with_renamed(self.reply, part, slot.name)
