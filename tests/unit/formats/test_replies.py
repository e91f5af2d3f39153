"""Quick replies in and out of other systems: what a format can hold comes back as it went."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from csdesk.errors import CsdeskError, DataError
from csdesk.formats.replies.forms import FORMS, detect
from csdesk.formats.replies.table import entries, joined
from csdesk.model.reply import PackScope, QuickReply, ReplyAction, Slot, Validity
from csdesk.replies.merging import Incoming, Plan, plan
from csdesk.replies.pack_file import PackFile, edited, open_pack
from csdesk.text import clean

SLOT = Slot("eta", "多久", "choice", ("今天", "明天"))
HTML_FORMATS = ("zammad", "intercom", "freescout")
WITHOUT_FALLBACKS = ("zammad", "livehelperchat", "rocketchat")
HELD = {
    "csv": ("id", "code", "aliases", "title", "body", "folder", "tags", "stage", "tier", "channels", "subject",
            "variants", "fallback", "valid", "actions", "note", "slots", "is_etiquette_checked"),
    "chatwoot": ("code", "body"),
    "rocketchat": ("code", "body", "tags"),
    "zammad": ("code", "title", "body", "note", "tags"),
    "livehelperchat": ("code", "title", "body", "fallback", "note", "tags", "valid"),
    "intercom": ("id", "title", "body"),
    "freescout": ("id", "title", "body", "folder"),
}  # fmt: skip


def reply(code: str, body: str = "您好", **fields: object) -> QuickReply:
    made = QuickReply(f"id-{code}", code, code.upper(), body, "personal", PackScope.PERSONAL, "zh-CN")
    return replace(made, **fields)  # type: ignore[arg-type]


def spell(title: str) -> str:
    return " ".join({"退": "tui", "货": "huo", "提": "ti"}.get(char, char) for char in title)


def pack_with(folder: Path, *replies: QuickReply) -> PackFile:
    from csdesk.replies.pack_file import Add

    empty = open_pack(folder / "none.yaml", PackScope.PERSONAL)
    return edited(empty, [Add(each) for each in replies])


def planned(path: Path, form: str, file: PackFile, taken: tuple[str, ...] = ()) -> Plan:
    slots = {slot.name for slot in (file.read.pack.slots if file.read.pack else ())}
    found = FORMS[form].read(path, slots)
    return plan(
        file,
        [Incoming(each.line, each.fields, each.suggested, each.code) for each in found.replies],
        taken,
        spell,
    )


def given_file(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


_WORDS = st.text(
    st.characters(categories=("Lu", "Ll", "Lo", "N"), include_characters="亲，。!-'&<>"),
    min_size=1,
    max_size=10,
)
_LINE = st.lists(_WORDS, min_size=1, max_size=3).map(" ".join)
_VARIABLE = st.sampled_from(
    (
        "{{contact.name}}",
        "{{contact.name | 亲}}",
        "{{agent.name}}",
        "{{conversation.ref}}",
        "{{eta}}",
        "{{order.number}}",
    )
)
_WORD = st.text(st.characters(categories=("Ll", "Lo", "N"), exclude_characters="ªº"), min_size=1, max_size=8)
_TAG = st.text(
    st.characters(categories=("Ll", "Lo", "N"), include_characters=" ;,、\"'="), min_size=1, max_size=8
).map(str.strip)
_CODE = st.from_regex(r"[a-z][a-z0-9-]{1,8}[a-z]", fullmatch=True)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    lines = draw(
        st.lists(st.lists(st.one_of(_LINE, _VARIABLE), min_size=1, max_size=4), min_size=1, max_size=4)
    )
    return clean("\n".join(" ".join(parts) for parts in lines))


@st.composite
def replies(draw: st.DrawFn) -> QuickReply:
    valid = draw(
        st.sampled_from(
            (
                None,
                Validity("2026-01-01", "2026-12-31"),
                Validity(last_day="2026-11-11"),
                Validity(days=("mon", "sun"), hours="09:00-18:30"),
                Validity(hours="22:00-06:00"),
            )
        )
    )
    body = draw(bodies())
    variants = tuple(draw(st.lists(bodies(), max_size=2)))
    return reply(
        draw(_CODE),
        body,
        title=draw(_WORD),
        aliases=tuple(draw(st.sets(_CODE.map(lambda code: f"al-{code}"), max_size=2))),
        folder=draw(st.sampled_from(("", "售前/议价", "a, b"))),
        tags=tuple(dict.fromkeys(each for each in draw(st.lists(_TAG, max_size=3)) if each)),
        stage=draw(st.sampled_from(("any", "presale"))),
        tier=draw(st.sampled_from(((), ("A", "C")))),
        channels=draw(st.sampled_from(((), ("email",)))),
        subject=draw(st.sampled_from(("", "关于{{order.number}}"))),
        variants=variants,
        fallback=draw(st.one_of(st.just(""), _LINE.map(clean))),
        valid=valid,
        actions=draw(st.sampled_from(((), (ReplyAction("label", "议价, 急"), ReplyAction("snooze", "1d"))))),
        note=draw(st.one_of(st.just(""), _LINE.map(clean))),
        slots=(SLOT,) if any("{{eta}}" in text for text in (body, *variants)) else (),
        is_etiquette_checked=draw(st.booleans()),
    )


def as_held(made: QuickReply, form: str) -> QuickReply:
    """``made`` without what the format's own rules take away."""
    fields: dict[str, Any] = {}
    if form in WITHOUT_FALLBACKS:
        fields["body"] = made.body.replace("{{contact.name | 亲}}", "{{contact.name}}")
    if form in ("zammad", "livehelperchat"):
        fields["tags"] = tuple(dict.fromkeys(tag for tag in made.tags if not set(tag) & set(",")))
    return replace(made, **fields)


