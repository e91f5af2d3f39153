"""A reply with the values of one conversation filled in."""

from __future__ import annotations

from collections.abc import Mapping

from csdesk.model.reply import QuickReply
from csdesk.template import Expansion, expand


def fill(reply: QuickReply, values: Mapping[str, str], *, body: str | None = None) -> Expansion:
    """``reply`` as it goes into the composer.

    Slots that are not required vanish when empty. The reply's ``fallback`` is used whole when a value is
    missing that the agent cannot be asked for (it is no slot of the reply). ``body`` chooses a variant.
    Raises TemplateError, which a loaded reply does not give.
    """
    optional = {slot.name for slot in reply.slots if not slot.is_required}
    filled = expand(reply.body if body is None else body, values, optional=optional)
    asked = {slot.name for slot in reply.slots}
    if reply.fallback and any(slot.name not in asked for slot in filled.unfilled):
        return expand(reply.fallback, values, optional=optional)
    return filled
