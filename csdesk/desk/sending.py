"""Writing: replies that are held a moment and then go out, notes, drafts, and second tries."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from csdesk.desk import reply_actions, undoing
from csdesk.desk.attaching import as_file, attachment_fact, keep_arrived
from csdesk.desk.context import Desk
from csdesk.desk.moves import must_be_mine
from csdesk.desk.work import claim_in
from csdesk.errors import NotFound, Refused, UsageError
from csdesk.i18n import _
from csdesk.ids import new_uid
from csdesk.model.conversation import Status
from csdesk.model.limits import NOTE, Limit, limit_of
from csdesk.model.message import Delivery, Draft, Message, Mode, Sender, Step, permits
from csdesk.model.operation import Kind
from csdesk.model.people import Agent
from csdesk.model.reply import InsertedReply
from csdesk.model.transcript_file import TranscriptFile
from csdesk.store import conversations, drafts, files, joined, messages, outbox, passing, people, reply_uses
from csdesk.store.writer import Transaction
from csdesk.text import clean
from csdesk.text.counting import parts

ASIDE = "+"
"""Between a session's name and the number of the message for which its draft was put aside."""


def reply(
    desk: Desk,
    conversation: int,
    text: str,
    *,
    seen_at: int = 0,
    remark: str | None = None,
    quick: Sequence[InsertedReply] = (),
    enclosed: Sequence[TranscriptFile] = (),
    reopens: bool = False,
) -> Message:
    """Answer the customer. The reply is held for the inbox's hold time, then sent; where somebody approves the
    agent's replies it waits for that instead, for as long as it takes.

    An unassigned conversation becomes mine; ``reopens``: a resolved one is opened again with the reply.
    ``seen_at`` is the time of the draft that was loaded: it and older ones are gone with the reply.
    ``remark`` is noted beside it. Those of the quick replies ``quick`` that the text still holds are counted
    as used, and what sending them does is done: all of it or nothing, and undone with the message. The files
    ``enclosed`` go with it: those that have ``arrived`` are kept with the same commit, the others are kept
    already; with files the text may be empty. Raises Refused when it is resolved (and is to stay so) or somebody
    else's, UsageError when a text is empty or longer than the inbox's channel takes, NotFound when a file's
    content is gone.
    """
    plain = _checked(text, may_be_empty=bool(enclosed))
    used = reply_actions.still_in(plain, quick)
    beside = None if remark is None else _within(_checked(remark), NOTE)

    def work(tx: Transaction) -> Message:
        message = _reply(tx, desk, conversation, plain, seen_at, used, enclosed, reopens=reopens)
        if beside is not None:
            _add(tx, desk, conversations.get(tx.connection, conversation).uid, Sender.NOTE, beside)
        return message

    return desk.store.write(work)


def reply_in_parts(
    desk: Desk,
    conversation: int,
    text: str,
    *,
    seen_at: int = 0,
    quick: Sequence[InsertedReply] = (),
    enclosed: Sequence[TranscriptFile] = (),
) -> Message:
    """Answer with a text that is too long for one message, in as many as it takes, all or none.

    Returns the last, which the quick replies and the files go with; undo takes them back one by one. Raises as ``reply`` does.
    """
    plain = _checked(text)
    used = reply_actions.still_in(plain, quick)

    def work(tx: Transaction) -> Message:
        limit = limit_of(conversations.get(tx.connection, conversation).channel)
        *first, last = parts(plain, limit.most, limit.unit)
        for part in first:
            _reply(tx, desk, conversation, part, seen_at)
        return _reply(tx, desk, conversation, last, seen_at, used, enclosed)

    return desk.store.write(work)


