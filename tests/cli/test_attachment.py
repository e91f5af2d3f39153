"""``csdesk attachment``: listed with numbers, saved where one says, refused in clear words."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

FILES = (("../账单.pdf", b"one"), ("a.png", b"two"), ("a.png", b"three"))


@pytest.fixture
def ref(csdesk: Run, tmp_path: Path) -> str:
    found: list[dict[str, Any]] = [
        {"name": name, "data": b64encode(content).decode()} for name, content in FILES
    ]
    found.append({"name": "gone.doc", "size": 7})
    message = {"from": "customer", "text": "看", "at": "2026-01-02T03:04:05Z", "attachments": found}
    chats = tmp_path / "chats.jsonl"
    chats.write_text(json.dumps({"id": "c", "messages": [message]}) + "\n")
    assert csdesk("import", str(chats)).code == 0
    return str(csdesk("queue", "--view", "all", "--json").json["items"][0]["ref"])


def test_files_are_listed(csdesk: Run, ref: str) -> None:
    listed = csdesk("attachment", "list", ref, "--json").json
    assert [(item["number"], item["name"], item["size"], item["is_here"]) for item in listed["items"]] == [
        (1, "账单.pdf", 3, True),
        (2, "a.png", 3, True),
        (3, "a.png", 5, True),
        (4, "gone.doc", 7, False),
    ]
    assert listed["next"] is None
    assert "name only" in csdesk("--lang", "en", "attachment", "list", ref).out


def test_all_files_are_saved_and_none_is_overwritten(csdesk: Run, ref: str, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    done = csdesk("attachment", "save", ref, "--to", str(folder), "--json")
    assert [Path(path).name for path in done.json["paths"]] == ["账单.pdf", "a.png", "a (2).png"]
    assert [Path(path).read_bytes() for path in done.json["paths"]] == [b"one", b"two", b"three"]
    again = csdesk("attachment", "save", ref, "3", "账单.pdf", "--to", str(folder), "--json")
    assert [Path(path).name for path in again.json["paths"]] == ["a (2).png", "账单.pdf"]
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize(
    ("said", "code"),
    [("9", "attachment.unknown"), ("a.png", "attachment.unknown"), ("4", "attachment.not_here")],
)
def test_what_cannot_be_saved_is_said(csdesk: Run, ref: str, tmp_path: Path, said: str, code: str) -> None:
    done = csdesk("attachment", "save", ref, said, "--to", str(tmp_path / "saved"), "--json")
    assert (done.code, done.refusal) == (1, code)
    assert not (tmp_path / "saved").exists()


def test_a_backup_tells_of_the_files(csdesk: Run, ref: str, tmp_path: Path) -> None:
    done = csdesk("db", "backup", str(tmp_path / "copy.db"), "--json").json
    assert (done["files"], done["file_bytes"], done["broken_files"]) == (3, 11, 0)
    assert "3 attachments" in csdesk("--lang", "en", "db", "backup", str(tmp_path / "second.db")).out
    assert csdesk("db", "verify", "--deep").code == 0
