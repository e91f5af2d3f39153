"""The bytes of attachments: whole or not there, backed up, checked, and gone once nobody refers to them."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from base64 import b64encode
from pathlib import Path

import pytest

from csdesk.clock import SystemClock
from csdesk.config import AttachmentSettings, Settings
from csdesk.desk import attaching, erasing, intake, retention, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.errors import NotFound, StoreError
from csdesk.formats.importing import ImportOptions, import_file
from csdesk.store import backup, conversations, files, messages
from csdesk.store.verify import verify
from tests.desks import INBOX, clock_of, open_desk

PHOTO, BILL = b"\x89PNG a photo" * 100, b"%PDF a bill"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


def brings(desk: Desk, thread: str, *contents: bytes) -> int:
    """A customer writes and attaches these; the contact's local id."""
    with attaching.keeping(desk) as keep:
        found = tuple(
            attaching.described(f"{place}.png", "image/png", each, keep)
            for place, each in enumerate(contents)
        )
        incoming = Incoming(INBOX, thread, thread, "看图", ContactCard(thread, "林女士"), attachments=found)
        number = intake.receive(desk, incoming).conversation
    return conversations.get(desk.store.reader(), number).contact


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def kept(database: Path) -> set[str]:
    return set(files.names(files.folder_of(database)))


def test_bytes_are_kept_once_private_and_readable(path: Path) -> None:
    with open_desk(path) as desk:
        brings(desk, "a", PHOTO, BILL)
        brings(desk, "b", PHOTO)
        assert kept(path) == {digest(PHOTO), digest(BILL)}
        assert files.read(path, digest(PHOTO)) == PHOTO
        (message,) = messages.before(desk.store.reader(), 1, None, 5)
        assert [(file.name, file.size, file.sha256) for file in message.attachments] == [
            ("0.png", len(PHOTO), digest(PHOTO)),
            ("1.png", len(BILL), digest(BILL)),
        ]
    place = files.place_of(path, digest(PHOTO))
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert (
        stat.S_IMODE(place.parent.stat().st_mode)
        == stat.S_IMODE(files.folder_of(path).stat().st_mode)
        == 0o700
    )
    assert not (files.folder_of(path) / files.INCOMING).exists()
    assert verify(path, deep=True).problems == ()


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n"])
def test_what_is_no_digest_is_no_place(path: Path, name: str) -> None:
    assert not files.is_here(path, name)
    with pytest.raises(ValueError, match="SHA-256"):
        files.place_of(path, name)
    with pytest.raises(NotFound):
        files.read(path, name)


def test_what_is_too_large_is_only_named(path: Path) -> None:
    with open_desk(path) as desk:
        for limit in (1, 0):
            desk.settings = Settings(attachments=AttachmentSettings(size_limit_mb=limit))
            brings(desk, f"t{limit}", bytes((limit or 0) * 1024 * 1024 + 1))
        assert kept(path) == set()
        found = [messages.before(desk.store.reader(), number, None, 5)[0].attachments[0] for number in (1, 2)]
        assert [file.size for file in found] == [1024 * 1024 + 1, 1]
        assert all(file.sha256 for file in found)
    assert not files.folder_of(path).exists()
    assert verify(path, deep=True).problems == ()


def test_what_is_recorded_nowhere_is_gone(path: Path) -> None:
    with open_desk(path) as desk:
        with attaching.keeping(desk) as keep:
            arrived = keep(PHOTO)
            assert arrived is not None and arrived.read_bytes() == PHOTO
        assert not arrived.exists() and not files.folder_of(path).exists()


def test_erasing_leaves_no_byte(path: Path) -> None:
    """Also not what a killed process left on its way in."""
    with open_desk(path) as desk:
        lin = brings(desk, "lin", PHOTO, BILL)
        brings(desk, "wang", BILL)
        left = files.folder_of(path) / files.INCOMING / "killed" / "1"
        left.parent.mkdir(parents=True)
        left.write_bytes(PHOTO)
        erasing.erase_contact(desk, lin)
        assert kept(path) == {digest(BILL)}, "the other customer's file stays"
        assert not left.exists()
    everything = b"".join(each.read_bytes() for each in path.parent.rglob("*") if each.is_file())
    assert PHOTO not in everything and digest(PHOTO).encode() not in everything
    assert verify(path, deep=True).problems == ()


def test_a_file_on_its_way_in_survives_a_sweep(path: Path) -> None:
    with open_desk(path) as desk, attaching.keeping(desk) as keep:
        arrived = keep(PHOTO)
        assert arrived is not None
        files.sweep(desk.store)
        assert arrived.read_bytes() == PHOTO


def test_verify_names_what_is_lost_or_changed(path: Path) -> None:
    with open_desk(path) as desk:
        brings(desk, "a", PHOTO, BILL)
    files.place_of(path, digest(PHOTO)).unlink()
    place = files.place_of(path, digest(BILL))
    place.write_bytes(b"other")
    (check,) = [check for check in verify(path, deep=True).checks if check.name == "attachment"]
    said = "\n".join(check.problems)
    assert len(check.problems) == 2
    assert "0.png" in said and "missing" in said and "1.png" in said and "changed" in said
    with pytest.raises(StoreError, match="changed"):
        files.read(path, digest(BILL))


