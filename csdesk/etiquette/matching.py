"""The ``match`` of a rule in a file: keys and words to a :class:`~csdesk.etiquette.matchers.Matcher`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from csdesk.etiquette import detectors
from csdesk.etiquette.matchers import (
    Absent,
    Clock,
    Matcher,
    OverPolicy,
    Ratio,
    Requires,
    Sequence,
    Signs,
    Whole,
)
from csdesk.etiquette.patterns import PatternError, compiled, literal
from csdesk.etiquette.policies import TOPICS
from csdesk.etiquette.reading import EN, normal
from csdesk.i18n import _
from csdesk.yamlsafe import Fields

MOST_WORDS = 200
MAX_PATTERN = 800
KNOWN_ACTS = (*detectors.ACTS, detectors.IDENTIFIER)
NOTHING: Matcher = Signs()


def read_matcher(rule: Fields, lang: str) -> tuple[Matcher, str]:
    """The matcher of a rule and the name of its kind; one that finds nothing where ``match`` is wrong."""
    fields = rule.fields("match")
    if fields is None:
        rule.complain("match", _("“{key}” is missing").format(key="match"), _("Say what the rule looks for."))
        return NOTHING, ""
    kind = fields.choice("kind", tuple(KINDS), "phrase")
    matcher = KINDS[kind](fields, lang)
    fields.finish()
    return matcher, kind


def _whole(fields: Fields, lang: str) -> Matcher:
    words, beside = fields.texts("any", most=MOST_WORDS), fields.texts("beside")
    return Whole(
        frozenset(normal(word, lang) for word in words), frozenset(normal(word, lang) for word in beside)
    )


def _phrase(fields: Fields, lang: str) -> Matcher:
    return _signs(fields, lang)


def _detector(fields: Fields, lang: str) -> Matcher:
    topic = fields.text("policy")
    if not topic:
        return _signs(fields, lang)
    if topic not in TOPICS:
        _unknown(fields, "policy", topic, TOPICS)
        return NOTHING
    return OverPolicy(topic, _signs(fields, lang, "except_"))


def _ratio(fields: Fields, lang: str) -> Matcher:
    more, than = _part(fields, "more", lang), _part(fields, "than", lang)
    return Ratio(
        more, than, fields.integer("times", 2, most=20), fields.integer("least", 2, least=1, most=20)
    )


def _requires(fields: Fields, lang: str) -> Matcher:
    return Requires(_part(fields, "if", lang), _part(fields, "then", lang))


def _absent(fields: Fields, lang: str) -> Matcher:
    return Absent(_signs(fields, lang))


def _clock(fields: Fields, lang: str) -> Matcher:
    return Clock(fields.integer("waited_s", 180, least=1, most=86_400), _signs(fields, lang))


def _sequence(fields: Fields, lang: str) -> Matcher:
    steps = [_signs(Fields(node, fields.problems), lang) for node in fields.entries("steps")]
    within = fields.integer("within", 10, most=100)
    if len(steps) < 2:
        fields.complain("steps", _("a sequence has two steps or more"), _("Begin each step with “- ”."))
        return NOTHING
    return Sequence(tuple(steps), within)


KINDS: Mapping[str, Callable[[Fields, str], Matcher]] = {
    "whole": _whole,
    "phrase": _phrase,
    "regex": _phrase,
    "ratio": _ratio,
    "requires": _requires,
    "absent": _absent,
    "sequence": _sequence,
    "clock": _clock,
    "detector": _detector,
}


def _part(fields: Fields, key: str, lang: str) -> Signs:
    part = fields.fields(key)
    if part is None:
        fields.complain(
            key, _("“{key}” is missing").format(key=key), _("Add a line “{key}: …”.").format(key=key)
        )
        return Signs()
    signs = _signs(part, lang)
    part.finish()
    return signs


def _signs(fields: Fields, lang: str, prefix: str = "") -> Signs:
    """``any`` (phrases), ``regex``, ``acts``; ``except`` and ``unless`` likewise, each a list."""
    patterns = [_words(fields, f"{prefix}any", lang), _regex(fields, f"{prefix}regex")]
    return Signs(
        patterns=tuple(pattern for pattern in patterns if pattern is not None),
        acts=_acts(fields, f"{prefix}acts"),
        exceptions=_regex(fields, "except") if not prefix else None,
        unless=_regex(fields, "unless") if not prefix else None,
        unless_acts=_acts(fields, "unless_acts") if not prefix else (),
    )


def _words(fields: Fields, key: str, lang: str) -> re.Pattern[str] | None:
    words = fields.texts(key, most=MOST_WORDS)
    return literal([normal(word, lang) for word in words], is_spaced=lang == EN) if words else None


def _regex(fields: Fields, key: str) -> re.Pattern[str] | None:
    patterns = fields.texts(key, most=MOST_WORDS, longest=MAX_PATTERN)
    if not patterns:
        return None
    try:
        return compiled(patterns)
    except PatternError as error:
        reason = _("a pattern is not taken: {reason}").format(reason=error)
        fields.complain(key, reason, _("Give every repeat its most, such as {0,8}."))
        return None


def _acts(fields: Fields, key: str) -> tuple[str, ...]:
    acts = fields.texts(key)
    for act in acts:
        if act not in KNOWN_ACTS:
            _unknown(fields, key, act, KNOWN_ACTS)
    return tuple(act for act in acts if act in KNOWN_ACTS)


def _unknown(fields: Fields, key: str, text: str, known: Mapping[str, object] | tuple[str, ...]) -> None:
    reason = _("“{text}” is not a known {key}").format(text=text[:40], key=key)
    fields.complain(key, reason, _("Use one of: {choices}.").format(choices=", ".join(known)))
