"""A reply as the fields of a form hold it: shown, written in, and saved as just what stands there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdesk.model.reply import PackScope, QuickReply, ReplyAction, Slot, Validity
from csdesk.replies.complaints import complaints, slot_complaints
from csdesk.replies.pack_file import Add, Change, PackFile, edited, open_pack
from csdesk.replies.said import AFTER, LINES, OFFERED, SEVERAL, contradict, said_of, tidied, with_said
from csdesk.replies.written import Written
from csdesk.yamlsafe import Mapping, Node, Scalar, Sequence, loads

TODAY = date(2026, 11, 23)  # a Monday
REPLY = QuickReply("r", "fh", "发货", "您好，{{eta}}发货", "personal", PackScope.PERSONAL, "zh-CN")
ETA = Slot("eta", "多久")
LONG = replace(
    REPLY,
    aliases=("fahuo",),
    tags=("快递", "a, b"),
    note="两行\n备注",
    stage="aftersale",
    tier=("B", "A"),
    channels=("email",),
    subject="关于发货",
    fallback="马上发货。",
    valid=Validity("2026-11-01", "2026-11-11", ("sun", "mon"), "22:00-06:00"),
    actions=(
        ReplyAction("priority", "high"),
        ReplyAction("label", "退款"),
        ReplyAction("snooze", "1d"),
        ReplyAction("snooze", "2d"),
        ReplyAction("label", "a, b"),
    ),
)


def home(tmp_path: Path) -> PackFile:
    return open_pack(tmp_path / "personal.yaml", PackScope.PERSONAL)


def test_what_nobody_wrote_in_stays_to_the_letter() -> None:
    for reply in (REPLY, LONG):
        assert with_said(reply, said_of(reply), TODAY) == reply
    changed = with_said(LONG, {**said_of(LONG), "title": " 何时发货 ", "hours": ""}, TODAY)
    wanted = replace(LONG, title="何时发货", valid=replace(LONG.valid or Validity(), hours=""))
    assert changed == wanted


def test_every_field_is_shown_and_taken() -> None:
    assert {*said_of(LONG)} == {*LINES, *OFFERED, *AFTER}
    said = {
        "stage": "presale", "tier": "A C", "channels": "chat email", "from": "", "until": "2026-12-31",
        "days": "sat sun", "hours": "09:00-18:00", "label": "退款，急", "snooze": "reply", "priority": "urgent",
        "status": "", "aliases": "fa, huo", "subject": "",
    }  # fmt: skip
    assert with_said(REPLY, said, TODAY) == replace(
        REPLY,
        aliases=("fa", "huo"),
        stage="presale",
        tier=("A", "C"),
        channels=("chat", "email"),
        valid=Validity("", "2026-12-31", ("sat", "sun"), "09:00-18:00"),
        actions=(
            ReplyAction("label", "退款"),
            ReplyAction("label", "急"),
            ReplyAction("snooze", "reply"),
            ReplyAction("priority", "urgent"),
        ),
    )


def test_emptied_fields_leave_nothing_behind(tmp_path: Path) -> None:
    bare = with_said(LONG, dict.fromkeys(said_of(LONG), ""), TODAY)
    assert (bare.valid, bare.actions, bare.stage, bare.tier, bare.aliases) == (None, (), "any", (), ())
    kept = with_said(replace(LONG, fallback=""), dict.fromkeys((*OFFERED, *AFTER), ""), TODAY)
    kept = replace(kept, slots=(ETA,), aliases=(), tags=(), note="", subject="")
    text = edited(home(tmp_path), [Add(kept)]).text
    assert text.endswith("replies:\n  - id: r\n    code: fh\n    title: 发货\n    body: 您好，{{eta}}发货\n")


def test_actions_keep_their_order_and_one_of_a_kind() -> None:
    said = said_of(LONG)
    assert said["label"] == "退款, a, b"
    assert said["snooze"] == "2d"
    changed = with_said(LONG, {**said, "status": "resolved", "snooze": ""}, TODAY)
    assert changed.actions == (
        ReplyAction("priority", "high"),
        ReplyAction("label", "退款"),
        ReplyAction("label", "a, b"),
        ReplyAction("status", "resolved"),
    )
    assert not contradict(changed.actions)
    assert contradict((*changed.actions, ReplyAction("snooze", "1d")))


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("from", " 周五 ", "2026-11-27"),
        ("until", "+3d", "2026-11-26"),
        ("until", "２０２６/１２/1", "2026-12-01"),
        ("from", "someday", "someday"),
        ("hours", "9-18", "09:00-18:00"),
        ("hours", "9：30 ～ 18：00", "09:30-18:00"),
        ("hours", "22点至6点", "22:00-06:00"),
        ("hours", "25-99", "25:00-99:00"),
        ("hours", "mornings", "mornings"),
        ("snooze", "2 hours", "2h"),
        ("snooze", "３０分钟", "30m"),
        ("snooze", "Reply", "reply"),
        ("snooze", "soon", "soon"),
        ("code", " ＹＨ ", "yh"),
        ("days", "sun mon", "mon sun"),
        ("label", " 急 ", "急"),
    ],
)
def test_what_is_typed_is_tidied(name: str, typed: str, meant: str) -> None:
    assert tidied(name, typed, TODAY) == meant


@pytest.mark.parametrize(
    ("changes", "field", "told"),
    [
        ({"code": ""}, "code", "filled in"),
        ({"code": "YH!"}, "code", "Small letters and digits"),
        ({"title": "x" * 81}, "title", "80"),
        ({"title": " "}, "title", "filled in"),
        ({"body": ""}, "body", "filled in"),
        ({"body": "{{nobody.knows}}"}, "body", "nobody.knows"),
        ({"body": "{{ broken"}, "body", "}}"),
        ({"fallback": "{{contact.nam}}"}, "fallback", "contact.name"),
        ({"subject": "{{contact.nam}}"}, "subject", "contact.name"),
        ({"aliases": ("Fa",)}, "aliases", "small letters"),
        ({"aliases": ("f" * 33,)}, "aliases", "32"),
        ({"aliases": ("fh",)}, "aliases", "other than the code"),
        ({"tags": ("t" * 41,)}, "tags", "40"),
        ({"valid": Validity("someday")}, "from", "2026-11-25"),
        ({"valid": Validity("2026-02-30")}, "from", "calendar"),
        ({"valid": Validity("", "2026")}, "until", "2026-11-25"),
        ({"valid": Validity("2026-11-11", "2026-11-01")}, "until", "before"),
        ({"valid": Validity(hours="25:00-26:00")}, "hours", "09:00-18:00"),
        ({"actions": (ReplyAction("snooze", "soon"),)}, "snooze", "30m, 2h, 1d or reply"),
        ({"actions": (ReplyAction("label", "x" * 41),)}, "label", "40"),
        ({"actions": (ReplyAction("status", "x"),)}, "status", "open, snoozed, resolved"),
    ],
)
def test_each_complaint_names_its_field_and_what_may_stand_there(
    changes: dict[str, object], field: str, told: str
) -> None:
    found = complaints(replace(LONG, slots=(ETA,), **changes), [ETA])  # type: ignore[arg-type]
    assert [*found] == [field]
    assert told in found[field].told
    assert "is no good hours" not in found[field].told


def test_a_sound_reply_has_no_complaints() -> None:
    slots = [ETA, Slot("size", "S", "choice", ("S", "M"), False), Slot("n", "N", "number", least=1.5)]
    assert complaints(replace(LONG, source="seed 001", is_etiquette_checked=True), slots) == {}


@pytest.mark.parametrize(
    ("name", "told", "fields"),
    [
        ("eta", {"prompt": "多久", "type": "text"}, []),
        ("Eta", {"prompt": "多久", "type": "text"}, ["name"]),
        ("", {"prompt": "", "type": "text"}, ["name"]),
        ("eta", {"prompt": "多" * 81, "type": "text"}, ["prompt"]),
        ("eta", {"prompt": "x", "type": "choice", "choices": ()}, ["choices"]),
        ("eta", {"prompt": "x", "type": "choice", "choices": ("a",) * 31}, ["choices"]),
        ("n", {"prompt": "x", "type": "number", "min": "much"}, ["min"]),
        ("n", {"prompt": "x", "type": "number", "min": "2", "max": "1"}, ["max"]),
    ],
)
def test_a_slot_is_complained_of_by_its_fields(name: str, told: Written, fields: list[str]) -> None:
    assert [*slot_complaints(name, told)] == fields


CODES = st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,5}\Z")
WORDS = st.text("abc 中文，,:'\"#-{}[]&*!|>%@0123", max_size=12)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat) | st.just("")
FIELDS = st.fixed_dictionaries(
    {
        "code": CODES,
        "title": WORDS,
        "aliases": st.lists(CODES, max_size=3).map(", ".join),
        "folder": WORDS,
        "tags": WORDS,
        "note": WORDS,
        "subject": WORDS,
        "stage": st.sampled_from(["", "presale", "insale", "aftersale"]),
        "from": DAYS | WORDS,
        "until": DAYS,
        "hours": st.sampled_from(["", "09:00-18:00", "9-18", "22:00-06:00", "25-26", "x"]),
        "label": WORDS,
        "snooze": st.sampled_from(["", "1d", "30m", "reply", "2 hours", "soon"]),
        "status": st.sampled_from(["", "open", "snoozed", "resolved"]),
        "priority": st.sampled_from(["", "low", "urgent"]),
        **{
            name: st.lists(st.sampled_from(words), unique=True).map(" ".join)
            for name, words in SEVERAL.items()
        },
    }
)


def assert_nothing_is_empty(text: str) -> None:
    """Every key of the reply in ``text`` says something."""
    root = loads(text.encode())
    assert isinstance(root, Mapping)
    replies = root.items["replies"]
    assert isinstance(replies, Sequence)
    waiting: list[Node] = [replies]
    while waiting:
        node = waiting.pop()
        inside = (
            []
            if isinstance(node, Scalar)
            else [*(node.items.values() if isinstance(node, Mapping) else node.items)]
        )
        assert node.text if isinstance(node, Scalar) else inside
        waiting += inside


@settings(max_examples=150, deadline=None)
@given(first=FIELDS, second=FIELDS)
def test_what_the_fields_say_is_refused_or_comes_back_from_the_file(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, str], second: dict[str, str]
) -> None:
    file = open_pack(tmp_path_factory.getbasetemp() / "none.yaml", PackScope.PERSONAL)
    reply = with_said(replace(REPLY, body="您好"), first, TODAY)
    if complaints(reply, ()):
        return
    file = edited(file, [Add(reply)])
    assert file.replies == (replace(reply, lang=file.replies[0].lang),)
    read = file.replies[0]
    assert with_said(read, said_of(read), TODAY) == read
    assert_nothing_is_empty(file.text)
    after = with_said(read, second, TODAY)
    if complaints(after, ()):
        return
    changed = edited(file, [Change(read, after)])
    assert changed.replies == (after,)
    assert edited(changed, [Change(after, read)]).replies == (read,)