def _reply(
    tx: Transaction,
    desk: Desk,
    conversation: int,
    text: str,
    seen_at: int,
    quick: Sequence[InsertedReply] = (),
    enclosed: Sequence[TranscriptFile] = (),
    *,
    reopens: bool = False,
) -> Message:
    current = conversations.get(tx.connection, conversation)
    _within(text, limit_of(current.channel))
    if current.status is Status.RESOLVED and not reopens:
        raise Refused(
            "reply.resolved",
            _("#{ref} is resolved.").format(ref=current.short_ref),
            _("Reopen it first; your text is kept."),
        )
    must_be_mine(current, desk.agent)
    if current.status is not Status.OPEN:
        tx.record(Kind.CONVERSATION_REOPENED, current.uid, {"by": desk.agent.uid.hex(), "at": tx.now_ms})
    if current.assignee is None:
        claim_in(tx, desk.agent, conversation)
    approver = people.approver_of(tx.connection, desk.agent.id)
    is_offline = joined.is_out_of_reach(tx.connection, tx.now_ms)
    message = add_reply(tx, current.uid, text, desk.agent.uid, approver=approver, is_offline=is_offline)
    enclose(tx, desk, message, enclosed)
    inbox = people.inbox(tx.connection, current.inbox)
    release_at = tx.now_ms + (inbox.hold_ms if inbox else 0)
    if approver is None:
        outbox.put(tx.connection, message, conversation, current.inbox, release_at, is_offline=is_offline)
    else:
        release_at = tx.now_ms + undoing.LEAST_MS
        outbox.put_for_approval(tx.connection, message, conversation, current.inbox, tx.now_ms, approver.name)
    _forget_draft(tx, desk, conversation, Mode.REPLY, text, seen_at)
    reply_uses.sent(tx.connection, message, conversation, quick, desk.agent.id, tx.now_ms)
    before = reply_actions.run(tx, desk.agent, conversation, quick)
    undoing.remember_send(tx, desk.agent, conversation, message, release_at, before)
    return _get(tx, message)


def enclose(tx: Transaction, desk: Desk, message: int, enclosed: Sequence[TranscriptFile]) -> None:
    """State the files of a message; all their bytes are in their place then. Raises NotFound."""
    if not enclosed:
        return
    keep_arrived(enclosed)
    uid = _get(tx, message).uid
    for place, file in enumerate(enclosed):
        if not files.is_here(desk.store.path, file.sha256):
            raise NotFound(
                "attachment.gone",
                _("The content of {name} is no longer in the store.").format(name=file.name),
                _("Take it off the reply, and attach it again."),
            )
        fact = attachment_fact(uid, place, file, is_kept=True)
        tx.record(fact.kind, fact.ent, fact.body)


def _forget_draft(
    tx: Transaction, desk: Desk, conversation: int, mode: Mode, text: str, seen_at: int
) -> None:
    written = Draft(conversation, desk.agent.id, mode, text, len(text), seen_at)
    drafts.sent(tx.connection, written, desk.session)


def note(desk: Desk, conversation: int, text: str, *, seen_at: int = 0) -> Message:
    """Write something only colleagues see. Needs no claim. ``seen_at`` as in ``reply``."""

    def work(tx: Transaction) -> Message:
        message = note_in(tx, desk, conversation, text)
        _forget_draft(tx, desk, conversation, Mode.NOTE, message.text, seen_at)
        return message

    return desk.store.write(work)


def note_in(tx: Transaction, desk: Desk, conversation: int, text: str, *, rule: str | None = None) -> Message:
    """As ``note``, inside a commit that the caller made; ``rule`` says of what kind, as ``Message`` has it."""
    plain = _within(_checked(text), NOTE)
    uid = conversations.get(tx.connection, conversation).uid
    return _get(tx, _add(tx, desk, uid, Sender.NOTE, plain, rule=rule))


def checked_reply(tx: Transaction, conversation: int, text: str, *, has_files: bool = False) -> str:
    """``text`` as it can be sent in the conversation. Raises UsageError when it is empty, or too long for it."""
    plain = _checked(text, may_be_empty=has_files)
    return _within(plain, limit_of(conversations.get(tx.connection, conversation).channel))


def _checked(text: str, *, may_be_empty: bool = False) -> str:
    plain = clean(text).strip("\n ")
    if not plain and not may_be_empty:
        raise UsageError("text.empty", _("There is nothing to send."), _("Write something first."))
    return plain


def _within(text: str, limit: Limit) -> str:
    used = limit.used(text)
    if used > limit.most:
        raise UsageError(
            "text.too_long",
            _("The text has {count} characters; at most {most} can be sent at once.").format(
                count=used, most=limit.most
            ),
            _("Shorten it, or send it in parts."),
        )
    return text


def _add(
    tx: Transaction, desk: Desk, conversation: bytes, sender: Sender, text: str, *, rule: str | None = None
) -> int:
    more = {} if rule is None else {"rule": rule}
    return _record(tx, conversation, sender, text, desk.agent.uid, more)


