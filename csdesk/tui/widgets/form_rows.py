"""The lines of a form, and what they scroll in."""

from __future__ import annotations

from textual.containers import VerticalScroll


class Fields(VerticalScroll, can_focus=False, inherit_bindings=False):
    """What the fields scroll in where they do not fit: by the field that is gone to, never by a key of its own."""

    DEFAULT_CSS = "Fields { height: auto; scrollbar-size: 0 0; }"
