"""Unsent text, kept per conversation, agent, mode and session: a kill costs half a second of it.

Two desks open on one store each keep their own text: the newest shows, the other is offered,
and only text that its writer has seen is ever replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from csdesk.model.conversation import Mark
from csdesk.model.message import Draft, Mode
from csdesk.store.connect import Connection
from csdesk.store.rows import next_version
from csdesk.store.words import Words

if TYPE_CHECKING:
    from csdesk.model.reply import InsertedReply
    from csdesk.model.transcript_file import TranscriptFile

RETURNED = "returned+"
"""Before the number of a reply that a teacher returned: the session of the draft that it is again."""

_SELECT = "SELECT conversation, agent, mode, text, cursor, updated_at, session, replies, files FROM draft"


@dataclass(frozen=True, slots=True)
class Held:
    """A draft and the session that wrote it."""

    draft: Draft
    session: str


def held(connection: Connection, conversation: int, agent: int, mode: Mode) -> list[Held]:
    """The drafts of one agent in one mode of a conversation, newest first: usually one."""
    rows = connection.execute(
        f"{_SELECT} WHERE conversation = ? AND agent = ? AND mode = ? ORDER BY updated_at DESC",
        (conversation, agent, mode),
    ).fetchall()
    return [_held(row) for row in rows]


def of_agent(connection: Connection, agent: int) -> list[Held]:
    """All drafts of an agent, newest first."""
    rows = connection.execute(f"{_SELECT} WHERE agent = ? ORDER BY updated_at DESC", (agent,)).fetchall()
    return [_held(row) for row in rows]


_MODES = Words(Mode)


def _held(row: tuple[int, int, str, str, int, int, str, str, str]) -> Held:
    conversation, agent, mode, text, cursor, updated_at, session, replies, files = row
    draft = Draft(
        conversation, agent, _MODES[mode], text, cursor, updated_at, _replies(replies), _files(files)
    )
    return Held(draft, session)


def _replies(rows: str) -> tuple[InsertedReply, ...]:
    if rows == "[]":
        return ()
    import json

    from csdesk.model.reply import InsertedReply  # most drafts have none: the first frame does without it

    return tuple(InsertedReply.from_row(each) for each in json.loads(rows))


def _files(rows: str) -> tuple[TranscriptFile, ...]:
    if rows == "[]":
        return ()
    import json

    from csdesk.model.transcript_file import TranscriptFile

    return tuple(TranscriptFile(*each) for each in json.loads(rows))


def _row_of(file: TranscriptFile) -> tuple[str, str, int, str]:
    """As ``files`` reads the digest from it."""
    return file.name, file.kind, file.size, file.sha256


def save(connection: Connection, draft: Draft, session: str, *, seen_at: int = 0) -> None:
    """Keep ``draft``; drafts of other sessions go only when they are no newer than ``seen_at``.

    An empty text without a file removes the session's draft.
    """
    import json

    place = (draft.conversation, draft.agent, draft.mode)
    connection.execute(
        "DELETE FROM draft WHERE conversation=? AND agent=? AND mode=? AND session<>? AND updated_at<=?",
        (*place, session, seen_at),
    )
    if draft.text or draft.files:
        connection.execute(
            "INSERT INTO draft(conversation, agent, mode, session, text, cursor, updated_at, replies, files)"
            " VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(conversation, agent, mode, session) DO UPDATE SET"
            " text=excluded.text, cursor=excluded.cursor, updated_at=excluded.updated_at,"
            " replies=excluded.replies, files=excluded.files",
            (
                *place,
                session,
                draft.text,
                draft.cursor,
                draft.updated_at,
                json.dumps([each.as_row() for each in draft.replies]),
                json.dumps([_row_of(each) for each in draft.files]),
            ),
        )
    else:
        connection.execute(
            "DELETE FROM draft WHERE conversation=? AND agent=? AND mode=? AND session=?", (*place, session)
        )
    _mark(connection, draft.conversation)


def sent(connection: Connection, draft: Draft, session: str) -> None:
    """Forget what has just been sent: this session's draft, and any other that says the same.

    A draft that a run before this one left behind is shown and sent without being saved again. Other
    drafts stay unless they are no newer than ``draft.updated_at``, the one that its writer had seen.
    """
    connection.execute(
        "DELETE FROM draft WHERE conversation=? AND agent=? AND mode=?"
        " AND (session=? OR updated_at<=? OR trim(text, char(10, 32))=nullif(?, ''))",
        (draft.conversation, draft.agent, draft.mode, session, draft.updated_at, draft.text),
    )
    _mark(connection, draft.conversation)


def put_aside(connection: Connection, draft: Draft, session: str, aside: str) -> None:
    """Make room for ``draft``, which becomes the session's: what stands there is kept as session ``aside``."""
    place = (draft.conversation, draft.agent, draft.mode)
    connection.execute(
        "UPDATE draft SET session = ?, updated_at = min(updated_at, ?)"
        " WHERE conversation=? AND agent=? AND mode=? AND session=?",
        (aside, draft.updated_at - 1, *place, session),
    )
    save(connection, draft, session)


def hand_back(connection: Connection, draft: Draft, message: int) -> None:
    """A reply that was returned is its writer's newest draft again, beside whatever they write now."""
    held_here = held(connection, draft.conversation, draft.agent, draft.mode)
    newest = max((each.draft.updated_at for each in held_here), default=0)
    at = max(draft.updated_at, newest + 1)
    save(connection, replace(draft, updated_at=at), f"{RETURNED}{message}")


def clear(connection: Connection, conversation: int, agent: int, mode: Mode, session: str | None) -> None:
    """Forget the drafts of one session (None: of all) once they were sent or dropped."""
    connection.execute(
        "DELETE FROM draft WHERE conversation=? AND agent=? AND mode=? AND session=coalesce(?, session)",
        (conversation, agent, mode, session),
    )
    _mark(connection, conversation)


def _mark(connection: Connection, conversation: int) -> None:
    """Show or hide the pencil in the queue; the row changes only when the sign does."""
    connection.execute(
        "UPDATE conversation SET marks = (marks | :bit) - (marks & :bit), version = :version WHERE id = :id AND"
        " ((marks & :bit) <> 0) IS NOT (EXISTS (SELECT 1 FROM draft WHERE conversation = :id))",
        {"bit": int(Mark.DRAFT), "version": next_version(connection), "id": conversation},
    )
