"""Erased means gone: from the rows, the log, the index, the file and its copies; and still provable."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from csdesk.clock import SystemClock
from csdesk.desk import erasing, intake, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.errors import Refused
from csdesk.formats.outgoing import outgoing
from csdesk.ids import new_uid
from csdesk.model.message import Delivery, Mode
from csdesk.model.operation import Kind
from csdesk.store import backup, connect, conversations, messages, redaction, scrub
from csdesk.store import erasing as store_erasing
from csdesk.store.tokens import index_text
from csdesk.store.verify import verify
from tests.conftest import ROOT
from tests.desks import INBOX, hears, open_desk

OTHERS = 40
HAN = [chr(0x4E00 + place) for place in range(2_000)]


class Planted:
    """Random texts that stand nowhere else, each remembered."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self.texts: list[str] = []

    def chinese(self) -> str:
        return self._keep("".join(self._chance.choice(HAN) for _ in range(7)))

    def latin(self) -> str:
        return self._keep("".join(self._chance.choice("bcdfghjklmnpqrstvwxz23456789") for _ in range(12)))

    def _keep(self, text: str) -> str:
        self.texts.append(text)
        return text

    def left_in(self, *files: Path) -> list[str]:
        """Planted texts whose bytes stand in one of ``files``."""
        return [
            text
            for path in files
            for data in (path.read_bytes() if path.exists() else b"",)
            for text in self.texts
            if text.encode() in data
        ]


def plant(desk: Desk, planted: Planted, rounds: int) -> int:
    """A person who left something in every place there is, among others; the contact's local id."""
    card = ContactCard(
        planted.latin(), planted.chinese(), f"{planted.latin()}@example.com", f"+86 {planted.latin()}", "A"
    )
    thread, subject = planted.latin(), planted.chinese()
    for number in range(rounds):
        text = f"{planted.chinese()} {planted.latin()}"
        received = intake.receive(desk, Incoming(INBOX, thread, planted.latin(), text, card, subject=subject))
        hears(desk, f"o{number % OTHERS}", f"别人的话 number {number} {HAN[number % 2000]}{HAN[-number]}")
    mine = received.conversation
    sending.note(desk, mine, planted.chinese())
    work.label(desk, mine, add=(planted.latin(), "退款"), remove=())
    sent = sending.reply(desk, mine, planted.chinese())
    body = {"state": Delivery.FAILED, "at": desk.now_ms(), "reason": planted.latin()}
    desk.store.write(lambda tx: tx.record(Kind.MESSAGE_DELIVERED, sent.uid, body))
    file = {"message": sent.uid.hex(), "name": planted.latin(), "kind": "image/png", "size": 3}
    file["sha256"] = planted.latin()
    desk.store.write(lambda tx: tx.record(Kind.ATTACHMENT_ADDED, new_uid(desk.now_ms()), file))
    sending.reply(desk, mine, planted.latin())
    undoing.undo(desk)
    sending.reply(desk, mine, planted.latin())
    sending.save_draft(desk, mine, Mode.NOTE, planted.chinese(), 1).result()
    contact = conversations.get(desk.store.reader(), mine).contact
    edit = {"note": planted.chinese(), "birthday": planted.latin(), "phone": planted.latin()}
    uid = desk.store.reader().execute("SELECT uid FROM contact WHERE id = ?", (contact,)).fetchone()[0]
    desk.store.write(lambda tx: tx.record(Kind.CONTACT_EDITED, uid, edit))
    desk.store.write(
        lambda tx: tx.record(
            Kind.CONVERSATION_EDITED, conversations.get(tx.connection, mine).uid, {"subject": planted.latin()}
        )
    )
    work.transfer(desk, mine, work.Target(team=_team(desk)), planted.chinese())
    return contact


def _team(desk: Desk) -> str:
    from csdesk.desk import people

    return desk.store.write(lambda tx: people.add_team(tx, "售后")).name


