"""When to save a draft: 150 ms after a pause, and at least every 500 ms while somebody types."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace

from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from csdesk.desk import sending
from csdesk.desk.context import Desk
from csdesk.model.message import Draft, Mode
from csdesk.model.reply import InsertedReply
from csdesk.model.transcript_file import TranscriptFile
from csdesk.store import drafts

PAUSE_MS = 150
LONGEST_MS = 500


@dataclass(frozen=True, slots=True)
class Writing:
    """What is in the composer right now, whose it is, the quick replies in it, and the files that go with it."""

    conversation: int
    mode: Mode
    text: str
    cursor: int
    replies: tuple[InsertedReply, ...] = ()
    files: tuple[TranscriptFile, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send or to keep."""
        return not self.text.strip() and not self.files


NOTHING = Writing(0, Mode.REPLY, "", 0)

Place = tuple[int, Mode]
"""A conversation and what is written in it: each has a draft of its own."""


class DraftKeeper:
    """Saves what ``note`` is told, never twice the same, through the writer thread.

    What is on its way to the disk, or was refused there, is newer than the store and is what ``load``
    gives: a slow disk never brings an older text back to the screen.
    """

    @dataclass
    class DraftSaved(Message):
        """A draft is on disk, as of ``at`` (UTC ms)."""

        at: int

    @dataclass
    class DraftNotSaved(Message):
        """The store refused: say so, the text is only on the screen."""

        error: BaseException

    def __init__(self, desk: Desk, owner: Widget) -> None:
        self._desk = desk
        self._owner = owner
        self._pending: Writing | None = None
        self._dirty_since = 0
        self._seen_at = 0
        self._timer: Timer | None = None
        self._ahead: dict[Place, tuple[Writing, int, Future[None] | None]] = {}
        self._is_refused = False

    @property
    def seen_at(self) -> int:
        """Time of the draft of an earlier run that is being gone on with: sending what came of it ends it too."""
        return self._seen_at

    def load(self, conversation: int, mode: Mode) -> tuple[Writing, int]:
        """The draft to go on with, and how many others of other sessions there are."""
        self._seen_at = 0
        held = drafts.held(self._desk.store.reader(), conversation, self._desk.agent.id, mode)
        ahead = self._ahead_of_store((conversation, mode))
        if ahead is not None:
            return ahead, sum(each.session != self._desk.session for each in held)
        if not held:
            return NOTHING, 0
        self._seen_at = held[0].draft.updated_at if held[0].session != self._desk.session else 0
        return _as_writing(held[0].draft), len(held) - 1

    def others(self, conversation: int, mode: Mode) -> list[drafts.Held]:
        """The drafts of other sessions that nobody goes on with here, newest first."""
        held = drafts.held(self._desk.store.reader(), conversation, self._desk.agent.id, mode)
        return [
            each
            for each in held
            if each.session != self._desk.session and each.draft.updated_at != self._seen_at
        ]

    def take_over(self, taken: drafts.Held) -> None:
        """What was in a draft that had come back is in this session's now: it need not be kept twice."""
        saved = self.flush()
        draft = taken.draft
        if saved is not None and taken.session.startswith(drafts.RETURNED):
            self._desk.store.submit(
                lambda tx: drafts.clear(
                    tx.connection, draft.conversation, draft.agent, draft.mode, taken.session
                )
            )

    def has_only_a_note(self, conversation: int | None) -> bool:
        """Whether a note was begun there, and no reply."""
        if conversation is None:
            return False
        reply, note = (self.load(conversation, mode)[0] for mode in (Mode.REPLY, Mode.NOTE))
        return bool(note.text) and reply.is_empty

    def bring_back(self, conversation: int, mode: Mode) -> Writing | None:
        """The draft that was put aside for a message that is sent now, or came back while it was written, as this
        session's again; None without."""
        agent, session = self._desk.agent.id, self._desk.session
        held = drafts.held(self._desk.store.reader(), conversation, agent, mode)
        kept = (session + sending.ASIDE, drafts.RETURNED)
        aside = next((each for each in held if each.session.startswith(kept)), None)
        if aside is None:
            return None
        brought = _as_writing(aside.draft)
        self._save(brought, 0)
        self._desk.store.submit(
            lambda tx: drafts.clear(tx.connection, conversation, agent, mode, aside.session)
        )
        return brought

    def note(self, writing: Writing) -> None:
        """The composer holds this now."""
        now = self._desk.clock.monotonic_ms()
        if self._pending is None:
            self._dirty_since = now
        self._pending = writing
        due = min(PAUSE_MS, max(1, self._dirty_since + LONGEST_MS - now))
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._owner.set_timer(due / 1000, self.flush)

    def flush(self) -> Future[None] | None:
        """Save what is pending, now; the future is done when it is on disk."""
        writing, self._pending = self._pending, None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        return None if writing is None else self._save(writing, self._seen_at)

    def put_back(self, writing: Writing) -> None:
        """Save a text for a place that is not the one on the screen, before what stands there."""
        place = (writing.conversation, writing.mode)
        ahead = self._ahead_of_store(place)
        held = drafts.held(self._desk.store.reader(), writing.conversation, self._desk.agent.id, writing.mode)
        newer = ahead or next((_as_writing(each.draft) for each in held), NOTHING)
        is_in_it = writing.text.startswith(newer.text)
        text = writing.text if is_in_it else f"{writing.text}\n{newer.text}"
        files = tuple(dict.fromkeys((*writing.files, *newer.files)))
        self._save(replace(writing, text=text, files=files), 0)

    def _save(self, writing: Writing, seen_at: int) -> Future[None]:
        saved = sending.save_draft(
            self._desk,
            writing.conversation,
            writing.mode,
            writing.text,
            writing.cursor,
            seen_at=seen_at,
            replies=writing.replies,
            enclosed=writing.files,
        )
        self._ahead[writing.conversation, writing.mode] = writing, seen_at, saved
        saved.add_done_callback(self._tell)
        return saved

    def save_all(self) -> list[Future[None]]:
        """Save what is pending and, once more, what was refused; done when it is on disk."""
        pending = self.flush()
        again = [
            self._save(writing, seen_at)
            for writing, seen_at, saved in list(self._ahead.values())
            if _was_refused(saved)
        ]
        return again if pending is None else [pending, *again]

    def retry(self) -> None:
        """Save once more what was refused: called each second, until the disk takes it."""
        if self._is_refused:
            self.save_all()

    def _ahead_of_store(self, place: Place) -> Writing | None:
        """What the store does not hold yet of a place."""
        writing, _seen_at, saved = self._ahead.get(place, (None, 0, None))
        if saved is not None and saved.done() and saved.exception() is None:
            del self._ahead[place]
            return None
        return writing

    def forget(self, conversation: int, mode: Mode) -> None:
        """What is written there is being sent: do not save it, and do not show it again until ``settle``."""
        self._ahead[conversation, mode] = Writing(conversation, mode, "", 0), 0, None
        self._pending = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def settle(self, conversation: int, mode: Mode) -> None:
        """What was being sent is gone, or refused: the store knows again, unless more was written since."""
        if self._ahead.get((conversation, mode), (None, 0, self))[2] is None:
            del self._ahead[conversation, mode]

    def _tell(self, saved: Future[None]) -> None:
        """Say how it went, of several refusals in a row only the first. Runs on the writer's thread."""
        error = saved.exception()
        was_refused, self._is_refused = self._is_refused, error is not None
        if error is None:
            self._owner.post_message(self.DraftSaved(self._desk.now_ms()))
        elif not was_refused:
            self._owner.post_message(self.DraftNotSaved(error))


def _as_writing(draft: Draft) -> Writing:
    return Writing(draft.conversation, draft.mode, draft.text, draft.cursor, draft.replies, draft.files)


def _was_refused(saved: Future[None] | None) -> bool:
    return saved is not None and saved.done() and saved.exception() is not None
