"""Being online, busy, away or offline: what a person chooses, and what the machine decides for them.

The stored standing is what all windows of an agent agree by. A change is written only while the standing
it was decided on still holds, and nobody is made away behind a key that another window was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from csdesk.availability import state
from csdesk.availability.state import Arrived, Chosen, Left, Rules, Seat, Tick, Wait, is_on_hold, step
from csdesk.desk.context import Desk
from csdesk.errors import NeedsPerson, Refused
from csdesk.i18n import _, ngettext
from csdesk.model.availability import Availability, Cause, Change, Standing
from csdesk.model.conversation import Status
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.store import availability as stored
from csdesk.store import conversations, joined, people
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

REASON_CHARS = 80
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Reach:
    """How one agent can be reached: their standing, and how full their hands are."""

    agent: Agent
    standing: Standing
    load: int
    capacity: int

    @property
    def is_on_hold(self) -> bool:
        return is_on_hold(self.load, self.capacity)


def rules_for(desk: Desk) -> Rules:
    """The machine's rules as the settings and the agent have them."""
    chosen = desk.settings.availability
    return Rules(
        is_on=chosen.auto_away and chosen.idle_minutes > 0,
        idle_ms=chosen.idle_minutes * MINUTE_MS,
        short_idle_ms=min(chosen.idle_minutes_when_waiting, chosen.idle_minutes) * MINUTE_MS,
        countdown_ms=chosen.countdown_s * 1000,
        capacity=chosen.capacity or desk.agent.capacity,
    )


def wait_on(desk: Desk) -> Wait | None:
    """Of those who wait on the acting agent, the one whose wait is too long first, by the limit of their tier."""
    limits = desk.settings.queue.limits
    waits = (
        Wait(since, limits(tier).red_ms, tier)
        for tier, since in stored.longest_waits(desk.store.reader(), desk.agent.id).items()
    )
    return min(waits, key=lambda wait: wait.long_at, default=None)


def standing(desk: Desk) -> Standing:
    """How the acting agent stands by what was stated: in an offline shift, how they will stand after it."""
    return stored.standing(desk.store.reader(), desk.agent.id)


def shown(desk: Desk, stated: Standing) -> Standing:
    """How the acting agent, who stated ``stated``, stands for others: during an offline shift (the hub has been out of
    reach for a while) offline, whatever they chose. Nothing is stated by that, so nothing has to be taken back."""
    since = joined.out_of_reach_since(desk.store.reader(), desk.now_ms())
    if since is None or stated.status is Availability.OFFLINE:
        return stated
    return Standing(Availability.OFFLINE, Cause.NO_HUB, since or stated.at)


def reach(desk: Desk) -> Reach:
    """How the acting agent can be reached."""
    reader = desk.store.reader()
    load = stored.chats(reader, desk.agent.id)
    return Reach(desk.agent, shown(desk, standing(desk)), load, rules_for(desk).capacity)


def colleagues(desk: Desk) -> list[Reach]:
    """How the other active agents can be reached: those who can take something first, then by name.

    Somebody whose windows here were all killed counts as offline, whatever was stored last.
    """
    reader, now = desk.store.reader(), desk.now_ms()
    found = []
    for agent in people.agents(reader):
        if not agent.is_active or agent.id == desk.agent.id:
            continue
        known = stored.standing(reader, agent.id)
        is_here = known.status is Availability.ONLINE and stored.is_said_here(reader, agent.id)
        if is_here and not stored.is_seen(reader, agent.id, now):
            known = Standing(Availability.OFFLINE, Cause.LEFT, known.at)
        found.append(Reach(agent, known, stored.chats(reader, agent.id), agent.capacity))
    order = list(Availability)
    return sorted(found, key=lambda each: (order.index(each.standing.status), each.is_on_hold))


def history(desk: Desk, limit: int = 10) -> list[Change]:
    """The acting agent's last changes, newest first."""
    return stored.changes(desk.store.reader(), desk.agent.id, limit)


