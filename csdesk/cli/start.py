"""What every command is started with: the store, the agent and the settings asked for."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from csdesk import config, i18n, paths
from csdesk.config import Settings
from csdesk.errors import CsdeskError, UsageError
from csdesk.i18n import _

DUMB = frozenset({"", "dumb", "unknown"})
"""What TERM is where the cursor cannot be moved (terminfo's own names)."""


def can_open_screen() -> bool:
    """Whether a person is there, at a terminal whose cursor can be moved."""
    return sys.stdin.isatty() and sys.stderr.isatty() and os.environ.get("TERM", "") not in DUMB


def need_terminal() -> None:
    """Raises CsdeskError where no screen can be opened: in a pipe, or on a terminal that calls itself dumb."""
    if not can_open_screen():
        raise CsdeskError(
            "tui.no_terminal",
            _("csdesk needs a terminal to open its screen, and this is not one."),
            _("For scripts, use a command: `csdesk --help` lists them."),
        )


@dataclass
class Start:
    """The global options of one run; ``None`` where nothing was asked for."""

    db: str | None = None
    agent: str | None = None
    lang: str | None = None

    @property
    def database(self) -> Path:
        """The store to work on (--db, CSDESK_DB, or the usual place); it need not exist."""
        return paths.database_path(self.db)

    @cached_property
    def settings(self) -> Settings:
        """The settings file, read once. Raises UsageError when it is wrong."""
        return config.load(paths.config_path())


def speak(language: str) -> None:
    """Switch to the language a person asked for. Raises UsageError when csdesk does not speak it."""
    if i18n.match_language(language) is None:
        raise UsageError(
            "usage.language",
            _("csdesk does not speak {language}.").format(language=language),
            _("Languages: {languages}.").format(languages=", ".join(i18n.LANGUAGES)),
        )
    i18n.set_language(language)
