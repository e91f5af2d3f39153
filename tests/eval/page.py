"""The measurements as the table of docs/etiquette.md."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from csdesk.etiquette.ruleset import BUILTIN, load
from csdesk.model.finding import Severity
from tests.eval.etiquette import (
    ABUSE_RECALL,
    ACTS,
    FIRE_LIMITS,
    FRIENDLY_RECALL,
    POLITENESS,
    Fires,
    Report,
    lower_bound,
)

PAGE = Path(__file__).resolve().parents[2] / "docs" / "etiquette.md"
RULES, FIGURES = "rules", "figures"


def rule_lines() -> list[str]:
    """The rules that come with the program, as a table."""
    lines = ["| rule | zh | en | severity | confidence | source |", "|---|---|---|---|---|---|"]
    rules = load([BUILTIN]).rules
    for name in sorted({rule.id for rule in rules}):
        own = {rule.lang: rule for rule in rules if rule.id == name}
        first = own.get("zh") or own["en"]
        has = ["yes" if lang in own else "" for lang in ("zh", "en")]
        sources = ", ".join(str(each) for each in first.sources)
        lines.append(
            f"| `{name}` | {has[0]} | {has[1]} | {first.severity} | {first.confidence} | {sources} |"
        )
    return lines


def figure_lines(report: Report) -> list[str]:
    """What was measured, with the targets beside it."""
    held, examples = report.examples
    lines = ["| what | measured | target | |", "|---|---|---|---|"]
    lines.append(_row("examples of the rules that hold", f"{held} of {examples}", "all", held == examples))
    for fires in report.fires:
        for severity in Severity:
            limit = FIRE_LIMITS.get(severity)
            what = f"{fires.name}: agents' turns with a {severity} ({fires.turns} turns)"
            share = fires.rate(severity)
            told = f"{fires.severities[severity]} = {share:.2%}"
            lines.append(
                _row(what, told, f"≤ {limit:.1%}" if limit else "none", limit is None or share <= limit)
            )
    for act, (plain, detector) in report.acts.items():
        numbers = f"P {detector.precision:.3f} R {detector.recall:.3f} F1 {detector.f1:.3f} (one word: F1 {plain.f1:.3f})"
        lines.append(_row(f"CrossWOZ: {act}", numbers, f"F1 ≥ {ACTS[act]}", detector.f1 >= ACTS[act]))
    if report.politeness is not None:
        fitted, told_right = report.politeness
        numbers = f"{told_right:.3f} (fitted half {fitted:.3f})"
        lines.append(
            _row("Stanford Wikipedia: polite or not", numbers, f"≥ {POLITENESS}", told_right >= POLITENESS)
        )
    lines += _mood_lines(report)
    return [*lines, "", *_fire_lines(report.fires)]


def _mood_lines(report: Report) -> Iterable[str]:
    for mood, least in (("abusive", ABUSE_RECALL), ("friendly", FRIENDLY_RECALL)):
        if score := report.moods.get(mood):
            numbers = f"P {score.precision:.3f} R {score.recall:.3f}"
            what = f"Bitext (partly generated): customer's mood {mood}"
            yield _row(what, numbers, f"R ≥ {least}", score.recall >= least)


def _fire_lines(fires: Iterable[Fires]) -> list[str]:
    lines = [
        "| rule | set | turns it fires on | read by one person | right | at least (95 %) |",
        "|---|---|---|---|---|---|",
    ]
    for each in fires:
        for rule, count in each.rules.most_common():
            right, read = each.judged.get(rule, (0, 0))
            shown = f"{read} | {right} | {lower_bound(right, read):.0%}" if read else "0 | | "
            lines.append(f"| `{rule}` | {each.name} | {count} = {count / max(1, each.turns):.2%} | {shown} |")
    return lines


def _row(what: str, measured: str, target: str, is_met: bool) -> str:
    return f"| {what} | {measured} | {target} | {'' if is_met else 'missed'} |"


def put(page: str, name: str, lines: Iterable[str]) -> str:
    """``page`` with ``lines`` between its marks ``name``."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    head, _begin, rest = page.partition(begin)
    _old, _end, tail = rest.partition(end)
    return "\n".join([head + begin, "", *lines, "", end]) + tail
