"""Files that an agent sends: kept when they are chosen, sent with the message, back in the draft when it is undone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.channels.replay import ReplayChannel
from csdesk.config import AttachmentSettings
from csdesk.desk import enclosing, sending, undoing
from csdesk.desk.context import Desk
from csdesk.desk.ports import Failed
from csdesk.desk.runner import Runner
from csdesk.errors import CsdeskError, DataError, NotFound, Refused, UsageError
from csdesk.model.message import Delivery, Draft, Mode
from csdesk.model.transcript_file import TranscriptFile
from csdesk.store import drafts, files, outbox
from csdesk.store.verify import verify
from tests.desks import INBOX, Line, clock_of, hears, open_desk
from tests.factories import dialogue


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(tmp_path / "desk.db")
    yield opened
    opened.close()


@pytest.fixture
def invoice(tmp_path: Path) -> Path:
    path = tmp_path / "发票.pdf"
    path.write_bytes(b"%PDF-1.7 invoice")
    return path


def begun(desk: Desk, number: int, text: str = "") -> Draft:
    return Draft(number, desk.agent.id, Mode.REPLY, text, len(text), 0)


def kept_draft(desk: Desk, number: int) -> Draft:
    (held,) = drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)
    return held.draft


def release(desk: Desk, line: Line | ReplayChannel) -> None:
    clock_of(desk).advance(4_000)
    runner = Runner(desk, [line])
    runner.step()
    runner.close()


def test_a_file_is_kept_with_the_draft_as_it_was_when_it_was_chosen(desk: Desk, invoice: Path) -> None:
    number = hears(desk, "t")
    enclosing.attach(desk, begun(desk, number, "发票在这里"), [invoice])
    invoice.write_bytes(b"another one")
    draft = kept_draft(desk, number)
    (file,) = draft.files
    assert (draft.text, file.name, file.kind, file.size) == ("发票在这里", "发票.pdf", "application/pdf", 16)
    assert files.read(desk.store.path, file.sha256) == b"%PDF-1.7 invoice"
    assert files.sweep(desk.store) == 0
    sending.drop_draft(desk, number, Mode.REPLY)
    assert files.sweep(desk.store) == 1


def test_a_file_goes_out_with_its_message_once(desk: Desk, invoice: Path) -> None:
    number, line = hears(desk, "t"), Line()
    enclosed = enclosing.attach(desk, begun(desk, number), [invoice])
    enclosed = enclosing.attach(desk, replace(begun(desk, number), files=enclosed), [invoice])
    message = sending.reply(desk, number, "", enclosed=enclosed)
    assert [each.name for each in message.attachments] == ["发票.pdf"]
    assert drafts.of_agent(desk.store.reader(), desk.agent.id) == []
    release(desk, line)
    (asked,) = line.asked
    assert [(each.name, each.path.read_bytes()) for each in asked.files] == [
        ("发票.pdf", b"%PDF-1.7 invoice")
    ]
    assert outbox.get(desk.store.reader(), message.id) is None
    assert files.sweep(desk.store) == 0
    path = desk.store.path
    desk.close()
    assert verify(path, deep=True).problems == ()


def test_the_replay_channel_records_what_customers_got(desk: Desk, invoice: Path) -> None:
    number = hears(desk, "t")
    channel = ReplayChannel([dialogue("a", "c: hello")], inbox=INBOX)
    enclosed = enclosing.attach(desk, begun(desk, number), [invoice])
    message = sending.reply(desk, number, "here", enclosed=enclosed)
    release(desk, channel)
    assert [each.name for each in channel.received[message.uid.hex()]] == ["发票.pdf"]


def test_undo_and_writing_again_bring_the_file_back(desk: Desk, invoice: Path) -> None:
    number = hears(desk, "t")
    enclosed = enclosing.attach(desk, begun(desk, number), [invoice])
    sending.reply(desk, number, "here", enclosed=enclosed)
    assert undoing.undo(desk, number).files == enclosed
    assert kept_draft(desk, number).files == enclosed
    message = sending.reply(desk, number, "here", enclosed=enclosed)
    line = Line()
    line.answers = [Failed("no", can_retry=False)]
    release(desk, line)
    sending.rewrite_failed(desk, message.id)
    assert (kept_draft(desk, number).text, kept_draft(desk, number).files) == ("here", enclosed)
    assert files.sweep(desk.store) == 0


def test_a_message_whose_file_is_gone_fails_and_says_which(desk: Desk, invoice: Path) -> None:
    number, line = hears(desk, "t"), Line()
    enclosed = enclosing.attach(desk, begun(desk, number), [invoice])
    message = sending.reply(desk, number, "here", enclosed=enclosed)
    files.place_of(desk.store.path, enclosed[0].sha256).unlink()
    release(desk, line)
    entry = outbox.get(desk.store.reader(), message.id)
    assert entry is not None and entry.state is Delivery.FAILED
    assert "发票.pdf" in (entry.reason or "") and line.asked == []
    with pytest.raises(NotFound, match=r"发票\.pdf"):
        sending.reply(desk, number, "again", enclosed=enclosed)


def test_what_cannot_be_attached_leaves_the_draft_alone(desk: Desk, invoice: Path, tmp_path: Path) -> None:
    number = hears(desk, "t")
    desk.settings = replace(desk.settings, attachments=AttachmentSettings(size_limit_mb=1))
    large, pipe = tmp_path / "large.bin", tmp_path / "pipe"
    large.write_bytes(b"x" * ((1 << 20) + 1))
    os.mkfifo(pipe)
    refused: list[tuple[list[Path], type[CsdeskError]]] = [
        ([invoice, large], Refused),
        ([invoice, tmp_path / "none"], NotFound),
        ([tmp_path], DataError),
        ([pipe], DataError),
        ([invoice] * (enclosing.MOST_FILES + 1), Refused),
    ]
    for paths, error in refused:
        with pytest.raises(error):
            enclosing.attach(desk, begun(desk, number, "text"), paths)
    assert drafts.of_agent(desk.store.reader(), desk.agent.id) == []
    assert list(files.names(files.folder_of(desk.store.path))) == []
    with pytest.raises(UsageError):
        sending.reply(desk, number, "  ")


def test_a_draft_of_a_file_alone_stays_when_another_session_sends_nothing_but_a_file(
    desk: Desk, invoice: Path
) -> None:
    number = hears(desk, "t")
    other = Draft(number, desk.agent.id, Mode.REPLY, "", 0, 1 << 50, files=(TranscriptFile("a"),))
    desk.store.write(lambda tx: drafts.save(tx.connection, other, "another"))
    enclosed = enclosing.attach(desk, begun(desk, number), [invoice])
    sending.reply(desk, number, "", enclosed=enclosed)
    assert [each.session for each in drafts.of_agent(desk.store.reader(), desk.agent.id)] == ["another"]
