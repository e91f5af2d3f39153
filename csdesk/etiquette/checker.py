"""Checking a text: pure, the same answer for the same question, a millisecond for a message."""

from __future__ import annotations

from collections.abc import Iterable

from csdesk.etiquette.context import Context, Policy
from csdesk.etiquette.reading import EN, Reading, Span, language_of, read
from csdesk.etiquette.rule import Rule
from csdesk.etiquette.ruleset import RuleSet, ignore_key
from csdesk.model.finding import Finding
from csdesk.text import is_boundary
from csdesk.text.graphemes import each_grapheme
from csdesk.text.tables import is_ordinary

SIGNS = frozenset(" \n，。！？；：、,.!?;:~～")
WORD_GOES_ON = 2
"""Characters behind a finding that may still belong to its last word."""


def check(text: str, context: Context, rules: RuleSet) -> tuple[Finding, ...]:
    """What ``rules`` say about ``text``, the gravest first, one finding a rule.

    The language is that of the text; one without letters is taken for ``context.lang``. Raises nothing.
    """
    if not text.strip():
        return ()
    lang = language_of(text, context.lang)
    reading = read(text, lang)
    found = []
    for rule in rules.active(lang):
        span = first_hit(rule, reading, context, rules.policy)
        if span is not None:
            finding = _finding(rule, reading, span)
            if ignore_key(finding) not in rules.ignored:
                found.append(finding)
    return tuple(sorted(found, key=lambda each: (each.severity.rank, each.start, -each.end, each.rule)))


def first_hit(rule: Rule, reading: Reading, context: Context, policy: Policy) -> Span | None:
    """The first stretch that ``rule`` objects to, in the plain form; None when it has nothing to say."""
    if not rule.conditions.hold(context):
        return None
    spans = rule.matcher.spans(reading, context, policy)
    return spans[0] if spans else None


def settled(found: Iterable[Finding], text: str, cursor: int) -> tuple[Finding, ...]:
    """The findings that further typing at ``cursor`` (code points) will not change by itself.

    What ends where somebody is still writing may be half of something harmless: 没有 of 没有问题, no of
    normally. It is settled once a sign, a space or a line break stands behind it.
    """
    if cursor < len(text) and not text[cursor].isalnum():
        is_open = bool(text[:cursor]) and text[cursor - 1].isalnum()
    else:
        is_open = bool(text[:cursor]) and (text[cursor - 1].isalnum() or cursor < len(text))
    if not is_open:
        return tuple(found)
    return tuple(each for each in found if not _is_being_written(each, text, cursor))


def _is_being_written(finding: Finding, text: str, cursor: int) -> bool:
    """Whether the caret is in the finding, or right behind it without a sign between."""
    behind = text[finding.end : cursor]
    return finding.start < cursor and (not behind or (len(behind) <= WORD_GOES_ON and behind.isalnum()))


def _without_signs(text: str, start: int, end: int) -> Span:
    """A stretch without the signs around it; a stretch of nothing but signs, or all of a text, as it is."""
    if (start, end) == (0, len(text)) or not any(each.isalnum() for each in text[start:end]):
        return start, end
    while text[start] in SIGNS:
        start += 1
    while text[end - 1] in SIGNS:
        end -= 1
    return start, end


def graphemes_before(text: str, index: int) -> int:
    """How many graphemes of ``text`` begin before the code point ``index``."""
    if is_ordinary(text):
        return index
    count = at = 0
    for each in each_grapheme(text):
        if at >= index:
            break
        at += len(each)
        count += 1
    return count


def _finding(rule: Rule, reading: Reading, span: Span) -> Finding:
    text = reading.text
    start, end = reading.place(span)
    is_spaced = reading.lang == EN
    while end < len(text) and (
        not is_boundary(text, end) or (is_spaced and text[end - 1 : end + 1].isalnum())
    ):
        end += 1
    start, end = _without_signs(text, start, end)
    hit = text[start:end]
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        start=start,
        end=end,
        span=(graphemes_before(text, start), graphemes_before(text, end)),
        hit=hit,
        message=rule.message.replace("{hit}", hit.strip()[:30]),
        suggestion=rule.suggestion,
        fit=rule.fit,
        sources=tuple(str(source) for source in rule.sources),
        lang=rule.lang,
    )
