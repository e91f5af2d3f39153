"""Which mails belong together: by what they refer to, else by subject and correspondent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from csdesk.formats.mail_message import MailHead

SUBJECT_DAYS_MS = 30 * 86_400_000
"""A reply that refers to nothing belongs to a mail of its subject at most this much older."""

_REPLY = re.compile(
    r"^\s*(?:(?:re|aw|sv|fw|fwd|回复|答复|回覆|转发|轉寄)\s*(?:\[\d{1,3}\])?\s*[:：]\s*)+", re.IGNORECASE
)
_ATTRIBUTION = re.compile(
    r"(?:on\s.{4,200}\bwrote|.{0,200}(?:写道|寫道|编写|撰写))\s*[:：]\s*"
    r"|-{2,}\s*(?:original message|原始邮件|原始郵件|回复的原邮件|forwarded message)\s*-{2,}.*"
    r"|_{10,}",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(r"(?:from|发件人|寄件者)\s*[:：].*", re.IGNORECASE)
_HEADER_NEXT = re.compile(r"(?:sent|date|to|发送时间|发送日期|日期|收件人)\s*[:：].*", re.IGNORECASE)
LEFT_OUT = "> […]"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Whose mails are an agent's: whole addresses, or everything ``@domain``."""

    mine: frozenset[str]

    @classmethod
    def of(cls, told: Sequence[str]) -> Addresses:
        return cls(frozenset(each.strip().casefold() for each in told))

    def include(self, address: str) -> bool:
        return address in self.mine or address[address.rfind("@") :] in self.mine


def plain_subject(subject: str) -> str:
    """``subject`` without what replying put before it."""
    return _REPLY.sub("", subject).strip()


def threads(heads: Sequence[MailHead], mine: Addresses) -> list[list[int]]:
    """Numbers of the mails of each thread, by time; threads in the order their first mails stand in the file."""
    parent = list(range(len(heads)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def join(one: int, other: int) -> None:
        first, second = sorted((root(one), root(other)))
        parent[second] = first

    speaks_of: dict[str, int] = {}
    for number, head in enumerate(heads):
        for name in (head.id, *head.references):
            if name:
                join(speaks_of.setdefault(name, number), number)
    for number, other in _by_subject(heads, mine):
        join(number, other)
    found: dict[int, list[int]] = {}
    for number in range(len(heads)):
        found.setdefault(root(number), []).append(number)
    return [sorted(each, key=lambda number: (heads[number].at or 0, number)) for each in found.values()]


def thread_name(heads: Sequence[MailHead]) -> str:
    """What a thread is known by for ever: the mail it began with, also when that one is not in the file.

    "" when no mail of it has a Message-ID.
    """
    for head in heads:
        if head.references or head.id:
            return head.references[0] if head.references else head.id
    return ""


def without_quote(text: str) -> str:
    """``text`` with the quoted mail at its end replaced by a mark; unchanged when nothing of its own would stay."""
    lines = text.split("\n")
    end = len(lines)
    while end and (lines[end - 1].lstrip().startswith((">", "＞")) or not lines[end - 1].strip()):
        end -= 1
    start = _attribution(lines, end)
    own = "\n".join(lines[: min(start, end)]).rstrip()
    if not own or min(start, end) == len(lines) or own == text.rstrip():
        return text
    return f"{own}\n\n{LEFT_OUT}"


def _attribution(lines: Sequence[str], end: int) -> int:
    """The line that introduces the quote; ``end`` when there is none."""
    for number, line in enumerate(lines):
        plain = line.strip()
        if not plain or len(plain) > 400:
            continue
        is_quote_next = number + 1 >= end or lines[number + 1].lstrip().startswith(">")
        if _ATTRIBUTION.fullmatch(plain) and (is_quote_next or "-" in plain[:2] or "_" in plain[:2]):
            return number
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if _HEADER_LINE.fullmatch(plain) and _HEADER_NEXT.fullmatch(following):
            return number
    return end


def _by_subject(heads: Sequence[MailHead], mine: Addresses) -> list[tuple[int, int]]:
    """Replies that refer to nothing, each with the newest mail of their subject and correspondent before them."""
    found: list[tuple[int, int]] = []
    newest: dict[tuple[str, str], int] = {}
    order = sorted(range(len(heads)), key=lambda number: (heads[number].at or 0, number))
    for number in order:
        head = heads[number]
        key = (plain_subject(head.subject).casefold(), _other(head, mine))
        before = newest.get(key)
        is_bare_reply = not head.references and _REPLY.match(head.subject) is not None
        if is_bare_reply and key[0] and before is not None:
            elapsed_ms = (head.at or 0) - (heads[before].at or 0)
            if elapsed_ms <= SUBJECT_DAYS_MS:
                found.append((before, number))
        newest[key] = number
    return found


def _other(head: MailHead, mine: Addresses) -> str:
    """The address on the customer's side of a mail."""
    addresses = [head.sender[1], *(address for _name, address in head.receivers)]
    return next((each for each in addresses if not mine.include(each)), addresses[0])
