"""The contact pane: who is writing, what they had before, how to reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from csdesk.desk.context import Desk
from csdesk.i18n import LANGUAGES, _, match_language, ngettext
from csdesk.ids import REF_SHOWN
from csdesk.model.conversation import Conversation, Status
from csdesk.model.people import LIFECYCLE_NAMES, Contact
from csdesk.store import conversations
from csdesk.text import cell_width, fit, wrap
from csdesk.tui.glyphs import glyphs
from csdesk.tui.panes.conversation import PRIORITY_NAMES
from csdesk.tui.safe import display_line
from csdesk.tui.surviving import Survives
from csdesk.tui.times import time_or_date
from csdesk.tui.widgets.queue_list import STAGE_NAMES

if TYPE_CHECKING:
    from csdesk.store.contacts import StageReached

RECENT = 5
STAGES = 3
NOTE_LINES = 4
FACT_LINES = 3
LIFECYCLES = {each.value: name for each, name in LIFECYCLE_NAMES.items()}


class ContactPane(Survives, VerticalScroll, can_focus=False):
    """The right pane, or a drawer where the terminal is narrower."""

    DEFAULT_CSS = """
    ContactPane { background: $pane; width: 18%; min-width: 28; max-width: 40; padding: 0 1; scrollbar-size: 0 0; }
    ContactPane Static { height: auto; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="contact")
        self._desk = desk
        self._text = Static()
        self._shown: Conversation | None = None
        self._contact: Contact | None = None
        self._fitted_width = 0

    def compose(self) -> ComposeResult:
        yield self._text

    def show(self, conversation: Conversation | None) -> None:
        """The card of a conversation's contact; empty for none."""
        self._shown, self._fitted_width = conversation, self.size.width
        if conversation is None:
            self._text.update(Content.styled(_("Contact"), "bold $accent"))
            return
        from csdesk.store import contacts

        reader = self._desk.store.reader()
        contact = self._contact = contacts.get(reader, conversation.contact)
        recent = conversations.of_contact(reader, conversation.contact, RECENT)
        if contact is not None:
            stages = contacts.stages(reader, contact.id, STAGES)
            self._text.update(self._card(conversation, contact, recent, stages))

    def look_again(self) -> None:
        """Something was stored: draw the card again if the contact is another one now."""
        if self._shown is None:
            return
        from csdesk.store import contacts

        if contacts.get(self._desk.store.reader(), self._shown.contact) != self._contact:
            self.show(self._shown)

    def on_resize(self) -> None:
        if self.size.width != self._fitted_width:
            self.show(self._shown)

    def _card(
        self, current: Conversation, contact: Contact, recent: list[Conversation], stages: list[StageReached]
    ) -> Content:
        room = max(10, self.size.width - 2)
        now = self._desk.now_ms()
        lines: list[Content | None] = [_heading(_("Contact")), Content(""), _name(contact), Content("")]
        lines += [*_facts(contact, current, self.size.width)]
        if contact.note:
            lines += [Content(""), _heading(_("Note")), *_note(contact.note, room)]
        lines += [Content(""), _heading(_("Recent conversations"))]
        lines += [_recent(each, current, now, room) for each in recent]
        if stages:
            lines += [Content(""), _heading(_("Stages")), *[_stage(each, now, room) for each in stages]]
        labels = tuple(dict.fromkeys([*contact.labels, *current.labels]))
        if labels:
            lines += [Content(""), _heading(_("Labels")), _labels(labels)]
        return Content("\n").join([line for line in lines if line is not None])


def _facts(contact: Contact, current: Conversation, room: int) -> list[Content]:
    """What is known, behind labels of one width, to the edge of the pane: many an address just fits."""
    lifecycle = LIFECYCLES.get(contact.lifecycle or "")
    facts = [
        (_("Phone"), contact.phone),
        (_("E-mail"), contact.email),
        (_("Also"), ", ".join([*contact.also_names, *contact.also_at])),
        (_("Lifecycle"), _(lifecycle) if lifecycle else contact.lifecycle),
        (_("Birthday"), contact.birthday),
        (_("Source"), contact.source or current.source),
        (_("Language"), _language(current.lang)),
        (_("Priority"), _(PRIORITY_NAMES[current.priority])),
    ]
    shown = [(label, value) for label, value in facts if value]
    cells = max(cell_width(label) for label, _value in shown)
    return [
        line for label, value in shown for line in _fact(fit(label, cells), value, max(4, room - cells - 1))
    ]


def _note(note: str, room: int) -> list[Content]:
    """The first lines of a note; the form shows all of it."""
    lines = [piece for line in note.split("\n") for piece in wrap(display_line(line), room) or [""]]
    shown = lines[:NOTE_LINES]
    if len(lines) > NOTE_LINES:
        shown[-1] = fit(shown[-1], room - 2).rstrip() + " …"
    return [Content.styled(line, "$content") for line in shown]


def _stage(reached: StageReached, now_ms: int, room: int) -> Content:
    when, name = fit(time_or_date(reached.at, now_ms), 6), _(STAGE_NAMES.get(reached.stage, reached.stage))
    ref = f"  #{reached.ref[:REF_SHOWN]}"
    fits = cell_width(name) + cell_width(ref) <= room - 7
    return Content.assemble(
        Content.styled(when + " ", "$hint"), Content.styled(name + (ref if fits else ""), "$detail")
    )


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $accent")


def _name(contact: Contact) -> Content:
    name = display_line(contact.name) or _("visitor")
    visits = ngettext("{count} conversation", "{count} conversations", contact.conversation_count).format(
        count=contact.conversation_count
    )
    tier = _("tier {tier}").format(tier=display_line(contact.tier)) + " " if contact.tier else ""
    blocked = " " + _("blocked") if contact.is_blocked else ""
    return Content.assemble(
        Content.styled(name, "bold $content"), Content.styled(blocked, "bold $red"), Content("\n"),
        Content.styled(tier, "$violet"), Content.styled(visits, "$detail"),
    )  # fmt: skip


def _fact(label: str, value: str, room: int) -> list[Content]:
    """A number or an address is of no use unless all of it is there: it goes on in the next line."""
    lines = wrap(display_line(value), room) or [""]
    if len(lines) > FACT_LINES:
        lines[FACT_LINES - 1 :] = [fit("".join(lines[FACT_LINES - 1 :]), room).rstrip()]
    heads = [label, *[" " * cell_width(label)] * (len(lines) - 1)]
    return [
        Content.assemble(Content.styled(head, "$hint"), Content(" "), Content.styled(line, "$content"))
        for head, line in zip(heads, lines, strict=True)
    ]


def _language(lang: str | None) -> str | None:
    """The language's own name, for those we know."""
    known = match_language(lang) if lang else None
    return LANGUAGES[known] if known else lang


def _recent(each: Conversation, current: Conversation, now_ms: int, room: int) -> Content:
    sign = glyphs().done if each.status is Status.RESOLVED else glyphs().open
    when = fit(time_or_date(each.updated_at, now_ms), 6)
    about = display_line(each.subject) or f"#{each.short_ref}"
    shown = fit(about, max(4, room - 10))
    colour = "$content" if each.id == current.id else "$detail"
    return Content.assemble(
        Content.styled(when + " ", "$hint"),
        Content.styled(shown, colour),
        Content.styled(f" {sign}", "$green"),
    )


def _labels(labels: tuple[str, ...]) -> Content:
    return Content("  ").join(
        [Content.styled(f" {display_line(label)} ", "$content on $label") for label in labels]
    )
