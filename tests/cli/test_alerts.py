"""``csdesk alerts`` and the colours of ``csdesk status --short --tmux``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from csdesk.availability.alerts import Level, Told
from csdesk.desk import alerts
from tests.desks import START_MS, hears, open_desk
from tests.pty_app import PtyApp

RUN = "import sys; from csdesk.__main__ import main; sys.exit(main(sys.argv[1:]))"


def at_home(home: Path, **more: str) -> dict[str, str]:
    folders = {f"CSDESK_{kind}_DIR": str(home) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    return {"CSDESK_LANG": "en", "TMUX": "", "TERM_PROGRAM": "", "LC_TERMINAL": "", **folders, **more}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store where one customer has waited 200 seconds, and Mia was told of it."""
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        number = hears(desk, "t")
        alerts.remember(desk, [Told(number, START_MS, Level.RED)]).result()
    monkeypatch.setenv("CSDESK_NOW", "2026-01-02T03:07:25Z")
    return path


def run(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    from csdesk.__main__ import main

    assert main(list(arguments)) == 0
    return capfd.readouterr().out


def test_what_was_told_is_listed(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    document = json.loads(run(capfd, "--db", str(store), "--as", "Mia", "alerts", "--json"))
    (told,) = document["told"]
    assert (told["level"], told["waiting_since"]) == ("red", "2026-01-02T03:04:05Z")
    assert len(told["conversation"]) == 10
    said = run(capfd, "--db", str(store), "--as", "Mia", "--lang", "en", "alerts")
    assert f"#{told['conversation'][:6]}" in said and "red" in said


def test_the_line_of_tmux_is_coloured(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plain = run(capfd, "--db", str(store), "--lang", "en", "status", "--short")
    assert "longest 03:20" in plain and "#[" not in plain
    coloured = run(capfd, "--db", str(store), "--lang", "en", "status", "--short", "--tmux")
    assert "#[fg=red]longest 03:20#[default]" in coloured


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, b"\x07\x1b]9;csdesk: This is what an alert looks like.\x07"),
        (
            {"TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/tmux,1,0"},
            b"\x07\x1bPtmux;\x1b\x1b]777;notify;csdesk;This is what an alert looks like.\x07\x1b\\",
        ),
        ({}, b"\x07You should have heard the bell."),
    ],
)
def test_a_trial_writes_what_the_terminal_understands(
    tmp_path: Path, variables: dict[str, str], wanted: bytes
) -> None:
    known = {
        name: "" for name in os.environ if name in ("KITTY_WINDOW_ID", "WEZTERM_PANE", "ITERM_SESSION_ID")
    }
    with PtyApp(RUN, "alerts", "test", environment=at_home(tmp_path, **known, **variables)) as app:
        assert app.read_to_end().startswith(wanted)


def test_without_a_terminal_nothing_is_tried(capfd: pytest.CaptureFixture[str]) -> None:
    from csdesk.__main__ import main

    assert main(["--lang", "en", "alerts", "test"]) == 1
    assert "\x07" not in capfd.readouterr().out
