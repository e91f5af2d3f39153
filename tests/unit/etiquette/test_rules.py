"""The rules that come with the program: their examples hold, and the course texts' own sentences pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.etiquette import ruleset
from csdesk.etiquette.checker import check, first_hit
from csdesk.etiquette.context import NOWHERE, Context
from csdesk.etiquette.folding import FOLD
from csdesk.etiquette.reading import LANGS, read
from csdesk.etiquette.rule import Profile
from csdesk.etiquette.schema import LEAST_EXAMPLES, failed_examples
from csdesk.model.finding import Severity
from csdesk.template import placeholders

RULES = ruleset.load([ruleset.BUILTIN], profile=Profile.STRICT)

ASKED_FOR = [
    "address.we-not-me",
    "address.use-nin",
    "refuse.bare",
    "refuse.needs-reason",
    "refuse.bargain-blunt",
    "promise.absolute",
    "promise.no-deadline",
    "blame.third-party",
    "deflect.only-dm",
    "deflect.self-service",
    "tone.impatient",
    "tone.belittle",
    "form.jargon",
    "form.too-short",
    "open.greet",
    "close.thanks",
    "close.welcome-back",
    "wait.tell-busy",
    "tone.over-apology",
    "contact.off-platform",
    "privacy.identifier",
    "privacy.other-customer",
    "promise.over-discount",
    "promise.over-return",
    "promise.forbidden",
]

MODEL_SENTENCES = (
    "希望在这里能找到您满意的宝贝",
    "合作愉快",
    "亲，请问有需要帮助的吗？",
    "对不起，我现在比较忙，我可能会回复得慢一点，请理解",
    "对不起,我现在比较忙,我可能会回复得慢一点,请理解",
    "对不起，我们店的商品已经是最低利润了，不能讲价了",
    "请稍等",
    "欢迎下次光临",
    "欢迎光临",
    "谢谢惠顾",
    "认识您很高兴",
    "希望在这里能找到您满意的商品",
    "您好",
    "请问",
    "麻烦",
    "不好意思",
    "非常抱歉",
    "多谢支持",
)


def test_the_files_are_without_fault_and_every_example_holds() -> None:
    checked = ruleset.load([ruleset.BUILTIN], is_checked=True)
    assert [f"{problem} ({problem.fix})" for problem in checked.problems] == []
    assert len(checked.rules) == len(RULES.rules)


@pytest.mark.parametrize("lang", LANGS)
def test_every_rule_that_was_asked_for_is_there_in_both_languages(lang: str) -> None:
    known = {rule.id for rule in RULES.rules if rule.lang == lang}
    assert set(ASKED_FOR) <= known
    assert known == {rule.id for rule in RULES.rules} - ({"refuse.invoice"} if lang == "en" else set())


def test_every_rule_says_why_and_where_it_comes_from() -> None:
    for rule in RULES.rules:
        assert rule.why and rule.message and rule.sources, rule.id
        assert len(rule.must_match) >= LEAST_EXAMPLES <= len(rule.must_not_match), rule.id


def test_every_open_slot_of_a_suggestion_has_a_question_in_both_languages() -> None:
    wanted = {part.path for rule in RULES.rules for part in placeholders(rule.suggestion)} - {"contact.name"}
    for lang in LANGS:
        assert {name for known, name in RULES.prompts if known == lang} == wanted


@pytest.mark.parametrize("sentence", MODEL_SENTENCES)
def test_model_sentences_of_the_seeds_raise_nothing_above_a_hint(sentence: str) -> None:
    found = check(sentence, Context(is_first_turn=True, is_closing=True, waited_s=300, mood=-1), RULES)
    grave = [each.rule for each in found if each.severity is not Severity.HINT]
    assert grave == []


def test_rules_that_need_the_moment_are_silent_without_it() -> None:
    for rule in RULES.rules:
        if rule.conditions.is_moment or rule.kind == "clock":
            for example in rule.must_match:
                assert first_hit(rule, read(example.text, rule.lang), NOWHERE, rule.policy) is None, rule.id


def test_a_broken_example_is_a_problem_with_its_place(tmp_path: Path) -> None:
    rule = next(rule for rule in RULES.rules if rule.id == "refuse.bare" and rule.lang == "zh")
    assert failed_examples(rule) == []
    text = (ruleset.BUILTIN / "zh.yaml").read_text("utf-8").replace("没有问题的，您放心拍", "没有", 1)
    own = tmp_path / "zh.yaml"
    own.write_text(text, encoding="utf-8")
    read_again = ruleset.load([tmp_path])
    assert [(Path(each.file), each.line) for each in read_again.problems] == [
        (own, text[: text.index("must_not_match: [没有,")].count("\n") + 1)
    ]
    assert read_again.find("refuse.bare", "zh") is None, "a rule that fails its examples is not used"
    assert read_again.find("refuse.needs-reason", "zh") is not None


def test_traditional_writing_is_folded_as_opencc_folds_it() -> None:
    convert = pytest.importorskip("opencc").OpenCC("t2s").convert
    wrong = {before: after for before, after in FOLD.items() if convert(before) != after}
    assert not wrong and len(FOLD) > 1000
