"""Being there: the chooser behind F4, the countdown, and what was missed. Loaded when first needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from csdesk.availability import why
from csdesk.availability.rules import rule_name
from csdesk.availability.state import is_overdue
from csdesk.desk.availability import Reach
from csdesk.i18n import N_, _, ngettext
from csdesk.model.availability import Availability, Cause, Standing
from csdesk.store.meanwhile import Missed
from csdesk.text import cell_width, fit, truncate
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.screens.modals import Choice, ChoiceQuestion, LineQuestion
from csdesk.tui.screens.over import Over
from csdesk.tui.times import clock_time, wait_text
from csdesk.tui.widgets.in_order import StandsAside

LINES = 8
NAME_CELLS = 14
TOLD_CELLS = 14
LONGEST = -1
"""What the card answers for whoever waits longest of all; no conversation has this number, nor 0 for none."""
MINUTE_MS = 60_000

SIGNS = {
    Availability.ONLINE: "online",
    Availability.BUSY: "busy",
    Availability.AWAY: "away",
    Availability.OFFLINE: "offline",
}
ABOUT = {
    Availability.ONLINE: N_("new chats may come"),
    Availability.BUSY: N_("you answer, more slowly"),
    Availability.AWAY: N_("customers who wait are told"),
    Availability.OFFLINE: N_("your shift is over"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody chose in the chooser. ``until`` in UTC ms."""

    status: Availability
    until: int | None = None
    reason: str = ""


def word(standing: Standing, now_ms: int | None = None) -> str:
    """How somebody stands, in as few words as say it: ``away``, ``away (automatic)``, ``busy until 14:30``.

    At ``now_ms`` the time that was named may be over.
    """
    said = why.name(standing.status)
    if standing.cause is Cause.NO_HUB:
        return _("{status} (no hub)").format(status=said)
    if standing.until is not None and now_ms is not None and is_overdue(standing, now_ms):
        return _("{status}, back was {time}").format(status=said, time=clock_time(standing.until))
    if standing.until is not None:
        return _("{status} until {time}").format(status=said, time=clock_time(standing.until))
    if standing.status is Availability.AWAY and standing.is_automatic:
        return _("{status} (automatic)").format(status=said)
    return said


def reach_line(each: Reach) -> str:
    """A colleague as the transfer chooser shows them: sign, name, standing, chats, reason."""
    sign = getattr(glyphs(), SIGNS[each.standing.status])
    facts = [word(each.standing), f"{each.load}/{each.capacity}"]
    if each.is_on_hold:
        facts.append(_("on hold"))
    if each.standing.reason:
        facts.append(display_line(each.standing.reason))
    dot = f" {glyphs().dot} "
    return f"{sign} {fit(display_line(each.agent.name), NAME_CELLS)}  {dot.join(facts)}"


async def ask(screen: Screen[None], now: Standing, now_ms: int) -> Wish | None:
    """Ask how the agent stands, and unless online for how long and why; None when they left it."""
    choices = [
        Choice(
            f"{getattr(glyphs(), SIGNS[each])} {why.name(each)} {glyphs().dot} "
            + (_(ABOUT[each]) if each is not now.status else _("now")),
            each,
        )
        for each in Availability
    ]
    title = _("How do you stand? Now: {status}").format(status=word(now))
    status = await screen.app.push_screen_wait(ChoiceQuestion(title, choices))
    if status is None or status is Availability.ONLINE:
        return None if status is None else Wish(status)
    preset = await screen.app.push_screen_wait(ChoiceQuestion(why.name(status), _presets(now_ms)))
    if preset is None or preset.minutes is not None:
        return None if preset is None else preset.wish(status, now_ms)
    return await _ask_own_words(screen, status, now_ms)


async def _ask_own_words(screen: Screen[None], status: Availability, now_ms: int) -> Wish | None:
    hint = _("Until when and why, both optional: 14:30 lunch, +20m, lunch.")
    value = ""
    while True:
        typed = await screen.app.push_screen_wait(
            LineQuestion(why.name(status), hint, value, may_be_empty=True)
        )
        if typed is None:
            return None
        until, reason = read_until(typed, now_ms)
        if until is None or until > now_ms:
            return Wish(status, until, reason)
        hint, value = _("That time is past."), typed


@dataclass(frozen=True, slots=True)
class Preset:
    """A usual reason (a msgid) and how long it takes: 0 minutes are no end, None asks for both."""

    reason: str
    minutes: int | None

    def wish(self, status: Availability, now_ms: int) -> Wish:
        """What choosing it says."""
        if not self.minutes:
            return Wish(status)
        return Wish(status, now_ms + self.minutes * MINUTE_MS, _(self.reason))


PRESETS = (
    Preset(N_("lunch"), 45),
    Preset(N_("short break"), 10),
    Preset(N_("meeting"), 60),
    Preset(N_("training"), 60),
    Preset(N_("until I choose again"), 0),
    Preset(N_("my own words and time ..."), None),
)


def _presets(now_ms: int) -> list[Choice[Preset]]:
    choices = []
    for each in PRESETS:
        text = _(each.reason)
        if each.minutes:
            back = clock_time(now_ms + each.minutes * MINUTE_MS)
            text = _("{reason}, back {time}").format(reason=text, time=back)
        choices.append(Choice(text, each))
    return choices


_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)(?!\S)")
_SPAN = re.compile(r"\+(\d{1,4})([mhMH])?(?!\S)")


