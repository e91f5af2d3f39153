"""The line above the editor: reply or note, and how what is written stands."""

from __future__ import annotations

from textual import events
from textual.content import Content

from csdesk.i18n import _
from csdesk.model.limits import NOTE, Limit, limit_of
from csdesk.model.message import Mode
from csdesk.text import cell_width
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.times import clock_time
from csdesk.tui.widgets.fitted import Fitted


class ModeLine(Fitted):
    """The two modes on the left, the one in use pointed at; on the right the length once it nears its limit, else the draft.

    ``saved_at`` is when the draft was saved (UTC ms), ``others`` how many more drafts are kept for the place,
    ``is_resolved`` whether the conversation must be reopened before a reply can go out, ``approver`` who has to
    approve it before it does.
    """

    DEFAULT_CSS = "ModeLine { padding: 0 1 0 0; }"

    def __init__(self) -> None:
        super().__init__(self._line, id="mode")
        self.channel = ""
        self.saved_at: int | None = None
        self.others = 0
        self.is_resolved = False
        self.approver = ""
        self._mode = Mode.REPLY
        self._length = ""
        self._is_over = False

    def limit(self, mode: Mode) -> Limit:
        """How long one message may be here."""
        return NOTE if mode is Mode.NOTE else limit_of(self.channel)

    def show(self, mode: Mode) -> None:
        """Draw it anew, for what is written in ``mode``."""
        self._mode = mode
        self.refresh()

    def measure(self, text: str, mode: Mode) -> None:
        """The composer holds ``text``: show how long it is, if that is worth saying."""
        limit = self.limit(mode)
        used = limit.used(text) if limit.is_near(text) else 0
        before, self._is_over = self._length, used > limit.most
        said = _("too long: {used} of {most}") if self._is_over else _("{used} of {most} characters")
        self._length = said.format(used=f"{used:,}", most=f"{limit.most:,}") if used else ""
        if self._length != before:
            self.refresh()

    async def on_click(self, event: events.Click) -> None:
        """A click on the mode that is not in use changes to it."""
        reply, note = cell_width(_("Reply")), cell_width(_("Note"))
        at = event.x - 1
        wanted = Mode.REPLY if 0 <= at < reply else Mode.NOTE if 0 <= at - reply - 2 < note else self._mode
        if wanted is not self._mode:
            await self.run_action("screen.toggle_mode")

    def _line(self, width: int) -> Content:
        is_note, mark = self._mode is Mode.NOTE, glyphs().arrow
        left = Content.assemble(
            Content.styled((" " if is_note else mark) + _("Reply"), "$hint" if is_note else "bold $accent"),
            Content(" "),
            Content.styled((mark if is_note else " ") + _("Note"), "bold $amber" if is_note else "$hint"),
        )
        right = self._standing()
        gap = width - cell_width(left.plain) - cell_width(right.plain)
        return Content.assemble(left, Content(" " * max(1, gap)), right)

    def _standing(self) -> Content:
        if self._length:
            return Content.styled(self._length, "bold $red" if self._is_over else "$amber")
        said = [self._warning()]
        if self.others:
            said.append(_("another draft is kept too"))
        elif self.saved_at is not None:
            said.append(_("draft saved {time}").format(time=clock_time(self.saved_at)))
        text = f" {glyphs().dot} ".join(filter(None, said))
        return Content.styled(text, "$amber" if said[0] else "$hint")

    def _warning(self) -> str:
        """What must be known before it is sent, in fewer words where a draft is spoken of as well."""
        if self._mode is Mode.NOTE:
            return _("only colleagues see notes")
        if not self.is_resolved:
            return (
                _("{name} approves it first").format(name=display_line(self.approver))
                if self.approver
                else ""
            )
        is_more = self.others or self.saved_at is not None
        return _("resolved") if is_more else _("resolved: sending asks to reopen it")
