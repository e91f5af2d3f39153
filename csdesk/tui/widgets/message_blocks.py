"""How a message lies on lines: what stands above it, its head, its text wrapped by cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from csdesk.model.message import Message, Sender
from csdesk.text import wrap_offsets
from csdesk.tui.safe import display, display_line
from csdesk.tui.times import local_day

GUTTER: Final = 3
"""Cells before the text: air, the author's bar, air."""
WIDEST: Final = 96
"""Text is wrapped at most so wide, however wide the pane: longer lines are hard to read."""
FILE_SIGN: Final = 2
"""Cells before the name of an attachment: its sign, air."""
GROUPED_WITHIN_MS: Final = 60_000


class Kind(Enum):
    """What a line of a block is."""

    AIR = auto()
    DAY = auto()
    HEAD = auto()
    BODY = auto()
    FILE = auto()
    SYSTEM = auto()


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One line. ``is_continued``: the next line goes on with the same paragraph (for copying)."""

    kind: Kind
    text: str = ""
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A message and its lines; ``above`` of them (air, day) stand before the message itself."""

    message: Message
    lines: tuple[BlockLine, ...]
    above: int
    width: int
    context: tuple[bool, bool, bool]


def lay_out(messages: Sequence[Message], width: int, old: dict[int, Block]) -> list[Block]:
    """Blocks for ``messages`` in ``width`` cells; what did not change is taken from ``old`` by id."""
    blocks: list[Block] = []
    previous: Message | None = None
    day: tuple[int, int, int] | None = None
    for message in messages:
        own_day = day if previous and message.is_time_assumed else local_day(message.at)
        context = (previous is None, own_day != day, _is_grouped(previous, message) and own_day == day)
        kept = old.get(message.id)
        is_same = kept is not None and kept.width == width and kept.context == context
        if kept is not None and is_same and (kept.message is message or kept.message == message):
            blocks.append(kept)
        else:
            blocks.append(_block(message, width, context))
        previous, day = message, own_day
    return blocks


def _is_grouped(previous: Message | None, message: Message) -> bool:
    """True when ``message`` goes on under the head of the customer's message before it."""
    if previous is None or message.sender is not Sender.CUSTOMER or previous.sender is not Sender.CUSTOMER:
        return False
    is_same = previous.author_name == message.author_name
    return is_same and 0 <= message.at - previous.at < GROUPED_WITHIN_MS


def _block(message: Message, width: int, context: tuple[bool, bool, bool]) -> Block:
    is_first, is_new_day, is_grouped = context
    lines: list[BlockLine] = []
    if not is_first and not is_grouped:
        lines.append(BlockLine(Kind.AIR))
    if is_new_day:
        lines += [BlockLine(Kind.DAY), BlockLine(Kind.AIR)]
    above = len(lines)
    text_width = max(4, min(width - GUTTER, WIDEST))
    if message.sender is Sender.SYSTEM:
        lines += wrap_lines(Kind.SYSTEM, display(message.text), text_width)
    else:
        if not is_grouped:
            lines.append(BlockLine(Kind.HEAD))
        lines += wrap_lines(Kind.BODY, display(message.shown_text), text_width)
        lines += _file_lines(message, text_width)
    return Block(message, tuple(lines), above, width, context)


def _file_lines(message: Message, width: int) -> list[BlockLine]:
    if not message.attachments:
        return []
    from csdesk.model.attachment import file_line  # few messages have files: the first frame does without

    lines = (display_line(file_line(file, width - FILE_SIGN)) for file in message.attachments)
    return [BlockLine(Kind.FILE, line) for line in lines]


def wrap_lines(kind: Kind, text: str, width: int) -> list[BlockLine]:
    """``text`` wrapped by the Chinese rules; nothing is lost, so that it can be copied as it was."""
    lines: list[BlockLine] = []
    for paragraph in text.split("\n"):
        starts = [0, *wrap_offsets(paragraph, width)]
        ends = [*starts[1:], len(paragraph)]
        last = len(starts) - 1
        lines += [
            BlockLine(kind, paragraph[start:end], place < last)
            for place, (start, end) in enumerate(zip(starts, ends, strict=True))
        ]
    return lines