def read_until(text: str, now_ms: int) -> tuple[int | None, str]:
    """``14:30 lunch`` to the next half past two (UTC ms) and ``lunch``; ``+20m`` is from now."""
    plain = text.strip()
    if span := _SPAN.match(plain):
        unit = 60 if (span[2] or "m").lower() == "h" else 1
        return now_ms + int(span[1]) * unit * MINUTE_MS, plain[span.end() :].strip()
    if clock := _CLOCK.match(plain):
        now = datetime.fromtimestamp(now_ms / 1000)
        then = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        then += timedelta(days=1) if then <= now else timedelta()
        return round(then.timestamp() * 1000), plain[clock.end() :].strip()
    return None, plain


class Countdown(Static):
    """One line over the top of whatever is shown: how long until the agent is away."""

    DEFAULT_CSS = """
    Countdown { layer: countdown; dock: top; height: 1; width: 100%; background: $amber; color: $base; text-style: bold; content-align: center middle; }
    """
    ALLOW_SELECT = False

    def show(self, left_ms: int) -> None:
        """Say that ``left_ms`` are left."""
        seconds = -(-left_ms // 1000)
        self.update(
            Content(
                _("{sign} Nobody there? Away in {seconds} s. Any key keeps you online.").format(
                    sign=glyphs().clock, seconds=f"{seconds:>2}"
                )
            )
        )


class WhileAway(Over[int], StandsAside):
    """What was missed, the longest wait first: the conversation that is wanted. Other keys close it and act below.

    Where it comes up over a text that is being written, Enter is that text's.
    """

    DEFAULT_CSS = """
    WhileAway { align: center middle; }
    WhileAway > Vertical { width: 64; max-width: 94%; height: auto; max-height: 90%; background: $raised; padding: 1 2; }
    WhileAway .title { color: $accent; text-style: bold; height: 1; }
    WhileAway .sum { color: $detail; height: auto; margin: 0 0 1 0; }
    WhileAway .foot { color: $hint; margin: 1 0 0 0; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f8", "longest", N_("Go to who has waited longest"), id="while_away.longest"),
        Binding("enter", "open", N_("Open the marked conversation"), id="while_away.open"),
        Binding("down", "move(1)", N_("Mark the next one"), id="while_away.next"),
        Binding("up", "move(-1)", N_("Mark the one before"), id="while_away.previous"),
        Binding("escape", "close", N_("Close"), id="while_away.close"),
    ]

    def __init__(
        self, missed: Sequence[Missed], since: int, now_ms: int, *, is_over_text: bool = False
    ) -> None:
        super().__init__()
        self._missed, self._since, self._now_ms = missed, since, now_ms
        self._is_over_text = is_over_text
        self._marked = 0
        self._list = Static(self._listing())
        self.own_keys = frozenset({"escape", "f8"})
        if not is_over_text:
            self.own_keys |= {"enter", "up", "down"}

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(self._title_text()), classes="title")
            yield Static(Content(summary(self._missed)), classes="sum")
            yield self._list
            yield Static(Content(self._foot_text()), classes="foot")

    def action_longest(self) -> None:
        self.dismiss(LONGEST)

    def action_open(self) -> None:
        self.dismiss(self._missed[self._marked].conversation)

    def action_move(self, by: int) -> None:
        self._marked = max(0, min(self._marked + by, min(LINES, len(self._missed)) - 1))
        self._list.update(self._listing())

    def action_close(self) -> None:
        self.dismiss(None)

    def _title_text(self) -> str:
        return _("While you were away, since {time} ({duration})").format(
            time=clock_time(self._since), duration=wait_text(self._now_ms - self._since)
        )

    def _foot_text(self) -> str:
        if self._is_over_text:
            return _("F8 goes to the longest wait · Esc closes · what you type goes on below")
        return _("Enter opens · ↑↓ choose · Esc closes")

    def _listing(self) -> Content:
        shown = [self._line(each, place) for place, each in enumerate(self._missed[:LINES])]
        left = len(self._missed) - len(shown)
        if left:
            said = ngettext("and {count} more", "and {count} more", left).format(count=left)
            shown.append(Content.styled(said, "$hint"))
        return Content("\n").join(shown)

    def _line(self, each: Missed, place: int) -> Content:
        """Mark, wait, name, what was written, and which automatic texts went."""
        is_marked = place == self._marked and not self._is_over_text
        wait = wait_text(self._now_ms - each.waiting_since) if each.waiting_since is not None else ""
        name = fit(truncate(display_line(each.contact_name) or _("visitor"), NAME_CELLS), NAME_CELLS)
        told = "  " + truncate(_told(each), TOLD_CELLS) if each.told else ""
        room = 56 - 8 - NAME_CELLS - 1 - cell_width(told)
        text = fit(truncate(display_line(each.preview), room), room)
        return Content.assemble(
            Content.styled(f"{glyphs().bar if is_marked else ' '} ", "$accent"),
            Content.styled(f"{wait:<8}", "bold $amber"),
            Content.styled(name + " ", "$content"),
            Content.styled(text, "$detail"),
            Content.styled(told, "$violet"),
        )


def _told(each: Missed) -> str:
    """The automatic texts that went, by the names of their rules."""
    return ", ".join(filter(None, map(rule_name, each.rules))) or _("told")


def summary(missed: Sequence[Missed]) -> str:
    """How many wrote, how many of them wait, and how many were told."""
    wrote = sum(each.wrote > 0 for each in missed)
    waiting = sum(each.waiting_since is not None for each in missed)
    told = sum(each.told for each in missed)
    parts = [
        ngettext("{count} customer wrote", "{count} customers wrote", wrote).format(count=wrote),
        ngettext("{count} waits", "{count} wait", waiting).format(count=waiting),
        ngettext("{count} automatic text sent", "{count} automatic texts sent", told).format(count=told),
    ]
    return f" {glyphs().dot} ".join(parts)
