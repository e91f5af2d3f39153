"""The process's first module, in a process of its own wherever the process matters."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from csdesk import __main__ as entry
from csdesk import __version__, i18n, paths
from csdesk.config import Settings, TerminalSettings
from csdesk.errors import NeedsPerson, Refused

RunCsdesk = Callable[..., "subprocess.CompletedProcess[str]"]


def test_version(run_csdesk: RunCsdesk) -> None:
    for arguments in (["--version"], ["--db", "x.db", "--version"]):
        ran = run_csdesk(*arguments)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"csdesk {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "rest", "wish"),
    [
        ([], [], entry.TuiWish()),
        (["--db", "a.db"], [], entry.TuiWish(db="a.db")),
        (["--db=a.db", "--as", "张敏", "--lang=zh"], [], entry.TuiWish("a.db", "张敏", "zh")),
        (["--as", "x", "queue", "--db", "y"], ["queue", "--db", "y"], entry.TuiWish(agent="x")),
        (["queue"], ["queue"], entry.TuiWish()),
        (["--db"], ["--db"], entry.TuiWish()),
        (["--help"], ["--help"], entry.TuiWish()),
        (["--db", "--help"], [], entry.TuiWish(db="--help")),
    ],
)
def test_what_opens_the_screen(arguments: list[str], rest: list[str], wish: entry.TuiWish) -> None:
    assert entry.read_wish(arguments) == (wish, rest)


@pytest.mark.parametrize(("kitty", "disabled"), [("off", "1"), ("auto", "1"), ("on", None)])
def test_the_terminal_environment(monkeypatch: pytest.MonkeyPatch, kitty: str, disabled: str | None) -> None:
    monkeypatch.setenv("TEXTUAL_DISABLE_KITTY_KEY", "before")
    monkeypatch.delenv("TEXTUAL_FPS", raising=False)
    entry.prepare_terminal(Settings(terminal=TerminalSettings(kitty_keys=kitty)))  # type: ignore[arg-type]
    assert os.environ.get("TEXTUAL_DISABLE_KITTY_KEY") == disabled
    assert os.environ["TEXTUAL_FPS"] == "240"


def test_a_persons_own_frame_rate_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_DISABLE_KITTY_KEY", "1")
    monkeypatch.setenv("TEXTUAL_FPS", "30")
    entry.prepare_terminal(None)
    assert os.environ["TEXTUAL_FPS"] == "30"


def test_no_terminal_is_a_sentence(run_csdesk: RunCsdesk) -> None:
    ran = run_csdesk()
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("csdesk: csdesk needs a terminal")


def test_a_refusal_is_a_sentence_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> int:
        raise NeedsPerson("reply.slot", "A slot is \x1b[31mempty.", "Fill it.")

    assert entry._guarded([], refuse) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "csdesk: A slot is �[31mempty.\nFill it.\n"


def test_with_json_a_refusal_is_json_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> int:
        raise Refused("work.taken", "Zhang has it.", "Ask them.")

    assert entry._guarded(["claim", "7K", "--json"], refuse) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert json.loads(told.err) == {
        "error": {"code": "work.taken", "sentence": "Zhang has it.", "hint": "Ask them."}
    }
    entry._guarded(["note", "7K", "--", "--json"], refuse)
    assert capsys.readouterr().err.startswith("csdesk: ")


def test_the_unforeseen_is_logged_and_told_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def fall() -> int:
        raise ZeroDivisionError("secret 13812345678")

    assert entry._guarded([], fall) == 1
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert str(paths.log_path()) in told
    logged = paths.log_path().read_text()
    assert "in fall" in logged or " fall" in logged
    assert "ZeroDivisionError: secret [phone]" in logged


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (BrokenPipeError(), 141)])
def test_interruptions_are_quiet(error: BaseException, code: int, capfd: pytest.CaptureFixture[str]) -> None:
    def stop() -> int:
        raise error

    assert entry._guarded([], stop) == code
    assert capfd.readouterr() == ("", "")


def _in_shell(line: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PY": sys.executable}
    return subprocess.run(["bash", "-c", line], env=env, capture_output=True, text=True, check=False)


def test_a_reader_that_leaves_is_no_error() -> None:
    ran = _in_shell('"$PY" -m csdesk config show | true; echo ${PIPESTATUS[0]}')
    assert (ran.stdout.strip() in ("0", "141"), ran.stderr) == (True, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_sentence() -> None:
    ran = _in_shell('"$PY" -m csdesk config show > /dev/full')
    assert ran.returncode == 1
    assert ran.stderr.startswith("csdesk: The system refused: No space left on device")
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr


def test_a_locale_without_utf8_still_writes_utf8(run_csdesk: RunCsdesk) -> None:
    ran = run_csdesk("config", "show", "--lang", "zh", env={"PYTHONIOENCODING": "latin-1", "LC_ALL": "POSIX"})
    assert ran.returncode == 0
    assert "agent.name" in ran.stdout
    ran = run_csdesk("--lang", "张", "queue", env={"PYTHONIOENCODING": "ascii"})
    assert (ran.returncode, "张" in ran.stderr) == (2, True)


def test_settings_that_are_wrong_stop_the_screen_but_not_their_own_check(
    run_csdesk: RunCsdesk, tmp_path: Path
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text("[ui]\nthem = 1\n")
    ran = run_csdesk()
    assert (ran.returncode, "ui.them" in ran.stderr) == (2, True)
    assert run_csdesk("config", "path").returncode == 0
    assert run_csdesk("config", "check").returncode == 2


@pytest.mark.parametrize(
    ("asked", "environment", "config", "language"),
    [
        ("en", "zh", "zh_CN", "en"),
        (None, "zh", "en", "zh_CN"),
        (None, "", "zh_CN", "zh_CN"),
        (None, "", "auto", "en"),
    ],
)
def test_which_language(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, environment: str, config: str, language: str
) -> None:
    monkeypatch.setenv("CSDESK_LANG", environment)
    settings = Settings()
    object.__setattr__(settings.ui, "language", config)
    entry._choose_language(asked, settings)
    assert i18n.language() == language


def test_the_screen_starts_in_a_terminal_without_click(tmp_path: Path) -> None:
    """A stand-in for the screen's module shows what is loaded and set when it is reached."""
    script = (
        "import sys, os, gc, types\n"
        "def run(db, agent, lang):\n"
        "    print(db, agent, lang, 'click' in sys.modules, 'textual' in sys.modules, gc.isenabled(),\n"
        "          os.environ['TEXTUAL_DISABLE_KITTY_KEY'], flush=True)\n"
        "    return 5\n"
        "stand_in = types.ModuleType('csdesk.tui.start'); stand_in.run = run\n"
        "sys.modules['csdesk.tui.start'] = stand_in\n"
        "from csdesk.__main__ import main\n"
        "sys.exit(main(['--db', 'd.db', '--as', 'Zhang']))\n"
    )
    parent, child = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).resolve().parents[2],
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=child,
        text=True,
        check=False,
        timeout=120,
    )
    os.close(child)
    os.close(parent)
    assert (ran.returncode, ran.stdout) == (5, "d.db Zhang None False False False 1\n")