def add_reply(
    tx: Transaction,
    conversation: bytes,
    text: str,
    author: bytes,
    *,
    approver: Agent | None = None,
    is_offline: bool = False,
) -> int:
    """State a reply of the agent ``author``; its local id. With ``approver`` it is none before it is approved;
    written offline, no other desk sends it before this one knows what others did meanwhile."""
    more: dict[str, Any] = {"delivery": Delivery.QUEUED}
    if approver is not None:
        more["approval"] = approver.uid.hex()
    elif is_offline:
        more["offline"] = True
    return _record(tx, conversation, Sender.AGENT, text, author, more)


def _record(
    tx: Transaction, conversation: bytes, sender: Sender, text: str, author: bytes, more: dict[str, Any]
) -> int:
    uid = new_uid(tx.now_ms)
    body = {"conversation": conversation.hex(), "from": sender, "text": text, "at": tx.now_ms}
    tx.record(Kind.MESSAGE_ADDED, uid, {**body, "author": author.hex(), **more})
    return int(tx.connection.execute("SELECT id FROM message WHERE uid = ?", (uid,)).fetchone()[0])


def _get(tx: Transaction, message: int) -> Message:
    found = messages.get(tx.connection, message)
    if found is None:
        raise NotFound("message.unknown", _("There is no such message."), "")
    return found


def save_draft(
    desk: Desk,
    conversation: int,
    mode: Mode,
    text: str,
    cursor: int,
    *,
    seen_at: int = 0,
    replies: tuple[InsertedReply, ...] = (),
    enclosed: tuple[TranscriptFile, ...] = (),
) -> Future[None]:
    """Keep unsent text, the quick replies in it and the files with it; done when it is on disk. ``seen_at`` is the
    time of the draft that was loaded."""
    draft = Draft(conversation, desk.agent.id, mode, text, cursor, desk.now_ms(), replies, enclosed)
    return desk.store.submit(lambda tx: drafts.save(tx.connection, draft, desk.session, seen_at=seen_at))


def drop_draft(desk: Desk, conversation: int, mode: Mode) -> None:
    """Forget this agent's unsent text in one mode, of every session."""
    desk.store.write(lambda tx: drafts.clear(tx.connection, conversation, desk.agent.id, mode, None))


def retry(desk: Desk, message: int) -> None:
    """Send a failed message again. Raises Refused when it did not fail."""

    def work(tx: Transaction) -> None:
        entry = outbox.get(tx.connection, message)
        if entry is None or not permits(entry.state, Step.RETRY):
            raise Refused(
                "retry.not_failed",
                _("That message did not fail."),
                _("csdesk outbox shows what is on its way."),
            )
        passing.retry(tx, message)

    desk.store.write(work)


def rewrite_failed(desk: Desk, message: int) -> str:
    """Take a failed message back to write it again: it becomes the draft, and cannot be sent any more.

    A draft that stands there is put aside. Returns the text. Raises Refused when the message did not
    fail, or is on its way again, or somebody else has the conversation.
    """

    def work(tx: Transaction) -> str:
        entry, written = outbox.get(tx.connection, message), messages.get(tx.connection, message)
        if entry is None or written is None or not permits(entry.state, Step.REWRITE):
            raise Refused(
                "rewrite.not_failed",
                _("That message did not fail, or is on its way again."),
                _("Write another one."),
            )
        if not permits(
            entry.state, Step.DECIDE
        ):  # what one wrote oneself becomes one's draft, whoever has it now
            must_be_mine(conversations.get(tx.connection, entry.conversation), desk.agent)
        outbox.drop(tx.connection, message)
        reply_uses.taken_back(tx.connection, message)
        tx.record(Kind.MESSAGE_WITHDRAWN, written.uid, {"by": desk.agent.uid.hex(), "at": tx.now_ms})
        enclosed = tuple(as_file(each) for each in written.attachments)
        text, cursor = written.text, len(written.text)
        draft = Draft(entry.conversation, desk.agent.id, Mode.REPLY, text, cursor, tx.now_ms, files=enclosed)
        drafts.put_aside(tx.connection, draft, desk.session, f"{desk.session}{ASIDE}{message}")
        return written.text

    return desk.store.write(work)


def retry_failed(desk: Desk, conversation: int) -> int:
    """Send every failed message of a conversation again; how many there were."""

    def work(tx: Transaction) -> int:
        failed = outbox.failed_in(tx.connection, conversation)
        for message in failed:
            passing.retry(tx, message)
        return len(failed)

    return desk.store.write(work)
