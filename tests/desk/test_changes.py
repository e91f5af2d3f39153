"""What others did since somebody looked: by conversation, mine first, and nothing twice."""

from __future__ import annotations

import time
from pathlib import Path

from csdesk.desk import availability, changes, contacts, people, sending, work
from csdesk.desk.context import Desk
from csdesk.model.operation import Kind
from csdesk.store import conversations, others
from csdesk.store.connect import Connection
from tests.desks import clock_of, hears, open_desk
from tests.store.test_receiving import exchange, of, two_desks


def told(desk: Desk, since: int | None = None) -> list[tuple[str, dict[str, int], tuple[str, ...]]]:
    found = changes.digest(desk, since)
    return [(each.conversation.contact_name, dict(each.what), each.by) for each in found.talks]


def look(desk: Desk) -> None:
    changes.seen(desk, changes.digest(desk))


def test_who_never_looked_has_seen_what_is_there(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        hears(bo, "a")
        exchange(relay, mia, bo)
        assert told(mia) == []
        changes.begin(mia)
        hears(bo, "b")
        exchange(relay, mia, bo)
        assert told(mia) == [("Customer b", {"opened": 1, "messages": 1}, ())]
        changes.begin(mia)
        assert len(told(mia)) == 1


def test_all_that_others_did_is_told_once_mine_first(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        mine = hears(mia, "mine")
        hears(mia, "other")
        work.claim(mia, mine)
        exchange(relay, mia, bo)
        look(mia)
        bos = of(bo, "other")
        work.claim(bo, bos)
        sending.reply(bo, bos, "hello")
        sending.note(bo, bos, "n1")
        sending.note(bo, bos, "n2")
        work.label(bo, bos, ("vip",))
        work.resolve(bo, bos)
        hears(bo, "mine", "and?")
        sending.note(mia, mine, "my own")
        hears(bo, "new")
        exchange(relay, mia, bo)
        assert told(mia) == [
            ("Customer mine", {"messages": 1}, ()),
            ("Customer new", {"opened": 1, "messages": 1}, ()),
            (
                "Customer other",
                {"resolved": 1, "labelled": 1, "notes": 2, "replies": 1, "claimed": 1},
                ("Bo",),
            ),
        ]
        found = changes.digest(mia)
        assert [each.is_mine for each in found.talks] == [True, False, False]
        assert changes.words(found.talks[2].what) == [
            "1 reply", "2 notes", "claimed", "resolved", "labels",
        ]  # fmt: skip
        hears(bo, "late")
        exchange(relay, mia, bo)
        changes.seen(mia, found)  # what came while it was read is news still
        assert told(mia) == [("Customer late", {"opened": 1, "messages": 1}, ())]
        look(mia)
        assert told(mia) == []


def test_what_is_erased_or_about_no_conversation_is_counted(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        number = hears(mia, "t")
        exchange(relay, mia, bo)
        look(mia)
        contacts.edit(bo, conversations.get(bo.store.reader(), of(bo, "t")).contact, {"note": "x"})
        bo.store.write(lambda tx: people.add_team(tx, "returns"))
        availability.arrive(bo).result()
        exchange(relay, mia, bo)
        found = changes.digest(mia)
        assert found.talks == () and found.besides == 2 and not found.is_empty and number


def test_since_a_time_counts_nothing_as_seen(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        changes.begin(mia)
        hears(bo, "a")
        clock_of(bo).advance(60_000)
        at = bo.now_ms()
        hears(bo, "b")
        exchange(relay, mia, bo)
        assert [name for name, _what, _by in told(mia, at)] == ["Customer b"]
        assert len(told(mia, 0)) == 2 and len(told(mia)) == 2


def test_colleagues_at_the_same_store_are_others_too(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as mia:
        bo = Desk(mia.store, mia.clock, mia.settings, people.me(mia.store, "Bo"))
        number = hears(mia, "t")
        changes.begin(mia)
        changes.begin(bo)
        sending.note(bo, number, "a word")
        sending.note(mia, number, "mine")
        hears(mia, "t", "more")
        assert told(mia) == [("Customer t", {"notes": 1}, ("Bo",))]
        assert told(bo) == [("Customer t", {"notes": 1}, ("Mia",))]


def test_it_costs_what_is_new_however_much_there_is(tmp_path: Path) -> None:
    """Steps of the driver, not seconds: the same for what is new behind ten operations and behind ten thousand."""
    costs = []
    for name, many in (("small", 10), ("large", 10_000)):
        with open_desk(tmp_path / f"{name}.db") as mia:
            bo = Desk(mia.store, mia.clock, mia.settings, people.me(mia.store, "Bo"))
            number = hears(mia, "t")
            uid = conversations.get(mia.store.reader(), number).uid
            body = {"by": bo.agent.uid.hex(), "at": mia.now_ms(), "priority": 1}
            mia.store.write(
                lambda tx, uid=uid, body=body, many=many: [  # type: ignore[misc]
                    tx.record(Kind.CONVERSATION_PRIORITISED, uid, body) for _each in range(many)
                ][-1:]
            )
            look_at_all(mia)
            sending.note(bo, number, "new")
            costs.append(steps_of(mia))
    assert costs[1] <= costs[0] + 50, costs


def look_at_all(desk: Desk) -> None:
    upto = others.reached(desk.store.reader(), desk.store.desk)
    changes.seen(desk, changes.Digest(upto=upto))


def steps_of(desk: Desk) -> int:
    reader: Connection = desk.store.reader()
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    reader.set_progress_handler(step, 10)
    began = time.monotonic()
    assert len(told(desk)) == 1
    reader.set_progress_handler(None, 0)
    assert time.monotonic() - began < 60
    return count
