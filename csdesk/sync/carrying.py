"""Contents of attachments to and from the hub, one piece at a time: between two pieces everything else has its turn.

A piece is 64 KiB. What is brought goes on where it was, whenever and from whatever connection: the hub says from which
byte on it wants more. What is fetched is looked at as a whole before it takes its place beside the store.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from csdesk.errors import CsdeskError
from csdesk.i18n import N_
from csdesk.log import get_logger
from csdesk.store import carried, erasing, files
from csdesk.store.carried import ToBring, Wish
from csdesk.store.database import Store
from csdesk.store.writer import Transaction
from csdesk.sync.line import HubRefusal, Line

PIECE = 64 * 1024
ASKED_AT_ONCE = 200
NOT_TAKEN, QUOTA = "CS006", "CS007"
MEGABYTE = 1024 * 1024

NOT_THERE = N_("The hub does not have it yet: it comes once the desk that got it is online.")
NOT_WHOLE = N_("What the hub gave is not this file.")
TOO_LARGE = N_("The hub takes no file as large as this.")
NO_ROOM = N_("This desk has brought as many files to the hub as it may.")
GONE = N_("Its content is no longer beside this store.")

OLDER_HUB = frozenset({"42883", "42501", "3F000"})
"""A hub that was made before contents travelled knows none of its functions."""

Tell = Callable[[int, int], None]


@dataclass(slots=True)
class _Coming:
    wish: Wish
    bytes: bytearray = field(default_factory=bytearray)
    told: int = 0


@dataclass(slots=True)
class Carried:
    """What went and came: files, and their bytes."""

    brought: int = 0
    fetched: int = 0
    bytes: int = 0


class Carrier:
    """Carries contents for one store over one line. ``step`` is one piece; ``look`` finds what there is to do.

    ``agent`` is whose conversations count beside those that are open, ``most_bytes`` how long a file may be that is
    fetched without being asked for; 0 fetches none.
    """

    def __init__(self, store: Store, line: Line, *, agent: str = "", most_bytes: int = 0) -> None:
        self._store = store
        self._line = line
        self._agent = agent
        self._most_bytes = most_bytes
        self._looked = carried.looked_up_to(store.reader())
        self._noted = self._looked
        self._coming: _Coming | None = None
        self._wanted: list[Wish] = []
        self._up: ToBring | None = None
        self._at = 0
        self._is_refused = False
        self._is_swept = False
        self.done = Carried()

    def look(self) -> None:
        """See what is to be brought, and which files that are wanted the hub has by now. Raises HubRefusal."""
        if not self._is_swept and erasing.unfinished(self._store.reader())[1]:
            files.sweep(self._store)  # an erasure came, and this program was killed before it got so far
        self._is_swept = True
        if self._is_refused:
            return
        self.look_up()
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
        self._wanted = [replace(wish, size=here[wish.sha256]) for wish in asked if wish.sha256 in here]
        for wish in wishes:
            if wish.sha256 not in here and wish.reason != NOT_THERE:
                self._tell(replace(wish, reason=NOT_THERE))

    def wants(self) -> bool:
        """Whether somebody waits for a file that was not asked for yet: a look into the store alone."""
        known = {wish.sha256 for wish in self._wanted}
        return any(
            not wish.reason and wish.sha256 not in known for wish in carried.wishes(self._store.reader())
        )

    def step(self) -> bool:
        """Carry one piece; whether there is more to carry. Raises HubRefusal when the line breaks."""
        if self._is_refused:
            return False
        try:
            return self._fetch_piece() or self._bring_piece()
        except CsdeskError as error:  # a full disk, a folder that may not be written: the log goes on without
            get_logger(__name__).warning("file not kept: %s", error.code)
            self._give_up(error.sentence)
            return False

    def bytes_to_do(self) -> int:
        """How much there is to bring and to fetch, as far as is known."""
        return carried.bytes_to_bring(self._store.reader()) + sum(wish.size for wish in self._wanted)

    def look_up(self) -> None:
        """Note the files that own operations name, as far as the hub has these: a look into the store alone."""
        while True:
            upto, found = carried.named(self._store.reader(), self._looked)
            if found or upto - self._noted >= carried.AT_ONCE:
                self._store.write(lambda tx, upto=upto, found=found: carried.note(tx, upto, found))  # type: ignore[misc]
                self._noted = upto
            if upto == self._looked:
                return
            self._looked = upto

    def _settled(self, wish: Wish) -> bool:
        """Whether a wish is over: the file is here, or nothing names it any more."""
        is_over = files.is_here(self._store.path, wish.sha256) or not carried.is_named(
            self._store.reader(), wish.sha256
        )
        if is_over:
            self._store.write(lambda tx: carried.fulfilled(tx, wish.sha256))
        return is_over

    def _there(self, asked: Iterable[Wish]) -> dict[str, int]:
        digests = [bytes.fromhex(wish.sha256) for wish in asked]
        if not digests:
            return {}
        rows = self._ask("SELECT digest, size FROM csdesk.files_here(%s::bytea[])", digests)
        return {bytes(digest).hex(): size for digest, size in rows}

    def _ask(self, query: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Rows of an answer; none, and never again, from a hub that carries no files."""
        try:
            return self._line.rows(query, arguments)
        except HubRefusal as refusal:
            if refusal.sqlstate not in OLDER_HUB:
                raise
            self._is_refused = True
            return []

    def _fetch_piece(self) -> bool:
        if self._coming is None:
            if not self._wanted:
                return False
            self._coming = _Coming(self._wanted.pop(0))
        coming = self._coming
        digest, place = bytes.fromhex(coming.wish.sha256), len(coming.bytes) // PIECE
        rows = self._ask("SELECT csdesk.file_part(%s::bytea, %s::int)", digest, place)
        piece = rows[0][0] if rows else None
        if not isinstance(piece, bytes) or not piece:
            self._coming = None  # erased meanwhile
            return True
        coming.bytes += piece
        self.done.bytes += len(piece)
        if len(coming.bytes) >= coming.wish.size:
            self._take_in(coming)
            self._coming = None
        elif len(coming.bytes) - coming.told >= max(PIECE, coming.wish.size // 20):
            coming.told = len(coming.bytes)
            self._tell(replace(coming.wish, had=coming.told))
        return True

    def _take_in(self, coming: _Coming) -> None:
        """Put a whole file in its place, if something here names it still."""
        sha256 = coming.wish.sha256
        if hashlib.sha256(coming.bytes).hexdigest() != sha256:
            self._tell(replace(coming.wish, reason=NOT_WHOLE))
            return
        with files.arrivals(self._store.path) as arrivals:
            path = arrivals.add(bytes(coming.bytes))

            def work(tx: Transaction) -> None:
                if carried.is_named(tx.connection, sha256):
                    files.put_in_place([path])
                carried.fulfilled(tx, sha256)

            self._store.write(work)
        self.done.fetched += 1

    def _tell(self, wish: Wish) -> None:
        self._store.write(lambda tx: carried.tell(tx, wish))

    def _give_up(self, reason: str) -> None:
        """What is being fetched cannot be kept here: who waits for it is told, and may ask again."""
        if self._coming is not None:
            coming, self._coming = self._coming, None
            self._tell(replace(coming.wish, reason=reason))

    def _bring_piece(self) -> bool:
        if self._up is None and not self._begin_next():
            return False
        file = self._up
        if file is None:
            return True  # the hub had it, or would not have it: the next one with the next step
        piece = files.piece(self._store.path, file.sha256, self._at, PIECE)
        wanted = self._bring(file, piece)
        if wanted is None:
            self._is_brought(file)
        else:
            self._at = wanted  # of a file that was given up it counts for nothing
        return True

    def _begin_next(self) -> bool:
        """Offer the next file to be brought; False when there is none."""
        file = carried.next_to_bring(self._store.reader())
        if file is None:
            return False
        if not files.is_here(self._store.path, file.sha256):
            self._is_brought(file, GONE)
            return True
        try:
            rows = self._ask(
                "SELECT csdesk.offer(%s::int, %s::int8, %s::bytea, %s::int8)",
                self._store.desk,
                file.dseq,
                bytes.fromhex(file.sha256),
                file.size,
            )
        except HubRefusal as refusal:
            if refusal.sqlstate not in (NOT_TAKEN, QUOTA):
                raise
            self._is_brought(file, NO_ROOM if refusal.sqlstate == QUOTA else TOO_LARGE)
            return True
        wanted = rows[0][0] if rows else None
        if not isinstance(wanted, int):
            if rows:
                self._is_brought(file)
            return bool(rows)
        self._up, self._at = file, wanted
        return True

    def _bring(self, file: ToBring, piece: bytes) -> int | None:
        """Send a piece; from where on more is wanted, None when that was the last, or the hub will not have it."""
        try:
            rows = self._line.rows(
                "SELECT csdesk.bring(%s::int, %s::bytea, %s::int, %s::bytea)",
                (self._store.desk, bytes.fromhex(file.sha256), self._at // PIECE, piece),
            )
        except HubRefusal as refusal:
            if refusal.sqlstate != NOT_TAKEN:
                raise
            self._is_brought(file, GONE)  # erased at the hub since it was offered
            return 0
        wanted = rows[0][0]
        self.done.bytes += len(piece)
        if wanted is not None and wanted < 0:
            self._is_brought(file, GONE)  # the file here is not what it was
        return None if wanted is None else int(wanted)

    def _is_brought(self, file: ToBring, refused: str = "") -> None:
        self._up = None
        self._store.write(lambda tx: carried.brought(tx, file, refused))
        self.done.brought += not refused


def carry_all(carrier: Carrier, tell: Tell = lambda done, total: None) -> Carried:
    """Bring and fetch all there is to; ``tell`` hears the bytes. Raises HubRefusal."""
    carrier.look()
    total = carrier.bytes_to_do()
    while carrier.step():
        tell(min(carrier.done.bytes, total), total)
    return carrier.done
