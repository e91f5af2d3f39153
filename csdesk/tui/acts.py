"""The use cases as the screens call them, each loaded when it is first used.

The screens' actions stand behind keys that nobody presses before the first frame: what they need
is a dozen modules that the frame does not wait for. ``acts.work.claim(...)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["quick", "reply_uses", "sending", "undoing", "work"]

if TYPE_CHECKING:
    from csdesk.desk import quick, sending, undoing, work
    from csdesk.store import reply_uses
else:
    _FLOORS = {"quick": "desk", "sending": "desk", "undoing": "desk", "work": "desk", "reply_uses": "store"}

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _FLOORS:
            raise AttributeError(name)
        return import_module(f"csdesk.{_FLOORS[name]}.{name}")
