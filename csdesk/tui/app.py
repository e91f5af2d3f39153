"""The Textual application: themes, keys, language and the end. What is shown is the screens'."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import App
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.screen import Screen

from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError, StoreError
from csdesk.i18n import _
from csdesk.log import get_logger
from csdesk.store.connect import translated
from csdesk.tui.driver import DeskDriver, driver_class
from csdesk.tui.glyphs import use_glyphs
from csdesk.tui.safe import ControlGuard
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.surviving import HasCard, Survives
from csdesk.tui.themes import register_themes, theme_name
from csdesk.tui.typed_ahead import TypedAhead, acted_at_once
from csdesk.tui.widgets.in_order import make_way, takes_all_keys

if TYPE_CHECKING:
    from csdesk.desk.unsent import Unsent

BEHIND_FRAME_S = 0.03
"""How long the first frame has the machine for itself: the thread that writes it needs a moment."""

BEHIND_SCREEN_S = 0.25
"""When the rest of the program starts after that: the screen has its editor by then."""

READ_WITHIN_MS = 100
"""How long the screen may stand still for a store that another program holds."""

AFTER_ESC_S = 0.15
"""How long after Esc a letter is still meant for the text that was left, in seconds."""


PRACTICE = "practice"

SIGNS_OF_LIFE = (events.Key, events.MouseEvent, events.Paste, events.AppFocus)
"""What only somebody who is there causes."""


def _commands() -> Any:
    from csdesk.tui.commands import DeskCommands

    return DeskCommands


class DeskApp(Survives, App[int], inherit_bindings=False):
    """Receives a ready desk; leaves with an exit code."""

    CSS_PATH = Path(__file__).with_name("desk.tcss")
    TITLE = "csdesk"
    COMMANDS: ClassVar[set[Any]] = {_commands}
    BINDINGS: ClassVar[list[BindingType]] = []
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(
        self, desk: Desk, *, is_first_start: bool = False, when_up: Callable[[], None] | None = None
    ) -> None:
        super().__init__(driver_class=driver_class())
        self.desk = desk
        self.animation_level = "none"
        self.failure: BaseException | None = None
        self._is_first_start = is_first_start
        self._told_unsent: Unsent | None = None
        self._escaped_at = float("-inf")
        self._when_up = when_up
        self._typed_ahead = TypedAhead(self, self._take)
        self.after_run: list[Callable[[], None]] = []
        """What is to be closed once nothing is shown any more: a practice that was not ended."""
        self.tells_focus = False
        """Whether this terminal says when it gets and loses the focus."""
        # One for the whole run: strips remember what a filter made of them.
        self._guard = ControlGuard()
        desk.store.hurry(READ_WITHIN_MS)
        use_glyphs(desk.settings.ui.glyphs)
        register_themes(self)
        self.theme = theme_name(desk.settings.ui.theme)

    def on_mount(self) -> None:
        if not self.is_headless:
            _leave_when_told(self)
        if self.desk.settings.keymap:
            from csdesk.tui.keymap import apply_keymap

            self.set_keymap(apply_keymap(self.desk.settings.keymap))
        if self._is_first_start:
            from csdesk.tui.screens.welcome import welcome

            self.run_worker(welcome(self, self.desk), exit_on_error=False)

    def on_ready(self) -> None:
        """The first frame is laid out: it goes to the terminal before anything else is loaded."""
        self.set_timer(BEHIND_FRAME_S, self._complete)

    def _complete(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen):
                screen.call_later(screen.complete)
        if self._when_up is not None:
            self.set_timer(BEHIND_SCREEN_S, self._when_up)

    async def on_event(self, event: events.Event) -> None:
        if not self._typed_ahead.keeps(event):
            await self._take(event)

    async def _take(self, event: events.Event) -> None:
        is_sign_of_life = isinstance(event, SIGNS_OF_LIFE) and not event.is_forwarded
        if is_sign_of_life:
            make_way(self.screen, event)
        await self._dispatch(event)
        if is_sign_of_life:
            self._somebody_is_there()

    async def _dispatch(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif (focused := self.focused) is not None and takes_all_keys(focused):
            self._note_escape(event)
            focused._forward_event(event)
        elif not self._is_stray(event) and not await acted_at_once(self, event):
            await super().on_event(event)

    @on(events.AppFocus)
    @on(events.AppBlur)
    def _heard_of_focus(self) -> None:
        self.tells_focus = True

    def tell_terminal(self, sequence: str) -> None:
        """Send the terminal what is no part of the screen."""
        if isinstance(self._driver, DeskDriver):
            self._driver.tell(sequence)

    def name_window(self, title: str) -> None:
        """Make ``title`` the window's."""
        if isinstance(self._driver, DeskDriver):
            self._driver.name_window(title)

    def _somebody_is_there(self) -> None:
        """Whatever a person does tells that they are there; it is on its way to where it acts by now."""
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen):
                screen.somebody_is_there()

    def _note_escape(self, event: events.Key) -> None:
        if event.key == "escape":
            self._escaped_at = event.time

    def _is_stray(self, event: events.Key) -> bool:
        """Whether a letter comes so soon after Esc that it must not act on a list."""
        self._note_escape(event)
        if not event.is_printable or event.time - self._escaped_at >= AFTER_ESC_S:
            return False
        return self.focused is None or not self.focused.check_consume_key(event.key, event.character)

    def get_line_filters(self) -> list[LineFilter]:
        return [*super().get_line_filters(), self._guard]

    def action_command_palette(self) -> None:
        from csdesk.tui.screens.palette import Palette

        self.push_screen(Palette())

    def action_practise(self) -> None:
        """Practise over the desk, which goes on below."""
        from csdesk.tui.practising import practise_over

        if not any(worker.group == PRACTICE and not worker.is_finished for worker in self.workers):
            self.run_worker(practise_over(self, self.after_run, self.desk), group=PRACTICE)

    def action_use_theme(self, name: str) -> None:
        from csdesk.tui.preferences import remember

        self.theme = theme_name(name)
        self.run_worker(remember(self, self.desk, "ui.theme", name), exit_on_error=False)

    def action_use_language(self, code: str) -> None:
        from csdesk.tui.preferences import remember, speak

        speak(self, code)
        self.run_worker(remember(self, self.desk, "ui.language", code), exit_on_error=False)

    async def action_quit(self) -> None:
        """Leave, once the keys typed before are taken in."""
        (self.focused or self).call_later(self._leave, is_asked=True)

    async def _leave(self, *, is_asked: bool = False) -> None:
        """Leave, unless the disk refuses what is being written; ``is_asked``: a person may think again."""
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen):
                if not await screen.finish():
                    return
                if is_asked and self._tells_of_unsent(screen):
                    return
        self.exit(0)

    def _tells_of_unsent(self, screen: DeskScreen) -> bool:
        from csdesk.desk.unsent import Unsent
        from csdesk.tui.screens.leaving import news_of_unsent

        found = news_of_unsent(screen, self._told_unsent or Unsent())
        self._told_unsent = found or self._told_unsent
        return found is not None

    def tell_trouble(self, error: Exception) -> bool:
        """A card for what the store or the desk refused; False for an error of the program itself."""
        known = _in_our_words(error, self.desk.store.path)
        below = next((one for one in reversed(self.screen_stack) if isinstance(one, HasCard)), None)
        if known is None or below is None:
            return False
        get_logger(__name__).warning("read failed: %s", known.code)
        if isinstance(below, DeskScreen) and isinstance(known, StoreError):
            below.cannot_read(known)
        else:
            below.card.show_error(known)
        return True

    def _handle_exception(self, error: Exception) -> None:
        """Also what a timer raised, behind which no pump stands."""
        if not self.tell_trouble(error):
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Textual would print a traceback over the person's terminal; ours goes to the log."""
        self.failure = self._exception
        get_logger(__name__).error("screen failed", exc_info=self._exception)
        self._close_messages_no_wait()

    def get_default_screen(self) -> Screen[Any]:
        return DeskScreen(self.desk)


def _leave_when_told(app: DeskApp) -> None:
    """The window is closed, or the system goes down: leave as if Ctrl+Q had been typed."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, app.call_later, app._leave)


def _in_our_words(error: Exception, store: Path) -> CsdeskError | None:
    """``error`` as one with a sentence and a next step; None when it is none of ours, nor the driver's."""
    try:
        with translated(store):
            raise error
    except CsdeskError as ours:
        return ours
    except Exception:  # noqa: BLE001 - not ours: whoever asked raises it
        return None


def say_failure() -> tuple[str, str]:
    """What to tell a person after the screen failed: sentence and hint."""
    return _("The screen of csdesk failed and was closed."), _("Nothing saved is lost; the log says more.")
