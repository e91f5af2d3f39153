"""A reply with the values of one conversation filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from csdesk.model.reply import FALLBACK, QuickReply
from csdesk.template import Expansion, expand


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled-in reply, and which of its wordings that is (FALLBACK: a value was missing)."""

    expansion: Expansion
    wording: int


def fill(reply: QuickReply, values: Mapping[str, str], wording: int = 0) -> Filled:
    """``reply`` as it goes into the composer, in the wording of that number.

    Slots that are not required vanish when empty. The reply's ``fallback`` is used whole when a value is
    missing that the agent cannot be asked for (it is no slot of the reply). Raises TemplateError, which a
    loaded reply does not give.
    """
    optional = {slot.name for slot in reply.slots if not slot.is_required}
    filled = expand(reply.wordings[wording], values, optional=optional)
    asked = {slot.name for slot in reply.slots}
    if reply.fallback and any(slot.name not in asked for slot in filled.unfilled):
        return Filled(expand(reply.fallback, values, optional=optional), FALLBACK)
    return Filled(filled, wording)