def test_a_backup_has_the_files_and_a_restore_brings_them_back(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "backup" / "desk.db"
    copy.parent.mkdir()
    with open_desk(path) as desk:
        brings(desk, "a", PHOTO, BILL)
    made = backup.backup(path, copy, SystemClock())
    assert (made.files.count, made.files.size, made.files.broken) == (2, len(PHOTO) + len(BILL), 0)
    assert kept(copy) == {digest(PHOTO), digest(BILL)}
    assert verify(copy, deep=True).problems == ()
    files.place_of(copy, digest(BILL)).write_bytes(b"rotten")
    assert backup.backup(path, copy, SystemClock(), is_forced=True).files.broken == 0
    assert files.read(copy, digest(BILL)) == BILL, "what rotted in the copy is made anew"
    files.place_of(path, digest(PHOTO)).unlink()
    done = backup.restore(copy, path, SystemClock())
    assert done.copy.files.count == 2 and kept(path) == {digest(PHOTO), digest(BILL)}
    assert done.kept is not None and kept(done.kept) == kept(path)
    assert verify(path, deep=True).problems == ()


def test_a_backup_renewed_after_an_erasure_holds_nothing_of_it(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with open_desk(path) as desk:
        lin = brings(desk, "lin", PHOTO)
        brings(desk, "wang", BILL)
        backup.backup(path, copy, SystemClock())
        erasing.erase_contact(desk, lin)
    backup.backup(path, copy, SystemClock(), is_forced=True)
    assert kept(copy) == {digest(BILL)}


def test_a_broken_file_is_left_out_of_a_backup_and_said(path: Path, tmp_path: Path) -> None:
    with open_desk(path) as desk:
        brings(desk, "a", PHOTO, BILL)
    files.place_of(path, digest(BILL)).write_bytes(b"rotten")
    made = backup.backup(path, tmp_path / "copy.db", SystemClock())
    assert (made.files.count, made.files.broken) == (1, 1)


def line(*found: dict[str, object]) -> str:
    message = {
        "from": "customer",
        "text": "看图",
        "at": "2026-01-02T03:04:05Z",
        "id": "m1",
        "attachments": list(found),
    }
    return json.dumps({"id": "c1", "messages": [message]}) + "\n"


def test_an_import_keeps_the_bytes_that_a_line_brings(path: Path, tmp_path: Path) -> None:
    chats = tmp_path / "in" / "chats.jsonl"
    chats.parent.mkdir()
    (chats.parent / "bill.pdf").write_bytes(BILL)
    data = b64encode(PHOTO).decode()
    chats.write_text(
        line({"name": "p.png", "data": data}, {"name": "账单.pdf", "path": "bill.pdf"}, {"name": "x"})
    )
    with open_desk(path) as desk:
        dry = import_file(desk, chats, ImportOptions(dry_run=True))
        assert dry.messages == 1 and not files.folder_of(path).exists()
        done = import_file(desk, chats, ImportOptions())
        assert (done.messages, done.errors) == (1, ())
        assert kept(path) == {digest(PHOTO), digest(BILL)}
        files.place_of(path, digest(PHOTO)).unlink()
        import_file(desk, chats, ImportOptions())
        assert kept(path) == {digest(PHOTO), digest(BILL)}, "reading it again brings back what was lost"
    assert verify(path, deep=True).problems == ()


@pytest.mark.parametrize(
    "where",
    ["../secret", "/etc/passwd", "link", "folder", "no-such-file", "", "a\0b"],
)
def test_an_import_fetches_nothing_from_outside_its_folder(path: Path, tmp_path: Path, where: str) -> None:
    chats = tmp_path / "in" / "chats.jsonl"
    (chats.parent / "folder").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    os.symlink(tmp_path / "secret", chats.parent / "link")
    chats.write_text(line({"name": "x", "path": where}))
    with open_desk(path) as desk:
        done = import_file(desk, chats, ImportOptions())
    assert len(done.errors) == (1 if where else 0)
    assert kept(path) == set()


def test_a_line_whose_file_is_another_is_refused(path: Path, tmp_path: Path) -> None:
    chats = tmp_path / "chats.jsonl"
    data = b64encode(PHOTO).decode()
    chats.write_text(
        line({"name": "x", "data": data, "sha256": digest(BILL)}) + line({"name": "x", "data": "?"})
    )
    with open_desk(path) as desk:
        assert len(import_file(desk, chats, ImportOptions()).errors) == 2


def test_an_erasure_that_was_stopped_takes_the_bytes_when_it_goes_on(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_store: object) -> int:
        raise KeyboardInterrupt

    with open_desk(path) as desk:
        lin = brings(desk, "lin", PHOTO)
        with monkeypatch.context() as patched:
            patched.setattr(files, "sweep", stopped)
            with pytest.raises(KeyboardInterrupt):
                erasing.erase_contact(desk, lin)
        assert kept(path) == {digest(PHOTO)}
        assert erasing.resume(desk) is not None
        assert kept(path) == set()


def test_what_was_kept_long_enough_goes_with_its_bytes(path: Path) -> None:
    with open_desk(path) as desk:
        brings(desk, "lin", PHOTO)
        work.resolve(desk, 1)
        clock_of(desk).advance(31 * 86_400_000)
        desk.settings = Settings(retention={INBOX: 30})
        due, _unknown = retention.overdue(desk)
        retention.erase_overdue(desk, due)
        assert kept(path) == set()


def test_a_message_that_cannot_be_stored_leaves_no_record_of_its_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_names: object) -> None:
        raise OSError(28, "No space left on device")

    with open_desk(path) as desk:
        monkeypatch.setattr(Path, "replace", full)
        with pytest.raises(StoreError, match="No space left"):
            brings(desk, "a", PHOTO)
        assert conversations.everything(desk.store.reader()) == []
    assert verify(path, deep=True).problems == ()
