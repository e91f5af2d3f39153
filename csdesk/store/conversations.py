"""Reading one conversation: by local id, by ref, by where it came from."""

from __future__ import annotations

from typing import Any, NamedTuple

from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.ids import REF_LENGTH, REF_SHOWN, read_ref
from csdesk.model.conversation import Conversation, Priority, SnoozeKind, Status
from csdesk.store.connect import Connection
from csdesk.store.words import Words

_SELECT = """
SELECT c.id, c.uid, c.ref, c.version, c.source, c.source_id, c.lang, c.inbox, inbox.name, inbox.channel,
  c.contact, c.contact_name, c.tier, c.subject, c.stage, c.status, c.priority, c.assignee, agent.name,
  c.team, team.name, c.waiting_since, c.opened_at, c.updated_at, c.resolved_at, c.snooze_kind, c.snooze_until,
  c.message_count, c.last_message
FROM conversation c JOIN inbox ON inbox.id = c.inbox
LEFT JOIN agent ON agent.id = c.assignee LEFT JOIN team ON team.id = c.team
"""
SHOWN_AT_MOST = 8


def get(connection: Connection, conversation: int) -> Conversation:
    """The conversation with this local id. Raises NotFound."""
    row = connection.execute(f"{_SELECT} WHERE c.id = ?", (conversation,)).fetchone()
    if row is None:
        raise NotFound(
            "conversation.unknown",
            _("There is no such conversation."),
            _("csdesk queue --view all lists them."),
        )
    return _conversation(connection, row)


_STATUSES, _PRIORITIES, _SNOOZES = Words(Status), Words(Priority), Words(SnoozeKind)


def _conversation(connection: Connection, row: tuple[Any, ...]) -> Conversation:
    names = connection.execute(
        "SELECT label.name FROM conversation_label JOIN label ON label.id = conversation_label.label"
        " WHERE conversation = ? ORDER BY label.name",
        (row[0],),
    ).fetchall()
    return Conversation(
        id=row[0],
        uid=row[1],
        ref=row[2],
        short_ref=short_ref(connection, row[2]),
        version=row[3],
        source=row[4],
        source_id=row[5],
        lang=row[6],
        inbox=row[7],
        inbox_name=row[8],
        channel=row[9],
        contact=row[10],
        contact_name=row[11],
        tier=row[12],
        subject=row[13],
        stage=row[14],
        status=_STATUSES[row[15]],
        priority=_PRIORITIES[row[16]],
        assignee=row[17],
        assignee_name=row[18],
        team=row[19],
        team_name=row[20],
        waiting_since=row[21],
        opened_at=row[22],
        updated_at=row[23],
        resolved_at=row[24],
        snooze_kind=_SNOOZES[row[25]] if row[25] else None,
        snooze_until=row[26],
        message_count=row[27],
        last_message=row[28],
        labels=tuple(name for (name,) in names),
    )


def by_ref(connection: Connection, typed: str) -> int:
    """Local id of the conversation whose ref starts with what was typed.

    Raises NotFound when none or more than one does; the error lists those it could be.
    """
    prefix = read_ref(typed)
    shown = typed.strip()[:40]
    if prefix is None:
        raise NotFound(
            "ref.unreadable",
            _("{ref} is not a conversation ref.").format(ref=shown),
            _("A ref looks like #7K3Q9F; csdesk queue lists them."),
        )
    rows = connection.execute(
        "SELECT id, ref FROM conversation WHERE ref >= ? AND ref < ? ORDER BY ref LIMIT ?",
        (prefix, prefix + "[", SHOWN_AT_MOST + 1),
    ).fetchall()
    if not rows:
        raise NotFound(
            "ref.unknown",
            _("No conversation has the ref {ref}.").format(ref=shown),
            _("csdesk queue --view all lists them."),
        )
    if len(rows) > 1:
        listed = ", ".join(f"#{ref}" for _id, ref in rows[:SHOWN_AT_MOST])
        raise NotFound(
            "ref.ambiguous",
            _("The ref {ref} fits more than one conversation.").format(ref=shown),
            _("Type more of it: {refs}.").format(refs=listed),
        )
    return int(rows[0][0])


def short_ref(connection: Connection, ref: str) -> str:
    """The shortest prefix of ``ref``, at least six characters, that no other conversation shares."""
    for length in range(REF_SHOWN, REF_LENGTH):
        prefix = ref[:length]
        twins = connection.execute(
            "SELECT 1 FROM conversation WHERE ref >= ? AND ref < ? LIMIT 2", (prefix, prefix + "[")
        ).fetchall()
        if len(twins) < 2:
            return prefix
    return ref


def by_source(connection: Connection, source: str, source_id: str) -> int | None:
    """Local id of the conversation that was imported as (source, source_id)."""
    row = connection.execute(
        "SELECT id FROM conversation WHERE source = ? AND source_id = ?", (source, source_id)
    ).fetchone()
    return int(row[0]) if row else None


def by_uid(connection: Connection, uid: bytes) -> int:
    """Local id of the conversation with this uid, which must be there."""
    return int(connection.execute("SELECT id FROM conversation WHERE uid = ?", (uid,)).fetchone()[0])


class Standing(NamedTuple):
    """The little of a conversation that decides what a new message does to it."""

    id: int
    uid: bytes
    status: str
    is_blocked: int


def standing_of_thread(connection: Connection, inbox: int, thread: str) -> Standing | None:
    """The conversation that a channel knows as ``thread``."""
    row = connection.execute(
        "SELECT id, uid, status, is_blocked FROM conversation WHERE inbox = ? AND thread = ?", (inbox, thread)
    ).fetchone()
    return Standing(*row) if row else None


def of_contact(connection: Connection, contact: int, limit: int = 5) -> list[Conversation]:
    """A contact's newest conversations, newest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE c.contact = ? ORDER BY c.updated_at DESC, c.id DESC LIMIT ?", (contact, limit)
    ).fetchall()
    return [_conversation(connection, row) for row in rows]


def is_offer_over(connection: Connection, now_ms: int) -> bool:
    """Whether an offer to a colleague has run out that nobody has said so of."""
    return (
        connection.execute("SELECT 1 FROM offer WHERE until <= ? LIMIT 1", (now_ms,)).fetchone() is not None
    )


def due_to_wake(connection: Connection, now_ms: int, limit: int = 100) -> list[int]:
    """Snoozed conversations whose time has come."""
    rows = connection.execute(
        "SELECT id FROM conversation WHERE status = 'snoozed' AND snooze_key <= ? ORDER BY snooze_key, id LIMIT ?",
        (now_ms, limit),
    ).fetchall()
    return [row[0] for row in rows]


def everything(connection: Connection, after: int = 0, limit: int = 200) -> list[Conversation]:
    """Conversations in the order they came to this store, for exports."""
    rows = connection.execute(f"{_SELECT} WHERE c.id > ? ORDER BY c.id LIMIT ?", (after, limit)).fetchall()
    return [_conversation(connection, row) for row in rows]
