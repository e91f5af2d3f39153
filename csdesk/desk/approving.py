"""A teacher beside a trainee: whispers, and replies that leave only when somebody has approved them.

A whisper is a note with a mark (``WHISPER``), so that whatever a note is, it is too: only colleagues see it. An
unapproved reply is a message that nobody was sent yet; its approval is stated as the first thing that is known of
its delivery. Returned, it never was a message: it is its writer's draft again.
"""

from __future__ import annotations

from csdesk.desk import reply_actions, sending, undoing
from csdesk.desk.attaching import as_file
from csdesk.desk.context import Desk
from csdesk.errors import NotFound, Refused, UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Status
from csdesk.model.message import WHISPER, Delivery, Draft, Message, Mode, OutboxItem, Step, permits
from csdesk.model.operation import Kind
from csdesk.model.people import Agent, Role
from csdesk.model.reply import InsertedReply
from csdesk.store import conversations, drafts, messages, outbox, people, reply_uses
from csdesk.store import undo as remembered
from csdesk.store.writer import Transaction

QUOTED_CHARS = 2_000
"""How much of a reply that was changed its whisper quotes: a whisper is shorter than a letter can be."""


def whisper(desk: Desk, conversation: int, text: str) -> Message:
    """Write to whoever works on the conversation what only colleagues see. Raises UsageError as a note does."""
    return desk.store.write(lambda tx: sending.note_in(tx, desk, conversation, text, rule=WHISPER))


def waiting(desk: Desk, author: int | None = None) -> list[OutboxItem]:
    """Replies (of one agent) that wait for approval, the one that has waited longest first."""
    return outbox.unapproved(desk.store.reader(), author)


def approve(desk: Desk, message: int, text: str | None = None, *, uid: bytes | None = None) -> Message:
    """Let a reply go that waits for approval; with another ``text`` in its place, in its writer's name.

    Of two who decide at once the first does. ``uid`` is that of the reply that was read: the number of one that
    was taken back may be another's a moment later. Raises Refused when it does not wait any more, or is not for this
    agent to approve; UsageError when the text cannot be sent.
    """

    def work(tx: Transaction) -> Message:
        entry, written = _undecided(tx, desk, message, Step.APPROVE, uid)
        wanted = written.text
        if text is not None:
            wanted = sending.checked_reply(tx, entry.conversation, text, has_files=bool(written.attachments))
        approved = message if wanted == written.text else _put_changed(tx, desk, entry, written, wanted)
        outbox.approve(tx.connection, approved)
        found = _message(tx, approved)
        body = {"state": Delivery.QUEUED, "by": desk.agent.uid.hex(), "at": tx.now_ms}
        tx.record(Kind.MESSAGE_DELIVERED, found.uid, body)
        return _message(tx, approved)

    return desk.store.write(work)


def give_back(desk: Desk, message: int, why: str, *, uid: bytes | None = None) -> Message:
    """Return a reply that waits for approval: it is its writer's draft again, beside whatever they write now.

    ``why`` is whispered to them; the whisper is the answer. A conversation that is not open any more is opened:
    its customer has no answer. Raises as ``approve``, and UsageError when ``why`` is empty.
    """
    if not why.strip():
        raise UsageError(
            "return.no_reason",
            _("Say why it comes back: the reason is whispered to who wrote it."),
            _("Write a line, then return it."),
        )

    def work(tx: Transaction) -> Message:
        entry, written = _undecided(tx, desk, message, Step.RETURN, uid)
        noted = remembered.of_message(tx.connection, message)
        if noted is not None:  # what sending it did besides goes back with it
            undoing.take_back_actions(tx, desk.agent, entry.conversation, noted.before)
        replies = _replies_in(tx, message)
        _withdraw(tx, desk, entry, written)
        _draft_again(tx, entry, written, replies)
        current = conversations.get(tx.connection, entry.conversation)
        if current.status is not Status.OPEN:
            by = {"by": desk.agent.uid.hex(), "at": tx.now_ms}
            tx.record(Kind.CONVERSATION_REOPENED, current.uid, by)
        return sending.note_in(tx, desk, entry.conversation, why, rule=WHISPER)

    return desk.store.write(work)


