"""Large stores, quickly: the rows that the use cases would have made, written in bulk.

The log, the counters (by their triggers) and the search index are all there: ``verify`` passes on
what is built here. The same parameters give the same conversations; a store is built once and kept
in the cache folder.
"""

from __future__ import annotations

import os
import random
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csdesk import paths
from csdesk.clock import ManualClock, parse_time
from csdesk.config import Settings
from csdesk.desk import people
from csdesk.desk.context import Desk
from csdesk.ids import ref_of
from csdesk.model.conversation import Priority
from csdesk.model.operation import Kind, Operation
from csdesk.store import log
from csdesk.store.apply import headings
from csdesk.store.apply.messages import PREVIEW_CHARS
from csdesk.store.apply.rows import EPOCH_S, SEQUENCE_BITS
from csdesk.store.database import SCHEMA_VERSION, open_store
from csdesk.store.tokens import index_text
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

VERSION = 1
"""Raise it when the same parameters give another store: cached ones are then built anew."""

NOW_MS = parse_time("2026-01-02T03:04:05Z")
GAP_MS = 7_000
BATCH = 5_000
AGENTS = ("Mia", "张敏", "Bo", "李雷", "Ada", "韩梅", "Sam", "王芳")
INBOXES = (("web", "chat"), ("shop", "chat"), ("mail", "mail"))
LABELS = ("vip", "退款", "物流", "refund")

CUSTOMER = {
    "zh": (
        "快递怎么还没到？都{n}天了！",
        "在吗，这件{n}码还有货吗",
        "我要退款，订单号 {n}",
        "发票开错了，麻烦重开一张，抬头 {n}",
        "尺码怎么选？身高{n}",
        "优惠券用不了，提示不满足条件",
        "好的，谢谢",
    ),
    "en": (
        "Where is my order {n}? It has been a week.",
        "Do you have this in size {n}?",
        "I would like a refund for order {n}, please.",
        "The invoice {n} has the wrong address.",
        "Thanks!",
    ),
}
AGENT = {
    "zh": (
        "您好，让您久等了，马上为您查询订单 {n}",
        "亲，非常抱歉，已经为您加急",
        "退款会在 {n} 天内到账，请您留意",
    ),
    "en": (
        "Hello, let me check order {n} for you.",
        "Sorry about that! A new one is on its way.",
        "Your refund takes {n} days.",
    ),
}
NAMES = {
    "zh": ("林女士", "王先生", "赵小姐", "陈先生", "访客"),
    "en": ("Anna Lee", "Tom Fox", "R. Diaz", "Guest"),
}

ENDINGS = (("resolved", 55), ("waiting", 12), ("answered", 10), ("again", 15), ("snoozed", 5), ("later", 3))
"""How conversations stand, in parts of a hundred."""


def store_of(count: int, seed: int = 1) -> Path:
    """A store with ``count`` conversations, from the cache or built now. Open it for reading, or copy it."""
    folder = paths.cache_folder() / "bench"
    path = folder / f"store-{count}-{seed}-v{VERSION}.{SCHEMA_VERSION}.db"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        build(fresh, count, seed)
        log.head_path(fresh).replace(log.head_path(path))
        fresh.replace(path)
    return path


def copy_of(path: Path, folder: Path) -> Path:
    """A store to write in."""
    copied = Path(shutil.copy(path, folder / path.name))
    shutil.copy(log.head_path(path), log.head_path(copied))
    copied.chmod(0o600)
    return copied


def build(path: Path, count: int, seed: int = 1) -> None:
    """Make a new store at ``path`` with ``count`` conversations that end at NOW_MS."""
    clock = ManualClock(NOW_MS)
    with open_store(path, clock, create=True) as store:
        desk = Desk(store, clock, Settings(), people.me(store, AGENTS[0]))
        for name in AGENTS[1:]:
            store.write(lambda tx, name=name: people.add_agent(tx, name))  # type: ignore[misc]
        for name, channel in INBOXES:
            store.write(lambda tx, name=name, channel=channel: people.add_inbox(tx, name, channel))  # type: ignore[misc]
        writer = _Bulk(desk, count, random.Random(seed))
        for start in range(0, count, BATCH):
            stop = min(start + BATCH, count)
            store.write(lambda tx, start=start, stop=stop: writer.fill(tx, start, stop))  # type: ignore[misc]
        store.write(lambda tx: headings.fill(tx.connection))
        store.write(lambda tx: headings.fill(tx.connection))


