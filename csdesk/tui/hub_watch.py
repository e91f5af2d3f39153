"""What the screen shows of the team's hub: how the two stand, and where others worked on the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from csdesk.i18n import _, ngettext
from csdesk.store import hub, joined, meeting, sending_up
from csdesk.text import truncate
from csdesk.tui.following import Following, Pulse, command
from csdesk.tui.glyphs import glyphs
from csdesk.tui.panes.meeting_line import MeetingLine
from csdesk.tui.safe import display_line
from csdesk.tui.times import time_or_date

if TYPE_CHECKING:
    from csdesk.tui.screens.desk_parts import DeskParts

EVERY_MS: Final = 2_000
NAME_CELLS: Final = 12


class HubWatch:
    """Runs the following process for a screen, and keeps its status bar and the line above a conversation."""

    def __init__(self, screen: DeskParts) -> None:
        self._screen = screen
        self._desk = screen.desk
        self._state = "away"
        self._down = 0
        self._is_digest_due = True
        self._present: list[dict[str, Any]] = []
        self._said: dict[str, object] = {}
        self._looked_at = 0
        self._told = 0
        self._colour = ""
        self.line = MeetingLine(screen.desk)
        self.following: Following | None = None

    def begin(self) -> None:
        """From now on; nothing waits for any of it."""
        self._screen.conversation.mount(self.line, before=self._screen.conversation.lines)
        self.look()
        if self.following is None:
            self._offer_digest()

    def end(self) -> None:
        """The screen is left: the process ends with it."""
        if self.following is not None:
            self.following.end()
            self.following = None

    def _follow(self) -> None:
        """The store joined a hub, now or long ago: keep in step with it."""
        desk = self._desk
        self.following = Following(command(desk.store.path, desk.agent.name), self._heard)
        self.following.begin()
        self._said = {}

    def _heard(self, pulse: Pulse) -> None:
        """On the thread that listens; the screen hears of it when it comes to it."""
        self._screen.call_later(self.hear, pulse)

    def hear(self, pulse: Pulse) -> None:
        """What the process said."""
        self._state = str(pulse.get("state", "away"))
        down = pulse.get("down")
        self._down = down if isinstance(down, int) else 0
        if self._state != "live":
            self._is_digest_due = True
        elif self._is_digest_due and not self._down:  # all that others did is here
            self._is_digest_due = False
            self._offer_digest()
        present = pulse.get("present")
        self._present = (
            [each for each in present if isinstance(each, dict)] if isinstance(present, list) else []
        )
        self.look()

    def tick(self) -> None:
        """Look now and then: the hub may have fallen silent. Colleagues hear what is shown and written here."""
        self._tell_colleagues()
        if self._desk.now_ms() - self._looked_at >= EVERY_MS:
            self.look()

    def look(self) -> None:
        """Read how it stands, and show it."""
        reader = self._desk.store.reader()
        self._looked_at = self._desk.now_ms()
        state = hub.state(reader)
        self.show_line()
        self._tell_of_cards(
            len({card.conversation for card in meeting.cards(reader, agent=self._desk.agent.id)})
        )
        if state is None:
            self.end()
            self._screen.status_bar.show_sync("")
            return
        if self.following is None:
            self._follow()
        sign, words, colour = self._sentence(state)
        if colour != self._colour:  # the hub came or went: with it goes how we stand
            self._colour = colour
            self._screen.say_standing()
        up = sending_up.count_unsent(reader)
        waiting = f" {glyphs().above} {up}" if up else ""
        waiting += f" {glyphs().below} {self._down}" if self._down else ""
        files, few = self._files()
        text, short = f"{sign} {words}{waiting}{files}", f"{sign}{waiting}{few}"
        if kept := len(meeting.to_look_at(reader)):
            mark = glyphs().warm
            text = f"{mark} " + _("{count} to look at").format(count=kept) + f"  {text}"
            short = f"{mark} {kept}  {short}"
            colour = "amber" if colour == "green" else colour
        self._screen.status_bar.show_sync(text, short, colour)

    def _files(self) -> tuple[str, str]:
        """Files on their way: in words, and as short as can be. Empty where there are none."""
        from csdesk.desk import fetching  # a store without a hub has no use for it

        way = fetching.on_their_way(self._desk)
        said = fetching.sentence(way)
        if not said:
            return "", ""
        return f" · {said}", "  " + _("files {count}").format(count=way.up + way.down + way.refused)

    def _sentence(self, state: hub.HubState) -> tuple[str, str, str]:
        """A sign, the words, and their colour."""
        sign, now = glyphs(), self._desk.now_ms()
        if self._state == "stopped":
            return sign.failed, _("sync stopped"), "red"
        if state.contact_at is None or now - state.contact_at > joined.ONLINE_WITHIN_MS:
            since = time_or_date(state.contact_at, now) if state.contact_at else ""
            return sign.offline, _("offline shift {since}").format(since=since).strip(), "amber"
        name = truncate(display_line(state.name), NAME_CELLS)
        return sign.done, _("in step with {hub}").format(hub=name), "green"

    def _offer_digest(self) -> None:
        """In step again: what others did meanwhile is a key away."""
        from csdesk.tui.screens.digest import offer

        offer(self._screen)

    def _tell_of_cards(self, count: int) -> None:
        """Once for each time there are more: a card at the foot says what to press."""
        if count > self._told:
            said = ngettext(
                "Others changed {count} conversation that you worked on.",
                "Others changed {count} conversations that you worked on.",
                count,
            )
            self._screen.news(said.format(count=count), _("L shows what"))
        self._told = count

    def _tell_colleagues(self) -> None:
        if self.following is None:
            return
        shown, composer = self._screen.shown, self._screen.composer
        is_writing = self._screen.is_writing and composer is not None and bool(composer.editor.text.strip())
        said: dict[str, object] = {"conversation": shown.ref if shown else "", "is_writing": is_writing}
        if said != self._said:
            self._said = said
            self.following.say(said)

    def show_line(self) -> None:
        """What others did to the conversation that is shown, and who sees it too, above its lines."""
        shown = self._screen.shown
        beside = [
            each for each in self._present if shown is not None and each.get("conversation") == shown.ref
        ]
        names: dict[bool, list[str]] = {True: [], False: []}
        for each in beside:
            names[bool(each.get("is_writing"))].append(display_line(str(each.get("agent", ""))))
        self.line.show(None if shown is None else shown.id, _beside(names[True], names[False]))


def _beside(writing: list[str], looking: list[str]) -> list[str]:
    """Who else is in a conversation, in words."""
    said = []
    if writing:
        said.append(_("{names} is writing here").format(names=_(", ").join(writing)))
    if looking:
        said.append(_("{names} sees this too").format(names=_(", ").join(looking)))
    return said
