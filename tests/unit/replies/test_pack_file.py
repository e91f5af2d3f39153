"""A pack file that is changed: only the lines of the reply, every comment kept, nothing when it is not as read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csdesk.errors import CsdeskError, NotFound, Refused
from csdesk.model.reply import PackScope, QuickReply, ReplyAction, Slot, Validity
from csdesk.replies import pack_file
from csdesk.replies.pack import PackFolder
from csdesk.replies.pack_file import Add, Change, Describe, Forget, Remove, edited, open_pack, pack_path, save
from csdesk.replies.written import key_lines, scalar
from csdesk.yamlsafe import Mapping, Scalar, Sequence, loads

HAND_WRITTEN = """\
# 我的话术
schema: csdesk.pack/1
pack:
  id: mine        # 不要改
  title: 我的
  lang: zh-CN

vars:
  eta: {prompt: 多久, choices: [今天, 明天]}

replies:
  # 议价
  - code: yh      # 常用
    title: 不讲价
    tags: [price,  hot]   # 两个标签
    body: >-
      亲，非常抱歉，
      已是最低价。
    # 说给新人听：第二次再用

  - {code: zx, title: 在线, body: 在的亲}

  # 物流
  - title: 什么时候发货
    code: fh
    body: |-
      您好，{{eta}}发货。
      # 这一行是正文
    note: 'it''s fine'
# 完
"""


def reply(code: str, body: str = "您好", **fields: object) -> QuickReply:
    made = QuickReply(f"id-{code}", code, code.upper(), body, "personal", PackScope.PERSONAL, "zh-CN")
    return replace(made, **fields)  # type: ignore[arg-type]


def written(folder: Path, text: str = HAND_WRITTEN, name: str = "personal.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def changed(path: Path, which: str, **fields: object) -> str:
    file = open_pack(path, PackScope.PERSONAL)
    before = next(each for each in file.replies if each.code == which)
    save(edited(file, [Change(before, replace(before, **fields))]))  # type: ignore[arg-type]
    return path.read_text(encoding="utf-8")


def test_only_the_changed_value_is_replaced(tmp_path: Path) -> None:
    text = changed(written(tmp_path), "yh", body="最低价了，亲。\n真的。", tags=("price",))
    assert text == HAND_WRITTEN.replace(
        "    tags: [price,  hot]   # 两个标签\n    body: >-\n      亲，非常抱歉，\n      已是最低价。\n",
        "    tags: [price]   # 两个标签\n    body: |-\n      最低价了，亲。\n      真的。\n",
    )


def test_a_new_code_keeps_the_id_that_use_is_counted_by(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = open_pack(path, PackScope.PERSONAL).replies[0]
    text = changed(path, "yh", code="bj")
    assert f"  - id: {before.id}\n    code: bj      # 常用\n" in text
    assert open_pack(path, PackScope.PERSONAL).replies[0].id == before.id


def test_a_key_goes_where_such_keys_stand_and_leaves_again(tmp_path: Path) -> None:
    path = written(tmp_path)
    text = changed(path, "fh", folder="售前/发货", fallback="马上发货。")
    assert "    code: fh\n    folder: 售前/发货\n" in text
    assert "      # 这一行是正文\n    fallback: 马上发货。\n    note:" in text
    assert changed(path, "fh", folder="", fallback="") == HAND_WRITTEN


def test_a_reply_in_braces_is_written_out(tmp_path: Path) -> None:
    text = changed(written(tmp_path), "zx", body="在的，请讲")
    assert "  - code: zx\n    title: 在线\n    body: 在的，请讲\n\n  # 物流\n" in text


def test_adding_declares_the_slots_that_the_pack_lacks(tmp_path: Path) -> None:
    path = written(tmp_path)
    size = Slot("size", "尺码", "choice", ("S", "M"), is_required=False)
    file = open_pack(path, PackScope.PERSONAL)
    save(edited(file, [Add(reply("cm", "建议{{size}}，{{eta}}发", slots=(size, file.replies[2].slots[0])))]))
    text = path.read_text(encoding="utf-8")
    assert "  size:\n    prompt: 尺码\n    choices: [S, M]\n    required: false\n" in text
    assert text.index("code: cm") > text.index("code: fh")
    assert text.endswith("# 完\n")
    assert open_pack(path, PackScope.PERSONAL).replies[-1].slots == (size, file.replies[2].slots[0])


SLOTS = """\
vars:
  # 发货
  eta: {prompt: 多久, choices: [今天, 明天]}   # 常用
  # 价钱
  price:
    type: number   # 元
    prompt: 多少
    # 不能白送
    min: 1
  size:
    prompt: 尺码

