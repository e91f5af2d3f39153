"""What colleagues ask the agent to take, on the screen: the line, the alert, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csdesk.desk import offers as cases
from csdesk.i18n import _
from csdesk.store import conversations, messages, offers
from csdesk.store.offers import Offer
from csdesk.tui.panes.offer_line import OfferLine
from csdesk.tui.safe import display_line

if TYPE_CHECKING:
    from csdesk.tui.screens.alert_actions import AlertActions
    from csdesk.tui.screens.desk_parts import DeskParts


class OfferWatch:
    """Reads when the store changed, counts down once a second, and says what is new."""

    def __init__(self, screen: AlertActions) -> None:
        self._screen = screen
        self._desk = screen.desk
        self._asked: list[Offer] = []
        self._heard: set[bytes] = set()
        self._given: list[Offer] = []
        self.line = OfferLine()

    def begin(self) -> None:
        """From now on; what is asked at the start is asked aloud too."""
        self._screen.mount(self.line, after=self._screen.status_bar)
        self.read()

    def read(self) -> None:
        """The store changed."""
        before, self._asked = self._asked, cases.to_me(self._desk)
        here = {each.uid for each in self._asked}
        fresh = [each for each in self._asked if each.uid not in self._heard]
        self._heard |= here
        self.show()
        if fresh:
            self._screen.be_loud(_("A colleague asks you to take a conversation."))
        for each in before:
            if each.uid not in here:
                self._tell_end(each)
        self._read_given()

    def _read_given(self) -> None:
        """What the agent gave that a colleague took: who declined is told of by a card."""
        reader = self._desk.store.reader()
        before, self._given = self._given, offers.by(reader, self._desk.agent.id)
        left = {each.uid for each in self._given}
        for each in before:
            if each.uid in left:
                continue
            current = conversations.get(reader, each.conversation)
            if current.assignee == each.to:
                said = _("{agent} took #{ref}.").format(
                    agent=display_line(each.to_name), ref=current.short_ref
                )
                self._screen.news(said)

    def tick(self) -> None:
        """A second is over: one may have run out."""
        if self._asked and not self._asked[0].is_open(self._desk.now_ms()):
            self.read()
        else:
            self.show()

    def show(self) -> None:
        """The one that ends first, in the line."""
        if not self._asked:
            self.line.show(None)
            return
        first = self._asked[0]
        current = conversations.get(self._desk.store.reader(), first.conversation)
        about = f"#{current.short_ref} {current.contact_name}".strip()
        left_ms = max(0, first.until - self._desk.now_ms())
        self.line.show(first, about, len(self._asked) - 1, left_ms)

    def _tell_end(self, gone: Offer) -> None:
        """Nobody asks any more: say so, unless the agent answered here."""
        reader = self._desk.store.reader()
        current = conversations.get(reader, gone.conversation)
        if (
            current.assignee == self._desk.agent.id
            or messages.last_actor(reader, current.id) == self._desk.agent.id
        ):
            return
        by, ref = display_line(gone.by_name), current.short_ref
        if gone.is_open(self._desk.now_ms()):
            self._screen.news(_("{agent} no longer asks you to take #{ref}.").format(agent=by, ref=ref))
        else:
            said = _("The time to take #{ref} is over: it stays with {agent}.").format(agent=by, ref=ref)
            self._screen.news(said)

    @property
    def first(self) -> int | None:
        """The conversation whose offer ends first; None when nothing is asked."""
        return self._asked[0].conversation if self._asked else None


def accept(screen: DeskParts) -> None:
    """Take what is asked: of the chosen conversation, else the one that ends first."""
    found = _asked(screen)
    if found is None:
        screen.news(_("Nobody asks you to take a conversation."))
        return

    def taken(_nothing: None) -> None:
        screen.show_conversation(found.conversation, write=True)
        ref = conversations.get(screen.desk.store.reader(), found.conversation).short_ref
        screen.news(_("#{ref} is yours.").format(ref=ref))

    screen.attempt(lambda: cases.accept(screen.desk, found.conversation), taken)


def decline(screen: DeskParts) -> None:
    """Say no to what is asked, and why; to what was offered from here: no longer ask."""
    given = _given(screen)
    if given is not None:
        screen.attempt(lambda: cases.take_back(screen.desk, given.conversation), lambda _done: _stays(screen))
        return
    found = _asked(screen)
    if found is None:
        screen.news(_("Nobody asks you to take a conversation."))
        return
    from csdesk.tui.screens.modals import LineQuestion

    def answered(reason: str | None) -> None:
        if reason is not None:
            screen.attempt(
                lambda: cases.decline(screen.desk, found.conversation, reason),
                lambda _done: screen.news(
                    _("It stays with {agent}.").format(agent=display_line(found.by_name))
                ),
            )

    question = LineQuestion(
        _("Why not? {agent} reads it.").format(agent=found.by_name),
        keys=_("Enter declines, also without a reason · Esc leaves everything as it is"),
        may_be_empty=True,
    )
    screen.app.push_screen(question, answered)


def _given(screen: DeskParts) -> Offer | None:
    """The offer of the chosen conversation, where it is the agent's to take back."""
    chosen, me, reader = screen.chosen, screen.desk.agent.id, screen.desk.store.reader()
    found = None if chosen is None else offers.of(reader, chosen)
    if found is None or found.to == me:
        return None
    return found if me in (found.by, conversations.get(reader, found.conversation).assignee) else None


def _stays(screen: DeskParts) -> None:
    screen.news(_("It stays with you."))


def _asked(screen: DeskParts) -> Offer | None:
    """What the agent is asked about the chosen conversation, else the one that ends first."""
    asked = cases.to_me(screen.desk)
    here = next((each for each in asked if each.conversation == screen.chosen), None)
    return here or next(iter(asked), None)
