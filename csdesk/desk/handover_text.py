"""The text of a handover, made from what is left of a shift: pure, so that the same facts give the same words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from csdesk.i18n import _
from csdesk.model.handover import Item, Section
from csdesk.store.shift import Totals
from csdesk.text import clean_line, truncate

SAID_CELLS = 44


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: an item, and what a person is told of its conversation. ``at`` in UTC ms.

    ``is_left``: the last handover named the conversation already.
    """

    item: Item
    ref: str
    contact_name: str
    tier: str | None
    said: str
    at: int
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of the shift from ``since`` to ``at`` (UTC ms), in the order it is written down.

    ``remarks`` are about the desk as a whole.
    """

    agent_name: str
    since: int
    at: int
    totals: Totals
    entries: tuple[Entry, ...]
    remarks: tuple[str, ...] = ()


def compose(left: Left) -> str:
    """The whole text, in the language of now and in local time."""
    return "\n".join(_lines(left)) + "\n"


def _lines(left: Left) -> Iterator[str]:
    yield _("Handover of {agent}, {time}").format(
        agent=clean_line(left.agent_name), time=_time(left.at, with_year=True)
    )
    totals = left.totals
    yield _(
        "Since {since}: conversations {conversations}, messages from customers {received}, replies {replied},"
        " resolved {resolved}. Now open {open}, waiting {waiting}."
    ).format(
        since=_time(left.since),
        conversations=totals.conversations,
        received=totals.received,
        replied=totals.replied,
        resolved=totals.resolved,
        open=totals.open,
        waiting=totals.waiting,
    )
    for section, group in groupby(left.entries, key=lambda entry: entry.item.section):
        entries = list(group)
        yield ""
        yield _("{title} ({count})").format(title=section.heading, count=len(entries))
        for entry in entries:
            yield _line(entry, left.at)
    if left.remarks:
        yield ""
        yield from (f"! {clean_line(remark)}" for remark in left.remarks)
    if not left.entries:
        yield ""
        yield _("Nothing is left over.")


def _line(entry: Entry, now_ms: int) -> str:
    name = clean_line(entry.contact_name) or _("visitor")
    parts = [f"- #{entry.ref} {name}" + (f" ({entry.tier})" if entry.tier else ""), _when(entry, now_ms)]
    if entry.is_left and entry.item.section is not Section.LEFT:
        parts.append(_("left from before"))
    said = truncate(clean_line(entry.said), SAID_CELLS)
    head = " · ".join(part for part in parts if part)
    return _("{head}: {said}").format(head=head, said=said) if said else head


def _when(entry: Entry, now_ms: int) -> str:
    due = entry.item.due_at
    if due is not None:
        if due <= now_ms:
            return _("was due {time}, overdue").format(time=_time(due))
        return _("due {time}").format(time=_time(due))
    if entry.item.section is Section.WAITING:
        return _("waits since {time}").format(time=_time(entry.at))
    return _time(entry.at)


def _time(at_ms: int, *, with_year: bool = False) -> str:
    return time.strftime("%Y-%m-%d %H:%M" if with_year else "%m-%d %H:%M", time.localtime(at_ms // 1000))
