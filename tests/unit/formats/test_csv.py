"""Tables: which column is what, in which character set, and rows that do not fit."""

from __future__ import annotations

from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from csdesk.errors import CsdeskError, DataError, UsageError
from csdesk.formats.csv_columns import columns_of, read_mapping
from csdesk.formats.csv_conversations import read_csv
from csdesk.formats.csv_table import guess_encoding, open_table
from csdesk.formats.options import ReadOptions
from csdesk.formats.record import Problem
from csdesk.model.conversation import Status
from csdesk.model.transcript import Transcript
from tests.factories import mutated

SHOP = Path(__file__).parent / "files" / "shop.csv"
BITEXT = Path(__file__).resolve().parents[4] / "shared/data/bitext-customer-support.csv"


def read(path: Path, options: ReadOptions | None = None) -> tuple[list[Transcript], list[Problem]]:
    contents = [record.content for record in read_csv(path, options or ReadOptions())]
    return (
        [each for each in contents if isinstance(each, Transcript)],
        [each for each in contents if isinstance(each, Problem)],
    )


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "t.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_table_of_a_shop(tmp_path: Path, encoding: str) -> None:
    path = table(tmp_path, SHOP.read_text("utf-8"), encoding)
    east = ReadOptions(zone=timezone(timedelta(hours=8)))
    (first, second), problems = read(path, east)
    assert (first.id, first.source, first.status) == ("1001", "csv", Status.RESOLVED)
    assert first.labels == ("尺码", "售前")
    assert first.contact is not None and first.contact.name == "林女士"
    assert [(m.sender.value, m.text, m.id) for m in first.messages] == [
        ("customer", "在吗,这款还有 M 码吗?", "#1"),
        ("agent", "有的，亲", "#2"),
    ]
    assert first.messages[0].at == 1_767_319_205_000, "2026-01-02 10:00:05 in the east is 02:00:05 UTC"
    assert [(m.sender.value, m.id) for m in second.messages] == [
        ("customer", "#1"), ("system", "#2"), ("agent", "#4"),
    ]  # fmt: skip
    assert [(problem.line, bool(problem.hint)) for problem in problems] == [(6, True), (7, True)]


def test_a_question_and_its_answer_a_row(tmp_path: Path) -> None:
    path = table(tmp_path, "q;a;x\nSize?;M is left;1\nSize?;M is left;1\nColour?;;1\n")
    options = ReadOptions(columns={"question": "q", "answer": "2"})
    found, problems = read(path, options)
    assert problems == []
    assert [[m.text for m in each.messages] for each in found] == [
        ["Size?", "M is left"], ["Size?", "M is left"], ["Colour?"],
    ]  # fmt: skip
    assert found[0].id == found[1].id != found[2].id, "the same row again is the same conversation"


def test_names_say_who_is_the_agent(tmp_path: Path) -> None:
    path = table(tmp_path, "nickname\tcontent\n张敏\t您好\n林\t在吗\n")
    with pytest.raises(UsageError) as caught:
        read(path)
    assert caught.value.code == "import.no_sender_column" and "--me" in caught.value.hint
    found, _problems = read(path, ReadOptions(me=("张敏",)))
    assert [each.messages[0].sender.value for each in found] == ["agent", "customer"]


def test_columns_by_any_name() -> None:
    columns = columns_of(["Ticket ID", "发送者", " Message ", "备用", "Created_At"], {"from": "备用"})
    assert columns.pairs == [
        ("id", "Ticket ID"), ("author", "发送者"), ("text", "Message"), ("from", "备用"), ("at", "Created_At"),
    ]  # fmt: skip
    assert columns.unread == ()
    for said in ({"text": "nothing"}, {"text": ""}):
        with pytest.raises(UsageError) as caught:
            columns_of(["a", "message"], said)
        assert caught.value.hint and "message" in caught.value.sentence
    for pair in ("text", "txet=a", "=a"):
        with pytest.raises(UsageError):
            read_mapping([pair])
    assert read_mapping(["text= 内容", "TIER="]) == {"text": "内容", "tier": ""}


def test_rows_that_do_not_fit(tmp_path: Path) -> None:
    path = table(tmp_path, 'id,from,text\n1,customer,a,b\n,customer,x\n1,agent,ok\n2,,"y"\n\n1,customer\n')
    found, problems = read(path)
    assert [(each.id, [m.text for m in each.messages]) for each in found] == [("1", ["ok", ""])]
    assert [problem.line for problem in problems] == [2, 3, 5]


def test_a_file_that_is_no_table(tmp_path: Path) -> None:
    for text in ("", "\n\n"):
        with pytest.raises(DataError, match="empty"):
            read(table(tmp_path, text))
    path = tmp_path / "b.csv"
    path.write_bytes("caf\xe9\n".encode("latin-1"))
    with pytest.raises(DataError, match="neither"):
        guess_encoding(path)
    assert open_table(path, "latin-1").header == ("café",)
    with pytest.raises(UsageError, match="no character set"):
        open_table(path, "utf-9")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=mutated(SHOP.read_bytes()))
def test_damaged_tables_are_said(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(data)
    try:
        for record in read_csv(path, ReadOptions()):
            assert isinstance(record.content, Transcript | Problem)
    except CsdeskError as error:
        assert error.sentence and error.hint


@pytest.mark.skipif(not BITEXT.exists(), reason="../shared/data/bitext-customer-support.csv is not here")
def test_the_real_questions() -> None:
    options = ReadOptions(columns={"question": "instruction", "answer": "response", "labels": "intent"})
    found, problems = read(BITEXT, options)
    assert (len(found), problems) == (4514, [])
    assert all(len(each.messages) == 2 and each.labels for each in found)
