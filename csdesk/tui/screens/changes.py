"""What others did to conversations that were worked on here: a list of all, and a question for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from csdesk.desk import looking, sending
from csdesk.desk.context import Desk
from csdesk.desk.looking import Met
from csdesk.i18n import N_, _
from csdesk.text import fit, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display, display_line
from csdesk.tui.screens.modals import Choice, ChoiceQuestion
from csdesk.tui.screens.over import Over
from csdesk.tui.screens.paper import typed
from csdesk.tui.surviving import Survives
from csdesk.tui.themes import palette_of
from csdesk.tui.times import time_or_date
from csdesk.tui.widgets.line import Piece
from csdesk.tui.widgets.picked_list import PickedList

if TYPE_CHECKING:
    from csdesk.tui.screens.writing_actions import WritingActions

QUOTED_CELLS = 200


class ChangesScreen(Survives, Over[int | None]):
    """Every conversation that waits for a decision; Enter leaves with the one to open."""

    DEFAULT_CSS = """
    ChangesScreen { align: center middle; }
    ChangesScreen > Vertical { width: 104; max-width: 100%; height: 80%; background: $raised; padding: 1 2; }
    ChangesScreen .title { color: $accent; text-style: bold; height: 1; margin: 0 0 1 0; }
    ChangesScreen #changes-said { height: 4; margin: 1 0 0 0; color: $detail; }
    ChangesScreen .foot { color: $hint; height: 1; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(f"escape,{typed('q')}", "dismiss(None)", N_("Back to where you were"), id="changes.close")
    ]

    def __init__(self, desk: Desk, found: list[Met]) -> None:
        super().__init__(id="changes")
        self._desk = desk
        self._found = found
        self.list: PickedList[Met] = PickedList(self._draw, id="changes-list")
        self._said = Static(id="changes-said")

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(_("Changed by others while you worked on it")), classes="title")
            yield self.list
            yield self._said
            yield Static(Content(_("Enter opens · L there decides · Esc closes")), classes="foot")

    def on_mount(self) -> None:
        self.list.focus()
        self.list.show(self._found)

    def _draw(self, met: Met, surface: str, width: int) -> tuple[list[Piece], list[Piece]]:
        style, sign = palette_of(self.app).style, glyphs()
        name = display_line(met.conversation.contact_name) or _("visitor")
        said = (
            display_line(looking.sentence(met.cards[0])) if met.cards else _("Your reply needs another look.")
        )
        left: list[Piece] = [
            (f"{sign.warm} ", style("amber", surface)),
            (time_or_date(met.at, self._desk.now_ms()) + "  ", style("detail", surface)),
            (fit(f"#{met.conversation.short_ref}", 8), style("accent", surface)),
            (fit(name, 10) + "  ", style("content", surface)),
            (said, style("detail", surface)),
        ]
        kept = _("not sent {count}").format(count=len(met.replies)) if met.replies else ""
        return left, [(kept + " ", style("amber", surface))] if kept else []

    @on(PickedList.Highlighted)
    def _highlighted(self, event: PickedList.Highlighted) -> None:
        event.stop()
        met = self.list.chosen
        lines = [] if met is None else [looking.sentence(card) for card in met.cards]
        lines += [] if met is None else [f"{glyphs().pin} {each.text}" for each in met.replies]
        self._said.update(Content("\n").join([Content(display_line(line)) for line in lines]))

    @on(PickedList.Chosen)
    def _chosen(self, event: PickedList.Chosen) -> None:
        event.stop()
        if (met := self.list.chosen) is not None:
            self.dismiss(met.conversation.id)


def open_for(screen: WritingActions) -> None:
    """Decide on the chosen conversation; where nothing waits in it, list all that waits."""
    found = looking.met(screen.desk)
    here = next((met for met in found if met.conversation.id == screen.chosen), None)
    if here is not None:
        screen.show_conversation(here.conversation.id)
        screen.app.push_screen(_question(here), partial(_decided, screen))
    elif found:
        screen.app.push_screen(ChangesScreen(screen.desk, found), partial(_opened, screen))
    else:
        screen.news(_("Nothing was changed by others that you worked on."))


def _opened(screen: WritingActions, conversation: int | None) -> None:
    if conversation is not None:
        screen.run_worker(screen.run_action(f"open_missed({conversation})"), exit_on_error=False)


Act = Callable[["WritingActions"], None]


def _question(met: Met) -> ChoiceQuestion[Act]:
    """What can be done: with each reply that was kept back, and with the card itself."""
    choices: list[Choice[Act]] = []
    for reply in met.replies:
        quoted = truncate(display_line(reply.text), 40) if len(met.replies) > 1 else ""
        number, talk = reply.id, reply.conversation
        choices += [
            Choice(
                _("Edit my reply: it becomes my draft {text}").format(text=quoted).rstrip(),
                partial(_edit, number, talk),
            ),
            Choice(_("Send my reply as it is {text}").format(text=quoted).rstrip(), partial(_send, number)),
            Choice(_("Drop my reply {text}").format(text=quoted).rstrip(), partial(_drop, number)),
        ]
    if met.cards:
        by = met.cards[0].by or _("the colleague")
        choices.append(
            Choice(
                _("Write {agent} a note").format(agent=display_line(by)),
                partial(_ask, met.conversation.id, met.cards[0].by),
            )
        )
        choices.append(Choice(_("I have seen it"), partial(_dismiss, met.conversation.id)))
    said = [f"{glyphs().warm} {display_line(looking.sentence(card))}" for card in met.cards]
    said += [f"{glyphs().pin} {truncate(display(reply.text), QUOTED_CELLS)}" for reply in met.replies]
    title = f"#{met.conversation.short_ref} {met.conversation.contact_name}"
    return ChoiceQuestion(title, choices, Content("\n").join([Content(line) for line in said]))


def _decided(screen: WritingActions, act: Act | None) -> None:
    if act is not None:
        act(screen)


def _send(message: int, screen: WritingActions) -> None:
    screen.attempt(
        lambda: looking.send(screen.desk, message), lambda _done: screen.news(_("It is on its way."))
    )


def _drop(message: int, screen: WritingActions) -> None:
    screen.attempt(
        lambda: looking.drop(screen.desk, message),
        lambda _done: screen.news(_("The customer will not get it.")),
    )


def _edit(message: int, conversation: int, screen: WritingActions) -> None:
    def written(_text: str) -> None:
        screen.show_conversation(conversation, write=True)
        if screen.composer is not None:
            screen.composer.show(conversation)
        screen.news(_("It will not be sent unless you send it again."))

    if screen.composer is not None:
        screen.composer.keep(at_once=True)
    screen.attempt(lambda: sending.rewrite_failed(screen.desk, message), written)


def _ask(conversation: int, name: str, screen: WritingActions) -> None:
    screen.show_conversation(conversation)
    screen.action_note()
    if screen.composer is not None and name:
        screen.composer.put_above(f"@{name} ")


def _dismiss(conversation: int, screen: WritingActions) -> None:
    screen.attempt(lambda: looking.dismiss(screen.desk, conversation))
