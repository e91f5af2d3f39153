"""The store as our lists read it: pages of the queue, pages of a conversation.

Both read by index on the UI thread's own connection, which takes less than a thread hop.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from csdesk.desk.context import Desk
from csdesk.model.conversation import Page, Sort, View
from csdesk.model.message import Message
from csdesk.store import messages, queue
from csdesk.store.queue_filters import QueueFilter


@dataclass
class QueueSource:
    """One view of the queue, narrowed by a filter and sorted."""

    desk: Desk
    view: View
    narrowed: QueueFilter = field(default_factory=QueueFilter)
    sort: Sort = Sort.WAIT

    def page(self, after: str | None, before: str | None, limit: int) -> Page:
        return queue.page(
            self.desk.store.reader(),
            self.view,
            agent=self.desk.agent.id,
            after=after,
            before=before,
            limit=limit,
            narrowed=self.narrowed,
            sort=self.sort,
        )

    def total(self) -> int:
        """How many rows there are: with a filter that leaves very many, about as many."""
        reader, agent = self.desk.store.reader(), self.desk.agent.id
        if not self.narrowed.is_empty:
            return queue.count_narrowed(reader, self.view, self.narrowed, agent=agent)[0]
        return queue.counts(reader, agent).of(self.view)

    def locate(self, conversation_id: int) -> str | None:
        row = queue.locate(
            self.desk.store.reader(),
            self.view,
            conversation_id,
            agent=self.desk.agent.id,
            narrowed=self.narrowed,
            sort=self.sort,
        )
        return row.key if row else None


@dataclass
class ConversationSource:
    """The line of time of one conversation."""

    desk: Desk
    conversation: int

    def before(self, message_id: int | None, limit: int) -> list[Message]:
        return messages.before(self.desk.store.reader(), self.conversation, message_id, limit)

    def after(self, message_id: int | None, limit: int) -> list[Message]:
        return messages.after(self.desk.store.reader(), self.conversation, message_id, limit)
