"""What came with the messages of a conversation: files, and links in the texts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from csdesk.desk import fetching
from csdesk.desk.context import Desk
from csdesk.model.message import Attachment, Message, Sender
from csdesk.store import files, messages
from csdesk.text.links import Link, find_links

MOST_FILES = 200
MOST_MESSAGES = 200
MOST_LINKS = 300


@dataclass(frozen=True, slots=True)
class EnclosedFile:
    """A file of message ``message``. ``is_here``: its bytes are in the store; ``comes``: they may come from the hub."""

    message: int
    file: Attachment
    is_here: bool
    comes: bool = False


@dataclass(frozen=True, slots=True)
class EnclosedLink:
    """A link in message ``message``. ``is_ours``: an agent wrote it, not a customer."""

    message: int
    link: Link
    is_ours: bool


Enclosed = EnclosedFile | EnclosedLink


def of(desk: Desk, conversation: int) -> list[Enclosed]:
    """The files, then the links of a conversation (local id)."""
    return [*files_of(desk, conversation), *links_of(desk, conversation)]


def files_of(desk: Desk, conversation: int) -> list[EnclosedFile]:
    """The files of a conversation (local id), the newest first."""
    found = messages.attached(desk.store.reader(), conversation, MOST_FILES)
    return [
        EnclosedFile(message, file, files.is_here(desk.store.path, file.sha256), fetching.comes(desk, file))
        for message, file in found
    ]


def again(desk: Desk, seen: EnclosedFile) -> EnclosedFile:
    """``seen`` as it is now: its content may have come."""
    is_here = files.is_here(desk.store.path, seen.file.sha256)
    return replace(seen, is_here=is_here, comes=fetching.comes(desk, seen.file))


def links_of(desk: Desk, conversation: int) -> list[EnclosedLink]:
    """The links of a conversation (local id), the newest first, each target once."""
    seen: dict[str, EnclosedLink] = {}
    for message in messages.with_links(desk.store.reader(), conversation, MOST_MESSAGES):
        for link in find_links(message.text):
            seen.setdefault(link.target, EnclosedLink(message.id, link, _is_ours(message)))
    return list(seen.values())[:MOST_LINKS]


def _is_ours(message: Message) -> bool:
    return message.sender in (Sender.AGENT, Sender.NOTE, Sender.AUTO)