def _undecided(
    tx: Transaction, desk: Desk, message: int, step: Step, uid: bytes | None
) -> tuple[OutboxItem, Message]:
    """A reply that this agent may decide on now. Raises Refused."""
    entry, written = outbox.get(tx.connection, message), messages.get(tx.connection, message)
    is_other = entry is not None and uid not in (None, entry.uid)
    if entry is None or written is None or is_other or not permits(entry.state, step):
        raise Refused(
            "approval.decided",
            _("That reply does not wait for approval any more."),
            _("It was approved, returned or taken back: csdesk outbox shows what still waits."),
        )
    if entry.author == desk.agent.id or desk.agent.role is Role.TRAINEE:
        raise Refused(
            "approval.own",
            _("{agent} cannot approve or return this reply.").format(agent=desk.agent.name),
            _("A colleague does who is not a trainee: csdesk --as NAME …"),
        )
    return entry, written


def _put_changed(tx: Transaction, desk: Desk, entry: OutboxItem, written: Message, text: str) -> int:
    """In place of a reply one with another text, of the same agent and with the same files; its id.

    A whisper keeps for the writer what they had written.
    """
    author = _author(tx, entry)
    before = written.text if len(written.text) <= QUOTED_CHARS else f"{written.text[:QUOTED_CHARS]}…"
    said = _("Approved with changes. You had written: {text}").format(text=before)
    quick = reply_actions.still_in(text, _replies_in(tx, entry.message))
    _withdraw(tx, desk, entry, written)
    current = conversations.get(tx.connection, entry.conversation)
    changed = sending.add_reply(tx, current.uid, text, author.uid, approver=desk.agent)
    sending.enclose(tx, desk, changed, tuple(as_file(each) for each in written.attachments))
    outbox.put_for_approval(
        tx.connection, changed, entry.conversation, entry.inbox, tx.now_ms, desk.agent.name
    )
    reply_uses.sent(tx.connection, changed, entry.conversation, quick, author.id, tx.now_ms)
    sending.note_in(tx, desk, entry.conversation, said, rule=WHISPER)
    return changed


def _withdraw(tx: Transaction, desk: Desk, entry: OutboxItem, written: Message) -> None:
    """It was no message: no trace but in the log, and nothing is left to undo."""
    noted = remembered.of_message(tx.connection, entry.message)
    remembered.drop(tx.connection, [] if noted is None else [noted])
    reply_uses.taken_back(tx.connection, entry.message)
    outbox.drop(tx.connection, entry.message)
    tx.record(Kind.MESSAGE_WITHDRAWN, written.uid, {"by": desk.agent.uid.hex(), "at": tx.now_ms})


def _draft_again(
    tx: Transaction, entry: OutboxItem, written: Message, replies: tuple[InsertedReply, ...]
) -> None:
    author, text = _author(tx, entry), written.text
    enclosed = tuple(as_file(each) for each in written.attachments)
    draft = Draft(entry.conversation, author.id, Mode.REPLY, text, len(text), tx.now_ms, replies, enclosed)
    drafts.hand_back(tx.connection, draft, entry.message)


def _replies_in(tx: Transaction, message: int) -> tuple[InsertedReply, ...]:
    """The quick replies that a reply was made of, as far as it is noted."""
    noted = remembered.of_message(tx.connection, message)
    rows = noted.before.get("replies", ()) if noted is not None else ()
    return tuple(InsertedReply.from_row(row) for row in rows)


def _author(tx: Transaction, entry: OutboxItem) -> Agent:
    found = people.agent(tx.connection, entry.author or 0)
    if found is None:
        raise NotFound("agent.unknown", _("The agent who wrote it is not known here."), "")
    return found


def _message(tx: Transaction, message: int) -> Message:
    found = messages.get(tx.connection, message)
    if found is None:
        raise NotFound("message.unknown", _("There is no such message."), "")
    return found
