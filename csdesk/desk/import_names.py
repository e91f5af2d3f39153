"""What an imported thing is known by, so that reading a file again finds it again."""

from __future__ import annotations

import re
from collections.abc import Callable

from csdesk.ids import derived_uid, derived_uids
from csdesk.model.message import Message
from csdesk.model.transcript import Transcript

OWN_SOURCE = "csdesk"
"""Source of conversations that began in a csdesk store; their id is the conversation's own uid."""

_HEX_UID = re.compile("[0-9a-f]{32}")
_OWN_MESSAGE = re.compile(f"{OWN_SOURCE}:({_HEX_UID.pattern})")


def own_uid(source: str | None, name: str) -> bytes | None:
    """The uid that a conversation of some csdesk store has there; None for those of other sources."""
    return bytes.fromhex(name) if source == OWN_SOURCE and _HEX_UID.fullmatch(name) else None


def conversation_uid(transcript: Transcript) -> bytes:
    """One that began in a csdesk store keeps its uid, and with it the ref people know it by."""
    own = own_uid(transcript.source, transcript.id)
    return own or derived_uid("conversation", transcript.source or "", transcript.id)


def message_uids(source: str, conversation: str) -> Callable[[str | None, int], bytes]:
    """Names for the messages of a line: each by its id, else by its place among them."""
    derived = derived_uids("message", source, conversation)

    def uid(name: str | None, place: int) -> bytes:
        if name is None:
            return derived("place", str(place))
        own = _OWN_MESSAGE.fullmatch(name)
        return bytes.fromhex(own[1]) if own else derived("id", name)

    return uid


def is_own_message(name: str | None) -> bool:
    """Whether a message with this id began in a csdesk store."""
    return name is not None and _OWN_MESSAGE.fullmatch(name) is not None


def message_name(source: str, conversation: str, message: Message, place: int) -> str | None:
    """The id a message needs in an export so that an import knows it again; None where its place does."""
    if message.external_id is not None:
        return message.external_id
    if message.uid == message_uids(source, conversation)(None, place):
        return None
    return f"{OWN_SOURCE}:{message.uid.hex()}"
