"""What sending a quick reply does besides: labels, snooze, status, priority, the subject of a mail.

It is done in the commit that holds the message, as facts of their own, and goes back with the message when
that is taken back in its undo window. Of several that exclude one another the last one counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from csdesk.desk import moves, undoing
from csdesk.desk.moves import Move
from csdesk.model.conversation import Conversation, Priority, Status
from csdesk.model.operation import Kind
from csdesk.model.people import MAIL_CHANNELS, Agent
from csdesk.model.reply import InsertedReply, ReplyAction
from csdesk.store import conversations
from csdesk.store.writer import Transaction
from csdesk.template import find_unfilled
from csdesk.text import clean_line

UNITS_MS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
SUBJECT_CHARS = 200
SHORTEST_PIECE = 4
"""Characters from which a piece of a reply tells that the reply is still there."""

_PIECES = re.compile(r"[\n。！？；，,.!?;：:、]+")


def still_in(text: str, replies: Iterable[InsertedReply]) -> tuple[InsertedReply, ...]:
    """Those of ``replies`` that ``text`` still holds: at least half of their clauses, word for word,
    whatever their slots were filled in with.

    Who deletes a reply again does not want what it does; who mends a word of it does.
    """
    kept: dict[str, InsertedReply] = {}
    for each in replies:
        literal = each.text
        for slot in reversed(find_unfilled(literal)):
            literal = f"{literal[: slot.start]}\n{literal[slot.end :]}"
        pieces = [piece.strip() for piece in _PIECES.split(literal)]
        told = [piece for piece in pieces if len(piece) >= SHORTEST_PIECE] or [each.text.strip()]
        if 2 * sum(piece in text for piece in told) >= len(told):
            kept[each.reply] = each
    return tuple(kept.values())


def run(tx: Transaction, agent: Agent, conversation: int, replies: Sequence[InsertedReply]) -> dict[str, Any]:
    """Do what the replies of a message do; what an undo needs to know of it (undoing.remember_send)."""
    if not replies:
        return {}
    done: list[dict[str, Any]] = []
    for move in moves_of([action for each in replies for action in each.actions], tx.now_ms):
        current = conversations.get(tx.connection, conversation)
        trace = undoing.make_traced(tx, agent, current, move)
        if trace:
            done.append({"kind": move.kind.value, "trace": trace})
    subject = _set_subject(tx, agent, conversations.get(tx.connection, conversation), replies)
    found = {"replies": [each.as_row() for each in replies], "done": done, "subject": subject}
    return {name: value for name, value in found.items() if value}


def moves_of(actions: Sequence[ReplyAction], now_ms: int) -> list[Move]:
    """The moves that ``actions`` ask for at ``now_ms`` (UTC ms)."""
    last = {_rank(action): action for action in actions}
    labels = tuple(dict.fromkeys(action.value for action in actions if action.kind == "label"))
    found = [moves.label(labels)] if labels else []
    if priority := last.get("priority"):
        found.append(moves.prioritise(Priority.from_word(priority.value)))
    if standing := last.get("standing"):
        found += _standing(standing, now_ms)
    return found


def _rank(action: ReplyAction) -> str:
    return "standing" if action.kind in ("snooze", "status") else action.kind


def _standing(action: ReplyAction, now_ms: int) -> list[Move]:
    if action.value in ("reply", Status.SNOOZED):
        return [moves.snooze(None)]
    if action.kind == "snooze":
        return [moves.snooze(now_ms + int(action.value[:-1]) * UNITS_MS[action.value[-1]])]
    return [moves.resolve()] if action.value == Status.RESOLVED else []


def _set_subject(
    tx: Transaction, agent: Agent, current: Conversation, replies: Sequence[InsertedReply]
) -> str:
    """A mail that has no subject yet gets that of its first reply; one that has keeps it, as its thread needs."""
    subject = next((clean_line(each.subject).strip() for each in replies if each.subject.strip()), "")
    if not subject or current.subject or current.channel not in MAIL_CHANNELS:
        return ""
    body = {"by": agent.uid.hex(), "at": tx.now_ms, "subject": subject[:SUBJECT_CHARS]}
    tx.record(Kind.CONVERSATION_EDITED, current.uid, body)
    return subject[:SUBJECT_CHARS]
