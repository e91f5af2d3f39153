"""The desk of somebody who is watched: it says who watches, tells what is open, and shows what comes from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from csdesk.desk import watching
from csdesk.i18n import _
from csdesk.model.message import Mode
from csdesk.store import conversations
from csdesk.store.drafts import RETURNED
from csdesk.store.watching import newest
from csdesk.text import clean_line, truncate

if TYPE_CHECKING:
    from csdesk.desk.context import Desk
    from csdesk.desk.watching import Beside, Whispered
    from csdesk.model.conversation import Conversation
    from csdesk.tui.panes.composer import Composer
    from csdesk.tui.panes.status_bar import StatusBar

NOTICE_CELLS = 60


class DeskOfOne(Protocol):
    """The screen of somebody at work."""

    desk: Desk
    status_bar: StatusBar
    composer: Composer | None

    @property
    def shown(self) -> Conversation | None: ...

    def news(self, sentence: str, hint: str = "") -> None: ...


class BeingWatched:
    """Reads the store when it changed: three short queries, and a write only while somebody watches."""

    def __init__(self, screen: DeskOfOne) -> None:
        self._screen = screen
        self._seen = newest(screen.desk.store.reader())
        self._told: int | None = None
        self._is_watched = False
        self.read()

    def read(self) -> None:
        """The store changed, or another conversation is shown."""
        screen = self._screen
        here = screen.shown.id if screen.shown is not None else None
        beside = watching.beside_me(screen.desk, self._seen, here)
        self._seen = beside.seen
        self._show(beside)
        self._tell(here, bool(beside.watchers))
        for whisper in beside.whispers:
            self._notice(whisper)
        self._take_returned()

    def tick(self) -> None:
        """A watcher that was killed stops being shown."""
        if self._is_watched:
            self.read()

    def _show(self, beside: Beside) -> None:
        screen = self._screen
        bar, who = screen.status_bar, ", ".join(beside.watchers)
        if bar.watched_by != who:
            bar.watched_by = who
            bar.restyle()
        if beside.me != screen.desk.agent:
            screen.desk.agent = beside.me
        if screen.composer is not None and screen.composer.mode_line.approver != (beside.me.approver or ""):
            screen.composer.mode_line.approver = beside.me.approver or ""
            screen.composer.label()

    def _tell(self, here: int | None, is_watched: bool) -> None:
        if is_watched and (here != self._told or not self._is_watched):
            self._told = here
            watching.tell_open(self._screen.desk, here)
        self._is_watched = is_watched

    def _notice(self, whisper: Whispered) -> None:
        screen = self._screen
        short = conversations.short_ref(screen.desk.store.reader(), whisper.ref)
        screen.news(
            _("{name} whispers: {text}").format(
                name=whisper.who, text=truncate(clean_line(whisper.text), NOTICE_CELLS)
            ),
            f"#{short}",
        )

    def _take_returned(self) -> None:
        """A reply that came back stands in the composer where nothing is written, else it is kept beside."""
        composer = self._screen.composer
        if composer is None or composer.conversation is None or composer.mode is not Mode.REPLY:
            return
        others = composer.keeper.others(composer.conversation, composer.mode)
        is_free = not composer.editor.text and not composer.files
        if is_free and any(each.session.startswith(RETURNED) for each in others):
            composer.show(composer.conversation, Mode.REPLY)
        elif len(others) != composer.mode_line.others:
            composer.mode_line.others = len(others)
            composer.label()
