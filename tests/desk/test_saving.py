"""Saved files stay in their folder, whatever they are called, and nothing that is there is overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.desk import saving
from csdesk.errors import Refused

HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..", ".", "", "...", ".bashrc", "..\\..\\boot.ini", "C:\\x.txt", "a/b/../c",
    "con", "NUL.txt", "com1.png", "-rf", "--help", "a\0b", "a\nb", "\x1b]0;x\x07.png", "\u202egpj.exe", "~", "~root",
    "x" * 5_000 + ".png", "字" * 500 + ".jpeg", "a.b" * 200, " .x. ", "a:b", "file\u2044x", "\ud800", "|reboot", "$(x)",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "saved"
    place = saving.put(b"x", name, folder)
    assert place.parent == folder and place.is_file() and not place.is_symlink()
    assert [each.name for each in tmp_path.iterdir()] == ["saved"]
    assert not place.name.startswith((".", "-")) and place.name.isprintable()
    assert len(os.fsencode(place.name)) <= 255
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


@given(st.text(max_size=300))
def test_any_name_becomes_a_plain_one(name: str) -> None:
    found = saving.safe_name(name)
    assert found and found == os.path.basename(found) and found not in (".", "..")
    assert not any(char in found for char in '/\\\0:*?"<>|\n')
    assert len(found.encode()) <= saving.NAME_BYTES
    assert saving.safe_name(found) == found


def test_endings_stay_and_numbers_are_given(tmp_path: Path) -> None:
    assert saving.safe_name("x" * 500 + ".pdf").endswith(".pdf")
    first, second, third = (saving.put(content, "账单.pdf", tmp_path) for content in (b"1", b"2", b"3"))
    assert [each.name for each in (first, second, third)] == ["账单.pdf", "账单 (2).pdf", "账单 (3).pdf"]
    assert saving.put(b"2", "账单.pdf", tmp_path) == second, "the same file is not saved twice"
    assert [each.read_bytes() for each in (first, second, third)] == [b"1", b"2", b"3"]


def test_links_are_neither_followed_nor_overwritten(tmp_path: Path) -> None:
    folder, outside = tmp_path / "saved", tmp_path / "outside"
    folder.mkdir()
    os.symlink(outside, folder / "a.txt")
    os.symlink(tmp_path / "no-such", folder / "a (2).txt")
    place = saving.put(b"x", "a.txt", folder)
    assert place.name == "a (3).txt" and not outside.exists()


def test_what_is_not_a_plain_file_is_passed_over(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    (tmp_path / "a (2).txt").mkdir()
    assert saving.put(b"x", "a.txt", tmp_path).name == "a (3).txt"


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "saved").write_text("x")
    with pytest.raises(Refused, match="saved"):
        saving.put(b"x", "a", tmp_path / "saved")
