"""Quick replies to look through: five views of them, searched, with what they are worth."""

from __future__ import annotations

import asyncio
from threading import Event
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from csdesk.desk import learning
from csdesk.desk.learning import Proposal, ReplyRecord
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _, language
from csdesk.model.reply import PackScope
from csdesk.store import joined
from csdesk.text import fit, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display, display_line
from csdesk.tui.screens.over import Over
from csdesk.tui.surviving import Survives
from csdesk.tui.themes import palette_of
from csdesk.tui.times import day_and_time
from csdesk.tui.widgets.fitted import Fitted
from csdesk.tui.widgets.in_order import LineInput
from csdesk.tui.widgets.line import Piece
from csdesk.tui.widgets.picked_list import PickedList

if TYPE_CHECKING:
    from csdesk.model.published import Version
    from csdesk.model.reply import QuickReply
    from csdesk.tui.shelf import Shelf

ALL, USED, UNUSED, AGAIN, PROPOSED = "all", "used", "unused", "again", "proposed"
VIEWS: Final = {
    ALL: N_("All"),
    USED: N_("Used most"),
    UNUSED: N_("Never used"),
    AGAIN: N_("Often asked again"),
    PROPOSED: N_("Proposals"),
}
SCOPES: Final = {
    PackScope.PERSONAL: N_("mine"),
    PackScope.TEAM: N_("team"),
    PackScope.BUILTIN: N_("built in"),
}
CODE_CELLS = 11
ROOMY = 60
ABOUT_ROWS = 7
Row = ReplyRecord | Proposal


