"""One simulated customer, as pure data and functions: what they say next, and when.

A customer says the lines of a script. Lines that stand together in the transcript come one by one, a
typing time apart. Where an agent spoke in the transcript the customer waits for a reply, and goes on
without one when patience runs out. All waiting times come from a hash of the seed and the place in
the script, so they are the same in every run and do not depend on what else happens.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import Enum, auto

from csdesk.desk.ports import ContactCard
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript

PATIENCE_MS = 90_000
ARRIVAL_MS = (3_000, 9_000)
THINKING_MS = (2_500, 6_000)
TYPING_BASE_MS = (900, 2_200)
TYPING_PER_CHAR_MS = 120
TYPING_LIMIT_MS = 9_000
DELIVERED_MS = (300, 900)
READ_AFTER_MS = (500, 1_500)


@dataclass(frozen=True, slots=True)
class Line:
    """Something the customer says; ``follows_reply`` when an agent spoke before it."""

    text: str
    follows_reply: bool


@dataclass(frozen=True, slots=True)
class Script:
    """All that one customer will say in one conversation, and who they are."""

    thread: str
    contact: ContactCard
    lines: tuple[Line, ...]
    awaits_last_reply: bool
    subject: str = ""
    lang: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """How far a thread had come in the store: customer messages in it, and if a reply came after them."""

    customer_messages: int
    is_answered: bool


class Phase(Enum):
    """SPEAKING: says the next line when due. WAITING: for a reply, until due. GONE: said it all."""

    SPEAKING = auto()
    WAITING = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Customer:
    """Where a customer is in their script: ``said`` lines so far, and when something is due next."""

    script: Script
    said: int
    phase: Phase
    due_ms: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast time runs for customers, and the seed of all their waiting times."""

    seed: int
    speed: float = 1.0

    def span_ms(self, limits: tuple[int, int], *place: object) -> int:
        """A time within ``limits``, always the same one for the same seed and ``place``."""
        name = "\x1f".join(str(part) for part in (self.seed, *place))
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        low, high = limits
        return self.scaled_ms(low + int.from_bytes(digest[:8], "big") % (high - low + 1))

    def scaled_ms(self, duration_ms: int) -> int:
        return round(duration_ms / self.speed)

    def typing_ms(self, script: Script, index: int) -> int:
        """How long the customer types line ``index``."""
        base_ms = self.span_ms(TYPING_BASE_MS, "typing", script.thread, index)
        length_ms = min(len(script.lines[index].text) * TYPING_PER_CHAR_MS, TYPING_LIMIT_MS)
        return base_ms + self.scaled_ms(length_ms)


def script_of(transcript: Transcript, thread: str, contact: ContactCard) -> Script:
    """The customer's side of ``transcript``; notes and system lines are nobody's turn."""
    lines: list[Line] = []
    agent_spoke = False
    for message in transcript.messages:
        if message.sender is Sender.AGENT:
            agent_spoke = True
        elif message.sender is Sender.CUSTOMER:
            lines.append(Line(message.text, agent_spoke and bool(lines)))
            agent_spoke = False
    return Script(
        thread=thread,
        contact=contact,
        lines=tuple(lines),
        awaits_last_reply=agent_spoke,
        subject=transcript.subject or "",
        lang=transcript.lang,
        stage=transcript.stage.value if transcript.stage else None,
    )


def arrive(script: Script, now_ms: int) -> Customer:
    """A customer who is about to say the first line."""
    return Customer(script, 0, Phase.SPEAKING, now_ms)


def come_back(script: Script, point: ResumePoint, now_ms: int, pace: Pace) -> Customer:
    """The customer at the place where a killed program left them."""
    if point.customer_messages <= 0:
        return arrive(script, now_ms)
    customer = _having_said(script, min(point.customer_messages, len(script.lines)), now_ms, pace)
    return hear_reply(customer, now_ms, pace) if point.is_answered else customer


def hear_reply(customer: Customer, now_ms: int, pace: Pace) -> Customer:
    """The agent's reply reached the customer. Only one who is waiting for it takes it as the answer."""
    if customer.phase is not Phase.WAITING:
        return customer
    if customer.said == len(customer.script.lines):
        return replace(customer, phase=Phase.GONE)
    thinking_ms = pace.span_ms(THINKING_MS, "thinking", customer.script.thread, customer.said)
    typing_ms = pace.typing_ms(customer.script, customer.said)
    return replace(customer, phase=Phase.SPEAKING, due_ms=now_ms + thinking_ms + typing_ms)


def tick(customer: Customer, now_ms: int, pace: Pace) -> tuple[Customer, int | None]:
    """What is due by ``now_ms``: the customer afterwards, and the index of the line said, if any."""
    if customer.phase is Phase.GONE or now_ms < customer.due_ms:
        return customer, None
    if customer.said == len(customer.script.lines):
        return replace(customer, phase=Phase.GONE), None
    return _having_said(customer.script, customer.said + 1, now_ms, pace), customer.said


def _having_said(script: Script, said: int, now_ms: int, pace: Pace) -> Customer:
    """The customer right after line number ``said``."""
    is_last = said == len(script.lines)
    if not is_last and not script.lines[said].follows_reply:
        return Customer(script, said, Phase.SPEAKING, now_ms + pace.typing_ms(script, said))
    if is_last and not script.awaits_last_reply:
        return Customer(script, said, Phase.GONE, now_ms)
    return Customer(script, said, Phase.WAITING, now_ms + pace.scaled_ms(PATIENCE_MS))
