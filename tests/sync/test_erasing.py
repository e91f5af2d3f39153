"""A person's words go from the hub and from every desk, and each log can still be proved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from csdesk.desk import contacts, erasing, sending, work
from csdesk.store.verify import verify
from tests.desks import hears
from tests.sync.conftest import TestHub, both_dialects
from tests.sync.desks import Mate, mate
from tests.sync.test_hub import hello, push

WORDS = "我的电话是13800138000"
Pair = tuple[Mate, Mate]


@pytest.fixture
def pair(tmp_path: Path, hub: TestHub) -> Iterator[Pair]:
    made = mate(tmp_path, hub, "Ida", rank="lead"), mate(tmp_path, hub, "Bo")
    yield made
    for each in made:
        each.desk.close()


def everybody_knows(ida: Mate, bo: Mate) -> None:
    """A customer wrote to one and to the other, and both have it all."""
    hears(ida.desk, "t1", WORDS)
    hears(ida.desk, "t2", "別的人")
    for each in (ida, bo):
        each.sync()
    hears(bo.desk, "t1", f"{WORDS}!")
    for each in (bo, ida):
        each.sync()
    assert holds(ida) and holds(bo)


def holds(mate: Mate) -> bool:
    """Whether the words stand anywhere in a desk's log or rows."""
    reader = mate.store.reader()
    in_log = reader.execute("SELECT count(*) FROM op WHERE instr(body, ?)", (WORDS,)).fetchone()[0]
    in_rows = reader.execute("SELECT count(*) FROM message WHERE instr(text, ?)", (WORDS,)).fetchone()[0]
    return bool(in_log or in_rows)


def erase(mate: Mate) -> None:
    reader = mate.store.reader()
    (contact,) = reader.execute("SELECT contact FROM conversation WHERE thread = 't1'").fetchone()
    erasing.erase_contact(mate.desk, contact)


