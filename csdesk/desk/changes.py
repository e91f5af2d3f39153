"""What others did since the agent looked last, by conversation: what a shift without the hub has to catch up with."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from csdesk.desk.context import Desk
from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Conversation
from csdesk.model.message import Sender
from csdesk.model.operation import Kind
from csdesk.store import conversations, others
from csdesk.store.connect import Connection
from csdesk.store.others import Done

MOST_SHOWN = 500
"""Conversations that are told one by one, mine first; of the others only how many."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What others did to one conversation: how often what (``what``, by the words of ``WHAT``), who (names), and when
    last (UTC ms)."""

    conversation: Conversation
    is_mine: bool
    what: Mapping[str, int]
    by: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Digest:
    """All of it: ``besides`` is what is about no conversation, ``more`` how many conversations are not in ``talks``.
    ``upto`` is how far it goes, to be noted once somebody has seen it."""

    talks: tuple[Changed, ...] = ()
    besides: int = 0
    more: int = 0
    upto: Mapping[int, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.talks and not self.besides

    @property
    def count(self) -> int:
        """How many conversations were changed."""
        return len(self.talks) + self.more


_WHAT: Mapping[int, str] = {
    Kind.CONVERSATION_OPENED: "opened",
    Kind.CONVERSATION_CLAIMED: "claimed",
    Kind.CONVERSATION_RELEASED: "released",
    Kind.CONVERSATION_TRANSFERRED: "transferred",
    Kind.CONVERSATION_OFFERED: "offered",
    Kind.CONVERSATION_RETURNED: "returned",
    Kind.CONVERSATION_RESOLVED: "resolved",
    Kind.CONVERSATION_REOPENED: "reopened",
    Kind.CONVERSATION_SNOOZED: "snoozed",
    Kind.CONVERSATION_LABELLED: "labelled",
    Kind.CONVERSATION_UNLABELLED: "labelled",
    Kind.CONVERSATION_PRIORITISED: "edited",
    Kind.CONVERSATION_EDITED: "edited",
    Kind.CONVERSATION_RESTORED: "undone",
    Kind.CONVERSATION_ERASED: "erased",
    Kind.MESSAGE_WITHDRAWN: "withdrawn",
}
_WRITTEN: Mapping[str, str] = {
    Sender.CUSTOMER: "messages",
    Sender.AGENT: "replies",
    Sender.NOTE: "notes",
    Sender.AUTO: "automatic",
}
WHAT = ("erased", "opened", "messages", "replies", "notes", "transferred", "offered", "returned", "claimed", "released",
        "resolved", "reopened", "snoozed", "withdrawn", "undone", "labelled", "edited", "automatic")  # fmt: skip
"""What can be done to a conversation, what matters most first."""


def _said(word: str) -> Callable[[int], str]:
    return {
        "erased": lambda n: _("erased"),
        "opened": lambda n: _("new conversation"),
        "messages": lambda n: ngettext("{count} message", "{count} messages", n),
        "replies": lambda n: ngettext("{count} reply", "{count} replies", n),
        "notes": lambda n: ngettext("{count} note", "{count} notes", n),
        "transferred": lambda n: _("transferred"),
        "offered": lambda n: _("offered to a colleague"),
        "returned": lambda n: _("came back"),
        "claimed": lambda n: _("claimed"),
        "released": lambda n: _("released"),
        "resolved": lambda n: _("resolved"),
        "reopened": lambda n: _("reopened"),
        "snoozed": lambda n: _("snoozed"),
        "withdrawn": lambda n: _("reply taken back"),
        "undone": lambda n: _("undone"),
        "labelled": lambda n: _("labels"),
        "edited": lambda n: _("edited"),
        "automatic": lambda n: ngettext("{count} automatic text", "{count} automatic texts", n),
    }[word]


def words(what: Mapping[str, int]) -> list[str]:
    """What was done, in a few words each, what matters most first."""
    return [_said(name)(what[name]).format(count=what[name]) for name in WHAT if name in what]


def digest(desk: Desk, since: int | None = None) -> Digest:
    """What others did since the agent looked last, or since a time (UTC ms). Who never looked has seen all there is."""
    reader, own = desk.store.reader(), desk.store.desk
    upto, looked = others.reached(reader, own), others.looked(reader, desk.agent.id)
    if looked is None and since is None:
        return Digest(upto=upto)
    talks: dict[str, list[Done]] = {}
    besides = 0
    for each in others.done(reader, own, looked or {}, desk.agent.uid.hex(), since):
        if each.conversation:
            talks.setdefault(each.conversation, []).append(each)
        else:
            besides += 1
    order = _in_order(desk, reader, talks)
    names = dict(reader.execute("SELECT lower(hex(uid)), name FROM agent").fetchall())
    shown = [_one(reader, row, talks[row[0]], names) for row in order[:MOST_SHOWN]]
    return Digest(tuple(shown), besides, len(order) - len(shown), upto)


_Row = tuple[str, int, bool]
"""Uid (hex) and local id of a conversation, and whether it is mine."""


def _in_order(desk: Desk, reader: Connection, talks: Mapping[str, list[Done]]) -> list[_Row]:
    """Mine first, then where somebody waits, then the newest."""
    rows = reader.execute(
        "SELECT lower(hex(c.uid)), c.id, c.assignee IS ?, c.waiting_since IS NULL FROM json_each(?) asked"
        " JOIN conversation c ON c.uid = unhex(asked.value)",
        (desk.agent.id, json.dumps([*talks])),
    ).fetchall()
    newest = {uid: max(each.at for each in done) for uid, done in talks.items()}
    rows.sort(key=lambda row: (not row[2], row[3], -newest[row[0]]))
    return [(uid, number, bool(is_mine)) for uid, number, is_mine, _is_quiet in rows]


def _one(reader: Connection, row: _Row, done: list[Done], names: Mapping[str, str]) -> Changed:
    _uid, number, is_mine = row
    what = Counter(
        _WRITTEN.get(each.sender, "edited")
        if each.kind == Kind.MESSAGE_ADDED
        else _WHAT.get(each.kind, "edited")
        for each in done
    )
    by = dict.fromkeys(names[each.by] for each in done if each.by in names)
    return Changed(conversations.get(reader, number), is_mine, what, tuple(by), max(each.at for each in done))


def begin(desk: Desk) -> None:
    """Who never looked begins here: what was there before is not news."""
    reader = desk.store.reader()
    if others.looked(reader, desk.agent.id) is None:
        seen(desk, Digest(upto=others.reached(reader, desk.store.desk)))


def seen(desk: Desk, found: Digest) -> None:
    """The agent has looked at what was found: next time only what came since is told."""
    desk.store.write(lambda tx: others.note(tx.connection, desk.agent.id, found.upto))
