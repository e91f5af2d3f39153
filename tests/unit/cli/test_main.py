from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from csdesk import i18n
from csdesk.cli import main
from csdesk.cli.options import pass_start
from csdesk.cli.start import Start
from csdesk.errors import UsageError

RunCsdesk = Callable[..., "subprocess.CompletedProcess[str]"]
SHELLS = {
    "bash": "complete -o nosort",
    "zsh": "#compdef csdesk",
    "fish": "complete --no-files --command csdesk",
}


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> list[Start]:
    """A command ``keys`` that only keeps what it was started with."""
    seen: list[Start] = []

    @click.command()
    @click.option("--lang", "reply_language")
    @click.argument("words", nargs=-1)
    @pass_start
    def command(start: Start, reply_language: str | None, words: tuple[str, ...]) -> int:
        seen.append(start)
        return len(words)

    monkeypatch.setattr(main.importlib, "import_module", lambda name: type("Module", (), {"keys": command}))
    monkeypatch.setattr(main, "module_exists", lambda name: True)
    return seen


def test_global_options_stand_before_or_behind_the_command(probe: list[Start]) -> None:
    assert main.run(["--db", "a.db", "--as", "Zhang", "keys", "one", "two"]) == 2
    assert main.run(["keys", "--db", "a.db", "--as", "Zhang"]) == 0
    assert [(start.db, start.agent) for start in probe] == [("a.db", "Zhang")] * 2
    assert probe[0].database == Path("a.db")


def test_a_commands_own_option_comes_first(probe: list[Start]) -> None:
    main.run(["keys", "--lang", "zh"])
    assert probe[0].lang is None
    assert i18n.language() == "en"


@pytest.mark.parametrize(
    ("arguments", "sentence", "hint"),
    [
        (["qeue"], "There is no command csdesk qeue.", "Did you mean queue?"),
        (["xyzzy"], "There is no command csdesk xyzzy.", "See `csdesk --help`."),
        (["config", "shwo"], "There is no command csdesk config shwo.", "Did you mean show?"),
        (["config", "show", "--jsn"], "There is no option --jsn.", "Did you mean --json?"),
        (["--db"], "--db", "See `csdesk --help`."),
        (["completion"], "SHELL", "See `csdesk completion --help`."),
        (["completion", "tcsh"], "tcsh", "See `csdesk completion --help`."),
        (["--lang", "fr", "queue"], "csdesk does not speak fr.", "Languages: en, zh_CN."),
    ],
)
def test_wrong_words_are_answered(arguments: list[str], sentence: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        main.run(arguments)
    assert sentence in caught.value.sentence
    assert caught.value.hint == hint
    assert caught.value.exit_code == 2


def test_help_lists_every_command_that_is_there(run_csdesk: RunCsdesk) -> None:
    ran = run_csdesk("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    for name, door in main.COMMANDS.items():
        assert (f"\n  {name} " in ran.stdout) == main.module_exists(door.module)


def test_a_bare_group_shows_its_help_on_stderr(run_csdesk: RunCsdesk) -> None:
    ran = run_csdesk("config")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "check" in ran.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_scripts(run_csdesk: RunCsdesk, shell: str) -> None:
    ran = run_csdesk("completion", shell)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert SHELLS[shell] in ran.stdout
    assert "_CSDESK_COMPLETE" in ran.stdout


def test_completion_answers(run_csdesk: RunCsdesk) -> None:
    asked = {"_CSDESK_COMPLETE": "bash_complete", "COMP_WORDS": "csdesk co", "COMP_CWORD": "1"}
    assert run_csdesk(env=asked).stdout.split() == ["plain,contact", "plain,config", "plain,completion"]
    asked = {"_CSDESK_COMPLETE": "bash_complete", "COMP_WORDS": "csdesk config ", "COMP_CWORD": "2"}
    assert "plain,init" in run_csdesk(env=asked).stdout.split()
