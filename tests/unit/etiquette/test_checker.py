"""Checking a text: what is found, where exactly, and when nothing may be said."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdesk.etiquette import ruleset
from csdesk.etiquette.checker import check, settled
from csdesk.etiquette.context import NOWHERE, Context, Policy
from csdesk.etiquette.patterns import PatternError, check_cost
from csdesk.etiquette.rule import Profile
from csdesk.model.finding import Severity
from csdesk.text import graphemes

RULES = ruleset.load([ruleset.BUILTIN])
STRICT = ruleset.load([ruleset.BUILTIN], profile=Profile.STRICT)
EVERYTHING = Context(is_first_turn=True, is_closing=True, waited_s=900, mood=-2, stage="aftersale", tier="A")


def rules_found(text: str, context: Context = NOWHERE, rules: ruleset.RuleSet = RULES) -> list[str]:
    return [each.rule for each in check(text, context, rules)]


def test_the_examples_of_the_issue() -> None:
    (finding,) = check("没有", NOWHERE, RULES)
    assert (finding.rule, finding.severity, finding.span) == ("refuse.bare", Severity.WARN, (0, 2))
    assert finding.suggestion and "没有" in finding.message and finding.sources[0] == "004@4373"
    assert check("没有问题的，您放心拍", NOWHERE, RULES) == ()


def test_full_width_and_traditional_writing_is_the_same() -> None:
    assert rules_found("加我ＶＸ聊") == rules_found("加我vx聊") == ["contact.off-platform"]
    assert rules_found("我們絕對會發，您放心") == rules_found("我们绝对会发，您放心") == ["promise.absolute"]


def test_spans_count_graphemes_and_offsets_code_points() -> None:
    text = "👨‍👩‍👧é您好，明天肯定能到"
    finding = next(each for each in check(text, NOWHERE, RULES) if each.rule == "promise.absolute")
    assert text[finding.start : finding.end] == finding.hit == "肯定能到"
    start, end = finding.span
    assert "".join(graphemes(text)[start:end]) == "肯定能到"


def test_a_hit_has_no_signs_around_it() -> None:
    text = "您好。你自己看详情页。"
    (finding,) = (each for each in check(text, NOWHERE, RULES) if each.rule == "deflect.self-service")
    assert finding.hit == "你自己看" and finding.span == (3, 7)


def test_a_hit_in_english_ends_with_a_word() -> None:
    (finding,) = check("It will definitely fit.", NOWHERE, RULES)
    assert finding.hit == "will definitely fit"


def test_a_sequence_is_one_thing_close_behind_another(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "schema: csdesk.rules/1\nlang: zh\nrules:\n  - id: my.sequence\n    message: m\n    why: w\n    suggest: s\n"
        "    match: {kind: sequence, within: 4, steps: [{any: [不知道]}, {any: [去问, 问别人]}]}\n"
        "    source: [{study: mine}]\n"
        "    must_match: [不知道，去问, 不知道去问, 我不知道你去问吧, 不知道，你问别人, 不知道问别人]\n"
        "    must_not_match: [不知道, 去问, 去问，不知道, 不知道的话我帮您去问, 问别人]\n",
        encoding="utf-8",
    )
    rules = ruleset.load([tmp_path])
    assert rules.problems == ()
    assert [each.hit for each in check("我不知道你去问吧", NOWHERE, rules)] == ["不知道你去问"]


def test_what_is_quoted_is_not_ones_own_saying() -> None:
    assert rules_found("您说的“你有病吧”我们已经核实，会处理好的") == []
    assert rules_found("> 你有病吧\n您好，我们来处理") == []
    assert rules_found('You wrote "shut up", may I ask why?') == []


def test_an_open_slot_stands_for_a_value() -> None:
    assert "promise.no-deadline" in rules_found("我们会尽快处理")
    assert rules_found("我们会在{when}前尽快处理") == rules_found("我们会在{{eta}}前尽快处理") == []


def test_the_moment_decides_about_greeting_and_closing() -> None:
    assert rules_found("有货的，您要什么颜色？") == []
    assert rules_found("有货的，您要什么颜色？", Context(is_first_turn=True)) == ["open.greet"]
    closing = rules_found("好的，再见", Context(is_closing=True))
    assert {"close.thanks", "close.welcome-back"} <= set(closing)
    assert rules_found("有货的，您要什么颜色？", Context(waited_s=179)) == []
    assert rules_found("有货的，您要什么颜色？", Context(waited_s=180)) == ["wait.tell-busy"]


def test_the_gravest_comes_first_and_each_rule_once() -> None:
    found = check("你有病吧，不是说了吗，加我微信，你有病吧", NOWHERE, RULES)
    ranks = [each.severity.rank for each in found]
    assert ranks == sorted(ranks) and ranks[0] == 0
    assert len({each.rule for each in found}) == len(found)


def test_profiles() -> None:
    text = "可能吧，后台显示没有"
    assert rules_found(text, NOWHERE, ruleset.load([ruleset.BUILTIN], profile=Profile.OFF)) == []
    assert {"hedge.vague", "form.jargon"} <= set(rules_found(text, NOWHERE, STRICT))
    assert not {"hedge.vague", "form.jargon"} & set(rules_found(text))


@pytest.mark.parametrize(
    ("text", "policy", "rule"),
    [
        ("给您打8折", Policy(discount_percent=10), "promise.over-discount"),
        ("给您打9折", Policy(discount_percent=10), None),
        ("给您打8折", Policy(), None),
        ("二十天内都可以退", Policy(return_days=7), "promise.over-return"),
        ("七天内都可以退", Policy(return_days=7), None),
        ("我们假一赔十", Policy(forbidden=("假一赔十",)), "promise.forbidden"),
        ("You get 25% off", Policy(discount_percent=20), "promise.over-discount"),
    ],
)
def test_what_the_shop_allows(text: str, policy: Policy, rule: str | None) -> None:
    rules = ruleset.load([ruleset.BUILTIN], policy=policy)
    assert [each for each in rules_found(text, NOWHERE, rules) if each.startswith("promise.")] == (
        [rule] if rule else []
    )


def test_what_is_ignored_is_remembered_without_its_words() -> None:
    (finding,) = check("没有", NOWHERE, RULES)
    key = ruleset.ignore_key(finding)
    assert "没有" not in key
    quiet = RULES.ignoring([key])
    assert check("没有", NOWHERE, quiet) == ()
    assert rules_found("不行", NOWHERE, quiet) == ["refuse.bare"], "the same rule speaks of other words"


def test_nothing_is_settled_where_somebody_is_still_writing() -> None:
    def shown(text: str, cursor: int | None = None) -> list[str]:
        found = check(text, NOWHERE, RULES)
        return [each.rule for each in settled(found, text, len(text) if cursor is None else cursor)]

    assert shown("没有") == []
    assert shown("没有。") == ["refuse.bare"]
    assert shown("no") == []
    assert shown("no ") == ["refuse.bare"]
    assert shown("绝对会发货，请放") == ["promise.absolute"], "what stands earlier is settled"
    assert shown("绝对会发货，请放", 5) == [], "unless the caret is back in it"


@pytest.mark.parametrize(
    "pattern", ["a*", "(a+)+", "a{2,}", "(?:a{1,50}){1,50}", "(a)\\1", "(a", "[a", ".{0,90}"]
)
def test_a_pattern_that_could_take_long_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        check_cost(pattern)


@pytest.mark.parametrize(
    "pattern", ["a{0,8}b", "(?:一|二|三){1,3}", "(?<!不)好(?![a-z])", "[^，。]{0,9}", r"\d{1,3}"]
)
def test_a_pattern_with_an_end_is_taken(pattern: str) -> None:
    check_cost(pattern)


def test_a_pattern_with_no_end_is_a_problem_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "schema: csdesk.rules/1\nlang: zh\nrules:\n"
        "  - id: my.rule\n    match: {kind: regex, regex: ['(a+)+b']}\n    message: m\n    why: w\n    suggest: s\n"
        "    source: [{study: mine}]\n    must_match: [a]\n    must_not_match: [b]\n    colour: red\n",
        encoding="utf-8",
    )
    problems = ruleset.load([tmp_path]).problems
    assert [(each.line, each.column) for each in problems] == [(5, 33), (10, 17), (11, 21), (12, 5)]


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.one_of(st.characters(), st.sampled_from("没有不能您亲我保证，。一定会到 noI?!{}“”12")),
        max_size=120,
    )
)
def test_any_text_is_checked_the_same_twice_and_spans_lie_in_it(text: str) -> None:
    found = check(text, EVERYTHING, STRICT)
    assert found == check(text, EVERYTHING, STRICT)
    whole = len(graphemes(text))
    for each in found:
        assert 0 <= each.start <= each.end <= len(text)
        assert 0 <= each.span[0] <= each.span[1] <= whole
        assert text[each.start : each.end] == each.hit
