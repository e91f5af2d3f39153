"""From an operation to rows: each kind, and what a row of the queue makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from csdesk.errors import StoreError
from csdesk.ids import new_uid, ref_of
from csdesk.model.conversation import Status
from csdesk.model.operation import Kind, Operation
from csdesk.store import apply, contacts, conversations, log, messages, people, rows
from csdesk.store.connect import Connection
from csdesk.store.verify import verify
from tests.desks import START_MS, Desk, hears, open_desk

NAMES = (
    "contact",
    "agent",
    "other",
    "team",
    "inbox",
    "conversation",
    "message",
    "reply",
    "attachment",
    "transfer",
)


class Book:
    """States facts about one conversation through the writer, and reads what became of them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.uid = {name: new_uid(START_MS) for name in NAMES}
        self.hex = {name: uid.hex() for name, uid in self.uid.items()}
        self.state(
            Kind.CONTACT_ADDED, "contact", name="林女士", email="lin@example.com", tier="A", key="k", at=1
        )
        self.state(Kind.AGENT_ADDED, "agent", name="张敏", role="agent", capacity=3)
        self.state(Kind.AGENT_ADDED, "other", name="Bo", role="lead", capacity=1)
        self.state(Kind.TEAM_ADDED, "team", name="售后", members=[self.hex["agent"]])
        self.state(Kind.INBOX_ADDED, "inbox", name="shop", channel="chat", hold_ms=0)
        self.state(
            Kind.CONVERSATION_OPENED,
            "conversation",
            inbox=self.hex["inbox"],
            contact=self.hex["contact"],
            thread="t",
            subject="快递",
            stage="aftersale",
            lang="zh",
            at=START_MS,
        )

    def state(self, kind: Kind | int, thing: str, /, *, arg: int | None = None, **body: Any) -> None:
        self.desk.store.write(lambda tx: tx.record(kind, self.uid[thing], body, arg=arg))  # type: ignore[arg-type]

    def say(self, thing: str, sender: str, text: str, at: int, **more: Any) -> None:
        body = {"conversation": self.hex["conversation"], "from": sender, "text": text, "at": at, **more}
        self.state(Kind.MESSAGE_ADDED, thing, **body)

    def row(self, *columns: str) -> tuple[Any, ...]:
        found = self.reader.execute(
            f"SELECT {', '.join(columns)} FROM conversation WHERE uid = ?", (self.uid["conversation"],)
        ).fetchone()
        assert found is not None
        return tuple(found)

    @property
    def reader(self) -> Connection:
        return self.desk.store.reader()

    def lines(self) -> list[str]:
        (number,) = self.row("id")
        return [message.text for message in messages.before(self.reader, number, None, 50)]

    def words(self) -> set[str]:
        def work(tx: Any) -> set[str]:
            tx.connection.execute(
                "CREATE VIRTUAL TABLE temp.w USING fts5vocab('main', 'message_index', 'row')"
            )
            found = {term for (term,) in tx.connection.execute("SELECT term FROM temp.w").fetchall()}
            tx.connection.execute("DROP TABLE temp.w")
            return found

        return self.desk.store.write(work)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_desk(tmp_path / "desk.db") as desk:
        yield Book(desk)
        assert verify(desk.store.path).problems == ()


def test_a_conversation_is_opened(book: Book) -> None:
    found = conversations.get(book.reader, book.row("id")[0])
    assert found.ref == ref_of(book.uid["conversation"])
    assert (found.contact_name, found.tier, found.inbox_name, found.subject) == (
        "林女士",
        "A",
        "shop",
        "快递",
    )
    assert (found.status, found.waiting_since, found.message_count) == (Status.OPEN, None, 0)
    assert (found.stage, found.lang, found.opened_at, found.updated_at) == (
        "aftersale",
        "zh",
        START_MS,
        START_MS,
    )


def test_a_contact_is_edited_everywhere_it_shows(book: Book) -> None:
    (version,) = book.row("version")
    book.state(Kind.CONTACT_EDITED, "contact", name="林小姐", tier="B", phone="123")
    assert book.row("contact_name", "tier", "version") == ("林小姐", "B", version + 1)
    book.state(Kind.CONTACT_EDITED, "contact", unheard_of="x")
    contact = contacts.get(book.reader, people.contact_by_key(book.reader, "k") or 0)
    assert contact is not None
    assert (contact.name, contact.phone, contact.email, contact.conversation_count) == (
        "林小姐",
        "123",
        "lin@example.com",
        1,
    )


