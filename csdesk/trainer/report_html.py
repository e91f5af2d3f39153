"""The teacher's report as one page: charts are drawn into it, and nothing is fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Final

from csdesk.desk.wording import reasons_told
from csdesk.i18n import _, language, ngettext
from csdesk.model.finding import Ignored
from csdesk.trainer import wording
from csdesk.trainer.attempts import Attempt
from csdesk.trainer.library import Library
from csdesk.trainer.progress import Cost, series
from csdesk.trainer.report import Trainee
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scenario import Ending

_STYLE: Final = """
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #5f6b7d; --line: #dfe3ea;
  --good: #2563a8; --weak: #c2571a; --fill: #dbe8f7; }
@media (prefers-color-scheme: dark) { :root { --back: #14171c; --card: #1c2027; --ink: #e6e9ee; --soft: #9aa6b6;
  --line: #323a46; --good: #6aa5e8; --weak: #e8955a; --fill: #23384f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 15px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.15rem; margin: 0; } h3 { font-size: .95rem; margin: 1.2rem 0 .3rem; }
.soft { color: var(--soft); font-size: .88rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.2rem 1.3rem; margin-top: 1.2rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 12px; }
.axis { stroke: var(--line); } .track { fill: var(--fill); } .bar { fill: var(--good); } .bar.weak { fill: var(--weak); }
.run { fill: none; stroke: var(--good); stroke-width: 2; } .thin { stroke-width: 1.5; } .dot { fill: var(--good); } .dot.fatal { fill: var(--weak); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 0 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th, td { text-align: left; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
@media print { body { background: none; } article { break-inside: avoid; } }
"""
WIDTH, HEIGHT, LEFT, TOP = 640, 190, 34, 12
ROW, LABEL, SPARK = 26, 150, 120
WEAK_SHARE = 0.7
MOST_POINTS = 200
MOST_ROWS = 100


def html_page(found: Sequence[Trainee], library: Library, when: str) -> Iterator[str]:
    """The page in pieces; everything that somebody wrote is escaped."""
    title = escape(_("Training report"))
    yield (
        f'<!doctype html>\n<html lang="{escape(language().replace("_", "-"))}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f'<meta name="referrer" content="no-referrer">\n<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n'
        f'<body>\n<main>\n<h1>{title}</h1>\n<p class="soft">{escape(when)}</p>\n'
    )
    if not found:
        nobody = escape(_("Nobody practised in this time."))
        yield f"<p>{nobody}</p>\n"
    for trainee in found:
        yield _article(trainee, library)
    note = _(
        "The score judges the conversation by rules; it does not measure whether a customer is satisfied."
    )
    yield f'<p class="soft">{escape(note)}</p>\n</main>\n</body>\n</html>\n'


def _article(trainee: Trainee, library: Library) -> str:
    count = len(trainee.attempts)
    attempts = ngettext("{count} attempt", "{count} attempts", count).format(count=count)
    mean = _("mean {points} of 100").format(points=f"{trainee.mean:.0f}")
    next_one = trainee.suggestion
    lesson = _("next lesson: {title}").format(title=next_one.scenario.title) if next_one else ""
    facts = " · ".join(filter(None, (attempts, mean, lesson)))
    by_attempt, by_dimension = _heading(_("Points by attempt")), _heading(_("How it stands, by dimension"))
    costs, table = _heading(_("What costs most points")), _heading(_("Attempts"))
    return (
        f'<article>\n<h2 dir="auto">{escape(trainee.agent)}</h2>\n<p class="soft">{escape(facts)}</p>\n'
        f"{by_attempt}{_line(trainee.attempts)}"
        f'<div class="columns"><div>{by_dimension}{_bars(trainee)}</div>\n'
        f"<div>{costs}{_costs(trainee.costs)}{_ignored(trainee.ignored)}</div></div>\n{table}{_table(trainee.attempts, library)}</article>\n"
    )


def _heading(text: str) -> str:
    return f"<h3>{escape(text)}</h3>\n"


def _line(attempts: Sequence[Attempt]) -> str:
    """Points over attempts, in order: a line with a dot each; fatal ones differ in colour and shape."""
    shown = attempts[-MOST_POINTS:]
    width, height = WIDTH - LEFT - 10, HEIGHT - TOP - 22
    step = width / max(1, len(shown) - 1)
    places = [(LEFT + step * at, TOP + height * (1 - one.total / 100)) for at, one in enumerate(shown)]
    axes = "".join(
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - 10}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{points}</text>'
        for points in (0, 50, 100)
        for y in [TOP + height * (1 - points / 100)]
    )
    run = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(_dot(x, y, one) for (x, y), one in zip(places, shown, strict=True))
    label = escape(_("Points by attempt"))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">{axes}'
        f'<polyline class="run" points="{run}"/>{dots}</svg>\n'
    )


def _dot(x: float, y: float, one: Attempt) -> str:
    title = escape(f"{one.scenario} · {one.total:.0f} · {_day(one.at)}")
    if one.fatal:
        return f'<rect class="dot fatal" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"><title>{title}</title></rect>'
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"><title>{title}</title></circle>'


def _bars(trainee: Trainee) -> str:
    """A bar for each dimension with its share written behind it, and how it went from attempt to attempt."""
    rows = []
    room = WIDTH - LABEL - SPARK - 70
    for number, (dimension, share) in enumerate(trainee.levels.items()):
        y = number * ROW
        weak = " weak" if share < WEAK_SHARE else ""
        rows.append(
            f'<text x="0" y="{y + 17}">{escape(dimension.label)}</text>'
            f'<rect class="track" x="{LABEL}" y="{y + 6}" width="{room}" height="14" rx="3"/>'
            f'<rect class="bar{weak}" x="{LABEL}" y="{y + 6}" width="{room * share:.1f}" height="14" rx="3"/>'
            f'<text x="{LABEL + room + 8}" y="{y + 17}">{share * 100:.0f} %</text>'
            f"{_spark(trainee.attempts, dimension, y)}"
        )
    height = max(1, len(trainee.levels)) * ROW
    label = escape(_("How it stands, by dimension"))
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{"".join(rows)}</svg>\n'


def _spark(attempts: Sequence[Attempt], dimension: Dimension, y: int) -> str:
    """A dimension over the attempts, as a small line at the end of its row."""
    shares = [share for _at, share in series(attempts, dimension)][-MOST_POINTS:]
    step = SPARK / max(1, len(shares) - 1)
    points = " ".join(
        f"{WIDTH - SPARK - 4 + step * at:.1f},{y + 21 - 16 * share:.1f}" for at, share in enumerate(shares)
    )
    return f'<polyline class="run thin" points="{points}"/>'


def _costs(costs: Sequence[Cost]) -> str:
    if not costs:
        nothing = escape(_("Nothing was lost."))
        return f'<p class="soft">{nothing}</p>\n'
    head = _head((_("Rule"), _("Dimension")), (_("Times"), _("Points")))
    rows = "".join(
        f"<tr><td>{escape(wording.rule(cost.rule))}</td><td>{escape(_dimension(cost.dimension))}</td>"
        f'<td class="n">{cost.times}</td><td class="n">{cost.points:.1f}</td></tr>'
        for cost in costs
    )
    return f'<div class="scroll"><table>{head}{rows}</table></div>\n'


def _ignored(found: Sequence[Ignored]) -> str:
    if not found:
        return ""
    head = _head((_("Rule"), _("Reasons")), (_("Times"),))
    rows = "".join(
        f"<tr><td>{escape(wording.rule(each.rule))}</td><td>{escape(reasons_told(each.reasons))}</td>"
        f'<td class="n">{each.times}</td></tr>'
        for each in found
    )
    heading = _heading(_("Ignored most often while writing"))
    return f'{heading}<div class="scroll"><table>{head}{rows}</table></div>\n'


def _dimension(name: str) -> str:
    return Dimension(name).label if name in set(Dimension) else name


def _head(words: Sequence[str], numbers: Sequence[str]) -> str:
    """The head of a table: columns of words, then columns of numbers."""
    cells = [f"<th>{escape(name)}</th>" for name in words]
    cells += [f'<th class="n">{escape(name)}</th>' for name in numbers]
    return f"<tr>{''.join(cells)}</tr>"


def _table(attempts: Sequence[Attempt], library: Library) -> str:
    head = _head((_("Day"), _("Scenario"), _("Outcome")), (_("Points"),))
    rows = []
    for one in list(reversed(attempts))[:MOST_ROWS]:
        scenario = library.by_id.get(one.scenario)
        title = scenario.title if scenario else one.scenario
        outcome = wording.outcome(Ending(one.outcome)) if one.outcome in set(Ending) else one.outcome
        rows.append(
            f'<tr><td>{escape(_day(one.at))}</td><td dir="auto">{escape(title)}</td><td>{escape(outcome)}</td>'
            f'<td class="n">{one.total:.0f}</td></tr>'
        )
    return f'<div class="scroll"><table>{head}{"".join(rows)}</table></div>\n'


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).strftime("%Y-%m-%d %H:%M")
