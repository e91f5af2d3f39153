"""Contents of attachments: they reach every desk that may read them, piece by piece, and nobody else."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.desk import enclosed, erasing, fetching, intake, saving, sending, work
from csdesk.desk.attaching import described, keeping
from csdesk.desk.enclosing import taken_in
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.desk.runner import Runner
from csdesk.errors import NotFound
from csdesk.model.message import Attachment
from csdesk.store import carried, coming, files
from csdesk.store import hub as hub_state
from csdesk.store.hub import HubState
from csdesk.store.verify import verify
from csdesk.sync import carrying, engine, follow, line, visit
from csdesk.sync import fetching as fetching_files
from csdesk.sync.carrying import Carrier
from csdesk.sync.line import HubRefusal
from csdesk.sync.pieces import PIECE, Carried
from tests.desks import INBOX, Line, hears, open_desk
from tests.sync.conftest import TestHub, both_dialects
from tests.sync.desks import Mate, TrueTime, WrongClock, mate
from tests.sync.proxy import Proxy
from tests.sync.test_follow import Live, until

Pair = tuple[Mate, Mate]
LONG = random.Random(4).randbytes(60 * PIECE + 17)
BIG = random.Random(1).randbytes(3 * PIECE + 17)


@pytest.fixture
def pair(tmp_path: Path, hub: TestHub) -> Iterator[Pair]:
    made = mate(tmp_path, hub, "Ida", rank="lead"), mate(tmp_path, hub, "Bo")
    yield made
    for each in made:
        each.desk.close()


def brings(mate: Mate, *contents: bytes, thread: str = "t1") -> int:
    """A customer sends files; the local id of the conversation."""
    with keeping(mate.desk) as keep:
        found = tuple(
            described(f"{place}.jpg", "image/jpeg", each, keep) for place, each in enumerate(contents)
        )
        card = ContactCard(thread, thread)
        number = hashlib.sha256(b"".join(contents)).hexdigest()[:12]
        intake.receive(mate.desk, Incoming(INBOX, thread, number, "看图", card, attachments=found))
    return of(mate, thread)


def of(mate: Mate, thread: str = "t1") -> int:
    rows = mate.store.reader().execute("SELECT id FROM conversation WHERE thread = ?", (thread,))
    return int(rows.fetchone()[0])


def has(mate: Mate, content: bytes) -> bool:
    digest = hashlib.sha256(content).hexdigest()
    return files.is_here(mate.store.path, digest) and files.read(mate.store.path, digest) == content


def file_of(mate: Mate, thread: str = "t1") -> Attachment:
    return enclosed.files_of(mate.desk, of(mate, thread))[0].file


def carry(mate: Mate, most_bytes: int = 0) -> Carried:
    return engine.carry(mate.store, mate.name, most_bytes)


@contextmanager
def carrier(mate: Mate, most_bytes: int = 0) -> Iterator[Carrier]:
    with line.connect(engine.address(visit.need_hub(mate.store))) as wired:
        yield Carrier(mate.store, wired, most_bytes=most_bytes)


def at_hub(hub: TestHub) -> list[tuple[object, ...]]:
    return hub.execute("SELECT size, had, is_whole FROM csdesk.file ORDER BY size")


@both_dialects
def test_a_file_comes_when_it_is_asked_for(hub: TestHub, pair: Pair, tmp_path: Path) -> None:
    ida, bo = pair
    brings(ida, BIG)
    ida.sync()
    bo.sync()
    (found,) = enclosed.files_of(bo.desk, of(bo))
    assert (found.is_here, found.comes) == (False, True)
    with pytest.raises(NotFound):
        saving.save(bo.desk, found.file, tmp_path / "saved")
    fetching.ask_for(bo.desk, [found.file])
    assert carry(bo).fetched == 0
    waiting = fetching.standing(bo.desk, found.file)
    assert waiting is not None and waiting.reason == fetching_files.NOT_THERE
    assert (carry(ida).brought, at_hub(hub)) == (1, [(len(BIG), len(BIG), True)])
    assert carry(bo).fetched == 1
    assert fetching.standing(bo.desk, found.file) is None
    assert saving.save(bo.desk, found.file, tmp_path / "saved").read_bytes() == BIG
    assert enclosed.again(bo.desk, found).is_here
    for each in pair:
        assert verify(each.store.path, deep=True).problems == ()


def test_files_of_open_conversations_come_by_themselves_up_to_a_size(pair: Pair) -> None:
    ida, bo = pair
    brings(ida, b"small", BIG)
    brings(ida, b"resolved", thread="t2")
    work.resolve(ida.desk, of(ida, "t2"))
    ida.sync()
    assert carry(ida).brought == 3
    bo.sync()
    assert carry(bo, 1_000).fetched == 1
    assert (has(bo, b"small"), has(bo, BIG), has(bo, b"resolved")) == (True, False, False)
    assert carry(bo, 1 << 20).fetched == 1
    assert (has(bo, BIG), has(bo, b"resolved")) == (True, False)


def test_what_was_cut_off_goes_on_where_it_was(hub: TestHub, pair: Pair) -> None:
    ida, _bo = pair
    brings(ida, BIG)
    ida.sync()
    with carrier(ida) as first:
        first.look()
        for _step in range(2):
            assert first.step()
    assert at_hub(hub) == [(len(BIG), 2 * PIECE, False)]
    with carrier(ida) as second:
        done = carrying.carry_all(second)
    assert (done.brought, done.bytes) == (1, len(BIG) - 2 * PIECE)
    assert at_hub(hub) == [(len(BIG), len(BIG), True)]


def test_a_file_that_goes_while_it_is_brought_keeps_no_other_back(pair: Pair) -> None:
    ida, _bo = pair
    brings(ida, BIG, b"small")
    ida.sync()
    with carrier(ida) as by_hand:
        by_hand.look()
        assert by_hand.step()
        files.place_of(ida.store.path, hashlib.sha256(BIG).hexdigest()).unlink()
        assert carrying.carry_all(by_hand).brought == 1
    assert carried.count_to_bring(ida.store.reader()) == (0, 1)


@pytest.fixture
def wires(pair: Pair, hub: TestHub) -> Iterator[dict[str, Proxy]]:
    """Each desk's own wire to the hub, through loopback."""
    found: dict[str, Proxy] = {}
    port = hub.server.port
    assert port
    for each in pair:
        found[each.name] = proxy = Proxy(port)
        login = replace(
            hub.enrolments[each.name].login, dsn=hub.tcp_dsn.replace(f"port={port}", f"port={proxy.port}")
        )
        each.store.write(lambda tx, dsn=login.secret_dsn: hub_state.update(tx, dsn=dsn))  # type: ignore[misc]
    yield found
    for proxy in found.values():
        proxy.close()