def others(path: Path) -> list[tuple[object, ...]]:
    """Everything said by everybody else."""
    connection = connect.open_reader(path)
    rows = connection.execute(
        "SELECT c.ref, c.contact_name, c.thread, c.status, c.preview, m.text, m.external_id FROM message m"
        " JOIN conversation c ON c.id = m.conversation WHERE c.erased_at IS NULL AND c.thread LIKE 'o%' ORDER BY m.uid"
    ).fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_nothing_of_a_thousand_planted_texts_is_left(tmp_path: Path, seed: int) -> None:
    path, copy = tmp_path / "desk.db", tmp_path / "copy.db"
    planted = Planted(seed)
    with open_desk(path) as desk:
        contact = plant(desk, planted, 340)
        assert len(planted.texts) > 1_000
        words = {word for text in planted.texts for word in index_text(text).split()}
        before = others(path)
        assert len(before) == 340
        # The log first: what a checkpoint moves meanwhile is in the file when that is read.
        assert len(set(planted.left_in(Path(f"{path}-wal"), path))) > 1_000
        done = erasing.erase_contact(desk, contact)
        assert done.is_file_clean and done.operations > 340
        files = [*tmp_path.iterdir()]
        assert len(files) >= 3
        assert planted.left_in(*files) == []
    assert planted.left_in(*tmp_path.iterdir()) == []
    assert others(path) == before
    assert verify(path).problems == ()
    backup.backup(path, copy, SystemClock())
    assert planted.left_in(copy) == []
    connection = connect.open_writer(path)
    for index in scrub.INDEXES:
        assert scrub.signposts(connection, index) == set()
        connection.execute(f"CREATE VIRTUAL TABLE temp.{index}_t USING fts5vocab('main', '{index}', 'row')")
        terms = {term for (term,) in connection.execute(f"SELECT term FROM temp.{index}_t").fetchall()}
        assert terms and not {word for word in words if len(word) > 2} & terms
    connection.close()


