"""How somebody gets on: every dimension over the attempts, what costs most, and the next lesson."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from csdesk.desk.wording import reasons_told
from csdesk.i18n import N_, _, ngettext
from csdesk.text import cell_width, fit, truncate
from csdesk.trainer.attempts import Attempt
from csdesk.trainer.progress import Suggestion, costliest, ignored, levels
from csdesk.trainer.rubric import Dimension
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.screens.debrief import LABEL_CELLS, colour_of, rule_name
from csdesk.tui.screens.paper import Paper, typed, wrapped
from csdesk.tui.times import day_and_time
from csdesk.tui.widgets.plots import bar, line

PLOT_CELLS = 40
BAR_CELLS = 12
LATEST = 8
"""Attempts that are listed."""


class GettingOnScreen(Paper[None]):
    """``attempts`` are one agent's, oldest first; ``titles`` are those of the scenarios, by id."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(typed("escape", "q", "g"), "close", N_("Back"), id="getting_on.close")
    ]

    def __init__(
        self,
        agent: str,
        attempts: Sequence[Attempt],
        following: Suggestion | None,
        titles: Mapping[str, str],
    ) -> None:
        super().__init__(id="getting-on")
        self._agent = agent
        self._attempts = tuple(attempts)
        self._following = following
        self._titles = titles

    def head(self, width: int) -> Content:
        count = len(self._attempts)
        said = ngettext("{count} practice", "{count} practices", count).format(count=count)
        title = truncate(
            _("How {name} gets on").format(name=display_line(self._agent)), width - cell_width(said) - 2
        )
        gap = " " * max(1, width - cell_width(title) - cell_width(said))
        return Content.assemble(Content.styled(title, "bold $accent"), gap, Content.styled(said, "$detail"))

    def body(self, width: int) -> Iterable[Content]:
        if not self._attempts:
            yield Content.styled(_("Nothing practised yet."), "bold $content")
            yield from wrapped(
                _("Each practice adds a point to every line that will stand here."), width, "$detail"
            )
        else:
            yield from self._plots(width)
            yield Content()
            yield from self._costs(width)
            yield from self._ignored(width)
            yield Content()
            yield from self._latest(width)
        if self._following is not None:
            yield Content()
            scenario = self._following.scenario
            yield from wrapped(_("Next lesson: {title}").format(title=scenario.title), width, "bold $accent")
            yield from wrapped(scenario.lesson, width, "$content", "  ")

    def foot(self) -> str:
        return f" {glyphs().dot} ".join([_("↑↓ scroll"), _("Esc closes")])

    def action_close(self) -> None:
        self.dismiss(None)

    def _plots(self, width: int) -> Iterator[Content]:
        cells = max(6, min(PLOT_CELLS, width - LABEL_CELLS - BAR_CELLS - 8))
        now = levels(self._attempts)
        totals = [one.total / 100 for one in self._attempts]
        latest = totals[-10:]
        yield _plot_line(_("All together"), totals, sum(latest) / len(latest), cells)
        for dimension in Dimension:
            if dimension in now:
                shares = [one.shares.get(dimension) for one in self._attempts]
                yield _plot_line(dimension.label, shares, now[dimension], cells)
        said = _("oldest to newest; the figure is the mean of the latest ten")
        yield Content.styled(truncate(said, width), "$hint")

    def _costs(self, width: int) -> Iterator[Content]:
        costs = costliest(self._attempts)
        if not costs:
            return
        yield Content.styled(_("What costs most points"), "bold $content")
        for cost in costs:
            dimension = Dimension(cost.dimension).label if cost.dimension in set(Dimension) else ""
            often = ngettext("{count} time", "{count} times", cost.times).format(count=cost.times)
            facts = [rule_name(cost.rule), dimension, often]
            rest = truncate(f" {glyphs().dot} ".join(filter(None, facts)), width - 9)
            lost = f"{glyphs().minus}{cost.points:.1f}"
            yield Content.assemble(
                Content.styled(f"  {lost:>5}  ", "bold $red"), Content.styled(rest, "$content")
            )

    def _ignored(self, width: int) -> Iterator[Content]:
        found = ignored(self._attempts)
        if not found:
            return
        yield Content()
        yield Content.styled(_("Ignored most often while writing"), "bold $content")
        for each in found:
            rest = f"{rule_name(each.rule)} {glyphs().dot} {display_line(reasons_told(each.reasons))}"
            yield Content.assemble(
                Content.styled(f"  {each.times:5}  ", "bold $amber"),
                Content.styled(truncate(rest, width - 9), "$content"),
            )

    def _latest(self, width: int) -> Iterator[Content]:
        yield Content.styled(_("The latest"), "bold $content")
        for one in reversed(self._attempts[-LATEST:]):
            left = f"  {day_and_time(one.at)}  "
            points = f"{one.total:5.1f}  "
            name = truncate(
                display_line(self._titles.get(one.scenario, one.scenario)),
                width - cell_width(left) - len(points),
            )
            colour = colour_of(one.total / 100)
            yield Content.assemble(
                Content.styled(left, "$detail"),
                Content.styled(points, f"bold {colour}"),
                Content.styled(name, "$content"),
            )


def _plot_line(label: str, shares: Sequence[float | None], level: float, cells: int) -> Content:
    full, empty = bar(level, BAR_CELLS)
    colour = colour_of(level)
    return Content.assemble(
        Content.styled(fit(label, LABEL_CELLS), "$content"),
        Content.styled(line(shares, cells), "$accent"),
        "  ",
        Content.styled(full, colour),
        Content.styled(empty, "$hint"),
        Content.styled(f"{level * 100:4.0f}%", f"bold {colour}"),
    )
