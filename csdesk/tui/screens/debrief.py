"""What a practice was worth: each dimension, every point that was lost and why, then turn by turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from csdesk.i18n import N_, _, ngettext
from csdesk.text import cell_width, fit, truncate
from csdesk.trainer import wording
from csdesk.trainer.engine import Turn
from csdesk.trainer.progress import cause
from csdesk.trainer.scorer import Loss
from csdesk.trainer.sitting import Done
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display, display_line
from csdesk.tui.screens.paper import Paper, typed, wrapped
from csdesk.tui.times import wait_text
from csdesk.tui.widgets.plots import bar

LABEL_CELLS = 24
POINTS_CELLS = 14
MOST_BAR = 40
GOOD, FAIR = 0.9, 0.6


def colour_of(share: float) -> str:
    """Green for well done, amber for think again, red for lost."""
    return "$green" if share >= GOOD else "$amber" if share >= FAIR else "$red"


class DebriefScreen(Paper[bool]):
    """Dismissed with True when the progress is wanted. ``done`` holds at least one practice."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(typed("escape", "q"), "close", N_("Close the debrief"), id="debrief.close"),
        Binding(typed("n"), "turn(1)", N_("The next turn"), id="debrief.next"),
        Binding(typed("p"), "turn(-1)", N_("The turn before, or the score again"), id="debrief.previous"),
        Binding(typed("right", "tab"), "customer(1)", N_("The next customer"), id="debrief.customer"),
        Binding("left,shift+tab", "customer(-1)", N_("The customer before"), id="debrief.customer_before"),
        Binding(typed("g"), "progress", N_("How you get on"), id="debrief.progress"),
    ]

    def __init__(self, done: Sequence[Done]) -> None:
        super().__init__(id="debrief")
        self._done = tuple(done)
        self._place = 0
        self._turn = 0
        """The turn shown, from 1; 0 shows the score."""

    @property
    def shown(self) -> Done:
        return self._done[self._place]

    def head(self, width: int) -> Content:
        done = self.shown
        total = _("{points} of 100").format(points=round(done.score.total))
        place = f"{self._place + 1}/{len(self._done)}  " if len(self._done) > 1 else ""
        title = truncate(
            _("Debrief") + f"  {place}" + display_line(done.practice.scenario.title),
            width - cell_width(total) - 2,
        )
        gap = " " * max(1, width - cell_width(title) - cell_width(total))
        colour = colour_of(done.score.total / 100)
        return Content.assemble(
            Content.styled(title, "bold $accent"), gap, Content.styled(total, f"bold {colour}")
        )

    def body(self, width: int) -> Iterable[Content]:
        return self._score_page(width) if self._turn == 0 else self._turn_page(width)

    def foot(self) -> str:
        parts = [_("n p turn by turn"), _("↑↓ scroll"), _("g progress"), _("Esc closes")]
        if len(self._done) > 1:
            parts.insert(1, _("←→ customer"))
        return f" {glyphs().dot} ".join(parts)

    # -- the score

    def _score_page(self, width: int) -> Iterator[Content]:
        done = self.shown
        yield Content.styled(self._summary(done), "$detail")
        for slip in done.score.fatal:
            said = _("{slip}: no more than 40 points").format(slip=wording.fatal(slip))
            yield Content.styled(f"{glyphs().failed} {said}", "bold $red")
        yield Content()
        for dimension, mark in done.score.marks.items():
            yield _bar_line(dimension.label, mark.points, mark.most, width)
        yield Content()
        losses = done.score.losses
        if not losses:
            yield Content.styled(_("Not a point was lost."), "bold $green")
        else:
            title = ngettext("{count} thing cost points", "{count} things cost points", len(losses))
            yield Content.styled(title.format(count=len(losses)), "bold $content")
        models: set[str] = set()
        for loss in losses:
            yield Content()
            yield from _loss_lines(loss, width, models)
        yield Content()
        yield from wrapped(
            _("Lesson: {lesson}").format(lesson=done.practice.scenario.lesson), width, "$accent"
        )

    def _summary(self, done: Done) -> str:
        replies = len(done.attempt.replies)
        facts = [
            wording.outcome(done.score.outcome),
            ngettext("{count} reply sent", "{count} replies sent", replies).format(count=replies),
            ngettext("{count} with a quick reply", "{count} with quick replies", done.attempt.quick).format(
                count=done.attempt.quick
            ),
        ]
        return "  ".join(facts)

    # -- turn by turn

    def _turn_page(self, width: int) -> Iterator[Content]:
        done = self.shown
        turns = done.practice.turns
        turn = turns[self._turn - 1]
        title = _("Turn {number} of {count}").format(number=self._turn, count=len(turns))
        waited = "" if turn.wait_s is None else _("waited {time}").format(time=wait_text(turn.wait_s * 1000))
        yield Content.assemble(
            Content.styled(title, "bold $content"), Content.styled(f"   {waited}", "$detail")
        )
        yield Content()
        for text in self._asked(self._turn - 1):
            yield Content.styled(
                display_line(done.practice.scenario.customer) or _("Customer"), "bold $detail"
            )
            yield from wrapped(text, width, "$content", "  ")
        losses = [loss for loss in done.score.losses if loss.turn == self._turn]
        yield Content()
        yield Content.styled(display_line(done.attempt.agent), "bold $accent")
        if turn.text:
            yield _marked(turn, losses, width)
        else:
            yield Content.styled("  " + _("No reply."), "$red")
        yield Content()
        if not losses:
            yield Content.styled(f"{glyphs().done} " + _("Nothing lost here."), "$green")
        models: set[str] = set()
        for loss in losses:
            yield from _loss_lines(loss, width, models, with_place=False)
            yield Content()

    def _asked(self, place: int) -> list[str]:
        """What the customer said since the agent's line before: up to the agent's own of this turn."""
        practice = self.shown.practice
        turn = practice.turns[place]
        end = turn.line if turn.line >= 0 else len(practice.lines)
        start = end
        while start > 0 and practice.lines[start - 1].is_customer:
            start -= 1
        return [line.text for line in practice.lines[start:end]]

    # -- keys

    def action_turn(self, by: int) -> None:
        last = len(self.shown.practice.turns)
        turn = min(last, max(0, self._turn + by))
        if turn != self._turn:
            self._turn = turn
            self._again()

    def action_customer(self, by: int) -> None:
        self._place = (self._place + by) % len(self._done)
        self._turn = 0
        self._again()

    def _again(self) -> None:
        self._body.scroll_home(animate=False)
        self.show()

    def action_progress(self) -> None:
        self.dismiss(True)

    def action_close(self) -> None:
        """From a turn back to the score, from there away."""
        if self._turn:
            self._turn = 0
            self._again()
        else:
            self.dismiss(False)