def test_people_are_edited(book: Book) -> None:
    book.state(Kind.AGENT_EDITED, "agent", name="Min", role="lead", capacity=2, is_active=False)
    book.state(Kind.TEAM_EDITED, "team", name="after", members=[book.hex["other"], book.hex["agent"]])
    book.state(Kind.INBOX_EDITED, "inbox", hold_ms=9, name="mail")
    agent = people.agent_named(book.reader, "min")
    team = people.team_named(book.reader, "after")
    inbox = people.inbox_named(book.reader, "MAIL")
    assert agent and (agent.role, agent.capacity, agent.is_active) == ("lead", 2, False)
    assert team and team.members == ("Bo", "Min")
    assert inbox and (inbox.hold_ms, inbox.channel) == (9, "chat")
    book.state(Kind.TEAM_EDITED, "team", is_active=False)
    team = people.team_named(book.reader, "after")
    assert team and (team.is_active, team.members) == (False, ("Bo", "Min"))


def test_claim_release_transfer(book: Book) -> None:
    agent, team = book.hex["agent"], book.hex["team"]
    book.state(Kind.CONVERSATION_CLAIMED, "conversation", arg=4, agent=agent, by=agent, at=START_MS)
    number = people.agent_named(book.reader, "张敏")
    assert number and book.row("assignee", "epoch") == (number.id, 4)
    book.state(Kind.CONVERSATION_RELEASED, "conversation", arg=5, by=agent, at=START_MS)
    assert book.row("assignee", "epoch") == (None, 5)
    moved = {"uid": book.hex["transfer"], "by": agent, "reason": "会退款", "at": START_MS + 1_000}
    book.state(Kind.CONVERSATION_TRANSFERRED, "conversation", arg=6, to_team=team, **moved)
    assert book.row("assignee", "epoch", "team IS NULL") == (None, 6, 0)
    assert book.reader.execute("SELECT reason, to_agent FROM transfer").fetchall() == [("会退款", None)]
    assert book.lines() == [
        "张敏 claimed the conversation",
        "张敏 released the conversation",
        "张敏 transferred to 售后: 会退款",
    ]


def test_messages_make_the_row(book: Book) -> None:
    book.say("message", "customer", "快递\n还没到", START_MS + 1_000)
    assert book.row("message_count", "preview", "preview_from", "waiting_since", "updated_at") == (
        1,
        "快递 还没到",
        "customer",
        START_MS + 1_000,
        START_MS + 1_000,
    )
    book.say("reply", "agent", "您好", START_MS + 2_000, author=book.hex["agent"], delivery="queued")
    assert book.row("message_count", "preview", "preview_from", "waiting_since") == (2, "您好", "agent", None)
    found = messages.after(book.reader, book.row("id")[0], None, 10)
    assert [(each.text, each.author_name, each.delivery) for each in found] == [
        ("快递\n还没到", "林女士", None),
        ("您好", "张敏", "queued"),
    ]


@pytest.mark.parametrize("sender", ["note", "system", "auto"])
def test_only_a_human_reply_ends_the_wait(book: Book, sender: str) -> None:
    book.say("message", "customer", "在吗", START_MS + 1_000)
    book.say("reply", sender, "x", START_MS + 2_000)
    assert book.row("waiting_since") == (START_MS + 1_000,)


def test_the_first_unanswered_message_counts(book: Book) -> None:
    book.say("message", "customer", "在吗", START_MS + 1_000)
    book.say("reply", "customer", "人呢", START_MS + 9_000)
    assert book.row("waiting_since") == (START_MS + 1_000,)


def test_a_message_that_arrives_late_waits_and_keeps_its_place(book: Book) -> None:
    book.say("reply", "agent", "您好", START_MS + 60_000)
    book.say("message", "customer", "写在回复之前", START_MS + 1_000)
    assert book.row("waiting_since", "preview", "updated_at") == (START_MS + 1_000, "您好", START_MS + 60_000)
    assert book.lines() == ["写在回复之前", "您好"]