def carries_until_cut(mate: Mate, wire: Proxy, pieces: int) -> None:
    """One carrier moves some pieces; then its wire is cut, and it finds out."""
    with carrier(mate, 1 << 30) as by_hand:
        by_hand.look()
        while by_hand.done.bytes < pieces * PIECE:
            assert by_hand.step()
        wire.cut()
        with pytest.raises(HubRefusal):
            while by_hand.step():
                pass
        by_hand.close()


def test_a_wire_cut_in_the_middle_costs_no_piece_twice_either_way(
    hub: TestHub, pair: Pair, wires: dict[str, Proxy]
) -> None:
    ida, bo = pair
    brings(ida, LONG)
    ida.sync()
    carries_until_cut(ida, wires["Ida"], 20)
    ((had, _whole),) = hub.execute("SELECT had, is_whole FROM csdesk.file")
    assert isinstance(had, int) and 20 * PIECE <= had < len(LONG)
    assert carry(ida).bytes == len(LONG) - had
    bo.sync()
    fetching.ask_for(bo.desk, [file_of(bo)])
    carries_until_cut(bo, wires["Bo"], 20)
    digest = hashlib.sha256(LONG).hexdigest()
    here = coming.had(bo.store.path, digest)
    assert 20 * PIECE <= here < len(LONG)
    assert not has(bo, LONG)
    before = wires["Bo"].carried
    done = carry(bo)
    assert (done.fetched, done.bytes) == (1, len(LONG) - here)
    assert wires["Bo"].carried - before < len(LONG) - here + 4 * PIECE
    assert has(bo, LONG)
    assert coming.had(bo.store.path, digest) == 0
    assert verify(bo.store.path, deep=True).problems == ()


