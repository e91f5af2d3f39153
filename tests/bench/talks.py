"""The conversations of the built stores, as facts: each from its own number, whatever came before it.

So a build goes on wherever it was interrupted, and any part of a store can be foretold.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Any

from csdesk.clock import parse_time
from csdesk.desk.people import default_hold_ms
from csdesk.model.conversation import Priority, SnoozeKind, Stage, Tier
from csdesk.model.message import Sender
from csdesk.model.operation import Kind
from csdesk.store.redaction import SALT, SALT_BYTES
from csdesk.store.writer import Fact
from tests.bench import words

NOW_MS = parse_time("2026-01-02T03:04:05Z")
GAP_MS = 7_000
LAST_BEGINS_MS = 4 * 3_600_000
"""How long before NOW_MS the last conversation begins: it has to end before."""
AGENTS = ("Mia", "张敏", "Bo", "李雷", "Ada", "韩梅", "Sam", "王芳")
INBOXES = (("web", "chat"), ("shop", "chat"), ("mail", "mail"))

LONG, SHORT = 10_000, 50
SPECIAL_FROM = 5_000
"""Stores of so many conversations have one of LONG messages and one of SHORT, in threads of these names."""
LONG_THREAD, SHORT_THREAD = "the-long-one", "the-short-one"
LONG_STEP_MS = 20_000

CHINESE = 179
"""Of 256 people so many write Chinese, in all their conversations."""
ENDINGS = {"resolved": 88, "waiting": 3, "answered": 3, "again": 3, "snoozed": 2, "later": 1}
"""How conversations stand, in parts of a hundred: most of a history is settled."""
TIERS = {None: 40, Tier.A: 10, Tier.B: 20, Tier.C: 30}
STAGES = {None: 20, Stage.PRESALE: 30, Stage.INSALE: 15, Stage.AFTERSALE: 35}
LABELS = {None: 70, "物流": 12, "退款": 8, "refund": 6, "vip": 3, "投诉": 1}
PRIORITIES = {None: 92, Priority.LOW: 2, Priority.HIGH: 5, Priority.URGENT: 1}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a store is built from: the same plan gives the same log."""

    conversations: int
    messages_per: int
    seed: int = 1

    def begins(self, number: int) -> int:
        """When conversation ``number`` (from 0) begins, UTC ms."""
        return NOW_MS - LAST_BEGINS_MS - (self.conversations - number) * GAP_MS

    def uid(self, at: int, *names: object) -> bytes:
        """A UUIDv7 of the time ``at`` whose random bits come from ``names``."""
        value = bytearray(at.to_bytes(6, "big") + _bits(10, self.seed, *names))
        value[6], value[8] = 0x70 | (value[6] & 0x0F), 0x80 | (value[8] & 0x3F)
        return bytes(value)


def _bits(count: int, *names: object) -> bytes:
    return blake2b(":".join(map(str, names)).encode(), digest_size=count).digest()


def staff(plan: Plan) -> Iterator[Fact]:
    """Agents and inboxes: before everything else."""
    at = plan.begins(0)
    for name in AGENTS:
        yield Fact(
            Kind.AGENT_ADDED, plan.uid(at, "agent", name), {"name": name, "role": "agent", "capacity": 3}
        )
    for name, channel in INBOXES:
        body = {"name": name, "channel": channel, "hold_ms": default_hold_ms(channel)}
        yield Fact(Kind.INBOX_ADDED, plan.uid(at, "inbox", name), body)


@dataclass(slots=True)
class _Talk:
    """A conversation in the making."""

    plan: Plan
    number: int
    chance: Random
    writer: int
    lang: str
    ending: str
    uid: bytes
    at: int
    count: int = 0
    facts: list[Fact] = field(default_factory=list)

    def state(self, kind: Kind, ent: bytes, body: dict[str, Any], arg: int | None = None) -> None:
        """Add a fact; words bring their salt, which would otherwise be another in every build."""
        salt = b64encode(_bits(SALT_BYTES, self.plan.seed, ent.hex(), len(self.facts))).decode()
        has_words = kind in (Kind.CONTACT_ADDED, Kind.CONVERSATION_OPENED, Kind.CONVERSATION_LABELLED,
                             Kind.MESSAGE_ADDED)  # fmt: skip
        held = {name: value for name, value in body.items() if value is not None}
        self.facts.append(Fact(kind, ent, held | ({SALT: salt} if has_words else {}), arg))


def converse(plan: Plan, number: int) -> list[Fact]:
    """All facts of conversation ``number`` (from 0), its contact among them when they are new."""
    chance = Random(f"{plan.seed}:{number}")
    at = plan.begins(number)
    special = _special(plan, number)
    writer = _writer(number, chance)
    talk = _Talk(
        plan,
        number,
        chance,
        writer,
        lang="zh" if _bits(1, plan.seed, "lang", writer)[0] < CHINESE else "en",
        ending="again" if special else _one_of(chance, ENDINGS),
        uid=plan.uid(at, "conversation", number),
        at=min(at, NOW_MS - LAST_BEGINS_MS - special * LONG_STEP_MS),
    )
    agent = plan.uid(plan.begins(0), "agent", chance.choice(AGENTS))
    _open(talk, special)
    _talk(talk, _senders(talk, special or 1 + int(chance.expovariate(1 / (plan.messages_per - 0.5)))), agent)
    _mark(talk, agent)
    _end(talk, agent)
    return talk.facts


