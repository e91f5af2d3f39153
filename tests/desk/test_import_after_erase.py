"""A file read again after somebody in it was erased brings nothing of them back."""

from __future__ import annotations

from pathlib import Path

from csdesk.desk import erasing
from csdesk.desk.context import Desk
from csdesk.formats.importing import ImportOptions, import_file
from csdesk.store import contacts, conversations
from csdesk.store.verify import verify
from tests.desks import open_desk

LINE = (
    '{"id": "%s", "source": "old", "contact": {"name": "Lin", "email": "lin@example.com"},'
    ' "messages": [{"from": "customer", "text": "%s"}]}\n'
)


def read(desk: Desk, path: Path, *lines: tuple[str, str]) -> tuple[int, int, int, int]:
    path.write_text("".join(LINE % line for line in lines), "utf-8")
    summary = import_file(desk, path, ImportOptions())
    assert not summary.errors
    return summary.conversations, summary.messages, summary.contacts, summary.skipped


def test_an_erased_conversation_stays_erased(tmp_path: Path) -> None:
    store, file = tmp_path / "desk.db", tmp_path / "chats.jsonl"
    with open_desk(store) as desk:
        assert read(desk, file, ("1", "my words")) == (1, 1, 1, 0)
        reader = desk.store.reader()
        first = conversations.everything(reader)[0]
        erasing.erase_contact(desk, first.contact)
        assert read(desk, file, ("1", "my words"), ("2", "new words")) == (1, 1, 1, 1)
        found = conversations.everything(reader)
        assert [each.contact_name for each in found] == ["", "Lin"]
        again = contacts.get(reader, found[1].contact)
        assert again is not None and again.email == "lin@example.com"
        assert read(desk, file, ("1", "my words"), ("2", "new words")) == (0, 0, 0, 2)
    assert verify(store).problems == ()
