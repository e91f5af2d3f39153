"""Taking back what was done last: a reply not yet gone, any move of one conversation or of many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from csdesk.desk import traces
from csdesk.desk.attaching import as_file
from csdesk.desk.context import Desk
from csdesk.desk.moves import Move
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.conversation import Conversation
from csdesk.model.message import Draft, Mode, Step, permits
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.model.reply import InsertedReply
from csdesk.model.transcript_file import TranscriptFile
from csdesk.model.undo import Undoable, UndoKind
from csdesk.store import conversations, drafts, messages, outbox, people, reply_uses, saved_views
from csdesk.store import undo as remembered
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction

LEAST_MS = 5_000
"""A move can be taken back at least this long, also where replies are not held."""

MANY_MS = 60_000
"""How long what was done to many at once, to a view or to two contacts can be taken back: it takes longer to see."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, and where. ``text`` is a withdrawn reply's or the name of a view, ``files`` are those of
    the reply; ``count`` says how many conversations are as before, ``left`` how many had changed since and stay as
    they are."""

    kind: UndoKind
    conversation: int
    text: str = ""
    count: int = 1
    left: int = 0
    files: tuple[TranscriptFile, ...] = ()


def do(tx: Transaction, agent: Agent, conversation: int, move: Move) -> None:
    """Make a move and note how to take it back. Raises what the move raises."""
    current = conversations.get(tx.connection, conversation)
    found = make_traced(tx, agent, current, move)
    if found:
        inbox = people.inbox(tx.connection, current.inbox)
        hold = max(inbox.hold_ms if inbox else 0, LEAST_MS)
        remember(tx, agent, move.kind, {conversation: found}, hold)


def make_traced(tx: Transaction, agent: Agent, current: Conversation, move: Move) -> traces.Trace:
    """Make a move; what an undo needs to know of it. Raises what the move raises, with nothing stated."""
    before = traces.look(tx.connection, current.id)
    facts = move.make(tx, agent, current)
    return traces.trace(before, traces.look(tx.connection, current.id), facts)


def remember(
    tx: Transaction, agent: Agent, kind: UndoKind, done: Mapping[int, dict[str, Any]], for_ms: int
) -> None:
    """Note what was done, by conversation, to be taken back at once for so long."""
    remembered.put(tx.connection, agent.id, kind, done, now_ms=tx.now_ms, until=tx.now_ms + for_ms)


def remember_send(
    tx: Transaction,
    agent: Agent,
    conversation: int,
    message: int,
    until: int,
    before: dict[str, Any],
) -> None:
    """Note a reply that can be taken back ``until`` it is released.

    ``before`` has what its quick replies were and did: ``replies`` as rows, ``done`` (of each move its ``kind`` and
    its ``trace``) and the ``subject`` that the conversation was given; each only where there is any.
    """
    remembered.put_send(tx.connection, agent.id, conversation, message, before, now_ms=tx.now_ms, until=until)


def remember_merge(tx: Transaction, agent: Agent, survivor: int, gone: bytes) -> None:
    """Note that the contact ``gone`` was merged; it is shown with the newest conversation of ``survivor``."""
    row = tx.connection.execute("SELECT max(id) FROM conversation WHERE contact = ?", (survivor,)).fetchone()
    if row[0] is not None:
        remember(tx, agent, UndoKind.MERGE, {row[0]: {"contact": gone.hex()}}, MANY_MS)


def last(desk: Desk, conversation: int | None = None) -> Undoable | None:
    """What an undo by this agent (in one conversation, if given) would take back now."""
    return remembered.last(desk.store.reader(), desk.agent.id, desk.now_ms(), conversation)


def undo(desk: Desk, conversation: int | None = None, *, here: int | None = None) -> Undone:
    """Take back what this agent did last, all of it if it was done to many; when that is nothing, the reply that
    waits for approval in the conversation ``here``, which they are looking at.

    Raises Refused when it is too late. A withdrawn reply's text becomes the draft again, before what
    has been written there since. With ``conversation`` only what was done to that one goes back.
    """
    return desk.store.write(lambda tx: _undo(tx, desk, conversation, here))


def _undo(tx: Transaction, desk: Desk, conversation: int | None, here: int | None) -> Undone:
    found = remembered.last(tx.connection, desk.agent.id, tx.now_ms, conversation)
    if found is None and here is not None:
        found = remembered.last(tx.connection, desk.agent.id, tx.now_ms, here)
    if found is None:
        raise Refused(
            "undo.nothing",
            _("There is nothing to undo, or it is too late."),
            _("A reply can be taken back while it is held; a resolved conversation can be reopened."),
        )
    together = [found] if conversation is not None else remembered.batch_of(tx.connection, found)
    remembered.drop(tx.connection, together)
    if found.kind is UndoKind.SEND and found.message is not None:
        return _take_back(tx, desk, found, found.message)
    if found.kind is UndoKind.VIEW:
        saved_views.put_back(tx.connection, desk.agent.id, found.before)
        return Undone(found.kind, 0, str(found.before["name"]))
    if found.kind is UndoKind.MERGE:
        said = {"by": desk.agent.uid.hex(), "at": tx.now_ms}
        tx.record(Kind.CONTACT_UNMERGED, bytes.fromhex(found.before["contact"]), said)
        return Undone(found.kind, found.conversation)
    back = sum(
        traces.put_back(tx, desk.agent, each.conversation, each.kind, each.before) for each in together
    )
    if not back:
        raise _changed(tx.connection, found)
    return Undone(found.kind, found.conversation, count=back, left=len(together) - back)


def _changed(connection: Connection, found: Undoable) -> Refused:
    """Somebody has worked on from there: an undo would take that from them."""
    current = conversations.get(connection, found.conversation)
    return Refused(
        "undo.changed",
        _("#{ref} has changed since.").format(ref=current.short_ref),
        _("Look at it first: csdesk show {ref}.").format(ref=current.short_ref),
    )


def _take_back(tx: Transaction, desk: Desk, found: Undoable, message: int) -> Undone:
    """Withdraw a reply, and put back what sending it did where nobody has changed that since."""
    conversation = found.conversation
    entry, written = outbox.get(tx.connection, message), messages.get(tx.connection, message)
    if entry is None or written is None or not permits(entry.state, Step.TAKE_BACK):
        raise Refused("undo.gone", _("The reply has gone out."), _("Write another one."))
    take_back_actions(tx, desk.agent, conversation, found.before)
    reply_uses.taken_back(tx.connection, message)
    outbox.drop(tx.connection, message)
    tx.record(Kind.MESSAGE_WITHDRAWN, written.uid, {"by": desk.agent.uid.hex(), "at": tx.now_ms})
    enclosed = tuple(as_file(each) for each in written.attachments)
    replies = tuple(InsertedReply.from_row(row) for row in found.before.get("replies", ()))
    again = Draft(
        conversation, desk.agent.id, Mode.REPLY, written.text, len(written.text), tx.now_ms, replies, enclosed
    )
    drafts.save(tx.connection, _before_newer(tx.connection, again, desk.session), desk.session)
    return Undone(UndoKind.SEND, conversation, written.text, files=enclosed)


def _before_newer(connection: Connection, again: Draft, session: str) -> Draft:
    """A withdrawn text as the beginning of what the session has written there since: the two stand in one draft
    from the moment at which the message is gone."""
    held = drafts.held(connection, again.conversation, again.agent, again.mode)
    newer = next((each.draft for each in held if each.session == session), None)
    if newer is None:
        return again
    whole = f"{again.text}\n{newer.text}" if newer.text.strip() else again.text
    files = tuple(dict.fromkeys((*again.files, *newer.files)))
    return replace(
        again, text=whole, cursor=len(whole), replies=(*again.replies, *newer.replies), files=files
    )


def take_back_actions(tx: Transaction, agent: Agent, conversation: int, before: Mapping[str, Any]) -> None:
    """Put back what sending a reply did besides, where nobody has changed that since."""
    for each in reversed(before.get("done", ())):
        traces.put_back(tx, agent, conversation, UndoKind(each["kind"]), each["trace"])
    current = conversations.get(tx.connection, conversation)
    if current.subject and current.subject == before.get("subject"):
        body = {"by": agent.uid.hex(), "at": tx.now_ms, "subject": ""}
        tx.record(Kind.CONVERSATION_EDITED, current.uid, body)
