"""One file of rules to :class:`~csdesk.etiquette.rule.Rule`: schema ``csdesk.rules/1``.

Every problem is reported with its place, not only the first. A rule with a problem is left out and the
others are used. The examples of a rule are part of it: one that fails is a problem like a wrong key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from csdesk import template
from csdesk.etiquette.context import Context, Policy
from csdesk.etiquette.matching import read_matcher
from csdesk.etiquette.reading import LANGS, read
from csdesk.etiquette.rule import Conditions, Confidence, Example, Profile, Rule, Source
from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Stage, Tier
from csdesk.model.finding import Fit, Severity
from csdesk.text import clean
from csdesk.yamlsafe import (
    Fields,
    Node,
    Problem,
    Problems,
    Scalar,
    TooManyProblems,
    YamlError,
    load,
    loads,
)

SCHEMA = "csdesk.rules/1"
MAX_TEXT = 400
MAX_RULES = 1000
LEAST_EXAMPLES = 5

_ID = re.compile(r"[a-z]{2,20}(?:[.-][a-z0-9]{1,24}){1,4}")
_SEED = re.compile(r"00[0-4]")


@dataclass(frozen=True, slots=True)
class ReadRules:
    """A file as it was read; ``prompts`` is what to ask for the slots of its suggestions, ``profile`` the one it
    wants for those who chose none."""

    lang: str = ""
    rules: tuple[Rule, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    profile: Profile | None = None


def read_rules(path: Path, *, is_checked: bool) -> ReadRules:
    """The rules in the file at ``path``; with ``is_checked``, only those whose examples hold."""
    try:
        root = load(path)
    except YamlError as error:
        return ReadRules(problems=(error.problem,))
    return read_tree(root, is_checked=is_checked)


def read_text(text: str, name: str, *, is_checked: bool = True) -> ReadRules:
    """The rules in ``text``, as they would be read from a file; ``name`` is what problems call it."""
    try:
        root = loads(text, name)
    except YamlError as error:
        return ReadRules(problems=(error.problem,))
    return read_tree(root, is_checked=is_checked)


def read_tree(root: Node, *, is_checked: bool) -> ReadRules:
    """The rules in the tree ``root``."""
    problems = Problems()
    top = Fields(root, problems)
    found = ReadRules()
    with suppress(TooManyProblems):
        found = _read_file(top, is_checked=is_checked)
    ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
    return replace(found, problems=tuple(ordered))


def _read_file(top: Fields, *, is_checked: bool) -> ReadRules:
    problems = top.problems
    if top.text("schema", is_required=True) not in (SCHEMA, ""):
        top.complain(
            "schema", _("this schema is not known"), _("Write “schema: {name}”.").format(name=SCHEMA)
        )
    lang = top.choice("lang", LANGS, LANGS[0])
    profile = top.choice("profile", ["", *Profile], "")
    prompts = _prompts(top.fields("slots"))
    rules: dict[str, Rule] = {}
    for number, node in enumerate(top.entries("rules"), 1):
        if number > MAX_RULES:
            reason = _("a file holds {limit} rules at most").format(limit=MAX_RULES)
            problems.append(node.mark.problem(reason, _("Move the rest to another file.")))
            break
        before = len(problems)
        rule = _read_rule(Fields(node, problems), lang, rules)
        if is_checked and len(problems) == before:
            for problem in failed_examples(rule):
                problems.append(problem)
        if len(problems) == before:
            rules[rule.id] = rule
    top.finish()
    return ReadRules(lang, tuple(rules.values()), prompts, profile=Profile(profile) if profile else None)


def failed_examples(rule: Rule) -> list[Problem]:
    """Every example of ``rule`` that does not hold."""
    problems = []
    for is_wanted, examples in ((True, rule.must_match), (False, rule.must_not_match)):
        for example in examples:
            if is_found(rule, example.text) is is_wanted:
                continue
            said = (
                _("the rule does not find “{text}”, which it must")
                if is_wanted
                else _("the rule finds “{text}”, which it must not")
            )
            fix = _("Change the rule, or the example.")
            problems.append(example.mark.problem(said.format(text=example.text[:60]), fix))
    return problems


def is_found(rule: Rule, text: str) -> bool:
    """Whether ``rule`` objects to ``text``, given what its examples take for known."""
    reading = read(text, rule.lang)
    return rule.conditions.hold(rule.given) and bool(rule.matcher.spans(reading, rule.given, rule.policy))


def _prompts(fields: Fields | None) -> dict[str, str]:
    if fields is None:
        return {}
    return {name: clean(node.text) for name, _mark, node in fields.pairs() if isinstance(node, Scalar)}


def _read_rule(fields: Fields, lang: str, others: Mapping[str, Rule]) -> Rule:
    suggestion = _text(fields, "suggest")
    matcher, kind = read_matcher(fields, lang)
    rule = Rule(
        id=_read_id(fields, others),
        lang=lang,
        severity=Severity(fields.choice("severity", [each.value for each in Severity], Severity.HINT)),
        confidence=Confidence(fields.choice("confidence", [each.value for each in Confidence], "medium")),
        kind=kind,
        matcher=matcher,
        message=_text(fields, "message"),
        why=_text(fields, "why"),
        suggestion=suggestion,
        fit=Fit(fields.choice("fit", [each.value for each in Fit], Fit.WHOLE)),
        sources=_read_sources(fields),
        conditions=_read_conditions(fields.fields("when")),
        must_match=_read_examples(fields, "must_match"),
        must_not_match=_read_examples(fields, "must_not_match"),
        given=_read_given(fields.fields("given")),
        policy=read_policy(fields.fields("policy")),
    )
    _check_template(fields, suggestion)
    fields.finish()
    return rule


def _text(fields: Fields, key: str) -> str:
    return clean(fields.text(key, is_required=True, longest=MAX_TEXT)).strip()


def _read_id(fields: Fields, others: Mapping[str, Rule]) -> str:
    name = fields.text("id", is_required=True)
    if name and not _ID.fullmatch(name):
        reason = _("“{text}” is no good {key}").format(text=name[:40], key="id")
        fields.complain("id", reason, _("Use: {example}.").format(example="refuse.bare"))
    if name in others:
        reason = _("the rule “{rule}” is in this file twice").format(rule=name)
        fields.complain("id", reason, _("Give it another id, or remove one of the two."))
    return name


def _check_template(fields: Fields, suggestion: str) -> None:
    try:
        template.placeholders(suggestion)
    except template.TemplateError as error:
        fields.complain("suggest", error.sentence, error.hint)


def _read_sources(fields: Fields) -> tuple[Source, ...]:
    sources = []
    for node in fields.entries("source"):
        entry = Fields(node, fields.problems)
        seed, study = entry.text("seed"), entry.text("study")
        if bool(seed) == bool(study) or (seed and not _SEED.fullmatch(seed)):
            reason = _("a source is a seed (000 to 004) or a study")
            entry.problems.append(entry.mark.problem(reason, _('Write {seed: "004", at: 4373}.')))
        at = entry.integer("at", 0)
        sources.append(Source(seed, at, clean(entry.text("quote", longest=40)), clean(study)))
        entry.finish()
    if not sources:
        fields.complain(
            "source", _("“{key}” is missing").format(key="source"), _("Say where the rule comes from.")
        )
    return tuple(sources)


def _read_conditions(fields: Fields | None) -> Conditions:
    if fields is None:
        return Conditions()
    conditions = Conditions(
        first_turn=fields.flag("first_turn", False),
        closing=fields.flag("closing", False),
        mood_below=_mood(fields, "mood_below"),
        stages=tuple(each for each in fields.texts("stage") if each in tuple(Stage)),
        tiers=tuple(each for each in fields.texts("tier") if each in tuple(Tier)),
    )
    fields.finish()
    return conditions


def _read_given(fields: Fields | None) -> Context:
    if fields is None:
        return Context()
    given = Context(
        is_first_turn=fields.flag("first_turn", False),
        is_closing=fields.flag("closing", False),
        waited_s=fields.integer("waited_s", 0, most=1_000_000) if fields.has("waited_s") else None,
        mood=_mood(fields, "mood"),
    )
    fields.finish()
    return given


def _mood(fields: Fields, key: str) -> int | None:
    if not fields.has(key):
        fields.text(key)
        return None
    text = fields.text(key)
    if text in ("-2", "-1", "0", "1"):
        return int(text)
    fields.complain(
        key, _("“{key}” is not a whole number").format(key=key), _("Write a number from -2 to 1.")
    )
    return None


def read_policy(fields: Fields | None) -> Policy:
    """What a shop allows, of the keys that stand for it; all others are complained of."""
    if fields is None:
        return Policy()
    policy = Policy(
        discount_percent=fields.integer("discount_percent", 0, most=100)
        if fields.has("discount_percent")
        else None,
        return_days=fields.integer("return_days", 0, most=3650) if fields.has("return_days") else None,
        forbidden=fields.texts("forbidden"),
    )
    fields.finish()
    return policy


def _read_examples(fields: Fields, key: str) -> tuple[Example, ...]:
    examples = [
        Example(clean(node.text), node.mark) for node in fields.entries(key) if isinstance(node, Scalar)
    ]
    if len(examples) < LEAST_EXAMPLES:
        reason = ngettext(
            "“{key}” needs {least} examples and has {count}",
            "“{key}” needs {least} examples and has {count}",
            len(examples),
        )
        fields.complain(
            key,
            reason.format(key=key, least=LEAST_EXAMPLES, count=len(examples)),
            _("Add sentences as agents write them."),
        )
    return tuple(examples)
