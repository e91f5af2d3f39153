"""Contents of own attachments to the hub: a file goes on where it was, from whatever connection, as the hub says from
which byte on it wants more."""

from __future__ import annotations

from csdesk.errors import StoreError
from csdesk.i18n import N_
from csdesk.log import get_logger
from csdesk.store import carried, files
from csdesk.store.carried import ToBring
from csdesk.store.database import Store
from csdesk.sync.line import HubRefusal
from csdesk.sync.pieces import PIECE, Pieces

NOT_TAKEN, QUOTA = "CS006", "CS007"

TOO_LARGE = N_("The hub takes no file as large as this.")
NO_ROOM = N_("This desk has brought as many files to the hub as it may.")
GONE = N_("Its content is no longer beside this store.")


class Bringing:
    """Brings what own operations name. ``look_up`` finds out what that is, ``step`` brings one piece."""

    def __init__(self, store: Store, pieces: Pieces) -> None:
        self._store = store
        self._pieces = pieces
        self._looked = carried.looked_up_to(store.reader())
        self._noted = self._looked
        self._up: ToBring | None = None
        self._at = 0

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

    def step(self) -> bool:
        """Bring one piece; False when nothing is left. Raises HubRefusal."""
        if self._up is None and not self._begin_next():
            return False
        file = self._up
        if file is None:
            return True  # the hub had it, or would not have it: the next one with the next step
        try:
            piece = files.piece(self._store.path, file.sha256, self._at, PIECE)
        except StoreError as error:  # it went since it was offered, or the disk fails: the others go on
            get_logger(__name__).warning("file not brought: %s", error.code)
            self._is_brought(file, GONE)
            return True
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
            rows = self._pieces.ask(
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
            rows = self._pieces.line.rows(
                "SELECT csdesk.bring(%s::int, %s::bytea, %s::int, %s::bytea)",
                (self._store.desk, bytes.fromhex(file.sha256), self._at // PIECE, piece),
            )
        except HubRefusal as refusal:
            if refusal.sqlstate != NOT_TAKEN:
                raise
            self._is_brought(file, GONE)  # erased at the hub since it was offered
            return 0
        wanted = rows[0][0]
        self._pieces.done.bytes += len(piece)
        if wanted is not None and wanted < 0:
            self._is_brought(file, GONE)  # the file here is not what it was
        return None if wanted is None else int(wanted)

    def _is_brought(self, file: ToBring, refused: str = "") -> None:
        self._up = None
        self._store.write(lambda tx: carried.brought(tx, file, refused))
        self._pieces.done.brought += not refused
