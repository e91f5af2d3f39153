"""What the settings may not say: what contradicts itself, and what nobody could follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from csdesk.errors import DataError, UsageError
from csdesk.i18n import _
from csdesk.opening_hours import read_days, read_local_time, read_week, read_workdays
from csdesk.template import placeholders
from csdesk.text import listed

RULES = ("ack", "hours", "away", "busy", "welcome", "wait", "notice", "closing")
"""Names of the rules, as ``availability.rules`` has them."""

NO_RULES = "-"
EVERYWHERE = "all"
"""The entry of ``open`` and ``inboxes`` for the inboxes that have none of their own."""


def listed_rules(text: str) -> frozenset[str]:
    """``welcome, wait`` to those names; a dash to none. Raises ValueError with a name that is none."""
    names = frozenset(listed(text)) - {NO_RULES}
    for name in names - frozenset(RULES):
        raise ValueError(name)
    return names


def check(settings: Any, path: Path) -> None:
    """Refuse the ``Settings`` of the file at ``path`` where they contradict themselves.

    What could not be followed is refused here, not when a customer waits for it. Raises UsageError.
    """
    for tier in (None, "A", "B", "C"):
        limits = settings.queue.limits(tier)
        if limits.red_ms < limits.amber_ms:
            place = f"queue.tiers.{tier}" if tier else "queue"
            raise _refused(
                _("{file}: in {key}, red_after_s is less than amber_after_s.").format(file=path, key=place),
                _("Red comes after amber: give it the longer time."),
            )
    try:
        settings.alerts.quiet_minutes()
    except ValueError:
        given = repr(settings.alerts.quiet_hours)[:60]
        raise _refused(
            _("{file}: {key} cannot be {given}.").format(file=path, key="alerts.quiet_hours", given=given),
            _('Write when they begin and end: "22:00-08:00".'),
        ) from None
    for key, error in problems(settings.automatic):
        said = _("{file}: automatic.{key}: {reason}").format(file=path, key=key, reason=error.sentence)
        raise _refused(said, error.hint)


def _refused(sentence: str, hint: str) -> UsageError:
    return UsageError("config.bad_value", sentence, hint)


def problems(settings: Any) -> Iterator[tuple[str, DataError]]:
    """Each setting that cannot be followed, by its name in ``[automatic]``, with what is wrong."""
    for key, read, text in _checks(settings):
        try:
            read(text)
        except DataError as error:
            yield key, error


def _checks(settings: Any) -> Iterator[tuple[str, Callable[[str], object], str]]:
    for name, text in settings.open.items():
        yield f"open.{name}", read_week, text
    yield "holidays", read_days, settings.holidays
    yield "workdays", read_workdays, settings.workdays
    for name in ("notice_from", "notice_until"):
        yield name, _time_or_none, getattr(settings, name)
    for name, text in settings.inboxes.items():
        yield f"inboxes.{name}", _rules, text
    yield "notice", placeholders, settings.notice
    for name, text in settings.texts.items():
        yield f"texts.{name}", _key, name
        yield f"texts.{name}", placeholders, text


def _time_or_none(text: str) -> int | None:
    return read_local_time(text) if text.strip() else None


def _rules(text: str) -> frozenset[str]:
    try:
        return listed_rules(text)
    except ValueError as error:
        raise DataError(
            "config.unknown_rule",
            _("There is no automatic text {name}.").format(name=str(error)[:40]),
            _("Known here: {keys}.").format(keys=", ".join(RULES)),
        ) from None


def _key(name: str) -> None:
    """``away.zh`` or ``web.away.zh``."""
    if len(name.split(".")) < 2 or name.split(".")[-2] not in RULES:
        raise DataError(
            "config.unknown_rule",
            _("There is no automatic text {name}.").format(name=name[:40]),
            _('Write the rule and the language: "away.zh", or with the inbox: "web.away.zh".'),
        )