def _special(plan: Plan, number: int) -> int:
    """Messages of the conversation if it is one of the two whose length is given, else 0."""
    if plan.conversations < SPECIAL_FROM:
        return 0
    return {plan.conversations - 2: LONG, plan.conversations - 3: SHORT}.get(number, 0)


def _one_of(chance: Random, parts: dict[Any, int]) -> Any:
    return chance.choices(list(parts), list(parts.values()))[0]


def _open(talk: _Talk, special: int) -> None:
    plan, chance = talk.plan, talk.chance
    contact = plan.uid(plan.begins(talk.writer), "contact", talk.writer)
    inbox_name, _channel = chance.choice(INBOXES)
    inbox = plan.uid(plan.begins(0), "inbox", inbox_name).hex()
    if talk.writer == talk.number:
        body = {
            "name": words.name(talk.lang, chance),
            "phone": f"13{chance.randrange(10**9):09}" if chance.random() < 0.3 else None,
            "tier": _one_of(chance, TIERS),
            "source": inbox_name,
            "key": f"{inbox}:{talk.writer}",
            "at": talk.at,
        }
        talk.state(Kind.CONTACT_ADDED, contact, body)
    subject = ("订单 " if talk.lang == "zh" else "Order ") + words.order(chance)
    body = {
        "inbox": inbox,
        "contact": contact.hex(),
        "thread": {LONG: LONG_THREAD, SHORT: SHORT_THREAD}.get(special, f"thread-{talk.number}"),
        "subject": subject if chance.random() < 0.4 else "",
        "lang": talk.lang,
        "stage": _one_of(chance, STAGES),
        "at": talk.at,
    }
    talk.state(Kind.CONVERSATION_OPENED, talk.uid, body)


def _writer(number: int, chance: Random) -> int:
    """The number of the conversation that its contact wrote in first: two of five are new people."""
    fives = number // 5
    if number % 5 < 2 or fives == 0:
        return number
    return 5 * chance.randrange(fives) + chance.randrange(2)


def _senders(talk: _Talk, count: int) -> list[Sender]:
    """Who says each of ``count`` messages: the customer begins, and ends as the ending wants it."""
    if talk.ending == "waiting":
        return [Sender.CUSTOMER] * min(count, 3)
    others = talk.chance.choices(
        (Sender.CUSTOMER, Sender.AGENT, Sender.NOTE, Sender.AUTO), (47, 47, 3, 3), k=count
    )
    last = Sender.CUSTOMER if talk.ending == "again" else Sender.AGENT
    return [Sender.CUSTOMER, *others[: max(0, count - 2)], last] if count > 1 else [last]


def _talk(talk: _Talk, senders: list[Sender], agent: bytes) -> None:
    if talk.ending != "waiting":
        body = {"agent": agent.hex(), "by": agent.hex(), "at": talk.at + 500}
        talk.state(Kind.CONVERSATION_CLAIMED, talk.uid, body, arg=1)
    step = LONG_STEP_MS if len(senders) >= LONG else 0
    for place, sender in enumerate(senders):
        talk.at += step or talk.chance.randint(1_000, 120_000)
        body = {
            "conversation": talk.uid.hex(),
            "from": sender.value,
            "text": words.message(talk.lang, talk.chance),
            "at": talk.at,
            "external_id": f"{talk.number}-{place}" if sender is Sender.CUSTOMER else None,
            "author": agent.hex() if sender in (Sender.AGENT, Sender.NOTE) else None,
        }
        talk.state(Kind.MESSAGE_ADDED, talk.plan.uid(talk.at, "message", talk.number, place), body)


def _mark(talk: _Talk, agent: bytes) -> None:
    """A label and a priority, for some."""
    said = {"by": agent.hex(), "at": talk.at}
    label, priority = _one_of(talk.chance, LABELS), _one_of(talk.chance, PRIORITIES)
    if label is not None:
        talk.state(Kind.CONVERSATION_LABELLED, talk.uid, said | {"label": label})
    if priority is not None:
        talk.state(Kind.CONVERSATION_PRIORITISED, talk.uid, said | {"priority": int(priority)})


def _end(talk: _Talk, agent: bytes) -> None:
    said = {"by": agent.hex(), "at": talk.at + 500}
    if talk.ending == "resolved":
        talk.state(Kind.CONVERSATION_RESOLVED, talk.uid, said)
    elif talk.ending == "snoozed":
        talk.state(Kind.CONVERSATION_SNOOZED, talk.uid, said | {"kind": SnoozeKind.REPLY.value})
    elif talk.ending == "later":
        until = NOW_MS + talk.chance.randrange(1, 14 * 86_400) * 1_000
        talk.state(
            Kind.CONVERSATION_SNOOZED, talk.uid, said | {"kind": SnoozeKind.UNTIL.value, "until": until}
        )
