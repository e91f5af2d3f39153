"""What to practise: the lessons, the next one first, how many customers at once, coached or examined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from csdesk.i18n import LANGUAGES, N_, _, language, ngettext
from csdesk.text import cell_width, fit, truncate
from csdesk.trainer import wording
from csdesk.trainer.attempts import Attempt
from csdesk.trainer.lessons import MOST_AT_ONCE, Mode, Offered, Wanted, offered
from csdesk.trainer.library import Library
from csdesk.trainer.scenario import Scenario, Theme
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.screens.over import Over
from csdesk.tui.screens.paper import typed, wrapped
from csdesk.tui.surviving import Survives
from csdesk.tui.widgets.fitted import Fitted

THEME_CELLS = 16
NARROW_THEME_CELLS = 10
LAST_CELLS = 7
HARDEST = 3
NARROW = 76
MODE_NAMES = {Mode.COACH: N_("coach"), Mode.EXAM: N_("exam")}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody wants to practise; without ``scenarios`` they want to see how they get on."""

    scenarios: tuple[Scenario, ...]
    mode: Mode = Mode.COACH


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was set in the chooser; it is there again the next time."""

    wanted: Wanted = field(default_factory=Wanted)
    count: int = 1
    mode: Mode = Mode.COACH


class LessonChoice(Survives, Over[Chosen | None]):
    """Dismissed with what to practise, or None. ``attempts`` are the agent's own, oldest first."""

    DEFAULT_CSS = """
    LessonChoice { align: center middle; }
    LessonChoice > Vertical { width: 112; max-width: 100%; height: 96%; background: $raised; padding: 1 2; }
    LessonChoice OptionList { height: 1fr; background: $raised; border: none; padding: 0; margin: 1 0; scrollbar-size-vertical: 1; }
    LessonChoice OptionList:focus { background: $raised; border: none; }
    LessonChoice #lesson-about { height: 4; }
    LessonChoice #lesson-foot { color: $hint; height: auto; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(typed("escape", "q"), "close", N_("Back to where you were"), id="lesson.close"),
        Binding(typed("t"), "cycle_theme(1)", N_("The next theme"), id="lesson.theme"),
        Binding(typed("T"), "cycle_theme(-1)", N_("The theme before"), id="lesson.theme_before"),
        Binding(typed("d"), "cycle_difficulty", N_("Another difficulty"), id="lesson.difficulty"),
        Binding(typed("w"), "toggle_weakest", N_("Only lessons for what is weakest"), id="lesson.weakest"),
        Binding(typed("l"), "cycle_language", N_("Lessons in another language"), id="lesson.language"),
        Binding(typed("m"), "toggle_mode", N_("Coach or exam"), id="lesson.mode"),
        Binding(typed("g"), "progress", N_("How you get on"), id="lesson.progress"),
        Binding(typed("j"), "move(1)", N_("One down"), id="lesson.down", show=False),
        Binding(typed("k"), "move(-1)", N_("One up"), id="lesson.up", show=False),
    ]

    def __init__(
        self,
        library: Library,
        attempts: Sequence[Attempt],
        agent: str,
        now_ms: int,
        wishes: Wishes | None = None,
    ) -> None:
        super().__init__(id="lessons")
        self._library, self._attempts = library, tuple(attempts)
        self._agent, self._now_ms = agent, now_ms
        self.wishes = wishes or Wishes(Wanted(lang=_spoken(library)))
        self._shown: tuple[Offered, ...] = ()
        self._head = Fitted(self._head_line, id="lesson-head")
        self._settings = Fitted(self._settings_line, id="lesson-settings")
        self._list = OptionList(id="lesson-list")
        self._about = Static(id="lesson-about")
        self._foot = Static(id="lesson-foot")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield self._head
            yield self._settings
            yield self._list
            yield self._about
            yield self._foot

    def on_mount(self) -> None:
        self._list.focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._list_again)

    # -- writing

    def _head_line(self, width: int) -> Content:
        title = _("Practise")
        count = len(self._attempts)
        said = ngettext("{count} practice so far", "{count} practices so far", count).format(count=count)
        right = truncate(f"{display_line(self._agent)}  {said}", max(0, width - cell_width(title) - 2))
        gap = " " * max(1, width - cell_width(title) - cell_width(right))
        return Content.assemble(Content.styled(title, "bold $accent"), gap, Content.styled(right, "$detail"))

    def _settings_line(self, width: int) -> Content:
        wishes, wanted = self.wishes, self.wishes.wanted
        theme = wording.theme(wanted.theme) if wanted.theme else _("every theme")
        parts = [
            (
                "1-3",
                ngettext("{count} customer", "{count} customers", wishes.count).format(count=wishes.count),
            ),
            ("m", _(MODE_NAMES[wishes.mode])),
            ("t", theme),
            ("d", _difficulty(wanted.difficulty) if wanted.difficulty else _("any difficulty")),
            ("w", _("weakest") if wanted.is_weakest_only else _("everything")),
            ("l", _language_name(wanted.lang)),
        ]
        pieces: list[Content] = []
        used = 0
        for key, value in parts:
            cells = len(key) + 1 + cell_width(value) + (3 if pieces else 0)
            if used + cells > width:
                break
            used += cells
            pieces += [Content("   ")] * bool(pieces)
            pieces += [Content.styled(key, "bold $accent"), Content.styled(f" {value}", "$content")]
        return Content.assemble(*pieces)

    def _list_again(self) -> None:
        """The lessons that fit, the cursor where it was if that is still there."""
        before = self._marked
        self._shown = offered(self._library.scenarios, self._attempts, self._now_ms, self.wishes.wanted)
        self._list.clear_options()
        self._list.add_options([Option(self._row(each), id=each.scenario.id) for each in self._shown])
        if self._shown:
            ids = [each.scenario.id for each in self._shown]
            self._list.highlighted = (
                ids.index(before.scenario.id) if before and before.scenario.id in ids else 0
            )
        self._settings.refresh()
        self._head.refresh()
        self._tell()

    def _row(self, each: Offered) -> Content:
        width = max(20, self._list.size.width - 2)
        theme_cells = THEME_CELLS if width >= NARROW else NARROW_THEME_CELLS
        sign = glyphs().arrow if each.is_next else "↻" if each.tries and each.is_due(self._now_ms) else " "
        if glyphs().name == "ascii" and sign == "↻":
            sign = "*"
        last = "" if each.last is None else f"{each.last:.0f}"
        room = width - 2 - 5 - theme_cells - LAST_CELLS
        return Content.assemble(
            Content.styled(f"{sign} ", "bold $accent"),
            Content.styled(f"{_difficulty(each.scenario.difficulty):<5}", "$violet"),
            Content.styled(fit(display_line(each.scenario.title), room), "$content"),
            Content.styled(fit(wording.theme(each.scenario.theme), theme_cells), "$detail"),
            Content.styled(f"{last:>{LAST_CELLS}}", "bold $content"),
        )

    def _tell(self) -> None:
        """What the lesson under the cursor is for, and who comes along."""
        width = max(20, self._about.size.width)
        marked = self._marked
        if marked is None:
            lines = [Content.styled(_why_nothing(self._library), "bold $content")]
        else:
            lines = list(wrapped(marked.scenario.lesson, width, "$content"))[:2]
            lines.append(Content.styled(truncate(self._standing(marked), width), "$detail"))
            others = [display_line(one.title) for one in self._scenarios()[1:]]
            if others:
                along = _("With it: {titles}").format(titles=_(", ").join(others))
                lines.append(Content.styled(truncate(along, width), "$violet"))
        self._about.update(Content("\n").join(lines))
        dot = f" {glyphs().dot} "
        self._foot.update(Content(dot.join([_("Enter begins"), _("g progress"), _("Esc closes")])))

    def _standing(self, marked: Offered) -> str:
        if marked.is_next:
            said = _("The next lesson for you.")
        elif marked.tries and marked.is_due(self._now_ms):
            said = _("Due again.")
        else:
            said = ""
        if marked.tries:
            taken = ngettext("Taken {count} time, {points} points the last time.",
                             "Taken {count} times, {points} points the last time.", marked.tries)  # fmt: skip
            said = f"{said} {taken.format(count=marked.tries, points=round(marked.last or 0.0))}"
        return said.strip() or _("New for you.")

    # -- choosing

    @property
    def _marked(self) -> Offered | None:
        place = self._list.highlighted
        return self._shown[place] if place is not None and place < len(self._shown) else None

    def _scenarios(self) -> tuple[Scenario, ...]:
        """The marked one and those below it, round and round, as many as customers are wanted."""
        place = self._list.highlighted or 0
        ring = (*self._shown[place:], *self._shown[:place])
        return tuple(each.scenario for each in ring[: self.wishes.count])

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._tell()

    @on(OptionList.OptionSelected)
    def _begin(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(Chosen(self._scenarios(), self.wishes.mode))

    def on_key(self, event: events.Key) -> None:
        """1 to 3, also as an input method writes them."""
        number = ord(event.character) - ord("１") + 1 if event.character in ("１", "２", "３") else None
        if event.character in ("1", "2", "3"):
            number = int(event.character)
        if number is not None and number <= MOST_AT_ONCE:
            event.stop()
            self._wish(count=number)

    def _wish(self, **changes: object) -> None:
        self.wishes = replace(self.wishes, **changes)  # type: ignore[arg-type]
        self._list_again()

    def _want(self, **changes: object) -> None:
        self._wish(wanted=replace(self.wishes.wanted, **changes))  # type: ignore[arg-type]

    def action_cycle_theme(self, by: int) -> None:
        themes = [
            None,
            *(theme for theme in Theme if any(theme in one.tags for one in self._library.scenarios)),
        ]
        place = themes.index(self.wishes.wanted.theme) if self.wishes.wanted.theme in themes else 0
        self._want(theme=themes[(place + by) % len(themes)])

    def action_cycle_difficulty(self) -> None:
        self._want(difficulty=(None, 1, 2, 3)[((self.wishes.wanted.difficulty or 0) + 1) % (HARDEST + 1)])

    def action_toggle_weakest(self) -> None:
        self._want(is_weakest_only=not self.wishes.wanted.is_weakest_only)

    def action_cycle_language(self) -> None:
        known = [*sorted({one.lang for one in self._library.scenarios}), None]
        lang = self.wishes.wanted.lang
        place = known.index(lang) if lang in known else -1
        self._want(lang=known[(place + 1) % len(known)])

    def action_toggle_mode(self) -> None:
        self._wish(mode=Mode.EXAM if self.wishes.mode is Mode.COACH else Mode.COACH)

    def action_move(self, by: int) -> None:
        if by > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()

    def action_progress(self) -> None:
        self.dismiss(Chosen(()))

    def action_close(self) -> None:
        self.dismiss(None)


def _difficulty(level: int) -> str:
    return glyphs().pin * level


def _spoken(library: Library) -> str | None:
    """The language of the screen, when there are lessons in it."""
    spoken = language()[:2]
    return spoken if any(one.lang == spoken for one in library.scenarios) else None


def _language_name(lang: str | None) -> str:
    if lang is None:
        return _("every language")
    return next((name for code, name in LANGUAGES.items() if code[:2] == lang[:2]), lang)


def _why_nothing(library: Library) -> str:
    if not library.scenarios:
        return _("There is no scenario here. `csdesk train lint` says why.")
    return _("No lesson fits. Change t, d, w or l.")
