"""A file is written whole or not at all, and what is no file is not replaced by one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from csdesk.whole_file import open_whole, write_whole


def test_a_new_file_is_for_its_owner_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "made" / ("快" * 85)
    write_whole(path, b"one")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"one", 0o600)
    path.chmod(0o640)
    write_whole(path, b"two")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)
    with open_whole(path, is_private=True) as stream:
        stream.write(b"three")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"three", 0o600)
    assert list(path.parent.iterdir()) == [path]


def test_what_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "old"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), open_whole(path) as stream:
        stream.write(b"new")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_behind_a_link_the_file_itself_is_written(tmp_path: Path) -> None:
    real, link = tmp_path / "real" / "config.toml", tmp_path / "config.toml"
    real.parent.mkdir()
    link.symlink_to(real)
    write_whole(link, b"one")
    write_whole(link, b"two")
    assert link.is_symlink() and real.read_bytes() == b"two"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(path, b"one")
        assert os.read(reader, 100) == b"one"
    finally:
        os.close(reader)
    assert path.is_fifo()
