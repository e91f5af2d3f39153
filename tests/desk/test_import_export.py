"""Files in and out of a real store: once each, whole or not at all, and back the same."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from csdesk.bootstrap import open_desk
from csdesk.channels.customer import ResumePoint
from csdesk.clock import ManualClock
from csdesk.desk.context import Desk
from csdesk.desk.intake import receive
from csdesk.desk.people import ensure_inbox
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.desk.sending import note
from csdesk.errors import DataError
from csdesk.formats.exporting import export_file
from csdesk.formats.importing import BATCH, DEFAULT_STARTING_MS, ImportOptions, ImportSummary, import_file
from csdesk.formats.jsonl import encode_line
from csdesk.model.message import Sender
from csdesk.model.transcript import ASSUMED_STEP_MS, Transcript, TranscriptMessage
from csdesk.store import threads
from tests.desks import lay_empty
from tests.factories import dialogue, transcripts, words

START = 1_767_225_600_000
CORPUS = Path(__file__).resolve().parents[3] / "shared/data/crosswoz-val.jsonl"


@contextmanager
def new_desk(folder: Path, name: str = "t") -> Iterator[Desk]:
    lay_empty(folder / f"{name}.db")
    with open_desk(folder / f"{name}.db", agent="Min", create=True, clock=ManualClock(START)) as desk:
        yield desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as opened:
        yield opened


def write(path: Path, *found: Transcript) -> Path:
    path.write_bytes(b"".join(encode_line(transcript) for transcript in found))
    return path


def exported(desk: Desk, path: Path) -> list[bytes]:
    export_file(desk.store, path)
    return path.read_bytes().splitlines(keepends=True)


def rows(desk: Desk, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in desk.store.reader().execute(query).fetchall()]


def test_what_is_imported_is_counted_and_only_once(desk: Desk, tmp_path: Path) -> None:
    path = write(
        tmp_path / "f.jsonl", dialogue("1", "c: hi", "a: yes"), dialogue("2", "c: hello", contact_name="Lin")
    )
    assert import_file(desk, path) == ImportSummary(conversations=2, messages=3, contacts=2)
    assert import_file(desk, path) == ImportSummary(skipped=2)
    assert rows(desk, "SELECT source_id, status, waiting_since FROM conversation ORDER BY id") == [
        ("1", "open", None),
        ("2", "open", DEFAULT_STARTING_MS + 2 * ASSUMED_STEP_MS),
    ]
    assert rows(desk, "SELECT DISTINCT is_time_assumed FROM message") == [(1,)]


def test_a_longer_version_adds_only_what_is_new(desk: Desk, tmp_path: Path) -> None:
    first = b'{"id":"1","status":"resolved","messages":[{"from":"customer","text":"hi"}]}'
    longer = first.replace(b'"hi"}', b'"hi"},{"from":"customer","text":"again"}')
    path = tmp_path / "f.jsonl"
    path.write_bytes(first)
    import_file(desk, path)
    assert rows(desk, "SELECT status FROM conversation") == [("resolved",)]
    path.write_bytes(longer)
    assert import_file(desk, path) == ImportSummary(messages=1)
    assert rows(desk, "SELECT status, message_count FROM conversation") == [("open", 2)]


def test_bad_lines_are_named_and_the_rest_is_imported(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    good = encode_line(dialogue("1", "c: hi"))
    twins = (
        b'{"id":"2","messages":[{"from":"agent","text":"a","id":"x"},{"from":"agent","text":"b","id":"x"}]}\n'
    )
    long_text = encode_line(dialogue("3", "c: " + "x" * 100_001))
    long_inbox = encode_line(dialogue("4", "c: hi")).replace(b'"id"', b'"inbox":"' + b"i" * 80 + b'","id"', 1)
    hidden = b'{"id":"\\u200b","messages":[]}\n'
    path.write_bytes(b"{\n" + twins + long_text + long_inbox + hidden + good)
    summary = import_file(desk, path)
    assert (summary.conversations, summary.messages) == (1, 1)
    assert [problem.line for problem in summary.errors] == [1, 2, 3, 4, 5]
    assert all(problem.reason and problem.hint for problem in summary.errors)


def test_a_dry_run_counts_the_same_and_leaves_no_trace(desk: Desk, tmp_path: Path) -> None:
    one = dialogue("1", "c: hi", contact_name="Lin")
    path = write(tmp_path / "f.jsonl", one, dialogue("2", "c: hello"))
    before = rows(desk, "SELECT count(*) FROM op")
    counted = import_file(desk, path, ImportOptions(dry_run=True))
    assert counted == ImportSummary(conversations=2, messages=2, contacts=2)
    assert rows(desk, "SELECT count(*) FROM op") == before
    assert import_file(desk, path) == counted


def test_one_address_is_one_person_unless_files_contradict(desk: Desk, tmp_path: Path) -> None:
    lines = [
        {"name": "Lin", "email": "lin@example.com"},
        {"email": "LIN@example.com", "phone": "123456"},
        {"name": "Wang", "email": "lin@example.com"},
        {"phone": "123456"},
        {"phone": "123456"},
        {"name": "Lin"},
        {"name": "Lin"},
    ]
    path = tmp_path / "f.jsonl"
    path.write_text(
        "".join(
            json.dumps({"id": str(number), "contact": contact, "messages": []}) + "\n"
            for number, contact in enumerate(lines)
        )
    )
    assert import_file(desk, path).contacts == 5
    people = rows(desk, "SELECT contact FROM conversation ORDER BY id")
    assert people[0] == people[1] != people[2]
    assert people[3] == people[4] != people[0]
    assert people[5] != people[6], "a name alone is nobody in particular"
    assert rows(desk, "SELECT name, phone FROM contact WHERE email IS NOT NULL ORDER BY id") == [
        ("Lin", "123456"),
        ("Wang", None),
    ]


def test_hostile_text_is_cleaned_on_the_way_in(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "f.jsonl", dialogue("1", "c: a\x1b]0;x\x07b\u202e", contact_name="L\x1b[2Jin"))
    import_file(desk, path)
    for (text,) in rows(desk, "SELECT text FROM message UNION ALL SELECT name FROM contact"):
        assert isinstance(text, str) and not set("\x1b\x07\u202e") & set(text)


def test_progress_ends_at_the_end(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "f.jsonl", dialogue("1", "c: hi"), dialogue("2", "c: hi"))
    steps: list[tuple[int, int]] = []
    import_file(desk, path, progress=lambda done, total: steps.append((done, total)))
    size = path.stat().st_size
    assert steps[-1] == (size, size) and steps == sorted(steps)


def test_who_stops_it_keeps_whole_batches(desk: Desk, tmp_path: Path) -> None:
    path = write(tmp_path / "f.jsonl", *(dialogue(str(number), "c: hi") for number in range(BATCH + 50)))

    def stop_late(done: int, total: int) -> None:
        if done == total:
            raise KeyboardInterrupt

    for dry_run in (True, False):
        summary = import_file(desk, path, ImportOptions(dry_run=dry_run), stop_late)
        assert summary.is_stopped and summary.conversations == (0 if dry_run else BATCH)
        assert rows(desk, "SELECT count(*) FROM conversation") == [(summary.conversations,)]
    assert import_file(desk, path) == ImportSummary(conversations=50, messages=50, contacts=50, skipped=BATCH)


def test_a_file_that_cannot_be_read_is_said(desk: Desk, tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(DataError) as caught:
            import_file(desk, path)
        assert str(path) in caught.value.sentence and caught.value.hint


def test_a_live_conversation_goes_out_and_is_known_when_it_comes_back(desk: Desk, tmp_path: Path) -> None:
    desk.store.write(lambda tx: ensure_inbox(tx, "web"))
    card = ContactCard("k", "Lin", phone="123456", tier="A")
    receive(desk, Incoming("web", "t1", "m1", "在吗", card, START, "尺码", "zh", "presale"))
    path = tmp_path / "out.jsonl"
    (line,) = exported(desk, path)
    told = json.loads(line)
    uid = rows(desk, "SELECT uid FROM conversation")[0][0]
    assert isinstance(uid, bytes)
    assert told == {
        "id": uid.hex(),
        "source": "csdesk",
        "lang": "zh",
        "inbox": "web",
        "stage": "presale",
        "subject": "尺码",
        "status": "open",
        "contact": {"name": "Lin", "phone": "123456", "tier": "A"},
        "messages": [{"from": "customer", "text": "在吗", "at": "2026-01-01T00:00:00Z", "id": "m1"}],
    }
    assert import_file(desk, path) == ImportSummary(skipped=1)
    with new_desk(tmp_path, "other") as other:
        assert import_file(other, path) == ImportSummary(conversations=1, messages=1, contacts=1)
        assert rows(other, "SELECT uid FROM conversation") == [(uid,)], "and keeps its ref"
        assert exported(other, tmp_path / "again.jsonl") == [line]


def test_what_was_written_here_is_known_when_it_comes_back(desk: Desk, tmp_path: Path) -> None:
    import_file(desk, write(tmp_path / "f.jsonl", dialogue("1", "c: hi")))
    (number,) = rows(desk, "SELECT id FROM conversation")[0]
    assert isinstance(number, int)
    note(desk, number, "look at this")
    path = tmp_path / "out.jsonl"
    lines = exported(desk, path)
    assert import_file(desk, path) == ImportSummary(skipped=1)
    with new_desk(tmp_path, "other") as other:
        assert import_file(other, path).messages == 2
        assert exported(other, tmp_path / "again.jsonl") == lines
        assert import_file(other, path) == ImportSummary(skipped=1)


def test_an_export_is_whole_private_or_not_there(desk: Desk, tmp_path: Path) -> None:
    import_file(desk, write(tmp_path / "f.jsonl", dialogue("1", "c: hi")))
    out = tmp_path / "out.jsonl"
    out.write_text("old")

    def fail(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_file(desk.store, out, fail)
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == sorted({"f.jsonl", "out.jsonl", *db_files(tmp_path)})
    assert export_file(desk.store, out).messages == 1
    assert out.stat().st_mode & 0o777 == 0o600
    with pytest.raises(DataError) as caught:
        export_file(desk.store, tmp_path / "nowhere" / "out.jsonl")
    assert caught.value.code == "export.cannot_write"


def db_files(folder: Path) -> set[str]:
    return {name for name in os.listdir(folder) if name.startswith("t.db")}


def distinct(drawn: list[Transcript]) -> list[Transcript]:
    """Transcripts of different (source, id), with different ids of messages, as a good file has them."""
    kept = {(each.source or "", each.id): each for each in drawn}
    return [
        each
        for each in kept.values()
        if len({message.id for message in each.messages}) == len(each.messages)
        or all(message.id is None for message in each.messages)
    ]


def author_beside(message: TranscriptMessage, called: str | None) -> str:
    """The author an export names: a customer's own name stands with the contact already."""
    return "" if message.sender is Sender.CUSTOMER and message.author == called else message.author or ""


