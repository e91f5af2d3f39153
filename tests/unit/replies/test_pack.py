"""Packs: what is read, what is refused and where, and which reply wins a code."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.model.reply import FALLBACK, PackScope, QuickReply, ReplyAction, Slot, Validity
from csdesk.replies.filling import fill
from csdesk.replies.pack import builtin_folder, lint, load_folder, load_packs, pack_folders
from csdesk.replies.schema import MAX_BODY, MAX_REPLIES

HEAD = "schema: csdesk.pack/1\npack: {id: mine, title: My pack, lang: en}\n"

FULL = """\
schema: csdesk.pack/1
pack: {id: retail-zh, title: 零售话术, lang: zh-CN, scope: team, team: 售前, version: 7}
vars:
  eta: {prompt: 预计时间, type: choice, choices: [24小时内, 48小时内], required: true}
  gift: {prompt: 赠品, required: false}
replies:
  - id: 5b0c6a1e-0000-4000-8000-000000000001
    code: yh
    aliases: [bujiang]
    title: 不讲价的解释
    folder: 售前/议价
    tags: [price]
    stage: presale
    tier: [A, B, C]
    channels: [chat, email]
    subject: "关于{{order.number}}"
    body: "{{contact.name|亲}}，{{eta}}回复{{gift}}{{cursor}}"
    variants: ["{{eta}}"]
    fallback: "非常抱歉。"
    valid: {from: 2026-01-01, until: 2026-12-31, days: [mon, tue], hours: "09:00-18:00"}
    actions: [{label: 议价}, {snooze: 1d}, {status: snoozed}]
    note: 第二次议价时用
    etiquette: {checked: true}
