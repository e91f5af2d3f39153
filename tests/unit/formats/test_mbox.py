"""Mailboxes: threads, character sets, quotes, attachments, and mails that are hardly any."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csdesk.errors import UsageError
from csdesk.formats.mail_message import body_of, head_of, parse
from csdesk.formats.mail_threads import LEFT_OUT, plain_subject, without_quote
from csdesk.formats.mbox import read_mbox
from csdesk.formats.options import ReadOptions
from csdesk.formats.record import Problem
from csdesk.model.transcript import Transcript
from tests.factories import mutated

SHOP = Path(__file__).parent / "files" / "shop.mbox"
OURS = ReadOptions(me=("@shop.example",))
AT_TWO = 1_767_319_200_000


def read(path: Path, options: ReadOptions = OURS) -> tuple[list[Transcript], list[Problem]]:
    contents = [record.content for record in read_mbox(path, options)]
    return (
        [each for each in contents if isinstance(each, Transcript)],
        [each for each in contents if isinstance(each, Problem)],
    )


def test_a_mailbox_of_a_shop() -> None:
    (thread, away), problems = read(SHOP)
    assert problems == []
    assert (thread.id, thread.source, thread.subject) == ("a1@example.com", "mbox", "快递没到")
    assert thread.contact is not None
    assert (thread.contact.name, thread.contact.email) == ("林女士", "lin@example.com")
    first, answer, thanks = thread.messages
    assert first.text.splitlines() == ["快递怎么还没到？", "From 上周三就下单了。", "From the shop page: 镕"]
    assert (first.sender.value, first.at) == ("customer", AT_TWO)
    assert (answer.sender.value, answer.author, answer.text) == ("agent", "Shop Service", "您好，明天到")
    (file,) = answer.attachments
    assert (file.name, file.kind, file.size) == ("单据.pdf", "application/pdf", 12)
    assert file.sha256 == hashlib.sha256(b"%PDF-1.4 own").hexdigest()
    assert thanks.text == f"好的，谢谢\n\n{LEFT_OUT}"
    assert thanks.at == AT_TWO + 2 * 3_600_000 + 3_000, "a date after the arrival is no date"
    assert [message.sender.value for message in away.messages] == ["system"]
    assert away.contact is not None and away.contact.name == "Wang, Qiang"


def test_quotes_may_stay() -> None:
    (thread, _away), _problems = read(SHOP, ReadOptions(me=("service@shop.example",), keep_quotes=True))
    assert thread.messages[2].text.endswith("> 再见")


def test_who_we_are_has_to_be_said() -> None:
    with pytest.raises(UsageError) as caught:
        read(SHOP, ReadOptions())
    assert "service@shop.example" in caught.value.hint


def mail(folder: Path, *mails: str) -> Path:
    path = folder / "m.mbox"
    path.write_text("".join(f"From a@x Fri Jan  2 02:00:00 2026\n{each}\n\n" for each in mails), "utf-8")
    return path


def test_threads_by_subject_when_nothing_is_referred_to(tmp_path: Path) -> None:
    head = "Date: Fri, 2 Jan 2026 0{}:00:00 +0000\nFrom: {}\nTo: {}\nSubject: {}\nMessage-ID: <{}>\n\nx"
    us = "me@shop.example"
    path = mail(
        tmp_path,
        head.format(1, "a@x.example", us, "Size", "1"),
        head.format(2, "b@x.example", us, "Size", "2"),
        head.format(3, us, "a@x.example", "RE：Re: size", "3"),
        head.format(4, "a@x.example", us, "Size", "4"),
    )
    found, _problems = read(path)
    assert [[message.id for message in each.messages] for each in found] == [["1", "3"], ["2"], ["4"]]


def test_a_longer_mailbox_keeps_the_name_of_its_threads(tmp_path: Path) -> None:
    late = (
        "From: a@x.example\nTo: me@shop.example\nReferences: <first@x> <second@x>\nMessage-ID: <third@x>\n\nx"
    )
    early = "From: a@x.example\nTo: me@shop.example\nMessage-ID: <first@x>\n\ny"
    assert [each.id for each in read(mail(tmp_path, late))[0]] == ["first@x"]
    assert [each.id for each in read(mail(tmp_path, late, early))[0]] == ["first@x"]


def test_one_saved_mail(tmp_path: Path) -> None:
    path = tmp_path / "one.eml"
    path.write_bytes(b"From: a@x.example\r\nTo: me@shop.example\r\nSubject: hi\r\n\r\nhello\r\n")
    (only,), _problems = read(path)
    assert (only.messages[0].text, only.messages[0].at) == ("hello", None)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("yes\n\nOn Fri, 2 Jan 2026, Mia <m@x> wrote:\n> hi\n> you", f"yes\n\n{LEFT_OUT}"),
        ("可以\n-----原始邮件-----\n发件人: a\n内容", f"可以\n\n{LEFT_OUT}"),
        ("ok\n发件人: a@x\n发送时间: 2026年1月2日\n收件人: b\n\n老内容", f"ok\n\n{LEFT_OUT}"),
        ("a\n> quoted\nanswer below", "a\n> quoted\nanswer below"),
        ("> only a quote", "> only a quote"),
        ("He wrote:\nsomething of mine", "He wrote:\nsomething of mine"),
        ("plain", "plain"),
    ],
)
def test_what_a_reply_quotes_at_its_end(text: str, kept: str) -> None:
    assert without_quote(text) == kept


@given(st.text(st.sampled_from("a>\n :-写道"), max_size=80))
def test_own_words_are_never_lost(text: str) -> None:
    found = without_quote(text)
    assert found == text or text.startswith(found.removesuffix(LEFT_OUT).rstrip())


def test_subjects_without_their_prefixes() -> None:
    assert plain_subject("Re: RE：回复：Fwd: 快递") == "快递"
    assert plain_subject("Regarding: x") == "Regarding: x"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; charset=no-such\n\nhi",
        b"Subject: =?utf-8?B?!!!?=\nFrom: <<>>\n\n",
        b"From: \xc1\xd6 <l@x>\nDate: 99 Foo 20xx\n\n",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b"Content-Type: text/plain; charset*=x''%ff\nContent-Disposition: attachment; filename*=gb2312''%d5%c5\n\nx",
        b"Content-Transfer-Encoding: base64\n\n%%%%",
        b"Date: Fri, 2 Jan 2026 10:00:00 +9999\n\n",
        b"Content-Type: message/rfc822\n\nSubject: inner\n\nx",
        b"",
    ],
)
def test_bad_mails_are_read_as_far_as_they_go(raw: bytes) -> None:
    head = head_of(parse(raw))
    body = body_of(parse(raw))
    assert isinstance(head.subject, str) and isinstance(body.text, str)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=mutated(SHOP.read_bytes()))
def test_damaged_mailboxes_never_raise(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.mbox"
    path.write_bytes(data)
    for record in read_mbox(path, OURS):
        assert isinstance(record.content, Transcript | Problem)


def test_absurd_nesting_is_one_bad_mail(tmp_path: Path) -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    path = mail(tmp_path, f"From: a@x\nMessage-ID: <deep>\n{deep}\nx", "From: b@x\nMessage-ID: <ok>\n\nhi")
    found, problems = read(path)
    assert "ok" in [each.id for each in found]
    assert len(found) + len(problems) == 2
