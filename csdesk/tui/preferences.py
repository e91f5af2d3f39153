"""What a person likes, changed while the program runs: it acts at once, and the settings file remembers it."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App

from csdesk import paths
from csdesk.config import Settings
from csdesk.config_editing import change
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import language, language_from_environment, set_language
from csdesk.tui.glyphs import use_glyphs
from csdesk.tui.keymap import apply_keymap
from csdesk.tui.screens.desk_parts import DeskParts
from csdesk.tui.surviving import TellsTrouble
from csdesk.tui.themes import theme_name

AT_THE_NEXT_START = frozenset({"agent.name", "terminal.kitty_keys"})
"""Settings that are read only when the program starts."""


async def choose(app: App[Any], desk: Desk, key: str, value: object | None) -> Settings:
    """Set ``key`` to ``value`` (None: its default) in the file, then here. Raises what ``change`` raises."""
    if key.startswith("keymap.") and value is not None:
        apply_keymap({**desk.settings.keymap, key.removeprefix("keymap."): str(value)})
    settings = await asyncio.to_thread(change, paths.config_path(), key, value)
    take(app, desk, settings)
    return settings


async def remember(app: App[Any], desk: Desk, key: str, value: object) -> None:
    """Keep in the file what holds here already; what stops that is told on a card."""
    try:
        desk.settings = await asyncio.to_thread(change, paths.config_path(), key, value)
    except CsdeskError as error:
        if isinstance(app, TellsTrouble):
            app.tell_trouble(error)


def take(app: App[Any], desk: Desk, settings: Settings) -> None:
    """Let ``settings`` hold in the running program, as far as they can."""
    before, desk.settings = desk.settings, settings
    if settings.ui.theme != before.ui.theme:
        app.theme = theme_name(settings.ui.theme)
    if settings.ui.language != before.ui.language:
        wanted = settings.ui.language
        set_language(language_from_environment() if wanted == "auto" else wanted)
    if settings.ui.glyphs != before.ui.glyphs:
        use_glyphs(settings.ui.glyphs)
    if settings.keymap != before.keymap:
        app.set_keymap(apply_keymap(settings.keymap))
    for screen in app.screen_stack:
        if isinstance(screen, DeskParts):
            screen.take_settings()


def speak(app: App[Any], code: str) -> None:
    """Write every word of the screen in another language, for now."""
    set_language(code)
    for screen in app.screen_stack:
        if isinstance(screen, DeskParts):
            screen.relabel()


def next_of(key: str, now: object, options: tuple[object, ...], by: int) -> object:
    """The choice ``by`` places after ``now``, around the end; ``auto`` for the language counts as what it means."""
    if key == "ui.language" and now == "auto":
        now = language()
    return options[(options.index(now) + by) % len(options)]