@dataclass
class _Rows:
    """What one commit brings, by table."""

    op: list[tuple[Any, ...]] = field(default_factory=list)
    contact: list[tuple[Any, ...]] = field(default_factory=list)
    key: list[tuple[Any, ...]] = field(default_factory=list)
    conversation: list[tuple[Any, ...]] = field(default_factory=list)
    message: list[tuple[Any, ...]] = field(default_factory=list)
    index: list[tuple[Any, ...]] = field(default_factory=list)
    event: list[tuple[Any, ...]] = field(default_factory=list)
    label: list[tuple[Any, ...]] = field(default_factory=list)

    def write(self, tx: Transaction) -> None:
        many = tx.connection.executemany
        many(log.INSERT, self.op)
        many("INSERT INTO contact(id, uid, name, tier, source, created_at) VALUES(?,?,?,?,?,?)", self.contact)
        many("INSERT INTO contact_key(key, contact) VALUES(?,?)", self.key)
        many(
            "INSERT INTO conversation(id, uid, ref, version, thread, lang, inbox, contact, contact_name, tier,"
            " subject, stage, status, priority, assignee, epoch, waiting_since, wait_floor, opened_at, updated_at,"
            " resolved_at, snooze_kind, snooze_until, message_count, last_message, preview, preview_from)"
            f" VALUES({','.join('?' * 27)})",
            self.conversation,
        )
        many(
            "INSERT INTO message(id, uid, conversation, sender, author, text, at, hlc, external_id)"
            " VALUES(?,?,?,?,?,?,?,?,?)",
            self.message,
        )
        many("INSERT INTO message_index(rowid, text) VALUES(?,?)", self.index)
        many("INSERT INTO event(id, conversation, kind, at, agent, body) VALUES(?,?,?,?,?,?)", self.event)
        many(
            "INSERT INTO conversation_label(conversation, label) SELECT ?, id FROM label WHERE name = ?",
            self.label,
        )


@dataclass
class _Talk:
    """A conversation in the making: the columns that its facts change."""

    number: int
    uid: bytes
    lang: str
    at: int
    status: str = "open"
    priority: int = int(Priority.NORMAL)
    assignee: int | None = None
    epoch: int = 0
    waiting_since: int | None = None
    wait_floor: int = 0
    resolved_at: int | None = None
    snooze_kind: str | None = None
    snooze_until: int | None = None
    count: int = 0
    last: tuple[int, str, str] = (0, "", "")


