"""The conversation pane: who it is, the line of time, and room for the composer below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from csdesk.desk.context import Desk
from csdesk.i18n import N_, _
from csdesk.model.conversation import Conversation, Priority, Status
from csdesk.store import conversations, people
from csdesk.text import cell_width, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.sources import ConversationSource
from csdesk.tui.times import wait_text
from csdesk.tui.widgets.fitted import Fitted, rule
from csdesk.tui.widgets.message_list import MessageList
from csdesk.tui.widgets.message_view import Spot
from csdesk.tui.widgets.message_window import NoMessages
from csdesk.tui.widgets.queue_list import STAGE_NAMES

if TYPE_CHECKING:
    from csdesk.tui.panes.find_line import FindLine

MOST_PLACES: Final = 500
"""In how many conversations the place is remembered; those left longest ago are forgotten."""

STATUS_NAMES: Final = {
    Status.OPEN: N_("open"),
    Status.SNOOZED: N_("snoozed"),
    Status.RESOLVED: N_("resolved"),
}
PRIORITY_NAMES: Final = {
    Priority.LOW: N_("low"),
    Priority.NORMAL: N_("normal"),
    Priority.HIGH: N_("high"),
    Priority.URGENT: N_("urgent"),
}


class ConversationPane(Vertical):
    """The middle pane. Shows one conversation; None shows what to do."""

    DEFAULT_CSS = """
    ConversationPane { background: $base; width: 1fr; padding: 0 0 0 1; }
    ConversationPane #head { padding: 0 1; }
    ConversationPane #head-rule { color: $hint; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="conversation")
        self._desk = desk
        self._head = Fitted(self._head_line, id="head")
        self._rule = Fitted(rule, id="head-rule")
        self.lines = MessageList(now_ms=desk.now_ms(), id="lines")
        self.shown: Conversation | None = None
        self.find: FindLine | None = None
        self._wait_drawn = Content("")
        self._places: dict[int, Spot] = {}

    def compose(self) -> ComposeResult:
        yield self._head
        yield self._rule
        yield self.lines

    def show(self, conversation: int | None) -> None:
        """Show a conversation where it was left, at first from its end; or none."""
        before = self.shown
        if self.find is not None:
            self.find.close()
        if conversation is None:
            self.shown = None
            left = self.lines.show(NoMessages())
        else:
            self.shown = conversations.get(self._desk.store.reader(), conversation)
            self.lines.names = (self._desk.agent.name, *people.names(self._desk.store.reader()))
            source = ConversationSource(self._desk, conversation)
            left = self.lines.show(source, self._places.get(conversation))
        if before is not None:
            self._remember(before.id, left)
        self.show_head()

    def _remember(self, conversation: int, place: Spot | None) -> None:
        self._places.pop(conversation, None)
        if place is not None:
            self._places[conversation] = place
            if len(self._places) > MOST_PLACES:
                del self._places[next(iter(self._places))]

    def reload(self) -> None:
        """Something of the shown conversation changed."""
        if self.shown is not None:
            self.shown = conversations.get(self._desk.store.reader(), self.shown.id)
            self.lines.reload_tail()
            self.show_head()
            if self.find is not None:
                self.find.look_again()

    async def start_finding(self) -> None:
        """Open the line to find words in the conversation that is shown."""
        if self.shown is None:
            return
        if self.find is None:
            from csdesk.tui.panes.find_line import FindLine

            self.find = FindLine(self._desk)
            await self.mount(self.find, before=self.lines)
        self.find.open(self.shown.ref, self.lines.lowest_id)

    def on_find_line_looked(self, event: FindLine.Looked) -> None:
        event.stop()
        self.lines.light(event.terms)

    def on_find_line_reached(self, event: FindLine.Reached) -> None:
        event.stop()
        self.lines.show_at(event.message)

    def tick(self, now_ms: int) -> None:
        """A second has passed: ages and held counters move."""
        self.lines.tick(now_ms)
        if self.shown is not None and _wait(self.shown, self._desk) != self._wait_drawn:
            self.show_head()

    def show_head(self) -> None:
        """Write the head line again."""
        self._head.refresh()

    def _head_line(self, width: int) -> Content:
        if self.shown is None:
            return Content("")
        self._wait_drawn = right = _wait(self.shown, self._desk)
        room = width - (cell_width(right.plain) + 2 if right else 0)
        left = _who(self.shown, room)
        gap = " " * max(1, width - cell_width(left.plain) - cell_width(right.plain))
        return Content.assemble(left, Content(gap), right)

    def relabel(self) -> None:
        """The language changed: write every label again."""
        self.lines.say_when_empty(_("Choose a conversation: arrows and Enter, or F8 for the longest wait."))
        self.lines.restyle()
        self.show_head()

    def on_mount(self) -> None:
        self.relabel()


def _who(conversation: Conversation, room: int) -> Content:
    """Name, tier, ref, then the facts that fit."""
    name = display_line(conversation.contact_name) or _("visitor")
    facts = [
        _(STAGE_NAMES[conversation.stage]) if conversation.stage in STAGE_NAMES else "",
        display_line(conversation.inbox_name),
        _(STATUS_NAMES[conversation.status]) if conversation.status is not Status.OPEN else "",
        _(PRIORITY_NAMES[conversation.priority]) if conversation.priority is not Priority.NORMAL else "",
        display_line(conversation.assignee_name or "") or _("unassigned"),
        *(display_line(label) for label in conversation.labels),
    ]
    ref = f"#{conversation.short_ref}"
    name = truncate(name, max(4, room - cell_width(ref) - 6))
    parts = [Content.styled(name, "bold $content")]
    if conversation.tier:
        parts += [Content(" "), Content.styled(display_line(conversation.tier), "bold $violet")]
    parts += [Content("  "), Content.styled(ref, "$hint")]
    used = sum(cell_width(part.plain) for part in parts) + 2
    said: list[str] = []
    for fact in filter(None, facts):
        cells = cell_width(fact) + (3 if said else 0)
        if used + cells > room:
            break
        said.append(fact)
        used += cells
    return Content.assemble(*parts, Content("  "), Content.styled(f" {glyphs().dot} ".join(said), "$detail"))


def _wait(conversation: Conversation, desk: Desk) -> Content:
    """How long the customer has waited, as the queue shows it."""
    if conversation.waiting_since is None:
        return Content("")
    age = desk.now_ms() - conversation.waiting_since
    limits = desk.settings.queue.limits(conversation.tier)
    sign, colour = " ", "$detail"
    if age >= limits.red_ms:
        sign, colour = glyphs().late, "$red"
    elif age >= limits.amber_ms:
        sign, colour = glyphs().warm, "$amber"
    return Content.styled(f"{sign} {wait_text(age)}", f"bold {colour}")