_CONSEQUENCES = {"answered-first": N_("answering comes first"), "fatal": N_("a fatal slip")}


def rule_name(rule: str) -> str:
    """A rule of the score in a few words. A scenario's fact goes by what it is, not by its name in the file: what
    it says stands in the reason."""
    if rule.startswith("outcome:"):
        return _("how the talk ended")
    if rule in _CONSEQUENCES:
        return _(_CONSEQUENCES[rule])
    return display_line(wording.rule(cause(rule)))


def _bar_line(label: str, points: float, most: float, width: int) -> Content:
    share = points / most if most else 0.0
    cells = max(6, min(MOST_BAR, width - LABEL_CELLS - POINTS_CELLS - 1))
    full, empty = bar(share, cells)
    colour = colour_of(share)
    return Content.assemble(
        Content.styled(fit(label, LABEL_CELLS), "$content"),
        Content.styled(full, colour),
        Content.styled(empty, "$hint"),
        Content.styled(f" {points:5.1f} / {most:4.1f}", f"bold {colour}"),
    )


def _loss_lines(loss: Loss, width: int, models: set[str], *, with_place: bool = True) -> Iterator[Content]:
    """What was lost and why; a model reply once on a page, ``models`` holds those that stand there."""
    place = _("turn {number}").format(number=loss.turn) if loss.turn else _("overall")
    facts = [place] * with_place + [loss.dimension.label, rule_name(loss.rule)]
    lost = f"{glyphs().minus}{loss.points:.1f}"
    rest = truncate(f" {glyphs().dot} ".join(facts), width - 8)
    yield Content.assemble(Content.styled(f"{lost:<7}", "bold $red"), Content.styled(rest, "$detail"))
    yield from wrapped(loss.reason, width, "$content", "  ")
    if loss.span and loss.said:
        yield from wrapped(_("You wrote: {text}").format(text=loss.said), width, "$amber", "  ")
    if loss.model and loss.model not in models:
        models.add(loss.model)
        yield from wrapped(_("Better: {model}").format(model=loss.model), width, "$green", "  ")


def _marked(turn: Turn, losses: Sequence[Loss], width: int) -> Content:
    """The reply, the words that cost points underlined."""
    lines: list[Content] = []
    spans = [loss.span for loss in losses if loss.span]
    text = Content(turn.text)
    for start, end in spans:
        text = text.stylize("underline $red", start, end)
    if display(turn.text) != turn.text:  # shown otherwise than it was written: places would not fit
        text = Content(display(turn.text))
    lines = [Content.assemble("  ", line) for line in text.wrap(max(8, width - 2))]
    return Content("\n").join(lines)