@settings(deadline=None, max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(transcripts(text=words()), max_size=6).map(distinct))
def test_import_of_an_export_is_an_identity(drawn: list[Transcript]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        given_file = write(folder / "given.jsonl", *drawn)
        with new_desk(folder, "one") as one:
            summary = import_file(one, given_file)
            assert summary.errors == () and summary.conversations == len(drawn)
            lines = exported(one, folder / "one.jsonl")
            assert import_file(one, folder / "one.jsonl") == ImportSummary(skipped=len(drawn))
        with new_desk(folder, "two") as two:
            assert import_file(two, folder / "one.jsonl").messages == summary.messages
            assert exported(two, folder / "two.jsonl") == lines
    for transcript, line in zip(drawn, lines, strict=True):
        told = json.loads(line)
        assert (told["id"], told.get("source")) == (transcript.id, transcript.source)
        assert told["status"] == (transcript.status or "open")
        assert sorted(told.get("labels", [])) == sorted(transcript.labels)
        called = told.get("contact", {}).get("name")
        assert sorted((m["from"], m["text"], m.get("author") or "") for m in told["messages"]) == sorted(
            (m.sender.value, m.text, author_beside(m, called)) for m in transcript.messages
        )


def test_a_thread_says_how_far_it_has_come(desk: Desk) -> None:
    desk.store.write(lambda tx: ensure_inbox(tx, "demo"))
    for number in range(2):
        receive(desk, Incoming("demo", "t1", f"t1/{number}", "hi", ContactCard("k"), START))
    (found,) = threads.progress(desk.store.reader(), "demo")
    assert (found.thread, found.customer_messages, found.is_answered) == ("t1", 2, False)
    assert ResumePoint(found.customer_messages, found.is_answered) == ResumePoint(2, False)
    assert threads.progress(desk.store.reader(), "other") == []


@pytest.mark.skipif(not CORPUS.exists(), reason="../shared/data/crosswoz-val.jsonl is not here")
def test_the_real_corpus_goes_in_once(desk: Desk, tmp_path: Path) -> None:
    first = import_file(desk, CORPUS)
    assert (first.conversations, first.messages, first.errors) == (500, 8458, ())
    again = import_file(desk, CORPUS)
    assert (again.conversations, again.messages, again.skipped) == (0, 0, 500)
