"""Contents of colleagues' attachments from the hub: a file goes on behind the pieces that lie beside the store already,
and is looked at as a whole before it takes its place there."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace

from csdesk.errors import CsdeskError
from csdesk.i18n import N_
from csdesk.store import carried, coming, files
from csdesk.store.carried import NOT_THERE, Wish
from csdesk.store.coming import Coming
from csdesk.store.database import Store
from csdesk.store.writer import Transaction
from csdesk.sync.pieces import PIECE, Pieces

ASKED_AT_ONCE = 200

NOT_WHOLE = N_("What the hub gave is not this file.")


@dataclass(slots=True)
class _Fetched:
    """The file that is being fetched: who waits for it, what of it is here, and how much of that they were told."""

    wish: Wish
    part: Coming
    told: int = 0


class Fetching:
    """Fetches what somebody waits for, and by itself what is small: ``look`` finds out what that is, ``step`` fetches one
    piece. ``agent`` and ``most_bytes`` as for ``carrying.Carrier``."""

    def __init__(self, store: Store, pieces: Pieces, agent: str, most_bytes: int) -> None:
        self._store = store
        self._pieces = pieces
        self._agent = agent
        self._most_bytes = most_bytes
        self._coming: _Fetched | None = None
        self._wanted: list[Wish] = []
        self._unasked: set[str] = set()

    def look(self) -> None:
        """See which files that are wanted the hub has by now. Raises HubRefusal."""
        wishes = [wish for wish in carried.wishes(self._store.reader()) if not self._settled(wish)]
        waited_for = {wish.sha256 for wish in wishes}
        open_ones = carried.of_open_talks(self._store.reader(), self._agent, self._most_bytes)
        missing = [
            wish
            for wish in open_ones
            if wish.sha256 not in waited_for and not files.is_here(self._store.path, wish.sha256)
        ]
        asked = [*wishes, *missing][:ASKED_AT_ONCE]
        here = self._there(asked)
        on_its_way = self._coming.wish.sha256 if self._coming is not None else ""
        self._wanted = [
            replace(wish, size=here[wish.sha256])
            for wish in asked
            if wish.sha256 in here and wish.sha256 != on_its_way
        ]
        self._unasked = {wish.sha256 for wish in asked[len(wishes) :] if wish.sha256 in here}
        self._note_coming()
        for wish in wishes:
            if wish.sha256 not in here and wish.reason != NOT_THERE:
                self._tell(replace(wish, reason=NOT_THERE))

    def _note_coming(self) -> None:
        """Have the store say how many files come that nobody asked for."""
        if carried.coming(self._store.reader()) != len(self._unasked):
            self._store.write(lambda tx: carried.note_coming(tx, len(self._unasked)))

    def wants(self) -> bool:
        """Whether somebody waits for a file that was not asked for yet: a look into the store alone."""
        known = {wish.sha256 for wish in self._known()}
        return any(
            not wish.reason and wish.sha256 not in known for wish in carried.wishes(self._store.reader())
        )

    def _known(self) -> list[Wish]:
        """What is being fetched, and what is to be next."""
        return [*([self._coming.wish] if self._coming is not None else []), *self._wanted]

    def bytes_to_do(self) -> int:
        """How much there is to fetch, as far as is known."""
        path = self._store.path
        return sum(max(0, wish.size - coming.had(path, wish.sha256)) for wish in self._known())

    def close(self) -> None:
        """Leave what has come of a file where it is: whoever fetches next goes on behind it."""
        if self._coming is not None:
            self._coming.part.close()
            self._coming = None

    def _settled(self, wish: Wish) -> bool:
        """Whether a wish is over: the file is here, or nothing names it any more."""
        is_over = files.is_here(self._store.path, wish.sha256) or not carried.is_named(
            self._store.reader(), wish.sha256
        )
        if is_over:
            self._store.write(lambda tx: carried.fulfilled(tx, wish.sha256))
        return is_over

    def _there(self, asked: Iterable[Wish]) -> dict[str, int]:
        digests = [bytes.fromhex(wish.sha256) for wish in asked if files.is_digest(wish.sha256)]
        if not digests:
            return {}
        rows = self._pieces.ask("SELECT digest, size FROM csdesk.files_here(%s::bytea[])", digests)
        return {bytes(digest).hex(): size for digest, size in rows}

    def step(self) -> bool:
        """Fetch one piece; False when nothing is wanted. Raises HubRefusal, StoreError."""
        if self._coming is None and not self._fetch_next():
            return False
        fetched = self._coming
        if fetched is None:
            return True  # another program brings it: the next one with the next step
        wish, part = fetched.wish, fetched.part
        if part.had < wish.size:
            rows = self._pieces.ask(
                "SELECT csdesk.file_part(%s::bytea, %s::int)", bytes.fromhex(wish.sha256), part.had // PIECE
            )
            piece = rows[0][0] if rows else None
            if not isinstance(piece, bytes) or not piece:
                self._coming = None
                part.drop()  # erased meanwhile
                return True
            part.add(piece)
            self._pieces.done.bytes += len(piece)
        if part.had >= wish.size:
            self._take_in(wish, part)
            self._coming = None
        elif part.had - fetched.told >= max(PIECE, wish.size // 20):
            fetched.told = part.had
            self._tell(replace(wish, had=part.had))
        return True

    def _fetch_next(self) -> bool:
        """Go on with the next file that is wanted, behind what has come of it; False when there is none."""
        if not self._wanted:
            return False
        wish = self._wanted.pop(0)
        try:
            part = coming.resume(self._store.path, wish.sha256, PIECE)
        except CsdeskError as error:
            self._tell(replace(wish, reason=error.sentence))
            raise
        if part is not None:
            self._coming = _Fetched(wish, part)
        return True

    def _take_in(self, wish: Wish, part: Coming) -> None:
        """Put a whole file in its place, if something here names it still.

        What was gone on with and is not the file (a machine that lost power has zeros where its last writes were) begins
        again, once.
        """
        sha256 = wish.sha256
        if not part.is_whole(sha256):
            part.drop()
            if part.is_resumed:
                self._wanted.insert(0, wish)
            else:
                self._tell(replace(wish, reason=NOT_WHOLE))
            return

        def work(tx: Transaction) -> None:
            if carried.is_named(tx.connection, sha256):
                files.put_coming_in_place(self._store.path, part.path)
            else:
                part.drop()
            carried.fulfilled(tx, sha256)
            carried.note_coming(tx, len(self._unasked - {sha256}))

        with closing(part):
            self._store.write(work)
        self._unasked.discard(sha256)
        self._pieces.done.fetched += 1

    def give_up(self, reason: str) -> None:
        """What is being fetched cannot be kept here: who waits for it is told, and may ask again."""
        if self._coming is not None:
            fetched, self._coming = self._coming, None
            fetched.part.drop()  # what it takes of a full disk is somebody else's
            self._tell(replace(fetched.wish, reason=reason))

    def _tell(self, wish: Wish) -> None:
        self._store.write(lambda tx: carried.tell(tx, wish))
