from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from csdesk.cli import checks
from csdesk.cli.checks import Check, State, run_checks
from csdesk.cli.doctor import WIDTH_SAMPLES
from csdesk.cli.start import Start
from csdesk.text import cell_width

RunCsdesk = Callable[..., "subprocess.CompletedProcess[str]"]


def _found(name: str, start: Start | None = None) -> list[Check]:
    return [each for each in run_checks(start or Start()) if each.name == name]


def test_every_check_that_is_not_ok_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C")
    wanting = [each for each in run_checks(Start()) if each.state is not State.OK]
    assert {"locale", "colours"} <= {each.name for each in wanting}
    assert all(each.remedy for each in wanting)


def test_json_and_text(run_csdesk: RunCsdesk) -> None:
    told = json.loads(run_csdesk("doctor", "--json").stdout)
    assert [each["check"] for each in told["items"]][:3] == ["python", "sqlite", "locale"]
    assert (told["ok"], told["next"]) == (True, None)
    ran = run_csdesk("doctor")
    assert ran.returncode == 0
    assert "✓ ok: Python" in ran.stdout


def test_the_bars_of_the_width_test_stand_in_one_line(run_csdesk: RunCsdesk) -> None:
    lines = [line for line in run_csdesk("doctor").stdout.splitlines() if "| " in line]
    assert len(lines) == len(WIDTH_SAMPLES)
    assert {cell_width(line.partition("|")[0]) for line in lines} == {14}


def test_settings_that_are_wrong_fail(run_csdesk: RunCsdesk, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir(mode=0o700)
    (tmp_path / "config" / "config.toml").write_text("[ui]\nthem = 1\n")
    ran = run_csdesk("doctor")
    assert ran.returncode == 1
    assert "✗ problem: " in ran.stdout
    assert "ui.theme" in ran.stdout


def test_open_file_modes_are_named_with_their_cure(tmp_path: Path) -> None:
    store = tmp_path / "my desk.db"
    store.touch(0o644)
    store.chmod(0o644)
    (check,) = _found("modes", Start(db=str(store)))
    assert (check.state, check.remedy) == (State.WARN, f"chmod 600 '{store}'")
    store.chmod(0o600)
    assert [each.state for each in _found("modes", Start(db=str(store)))] == [State.OK]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert [each.state for each in _found("data", Start(db=str(tmp_path / "desk.db")))] == [State.FAIL]
    finally:
        tmp_path.chmod(0o700)


def test_a_store_below_a_folder_that_is_not_made_yet(tmp_path: Path) -> None:
    assert [each.state for each in _found("data", Start(db=str(tmp_path / "a" / "b" / "desk.db")))] == [
        State.OK
    ]


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """A program ``tmux`` that answers ``show SCOPE NAME`` with what it was given."""

    def install(options: dict[str, str]) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        cases = "\n".join(f"{name}) echo {value};;" for name, value in options.items())
        (folder / "tmux").write_text(f'#!/bin/sh\ncase "$3" in\n{cases}\nesac\n')
        (folder / "tmux").chmod(0o700)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        monkeypatch.setenv("TMUX", "/tmp/tmux,1,0")

    return install


def test_tmux_outside_tmux_is_not_asked() -> None:
    assert not _found("tmux")


def test_tmux_as_it_comes(tmux: Callable[[dict[str, str]], None]) -> None:
    tmux(
        {"set-clipboard": "external", "allow-passthrough": "off", "focus-events": "off", "escape-time": "500"}
    )
    (check,) = _found("tmux")
    assert check.state is State.WARN
    assert all(name in check.said for name in (*checks.TMUX_WISHES, "escape-time"))
    assert all(line in check.remedy for line in checks.TMUX_LINES)


def test_tmux_set_up_well(tmux: Callable[[dict[str, str]], None]) -> None:
    tmux({"set-clipboard": "on", "allow-passthrough": "all", "focus-events": "on", "escape-time": "10"})
    assert [each.state for each in _found("tmux")] == [State.OK]
