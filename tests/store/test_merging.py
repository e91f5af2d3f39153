"""Two contacts who are one person: in whatever order the desks learn of it, and taken apart again exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdesk.model.operation import Kind, Operation
from csdesk.store import connect, contacts, migrations, projections
from csdesk.store.apply import apply, merging
from csdesk.store.connect import Connection
from csdesk.store.database import SCHEMA_VERSION
from tests.desks import START_MS

NAMES = ("林", "Lin", "王", "Wang")
WHO = st.integers(0, len(NAMES) - 1)
DESKS = (7, 9)


def uid(number: int) -> bytes:
    return number.to_bytes(16)


INBOX = uid(1)
CONTACTS = tuple(uid(10 + number) for number in range(len(NAMES)))


def operation(place: int, kind: Kind, ent: bytes, desk: int = DESKS[0], **body: object) -> Operation:
    return Operation(desk, place, place, int(kind), ent, body)


def beginning() -> list[Operation]:
    """Four contacts of whom each is known by something else, and wrote once."""
    facts = [operation(1, Kind.INBOX_ADDED, INBOX, name="shop", channel="chat", hold_ms=0)]
    for number, name in enumerate(NAMES):
        known: dict[str, object] = {
            "name": name,
            "email": f"{number}@example.com" if number % 2 else None,
            "tier": "CBA"[number] if number < 3 else None,
            "at": number,
        }
        facts.append(operation(10 + number, Kind.CONTACT_ADDED, CONTACTS[number], **known))
        facts += talk(20 + number * 2, number)
    return facts


def talk(place: int, number: int) -> list[Operation]:
    """A conversation of a contact, and what they say in it."""
    opening = {"inbox": INBOX.hex(), "contact": CONTACTS[number].hex(), "at": START_MS + place}
    said = {
        "conversation": uid(place).hex(),
        "from": "customer",
        "text": f"在吗 {number}",
        "at": START_MS + place,
    }
    return [
        operation(place, Kind.CONVERSATION_OPENED, uid(place), **opening),
        operation(place + 1, Kind.MESSAGE_ADDED, uid(place + 1), **said),
    ]


@st.composite
def stories(draw: st.DrawFn) -> list[list[Operation]]:
    """What several people do at once: each list keeps its order, whatever comes between."""
    merges: list[list[Operation]] = []
    edits: list[list[Operation]] = [[] for _name in NAMES]
    talks: list[list[Operation]] = []
    for place in range(100, 100 + 10 * draw(st.integers(1, 7)), 10):
        one, other = draw(WHO), draw(WHO)
        desk = draw(st.sampled_from(DESKS))
        match draw(st.sampled_from(("merge", "merge", "unmerge", "edit", "block", "talk"))):
            case "merge":
                into = CONTACTS[other].hex()
                merges.append([operation(place, Kind.CONTACT_MERGED, CONTACTS[one], desk, into=into)])
            case "unmerge":
                merges.append([operation(place, Kind.CONTACT_UNMERGED, CONTACTS[one], desk)])
            case "edit":
                name = draw(st.sampled_from(("林女士", "", "老林")))
                edits[one].append(operation(place, Kind.CONTACT_EDITED, CONTACTS[one], desk, name=name))
            case "block":
                flag = int(draw(st.booleans()))
                edits[one].append(operation(place, Kind.CONTACT_EDITED, CONTACTS[one], desk, is_blocked=flag))
            case _:
                talks.append(talk(place, one))
    return [each for each in (*merges, *edits, *talks) if each]


def interleaved(stories: Sequence[Sequence[Operation]], order: Sequence[int]) -> Iterator[Operation]:
    """One order in which all of it may arrive; ``order`` picks whose next fact comes."""
    waiting = [list(each) for each in stories]
    for pick in order:
        waiting = [each for each in waiting if each]
        if waiting:
            yield waiting[pick % len(waiting)].pop(0)
    for rest in waiting:
        yield from rest


@cache
def schema() -> tuple[str, ...]:
    """What makes the tables of today, without the steps that led to them."""
    connection = connect.open_scratch()
    migrations.upgrade(connection, "scratch", SCHEMA_VERSION)
    made = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        " AND name NOT LIKE '%\\_index\\__%' ESCAPE '\\' ORDER BY type = 'trigger', type = 'index'"
    )
    return tuple(sql for (sql,) in made.fetchall())


@contextmanager
def rows_of(operations: Iterable[Operation]) -> Iterator[Connection]:
    connection = connect.open_scratch()
    try:
        for statement in schema():
            connection.execute(statement)
        for each in operations:
            assert apply(connection, each)
        projections.show_index_words(connection)
        yield connection
    finally:
        connection.close()


def said_by(connection: Connection, *left_out: str) -> dict[str, list[tuple[object, ...]]]:
    """All that the rows say, by table."""
    return {
        each.name: connection.execute(
            f"SELECT {', '.join(each.columns)} FROM {each.source} ORDER BY {each.order}"
        ).fetchall()
        for each in projections.PROJECTIONS
        if each.name not in left_out
    }


@given(stories(), st.lists(st.integers(0, 50), max_size=30))
@settings(deadline=None, max_examples=60)
def test_any_order_of_arrival_makes_the_same_rows(facts: list[list[Operation]], order: list[int]) -> None:
    by_clock = sorted((each for story in facts for each in story), key=lambda each: each.hlc)
    with rows_of([*beginning(), *by_clock]) as connection:
        wanted = said_by(connection)
    with rows_of([*beginning(), *interleaved(facts, order)]) as connection:
        assert said_by(connection) == wanted


@given(stories(), WHO, WHO)
@settings(deadline=None, max_examples=40)
def test_a_merge_taken_back_leaves_no_trace(facts: list[list[Operation]], one: int, other: int) -> None:
    by_clock = sorted((each for story in facts for each in story), key=lambda each: each.hlc)
    with rows_of([*beginning(), *by_clock]) as connection:
        gone, survivor = (contacts.get(connection, number + 1) for number in (one, other))
        assert gone is not None and survivor is not None
        before = said_by(connection, "merge of contact")
        if gone.id == survivor.id:
            return
        apply(connection, operation(900, Kind.CONTACT_MERGED, gone.uid, into=survivor.uid.hex()))
        whole = contacts.get(connection, gone.id)
        assert whole is not None and whole.id == survivor.id
        assert whole.conversation_count == gone.conversation_count + survivor.conversation_count
        assert {gone.name, survivor.name} - {""} <= {whole.name, *whole.also_names}
        apply(connection, operation(901, Kind.CONTACT_UNMERGED, gone.uid))
        assert said_by(connection, "merge of contact") == before


@pytest.mark.parametrize("turned", [False, True])
def test_two_desks_merge_in_a_row(turned: bool) -> None:
    merges = [
        operation(100, Kind.CONTACT_MERGED, CONTACTS[0], DESKS[0], into=CONTACTS[1].hex()),
        operation(101, Kind.CONTACT_MERGED, CONTACTS[1], DESKS[1], into=CONTACTS[2].hex()),
    ]
    with rows_of([*beginning(), *(reversed(merges) if turned else merges)]) as connection:
        whole = contacts.get(connection, 1)
        assert whole is not None
        assert (whole.name, whole.also_names, whole.conversation_count) == ("王", ("林", "Lin"), 3)
        assert (whole.tier, whole.email) == ("A", "1@example.com")


@pytest.mark.parametrize("turned", [False, True])
def test_a_circle_keeps_the_older_word(turned: bool) -> None:
    merges = [
        operation(100, Kind.CONTACT_MERGED, CONTACTS[0], DESKS[0], into=CONTACTS[1].hex()),
        operation(100, Kind.CONTACT_MERGED, CONTACTS[1], DESKS[1], into=CONTACTS[0].hex()),
    ]
    with rows_of([*beginning(), *(reversed(merges) if turned else merges)]) as connection:
        ends = connection.execute("SELECT id, survivor FROM contact ORDER BY id LIMIT 2").fetchall()
        assert ends == [(1, 2), (2, None)]
        apply(connection, operation(101, Kind.CONTACT_UNMERGED, CONTACTS[0]))
        assert connection.execute("SELECT survivor FROM contact WHERE id = 2").fetchone() == (1,)


def test_a_thousand_in_a_row_are_one() -> None:
    edges = [(number, number + 1) for number in range(1, 1_000)]
    assert set(merging.survivors(edges).values()) == {1_000}