class _Bulk:
    """Writes conversation after conversation, as ``apply`` would have."""

    def __init__(self, desk: Desk, count: int, chance: random.Random) -> None:
        reader = desk.store.reader()
        self._count = count
        self._chance = chance
        self._agents = reader.execute("SELECT id, uid FROM agent ORDER BY id").fetchall()
        self._inboxes = reader.execute("SELECT id, uid, name FROM inbox ORDER BY id").fetchall()
        self._used: defaultdict[int, int] = defaultdict(int)

    def fill(self, tx: Transaction, start: int, stop: int) -> None:
        """Conversations ``start`` to ``stop``, in one commit."""
        if start == 0:
            tx.connection.executemany("INSERT INTO label(name) VALUES(?)", [(name,) for name in LABELS])
        self._tx, self._rows = tx, _Rows()
        for number in range(start, stop):
            self._converse(number)
        self._rows.write(tx)

    def _converse(self, number: int) -> None:
        chance = self._chance
        lang = "zh" if chance.random() < 0.7 else "en"
        talk = _Talk(number + 1, self._uid(), lang, NOW_MS - (self._count - number) * GAP_MS - 3_600_000)
        opened = self._open(talk)
        (ending,) = chance.choices([name for name, _parts in ENDINGS], [parts for _name, parts in ENDINGS])
        self._say(talk, "customer")
        if chance.random() < 0.4:
            self._say(talk, "customer")
        if ending != "waiting":
            self._claim(talk)
        if ending in ("resolved", "answered", "again"):
            self._say(talk, "agent")
        if ending == "again":
            self._say(talk, "customer")
        if chance.random() < 0.15:
            self._label(talk, chance.choice(LABELS))
        if chance.random() < 0.05:
            self._prioritise(talk)
        if ending == "resolved":
            self._pause(talk, Kind.CONVERSATION_RESOLVED)
        elif ending in ("snoozed", "later"):
            self._pause(
                talk, Kind.CONVERSATION_SNOOZED, None if ending == "snoozed" else NOW_MS + number * 1_000
            )
        self._finish(talk, opened)

    def _uid(self) -> bytes:
        value = bytearray(NOW_MS.to_bytes(6, "big") + self._chance.randbytes(10))
        value[6], value[8] = 0x70 | (value[6] & 0x0F), 0x80 | (value[8] & 0x3F)
        return bytes(value)

    def _record(self, kind: Kind, ent: bytes, body: dict[str, Any], arg: int | None = None) -> log.Stored:
        tip = self._tx.tip
        operation = Operation(
            self._tx.desk, tip.dseq + 1, log.next_hlc(tip.hlc, NOW_MS), int(kind), ent, body, arg=arg
        )
        row = log.stored(operation, tip.sum)
        self._tx.tip = log.Tip(row.dseq, row.hlc, row.sum)
        self._rows.op.append(row)
        return row

    def _time_id(self, at: int) -> int:
        second = at // 1000
        self._used[second] += 1
        return ((second - EPOCH_S) << SEQUENCE_BITS) + self._used[second] - 1

    def _open(self, talk: _Talk) -> tuple[Any, ...]:
        """Contact and conversation; the columns that nothing changes any more."""
        chance = self._chance
        inbox, inbox_uid, inbox_name = chance.choice(self._inboxes)
        contact, name = self._uid(), f"{chance.choice(NAMES[talk.lang])} {talk.number}"
        tier, stage = (
            chance.choice((None, None, "A", "B", "C")),
            chance.choice((None, "presale", "aftersale")),
        )
        body = {"name": name, "source": inbox_name, "key": f"{inbox_uid.hex()}:{talk.number}", "at": talk.at}
        if tier:
            body["tier"] = tier
        self._record(Kind.CONTACT_ADDED, contact, body)
        self._rows.contact.append((talk.number, contact, name, tier, inbox_name, talk.at))
        self._rows.key.append((body["key"], talk.number))
        thread, subject = (
            f"thread-{talk.number}",
            ("订单" if talk.lang == "zh" else "Order") + f" {talk.number}",
        )
        opened = {
            "inbox": inbox_uid.hex(),
            "contact": contact.hex(),
            "thread": thread,
            "subject": subject,
            "lang": talk.lang,
            "at": talk.at,
        }
        self._record(Kind.CONVERSATION_OPENED, talk.uid, opened | ({"stage": stage} if stage else {}))
        return (thread, talk.lang, inbox, talk.number, name, tier, subject, stage, talk.at)

    def _say(self, talk: _Talk, sender: str) -> None:
        chance = self._chance
        talk.at += chance.randint(1_000, 400_000)
        talk.count += 1
        models = CUSTOMER if sender == "customer" else AGENT
        text = chance.choice(models[talk.lang]).format(n=chance.randint(1, 9_999))
        uid, author, external = self._uid(), None, None
        body = {"conversation": talk.uid.hex(), "from": sender, "text": text, "at": talk.at}
        if sender == "customer":
            external = body["external_id"] = f"{talk.number}-{talk.count}"
            talk.waiting_since = talk.waiting_since or talk.at
        else:
            author, author_uid = self._agents[(talk.assignee or 1) - 1]
            body["author"] = author_uid.hex()
            talk.waiting_since = None
        row = self._record(Kind.MESSAGE_ADDED, uid, body)
        message = self._time_id(talk.at)
        self._rows.message.append(
            (message, uid, talk.number, sender, author, text, talk.at, row.hlc, external)
        )
        self._rows.index.append((message, index_text(text)))
        talk.last = (message, clean_line(text)[:PREVIEW_CHARS], sender)

    def _claim(self, talk: _Talk) -> None:
        talk.assignee, uid = self._chance.choice(self._agents)
        talk.epoch = 1
        at = talk.at + 500
        self._event(talk, Kind.CONVERSATION_CLAIMED, at, uid, {"agent": uid.hex()}, arg=1)

    def _pause(self, talk: _Talk, kind: Kind, until: int | None = None) -> None:
        at = talk.at + 500
        uid = self._agents[(talk.assignee or 1) - 1][1]
        body: dict[str, Any] = {}
        talk.status, talk.waiting_since = "resolved", None
        if kind is Kind.CONVERSATION_SNOOZED:
            talk.status, talk.snooze_until = "snoozed", until
            talk.snooze_kind = body["kind"] = "reply" if until is None else "until"
            body |= {} if until is None else {"until": until}
        else:
            talk.resolved_at = at
        talk.wait_floor = self._event(talk, kind, at, uid, body).hlc

    def _event(
        self, talk: _Talk, kind: Kind, at: int, agent: bytes, body: dict[str, Any], arg: int | None = None
    ) -> log.Stored:
        row = self._record(kind, talk.uid, body | {"by": agent.hex(), "at": at}, arg)
        number = next(number for number, uid in self._agents if uid == agent)
        self._rows.event.append((self._time_id(at), talk.number, int(kind), at, number, row.body))
        return row

    def _label(self, talk: _Talk, name: str) -> None:
        self._record(Kind.CONVERSATION_LABELLED, talk.uid, {"label": name, "at": talk.at})
        self._rows.label.append((talk.number, name))

    def _prioritise(self, talk: _Talk) -> None:
        talk.priority = int(self._chance.choice((Priority.LOW, Priority.HIGH, Priority.URGENT)))
        self._record(Kind.CONVERSATION_PRIORITISED, talk.uid, {"priority": talk.priority, "at": talk.at})

    def _finish(self, talk: _Talk, opened: tuple[Any, ...]) -> None:
        self._rows.conversation.append(
            (
                talk.number,
                talk.uid,
                ref_of(talk.uid),
                talk.number,
                *opened[:-1],
                talk.status,
                talk.priority,
                talk.assignee,
                talk.epoch,
                talk.waiting_since,
                talk.wait_floor,
                opened[-1],
                talk.at,
                talk.resolved_at,
                talk.snooze_kind,
                talk.snooze_until,
                talk.count,
                *talk.last,
            )
        )