class ReplyBrowser(Survives, Over[None]):
    """Five views of the replies, and the one under the cursor in full."""

    DEFAULT_CSS = f"""
    ReplyBrowser {{ align: center middle; }}
    ReplyBrowser > Vertical {{ width: 116; max-width: 100%; height: 94%; background: $raised; padding: 1 2; }}
    ReplyBrowser #replies-query {{ height: 1; border: none; background: $base; padding: 0 1; margin: 0 0 1 0; }}
    ReplyBrowser #replies-about {{ height: {ABOUT_ROWS}; margin: 1 0 0 0; }}
    ReplyBrowser #replies-foot {{ color: $hint; height: auto; max-height: 2; margin: 1 0 0 0; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ｑ", "close", N_("Back to where you were"), id="replies.close"),
        Binding("slash,fullwidth_solidus,ideographic_comma,f3", "search", N_("Search the quick replies"), id="replies.search"),
        Binding("tab,right", "view(1)", N_("The next view"), id="replies.view"),
        Binding("shift+tab,left", "view(-1)", N_("The view before"), id="replies.view_back"),
    ]  # fmt: skip

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(id="replies")
        self._shelf = shelf
        self._desk = shelf.desk
        self.view = ALL
        self._records: list[ReplyRecord] = []
        self._proposals: list[Proposal] | None = None
        self._share = 0
        self._stop = Event()
        self.said = ""
        """What was done, to be said with the next row that is shown."""
        self._head = Fitted(self._head_line)
        self._query = LineInput(id="replies-query", compact=True)
        self.list: PickedList[Row] = PickedList(self._draw, id="replies-list")
        self._about = Static(id="replies-about")
        self._foot = Static(id="replies-foot")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._head
            yield self._query
            yield self.list
            yield self._about
            yield self._foot

    def on_mount(self) -> None:
        self._query.placeholder = _("/ searches: a code, a word, pinyin initials")
        keys = _(
            "Enter edits · n new · d duplicate · m folder · x delete · z undo · Tab views · / searches · Esc closes"
        )
        if joined.home_scope(self._desk.store.reader()) is not None:
            keys += " · " + _("p gives the pack to the team · v versions")
        self._foot.update(Content(keys))
        self.list.focus()
        self.read()

    def on_unmount(self) -> None:
        self._stop.set()

    # -- reading

    @work(exclusive=True, group="records", exit_on_error=False)
    async def read(self, select: str = "") -> None:
        """Read the packs again, and how their replies do; then show the reply with the id ``select``."""
        await asyncio.to_thread(self._shelf.load)
        library = self._shelf.library
        self._records = await asyncio.to_thread(
            learning.records, self._desk, library.replies if library else ()
        )
        self._show(select)

    @work(exclusive=True, group="proposals", exit_on_error=False)
    async def _look_for_proposals(self) -> None:
        """Go through all messages once, in a thread that is told when nobody waits any more."""
        replies = [each.reply for each in self._records]
        self._proposals = await asyncio.to_thread(learning.proposals, self._desk, replies, self._progress)
        self._show()

    def _progress(self, done: int, total: int) -> bool:
        share = 100 * done // max(total, 1)
        if share != self._share:
            self._share = share
            self.app.call_from_thread(self.tell)
        return not self._stop.is_set()

    # -- showing

    def _show(self, select: str = "") -> None:
        rows = self._rows()
        ids = [each.reply.id if isinstance(each, ReplyRecord) else "" for each in rows]
        self.list.show(rows, ids.index(select) if select in ids else min(self.list.index, len(rows)))
        self._head.refresh()

    def _rows(self) -> list[Row]:
        words = self._query.value.strip()
        if self.view == PROPOSED:
            return [each for each in self._proposals or () if words.casefold() in each.body.casefold()]
        records = [each for each in self._records if _belongs(each, self.view)]
        if self.view == AGAIN:
            records.sort(key=lambda each: -each.again_rate)
        elif self.view == ALL:
            here = language()[:2]
            records.sort(key=lambda each: (each.reply.lang[:2] != here, each.reply.folder, each.reply.code))
        if not words or self._shelf.finder is None:
            return list(records)
        found = [each.reply.id for each in self._shelf.finder.find(words, limit=2000)]
        by_id = {each.reply.id: each for each in records}
        return [by_id[id] for id in found if id in by_id]

    def _draw(self, row: Row, surface: str, width: int) -> tuple[list[Piece], list[Piece]]:
        style = palette_of(self.app).style
        if isinstance(row, Proposal):
            left = [(display_line(row.body), style("content", surface))]
            return left, [(_("{count} times").format(count=row.count), style("hint", surface))]
        reply = row.reply
        pieces: list[Piece] = [
            (fit(reply.code, CODE_CELLS) + " ", style("accent", surface)),
        ]
        if width >= ROOMY:
            title = fit(display_line(reply.title), width // 3) + "  "
            pieces += [
                (title, style("content", surface)),
                (display_line(reply.folder), style("hint", surface)),
            ]
        else:
            pieces.append((display_line(reply.title), style("content", surface)))
        uses = _("{count} times").format(count=row.uses) if row.uses else ""
        again = f"  {glyphs().failed} {row.again_rate:.0%}" if self.view == AGAIN else ""
        return pieces, [(f"{uses}{again}  {self._whose(reply)} ", style("hint", surface))]

    def _whose(self, reply: QuickReply) -> str:
        """Whose a reply is; of a pack that came through the hub also which version."""
        version = self._version_of(reply)
        whose = _(SCOPES[reply.scope])
        return whose if version is None else f"{whose} v{version.number}"

    def _version_of(self, reply: QuickReply) -> Version | None:
        return self._shelf.team.get(reply.pack) if reply.scope is PackScope.TEAM else None

    def _head_line(self, width: int) -> Content:
        parts: list[Content | str] = [Content.styled(_("Quick replies"), "bold $accent"), "  "]
        for name, label in VIEWS.items():
            is_here = name == self.view
            parts += [Content.styled(f" {_(label)} ", "bold $content on $selected" if is_here else "$hint")]
        count = f"  {len(self.list)}"
        return Content.assemble(*parts, Content.styled(count, "$hint"))

    @on(PickedList.Highlighted)
    def _highlighted(self, event: PickedList.Highlighted) -> None:
        event.stop()
        self.tell(said=self.said)
        self.said = ""

    def tell(self, error: CsdeskError | None = None, said: str = "") -> None:
        """The chosen reply in full; above it what is wrong, or what was done."""
        lines: list[Content] = []
        if error is not None:
            lines.append(
                Content.styled(f"{glyphs().failed} {display_line(f'{error.sentence} {error.hint}')}", "$red")
            )
        elif said:
            lines.append(Content.styled(f"{glyphs().done} {display_line(said)}", "$green"))
        row = self.list.chosen
        if row is None:
            lines.append(Content.styled(self._empty(), "$hint"))
        elif isinstance(row, Proposal):
            lines.append(
                Content.styled(_("Written by hand again and again. Enter makes it a quick reply."), "$hint")
            )
            lines.append(Content(display(row.body)))
        else:
            lines.append(Content.styled(self._about_reply(row), "$hint"))
            lines.append(Content(display(row.reply.body)))
        self._about.update(Content("\n").join(lines))

    def _empty(self) -> str:
        if self.view == PROPOSED and self._proposals is None:
            return _("Reading messages … {share} %").format(share=self._share)
        if self.view == PROPOSED:
            return _("No answer was written five times by hand without being a quick reply.")
        return _("No quick reply here.")

    def _about_reply(self, row: ReplyRecord) -> str:
        reply = row.reply
        parts = [_(SCOPES[reply.scope]), display_line(reply.pack)]
        version = self._version_of(reply)
        if version is not None:
            told = _("version {number} by {agent}, {time}")
            agent, time = display_line(version.agent_name), day_and_time(version.at)
            parts.append(told.format(number=version.number, agent=agent, time=time))
        if row.last_ms is not None:
            parts.append(
                _("used {count} times, last {time}").format(count=row.uses, time=day_and_time(row.last_ms))
            )
            parts.append(_("asked again {share}").format(share=f"{row.again_rate:.0%}"))
            parts.append(_("resolved after {count}").format(count=row.resolved))
        if row.rating is not None:
            parts.append(f"{row.rating:.1f} ★")
        return truncate("  ·  ".join(parts), max(20, self._about.size.width))

    # -- moving about

    def action_close(self) -> None:
        if self._query.has_focus or self._query.value:
            self._query.value = ""
            self.list.focus()
            return
        self.dismiss(None)

    def action_search(self) -> None:
        self._query.focus()

    def action_view(self, by: int) -> None:
        names = list(VIEWS)
        self.view = names[(names.index(self.view) + by) % len(names)]
        if self.view == PROPOSED and self._proposals is None:
            self._look_for_proposals()
        self.list.focus()
        self._show()

    @on(Input.Changed, "#replies-query")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    @on(Input.Submitted, "#replies-query")
    def _to_list(self, event: Input.Submitted) -> None:
        event.stop()
        self.list.focus()


def _belongs(each: ReplyRecord, view: str) -> bool:
    return {ALL: True, USED: each.uses > 0, UNUSED: each.uses == 0, AGAIN: each.asked_again > 0}[view]
