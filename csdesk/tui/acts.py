"""The use cases as the screens call them, each loaded when it is first used.

The screens' actions stand behind keys that nobody presses before the first frame: what they need
is a dozen modules that the frame does not wait for. ``acts.work.claim(...)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "availability",
    "calls",
    "contacts",
    "conversation",
    "copying",
    "enclosed",
    "enclosing",
    "many",
    "moves",
    "offers",
    "published",
    "quick",
    "reply_uses",
    "sending",
    "undo",
    "undoing",
    "views",
    "work",
]

if TYPE_CHECKING:
    from csdesk.desk import (
        availability,
        calls,
        contacts,
        copying,
        enclosed,
        enclosing,
        many,
        moves,
        offers,
        quick,
        sending,
        undoing,
        views,
        work,
    )
    from csdesk.model import conversation, undo
    from csdesk.store import published, reply_uses
else:
    _FLOORS = {name: "desk" for name in __all__} | {
        "published": "store",
        "reply_uses": "store",
        "undo": "model",
        "conversation": "model",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _FLOORS:
            raise AttributeError(name)
        return import_module(f"csdesk.{_FLOORS[name]}.{name}")
