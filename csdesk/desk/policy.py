"""What the settings say about automatic texts, for one inbox, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from functools import lru_cache
from zlib import crc32

from csdesk.availability import hours
from csdesk.availability.facts import Doors, Notice, Policy
from csdesk.availability.hours import Hours
from csdesk.availability.rules import Rule
from csdesk.config import AutomaticSettings, Settings
from csdesk.config_checks import EVERYWHERE, listed_rules
from csdesk.opening_hours import read_local_time


def policy_for(settings: Settings, inbox: str) -> Policy:
    """Which rules write in ``inbox``, and by what."""
    automatic = settings.automatic
    return Policy(_rules(automatic, inbox), automatic.wait_ms, notice_of(automatic))


def doors_of(settings: Settings, inbox: str, now_ms: int) -> Doors:
    """Whether ``inbox`` is open now; one without hours always is."""
    found = hours_of(settings, inbox)
    if found is None or hours.is_open(found, now_ms):
        return Doors()
    return Doors(False, hours.closed_since(found, now_ms), hours.opens_at(found, now_ms))


def hours_of(settings: Settings, inbox: str) -> Hours | None:
    """The business hours of ``inbox``; None where it has none."""
    automatic = settings.automatic
    week = _of_inbox(automatic.open, inbox)
    return _read(week, automatic.holidays, automatic.workdays) if week else None


def zone_of(settings: Settings, inbox: str) -> tzinfo | None:
    """The time zone that an inbox tells times in; None for the machine's."""
    found = hours_of(settings, inbox)
    return found.zone if found is not None else None


def notice_of(automatic: AutomaticSettings) -> Notice | None:
    """The shop notice, whether it holds now or not; None where there is none."""
    text = automatic.notice.strip()
    if not text:
        return None
    starts, ends = (
        read_local_time(each) if each.strip() else None
        for each in (automatic.notice_from, automatic.notice_until)
    )
    return Notice(crc32(text.encode()), starts, ends)


def _rules(automatic: AutomaticSettings, inbox: str) -> frozenset[Rule]:
    own = _of_inbox(automatic.inboxes, inbox)
    if own:
        return frozenset(Rule(name) for name in listed_rules(own))
    return frozenset(rule for rule in Rule if rule is Rule.NOTICE or getattr(automatic, rule))


def _of_inbox(table: Mapping[str, str], inbox: str) -> str:
    return table.get(inbox) or table.get(EVERYWHERE, "")


_read = lru_cache(maxsize=32)(hours.read)
