from __future__ import annotations

import json
import stat
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from csdesk import i18n
from csdesk.config import Settings, decode, describe
from csdesk.config_file import default_file

RunCsdesk = Callable[..., "subprocess.CompletedProcess[str]"]


def test_init_writes_once(run_csdesk: RunCsdesk, tmp_path: Path) -> None:
    assert run_csdesk("config", "init").returncode == 0
    file = tmp_path / "config" / "config.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("# mine\n")
    ran = run_csdesk("config", "init", "--json")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert json.loads(ran.stderr)["error"]["code"] == "config.exists"
    assert file.read_text() == "# mine\n"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_written_file_changes_nothing_until_it_is_edited(language: str) -> None:
    i18n.set_language(language)
    text = default_file()
    assert decode(tomllib.loads(text), Path("config.toml")) == Settings()


def test_every_line_of_it_is_right_without_its_comment_sign() -> None:
    keys = {each.key.rsplit(".", 1)[-1] for each in describe()} - {"keymap", "retention"} | {
        '"queue.longest"',
        "web",
        "all",
        "away.en",
        "answered",
    }
    lines = [line.removeprefix("# ") for line in default_file().splitlines()]
    used = [line for line in lines if line.startswith("[") or line.partition(" = ")[0] in keys]
    assert len([line for line in used if not line.startswith("[")]) == len(describe())
    decoded = decode(tomllib.loads("\n".join(used)), Path("config.toml"))
    assert decoded.keymap == {"queue.longest": "f8"} and decoded.retention == {"web": 365}


def test_show(run_csdesk: RunCsdesk, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text('[ui]\ntheme = "light"\n')
    told = json.loads(run_csdesk("config", "show", "--json").stdout)
    assert told["next"] is None
    theme = next(each for each in told["items"] if each["key"] == "ui.theme")
    assert (theme["value"], theme["default"]) == ("light", "dark")
    assert ["ui.theme", "*", '"light"'] in [
        line.split()[:3] for line in run_csdesk("config", "show").stdout.splitlines()
    ]


def test_path_and_check(run_csdesk: RunCsdesk, tmp_path: Path) -> None:
    file = tmp_path / "config" / "config.toml"
    assert run_csdesk("config", "path").stdout == f"{file}\n"
    assert json.loads(run_csdesk("config", "check", "--json").stdout) == {
        "path": str(file),
        "exists": False,
        "ok": True,
    }
    file.parent.mkdir()
    file.write_text("[ui\n")
    ran = run_csdesk("config", "check")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "line 1, column 4" in ran.stderr


def test_set_and_reset_keep_the_comments(run_csdesk: RunCsdesk, tmp_path: Path) -> None:
    assert run_csdesk("config", "set", "ui.theme", "Light").stdout == 'ui.theme = "light"\n'
    file = tmp_path / "config" / "config.toml"
    assert 'theme = "light"' in file.read_text("utf-8").splitlines()
    file.write_text(file.read_text("utf-8") + "# the last word\n", "utf-8")
    ran = run_csdesk("config", "set", "keymap.queue.longest", "f8,f12", "--json")
    assert json.loads(ran.stdout)["value"] == "f8,f12"
    assert json.loads(run_csdesk("config", "reset", "ui.theme", "--json").stdout)["value"] == "dark"
    said = file.read_text("utf-8")
    assert said.endswith("# the last word\n")
    assert tomllib.loads(said)["keymap"] == {"queue.longest": "f8,f12"}
    assert "ui" not in tomllib.loads(said) or tomllib.loads(said)["ui"] == {}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("set", "ui.theme", "blue"), '"dark", "light"'),
        (("set", "queue.red_after_s", "50"), "amber"),
        (("set", "ui.them", "light"), "ui.theme"),
        (("set", "retention", "5"), "retention.NAME"),
        (("reset", "nothing.like.it"), "config show"),
        (("set", "keymap.no.such", "f8"), "csdesk keys"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(
    run_csdesk: RunCsdesk, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ran = run_csdesk("config", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert not (tmp_path / "config" / "config.toml").exists()
