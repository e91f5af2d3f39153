"""Telling an agent of the customers who wait: who does, by which rules, and what was told."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future
from functools import cache

from csdesk.availability.alerts import Moment, QuietHours, Rules, Told, Wait
from csdesk.desk.context import Desk
from csdesk.model.availability import Availability
from csdesk.store import announced, availability

TIERS = (None, "A", "B", "C")


def rules_for(desk: Desk) -> Rules:
    """The rules as the settings have them."""
    chosen, minutes = desk.settings.alerts, desk.settings.alerts.quiet_minutes()
    return Rules(
        limits=cache(desk.settings.queue.limits),
        is_on=chosen.is_on,
        new_waits=chosen.new_waits,
        gap_ms=chosen.gap_s * 1000,
        quiet=QuietHours(*minutes) if minutes else None,
    )


def waits(desk: Desk) -> list[Wait]:
    """Everybody who waits, as far as the acting agent is to hear of them; the newest of them."""
    longest_ms = max(desk.settings.queue.limits(tier).red_ms for tier in TIERS)
    return announced.waits(
        desk.store.reader(),
        desk.agent.id,
        recent_ms=desk.now_ms() - longest_ms,
        is_all=desk.settings.alerts.whose == "all",
    )


def moment(desk: Desk, acting_on: int | None = None) -> Moment:
    """Now; ``acting_on`` is the conversation the agent is writing in."""
    now = desk.now_ms()
    local = time.localtime(now // 1000)
    standing = availability.standing(desk.store.reader(), desk.agent.id)
    chose_offline = standing.status is Availability.OFFLINE and not standing.is_automatic
    return Moment(now, local.tm_hour * 60 + local.tm_min, acting_on, chose_offline)


def remember(desk: Desk, told: Iterable[Told]) -> Future[int]:
    """Write down what the agent is told of; done with how much of it was not told in another window."""
    kept, agent = tuple(told), desk.agent.id
    return desk.store.submit(lambda tx: announced.record(tx.connection, agent, kept, tx.now_ms))


def recent(desk: Desk, limit: int = 10) -> list[announced.Announcement]:
    """What the acting agent was told of last, newest first."""
    return announced.recent(desk.store.reader(), desk.agent.id, limit)
