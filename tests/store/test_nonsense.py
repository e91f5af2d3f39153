"""What no csdesk would write, stated by another desk about everything: it is kept, and nothing trips over it."""

from __future__ import annotations

import contextlib
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import msgpack

from csdesk.desk import (
    availability,
    changes,
    contacts,
    erasing,
    handover,
    looking,
    offers,
    sending,
    undoing,
    work,
)
from csdesk.desk import people as desk_people
from csdesk.desk.context import Desk
from csdesk.errors import Refused, StoreError
from csdesk.ids import new_uid
from csdesk.model.availability import Availability
from csdesk.model.conversation import Priority, View
from csdesk.model.message import Delivery
from csdesk.model.operation import FOR_LEADS, Kind
from csdesk.store import (
    bootstrapping,
    carried,
    conversations,
    erasing_others,
    log,
    messages,
    people,
    queue,
    snapshot,
)
from csdesk.store import contacts as contacts_of
from csdesk.store.log import Stored
from csdesk.store.verify import verify
from tests.desks import hears, lay_empty
from tests.store.relay import Relay
from tests.store.test_receiving import exchange, of, two_desks

UNREADABLE = ("no json", "", "[]", "5", "null", "[" * 100_000, '{"at":1e400}', '{"items":["x"]}')
WRONG: tuple[object, ...] = (7, 10**30, 10**17, "", "zz", "\x00", {}, ["x"], True)
MARK = "秘密"
STRANGER = 99


def much_happens(desk: Desk) -> None:
    """Something of nearly every kind."""
    desk.store.write(lambda tx: desk_people.add_agent(tx, "Zoe"))
    desk.store.write(lambda tx: desk_people.add_team(tx, "售后", ("Zoe",)))
    first, second, third = (hears(desk, name, f"{name} 还没到 refund") for name in ("one", "two", "three"))
    sent = sending.reply(desk, first, "马上为您查")
    state = {"state": Delivery.SENT, "at": 1}
    desk.store.write(lambda tx: tx.record(Kind.MESSAGE_DELIVERED, sent.uid, state))
    body = {"message": sent.uid.hex(), "name": "a.png", "kind": "image/png", "size": 3}
    desk.store.write(lambda tx: tx.record(Kind.ATTACHMENT_ADDED, new_uid(desk.now_ms()), body))
    sending.reply(desk, second, "taken back")
    undoing.undo(desk)
    sending.note(desk, second, "VIP")
    work.label(desk, first, add=("退款", "old"))
    work.label(desk, first, remove=("old",))
    work.prioritise(desk, second, Priority.URGENT)
    work.transfer(desk, second, work.Target(team="售后"), "会处理")
    work.resolve(desk, first)
    undoing.undo(desk)
    work.snooze(desk, third, desk.now_ms() + 1_000)
    availability.choose(desk, Availability.BUSY, None, "lunch")
    held = desk.store.reader().execute("SELECT contact FROM conversation ORDER BY id LIMIT 2").fetchall()
    ((whole,), (other,)) = held
    contacts.edit(desk, whole, {"tier": "A", "note": "x", "email": "a@example.com"})
    contacts.set_labels(desk, whole, ("vip",))
    contacts.merge(desk, other, whole)
    handover.write(desk, "handed over", handover.gather(desk))
    move = offers.offer("Zoe", "please", 600_000)
    desk.store.write(lambda tx: undoing.do(tx, desk.agent, first, move))


def spoilt(rows: list[Stored]) -> Iterator[Stored]:
    """One operation of each kind with each of its fields wrong, in every way."""
    seen: set[tuple[int, str]] = set()
    for row in rows:
        body = json.loads(row.body)
        for field in body:
            if (row.kind, field) not in seen and row.kind not in FOR_LEADS:
                seen.add((row.kind, field))
                for value in WRONG:
                    text = json.dumps({**body, field: value}, ensure_ascii=False)
                    yield row._replace(ent=_about(row), body=text)


def _about(row: Stored) -> bytes:
    makes_one = Kind(row.kind).title.endswith((".added", ".opened", ".written"))
    return new_uid(1) if makes_one else row.ent


def unreadable(about: list[bytes]) -> Iterator[Stored]:
    for kind in {*Kind} - FOR_LEADS - {Kind.OPERATION_WITHHELD}:
        for body in UNREADABLE:
            for ent in about:
                yield Stored(0, 0, 0, int(kind), 1, 0, ent, None, body, b"")


def secret(conversation: bytes) -> Iterator[Stored]:
    """Messages that name their conversation in other ways than the log does, but so that Python would read them."""
    hexed = conversation.hex()
    for name in (hexed.upper(), " ".join(hexed[at : at + 2] for at in range(0, 32, 2)), hexed + "\n"):
        body = json.dumps(
            {"conversation": name, "from": "customer", "text": MARK, "at": 1}, ensure_ascii=False
        )
        yield Stored(0, 0, 0, int(Kind.MESSAGE_ADDED), 1, 0, new_uid(1), None, body, b"")


def state(relay: Relay, rows: Iterator[Stored]) -> int:
    """Put ``rows`` on the hub as if a third desk had stated them after all that is there; how many they are."""
    held = relay.operations.setdefault(STRANGER, [])
    latest = max(row.hlc for each in relay.operations.values() for row in each)
    before = len(held)
    for place, row in enumerate(rows, 1):
        arg = None if row.arg is None else 1_000 + place
        own = row._replace(desk=STRANGER, dseq=len(held) + 1, hlc=latest + place, arg=arg)
        held.append(own._replace(sum=own.follows(held[-1].sum if held else log.START_SUM)))
        if arg is not None:
            relay.claims[bytes(own.ent), arg] = own.desk, own.dseq
    return len(held) - before