def test_what_is_withdrawn_leaves_no_trace(book: Book) -> None:
    book.say("message", "customer", "在吗", START_MS + 1_000)
    book.say("transfer", "system", "Promotion", START_MS + 1_500)
    before = book.row(
        "message_count", "preview", "preview_from", "waiting_since", "updated_at", "last_message"
    )
    assert {"在", "吗", "在吗", "promotion"} == book.words()
    book.say("reply", "agent", "马上 refund", START_MS + 5_000, delivery="queued")
    assert {"马", "上", "马上", "refund"} < book.words()
    book.state(Kind.MESSAGE_WITHDRAWN, "reply", by=book.hex["agent"], at=START_MS + 6_000)
    after = book.row(
        "message_count", "preview", "preview_from", "waiting_since", "updated_at", "last_message"
    )
    assert after == before
    assert {"在", "吗", "在吗", "promotion"} == book.words()
    book.state(Kind.MESSAGE_WITHDRAWN, "message", at=START_MS + 7_000)
    book.state(Kind.MESSAGE_WITHDRAWN, "transfer", at=START_MS + 7_000)
    assert book.row("message_count", "preview", "waiting_since", "last_message") == (0, "", None, None)
    assert book.words() == set()


def test_delivery_and_attachments(book: Book) -> None:
    book.say("reply", "agent", "您好", START_MS + 1_000, delivery="queued")
    (version,) = book.row("version")
    book.state(
        Kind.MESSAGE_DELIVERED, "reply", state="failed", reason="bounced", external_id="x1", at=START_MS
    )
    book.state(
        Kind.ATTACHMENT_ADDED, "attachment", message=book.hex["reply"], name="a.png", kind="image/png", size=7
    )
    (found,) = messages.before(book.reader, book.row("id")[0], None, 5)
    assert (found.delivery, found.reason, found.external_id) == ("failed", "bounced", "x1")
    assert [(each.name, each.kind, each.size) for each in found.attachments] == [("a.png", "image/png", 7)]
    assert book.row("version") == (version + 1,)


def test_a_channel_may_number_what_goes_out_like_what_comes_in(book: Book) -> None:
    book.say("message", "customer", "在吗", START_MS + 1_000, external_id="1")
    book.say("reply", "agent", "在", START_MS + 2_000, delivery="queued")
    book.state(Kind.MESSAGE_DELIVERED, "reply", state="sent", external_id="1", at=START_MS)
    ids = book.reader.execute("SELECT external_id FROM message").fetchall()
    assert ids == [("1",), ("1",)]


def test_labels_priority_and_edits(book: Book) -> None:
    for label in ("退款", "vip", "vip"):
        book.state(Kind.CONVERSATION_LABELLED, "conversation", label=label, at=START_MS)
    book.state(Kind.CONVERSATION_UNLABELLED, "conversation", label="退款", at=START_MS)
    book.state(Kind.CONVERSATION_UNLABELLED, "conversation", label="never", at=START_MS)
    book.state(Kind.CONVERSATION_PRIORITISED, "conversation", priority=3, at=START_MS)
    book.state(
        Kind.CONVERSATION_EDITED, "conversation", stage="presale", subject="尺码", unknown=1, at=START_MS
    )
    found = conversations.get(book.reader, book.row("id")[0])
    assert (found.labels, found.priority, found.stage, found.subject) == (("vip",), 3, "presale", "尺码")
    assert people.labels(book.reader) == ["vip", "退款"]
    assert book.lines() == []


