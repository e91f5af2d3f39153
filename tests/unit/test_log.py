from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.errors import Refused
from csdesk.log import KEPT_MOST, WITHHELD, LineFile, get_logger, redact, start_logging


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "csdesk.log"
    start_logging(path, "debug")
    return path


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_a_line_is_json_with_its_fields(log_file: Path) -> None:
    get_logger("store").info("stored %s", "7K3Q9F", extra={"rows": 3, "ok": True})
    (line,) = _lines(log_file)
    assert line["said"] == "stored 7K3Q9F"
    assert (line["level"], line["logger"], line["rows"], line["ok"]) == ("info", "csdesk.store", 3, True)
    assert line["at"].endswith("Z")


def test_the_file_is_made_at_the_first_line_and_for_one_person(log_file: Path) -> None:
    assert not log_file.parent.exists()
    get_logger("x").warning("first")
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(log_file.parent.stat().st_mode) == 0o700


def test_nothing_is_printed(log_file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    get_logger("x").error("trouble %d", 3)
    get_logger("x").error("too few arguments %d %d", 3)
    assert capfd.readouterr() == ("", "")
    assert len(_lines(log_file)) == 2


def test_a_log_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    start_logging(tmp_path / "state" / "csdesk.log")
    get_logger("x").error("lost")
    assert capfd.readouterr() == ("", "")


def test_level(tmp_path: Path) -> None:
    start_logging(tmp_path / "a.log", "warning")
    get_logger("x").info("quiet")
    get_logger("x").warning("loud")
    assert [line["said"] for line in _lines(tmp_path / "a.log")] == ["loud"]


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("from lin@example.com.cn now", "from [email] now"),
        ("call 13812345678", "call [phone]"),
        ("call +86 138-1234-5678.", "call [phone]."),
        ("call +44 20 7946 0958", "call [phone]"),
        ("call 010-12345678", "call [phone]"),
        ("id 11010519491231002X", "id [id card]"),
        ("card 6222 0212 3456 7890 123", "card [bank card]"),
        ("card 6222021234567890", "card [bank card]"),
        (
            "to postgresql://desk:s3cret@db.example.com/hub",
            "to postgresql://desk:[secret]@db.example.com/hub",
        ),
        ("password=hunter2 host=x", "password=[secret] host=x"),
        ("Authorization: Bearer abc.def", "Authorization: [secret]"),
        ("said 快递 怎么还没到？ in 7", "said [text] in 7"),
        ("at 1767323045000 row 227345612345", "at 1767323045000 row 227345612345"),
        ("op 8f14e45fceea167a5a36dedd4bea2543", "op 8f14e45fceea167a5a36dedd4bea2543"),
    ],
)
def test_redaction(given_text: str, kept: str) -> None:
    assert redact(given_text) == kept


@given(st.text(max_size=300))
def test_no_foreign_script_is_kept(text: str) -> None:
    assert redact(text).isascii()


@pytest.mark.parametrize("unit", ["a", "a.", "1 ", "a@", "+1", "x://", "中 "])
def test_redaction_is_bounded_in_time_and_length(unit: str) -> None:
    began = time.thread_time()
    assert len(redact(unit * 500_000)) <= KEPT_MOST + 10
    assert time.thread_time() - began < 1


def test_private_fields_are_withheld_at_any_depth(log_file: Path) -> None:
    get_logger("x").info(
        "kept", extra={"text": "hello", "row": {"email": "a@b.cn", "id": 7}, "who": "13812345678"}
    )
    (line,) = _lines(log_file)
    assert line["text"] == WITHHELD
    assert line["row"] == {"email": WITHHELD, "id": 7}
    assert line["who"] == "[phone]"


def test_an_exception_keeps_its_frames_and_not_what_was_said(log_file: Path) -> None:
    try:
        try:
            raise KeyError("please refund my order")
        except KeyError as error:
            raise ValueError("bad: 退款 'where is my parcel'") from error
    except ValueError:
        get_logger("x").exception("failed")
    (line,) = _lines(log_file)
    told = "\n".join(line["error"])
    assert "test_an_exception_keeps_its_frames" in told
    assert "KeyError: [text]" in told
    assert "ValueError: bad: [text] [text]" in told


def test_one_of_our_errors_is_logged_by_its_code(log_file: Path) -> None:
    get_logger("x").error("refused", exc_info=Refused("work.taken", "Zhang has it", "Ask them"))
    assert _lines(log_file)[0]["error"][-1] == "Refused: work.taken"


def test_a_full_file_is_turned_over(tmp_path: Path) -> None:
    path = tmp_path / "desk.log"
    handler = LineFile(path, full_at=500, kept=2)
    for number in range(20):
        handler.handle(logging.LogRecord("csdesk", logging.INFO, "", 0, f"line {number:02}", None, None))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["desk.log", "desk.log.1", "desk.log.2"]
    assert all(each.stat().st_size <= 500 for each in tmp_path.iterdir())
    said = [
        line["said"] for name in ("desk.log.2", "desk.log.1", "desk.log") for line in _lines(tmp_path / name)
    ]
    assert said == [f"line {number:02}" for number in range(20 - len(said), 20)]


WRITER = """
import sys; from pathlib import Path; import logging
from csdesk.log import LineFile
handler = LineFile(Path(sys.argv[1]), full_at=20_000, kept=50)
for number in range(300):
    handler.handle(logging.LogRecord("csdesk", logging.INFO, "", 0, f"{sys.argv[2]} {number}", None, None))
"""


def test_two_processes_share_a_file_and_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "shared.log"
    root = Path(__file__).resolve().parents[2]
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], cwd=root) for name in "ab"]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    said = [line["said"] for each in tmp_path.iterdir() for line in _lines(each)]
    assert sorted(said) == sorted(f"{name} {number}" for name in "ab" for number in range(300))
