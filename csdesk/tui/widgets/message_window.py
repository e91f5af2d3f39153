"""A window of neighbouring messages of one conversation, read by id. Nothing here draws."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final, Protocol

from csdesk.model.message import Message

FIRST_PAGE: Final = 50
PAGE: Final = 100
MOST: Final = 2000


class MessageSource(Protocol):
    """The messages of one conversation; each answer is ordered oldest first.

    Events stand among the messages and are not counted: an answer may be longer than ``limit``.
    """

    def before(self, message_id: int | None, limit: int) -> list[Message]:
        """Up to ``limit`` messages just before one (None: the newest ones)."""

    def after(self, message_id: int, limit: int) -> list[Message]:
        """Up to ``limit`` messages just after one."""


class NoMessages:
    """A conversation without messages, or none chosen."""

    def before(self, message_id: int | None, limit: int) -> list[Message]:
        return []

    def after(self, message_id: int, limit: int) -> list[Message]:
        return []


class MessageWindow:
    """Up to MOST messages of ``source``, with what is known of its ends."""

    def __init__(self, source: MessageSource) -> None:
        self.source = source
        self.messages: list[Message] = []
        self.has_older = False
        self.has_newer = False
        self.load_newest()

    @property
    def last_id(self) -> int:
        """Id of the newest message in the window; 0 when there is none."""
        return self.messages[-1].id if self.messages else 0

    def load_newest(self) -> None:
        """The window becomes the end of the conversation."""
        self.messages = self.source.before(None, FIRST_PAGE)
        self.has_older = len(self.messages) >= FIRST_PAGE
        self.has_newer = False

    def load_oldest(self) -> None:
        """The window becomes the beginning of the conversation."""
        self.messages = self.source.after(0, PAGE)
        self.has_older = False
        self.has_newer = len(self.messages) >= PAGE

    def load_around(self, message_id: int) -> int | None:
        """The window becomes the neighbourhood of a message; its place, None when it is not there.

        The window stays as it is when the message is gone.
        """
        newer = self.source.after(message_id - 1, PAGE)
        if not newer or newer[0].id != message_id:
            return None
        older = self.source.before(message_id, PAGE)
        self.messages = [*older, *newer]
        self.has_older, self.has_newer = len(older) >= PAGE, len(newer) >= PAGE
        return len(older)

    def load_older(self) -> bool:
        """Read the page before the window; True when there was any."""
        if not self.has_older or not self.messages:
            return False
        page = self.source.before(self.messages[0].id, PAGE)
        self.messages[:0] = page
        self.has_older = len(page) >= PAGE
        if len(self.messages) > MOST:
            del self.messages[MOST:]
            self.has_newer = True
        return bool(page)

    def load_newer(self) -> bool:
        """Read the page behind the window; True when there was any."""
        if not self.has_newer:
            return False
        page = self.source.after(self.last_id, PAGE)
        self.messages.extend(page)
        self.has_newer = len(page) >= PAGE
        if len(self.messages) > MOST:
            del self.messages[: len(self.messages) - MOST]
            self.has_older = True
        return bool(page)

    def reload_tail(self, changed: Iterable[int] | None) -> bool:
        """Read what may have changed: ``changed`` messages and the end. True when anything differs.

        None means that any message of the window may have changed.
        """
        old = list(self.messages)
        if changed is None:
            self._reread_all()
        else:
            for message_id in sorted(set(changed)):
                self._reread(message_id)
        if not self.has_newer:
            self._read_end()
        return self.messages != old

    def _reread(self, message_id: int) -> None:
        place = bisect_left(self.messages, message_id, key=lambda message: message.id)
        if place == len(self.messages) or self.messages[place].id != message_id:
            return
        found = self.source.after(message_id - 1, 1)
        if found and found[0].id == message_id:
            self.messages[place] = found[0]
        else:
            del self.messages[place]

    def _reread_all(self) -> None:
        if not self.messages:
            return
        count = len(self.messages)
        self.messages = self.source.after(self.messages[0].id - 1, count)
        self.has_newer = bool(self.messages) and bool(self.source.after(self.last_id, 1))
        if self.has_newer and count < MOST:
            self.has_newer = False

    def _read_end(self) -> None:
        newest = self.source.before(None, FIRST_PAGE)
        first = newest[0].id if newest else 0
        if self.messages and first > self.last_id and len(newest) >= FIRST_PAGE:
            newest = self.source.after(self.last_id, MOST)
            first = newest[0].id if newest else 0
        keep = bisect_left(self.messages, first, key=lambda message: message.id) if newest else 0
        self.messages[keep:] = newest
        if not keep:
            self.has_older = len(newest) >= FIRST_PAGE
        if len(self.messages) > MOST:
            del self.messages[: len(self.messages) - MOST]
            self.has_older = True

    def count_after(self, message_id: int, limit: int = PAGE) -> int:
        """How many messages follow ``message_id``, counted to ``limit``."""
        if not self.has_newer:
            place = bisect_left(self.messages, message_id + 1, key=lambda message: message.id)
            return min(limit, len(self.messages) - place)
        return len(self.source.after(message_id, limit))
