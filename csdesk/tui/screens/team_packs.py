"""The packs of the team: which there are, every version of each, what changed, and giving the team another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from csdesk.desk import giving_packs, publishing
from csdesk.desk.comparing_packs import Difference
from csdesk.desk.giving_packs import Proposal, TeamPack
from csdesk.errors import CsdeskError
from csdesk.i18n import N_, _, ngettext
from csdesk.model.published import Thing, Version
from csdesk.text import fit, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display, display_line
from csdesk.tui.screens.modals import LineQuestion
from csdesk.tui.screens.over import Over
from csdesk.tui.screens.paper import Paper, typed, wrapped
from csdesk.tui.surviving import Survives
from csdesk.tui.themes import palette_of
from csdesk.tui.times import time_or_date
from csdesk.tui.widgets.fitted import Fitted
from csdesk.tui.widgets.line import Piece
from csdesk.tui.widgets.picked_list import PickedList

if TYPE_CHECKING:
    from textual.app import App

    from csdesk.desk.context import Desk

KINDS: Final = {Thing.REPLIES: N_("quick replies"), Thing.ETIQUETTE: N_("rules of the etiquette check")}
NAME_CELLS, NUMBER_CELLS, WHEN_CELLS, AGENT_CELLS, STATE_CELLS = 22, 5, 7, 12, 16
Row = TeamPack | Version


class PackChanges(Paper[bool]):
    """What a version changes, line by line. Dismissed with True when it is to be published."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            typed("escape", "q"), "dismiss(False)", N_("Back to where you were"), id="pack_changes.close"
        ),
        Binding("enter", "publish", N_("Give this to the team"), id="pack_changes.publish"),
    ]

    def __init__(self, title: str, changes: Difference, lines: list[str], *, is_proposal: bool) -> None:
        super().__init__(id="pack-changes")
        self._title_text = title
        self._changes = changes
        self._lines = lines
        self._is_proposal = is_proposal

    def head(self, width: int) -> Content:
        return Content.styled(truncate(display_line(self._title_text), width), "bold $accent")

    def body(self, width: int) -> Iterable[Content]:
        told = (
            (_("New: {names}"), self._changes.new),
            (_("Changed: {names}"), self._changes.changed),
            (_("Gone: {names}"), self._changes.gone),
        )
        for words, names in told:
            if names:
                yield from wrapped(words.format(names=_(", ").join(names)), width, "$content")
        yield Content()
        for line in self._lines:
            style = {"+": "$green", "-": "$red", "@": "$hint"}.get(line[:1], "$detail")
            yield Content.styled(truncate(display(line), width), style)

    def foot(self) -> str:
        parts = [_("Enter publishes it")] if self._is_proposal else []
        return f" {glyphs().dot} ".join([*parts, _("↑↓ scroll"), _("Esc closes")])

    def action_publish(self) -> None:
        if self._is_proposal:
            self.dismiss(True)


async def give(app: App[Any], desk: Desk, prepare: Callable[[], Proposal]) -> Version | None:
    """Show what a version would change, ask what to say about it, and publish it; None when it was left. Raises
    CsdeskError."""
    wanted = await asyncio.to_thread(prepare)
    name, number = wanted.given.title, wanted.number
    title = _("Publish {name} as version {number}: {changes}")
    title = title.format(name=name, number=number, changes=wanted.changes.words)
    shown = PackChanges(title, wanted.changes, wanted.lines, is_proposal=True)
    if not await app.push_screen_wait(shown):
        return None
    question = LineQuestion(
        _("Give version {number} of {name} to the whole team. What changed, for the others?").format(
            number=number, name=display_line(name)
        ),
        _("Enter publishes; it may stay empty · Esc leaves everything as it is"),
        wanted.note,
        may_be_empty=True,
    )
    note = await app.push_screen_wait(question)
    if note is None:
        return None
    return await asyncio.to_thread(giving_packs.publish, desk, wanted, note.strip())


