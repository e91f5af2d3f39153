"""What every command is started with: the store, the agent and the settings asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from csdesk import config, i18n, paths
from csdesk.config import Settings
from csdesk.errors import UsageError
from csdesk.i18n import _


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
