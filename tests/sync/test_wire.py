"""What travels, on a real hub: COPY up, one SELECT down, verdicts of one moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from csdesk.store.log import Stored
from csdesk.sync import line, session, wire
from csdesk.sync.line import HubRefusal, Line
from tests.sync.conftest import TestHub, both_dialects

pytestmark = both_dialects

NOW_MS = 1_700_000_000_000
ENT = b"\x01" * 16


def op(desk: int, dseq: int, **changed: object) -> Stored:
    """An operation of ``desk``, made a millisecond after the one before it."""
    body = f'{{"n":{dseq}}}'
    plain = Stored(desk, dseq, (NOW_MS + dseq) << 16, 60, 1, 0, ENT, None, body, dseq.to_bytes(16))
    return plain._replace(**changed)  # type: ignore[arg-type]


class Peer:
    """A desk without a store: a line, a number, and how far the hub has it."""

    def __init__(self, hub: TestHub, name: str) -> None:
        self.line: Line = line.connect(hub.enrolled(name))
        self.desk = hub.enrolments[name].desk
        self.met = session.hello(self.line, self.desk)

    def push(self, *rows: Stored) -> None:
        wire.copy_in(self.line, rows)

    def ops(self, count: int, after: int = 0, **changed: object) -> list[Stored]:
        return [op(self.desk, after + at + 1, **changed) for at in range(count)]


@pytest.fixture
def peers(hub: TestHub) -> Iterator[tuple[Peer, Peer, Peer]]:
    made = (Peer(hub, "Mia"), Peer(hub, "Bo"), Peer(hub, "Li"))
    yield made
    for peer in made:
        peer.line.close()


Peers = tuple[Peer, Peer, Peer]


def everything(peer: Peer, most: int = wire.PAGE) -> list[wire.Page]:
    """All pages until nothing is missing."""
    vector: dict[int, int] = {}
    pages = []
    while (page := wire.next_page(peer.line, vector, peer.desk, most)).rows:
        vector.update({row.desk: row.dseq for row in page.rows})
        pages.append(page)
    return pages


def test_what_one_desk_pushed_another_gets_unchanged(peers: Peers) -> None:
    mia, bo, _ = peers
    sent = mia.ops(3)
    odd = op(mia.desk, 4, body='{"t":"\\u0000\\ud83d 好"}', arg=0, kind=32_767, ent=b"\xff" * 16)
    mia.push(*sent, odd)
    (page,) = everything(bo)
    assert page.rows == [*sent, odd]
    assert session.hello(mia.line, mia.desk).tip == odd.sum


def test_reach_rises_with_what_others_push_and_with_nothing_else(peers: Peers) -> None:
    mia, bo, _ = peers
    before = wire.reach(bo.line, bo.desk)
    bo.push(*bo.ops(5))
    assert wire.reach(bo.line, bo.desk) == before
    mia.push(*mia.ops(3))
    assert wire.reach(bo.line, bo.desk) == before + 3


def test_pages_come_in_the_order_of_all_clocks_and_miss_nothing(peers: Peers) -> None:
    mia, bo, li = peers
    mia.push(*mia.ops(50))
    bo.push(*[row._replace(hlc=row.hlc + 7) for row in bo.ops(200)])
    pages = everything(li, most=20)
    rows = [row for page in pages for row in page.rows]
    assert len(pages) > 5
    assert len(rows) == 250
    assert rows == sorted(rows, key=lambda row: (row.hlc, row.desk))
    assert [page.has_more for page in pages] == [True] * (len(pages) - 1) + [False]


def test_what_is_missing_is_counted_by_desk(peers: Peers) -> None:
    mia, bo, li = peers
    mia.push(*mia.ops(5))
    bo.push(*bo.ops(3))
    assert wire.missing(li.line, {mia.desk: 4}, li.desk) == {mia.desk: 1, bo.desk: 3}
    assert wire.missing(mia.line, {bo.desk: 3}, mia.desk) == {}


def test_the_first_claim_at_the_hub_wins_and_everybody_hears_it(peers: Peers) -> None:
    mia, bo, li = peers
    bo.push(op(bo.desk, 1, kind=31, arg=1))
    mia.push(op(mia.desk, 1, kind=31, arg=1, hlc=5 << 16))
    (page,) = everything(li)
    assert page.lost == {(mia.desk, 1)}
    assert wire.void(mia.line, mia.desk, [1], [1]) == {(mia.desk, 1)}
    assert wire.void(bo.line, bo.desk, [1], [1]) == frozenset()


def test_what_only_a_lead_may_do_is_void_for_all(hub: TestHub) -> None:
    agent, other = Peer(hub, "Mia"), Peer(hub, "Bo")
    agent.push(op(agent.desk, 1, kind=43), op(agent.desk, 2))
    (page,) = everything(other)
    assert page.lost == {(agent.desk, 1)}
    assert wire.void(agent.line, agent.desk, [1, 2], []) == {(agent.desk, 1)}
    agent.line.close()
    other.line.close()


def test_the_same_batch_twice_is_refused_and_changes_nothing(peers: Peers) -> None:
    mia, bo, _ = peers
    mia.push(*mia.ops(3))
    with pytest.raises(HubRefusal) as refused:
        mia.push(*mia.ops(3))
    assert refused.value.sqlstate in ("CS001", "23505")
    (page,) = everything(bo)
    assert len(page.rows) == 3


def test_an_older_session_of_a_desk_is_fenced(hub: TestHub) -> None:
    old = Peer(hub, "Mia")
    with line.connect(hub.enrolments["Mia"].login.secret_dsn) as newer:
        session.hello(newer, old.desk)
        with pytest.raises(HubRefusal) as refused:
            old.push(*old.ops(1))
    assert refused.value.sqlstate == "CS004"
    old.line.close()


def test_own_operations_can_be_fetched_back(peers: Peers) -> None:
    mia, _, _ = peers
    sent = mia.ops(5)
    mia.push(*sent)
    assert wire.own_tail(mia.line, mia.desk, 1, 4) == sent[1:4]


def test_a_hint_comes_when_another_desk_pushed_and_not_before(peers: Peers) -> None:
    mia, bo, _ = peers
    bo.line.listen(bo.desk)
    bo.push(*bo.ops(1))
    assert not bo.line.hint(0.01)
    mia.push(*mia.ops(1))
    assert bo.line.hint(5)


def test_an_answer_that_does_not_come_ends_the_line(peers: Peers, hub: TestHub) -> None:
    mia, _, _ = peers
    with pytest.raises(HubRefusal) as refused, mia.line.asking(0.2) as connection:
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000000)")
    assert refused.value.sqlstate is None