def choose(desk: Desk, status: Availability, until: int | None = None, reason: str = "") -> Standing:
    """Say how I stand; ``until`` (UTC ms) is when I mean to be back, which customers are told.

    Raises Refused when that time is past, or when it is given for being online.
    """

    def work(tx: Transaction) -> Standing:
        if until is not None and (until <= tx.now_ms or status is Availability.ONLINE):
            raise Refused(
                "availability.until",
                _("Until when is a time to come, and only for busy, away or offline."),
                _("Give a later time, or none."),
            )
        said = clean_line(reason).strip()[:REASON_CHARS]
        before = stored.standing(tx.connection, desk.agent.id)
        chosen = step(Seat(before), Chosen(tx.now_ms, status, until, said), rules_for(desk)).standing
        if _what(chosen) != _what(before):
            _record(tx, desk.agent, chosen)
        return stored.standing(tx.connection, desk.agent.id)

    return desk.store.write(work)


def _what(given: Standing) -> tuple[object, ...]:
    """What a standing says, but for when."""
    return given.status, given.is_automatic, given.until, given.reason


def is_overdue(desk: Desk) -> bool:
    """Whether the acting agent should be back by what they said; nothing but they themselves changes it."""
    return state.is_overdue(standing(desk), desk.now_ms())


def arrive(desk: Desk) -> Future[Standing]:
    """A window opens: online, unless the agent chose something else that still holds."""

    def work(tx: Transaction) -> Standing:
        before = stored.standing(tx.connection, desk.agent.id)
        seat = step(Seat(before), Tick(tx.now_ms), rules_for(desk))
        after = step(seat, Arrived(tx.now_ms), rules_for(desk)).standing
        stored.show(tx.connection, desk.agent.id, desk.session, tx.now_ms, tx.now_ms)
        if after != before:
            _record(tx, desk.agent, after)
        return after

    return desk.store.submit(work)


def leave(desk: Desk) -> Future[None]:
    """A window closes: with the last one the agent is offline, unless they chose something else."""

    def work(tx: Transaction) -> None:
        stored.close(tx.connection, desk.agent.id, desk.session)
        if stored.is_seen(tx.connection, desk.agent.id, tx.now_ms):
            return
        before = stored.standing(tx.connection, desk.agent.id)
        after = step(Seat(before), Left(tx.now_ms), rules_for(desk)).standing
        if after != before:
            _record(tx, desk.agent, after)

    return desk.store.submit(work)


def show(desk: Desk, key_at: int) -> Future[None]:
    """Tell the agent's other windows of the last key in this one."""
    return desk.store.submit(
        lambda tx: stored.show(tx.connection, desk.agent.id, desk.session, key_at, tx.now_ms)
    )


def settle(desk: Desk, before: Standing, after: Standing, active_at: int | None = None) -> Future[bool]:
    """Write that ``after`` follows on ``before``; done with False when something else came first.

    ``active_at`` is the last key that an away was decided on: a later one, in any window, forbids it.
    """

    def work(tx: Transaction) -> bool:
        if stored.standing(tx.connection, desk.agent.id) != before:
            return False
        is_away = after.status is Availability.AWAY
        if is_away and active_at is not None and stored.last_key(tx.connection, desk.agent.id) > active_at:
            return False
        _record(tx, desk.agent, after)
        return True

    return desk.store.submit(work)


def _record(tx: Transaction, agent: Agent, now: Standing) -> None:
    body: dict[str, Any] = {"status": now.status, "cause": now.cause, "at": now.at}
    more: Mapping[str, Any] = {"episode": now.episode, "until": now.until, "reason": now.reason or None}
    body |= {name: value for name, value in more.items() if value is not None}
    tx.record(Kind.AGENT_AVAILABILITY_CHANGED, agent.uid, body)


def ask_before_claim(desk: Desk, *wanted: int) -> None:
    """Raises NeedsPerson when claiming these conversations would be more chats than the agent takes."""
    found = [conversations.get(desk.store.reader(), number) for number in wanted]
    free = [each for each in found if each.assignee is None and each.status is not Status.RESOLVED]
    mine = reach(desk)
    if free and is_on_hold(mine.load + len(free) - 1, mine.capacity):
        total = mine.load + len(free)
        raise NeedsPerson(
            "claim.on_hold",
            _("You would have {count} chats, and take {most} at once.").format(
                count=total, most=mine.capacity
            )
            if len(free) > 1
            else ngettext(
                "You have {count} chat, which is as many as you take.",
                "You have {count} chats, which is as many as you take.",
                mine.load,
            ).format(count=mine.load),
            _("Resolve one first, or claim it all the same: --anyway REASON."),
        )
