"""What an imported thing is known by, so that reading a file again finds it again."""

from __future__ import annotations

import re

from csdesk.ids import derived_uid
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


def message_uid(source: str, conversation: str, name: str | None, place: int) -> bytes:
    """A message is known by its id, else by its place among the messages of its line."""
    if name is None:
        return derived_uid("message", source, conversation, "place", str(place))
    own = _OWN_MESSAGE.fullmatch(name)
    return bytes.fromhex(own[1]) if own else derived_uid("message", source, conversation, "id", name)


def message_name(source: str, conversation: str, message: Message, place: int) -> str | None:
    """The id a message needs in an export so that an import knows it again; None where its place does."""
    if message.external_id is not None:
        return message.external_id
    if message.uid == message_uid(source, conversation, None, place):
        return None
    return f"{OWN_SOURCE}:{message.uid.hex()}"