def test_a_follower_goes_on_where_its_wire_was_cut(pair: Pair, wires: dict[str, Proxy]) -> None:
    ida, bo = pair
    brings(ida, LONG)
    ida.sync()
    carry(ida)
    live = Live(bo, most_bytes=1 << 30)
    digest = hashlib.sha256(LONG).hexdigest()
    until(lambda: coming.had(bo.store.path, digest) > 0 or has(bo, LONG))
    wires["Bo"].cut()
    until(lambda: has(bo, LONG))
    live.stop()
    assert live.error is None
    assert wires["Bo"].carried < 2 * len(LONG)


@pytest.mark.parametrize("spoiled", ["the last writes were zeros", "longer than it may be"])
def test_what_is_gone_on_with_counts_only_by_its_hash(pair: Pair, spoiled: str) -> None:
    ida, bo = pair
    brings(ida, BIG)
    ida.sync()
    carry(ida)
    bo.sync()
    fetching.ask_for(bo.desk, [file_of(bo)])
    begun = coming.resume(bo.store.path, hashlib.sha256(BIG).hexdigest(), PIECE)
    assert begun is not None
    begun.add(bytes(2 * PIECE) if spoiled.startswith("the last") else bytes(9 * PIECE))
    begun.close()
    assert carry(bo).fetched == 1
    assert has(bo, BIG)


def test_a_look_around_while_a_file_comes_does_not_ask_for_it_again(pair: Pair) -> None:
    ida, bo = pair
    brings(ida, BIG)
    ida.sync()
    carry(ida)
    bo.sync()
    fetching.ask_for(bo.desk, [file_of(bo)])
    with carrier(bo) as by_hand:
        by_hand.look()
        assert by_hand.step()
        by_hand.look()
        assert not by_hand.wants()
        done = carrying.carry_all(by_hand)
    assert (done.fetched, done.bytes) == (1, len(BIG))