@pytest.mark.parametrize("form", list(FORMS))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=replies())
def test_what_a_format_can_hold_comes_back(tmp_path: Path, form: str, made: QuickReply) -> None:
    sent = as_held(made, form)
    path = given_file(tmp_path, f"out.{form}", FORMS[form].write([sent]).text)
    found = FORMS[form].read(path, {"eta"})
    assert found.refused == ()
    (back,) = found.replies
    got = {**back.fields, "code": back.code}
    assert {name: got[name] for name in HELD[form]} == {name: getattr(sent, name) for name in HELD[form]}


@pytest.mark.parametrize("form", list(FORMS))
@settings(
    deadline=None,
    max_examples=8,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    some=st.lists(
        replies(), min_size=1, max_size=4, unique_by=(lambda each: each.code, lambda each: each.title)
    )
)
def test_an_export_read_back_changes_nothing(tmp_path: Path, form: str, some: list[QuickReply]) -> None:
    names = [name for each in some for name in (each.code, *each.aliases)]
    if len(set(names)) < len(names):
        some = [replace(each, aliases=()) for each in some]
    file = pack_with(tmp_path, *(as_held(each, form) for each in some))
    path = given_file(tmp_path, f"out.{form}", FORMS[form].write(file.replies).text)
    came = planned(path, form, file)
    assert (came.added, came.changed, came.conflicts, came.absent) == ((), (), (), ())
    assert len(came.unchanged) == len(some)


