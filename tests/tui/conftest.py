"""What holds for every test of a screen: it waits for the app itself, and no dictionary of pinyin is read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import textual.app
import textual.pilot
from textual.screen import Screen

import csdesk.tui.app
from csdesk import paths
from tests.spelled import know_pinyin
from tests.tui.parsed_styles import parse_once
from tests.tui.quiet import count_writes, draw_at_once, draw_at_rest, until_quiet


@pytest.fixture(autouse=True, scope="session")
def quiet() -> Iterator[None]:
    """A pilot waits until the app has nothing left to do, and its letters come never too soon behind an Esc.

    What does, does nothing: tests/e2e/test_input.py tries that in a terminal.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textual.app, "wait_for_idle", until_quiet)
        patch.setattr(textual.pilot, "wait_for_idle", until_quiet)
        patch.setattr(csdesk.tui.app, "AFTER_ESC_S", 0.0)
        count_writes(patch.setattr)
        draw_at_rest(patch.setattr)
        parse_once(patch.setattr)
        yield


@pytest.fixture
def drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what is about the drawing itself: each frame when the program asks for it."""
    monkeypatch.setattr(Screen, "_compositor_refresh", draw_at_once)


@pytest.fixture(autouse=True)
def known_pinyin(own_environment: None) -> None:
    """No test but those of pinyin waits for a dictionary."""
    know_pinyin(paths.cache_folder())