def test_files_on_their_way_are_counted(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    brings(ida, BIG, b"small")
    assert on_their_way(ida) == (2, 0)
    ida.sync()
    with carrier(ida) as by_hand:
        by_hand.look()
        assert on_their_way(ida) == (2, 0)
        carrying.carry_all(by_hand)
    assert on_their_way(ida) == (0, 0)
    bo.sync()
    with carrier(bo, 1 << 20) as by_hand:
        by_hand.look()
        assert on_their_way(bo) == (0, 2)
        while by_hand.done.fetched < 1:
            assert by_hand.step()
        assert on_their_way(bo) == (0, 1)
    assert on_their_way(bo) == (0, 1)
    assert carry(bo, 1 << 20).fetched == 1
    assert on_their_way(bo) == (0, 0)
    brings(ida, b"later", thread="t2")
    ida.sync()
    bo.sync()
    fetching.ask_for(bo.desk, [file_of(bo, "t2")])
    carry(bo)
    assert on_their_way(bo) == (0, 1)
    hub.execute("UPDATE csdesk.hub SET value = '0' WHERE key = 'file_mb'")
    carry(ida)
    assert fetching.on_their_way(ida.desk).refused == 1
    assert fetching.sentence(fetching.on_their_way(ida.desk)) == "1 file that the hub would not take"


def on_their_way(mate: Mate) -> tuple[int, int]:
    found = fetching.on_their_way(mate.desk)
    return found.up, found.down


def test_two_programs_never_bring_one_file_on_at_once(pair: Pair) -> None:
    ida, bo = pair
    brings(ida, BIG)
    ida.sync()
    carry(ida)
    bo.sync()
    with carrier(bo, 1 << 20) as first, carrier(bo, 1 << 20) as second:
        first.look()
        second.look()
        assert first.step()
        while second.step():
            pass
        assert second.done.bytes == 0
        while not has(bo, BIG):
            assert first.step()


def test_what_has_come_is_gone_with_the_words_that_named_it(pair: Pair) -> None:
    ida, bo = pair
    brings(ida, b"PLANTED" + BIG)
    ida.sync()
    carry(ida)
    bo.sync()
    with carrier(bo, 1 << 20) as by_hand:
        by_hand.look()
        while by_hand.done.bytes < 2 * PIECE:
            assert by_hand.step()
        assert b"PLANTED" in b"".join(path.read_bytes() for path in every_file(bo))
        (contact,) = ida.store.reader().execute("SELECT contact FROM conversation").fetchone()
        erasing.erase_contact(ida.desk, contact)
        for each in pair:
            each.sync()
        while by_hand.step():
            pass
    assert list(every_file(bo)) == []


def test_one_content_is_brought_once_whoever_has_it(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    brings(ida, BIG)
    brings(ida, BIG, thread="t2")
    brings(bo, BIG, thread="t3")
    for each in pair:
        each.sync()
        done = carry(each)
        assert done.brought == (2 if each is ida else 1)
    assert done.bytes == 0
    assert len(at_hub(hub)) == 1
    assert hub.execute("SELECT count(*) FROM csdesk.file_named") == [(3,)]


def test_who_may_not_read_the_other_brings_their_own_and_one_stays(hub: TestHub, tmp_path: Path) -> None:
    ida, bo = mate(tmp_path, hub, "Ida"), scoped(tmp_path, hub, "Bo", 3)
    for each, thread in ((bo, "t1"), (ida, "t2")):
        brings(each, BIG, thread=thread)
        each.sync()
    assert carry(bo).bytes == len(BIG)
    assert carry(ida).bytes == len(BIG)
    assert at_hub(hub) == [(len(BIG), len(BIG), True)]
    for each in (ida, bo):
        each.desk.close()


def scoped(folder: Path, hub: TestHub, name: str, scope: int) -> Mate:
    """A desk that writes for one team."""
    clock = WrongClock(TrueTime())
    desk = open_desk(folder / f"{name}.db", clock, agent=name)
    dsn = hub.enrolled(name, scope=scope, desk=desk.store.desk)
    desk.store.write(lambda tx: hub_state.join(tx, HubState("team", dsn, scope)))
    return Mate(name, desk, clock)


def test_operations_do_not_wait_for_a_large_file(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    large = random.Random(2).randbytes(40 * PIECE)
    brings(ida, large)
    seen: list[int] = []
    ida.sync()
    with carrier(ida) as by_hand:
        by_hand.look()
        for step in range(10):
            assert by_hand.step()
            if step == 5:
                hears(ida.desk, "t9", "这期间")
                ida.sync()
                seen.append(hub.execute("SELECT had FROM csdesk.file")[0][0])  # type: ignore[arg-type]
    bo.sync()
    assert of(bo, "t9")
    assert 0 < seen[0] < len(large)


def test_followers_carry_by_themselves(hub: TestHub, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "POLL_S", 0.2)
    ida, bo = pair
    lives = [Live(each, most_bytes=1 << 20) for each in pair]
    until(lambda: all(each.state == "live" for each in lives))
    brings(ida, BIG, b"another")
    until(lambda: has(bo, BIG) and has(bo, b"another"))
    brings(bo, b"late", thread="t2")
    until(lambda: has(ida, b"late"))
    for each in lives:
        each.stop()
        assert each.error is None


def test_who_sends_for_the_inbox_fetches_first_and_never_sends_without(pair: Pair, tmp_path: Path) -> None:
    ida, bo = pair
    for each in pair:
        hears(each.desk, "t1", "请发目录")
        each.sync()
    ida.sync()
    channel = Line()
    runner = Runner(ida.desk, [channel])
    runner.step()
    live = Live(ida)
    until(lambda: bool(hub_state.leases(ida.store.reader())))
    path = tmp_path / "catalogue.pdf"
    path.write_bytes(BIG)
    replied_with(bo, path)
    bo.sync()
    until(lambda: is_waiting(ida, runner))
    assert channel.delivered == {}
    carry(bo)

    def is_sent() -> bool:
        runner.step()
        return bool(channel.delivered)

    until(is_sent)
    assert has(ida, BIG)
    (sent,) = channel.asked
    assert [each.path.read_bytes() for each in sent.files] == [BIG]
    live.stop()
    runner.close()


def is_waiting(mate: Mate, runner: Runner) -> bool:
    runner.step()
    return bool(carried.wishes(mate.store.reader()))


def replied_with(mate: Mate, path: Path) -> None:
    with taken_in(mate.desk, [path]) as found:
        sending.reply(mate.desk, of(mate), "这是目录", enclosed=found)


@both_dialects
def test_what_is_erased_is_gone_at_the_hub_and_on_every_desk(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    planted = b"PLANTED" + random.Random(3).randbytes(PIECE)
    brings(ida, planted)
    brings(ida, b"of another", thread="t2")
    for each in pair:
        each.sync()
    brings(bo, BIG)
    for each in (bo, ida):
        each.sync()
    carry(ida)
    with carrier(bo, 1 << 20) as by_hand:
        by_hand.look()
        while not has(bo, planted):
            assert by_hand.step()
        while not by_hand.done.brought and len(at_hub(hub)) < 3:
            assert by_hand.step()
    assert (len(BIG), PIECE, False) in at_hub(hub)
    assert has(bo, planted)
    (contact,) = ida.store.reader().execute("SELECT contact FROM conversation WHERE thread = 't1'").fetchone()
    erasing.erase_contact(ida.desk, contact)
    for each in (ida, bo, ida):
        each.sync()
    assert not has(ida, planted) and not has(bo, planted)
    assert at_hub(hub) == [(len(b"of another"), len(b"of another"), True)]
    assert hub.execute(
        "SELECT count(*) FROM csdesk.file_piece WHERE position('PLANTED'::bytea IN bytes) > 0"
    ) == [(0,)]
    assert hub.execute("SELECT count(*) FROM csdesk.file_named") == [(1,)]
    for each in pair:
        assert b"PLANTED" not in b"".join(path.read_bytes() for path in every_file(each))
        assert each.store.reader().execute("SELECT count(*) FROM hub_file").fetchone() == (0,)
        assert verify(each.store.path, deep=True).problems == ()


def every_file(mate: Mate) -> Iterator[Path]:
    return (path for path in files.folder_of(mate.store.path).rglob("*") if path.is_file())


def test_what_the_hub_will_not_take_keeps_nothing_else_back(hub: TestHub, pair: Pair) -> None:
    ida, _bo = pair
    hub.execute("UPDATE csdesk.hub SET value = '0' WHERE key = 'file_mb'")
    brings(ida, BIG)
    ida.sync()
    assert carry(ida).brought == 0
    assert carried.count_to_bring(ida.store.reader()) == (0, 1)
    hub.execute("UPDATE csdesk.hub SET value = '64' WHERE key = 'file_mb'")
    hub.execute("UPDATE csdesk.hub SET value = '0' WHERE key = 'desk_files_mb'")
    assert carry(ida).brought == 0
    hub.execute("UPDATE csdesk.hub SET value = '1' WHERE key = 'desk_files_mb'")
    assert carry(ida).brought == 1


def test_a_file_that_changed_on_its_way_is_nobodys(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    brings(ida, BIG)
    ida.sync()
    place = files.place_of(ida.store.path, hashlib.sha256(BIG).hexdigest())
    place.write_bytes(BIG[:-1] + b"?")
    assert carry(ida).brought == 0
    assert at_hub(hub) == []
    bo.sync()
    assert carry(bo, 1 << 20).fetched == 0


def test_a_hub_that_lies_puts_nothing_beside_the_store(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    brings(ida, BIG)
    ida.sync()
    carry(ida)
    hub.execute("UPDATE csdesk.file_piece SET bytes = overlay(bytes PLACING '?' FROM 1) WHERE place = 1")
    bo.sync()
    fetching.ask_for(bo.desk, [file_of(bo)])
    assert carry(bo).fetched == 0
    waiting = fetching.standing(bo.desk, file_of(bo))
    assert waiting is not None and waiting.reason == fetching_files.NOT_WHOLE


def test_a_hub_from_before_carries_none_and_all_else_goes_on(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    brings(ida, BIG)
    hub.execute("DROP FUNCTION csdesk.offer(int, bigint, bytea, bigint)")
    hub.execute("DROP FUNCTION csdesk.files_here(bytea[])")
    ida.sync()
    assert carry(ida).brought == 0
    bo.sync()
    fetching.ask_for(bo.desk, [file_of(bo)])
    assert carry(bo).fetched == 0


def test_a_full_disk_is_told_to_who_waits(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ida, bo = pair
    brings(ida, BIG)
    ida.sync()
    carry(ida)
    bo.sync()
    fetching.ask_for(bo.desk, [file_of(bo)])
    files.folder_of(bo.store.path).write_bytes(b"a file where the folder should be")
    assert carry(bo).fetched == 0
    waiting = fetching.standing(bo.desk, file_of(bo))
    assert waiting is not None and "cannot be written" in waiting.reason