"""


def write(folder: Path, text: str, name: str = "pack.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def pack(*replies: str, scope: str = "personal", name: str = "mine", head: str = "") -> str:
    top = head or f"schema: csdesk.pack/1\npack: {{id: {name}, title: T, lang: en, scope: {scope}}}\n"
    return top + "replies:\n" + "".join(f"  - {reply}\n" for reply in replies)


def test_every_key_of_the_schema_is_read(tmp_path: Path) -> None:
    library = load_folder([write(tmp_path, FULL)])
    assert library.problems == ()
    eta = Slot("eta", "预计时间", "choice", ("24小时内", "48小时内"))
    gift = Slot("gift", "赠品", is_required=False)
    assert library.replies == (
        QuickReply(
            id="5b0c6a1e-0000-4000-8000-000000000001",
            code="yh",
            title="不讲价的解释",
            body="{{contact.name|亲}}，{{eta}}回复{{gift}}{{cursor}}",
            pack="retail-zh",
            scope=PackScope.TEAM,
            lang="zh-CN",
            aliases=("bujiang",),
            folder="售前/议价",
            tags=("price",),
            stage="presale",
            tier=("A", "B", "C"),
            channels=("chat", "email"),
            note="第二次议价时用",
            slots=(eta, gift),
            subject="关于{{order.number}}",
            variants=("{{eta}}",),
            fallback="非常抱歉。",
            valid=Validity("2026-01-01", "2026-12-31", ("mon", "tue"), "09:00-18:00"),
            actions=(
                ReplyAction("label", "议价"),
                ReplyAction("snooze", "1d"),
                ReplyAction("status", "snoozed"),
            ),
            is_etiquette_checked=True,
        ),
    )
    (read,) = library.packs
    assert (read.id, read.team, read.version, read.slots) == ("retail-zh", "售前", 7, (eta, gift))


def test_a_reply_needs_only_code_title_and_body(tmp_path: Path) -> None:
    text = pack("{code: a, title: T, body: B}")
    (first,) = load_folder([write(tmp_path, text)]).replies
    (second,) = load_folder([write(tmp_path / "again", text)]).replies
    assert first == second
    assert len(first.id) == 36
    assert (first.stage, first.lang, first.scope, first.valid) == ("any", "en", PackScope.PERSONAL, None)


BROKEN_REPLIES = [
    ("{title: T, body: B}", "code"),
    ("{code: a, body: B}", "title"),
    ("{code: a, title: T}", "body"),
    ("{code: a, title: T, body: ''}", "body"),
    ("{code: A, title: T, body: B}", "“A”"),
    ("{code: 退货, title: T, body: B}", "退货"),
    ("{code: a b, title: T, body: B}", "a b"),
    ("{code: -a, title: T, body: B}", "-a"),
    (f"{{code: {'a' * 33}, title: T, body: B}}", "aaa"),
    ("{code: [a], title: T, body: B}", "code"),
    ("{code: a, title: T, body: B, aliases: [B]}", "“B”"),
    ("{code: a, title: T, body: B, aliases: [a]}", "“a”"),
    ("{code: a, title: T, body: B, id: 'x y'}", "x y"),
    (f"{{code: a, title: {'T' * 81}, body: B}}", "title"),
    (f"{{code: a, title: T, body: {'B' * (MAX_BODY + 1)}}}", "body"),
    ('{code: a, title: "T\\nU", body: B}', "title"),
    ("{code: a, title: T, body: B, stage: later}", "later"),
    ("{code: a, title: T, body: B, tier: [D]}", "“D”"),
    ("{code: a, title: T, body: B, channels: [fax]}", "fax"),
    ("{code: a, title: T, body: B, colour: red}", "colour"),
    ("{code: a, title: T, body: '{{eta}}'}", "eta"),
    ("{code: a, title: T, body: '{{contact.nmae}}'}", "contact.nmae"),
    ("{code: a, title: T, body: '{{a b}}'}", "a b"),
    ("{code: a, title: T, body: '{{'}", "{{"),
    ("{code: a, title: T, body: '{{cursor}}{{cursor}}'}", "cursor"),
    ("{code: a, title: T, body: B, variants: ['{{eta}}']}", "eta"),
    ("{code: a, title: T, body: B, fallback: '{{eta}}'}", "eta"),
    ("{code: a, title: T, body: B, subject: '{{eta}}'}", "eta"),
    ("{code: a, title: T, body: B, valid: {from: tomorrow}}", "tomorrow"),
    ("{code: a, title: T, body: B, valid: {hours: '9-18'}}", "9-18"),
    ("{code: a, title: T, body: B, valid: {days: [someday]}}", "someday"),
    ("{code: a, title: T, body: B, valid: {to: 2026-01-01}}", "“to”"),
    ("{code: a, title: T, body: B, actions: {label: x}}", "actions"),
    ("{code: a, title: T, body: B, actions: [{run: rm}]}", "run"),
    ("{code: a, title: T, body: B, actions: [{status: pending}]}", "pending"),
    ("{code: a, title: T, body: B, actions: [{snooze: soon}]}", "soon"),
    ("{code: a, title: T, body: B, actions: [{priority: huge}]}", "huge"),
    ("{code: a, title: T, body: B, etiquette: {checked: perhaps}}", "checked"),
    ("{code: a, title: T, body: B, tags: [[x]]}", "tags"),
    ("just a text", "key"),
    ("[a, b]", "key"),
]


@pytest.mark.parametrize(("reply", "said"), BROKEN_REPLIES)
def test_a_broken_reply_is_left_out_and_told_with_its_place(reply: str, said: str, tmp_path: Path) -> None:
    path = write(tmp_path, pack(reply, "{code: fine, title: T, body: B}"))
    library = load_folder([path])
    assert [kept.code for kept in library.replies] == ["fine"]
    assert len(library.problems) == 1
    problem = library.problems[0]
    assert (problem.file, problem.line) == (str(path), 4)
    assert problem.column >= 5
    assert said in problem.reason
    assert problem.fix


BROKEN_HEADS = [
    "pack: {id: a, title: T, lang: en}\nreplies: []",
    "schema: csdesk.pack/9\npack: {id: a, title: T, lang: en}",
    "schema: csdesk.pack/1\nreplies: []",
    "schema: csdesk.pack/1\npack: just a name",
    "schema: csdesk.pack/1\npack: {title: T, lang: en}",
    "schema: csdesk.pack/1\npack: {id: a, lang: en}",
    "schema: csdesk.pack/1\npack: {id: a, title: T}",
    "schema: csdesk.pack/1\npack: {id: 'a b', title: T, lang: en}",
    "schema: csdesk.pack/1\npack: {id: a, title: T, lang: Klingon!}",
    "schema: csdesk.pack/1\npack: {id: a, title: T, lang: en, scope: world}",
    "schema: csdesk.pack/1\npack: {id: a, title: T, lang: en, version: two}",
    "schema: csdesk.pack/1\npack: {id: a, title: T, lang: en, owner: x}",
    HEAD + "vars: {Eta: {prompt: x}}",
    HEAD + "vars: {cursor: {prompt: x}}",
    HEAD + "vars: {eta: {type: colour}}",
    HEAD + "vars: {eta: {type: choice}}",
    HEAD + "vars: {eta: {promt: x}}",
    HEAD + "vars: {eta: soon}",
    HEAD + "vars: [eta]",
    "- a list",
    "a text",
    "a: [",
]


@pytest.mark.parametrize("text", BROKEN_HEADS)
def test_a_pack_with_a_broken_head_is_left_out_and_others_work(text: str, tmp_path: Path) -> None:
    write(tmp_path, text, "broken.yaml")
    write(tmp_path, pack("{code: fine, title: T, body: B}", name="fine"), "fine.yml")
    library = load_folder([tmp_path])
    assert [reply.code for reply in library.replies] == ["fine"]
    assert [read.id for read in library.packs] == ["fine"]
    assert library.problems
    assert all(problem.file.endswith("broken.yaml") and problem.fix for problem in library.problems)


def test_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    (problem,) = lint([write(tmp_path, pack("{code: a, title: T, body: B, alisaes: [b]}"))])
    assert "alisaes" in problem.reason
    assert "“aliases”" in problem.fix


def test_an_unknown_placeholder_names_the_nearest(tmp_path: Path) -> None:
    (problem,) = lint([write(tmp_path, pack("{code: a, title: T, body: '{{agent.nam}}'}"))])
    assert "“agent.name”" in problem.fix


def test_every_problem_of_a_file_is_told(tmp_path: Path) -> None:
    text = pack("{code: A, title: T, body: B}", "{code: b, title: T, body: '{{x}}'}", "{code: c}")
    assert [problem.line for problem in lint([write(tmp_path, text)])] == [4, 5, 6, 6]


def test_codes_and_aliases_are_unique_within_a_scope(tmp_path: Path) -> None:
    write(
        tmp_path, pack("{code: a, title: T, body: 1}", "{code: b, title: T, body: 2, aliases: [a]}"), "1.yaml"
    )
    write(
        tmp_path, pack("{code: a, title: T, body: 3}", "{code: c, title: T, body: 4}", name="two"), "2.yaml"
    )
    library = load_folder([tmp_path])
    assert [reply.body for reply in library.replies] == ["1", "4"]
    assert [(Path(each.file).name, each.line) for each in library.problems] == [("1.yaml", 5), ("2.yaml", 4)]
    assert all("1.yaml:4" in each.reason for each in library.problems)


def test_one_id_twice_is_a_problem(tmp_path: Path) -> None:
    text = pack("{id: x, code: a, title: T, body: 1}", "{id: x, code: b, title: T, body: 2}")
    library = load_folder([write(tmp_path, text)])
    assert [reply.body for reply in library.replies] == ["1"]
    assert [problem.line for problem in library.problems] == [5]


def test_personal_beats_team_beats_builtin(tmp_path: Path) -> None:
    for scope in ("builtin", "personal", "team"):
        write(
            tmp_path, pack(f"{{code: a, title: T, body: {scope}}}", scope=scope, name=scope), f"{scope}.yaml"
        )
    write(tmp_path, pack("{code: b, title: T, body: only}", scope="builtin", name="more"), "more.yaml")
    library = load_folder([tmp_path])
    assert library.problems == ()
    assert sorted(reply.body for reply in library.replies) == ["only", "personal"]
    found = library.find_code(" A ")
    assert found is not None
    assert found.body == "personal"


def test_a_stronger_reply_with_the_same_id_replaces_a_weaker_one(tmp_path: Path) -> None:
    write(tmp_path, pack("{id: x, code: old, title: T, body: 1}", scope="builtin"), "1.yaml")
    write(tmp_path, pack("{id: x, code: new, title: T, body: 2}", scope="team", name="two"), "2.yaml")
    library = load_folder([tmp_path])
    assert [reply.code for reply in library.replies] == ["new"]
    assert library.find_code("old") is None


def test_a_code_beats_an_alias(tmp_path: Path) -> None:
    write(tmp_path, pack("{code: a, title: T, body: 1, aliases: [b]}", scope="personal"), "1.yaml")
    write(tmp_path, pack("{code: b, title: T, body: 2}", scope="builtin", name="two"), "2.yaml")
    found = load_folder([tmp_path]).find_code("b")
    assert found is not None
    assert found.body == "2"


def test_control_characters_become_stand_ins(tmp_path: Path) -> None:
    library = load_folder([write(tmp_path, pack(r'{code: a, title: "T\x1b[2J", body: "B\e]0;x\a\u202e"}'))])
    (reply,) = library.replies
    assert not set(reply.title + reply.body) & set("\x1b\x07\u202e")


def test_too_many_replies_are_cut(tmp_path: Path) -> None:
    text = pack(*(f"{{code: a{number}, title: T, body: B}}" for number in range(MAX_REPLIES + 1)))
    library = load_folder([write(tmp_path, text)])
    assert len(library.replies) == MAX_REPLIES
    assert [problem.line for problem in library.problems] == [MAX_REPLIES + 4]


def test_a_missing_folder_is_no_problem_but_lint_names_it(tmp_path: Path) -> None:
    assert load_folder([tmp_path / "none"]).problems == ()
    (problem,) = lint([tmp_path / "none"])
    assert problem.file == str(tmp_path / "none")


def test_packs_are_looked_for_beside_the_program_and_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSDESK_DATA_DIR", str(tmp_path))
    write(tmp_path / "quick_replies", pack("{code: hy, title: T, body: mine}", head=HEAD))
    library = load_packs(pack_folders())
    found = library.find_code("hy")
    assert found is not None
    assert (found.body, found.scope) == ("mine", PackScope.PERSONAL)
    assert {read.id for read in library.packs} == {"zh-core", "en-core", "mine"}


def test_filling_asks_for_slots_and_falls_back_where_nobody_can_be_asked(tmp_path: Path) -> None:
    (reply,) = load_folder([write(tmp_path, FULL)]).replies
    filled = fill(reply, {"contact.name": "林女士"}).expansion
    assert (filled.text, filled.cursor) == ("林女士，{eta}回复", 11)
    assert [slot.name for slot in filled.unfilled] == ["eta"]
    assert fill(reply, {"eta": "24小时内", "gift": "，送小样"}).expansion.text == "亲，24小时内回复，送小样"
    assert fill(reply, {}, 1).expansion.text == "{eta}"
    about_an_order = replace(reply, variants=("单号{{order.number}}",))
    filled = fill(about_an_order, {}, 1)
    assert (filled.expansion.text, filled.wording) == ("非常抱歉。", FALLBACK)


def test_the_builtin_folder_holds_the_shipped_packs() -> None:
    assert {path.name for path in builtin_folder().glob("*.yaml")} >= {"zh-core.yaml", "en-core.yaml"}