@both_dialects
def test_words_go_everywhere(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    everybody_knows(ida, bo)
    erase(ida)
    for each in (ida, bo, ida):
        each.sync()
    assert not holds(ida)
    assert not holds(bo)
    assert hub.execute("SELECT count(*) FROM csdesk.op WHERE strpos(body, %s) > 0", WORDS) == [(0,)]
    for each in pair:
        assert verify(each.store.path).problems == ()
    assert ida.rows() == bo.rows()
    assert hub.execute("SELECT count(*) FROM csdesk.op WHERE strpos(body, '別的人') > 0") == [(1,)]


def test_an_agents_erasure_is_void_elsewhere_and_keeps_nothing_back(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    everybody_knows(ida, bo)
    erase(bo)
    hears(bo.desk, "t3", "下一位")
    for each in (bo, ida):
        each.sync()
    assert holds(ida)
    assert hub.execute("SELECT count(*) FROM csdesk.op WHERE strpos(body, '下一位') > 0") == [(1,)]
    assert hub.execute("SELECT count(*) > 0 FROM csdesk.denied") == [(True,)]
    assert hub.execute("SELECT * FROM csdesk.erased") == []


def test_what_was_written_without_knowing_of_an_erasure_is_erased_when_it_comes(
    hub: TestHub, pair: Pair
) -> None:
    """Bo's desk was away: what it took in, and what Bo wrote before the erasure, loses its words when it gets there."""
    ida, bo = pair
    everybody_knows(ida, bo)
    number = of(bo, "t1")
    sending.note(bo.desk, number, f"打过电话：{WORDS}")
    work.label(bo.desk, number, (WORDS,))
    contacts.edit(bo.desk, contact_of(bo), {"note": WORDS})
    erase(ida)
    hears(bo.desk, "t1", f"{WORDS}，快点")
    ida.sync()
    bo.sync()
    assert hub.execute("SELECT count(*) > 0 FROM csdesk.op WHERE strpos(body, %s) > 0", WORDS) == [(True,)]
    for each in (ida, ida, bo):
        each.sync()
    assert hub.execute("SELECT count(*) FROM csdesk.op WHERE strpos(body, %s) > 0", WORDS) == [(0,)]
    for each in pair:
        assert not holds(each)
        assert verify(each.store.path, deep=True).problems == ()
    assert ida.rows() == bo.rows()
    before = hub.execute("SELECT sum(head) FROM csdesk.desk")
    for each in (ida, bo, ida):
        each.sync()
    assert hub.execute("SELECT sum(head) FROM csdesk.desk") == before


@pytest.mark.parametrize("is_sent_before", [False, True], ids=["sent after it came", "at the hub before it"])
def test_what_was_written_later_by_the_clock_without_knowing_goes_too(
    hub: TestHub, pair: Pair, is_sent_before: bool
) -> None:
    """Ida erases, and before Bo's desk hears of it he answers, notes, labels and edits."""
    ida, bo = pair
    everybody_knows(ida, bo)
    erase(ida)
    number = of(bo, "t1")
    sending.note(bo.desk, number, f"打过电话：{WORDS}")
    work.label(bo.desk, number, (WORDS,))
    contacts.edit(bo.desk, contact_of(bo), {"note": WORDS})
    if is_sent_before:
        bo.sync()
    for each in (ida, bo, bo, ida, ida, bo):
        each.sync()
    assert hub.execute("SELECT count(*) FROM csdesk.op WHERE strpos(body, %s) > 0", WORDS) == [(0,)]
    assert bo.store.reader().execute("SELECT count(*) FROM op WHERE kind = 65").fetchone() == (1,)
    sending.note(bo.desk, number_of_erased(bo), f"现在知道了：{WORDS}")
    for each in (bo, ida, ida, bo):
        each.sync()
    for each in pair:
        said = each.store.reader().execute("SELECT text FROM message WHERE text <> ''").fetchall()
        assert sorted(said) == [("別的人",), (f"现在知道了：{WORDS}",)]
        assert verify(each.store.path, deep=True).problems == ()
    assert ida.rows() == bo.rows()


def test_what_is_written_in_an_erased_conversation_on_purpose_stays(pair: Pair) -> None:
    ida, bo = pair
    everybody_knows(ida, bo)
    erase(ida)
    for each in (ida, bo):
        each.sync()
    sending.note(bo.desk, number_of_erased(bo), "按客户要求删除")
    for each in (bo, ida, ida, bo):
        each.sync()
    for each in pair:
        rows = each.store.reader().execute("SELECT count(*) FROM message WHERE text = '按客户要求删除'")
        assert rows.fetchone() == (1,)


def of(mate: Mate, thread: str) -> int:
    rows = mate.store.reader().execute("SELECT id FROM conversation WHERE thread = ?", (thread,))
    return int(rows.fetchone()[0])


def contact_of(mate: Mate) -> int:
    rows = mate.store.reader().execute("SELECT contact FROM conversation WHERE thread = 't1'")
    return int(rows.fetchone()[0])


def number_of_erased(mate: Mate) -> int:
    rows = mate.store.reader().execute("SELECT id FROM conversation WHERE erased_at IS NOT NULL")
    return int(rows.fetchone()[0])


LEFT = '{"erased":"00"}'


@pytest.mark.parametrize(
    ("rank", "kind", "body", "taken"),
    [("lead", 3, LEFT, 1), ("agent", 3, LEFT, 0), ("lead", 60, LEFT, 0)],
    ids=["a lead's erasure", "an agent's", "what is no erasure"],
)
def test_who_may_take_words_out(hub: TestHub, rank: str, kind: int, body: str, taken: int) -> None:
    with psycopg.connect(hub.enrolled("Mia", desk=7), autocommit=True) as connection:
        hello(connection, 7)
        push(connection, (7, 1, 1 << 16, 60, 1, 0, b"e" * 16, None, '{"text":"x"}', b"s" * 16))
    with psycopg.connect(hub.enrolled("Ida", rank, desk=8), autocommit=True) as connection:
        hello(connection, 8)
        push(connection, (8, 1, 1 << 16, kind, 1, 0, b"e" * 16, None, "{}", b"s" * 16))
        asked = "SELECT csdesk.erase(8, 1, '{7}', '{1}', ARRAY[%s])"
        assert connection.execute(asked, (body,)).fetchone() == (taken,)
        assert connection.execute(asked, (body,)).fetchone() == (0,)
        seen = connection.execute("SELECT body FROM csdesk.op_v WHERE desk = 7").fetchone()
        assert seen == ((body if taken else '{"text":"x"}'),)


def test_an_erasure_writes_nothing_new(hub: TestHub) -> None:
    with psycopg.connect(hub.enrolled("Ida", "lead", desk=8), autocommit=True) as connection:
        hello(connection, 8)
        push(connection, (8, 1, 1 << 16, 3, 1, 0, b"e" * 16, None, "{}", b"s" * 16))
        for bodies in ("ARRAY['a new story']", "ARRAY[NULL]", "'{}'"):
            with pytest.raises(psycopg.errors.InvalidParameterValue):
                connection.execute(f"SELECT csdesk.erase(8, 1, '{{8}}', '{{1}}', {bodies}::text[])".encode())


def test_what_all_desks_have(hub: TestHub, pair: Pair) -> None:
    ida, bo = pair
    hears(ida.desk, "t1", "在吗")
    for each in (ida, bo):
        each.sync()
    common = dict(hub.execute("SELECT desk, dseq FROM csdesk.common_v"))
    heads = dict(hub.execute("SELECT desk, head FROM csdesk.desk"))
    assert common[ida.store.desk] == heads[ida.store.desk] > 0
    assert common[bo.store.desk] < heads[bo.store.desk]
    ida.sync()
    assert dict(hub.execute("SELECT desk, dseq FROM csdesk.common_v")) == heads
    hub.execute("UPDATE csdesk.desk SET at = now() - interval '31 days' WHERE agent = 'Bo'")
    hears(ida.desk, "t2", "在吗")
    ida.sync()
    heads = dict(hub.execute("SELECT desk, head FROM csdesk.desk"))
    assert (
        dict(hub.execute("SELECT desk, dseq FROM csdesk.common_v"))[ida.store.desk] == heads[ida.store.desk]
    )