def wait(book: Book, *steps: str) -> list[int | None]:
    """How ``waiting_since`` stands after each step, in whole seconds after the start."""
    found: list[int | None] = []
    for second, step in enumerate(steps, 1):
        at = START_MS + second * 1_000
        if step in ("customer", "agent"):
            book.uid[f"m{second}"] = new_uid(at)
            book.say(f"m{second}", step, "x", at)
        elif step in ("reopened", "woken"):
            kind = Kind.CONVERSATION_REOPENED if step == "reopened" else Kind.CONVERSATION_WOKEN
            book.state(kind, "conversation", by=book.hex["agent"], at=at)
        elif step == "returns":
            book.state(Kind.CONVERSATION_REOPENED, "conversation", cause="customer", at=at)
        elif step == "resolved":
            book.state(Kind.CONVERSATION_RESOLVED, "conversation", at=at)
        else:
            book.state(Kind.CONVERSATION_SNOOZED, "conversation", kind="reply", by=book.hex["agent"], at=at)
        (since,) = book.row("waiting_since")
        found.append(None if since is None else (since - START_MS) // 1_000)
    return found


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (("customer", "resolved", "reopened"), [1, None, 1]),
        (("customer", "snoozed", "woken"), [1, None, 1]),
        (("customer", "resolved", "returns", "customer"), [1, None, None, 4]),
        (("customer", "agent", "resolved", "reopened"), [1, None, None, None]),
        (("customer", "resolved", "returns", "customer", "snoozed", "woken"), [1, None, None, 4, None, 4]),
        (("customer", "snoozed", "resolved", "reopened"), [1, None, None, 1]),
        (("customer", "resolved", "reopened", "agent", "customer"), [1, None, 1, None, 5]),
        (("customer", "reopened"), [1, 1]),
    ],
)
def test_how_a_wait_ends_and_comes_back(
    book: Book, steps: tuple[str, ...], expected: list[int | None]
) -> None:
    assert wait(book, *steps) == expected


def test_an_unknown_kind_is_kept_and_changes_nothing(book: Book) -> None:
    book.state(977, "conversation", future="yes")
    assert book.reader.execute("SELECT count(*) FROM op WHERE kind = 977").fetchone() == (1,)
    report = verify(book.desk.store.path)
    assert (report.unknown, report.problems) == (1, ())


def test_a_fact_about_nothing_is_refused(book: Book) -> None:
    book.uid["nobody"] = b"\x00" * 16
    for kind in (Kind.CONVERSATION_RESOLVED, Kind.MESSAGE_WITHDRAWN, Kind.AGENT_EDITED):
        with pytest.raises(StoreError) as caught:
            book.state(kind, "nobody", at=START_MS, name="x")
        assert caught.value.code == "store.damaged"


def test_every_kind_has_its_change() -> None:
    withheld = {Kind.OPERATION_WITHHELD}  # stands in its place in the log and says nothing
    assert {*apply._IN_BATCH, *apply._ON_ROWS} == set(Kind) - withheld
    assert not apply._IN_BATCH.keys() & apply._ON_ROWS.keys()


def test_an_operation_of_another_desk_goes_the_same_way(book: Book) -> None:
    body = {"label": "hub", "at": START_MS}
    hlc = log.next_hlc(0, book.desk.now_ms() + 1)
    operation = Operation(99, 1, hlc, int(Kind.CONVERSATION_LABELLED), book.uid["conversation"], body)

    def work(tx: Any) -> bool:
        log.append(tx.connection, operation, log.START_SUM)
        return apply.apply(tx.connection, operation)

    assert book.desk.store.write(work)
    assert conversations.get(book.reader, book.row("id")[0]).labels == ("hub",)


def test_a_second_that_is_full_runs_over_into_the_next(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SEQUENCE_BITS", 2)
    for number in range(11):
        hears(book.desk, "busy", str(number))
    number = hears(book.desk, "busy", "11")
    assert [each.text for each in messages.after(book.reader, number, None, 50)] == [
        str(n) for n in range(12)
    ]


def test_messages_page_both_ways_with_events_between(book: Book) -> None:
    number = hears(book.desk, "long", "0")
    uid = conversations.get(book.reader, number).uid
    book.uid["long"] = uid
    for step in range(1, 40):
        book.desk.clock.advance(500)  # type: ignore[attr-defined]
        hears(book.desk, "long", str(step))
        if step % 3 == 0:
            book.state(
                Kind.CONVERSATION_CLAIMED,
                "long",
                agent=book.hex["agent"],
                by=book.hex["agent"],
                at=book.desk.now_ms(),
            )
    whole = messages.after(book.reader, number, None, 1_000)
    assert len(whole) == 40 + 13
    back: list[str] = []
    place: int | None = None
    while page := messages.before(book.reader, number, place, 7):
        back = [each.text for each in page] + back
        place = page[0].id
    forth: list[str] = []
    place = None
    while page := messages.after(book.reader, number, place, 7):
        forth += [each.text for each in page]
        place = page[-1].id
    assert back == forth == [each.text for each in whole]
    said = messages.after(book.reader, number, None, 100, with_events=False)
    assert [each.text for each in said] == [str(step) for step in range(40)]
