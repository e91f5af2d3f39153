"""What keeps the screen alive while the store cannot be read: a card says so, and the work goes on.

A handler that raises ends its widget, and Textual then the program. Widgets whose handlers read the
store, or run the actions of keys, are ``Survives``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.message import Message
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from csdesk.tui.panes.card import Card


@runtime_checkable
class HasCard(Protocol):
    """A screen with a card to say things on."""

    card: Card


@runtime_checkable
class TellsTrouble(Protocol):
    """An app that can show a person what went wrong."""

    def tell_trouble(self, error: Exception) -> bool:
        """Show ``error``; False when it is none that a person can do something about."""


class Survives(MessagePump):
    """A pump that goes on with the next message when a handler fails for a reason we can name."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            app = self.app
            if not (isinstance(app, TellsTrouble) and app.tell_trouble(error)):
                raise
