from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from csdesk import paths
from csdesk.errors import CsdeskError, UsageError


def test_folders_can_be_replaced(tmp_path: Path) -> None:
    assert paths.config_folder() == tmp_path / "config"
    assert paths.data_folder() == tmp_path / "data"
    assert paths.state_folder() == tmp_path / "state"
    assert paths.cache_folder() == tmp_path / "cache"
    assert paths.config_path() == tmp_path / "config" / "config.toml"
    assert paths.log_path() == tmp_path / "state" / "csdesk.log"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system has folders of its own")
def test_folders_follow_xdg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CSDESK_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    assert paths.data_folder() == tmp_path / "xdg" / "csdesk"


def test_which_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.database_path() == tmp_path / "data" / "desk.db"
    monkeypatch.setenv("CSDESK_DB", str(tmp_path / "env.db"))
    assert paths.database_path() == tmp_path / "env.db"
    assert paths.database_path("given.db") == Path("given.db")
    assert paths.database_path("~/x.db") == Path.home() / "x.db"
    assert paths.demo_database_path() != paths.database_path()


def test_an_empty_path_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        paths.database_path(" ")
    assert caught.value.code == "paths.empty_database"


def test_folders_are_made_for_one_person_only(tmp_path: Path) -> None:
    made = paths.ensure_folder(tmp_path / "a" / "b")
    for folder in (made, made.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert paths.ensure_folder(made) == made


def test_asking_makes_nothing(tmp_path: Path) -> None:
    paths.database_path()
    paths.log_path()
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CsdeskError) as caught:
        paths.ensure_folder(tmp_path / "file" / "inner")
    assert str(tmp_path / "file") in caught.value.sentence
    with pytest.raises(CsdeskError) as caught:
        paths.ensure_folder(tmp_path / "file")
    assert caught.value.code == "paths.not_a_folder"
