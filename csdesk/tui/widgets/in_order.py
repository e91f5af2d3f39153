"""Keys of a text field that act in the order they were typed.

Textual runs some actions before a key reaches the field (priority bindings), others once it has
bubbled from there up to the app. Over a slow line several keys arrive at once: a Backspace would act
behind the letters typed after it, Ctrl+S would send them too, and Ctrl+Down would carry the letters
typed before it into the next conversation. So all keys go to the field first, and it acts.
"""

from __future__ import annotations

from typing import Any

from textual import events
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from csdesk.tui.surviving import Survives


class InOrder(Survives):
    """Marks a field that takes every key and acts by ``act_in_order``."""


def takes_all_keys(widget: Widget) -> bool:
    """Whether the app forwards keys to ``widget`` unseen."""
    return isinstance(widget, InOrder)


async def act_in_order(field: Widget, event: events.Key, *, only_own: bool = False) -> None:
    """Run now what is bound to a key that types nothing; what is not bound goes on as usual.

    With ``only_own`` the places around the field look at the key themselves (Esc in a filter).
    """
    if event.is_printable:
        return
    app = field.app
    is_done = await app._check_bindings(event.key, priority=True)
    if not is_done:
        is_done = await (_own(field, event.key) if only_own else app._check_bindings(event.key))
    if is_done:
        event.stop()
        event.prevent_default()


async def _own(field: Widget, key: str) -> bool:
    """Whether one of the field's own bindings took the key."""
    bindings = field._bindings.copy()
    bindings.apply_keymap(field.app._keymap)
    for binding in bindings.key_to_bindings.get(key, ()):
        if not binding.priority and await field.app.run_action(binding.action, field):
            return True
    return False


class StandsAside:
    """Marks a screen that leaves at the first key which is not one of ``own_keys``: the key acts below it."""

    own_keys: frozenset[str] = frozenset()


def make_way(top: Screen[Any], event: events.Event) -> None:
    """Close the screen on ``top`` if it stands aside for ``event``: a key that is not its own, or a paste."""
    if not isinstance(top, StandsAside):
        return
    if isinstance(event, events.Paste) or (isinstance(event, events.Key) and event.key not in top.own_keys):
        top.dismiss(False)


class LineInput(InOrder, Input):
    """One line to write in: a filter, a query, an answer."""

    async def _on_key(self, event: events.Key) -> None:
        await act_in_order(self, event, only_own=True)
