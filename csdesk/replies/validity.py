"""Whether a reply may be used at a moment: days of the calendar, of the week, hours of the day."""

from __future__ import annotations

from datetime import datetime, timedelta

from csdesk.i18n import _
from csdesk.model.reply import Validity
from csdesk.replies.schema_parts import DAYS


def is_valid(validity: Validity | None, moment: datetime) -> bool:
    """Whether ``moment``, local time of the inbox, lies in it.

    Hours that end before they begin go over midnight, and belong to the day they began on: the small hours
    of Saturday are still Friday's.
    """
    if validity is None:
        return True
    day = moment.date()
    if validity.hours:
        begin, end = validity.hours.split("-")
        clock = moment.strftime("%H:%M")
        if begin < end:
            if not begin <= clock < end:
                return False
        elif clock < end:
            day -= timedelta(days=1)
        elif clock < begin:
            return False
    named = day.isoformat()
    if named < validity.first_day or (validity.last_day and named > validity.last_day):
        return False
    return not validity.days or DAYS[day.weekday()] in validity.days


def in_words(validity: Validity) -> str:
    """When that is, as a person reads it: ``2026-11-01 – 2026-11-11, mon tue, 09:00-18:00``."""
    first, last = validity.first_day, validity.last_day
    if first and last:
        dates = f"{first} – {last}"
    elif first:
        dates = _("from {day}").format(day=first)
    else:
        dates = _("until {day}").format(day=last) if last else ""
    return ", ".join(filter(None, (dates, " ".join(validity.days), validity.hours)))