def read_everything(desk: Desk) -> None:
    """All that the screens read."""
    reader, me = desk.store.reader(), desk.agent.id
    for view in (View.ALL, View.WAITING, View.SNOOZED, View.RESOLVED):
        queue.page(reader, view, agent=me, limit=200)
    for (number,) in reader.execute("SELECT id FROM conversation").fetchall():
        conversations.get(reader, number)
        messages.before(reader, number, None, 500)
    for (number,) in reader.execute("SELECT id FROM contact WHERE survivor IS NULL").fetchall():
        contacts_of.get(reader, number)
        contacts_of.stages(reader, number)
    people.agents(reader), people.teams(reader), people.inboxes(reader)
    availability.colleagues(desk)
    for each in changes.digest(desk, 0).talks:
        changes.words(each.what)
    for met in looking.met(desk):
        [looking.sentence(card) for card in met.cards]
    offers.to_me(desk)
    handover.recent(desk)
    carried.named(reader, 0)


def test_nonsense_of_another_desk_stops_nothing(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        much_happens(mia)
        exchange(relay, mia, bo)
        changes.begin(bo)
        number = of(bo, "one")
        talk = conversations.get(bo.store.reader(), number)
        read_everything(bo)
        real = relay.operations[mia.store.desk][:]
        message = messages.before(bo.store.reader(), number, None, 1)[0]
        state(relay, spoilt(real))
        state(relay, unreadable([talk.uid, message.uid]))
        told = state(relay, secret(talk.uid))
        received = relay.pull(bo.store)
        assert received.parked >= told
        read_everything(bo)
        hears(mia, "after")
        relay.push(mia.store)
        relay.pull(bo.store)
        assert of(bo, "after")
        assert verify(bo.store.path, deep=True).problems == ()
        erasing.erase_contact(bo, talk.contact)
        read_everything(bo)
        assert verify(bo.store.path, deep=True).problems == ()


def test_an_erasure_may_name_more_than_there_ever_was(tmp_path: Path) -> None:
    """Whoever reads it looks at what is there, not at every number that it names."""
    with two_desks(tmp_path) as (_relay, mia, _bo):
        hears(mia, "one")
        reader, own = mia.store.reader(), mia.store.desk
        tip = log.tip(reader, own).dseq
        far = {str(own): [[1, 10**15], [2, tip]], "99": [[-(10**30), 10**30]]}
        body = log.encode_body({erasing_others.DOTS: far})
        assert list(erasing_others.ranges_of(body))[:2] == [(own, 1, 10**15), (own, 10**15 + 1, tip)]
        found = [row.dseq for row in erasing_others.named(reader, body)]
        assert found == list(range(1, tip + 1))


def spoilt_blocks(whole: bytes) -> Iterator[list[object]]:
    """The blocks of a snapshot with one of them wrong, in many ways: of the log, and of rows."""
    blocks = unpacked(whole)
    for place in (0, 1, len(blocks) - 1):
        for wrong in (
            None,
            7,
            [],
            {},
            ["op"],
            ["op", 7],
            ["op", [[1], []]],
            ["meta", [[1], [2]]],
            ["op", [[1]] * 10],
        ):
            yield [*blocks[:place], wrong, *blocks[place + 1 :]]
    head, (table, columns), *rest = blocks
    for place in range(len(columns)):
        for value in ("x", None, {}, [1], 10**15, -1, 1.5, b"x"):
            column = [value, *columns[place][1:]]
            if value == columns[place][0]:
                continue
            yield [head, (table, [*columns[:place], column, *columns[place + 1 :]]), *rest]
    last = len(rest) - 1
    name, of_rows = rest[last]
    for value in ({}, [1]):
        yield [head, (table, columns), *rest[:last], (name, [[value] * len(of_rows[0]), *of_rows[1:]])]


def unpacked(whole: bytes) -> list[Any]:
    data, found, at = zlib.decompress(whole), [], 0
    while at < len(data):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        found.append(msgpack.decode(data[at + 4 : end]))
        at = end
    return found


def packed(blocks: list[object]) -> io.BytesIO:
    told = [msgpack.encode(block) for block in blocks]
    return io.BytesIO(zlib.compress(b"".join(len(each).to_bytes(4, "big") + each for each in told)))


def test_a_snapshot_of_nonsense_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        much_happens(mia)
        exchange(relay, mia, bo)
        out = io.BytesIO()
        contents = snapshot.write(mia.store.path, (0,), out)
        assert (
            bootstrapping.Missing(bo.store.path, packed(unpacked(out.getvalue())), contents.sums, (0,)).lost
            == frozenset()
        )
        new = tmp_path / "new.db"
        lay_empty(new)
        taken = 0
        for blocks in spoilt_blocks(out.getvalue()):
            with contextlib.suppress(StoreError, Refused):
                bootstrapping.Missing(new, packed(blocks), contents.sums, (0,)).close()
                taken += 1
            with pytest.raises((StoreError, Refused)):
                bootstrapping.fill(new, packed(blocks), contents.sums, (0,))
        assert taken < 12
        deep = packed([*unpacked(out.getvalue())[:1]])
        deep = io.BytesIO(
            zlib.compress(zlib.decompress(deep.getvalue()) + (5000).to_bytes(4, "big") + b"\x91" * 5000)
        )
        with pytest.raises(StoreError):
            bootstrapping.fill(new, deep, contents.sums, (0,))
