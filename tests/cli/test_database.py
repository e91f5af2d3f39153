"""``db verify|backup|restore``, and stores that cannot be used."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from csdesk.store import connect, presence
from csdesk.store.database import SCHEMA_VERSION, open_store
from tests.cli.conftest import CUSTOMERS, Run, open_again
from tests.conftest import ROOT, RunCsdesk


def test_verify_names_a_row_changed_by_hand(csdesk: Run, refs: list[str], database: Path) -> None:
    clean = csdesk("db", "verify", "--json").json
    assert clean["ok"] and clean["problems"] == [] and clean["operations"] > CUSTOMERS
    with open_again(database) as desk:
        desk.store.write(
            lambda tx: tx.connection.execute("UPDATE conversation SET subject='x' WHERE ref=?", (refs[0],))
        )
    found = csdesk("db", "verify", "--json")
    assert found.code == 1 and not found.json["ok"] and refs[0] in found.json["problems"][0]
    plain = csdesk("db", "verify")
    assert plain.code == 1 and refs[0] in plain.out


def test_a_backup_is_made_while_the_store_is_open(
    csdesk: Run, refs: list[str], database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    with open_again(database):
        made = csdesk("db", "backup", str(copy), "--json").json
    assert made["operations"] == csdesk("db", "verify", "--json").json["operations"]
    assert made["bytes"] == copy.stat().st_size and made["kept_bytes"] == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.glob("*copy.db*")) == ["copy.db", "copy.db.head"]
    again = csdesk("db", "backup", str(copy), "--json")
    assert (again.code, again.refusal) == (1, "backup.exists")
    assert csdesk("db", "backup", str(copy), "--force").code == 0
    for itself in (database, Path(f"{database}-wal")):
        assert csdesk("db", "backup", str(itself), "--force", "--json").refusal == "backup.itself"
    assert csdesk("db", "backup", str(tmp_path), "--json").refusal == "backup.folder"
    missing = csdesk("db", "backup", str(tmp_path / "no" / "copy.db"), "--json")
    assert (missing.code, missing.refusal) == (1, "backup.cannot_write")


def test_restore_brings_back_and_keeps_the_old(
    csdesk: Run, refs: list[str], database: Path, tmp_path: Path
) -> None:
    copy = str(tmp_path / "copy.db")
    csdesk("reply", refs[0], "on its way")
    csdesk("db", "backup", copy)
    csdesk("resolve", refs[1])
    done = csdesk("db", "restore", copy, "--json").json
    assert done["stopped_messages"] == 1
    assert csdesk("show", refs[1], "--json").json["status"] == "open"
    assert [item["state"] for item in csdesk("outbox", "--json").json["items"]] == ["failed"]
    assert csdesk("db", "verify", "--json").json["ok"]
    assert csdesk("--db", done["kept"], "show", refs[1], "--json").json["status"] == "resolved"
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


def test_restore_to_a_place_without_a_store(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    copy, place = str(tmp_path / "copy.db"), str(tmp_path / "new.db")
    csdesk("db", "backup", copy)
    assert csdesk("--db", place, "db", "restore", copy, "--json").json["kept"] is None
    assert csdesk("--db", place, "show", refs[0], "--json").json["ref"] == refs[0]


def test_a_bad_backup_changes_nothing(csdesk: Run, refs: list[str], database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    csdesk("db", "backup", str(copy))
    with open_again(copy) as desk:
        desk.store.write(lambda tx: tx.connection.execute("UPDATE contact SET name = 'x'"))
    bad = csdesk("db", "restore", str(copy), "--json")
    assert (bad.code, bad.refusal) == (1, "restore.unsound")
    text = tmp_path / "text.db"
    text.write_text("not a store, a letter to somebody, long enough to be read", encoding="utf-8")
    assert csdesk("db", "restore", str(text), "--json").refusal == "store.not_a_database"
    assert csdesk("db", "restore", str(tmp_path / "none"), "--json").refusal == "backup.missing"
    assert csdesk("db", "restore", str(database), "--json").refusal == "restore.itself"
    assert not list(tmp_path.glob("*before-restore*")) and csdesk("db", "verify").code == 0


def test_restore_is_refused_while_another_process_has_the_store_open(
    csdesk: Run, refs: list[str], database: Path, tmp_path: Path
) -> None:
    copy = str(tmp_path / "copy.db")
    csdesk("db", "backup", copy)
    script = (
        "import sys; from pathlib import Path; from csdesk.clock import SystemClock;"
        "from csdesk.store.database import open_store;"
        f"store = open_store(Path({str(database)!r}), SystemClock()); print('open', flush=True);"
        "sys.stdin.read(); store.close()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin is not None and other.stdout is not None
        assert other.stdout.readline() == "open\n"
        refused = csdesk("db", "restore", copy, "--json")
        other.stdin.close()
    assert (refused.code, refused.refusal) == (1, "store.in_use")
    assert csdesk("db", "restore", copy).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            ["queue"],
            ["show", "ABCDEF"],
            ["claim", "ABCDEF"],
            ["reply", "ABCDEF", "x"],
            ["outbox"],
            ["drafts"],
        ),
        *(["agent", "list"], ["team", "add", "x"], ["inbox", "add", "x"], ["status"], ["status", "--short"]),
        *(["undo"], ["db", "verify"], ["db", "backup", "copy.db"]),
    ],
)
def test_a_missing_store_is_named_and_not_made(csdesk: Run, database: Path, arguments: list[str]) -> None:
    told = csdesk(*arguments)
    assert (told.code, told.out) == (1, "") and str(database) in told.err
    assert not database.exists()


@pytest.mark.parametrize(
    "arguments", [["queue"], ["status", "--short"], ["db", "verify"], ["agent", "add", "x"]]
)
def test_a_file_of_another_kind_is_left_alone(csdesk: Run, database: Path, arguments: list[str]) -> None:
    database.write_text("a letter to somebody, long enough to be read as a header", encoding="utf-8")
    told = csdesk(*arguments)
    assert told.code == 1 and "is not a csdesk store" in told.err
    assert database.read_text(encoding="utf-8").startswith("a letter")


@pytest.mark.parametrize("arguments", [["queue"], ["status", "--short"], ["db", "verify"]])
def test_a_newer_schema_is_refused(
    csdesk: Run, refs: list[str], database: Path, arguments: list[str]
) -> None:
    connection = connect.open_writer(database)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    connection.close()
    told = csdesk(*arguments, "--json")
    assert (told.code, told.refusal) == (1, "store.newer")


def test_a_locked_store_is_said_to_be_locked(
    csdesk: Run, refs: list[str], database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(open_store.__kwdefaults__, "busy_ms", 50)
    holder = connect.open_writer(database)
    holder.execute("BEGIN EXCLUSIVE")
    told = csdesk("claim", refs[0], "--json")
    holder.execute("ROLLBACK")
    holder.close()
    assert (told.code, told.refusal) == (1, "store.locked")
    assert csdesk("show", refs[0], "--json").json["assignee"] is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        told = csdesk("agent", "add", "x", "--db", str(tmp_path / "new.db"), "--json")
    finally:
        tmp_path.chmod(0o700)
    assert (told.code, told.refusal) == (1, "store.cannot_create")


def test_the_quick_version_is_the_schemas() -> None:
    assert presence.QUICK_VERSION == SCHEMA_VERSION


def test_the_program_itself(run_csdesk: RunCsdesk, refs: list[str], database: Path) -> None:
    store = ["--db", str(database), "--as", "Mia"]
    assert run_csdesk(*store, "claim", refs[0]).returncode == 0
    refused = run_csdesk("--db", str(database), "claim", refs[0], "--as", "Leo")
    assert refused.returncode == 1 and "Mia has #" in refused.stderr and refused.stdout == ""
