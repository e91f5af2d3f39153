"""Many operations at once make the rows that one after the other makes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from csdesk.ids import derived_uid
from csdesk.model.message import Delivery, Sender
from csdesk.model.operation import Kind
from csdesk.store import connect, log, migrations
from csdesk.store.connect import Connection
from csdesk.store.database import SCHEMA_VERSION
from csdesk.store.rows import MissingEntity
from csdesk.store.writer import Fact, Transaction
from tests.desks import START_MS

CONTACT, INBOX, AGENT = (derived_uid(name) for name in ("contact", "inbox", "agent"))
TALKS = (derived_uid("talk", "0"), derived_uid("talk", "1"))
TEXTS = ("", "快递怎么还没到？", "Where is my order 77?", "退款 refund\n第二行")
TABLES = (
    "contact",
    "contact_key",
    "agent",
    "inbox",
    "label",
    "conversation",
    "conversation_label",
    "message",
)
MORE_TABLES = ("event", "transfer", "attachment", "words", "heading_words")

BEGINNING = (
    Fact(Kind.CONTACT_ADDED, CONTACT, {"name": "", "key": "k", "at": START_MS}),
    Fact(Kind.INBOX_ADDED, INBOX, {"name": "shop", "channel": "chat", "hold_ms": 0}),
    Fact(Kind.AGENT_ADDED, AGENT, {"name": "张敏", "role": "agent", "capacity": 3}),
)


def opened(talk: int, subject: str) -> Fact:
    body = {"inbox": INBOX.hex(), "contact": CONTACT.hex(), "subject": subject, "at": START_MS}
    return Fact(Kind.CONVERSATION_OPENED, TALKS[talk], body)


def said(number: int, talk: int, sender: Sender, text: str, at: int) -> Fact:
    body: dict[str, Any] = {
        "conversation": TALKS[talk].hex(),
        "from": sender,
        "text": text,
        "at": START_MS + at,
    }
    if sender is Sender.AGENT:
        body["author"] = AGENT.hex()
        if number % 3 == 0:
            body["approval"] = True
    if sender is Sender.CUSTOMER:
        body["external_id"] = f"m{number}"
    return Fact(Kind.MESSAGE_ADDED, derived_uid("message", str(number)), body)


def turned(talk: int, kind: Kind, at: int) -> Fact:
    body: dict[str, Any] = {"at": START_MS + at, "by": AGENT.hex()}
    if kind is Kind.CONVERSATION_SNOOZED:
        body["kind"] = "reply"
    if kind is Kind.CONVERSATION_LABELLED:
        body["label"] = "退款"
    if kind is Kind.CONVERSATION_EDITED:
        body["subject"] = f"订单 {at}"
    return Fact(kind, TALKS[talk], body)


TALK = st.sampled_from((0, 0, 0, 1))
AT = st.integers(-2_500, 2_500)
SAID = st.tuples(st.just("said"), TALK, st.sampled_from(Sender), st.sampled_from(TEXTS), AT)
TURNED = st.tuples(
    st.just("turned"),
    TALK,
    st.sampled_from(
        (
            Kind.CONVERSATION_RESOLVED,
            Kind.CONVERSATION_SNOOZED,
            Kind.CONVERSATION_REOPENED,
            Kind.CONVERSATION_LABELLED,
            Kind.CONVERSATION_EDITED,
        )
    ),
    AT,
)
OTHER = st.tuples(st.sampled_from(("named", "withdrawn", "attached")), st.integers(0, 9))
FATE = st.tuples(
    st.just("delivered"),
    st.integers(0, 9),
    st.sampled_from((Delivery.SENT, Delivery.FAILED, Delivery.APPROVAL)),
    st.sampled_from(("", "bounced")),
)


def facts_of(story: list[tuple[Any, ...]], subjects: tuple[str, str]) -> list[Fact]:
    facts = [*BEGINNING, opened(0, subjects[0]), opened(1, subjects[1])]
    here: list[int] = []
    for number, (what, *how) in enumerate(story):
        if what == "said":
            facts.append(said(number, *how))
            here.append(number)
        elif what == "turned":
            facts.append(turned(*how))
        elif what == "named":
            facts.append(Fact(Kind.CONTACT_EDITED, CONTACT, {"name": f"林 {how[0]}"}))
        elif here and what == "delivered":
            place, state, reason = how
            body = {"state": state, "at": START_MS, "external_id": f"x{number}"}
            uid = derived_uid("message", str(here[place % len(here)]))
            facts.append(Fact(Kind.MESSAGE_DELIVERED, uid, {**body, "reason": reason} if reason else body))
        elif here and what == "attached":
            message = derived_uid("message", str(here[how[0] % len(here)])).hex()
            body = {"message": message, "name": "a.png", "kind": "image/png", "size": number}
            facts.append(Fact(Kind.ATTACHMENT_ADDED, derived_uid("file", str(number)), body))
        elif here:
            gone = derived_uid("message", str(here.pop(how[0] % len(here))))
            facts.append(Fact(Kind.MESSAGE_WITHDRAWN, gone, {"at": START_MS}))
    return facts


@pytest.fixture(scope="module")
def scratch() -> Iterator[Connection]:
    connection = connect.open_scratch()
    migrations.upgrade(connection, "scratch", SCHEMA_VERSION)
    for name, table, kind in (
        ("words", "message_index", "instance"),
        ("heading_words", "heading_index", "instance"),
    ):
        connection.execute(f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab('main', '{table}', '{kind}')")
    yield connection
    connection.close()


def rows_after(connection: Connection, runs: list[list[Fact]], *, at_once: bool) -> dict[str, Any]:
    connection.execute("BEGIN")
    try:
        tx = Transaction(connection, 7, START_MS, log.Tip(0, 0, log.START_SUM))
        for run in runs:
            if at_once:
                tx.record_many(run)
            else:
                for fact in run:
                    tx.record(fact.kind, fact.ent, fact.body, arg=fact.arg, scope=fact.scope)
        tx.settle()
        found = {
            name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in (*TABLES, *MORE_TABLES)
        }
        found["view_count"] = connection.execute("SELECT * FROM view_count WHERE n <> 0").fetchall()
        found["op"] = connection.execute("SELECT dseq, hlc, kind, ent FROM op").fetchall()
        found["key"] = connection.execute("SELECT id, queue_key = sort_key FROM conversation").fetchall()
        return found
    finally:
        connection.execute("ROLLBACK")


@settings(max_examples=150, deadline=None)
@given(
    story=st.lists(st.one_of(SAID, SAID, SAID, TURNED, OTHER, FATE), max_size=30),
    subjects=st.tuples(st.sampled_from(("", "订单")), st.sampled_from(("", "Order"))),
    cuts=st.lists(st.integers(0, 30), max_size=4),
)
@example(
    story=[("said", 0, Sender.CUSTOMER, "在吗", 1_000), ("said", 0, Sender.CUSTOMER, "在吗", -1_000)],
    subjects=("订单", ""),
    cuts=[],
)
def test_at_once_is_as_one_by_one(
    scratch: Connection, story: list[tuple[Any, ...]], subjects: tuple[str, str], cuts: list[int]
) -> None:
    facts = facts_of(story, subjects)
    places = [0, *sorted(cuts), len(facts)]
    runs = [facts[first:last] for first, last in pairwise(places) if first <= last]
    runs = runs if sum(map(len, runs)) == len(facts) else [facts]
    one_by_one = rows_after(scratch, [facts], at_once=False)
    at_once = rows_after(scratch, runs, at_once=True)
    for name, rows in one_by_one.items():
        assert at_once[name] == rows, name
    assert all(is_kept for _id, is_kept in one_by_one["key"])


def test_a_second_that_is_full_flows_into_the_next(scratch: Connection) -> None:
    story = [("said", 0, Sender.CUSTOMER, "在", each % 3) for each in range(2_100)]
    facts = facts_of(story, ("订单", ""))
    at_once = rows_after(scratch, [facts], at_once=True)
    assert at_once == rows_after(scratch, [facts], at_once=False)
    assert len(at_once["message"]) == 2_100


def test_what_became_of_many_messages_is_written_with_them(scratch: Connection) -> None:
    story = [("said", 0, Sender.AGENT, "在", each) for each in range(4)]
    fates = [("delivered", each, Delivery.SENT, "") for each in (1, 2, 1)]
    failed = ("delivered", 2, Delivery.FAILED, "bounced")
    rows = rows_after(scratch, [facts_of([*story, *fates, failed], ("订单", ""))], at_once=True)
    names = [column[1] for column in scratch.execute("PRAGMA table_info(message)")]
    told = [dict(zip(names, row, strict=True)) for row in rows["message"]]
    assert [(each["delivery"], each["reason"], each["external_id"]) for each in told] == [
        ("approval", None, None),
        ("sent", None, "x4"),
        ("failed", "bounced", "x5"),
        ("approval", None, None),
    ]
    nobody = Fact(Kind.MESSAGE_DELIVERED, derived_uid("message", "none"), {"state": "sent", "at": START_MS})
    with pytest.raises(MissingEntity):
        rows_after(scratch, [[*BEGINNING, nobody]], at_once=True)