def given(version: Version) -> str:
    """That a version was published, in a sentence."""
    return _("{name} is version {number} now; the others have it with their next sync.").format(
        name=version.name, number=version.number
    )


class TeamPacksScreen(Survives, Over[bool]):
    """All packs, or all versions of one. Dismissed with whether anything was published."""

    DEFAULT_CSS = """
    TeamPacksScreen { align: center middle; }
    TeamPacksScreen > Vertical { width: 112; max-width: 98%; height: 80%; background: $raised; padding: 1 2; }
    TeamPacksScreen #packs-head { margin: 0 0 1 0; }
    TeamPacksScreen #packs-about { height: 4; margin: 1 0 0 0; color: $detail; }
    TeamPacksScreen #packs-foot { color: $hint; height: auto; max-height: 2; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(typed("escape", "q"), "close", N_("Back to where you were"), id="packs.close"),
        Binding(typed("d"), "changes", N_("What it changes"), id="packs.changes"),
        Binding(typed("p"), "publish", N_("Give this to the team"), id="packs.publish"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(id="packs")
        self._desk = desk
        self._packs: list[TeamPack] = []
        self.pack: TeamPack | None = None
        """The one whose versions are listed; None while all packs are."""
        self._is_changed = False
        self._trouble: CsdeskError | None = None
        self._said = ""
        self._head = Fitted(self._head_line, id="packs-head")
        self.list: PickedList[Row] = PickedList(self._draw, id="packs-list")
        self._about = Static(id="packs-about")
        self._foot = Static(id="packs-foot")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._head
            yield self.list
            yield self._about
            yield self._foot

    def on_mount(self) -> None:
        self.list.focus()
        self.read()

    @work(exclusive=True, group="packs", exit_on_error=False)
    async def read(self) -> None:
        """Read packs and files again, and show what was shown."""
        self._packs = await asyncio.to_thread(giving_packs.packs, self._desk)
        if self.pack is not None:
            self.pack = next((each for each in self._packs if _is_same(each, self.pack)), None)
        self._show()

    def _show(self) -> None:
        rows: list[Row] = list(self._packs)
        if self.pack is not None:
            rows = list(publishing.held(self._desk, self.pack.thing, self.pack.name))
        self.list.show(rows, self.list.index)
        self._head.refresh()
        keys = [_("Enter versions"), _("d changes"), _("p publish your file"), _("Esc closes")]
        if self.pack is not None:
            keys = [_("d changes"), _("p publish it again"), _("Esc back")]
        self._foot.update(Content(f" {glyphs().dot} ".join(keys)))

    # -- drawing

    def _head_line(self, width: int) -> Content:
        title = _("Packs of the team")
        if self.pack is not None:
            count = len(self.list)
            versions = ngettext("{count} version", "{count} versions", count).format(count=count)
            title = f"{display_line(self.pack.title)}  {versions}"
        return Content.styled(truncate(title, width), "bold $accent")

    def _draw(self, row: Row, surface: str, width: int) -> tuple[list[Piece], list[Piece]]:
        if isinstance(row, TeamPack):
            return self._draw_pack(row, surface)
        return self._draw_version(row, surface)

    def _draw_pack(self, pack: TeamPack, surface: str) -> tuple[list[Piece], list[Piece]]:
        style, now = palette_of(self.app).style, pack.current
        left: list[Piece] = [
            (fit(display_line(pack.title), NAME_CELLS) + "  ", style("content", surface)),
            (_(KINDS[pack.thing]), style("hint", surface)),
        ]
        if now is None:
            return left, [(_("not published") + " ", style("hint", surface))]
        told = f"v{now.number}  {time_or_date(now.at, self._desk.now_ms())}  {display_line(now.agent_name)} "
        right: list[Piece] = [(told, style("detail", surface))]
        if now.is_retired:
            right = [(_("retired") + "  ", style("amber", surface)), *right]
        elif pack.is_other:
            differs = _("your file differs")
            right = [(f"{glyphs().warm} {differs}  ", style("amber", surface)), *right]
        return left, right

    def _draw_version(self, each: Version, surface: str) -> tuple[list[Piece], list[Piece]]:
        style = palette_of(self.app).style
        state, colour = _state(each)
        when = time_or_date(each.at, self._desk.now_ms())
        return [
            (fit(f"v{each.number}", NUMBER_CELLS), style("accent", surface)),
            (fit(when, WHEN_CELLS) + " ", style("detail", surface)),
            (fit(display_line(each.agent_name), AGENT_CELLS) + " ", style("content", surface)),
            (fit(state, STATE_CELLS) + " ", style(colour, surface)),
            (display_line(each.note or each.title), style("content", surface)),
        ], []

    @on(PickedList.Highlighted)
    def _highlighted(self, event: PickedList.Highlighted) -> None:
        event.stop()
        self._tell()

    def _tell(self) -> None:
        """What was done or refused once, then what is known of the chosen row."""
        lines: list[Content] = []
        if self._trouble is not None:
            text = f"{glyphs().failed} {self._trouble.sentence} {self._trouble.hint}"
            lines += wrapped(text, self._about.size.width or 40, "$red")
        elif self._said:
            lines += wrapped(f"{glyphs().done} {self._said}", self._about.size.width or 40, "$green")
        self._trouble, self._said = None, ""
        row = self.list.chosen
        if row is None:
            lines.append(Content(_("Nobody published anything to the team yet.")))
        elif isinstance(row, TeamPack):
            if row.path is not None:
                lines.append(Content(_("Your file: {file}").format(file=display_line(str(row.path)))))
            if row.current is not None and row.current.note:
                lines.append(Content(display_line(row.current.note)))
        self._about.update(Content("\n").join(lines))

    # -- acting

    @on(PickedList.Chosen)
    def _chosen(self, event: PickedList.Chosen) -> None:
        event.stop()
        row = self.list.chosen
        if isinstance(row, TeamPack):
            if row.current is not None:
                self.pack = row
                self.list.index = 0
                self._show()
        else:
            self.action_changes()

    def action_close(self) -> None:
        """From the versions back to all packs; from there back to where one was."""
        if self.pack is None:
            self.dismiss(self._is_changed)
            return
        self.list.index = next((at for at, each in enumerate(self._packs) if _is_same(each, self.pack)), 0)
        self.pack = None
        self._show()

    @work(exclusive=True, group="pack", exit_on_error=False)
    async def action_changes(self) -> None:
        """What the chosen version changed beside the one before it."""
        row = self.list.chosen
        version = row.current if isinstance(row, TeamPack) else row
        if version is not None:
            changes, lines = await asyncio.to_thread(giving_packs.changed_by, self._desk, version)
            title = _("Version {number} of {name}, by {agent}: {changes}").format(
                number=version.number, name=version.name, agent=version.agent_name, changes=changes.words
            )
            self.app.push_screen(PackChanges(title, changes, lines, is_proposal=False))

    @work(exclusive=True, group="pack", exit_on_error=False)
    async def action_publish(self) -> None:
        """Give the team the file of the chosen pack, or the chosen version again."""
        desk, row = self._desk, self.list.chosen
        if row is None:
            return
        try:
            done = await give(
                self.app,
                desk,
                partial(giving_packs.proposal, desk, row)
                if isinstance(row, TeamPack)
                else partial(giving_packs.again, desk, row),
            )
        except CsdeskError as error:
            self._trouble = error
            self._tell()
            return
        if done is not None:
            self._is_changed = True
            self._said = given(done)
            self.read()


def _is_same(one: TeamPack, other: TeamPack) -> bool:
    return (one.thing, one.name) == (other.thing, other.name)


def _state(each: Version) -> tuple[str, str]:
    """What became of a version, and its colour."""
    if each.overtaken_by is not None:
        return _("overtaken by {number}").format(number=each.overtaken_by), "amber"
    if each.is_retired:
        return _("retired"), "amber"
    return (_("current"), "green") if each.is_current else ("", "detail")
