"""The contact pane: who is writing, what they had before, how to reach them."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from csdesk.desk.context import Desk
from csdesk.i18n import LANGUAGES, _, match_language, ngettext
from csdesk.model.conversation import Conversation, Status
from csdesk.model.people import Contact
from csdesk.store import contacts, conversations
from csdesk.text import fit
from csdesk.tui.glyphs import glyphs
from csdesk.tui.panes.conversation import PRIORITY_NAMES
from csdesk.tui.safe import display_line
from csdesk.tui.surviving import Survives
from csdesk.tui.times import time_or_date

RECENT = 5
LABEL_CELLS = 8


class ContactPane(Survives, VerticalScroll, can_focus=False):
    """The right pane, or a drawer where the terminal is narrower."""

    DEFAULT_CSS = """
    ContactPane { background: $pane; width: 28; padding: 0 1; scrollbar-size: 0 0; }
    ContactPane Static { height: auto; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="contact")
        self._desk = desk
        self._text = Static()
        self._shown: Conversation | None = None
        self._fitted_width = 0

    def compose(self) -> ComposeResult:
        yield self._text

    def show(self, conversation: Conversation | None) -> None:
        """The card of a conversation's contact; empty for none."""
        self._shown, self._fitted_width = conversation, self.size.width
        if conversation is None:
            self._text.update(Content.styled(_("Contact"), "bold $accent"))
            return
        reader = self._desk.store.reader()
        contact = contacts.get(reader, conversation.contact)
        recent = conversations.of_contact(reader, conversation.contact, RECENT)
        if contact is not None:
            self._text.update(self._card(conversation, contact, recent))

    def on_resize(self) -> None:
        if self.size.width != self._fitted_width:
            self.show(self._shown)

    def _card(self, current: Conversation, contact: Contact, recent: list[Conversation]) -> Content:
        room = max(10, self.size.width - 2)
        lines: list[Content | None] = [_heading(_("Contact")), Content(""), _name(contact), Content("")]
        lines += [
            _fact(_("Phone"), contact.phone, room),
            _fact(_("E-mail"), contact.email, room),
            _fact(_("Source"), contact.source or current.source, room),
            _fact(_("Language"), _language(current.lang), room),
            _fact(_("Priority"), _(PRIORITY_NAMES[current.priority]), room),
        ]
        lines += [Content(""), _heading(_("Recent conversations"))]
        now = self._desk.now_ms()
        lines += [_recent(each, current, now, room) for each in recent]
        if current.labels:
            lines += [Content(""), _heading(_("Labels")), _labels(current)]
        return Content("\n").join([line for line in lines if line is not None])


def _heading(text: str) -> Content:
    return Content.styled(text, "bold $accent")


def _name(contact: Contact) -> Content:
    name = display_line(contact.name) or _("visitor")
    visits = ngettext("{count} conversation", "{count} conversations", contact.conversation_count).format(
        count=contact.conversation_count
    )
    tier = _("tier {tier}").format(tier=display_line(contact.tier)) + " " if contact.tier else ""
    return Content.assemble(
        Content.styled(name, "bold $content"), Content("\n"), Content.styled(tier, "$violet"),
        Content.styled(visits, "$detail"),
    )  # fmt: skip


def _fact(label: str, value: str | None, room: int) -> Content | None:
    if not value:
        return None
    shown = fit(display_line(value), max(4, room - LABEL_CELLS - 1)).rstrip()
    return Content.assemble(
        Content.styled(fit(label, LABEL_CELLS), "$hint"), Content(" "), Content.styled(shown, "$content")
    )


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


def _labels(current: Conversation) -> Content:
    return Content("  ").join(
        [Content.styled(f" {display_line(label)} ", "$content on $label") for label in current.labels]
    )
