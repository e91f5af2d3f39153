"""Contents of attachments to and from the hub, one piece at a time: between two pieces everything else has its turn."""

from __future__ import annotations

from collections.abc import Callable

from csdesk.errors import CsdeskError
from csdesk.log import get_logger
from csdesk.store import carried, erasing, files
from csdesk.store.database import Store
from csdesk.sync.bringing import Bringing
from csdesk.sync.fetching import Fetching
from csdesk.sync.line import Line
from csdesk.sync.pieces import Carried, Pieces

Tell = Callable[[int, int], None]


class Carrier:
    """Carries contents for one store over one line. ``step`` is one piece; ``look`` finds what there is to do.

    ``agent`` is whose conversations count beside those that are open, ``most_bytes`` how long a file may be that is
    fetched without being asked for; 0 fetches none.
    """

    def __init__(self, store: Store, line: Line, *, agent: str = "", most_bytes: int = 0) -> None:
        self._store = store
        self._pieces = Pieces(line)
        self._up = Bringing(store, self._pieces)
        self._down = Fetching(store, self._pieces, agent, most_bytes)
        self._is_swept = False

    @property
    def done(self) -> Carried:
        """What was carried so far."""
        return self._pieces.done

    def look(self) -> None:
        """See what is to be brought, and which files that are wanted the hub has by now. Raises HubRefusal."""
        if not self._is_swept:
            self._sweep()
        if not self._pieces.is_refused:
            self._up.look_up()
            self._down.look()

    def _sweep(self) -> None:
        """Once: take away what an erasure, or a program that was killed, left lying here."""
        if erasing.unfinished(self._store.reader())[1]:
            files.sweep(self._store)
        else:
            files.sweep_coming(self._store)
        self._is_swept = True

    def wants(self) -> bool:
        """Whether somebody waits for a file that was not asked for yet: a look into the store alone."""
        return self._down.wants()

    def step(self) -> bool:
        """Carry one piece; whether there is more to carry. Raises HubRefusal when the line breaks."""
        if self._pieces.is_refused:
            return False
        try:
            return self._down.step() or self._up.step()
        except CsdeskError as error:  # a full disk, a folder that may not be written: the log goes on without
            get_logger(__name__).warning("file not kept: %s", error.code)
            self._down.give_up(error.sentence)
            return False

    def bytes_to_do(self) -> int:
        """How much there is to bring and to fetch, as far as is known."""
        return carried.bytes_to_bring(self._store.reader()) + self._down.bytes_to_do()

    def close(self) -> None:
        """Leave what has come of a file where it is: whoever carries next goes on behind it."""
        self._down.close()

    def look_up(self) -> None:
        """Note the files that own operations name, as far as the hub has these: a look into the store alone."""
        self._up.look_up()


def carry_all(carrier: Carrier, tell: Tell = lambda done, total: None) -> Carried:
    """Bring and fetch all there is to; ``tell`` hears the bytes. Raises HubRefusal."""
    try:
        carrier.look()
        total = carrier.bytes_to_do()
        while carrier.step():
            tell(min(carrier.done.bytes, total), total)
    finally:
        carrier.close()
    return carrier.done
