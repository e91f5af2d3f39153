"""Keys of a text field that act in the order they were typed.

Textual lets a key that is no character bubble from the field up to the app before its action runs.
Over a slow line several keys arrive at once, and a Backspace would then act behind the letters
typed after it; a Ctrl+S would send them too.
"""

from __future__ import annotations

from textual import events
from textual.widget import Widget
from textual.widgets import Input


async def act_in_order(field: Widget, event: events.Key) -> None:
    """Run the action that ``field``, or what holds it, has for ``event``, now; other keys go on as usual."""
    if event.is_printable:
        return
    for place in (field, field.parent):
        if isinstance(place, Widget) and await _act(place, event):
            event.stop()
            event.prevent_default()
            return


async def _act(place: Widget, event: events.Key) -> bool:
    """Whether one of ``place``'s bindings took the key."""
    bindings = place._bindings.copy()
    bindings.apply_keymap(place.app._keymap)
    for binding in bindings.key_to_bindings.get(event.key, ()):
        if not binding.priority and await place.app.run_action(binding.action, place):
            return True
    return False


class LineInput(Input):
    """One line to write in: a filter, a query, an answer."""

    async def _on_key(self, event: events.Key) -> None:
        await act_in_order(self, event)
