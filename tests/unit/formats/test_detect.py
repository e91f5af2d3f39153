"""Which format a file has, and times as others write them."""

from __future__ import annotations

from datetime import timedelta, timezone
from pathlib import Path

import pytest

from csdesk.errors import DataError
from csdesk.formats.detect import detect
from csdesk.formats.moments import read_moment

FILES = Path(__file__).parent / "files"
NOON = 1_767_355_200_000
EAST = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    "name", ["chatwoot.json", "freshdesk.json", "intercom.json", "shop.csv", "shop.mbox"]
)
def test_a_file_is_known_by_how_it_begins(name: str, tmp_path: Path) -> None:
    wanted = {"shop.csv": "csv", "shop.mbox": "mbox"}.get(name, name.partition(".")[0])
    unnamed = tmp_path / "file"
    unnamed.write_bytes((FILES / name).read_bytes())
    assert detect(FILES / name) == detect(unnamed) == wanted


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.jsonl", b"", "jsonl"),
        ("a.jsonl", b"{broken", "jsonl"),
        ("a", b'{"id":"1","messages":[]}\n', "jsonl"),
        ("a.csv", "会话\t内容\n".encode("utf-16"), "csv"),
        ("a.eml", b"Subject: x\n\n", "mbox"),
        ("a", b"Received: by x\nSubject: y\n\n", "mbox"),
        ("a", b"id;text\n", "csv"),
    ],
)
def test_other_beginnings(name: str, data: bytes, form: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert detect(tmp_path / name) == form


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello")
    with pytest.raises(DataError, match="Cannot tell"):
        detect(tmp_path / "a")


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (1_767_355_200, NOON), (1_767_355_200_000, NOON), (1_767_355_200.5, NOON + 500), ("1767355200", NOON),
        ("2026-01-02T12:00:00Z", NOON), ("2026-01-02 20:00+08:00", NOON), ("2026/1/2 12:00", NOON),
        ("2026.01.02 12:00:00", NOON), ("2026年1月2日 12时0分", NOON), ("2026年1月2日 下午 12:00", NOON),
        ("2026/1/2 上午 11:59:59", NOON - 1_000), ("2026-01-02", NOON - 12 * 3_600_000),
    ],
)  # fmt: skip
def test_times(value: object, at: int) -> None:
    assert read_moment(value) == at


def test_a_time_without_a_zone_is_one_of_the_given_zone() -> None:
    assert read_moment("2026-01-02 20:00:00", EAST) == read_moment("2026/1/2 20:00", EAST) == NOON
    assert read_moment("2026-01-02T12:00:00Z", EAST) == NOON


@pytest.mark.parametrize(
    "value",
    [
        "01/02/2026",
        "soon",
        "",
        "20260102",
        "2026-13-01",
        "2026/2/30 1:00",
        -1,
        1e300,
        float("nan"),
        True,
        None,
    ],
)
def test_no_times(value: object) -> None:
    with pytest.raises(DataError) as caught:
        read_moment(value)
    assert caught.value.hint
