"""The store's change feed, polled for the screen: one message a round, only when there is news."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message
from textual.message_pump import MessagePump

from csdesk.store.changes import ChangeFeed
from csdesk.store.connect import Connection

POLL_S = 0.1
"""Ten polls a second cost a quarter of a percent of a core (research/perf.md, 2)."""


@dataclass
class StoreChanged(Message):
    """Something was committed. ``conversations`` look different now; None: too many to name."""

    conversations: frozenset[int] | None


class Feed:
    """Posts StoreChanged to ``listener`` when the store has moved."""

    def __init__(self, connection: Connection, listener: MessagePump) -> None:
        self._changes = ChangeFeed(connection)
        self._listener = listener
        listener.set_interval(POLL_S, self.poll)

    def poll(self) -> None:
        """Look once, now. Raises the driver's error; what was missed meanwhile is told by the next poll."""
        news = self._changes.poll()
        if news is not None:
            self._listener.post_message(StoreChanged(news.conversations))
