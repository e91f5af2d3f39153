"""The walk past every screen: which keys lead to each, and a desk on which there is something to see.

One start of the program for each language. At every stop the terminal takes each of the sizes in turn, so
that all of them are seen, and resizing is walked through as well.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import walk_practice
import walk_team
from picture_desk import FOLDER, picture_desk
from screen_print import ScreenPrint, taken
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.pilot import Pilot
    from textual.screen import Screen

    from csdesk.desk.context import Desk
    from csdesk.tui.screens.desk import DeskScreen

Size = tuple[int, int]

SIZES: tuple[Size, ...] = ((80, 24), (120, 40), (200, 50))
LANGUAGES = ("en", "zh_CN")
SMALL: tuple[Size, ...] = ((40, 12), (30, 8))
"""Besides the three, where the stop says so: the smallest that works, and one that does not."""

STEADY_S = 0.3
PATIENCE_S = 5.0
"""How long a screen may take to look as it shall."""
LONGEST_S = 60.0
WIDTH_AT_KEYS = SIZES[0]
WORDS = {
    "search": {"en": "order", "zh_CN": "订单"},
    "written": {"en": "Nora, I am sorry you had to wait.", "zh_CN": "林女士，让您久等了。"},
    "noted": {"en": "She called twice. ", "zh_CN": "打过两次电话。"},
    "slot": {"en": "/ship", "zh_CN": "/yh"},
    "help": {"en": "undo", "zh_CN": "撤"},
    "setting": {"en": "bell", "zh_CN": "铃"},
    "command": {"en": "note", "zh_CN": "备注"},
    "contact": {"en": "Zoe", "zh_CN": "赵女士"},
    "view": {"en": "Parcels", "zh_CN": "物流"},
}
"""What is typed on the way, by the name a step gives it: ``=search``."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A place on the walk.

    ``steps`` lead there: names of keys, or ``=`` and the name of a text to type; then ``act``, for what no key
    leads to. ``shows`` (a CSS selector) is on the screen by then. ``back`` leads to the queue again.
    """

    name: str
    steps: tuple[str, ...] = ()
    shows: str = "#rows"
    back: tuple[str, ...] = ("escape",)
    act: Callable[[DeskScreen], Any] | None = None
    undo: Callable[[DeskScreen], object] | None = None
    sizes: tuple[Size, ...] = SIZES


def _confirm(ground: DeskScreen) -> None:
    from csdesk.model.undo import UndoKind
    from csdesk.tui import acts
    from csdesk.tui.screens.modals import ConfirmQuestion

    ground.app.push_screen(ConfirmQuestion(acts.many.question(UndoKind.RESOLVE, 48)))


def _progress(ground: DeskScreen) -> None:
    from csdesk.tui.screens.progress import ProgressScreen

    screen = ProgressScreen(120, Event())
    screen.told(43, 120)
    ground.app.push_screen(screen)


def _end_progress(ground: DeskScreen) -> None:
    ground.app.pop_screen()


def _while_away(ground: DeskScreen) -> None:
    ground._away_since = ground.desk.now_ms() - 8 * 60_000
    ground.action_show_while_away()


def _countdown(ground: DeskScreen) -> None:
    from csdesk.tui.screens.availability import Countdown

    banner = Countdown()
    ground.mount(banner)
    banner.show(24_000)


def _no_countdown(ground: DeskScreen) -> None:
    ground.query("Countdown").remove()


def _alert(ground: Any) -> None:
    """And no other until ``_look_again``, however slow or fast the walk goes on: a look finds the two who wait too long."""
    from csdesk.availability.alerts import Level, Line
    from csdesk.tui.panes.alert_line import AlertLine

    ground.alerts_meanwhile, ground.alerts = ground.alerts, None
    ground.query_one(AlertLine).show(Line(Level.AMBER, 3, 100_000))


def _no_alert(ground: DeskScreen) -> None:
    from csdesk.tui.panes.alert_line import AlertLine

    ground.query_one(AlertLine).show(None)


def _look_again(ground: Any) -> None:
    ground.alerts = ground.alerts_meanwhile
    ground.alerts.note_change()
    ground.tick()


def _error(ground: DeskScreen) -> None:
    from csdesk.errors import Refused
    from csdesk.i18n import _

    ground.card.show_error(
        Refused("internal", _("Something went wrong inside csdesk."), _("The log says more."))
    )


def _news(ground: DeskScreen) -> None:
    from csdesk.i18n import _

    ground.news(_("#{ref} is resolved.").format(ref="7K3Q9F"), _("Ctrl+G takes it back"))


def _density(name: str) -> Callable[[DeskScreen], None]:
    return lambda ground: ground.queue.rows.set_density(name)


def _first_start(ground: DeskScreen) -> None:
    from csdesk.tui.screens.welcome import welcome

    ground.run_worker(welcome(ground.app, ground.desk), group="first-start", exit_on_error=False)  # type: ignore[arg-type]


def _no_first_start(ground: DeskScreen) -> None:
    ground.workers.cancel_group(ground, "first-start")
    ground.app.pop_screen()


def _end_watch(ground: DeskScreen) -> None:
    ground.app.pop_screen()


WALK = (
    Stop("queue", back=(), sizes=(*SIZES, *SMALL)),
    Stop("queue-compact", back=(), act=_density("compact"), undo=_density("cosy")),
    Stop("queue-selected", ("x", "down", "x")),
    Stop("queue-unassigned", ("2",), back=("1",)),
    Stop("queue-resolved", ("6",), back=("1",)),
    Stop("queue-empty", ("d",), back=("1",)),
    Stop("queue-failed", ("F",), back=("1",)),
    Stop("queue-snoozed", ("5",), back=("1",)),
    Stop("queue-filter", ("backslash", "=contact"), "#filter"),
    Stop("conversation-letter", ("F", "tab"), "#lines", ("escape", "1")),
    Stop("conversation-marked", ("tab", "left_square_bracket"), "#lines", ("escape", "escape")),
    Stop("contact-drawer", ("c",), "ContactPane", ("c",)),
    Stop("alert", (), "AlertLine", (), _alert, _no_alert),
    Stop("countdown", (), "Countdown", (), _countdown, _no_countdown),
    Stop("card-error", (), "Card", (), _error),
    Stop("card-news", (), "Card", (), _news),
    Stop("while-away", (), "WhileAway", act=_while_away),
    Stop("confirm", (), "ConfirmQuestion", act=_confirm),
    Stop("progress", (), "ProgressScreen", (), _progress, _end_progress),
    Stop("first-start", (), "OptionList", (), _first_start, _no_first_start),
    Stop("help", ("f1",), "#help-text"),
    Stop("help-page", ("f1", "right", "right"), "#help-text"),
    Stop("help-search", ("f1", "slash", "=help"), "#help-text", ("escape", "escape")),
    Stop("settings", ("comma",), "#settings-list"),
    Stop("settings-search", ("comma", "slash", "=setting"), "#settings-list", ("escape", "escape")),
    Stop("settings-value", ("comma", "slash", "r", "e", "d", "enter", "enter"), "#settings-value", ("escape", "escape")),
    Stop("tour", ("f1", "t", "enter", "enter"), "#tour-card", ("left", "left", "escape")),
    Stop("search-empty", ("f3",), "#hits"),
    Stop("search", ("f3", "=search"), "#hits"),
    Stop("status", ("f4",), "OptionList"),
    Stop("status-reason", ("f4", "3"), "OptionList"),
    Stop("status-until", ("f4", "3", "6"), "LineInput"),
    Stop("views", ("V",), "OptionList"),
    Stop("view-name", ("backslash", "=contact", "enter", "S"), "LineQuestion", ("escape", "escape"), _look_again),
    Stop("switch", ("f7",), "#switch-rows"),
    Stop("snooze", ("s",), "OptionList"),
    Stop("snooze-time", ("s", "6"), "LineQuestion"),
    Stop("priority", ("p",), "OptionList"),
    Stop("labels", ("l",), "LineQuestion"),
    Stop("transfer", ("t",), "OptionList"),
    Stop("transfer-why", ("t", "1"), "LineQuestion"),
    Stop("copy", ("C",), "OptionList"),
    Stop("enclosed", ("F", "a"), "EnclosedScreen", ("escape", "1")),
    Stop("contact-menu", ("K",), "OptionList"),
    Stop("contact-form", ("K", "1"), "ContactForm"),
    Stop("contact-inbox", ("K", "4"), "OptionList"),
    Stop("contact-stage", ("K", "5"), "OptionList"),
    Stop("contact-merge", ("K", "6", "=contact", "enter"), "MergeQuestion"),
    Stop("composer", ("f8",), "#editor"),
    Stop("composer-written", ("f8", "=written"), "#editor", ("escape",)),
    Stop("composer-note", ("n", "=noted"), "#editor", ("escape",)),
    Stop("replies", ("f8", "f2"), "#found", ("escape", "escape")),
    Stop("replies-typed", ("f8", "=slot"), "#found", ("escape", "escape")),
    Stop("replies-slots", ("f8", "=slot", "enter"), "#editor", ("escape",)),
    Stop("find", ("ctrl+f", "=search"), "FindLine"),
    Stop("palette", ("ctrl+p",), "CommandList"),
    Stop("palette-typed", ("ctrl+p", "=command"), "CommandList", ("escape", "escape")),
    Stop("replies-kept", (), "#replies-list", ("escape",), walk_team.replies),
    Stop("reply-form", (), "ReplyForm", ("escape", "escape"), walk_team.reply_form),
    Stop("reply-offered", (), "OfferForm", ("escape", "escape", "escape"), walk_team.reply_offered),
    Stop("reply-after", (), "AfterForm", ("escape", "escape", "escape"), walk_team.reply_after),
    Stop("picture", (), "PictureView", ("escape",), walk_team.picture),
    Stop("offer-asked", (), "OfferLine", (), walk_team.ask),
    Stop("offer-decline", ("U",), "LineQuestion", ("escape",), None, walk_team.ask_no_longer),
    Stop("offer-given", (), "MeetingLine", (), walk_team.give, walk_team.give_no_longer),
    Stop("beside", (), "MeetingLine", (), walk_team.beside, walk_team.nobody_beside),
    Stop("cards", (), "MeetingLine", (), walk_team.cards),
    Stop("card-decide", ("L",), "ChoiceQuestion"),
    Stop("cards-all", ("end", "L"), "ChangesScreen", ("escape",), None, walk_team.cards_seen),
    Stop("digest", ("W",), "DigestScreen"),
    Stop("handover", (), "HandoverScreen", ("escape",), walk_team.handover),
    Stop("handover-form", (), "HandoverForm", ("escape", "escape"), walk_team.handover_written),
    Stop("handover-taken", (), "HandoverScreen", ("escape", "escape"), walk_team.handover_taken),
    Stop("handover-text", (), "HandoverPaper", ("escape", "escape"), walk_team.handover_read),
    Stop("practice-lessons", (), "#lesson-list", ("escape",), walk_practice.lessons),
    Stop("practice-coach", (), "#editor", (), walk_practice.coach, walk_practice.end_coach),
    Stop("practice-debrief", (), "#paper-text", ("escape",), walk_practice.debrief),
    Stop("practice-progress", (), "#paper-text", ("escape",), walk_practice.progress),
    Stop("watch", (), "#watch-whisper", (), walk_practice.watch, _end_watch),
)  # fmt: skip

Expected = Callable[[str, Size], str | None]
"""The print that a stop has at a size, as a file holds it; None when it is not known."""


async def walk(
    folder: Path,
    language: str,
    *,
    sizes: tuple[Size, ...] = (*SIZES, *SMALL),
    theme: str = "dark",
    stops: tuple[Stop, ...] | None = None,
    expected: Expected = lambda _name, _size: None,
) -> AsyncIterator[tuple[str, Size, ScreenPrint]]:
    """Each stop's name, the size, and what the screen shows.

    Of what is ``expected`` no more is awaited than that it comes; all else has to stand still for a moment.
    """
    from make_screenshots import _is_read

    from csdesk.i18n import set_language
    from csdesk.tui.app import DeskApp

    set_language(language)
    (folder / language).mkdir()
    with picture_desk(folder / language, language, theme) as desk:
        _more_to_see(desk, language)
        app = DeskApp(desk)
        async with app.run_test(size=WIDTH_AT_KEYS) as pilot:
            await _until(pilot, lambda: bool(app.screen.query("#editor")) and _is_read(app))
            ground: Any = app.screen
            await pilot.press("1")
            for stop in stops or WALK:
                wanted = [size for size in stop.sizes if size in sizes]
                if not wanted:
                    continue
                await _go(pilot, ground, stop, language)
                for size in wanted:
                    await _take_size(pilot, size)
                    yield stop.name, size, await _settled(pilot, expected(stop.name, size))
                await _take_size(pilot, WIDTH_AT_KEYS)
                await _go_back(pilot, ground, stop)


async def _go(pilot: Pilot[int], ground: DeskScreen, stop: Stop, language: str) -> None:
    for step in stop.steps:
        await _do(pilot, WORDS[step[1:]][language] if step.startswith("=") else step, is_text=step[0] == "=")
    if stop.act is not None:
        done = stop.act(ground)
        if inspect.isawaitable(done):
            await done
    await _until(pilot, lambda: _shows(pilot.app.screen, stop.shows), stop.name)


def _shows(screen: Screen[object], what: str) -> bool:
    return bool(screen.query(what)) or what in {each.__name__ for each in type(screen).__mro__}


async def _do(pilot: Pilot[int], step: str, *, is_text: bool) -> None:
    from textual import events
    from textual.keys import _character_to_key

    if not is_text:
        await pilot.press(step)
        return
    for char in step:
        pilot.app.post_message(events.Key(_character_to_key(char), char))
        await pilot.pause()


async def _go_back(pilot: Pilot[int], ground: DeskScreen, stop: Stop) -> None:
    for step in stop.back:
        await pilot.press(step)
        pilot.app._escaped_at = 0.0  # type: ignore[attr-defined]  # long ago: letters act in lists again
    if stop.undo is not None:
        stop.undo(ground)
    ground.card.close()
    if ground.composer is not None and ground.composer.editor.text:
        ground.composer.editor.text = ""
        ground.composer.keep()
        if ground.composer.mode.value == "note":
            ground.composer.switch_mode()
    await _until(pilot, lambda: pilot.app.screen is ground, stop.name)
    ground.back_to_list()
    await pilot.press("home")
    await _until(
        pilot,
        lambda: ground.shown is not None and ground.shown.id == ground.queue.rows.selected_id,
        stop.name,
    )


async def _take_size(pilot: Pilot[int], size: Size) -> None:
    if pilot.app.size != size:
        await pilot.resize_terminal(*size)


async def _settled(pilot: Pilot[int], expected: str | None) -> ScreenPrint:
    """What is shown once it is as expected, or has stood still."""
    begun = since = time.monotonic()
    seen = ""
    await pilot.pause()
    while True:
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        now, shown = time.monotonic(), taken(pilot.app.screen)
        written = shown.write()
        if written == expected:
            return shown
        if written != seen:
            seen, since = written, now
        is_still = now - since >= (STEADY_S if expected is None else PATIENCE_S) and not _is_at_work(pilot)
        if is_still or now - begun > LONGEST_S:
            return shown
        await pilot.pause(0.02)


def _is_at_work(pilot: Pilot[int]) -> bool:
    """Whether the screen on top has not drawn or read yet all that it will show."""
    app = pilot.app
    return any(worker.node is app.screen and not worker.is_finished for worker in app.workers)


async def _until(pilot: Pilot[int], is_so: Callable[[], bool], at: str = "") -> None:
    end = time.monotonic() + LONGEST_S
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"{at}: {pilot.app.screen}")
        await pilot.pause(0.02)


def _more_to_see(desk: Desk, language: str) -> None:
    """A letter with files, a reply that failed, one that is snoozed, and marks of every sort."""
    from csdesk.desk import sending, work
    from csdesk.desk.import_texts import cleaned
    from csdesk.desk.importing import import_in
    from csdesk.desk.runner import Runner
    from csdesk.formats.jsonl import load_transcripts
    from csdesk.model.conversation import Priority
    from csdesk.store import conversations

    def number(name: str) -> int:
        found = conversations.by_source(desk.store.reader(), "pictures", name)
        if found is None:
            raise LookupError(name)
        return found

    letter = f"letter-{language[:2]}"
    letters = [each for each in load_transcripts(FOLDER / "more.jsonl") if each.id == letter]
    desk.store.write(lambda tx: import_in(tx, [cleaned(each) for each in letters]))
    work.claim(desk, number(letter))
    work.prioritise(desk, number(letter), Priority.URGENT)
    sending.reply(desk, number(letter), letters[0].messages[1].text)
    runner = Runner(desk, [_Refuses([letters[0].inbox or ""])])
    desk.clock.advance(40_000)  # type: ignore[attr-defined]
    runner.step()
    runner.close()
    work.snooze(desk, number("size"), desk.now_ms() + 3 * 3_600_000)


class _Refuses:
    """A channel that takes nothing."""

    def __init__(self, inboxes: list[str]) -> None:
        self.inboxes = inboxes

    def poll(self, now_ms: int) -> list[Any]:
        return []

    def send(self, message: object, now_ms: int) -> Any:
        from csdesk.desk.ports import Failed

        return Failed("550 5.7.1", can_retry=False)

    def close(self) -> None:
        """Nothing is open."""