"""
WITH_SLOTS = HAND_WRITTEN.replace("vars:\n  eta: {prompt: 多久, choices: [今天, 明天]}\n\n", SLOTS)


@pytest.mark.parametrize(
    ("slot", "old", "new"),
    [
        (
            Slot("price", "多少元", "number", least=1.0, most=99.5),
            "    prompt: 多少\n    # 不能白送\n    min: 1\n",
            "    prompt: 多少元\n    # 不能白送\n    min: 1\n    max: 99.5\n",
        ),
        (
            Slot("price", "多少", "choice", ("一", "二")),
            "    type: number   # 元\n    prompt: 多少\n    # 不能白送\n    min: 1\n",
            "    type: choice   # 元\n    prompt: 多少\n    choices: [一, 二]\n    # 不能白送\n",
        ),
        (
            Slot("eta", "几时", "date", is_required=False),
            "  eta: {prompt: 多久, choices: [今天, 明天]}   # 常用\n",
            "  eta:   # 常用\n    prompt: 几时\n    type: date\n    required: false\n",
        ),
        (Slot("size", "鞋码"), "    prompt: 尺码\n", "    prompt: 鞋码\n"),
        (
            Slot("day", "哪天", "date"),
            "    prompt: 尺码\n",
            "    prompt: 尺码\n  day:\n    prompt: 哪天\n    type: date\n",
        ),
    ],
)
def test_a_slot_is_described_anew_in_its_own_lines(tmp_path: Path, slot: Slot, old: str, new: str) -> None:
    file = open_pack(written(tmp_path, WITH_SLOTS), PackScope.PERSONAL)
    after = edited(file, [Describe(slot)])
    assert after.text == WITH_SLOTS.replace(old, new)
    assert after.read.pack is not None
    assert slot in after.read.pack.slots


def test_a_slot_that_goes_leaves_the_comment_above_it_and_the_last_one_an_empty_list(tmp_path: Path) -> None:
    file = open_pack(written(tmp_path, WITH_SLOTS), PackScope.PERSONAL)
    some = edited(file, [Forget("size"), Forget("price"), Forget("unknown")])
    assert some.text == WITH_SLOTS.replace(SLOTS[SLOTS.index("  price:") :], "\n")
    plain = edited(some, [Change(some.replies[2], replace(some.replies[2], body="在发", slots=()))])
    none = edited(plain, [Forget("eta")])
    assert "vars: {}\n  # 发货\n  # 价钱\n\nreplies:" in none.text
    with pytest.raises(Refused) as by_hand:
        edited(none, [Describe(Slot("day", "哪天"))])
    assert by_hand.value.code == "replies.by_hand"
    bare = open_pack(written(tmp_path, none.text.replace("  # 发货\n  # 价钱\n", "")), PackScope.PERSONAL)
    assert "vars:\n  day:\n    prompt: 哪天\n\nreplies:" in edited(bare, [Describe(Slot("day", "哪天"))]).text


def test_a_slot_that_is_still_asked_for_stays(tmp_path: Path) -> None:
    file = open_pack(written(tmp_path, WITH_SLOTS), PackScope.PERSONAL)
    assert edited(file, [Forget("eta")]).text == WITH_SLOTS


def test_slots_side_by_side_in_braces_are_left_to_a_person(tmp_path: Path) -> None:
    text = WITH_SLOTS.replace(SLOTS, "vars: {eta: {prompt: 多久}, size: {prompt: 尺码}}\n")
    file = open_pack(written(tmp_path, text), PackScope.PERSONAL)
    for edit in (Describe(Slot("eta", "几时")), Describe(Slot("day", "哪天")), Forget("size")):
        with pytest.raises(Refused) as refused:
            edited(file, [edit])
        assert refused.value.code == "replies.by_hand"


def test_removing_one_and_all(tmp_path: Path) -> None:
    path = written(tmp_path)
    file = open_pack(path, PackScope.PERSONAL)
    one = edited(file, [Remove(file.replies[1])])
    assert "code: zx" not in one.text
    assert one.text.replace("\n", "") in HAND_WRITTEN.replace(
        "  - {code: zx, title: 在线, body: 在的亲}", ""
    ).replace("\n", "")
    none = edited(file, [Remove(each) for each in file.replies])
    assert "replies: []\n" in none.text
    assert "# 议价" in none.text
    again = edited(none, [Add(reply("new"))])
    assert [each.code for each in again.replies] == ["new"]


def test_many_edits_at_once(tmp_path: Path) -> None:
    file = open_pack(written(tmp_path), PackScope.PERSONAL)
    first, second, third = file.replies
    after = edited(
        file,
        [
            Change(first, replace(first, title="A")),
            Remove(second),
            Change(third, replace(third, note="")),
            Add(reply("z")),
        ],
    )
    assert [each.title for each in after.replies] == ["A", "什么时候发货", "Z"]


def test_a_new_pack_is_made_with_its_folder(tmp_path: Path) -> None:
    path = pack_path(PackFolder(tmp_path / "new", PackScope.PERSONAL))
    save(edited(open_pack(path, PackScope.PERSONAL), [Add(reply("yh"))]))
    assert path == tmp_path / "new" / "personal.yaml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.code for each in open_pack(path, PackScope.PERSONAL).replies] == ["yh"]


def test_the_first_pack_of_a_scope_is_home_where_there_is_no_usual_one(tmp_path: Path) -> None:
    written(tmp_path, HAND_WRITTEN.replace("lang: zh-CN", "lang: zh-CN\n  scope: personal"), "aa-shop.yaml")
    written(tmp_path, HAND_WRITTEN.replace("lang: zh-CN", "lang: zh-CN\n  scope: team"), "bb.yaml")
    assert pack_path(PackFolder(tmp_path, PackScope.PERSONAL)).name == "aa-shop.yaml"
    assert pack_path(PackFolder(tmp_path, PackScope.TEAM)).name == "bb.yaml"


def test_a_file_that_changed_meanwhile_is_named_and_left_alone(tmp_path: Path) -> None:
    path = written(tmp_path)
    file = edited(open_pack(path, PackScope.PERSONAL), [Add(reply("new"))])
    path.write_text(HAND_WRITTEN + "# theirs\n", encoding="utf-8")
    with pytest.raises(Refused, match=r"personal\.yaml") as refused:
        save(file)
    assert refused.value.code == "replies.changed_meanwhile"
    assert path.read_text(encoding="utf-8") == HAND_WRITTEN + "# theirs\n"


@pytest.mark.parametrize(
    "text",
    [
        "{schema: csdesk.pack/1, pack: {id: a, title: T, lang: en}, replies: [{code: a, title: A, body: x}]}\n",
        "schema: csdesk.pack/1\npack: {id: a, title: T, lang: en}\nreplies: [{code: a, title: A, body: x}]\n",
        "schema: csdesk.pack/1\npack: {id: a, title: T, lang: en}\nreplies:\n-\n  code: a\n  title: A\n  body: x\n",
    ],
)
def test_a_layout_that_it_does_not_know_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    file = open_pack(path, PackScope.PERSONAL)
    with pytest.raises(Refused) as refused:
        edited(file, [Change(file.replies[0], replace(file.replies[0], title="B"))])
    assert refused.value.code == "replies.by_hand"


def test_what_the_schema_refuses_is_not_written(tmp_path: Path) -> None:
    file = open_pack(written(tmp_path), PackScope.PERSONAL)
    with pytest.raises(Refused, match="nobody"):
        edited(file, [Add(reply("new", "{{nobody}}"))])
    with pytest.raises(NotFound):
        edited(file, [Remove(reply("gone"))])


def test_a_broken_reply_beside_it_stays_broken(tmp_path: Path) -> None:
    broken = HAND_WRITTEN.replace("  # 物流\n", "  - {code: BAD, title: 坏}\n\n  # 物流\n")
    text = changed(written(tmp_path, broken), "fh", title="发货")
    assert text == broken.replace("title: 什么时候发货", "title: 发货")


def test_a_pack_with_a_broken_head_is_not_touched(tmp_path: Path) -> None:
    path = written(tmp_path, "schema: other/9\nreplies: []\n")
    with pytest.raises(CsdeskError) as refused:
        open_pack(path, PackScope.PERSONAL)
    assert refused.value.code == "replies.broken_pack"


def test_line_ends_of_windows_and_the_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / "personal.yaml"
    path.write_bytes("\ufeff".encode() + HAND_WRITTEN.replace("\n", "\r\n").encode())
    changed(path, "yh", title="新")
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == raw.count(b"\n")
    assert "title: 新".encode() in raw


@given(st.text(max_size=40))
def test_a_scalar_reads_as_the_text_it_was(text: str) -> None:
    text = "".join(char for char in text if not 0xD800 <= ord(char) <= 0xDFFF)
    root = loads("\n".join([f"key: {scalar(text)}", *key_lines("list", (text, "x"), 0)]))
    assert isinstance(root, Mapping)
    value = root.items["key"]
    assert isinstance(value, Scalar)
    assert value.text == text
    assert not value.is_empty
    listed = root.items["list"]
    assert isinstance(listed, Sequence)
    assert [each.text for each in listed.items if isinstance(each, Scalar)] == [text, "x"]


_LINE = st.text(st.characters(categories=("L", "N", "P", "S"), include_characters=" #:'\"-|>"), max_size=20)
_TEXT = (
    st.lists(_LINE, min_size=1, max_size=4)
    .map("\n".join)
    .filter(lambda text: text.strip() and "{{" not in text)
)
_WORD = st.text(
    st.characters(categories=("L", "N"), include_characters=", :#-'\""), min_size=1, max_size=8
).filter(str.strip)


@st.composite
def replies_of(draw: st.DrawFn) -> QuickReply:
    from csdesk.text import clean

    body = clean(draw(_TEXT)).rstrip("\n") or "x"
    return reply(
        draw(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,5}", fullmatch=True)),
        body,
        title=clean(draw(_WORD)).strip() or "t",
        folder=clean(draw(_WORD)),
        tags=tuple(clean(each) for each in draw(st.lists(_WORD, max_size=3))),
        variants=tuple(clean(each).rstrip("\n") for each in draw(st.lists(_TEXT, max_size=2))),
        note=clean(draw(_TEXT)),
        tier=tuple(draw(st.sets(st.sampled_from("ABC")))),
        stage=draw(st.sampled_from(("any", "presale"))),
        valid=draw(
            st.sampled_from((None, Validity(first_day="2026-01-01", days=("mon",), hours="09:00-18:00")))
        ),
        actions=draw(st.sampled_from(((), (ReplyAction("label", "议价: x"), ReplyAction("snooze", "1d"))))),
    )


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(replies_of(), max_size=4, unique_by=lambda each: each.code), replies_of())
def test_whatever_is_written_reads_as_it_was(
    tmp_path: Path, some: list[QuickReply], other: QuickReply
) -> None:
    file = open_pack(tmp_path / "none.yaml", PackScope.PERSONAL)
    full = edited(file, [Add(each) for each in some])
    assert [pack_file.written_reply(each) for each in full.replies] == [
        pack_file.written_reply(each) for each in some
    ]
    if some and other.code not in {each.code for each in some}:
        after = replace(other, id=some[0].id)
        swapped = edited(full, [Change(some[0], after)])
        assert pack_file.written_reply(swapped.replies[0]) == pack_file.written_reply(after)