def test_what_an_erasure_leaves(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        contact = plant(desk, Planted(3), 3)
        (number,) = (
            desk.store.reader().execute("SELECT id FROM conversation WHERE contact=?", (contact,)).fetchone()
        )
        erasing.erase_contact(desk, contact)
        reader = desk.store.reader()
        left = conversations.get(reader, number)
        assert (left.contact_name, left.subject, left.labels, left.status) == ("", "", (), "resolved")
        lines = messages.before(reader, number, None, 100)
        assert {line.text for line in lines if line.uid} == {""}
        assert {line.shown_text for line in lines if line.uid} == {"(erased on 2026-01-02)"}
        assert "Erased on 2026-01-02" in lines[-1].text
        for table in ("draft", "outbox", "undo"):
            assert reader.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        again = hears(desk, "new", "hello")
        assert again != number
        assert erasing.erase_contact(desk, contact).operations == 0
    assert verify(tmp_path / "desk.db").problems == ()


def test_what_was_erased_is_not_exported(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        erased, kept = hears(desk, "t", "gone"), hears(desk, "u", "stays")
        erasing.erase_contact(desk, conversations.get(desk.store.reader(), erased).contact)
        sending.note(desk, erased, "written afterwards")
        empty = hears(desk, "v", "gone too")
        erasing.erase_contact(desk, conversations.get(desk.store.reader(), empty).contact)
        reader = desk.store.reader()
        lines = [[message.text for message in each.transcript.messages] for each in outgoing(reader)]
        assert lines == [["written afterwards"], ["stays"]]
        found = messages.before(reader, erased, None, 9, with_events=False)
        assert [line.shown_text for line in found] == ["(erased on 2026-01-02)", "written afterwards"]
        assert kept


def test_who_was_erased_comes_back_as_somebody_new(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        first = hears(desk, "t", "first")
        contact = conversations.get(desk.store.reader(), first).contact
        erasing.erase_contact(desk, contact)
        second = hears(desk, "t", "second")
        assert second != first
        assert conversations.get(desk.store.reader(), second).contact != contact
    assert verify(tmp_path / "desk.db").problems == ()


def test_not_while_a_message_is_being_sent(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        number = hears(desk, "t")
        contact = conversations.get(desk.store.reader(), number).contact
        sending.reply(desk, number, "on its way")
        later = desk.now_ms() + 60_000
        desk.store.write(lambda tx: tx.connection.execute("UPDATE outbox SET state = 'sending'"))
        desk.store.write(
            lambda tx: tx.connection.execute(
                "INSERT INTO lease SELECT inbox, 'x:1:1', ? FROM outbox", (later,)
            )
        )
        with pytest.raises(Refused, match="being sent"):
            erasing.erase_contact(desk, contact)
        assert messages.before(desk.store.reader(), number, None, 9)[-1].text == "on its way"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            'UPDATE op SET body = replace(body, \'"from":"customer"\', \'"from":"agent"\') WHERE dseq = :erased',
            "erased was changed",
        ),
        ("UPDATE op SET hlc = hlc + 1 WHERE dseq = :erased", "erased was changed"),
        ("UPDATE op SET sum = x'00' WHERE dseq = :erased", "erased was changed"),
        ('UPDATE op SET body = replace(body, \',"seal":"\', \',"seal":"0\') WHERE kind = 3', "was changed"),
    ],
)
def test_a_change_behind_an_erasure_is_named(tmp_path: Path, edit: str, says: str) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        number = hears(desk, "t", "words")
        erasing.erase_contact(desk, conversations.get(desk.store.reader(), number).contact)
    connection = connect.open_writer(path)
    (erased,) = connection.execute("SELECT dseq FROM op WHERE kind = 60").fetchone()
    connection.execute(edit, {"erased": erased} if ":erased" in edit else {})
    connection.close()
    assert any(says in problem for problem in verify(path).problems)


def test_words_taken_without_an_erasure_are_named(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        hears(desk, "t", "words")
    connection = connect.open_writer(path)
    desk_number, dseq, body = connection.execute("SELECT desk, dseq, body FROM op WHERE kind = 60").fetchone()
    forged = redaction.redacted(60, body, (desk_number, dseq + 1))
    connection.execute("UPDATE op SET body = ? WHERE dseq = ?", (forged, dseq))
    connection.close()
    assert any("erased was changed" in problem for problem in verify(path).problems)


def test_two_same_bodies_have_different_hashes(tmp_path: Path) -> None:
    """Or the telephone number behind a sum could be found by trying."""
    salted = [
        redaction.salted(Kind.CONTACT_EDITED, {"phone": "13800000001"}, salt) for salt in redaction.salts(2)
    ]
    assert salted[0] != salted[1]
    assert redaction.salted(Kind.CONVERSATION_CLAIMED, {"at": 1}, "salt") == {"at": 1}
    assert json.loads(redaction.redacted(2, json.dumps(salted[0]), (1, 2)) or "").keys() == {
        "erased",
        "erasure",
    }


CHILD = """
import sys
from pathlib import Path
from csdesk.clock import SystemClock
from csdesk.desk import erasing
from tests.desks import open_desk
desk = open_desk(Path(sys.argv[1]), SystemClock())
print("ready", flush=True)
erasing.erase_contact(desk, int(sys.argv[2]), lambda done, total: print(done, total, flush=True))
"""


@pytest.mark.parametrize("kills", [6, pytest.param(100, marks=pytest.mark.long)])
def test_what_a_kill_leaves_is_sound_and_goes_on(tmp_path: Path, kills: int) -> None:
    chance, planted, stops = random.Random(5), Planted(5), set()
    source = tmp_path / "desk.db"
    with open_desk(source, SystemClock()) as desk:
        contact = plant(desk, planted, 400)
    for number in range(kills):
        path = tmp_path / str(number) / "desk.db"
        path.parent.mkdir()
        backup.backup(source, path, SystemClock())
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(contact)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None and child.stdout.readline() == "ready\n"
            for _step in range(chance.randint(1, 12)):
                child.stdout.readline()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(chance.uniform(0, 0.1))
            child.send_signal(signal.SIGKILL)
        assert verify(path).problems == ()
        with open_desk(path, SystemClock()) as desk:
            uids, is_unscrubbed = store_erasing.unfinished(desk.store.reader())
            stops.add((len(uids), is_unscrubbed))
            if not uids and not is_unscrubbed and planted.left_in(path):
                erasing.erase_contact(desk, contact)  # killed before it began
            else:
                erasing.resume(desk)
            assert erasing.resume(desk) is None
        assert planted.left_in(*path.parent.iterdir()) == []
        assert verify(path).problems == ()
        shutil.rmtree(path.parent)
    assert (1, True) in stops


def test_others_write_between_the_parts(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk, open_desk(path, agent="Bo") as other:
        contact = plant(desk, Planted(7), 250)
        heard: list[int] = []
        erasing.erase_contact(desk, contact, lambda done, total: heard.append(hears(other, f"during {done}")))
        assert len(heard) > 5
        reader = desk.store.reader()
        assert all(messages.before(reader, number, None, 1)[0].text for number in heard)
    assert verify(path).problems == ()


def test_copies_of_the_same_desk_are_named(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    open_desk(tmp_path / "another.db").close()
    (tmp_path / "letter.txt").write_text("not a store")
    with open_desk(path) as desk:
        number = hears(desk, "t", "words")
        copies = [tmp_path / "friday.db", tmp_path / "desk.db.before-schema-7"]
        for copy in copies:
            backup.backup(path, copy, SystemClock())
        left = tmp_path / ".desk.db.x1y2" / "desk.db"
        left.parent.mkdir()
        shutil.copy(copies[0], left)
        before = sorted(tmp_path.iterdir())
        done = erasing.erase_contact(desk, conversations.get(desk.store.reader(), number).contact)
        assert sorted(done.copies) == sorted([*copies, left])
        assert sorted(tmp_path.iterdir()) == before
