"""What other desks export: notes stay notes, time puts the messages in order, pages are unwrapped."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings

from csdesk.formats.products import PRODUCTS, read_product
from csdesk.formats.record import Problem
from csdesk.model.conversation import Status
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptContact
from csdesk.model.transcript_file import TranscriptFile
from tests.factories import mutated

FILES = Path(__file__).parent / "files"
SHARED = Path(__file__).resolve().parents[4] / "shared/data/export-formats"


def read(product: str, data: bytes | None = None) -> tuple[list[Transcript], list[Problem]]:
    raw = (FILES / f"{product}.json").read_bytes() if data is None else data
    contents = [record.content for record in read_product(io.BytesIO(raw), product)]
    return (
        [each for each in contents if isinstance(each, Transcript)],
        [each for each in contents if isinstance(each, Problem)],
    )


def said(transcript: Transcript) -> list[tuple[str, str]]:
    return [(message.sender.value, message.text) for message in transcript.messages]


def test_chatwoot() -> None:
    (first, second), (problem,) = read("chatwoot")
    assert (first.id, first.source, first.lang, first.status) == ("41", "chatwoot", "zh", Status.RESOLVED)
    assert first.contact == TranscriptContact("林女士", "lin@example.com", "+8613800000001")
    assert first.labels == ("退款", "vip")
    assert said(first) == [
        ("customer", "快递怎么还没到？"),
        ("agent", "您好，我马上查"),
        ("note", "已联系快递，单号尾号 2231"),
        ("customer", "好的，谢谢"),
        ("customer", ""),
        ("system", "Conversation was marked resolved by 张敏"),
        ("system", "Is there anything else?"),
    ]
    assert first.messages[0].at == 1_767_225_600_000
    assert first.messages[1].author == "张敏"
    assert first.messages[4].attachments == (TranscriptFile("照片.png", "image/*", 20480),)
    assert second.status is Status.SNOOZED and said(second) == [("customer", "Do you have size M?")]
    assert problem.record == 3 and "chatwoot" in problem.reason and problem.hint


def test_freshdesk() -> None:
    (late, chat, offer), (problem,) = read("freshdesk")
    assert said(late) == [
        ("customer", "Where is my parcel?"),
        ("note", "Warehouse says:\ntomorrow"),
        ("agent", "It leaves tomorrow."),
        ("customer", "Thanks!"),
    ]
    assert (late.subject, late.status, late.inbox) == ("Parcel is late", Status.RESOLVED, "email")
    assert late.contact == TranscriptContact("Ann Lee", "ann@example.com")
    assert late.messages[0].attachments == (TranscriptFile("label.png", "image/png", 2048),)
    assert said(chat) == [("customer", "Hi there")], "the transcript of a web chat repeats the description"
    assert said(offer) == [("agent", "We called you")] and offer.labels == ("spam",)
    assert problem.record == 4 and '"soon"' in problem.reason


def test_intercom() -> None:
    (only,), problems = read("intercom")
    assert problems == []
    assert said(only) == [
        ("customer", "I want my money back"),
        ("system", "We reply soon"),
        ("note", "angry"),
        ("agent", "Done: receipt (https://shop.example/r/1)"),
        ("system", "★★★★☆ quick"),
    ], "parts without a text, and redacted ones, are left out"
    assert (only.subject, only.status, only.labels) == ("Refund", Status.RESOLVED, ("refund",))
    assert only.contact == TranscriptContact("Bo", "bo@example.com")
    assert only.messages[3].attachments[0].name == "receipt.pdf"


def test_one_object_and_one_a_line() -> None:
    line = b'{"id":1,"messages":[{"id":1,"content":"a","message_type":0,"created_at":1}]}'
    assert len(read("chatwoot", line)[0]) == 1
    found, problems = read(
        "chatwoot", line + b"\n{broken\n" + line.replace(b'"id":1,"m', b'"id":2,"m') + b"\n"
    )
    assert [each.id for each in found] == ["1", "2"]
    assert [(problem.record, problem.line) for problem in problems] == [(2, 2)]


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"[1,null,[],{}]", b'{"id":{}}', b"\xff\xfe", b"[" * 5000]
)
def test_anything_else_is_said(product: str, data: bytes) -> None:
    found, problems = read(product, data)
    assert found == []
    assert all(problem.reason and problem.hint for problem in problems)
    assert bool(problems) == (data not in (b"", b"[]"))


@pytest.mark.parametrize("product", PRODUCTS)
def test_damaged_files_never_raise(product: str) -> None:
    good = (FILES / f"{product}.json").read_bytes()

    @settings(deadline=None)
    @given(mutated(good))
    def check(data: bytes) -> None:
        for each in read_product(io.BytesIO(data), product):
            assert isinstance(each.content, Transcript | Problem)
            assert 0 < each.end <= len(data)

    check()


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data/export-formats is not here")
def test_the_real_ticket() -> None:
    (ticket,), problems = read(
        "freshdesk", (SHARED / "freshdesk-cli/ticket_with_conversations.json").read_bytes()
    )
    assert problems == []
    assert [message.sender for message in ticket.messages] == [
        Sender.CUSTOMER, Sender.CUSTOMER, Sender.AGENT, Sender.AGENT,
    ]  # fmt: skip
    assert [file.size for message in ticket.messages for file in message.attachments] == [
        45678,
        12345,
        234567,
    ]
    listed, problems = read("freshdesk", (SHARED / "freshdesk-cli/tickets_list.json").read_bytes())
    assert [each.subject for each in listed] == ["Sample ticket for testing", "Urgent: System outage"]
    assert problems == []