@pytest.mark.parametrize(
    ("form", "name", "text", "body", "unmapped"),
    [
        ("chatwoot", "a.json", '[{"short_code":"a","content":"Hi {{contact.first_name || \'you\'}} {{contact.x}}"}]',
         "Hi {{contact.name | you}} {{{{contact.x}}", ["{{contact.x}}"]),
        ("chatwoot", "a.csv", "short_code,content\na,Hi {{ contact.first_name }} {{ contact.last_name }}\n",
         "Hi {{contact.name}}", []),
        ("zammad", "a.csv", "name,keywords,content\nT,a,<p>Hello #{ticket.customer.lastname}&nbsp;&amp; #{ticket.title}</p>\n",
         "Hello {{contact.name}} & #{ticket.title}", ["#{ticket.title}"]),
        ("livehelperchat", "a.csv", "title,msg,fallback_msg,unique_id\nT,Hi {nick} {vip},Hi,a\n",
         "Hi {{contact.name}} {vip}", ["{vip}"]),
        ("rocketchat", "a.json", '{"cannedResponses":[{"shortcut":"a","text":"{{contact.name}} {{agent.email}}"}]}',
         "{{contact.name}} {{{{agent.email}}", ["{{agent.email}}"]),
        ("intercom", "a.json", '{"data":[{"type":"macro","id":"7","name":"A","body":'
         '"<p>Hi <attribute key=\\"user.name\\" default=\\"there\\"/>,</p><p>bye</p>"}]}',
         "Hi {{contact.name | there}},\n\nbye", []),
        ("freescout", "a.json", '{"_embedded":{"saved_replies":[{"id":3,"name":"A","text":'
         '"Hi {%customer.firstName,fallback=you%}<br>{%customer.company%}"}]}}',
         "Hi {{contact.name | you}}\n{%customer.company%}", ["{%customer.company%}"]),
        ("csv", "a.csv", "编码;快捷短语;分组\na;您好 {{contact.name}} {{vip}};问候\n",
         "您好 {{contact.name}} {{{{vip}}", ["{{vip}}"]),
    ],
)  # fmt: skip
def test_placeholders_of_each_system(
    tmp_path: Path, form: str, name: str, text: str, body: str, unmapped: list[str]
) -> None:
    path = given_file(tmp_path, name, text)
    (found,) = FORMS[form].read(path, ()).replies
    assert found.fields["body"] == body
    assert [remark.said.split(" ")[0] for remark in found.remarks] == unmapped


@pytest.mark.parametrize("form", list(FORMS))
def test_the_format_is_told_by_the_file(tmp_path: Path, form: str) -> None:
    path = given_file(tmp_path, "out", FORMS[form].write([reply("yh")]).text)
    assert detect(path) == form


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_character_sets_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    path = given_file(
        tmp_path, "a.csv", "快捷编码,快捷短语,分组\r\nyh,亲，最低价了,议价\r\n".encode(encoding)
    )
    (found,) = FORMS["csv"].read(path, ()).replies
    assert (found.code, found.fields["body"], found.fields["folder"]) == ("yh", "亲，最低价了", "议价")


def test_remarks_name_the_line_where_the_reply_begins(tmp_path: Path) -> None:
    path = given_file(tmp_path, "a.csv", 'code,content\nok,"one\ntwo"\nbad,"x\n{{y}}"\nnone,\n')
    found = FORMS["csv"].read(path, ())
    assert [remark.line for each in found.replies for remark in each.remarks] == [4]
    assert [remark.line for remark in found.refused] == [6]


def test_lines_of_records_inside_an_object(tmp_path: Path) -> None:
    path = given_file(
        tmp_path,
        "a.json",
        '{"meta": {"data": 3},\n "payload": [\n  {"short_code": "a",\n   "content": "x"},\n  {"short_code": "b"}]}',
    )
    found = FORMS["chatwoot"].read(path, ())
    assert ([each.line for each in found.replies], [each.line for each in found.refused]) == ([3], [5])


def test_a_formula_is_a_text_to_a_spreadsheet_and_comes_back() -> None:
    text = FORMS["csv"].write([reply("a", "=1+1", note="'@x", title="-x")]).text
    assert "'=1+1" in text
    assert "''@x" in text


@given(
    st.lists(
        st.text(max_size=6).map(lambda text: clean(text).replace("\n", "")).filter(str.strip),
        max_size=4,
        unique=True,
    )
)
def test_a_list_in_a_cell_comes_back(values: list[str]) -> None:
    assert entries(joined(values)) == tuple(values)


