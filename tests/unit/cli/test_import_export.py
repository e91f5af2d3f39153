"""``csdesk import`` and ``csdesk export`` as a person or a script runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pexpect
import pytest

from csdesk.formats.jsonl import encode_line
from tests.conftest import ROOT
from tests.factories import dialogue

RunCsdesk = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    path = tmp_path / "chats.jsonl"
    path.write_bytes(encode_line(dialogue("1", "c: hi", "a: yes")) + encode_line(dialogue("2", "c: 在吗")))
    return path


def test_import_counts_what_is_new(run_csdesk: RunCsdesk, chats: Path) -> None:
    ran = run_csdesk("--db", "t.db", "import", str(chats), "--format", "jsonl", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    told = {"conversations": 2, "messages": 3, "contacts": 2, "skipped": 0, "errors": []}
    assert json.loads(ran.stdout) == told
    again = run_csdesk("--db", "t.db", "import", str(chats), "--json")
    assert json.loads(again.stdout) == {
        "conversations": 0,
        "messages": 0,
        "contacts": 0,
        "skipped": 2,
        "errors": [],
    }


def test_a_bad_line_is_named_and_the_exit_code_is_1(run_csdesk: RunCsdesk, chats: Path) -> None:
    chats.write_bytes(b'{"id":"0","mesages":[]}\n' + chats.read_bytes())
    ran = run_csdesk("--db", "t.db", "import", str(chats), "--json")
    assert ran.returncode == 1
    told = json.loads(ran.stdout)
    assert told["conversations"] == 2
    (error,) = told["errors"]
    assert error["line"] == 1 and '"mesages"' in error["reason"] and '"messages"' in error["hint"]
    ran = run_csdesk("--db", "t2.db", "import", str(chats))
    assert ran.returncode == 1 and ran.stderr.startswith('Line 1: The key "mesages" is not known.')
    assert ran.stdout == "New: 2 conversations, 3 messages, 2 contacts.\n"


def test_an_export_is_what_the_import_was(run_csdesk: RunCsdesk, chats: Path, tmp_path: Path) -> None:
    run_csdesk("--db", "t.db", "import", str(chats), "--starting", "2026-01-01")
    ran = run_csdesk("--db", "t.db", "export", "out.jsonl", "--json")
    assert json.loads(ran.stdout) == {"conversations": 2, "messages": 3}
    to_stdout = run_csdesk("--db", "t.db", "export")
    assert to_stdout.stdout == (tmp_path / "out.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["id"] for line in to_stdout.stdout.splitlines()] == ["1", "2"]
    assert to_stdout.stderr == "Written: 2 conversations, 3 messages.\n"


def test_a_dry_run_makes_no_store(run_csdesk: RunCsdesk, chats: Path, tmp_path: Path) -> None:
    ran = run_csdesk("--db", "t.db", "import", str(chats), "--dry-run")
    assert ran.stdout == "Would be new: 2 conversations, 3 messages, 2 contacts.\n"
    assert not (tmp_path / "t.db").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["import", "none.jsonl"], 1, "Cannot read none.jsonl"),
        (["import", "chats.jsonl", "--starting", "soon"], 2, "--starting is not a time"),
        (["import", "chats.jsonl", "--format", "xml"], 2, "jsonl"),
        (["import"], 2, "missing"),
        (["export"], 1, "There is no store at"),
        (["export", "--json"], 2, "standard output"),
    ],
)
def test_what_cannot_be_done_is_said(
    run_csdesk: RunCsdesk, chats: Path, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    ran = run_csdesk("--db", "t.db", *arguments)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert words in ran.stderr and "Traceback" not in ran.stderr
    assert not (tmp_path / "t.db").exists()


def test_a_person_sees_progress(chats: Path, tmp_path: Path) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "csdesk", "--db", str(tmp_path / "t.db"), "import", str(chats)],
        cwd=str(ROOT),
        encoding="utf-8",
        timeout=120,
    )
    child.expect("Importing.*100%")
    child.expect("New: 2 conversations")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


FILES = ROOT / "tests" / "unit" / "formats" / "files"


def test_the_format_is_found_and_said(run_csdesk: RunCsdesk) -> None:
    ran = run_csdesk("--db", "t.db", "import", str(FILES / "intercom.json"))
    assert (ran.returncode, ran.stdout) == (0, "New: 1 conversation, 5 messages, 1 contact.\n")
    assert ran.stderr == "Read as intercom; if it is something else, say so with --format.\n"
    again = run_csdesk("--db", "t.db", "import", str(FILES / "intercom.json"), "--format", "intercom")
    assert again.stdout.endswith("Already here: 1 conversation.\n") and again.stderr == ""
    shown = run_csdesk("--db", "t.db", "queue", "--view", "all", "--json")
    (row,) = json.loads(shown.stdout)["items"]
    told = json.loads(run_csdesk("--db", "t.db", "show", row["ref"], "--json").stdout)
    assert [message["from"] for message in told["messages"] if message["text"] == "angry"] == ["note"]
    files = [message["attachments"] for message in told["messages"] if "attachments" in message]
    assert files == [[{"name": "receipt.pdf", "kind": "application/pdf", "size": 100}]]


def test_a_bad_record_has_its_place(run_csdesk: RunCsdesk) -> None:
    ran = run_csdesk("--db", "t.db", "import", str(FILES / "freshdesk.json"), "--json")
    assert ran.returncode == 1
    told = json.loads(ran.stdout)
    assert told["conversations"] == 3
    (error,) = told["errors"]
    assert error["record"] == 4 and error["line"] == 13 and error["file"].endswith("freshdesk.json")
    assert error["reason"] and error["hint"]


def test_a_preview_shows_the_mapping_and_writes_nothing(run_csdesk: RunCsdesk, tmp_path: Path) -> None:
    path = tmp_path / "聊天.csv"
    path.write_bytes((FILES / "shop.csv").read_text("utf-8").encode("gb18030"))
    ran = run_csdesk("--db", "t.db", "import", str(path), "--preview", "--zone", "+08:00", "--map", "name=")
    assert ran.returncode == 1, "two rows are bad"
    assert "Columns (gb18030): id = 会话编号, from = 发送方" in ran.stderr and "客户昵称" in ran.stderr
    assert "customer: 在吗,这款还有 M 码吗?" in ran.stdout and "02:00" in ran.stdout
    assert not (tmp_path / "t.db").exists()
    told = json.loads(run_csdesk("--db", "t.db", "import", str(path), "--preview", "--json").stdout)
    assert told["columns"]["text"] == "消息内容" and told["unread_columns"] == ["备用"]
    assert told["items"][0]["messages"][0]["at"] == "2026-01-02T10:00:05Z"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["shop.csv", "--map", "txt=内容"], "text="),
        (["shop.csv", "--map", "text=无"], "no such column"),
        (["shop.csv", "--encoding", "utf-99"], "no character set"),
        (["shop.csv", "--zone", "Mars"], "--zone is no zone"),
        (["shop.mbox"], "service@shop.example"),
    ],
)
def test_what_a_person_has_to_say_is_asked(run_csdesk: RunCsdesk, arguments: list[str], words: str) -> None:
    ran = run_csdesk("--db", "t.db", "import", str(FILES / arguments[0]), *arguments[1:])
    assert (ran.returncode, ran.stdout) == (2, "")
    assert words in ran.stderr and "Traceback" not in ran.stderr


def test_a_mailbox_with_its_own_source_and_inbox(run_csdesk: RunCsdesk) -> None:
    said = ("--me", "@shop.example", "--source", "old-mail", "--json")
    ran = run_csdesk("--db", "t.db", "import", str(FILES / "shop.mbox"), *said)
    assert json.loads(ran.stdout)["conversations"] == 2
    out = run_csdesk("--db", "t.db", "export").stdout
    assert {json.loads(line)["source"] for line in out.splitlines()} == {"old-mail"}


MANY = 20_000
"""More than is imported before the test has read that a part is."""


def test_stopping_leaves_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    line = encode_line(dialogue("NUMBER", *["c: 在吗", "a: 您好"] * 2))
    path.write_bytes(b"".join(line.replace(b"NUMBER", b"%d" % number) for number in range(MANY)))
    command = ["-m", "csdesk", "--db", str(tmp_path / "t.db"), "import", str(path)]
    listens = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background job ignores it
    child = pexpect.spawn(
        sys.executable, command, cwd=str(ROOT), encoding="utf-8", timeout=60, preexec_fn=listens
    )
    child.expect(r"[5-9]%|\d\d%")
    child.sendintr()
    child.expect(r"New: (\d+) conversations")
    stored = int(child.match.group(1))
    child.expect("Stopped. What was read stays")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130 and 0 < stored < MANY
