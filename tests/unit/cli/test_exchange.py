"""``csdesk import`` and ``csdesk export`` as a person or a script runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
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
        timeout=30,
    )
    child.expect("Importing.*100%")
    child.expect("New: 2 conversations")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