@pytest.mark.parametrize(
    ("form", "name", "text"),
    [
        ("chatwoot", "a.json", '[{"short_code": "a"\n "content"}]'),
        ("chatwoot", "a.json", '{"nothing": 1}'),
        ("intercom", "a.json", "[" * 100_000),
        ("csv", "a.csv", ""),
        ("csv", "a.csv", "a,b\n1,2\n"),
        ("zammad", "a.csv", "code,content\na,b\n"),
        ("csv", "a.csv", b"\xff\xff\x80\x00\x81"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, form: str, name: str, text: str | bytes) -> None:
    with pytest.raises(CsdeskError) as refused:
        FORMS[form].read(given_file(tmp_path, name, text), ())
    assert isinstance(refused.value, DataError)
    assert refused.value.hint


def test_records_that_are_none_are_told_and_the_others_read(tmp_path: Path) -> None:
    path = given_file(
        tmp_path,
        "a.json",
        json.dumps([1, None, {"short_code": 5, "content": []}, {"short_code": "a", "content": "x"}]),
    )
    found = FORMS["chatwoot"].read(path, ())
    assert (len(found.refused), [each.code for each in found.replies]) == (3, ["a"])


def test_a_plan_adds_changes_leaves_and_names_conflicts(tmp_path: Path) -> None:
    file = pack_with(
        tmp_path, reply("yh", "旧", folder="议价", tags=("x",)), reply("zx"), reply("alone", aliases=("al",))
    )
    path = given_file(
        tmp_path,
        "a.csv",
        "code,content\nyh,新\nzx,您好\nfh,发货\nfh,again\nal,taken\nother,elsewhere\nbad,{{{{x\nlong,"
        + "x" * 2001
        + "\n",
    )
    came = planned(path, "csv", file, ("other",))
    assert [each.reply.code for each in came.added] == ["fh", "bad"]
    assert [(each.after.body, each.after.folder, each.keys) for each in came.changed] == [
        ("新", "议价", ("body",))
    ]
    assert came.changed[0].diff() == [" tags: [x]", "-body: 旧", "+body: 新"]
    assert [each.code for each in came.unchanged] == ["zx"]
    assert [each.code for each in came.conflicts] == ["fh", "al", "other", "long"]
    assert [each.code for each in came.absent] == ["alone"]
    after = edited(file, came.edits())
    assert [each.code for each in after.replies] == ["yh", "zx", "alone", "fh", "bad"]
    pruned = edited(file, came.edits(prune=True))
    assert [each.code for each in pruned.replies] == ["yh", "zx", "fh", "bad"]


def test_codes_that_cannot_be_typed_are_made_once(tmp_path: Path) -> None:
    path = given_file(
        tmp_path,
        "a.json",
        json.dumps(
            [{"short_code": each, "content": each} for each in ("退货", "提货", "Refund Policy", "！")]
        ),
    )
    first = planned(path, "chatwoot", pack_with(tmp_path))
    assert [(each.reply.code, each.code_was) for each in first.added] == [
        ("th", "退货"), ("th-2", "提货"), ("refund", "Refund Policy"), ("reply", "！"),
    ]  # fmt: skip
    file = pack_with(tmp_path, *(each.reply for each in first.added))
    again = planned(path, "chatwoot", file)
    assert (again.added, again.changed, again.conflicts) == ((), (), ())


def test_a_reply_of_the_same_made_code_but_another_title_is_not_overwritten(tmp_path: Path) -> None:
    file = pack_with(tmp_path, reply("th", "mine", title="提货"))
    came = planned(
        given_file(tmp_path, "a.json", '[{"short_code": "退货", "content": "x"}]'), "chatwoot", file
    )
    assert [each.reply.code for each in came.added] == ["th-2"]
    assert came.changed == ()


def test_switched_off_rows_are_passed_over(tmp_path: Path) -> None:
    path = given_file(tmp_path, "a.csv", "name,keywords,content,active\nA,a,x,true\nB,b,y,false\n")
    found = FORMS["zammad"].read(path, ())
    assert [each.code for each in found.replies] == ["a"]
    assert [remark.line for remark in found.remarks] == [3]


def test_control_characters_do_not_come_in(tmp_path: Path) -> None:
    path = given_file(tmp_path, "a.json", json.dumps([{"short_code": "a", "content": "x\x1b[31m\u202ey"}]))
    (found,) = FORMS["chatwoot"].read(path, ()).replies
    assert found.fields["body"] == "x␛[31m⟨202E⟩y"
