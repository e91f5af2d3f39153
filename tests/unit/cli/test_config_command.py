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
    keys = {each.key.rsplit(".", 1)[-1] for each in describe()} - {"keymap", "retention", "away_text"} | {
        '"queue.longest"',
        "web",
        "en",
    }
    lines = [line.removeprefix("# ") for line in default_file().splitlines()]
    used = [line for line in lines if line.startswith("[") or line.partition(" = ")[0] in keys]
    assert len(used) == 28 + 13
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
