"""Packs of the team in the store: one current version everywhere, whatever came when, and nothing lost."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csdesk.clock import ManualClock
from csdesk.desk import people, publishing
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.model.operation import FOR_LEADS, Kind, Operation
from csdesk.model.published import Thing, Version, digest_of
from csdesk.replies.pack import load_packs
from csdesk.store import connect, hub, log, migrations, published, redating, shared_log
from csdesk.store.apply import apply
from csdesk.store.apply.published import pack_uid
from csdesk.store.database import SCHEMA_VERSION
from csdesk.store.verify import verify
from csdesk.text import clean
from tests.conftest import ROOT
from tests.desk.packs import lead, pack_text, publish
from tests.desks import START_MS, clock_of, open_desk
from tests.store.relay import Relay, open_numbered, said_by
from tests.store.test_any_order import FOLDER
from tests.store.test_receiving import agree, exchange, two_desks
from tests.unit.replies.test_team import GOOD, HOSTILE

REPLIES = Thing.REPLIES


def history(desk: Desk, name: str = "shop") -> list[Version]:
    return published.versions(desk.store.reader(), REPLIES, name)


def told(desk: Desk) -> list[tuple[int, str, bool, int | None]]:
    """The history as people are told it, the oldest first."""
    return [
        (each.number, each.agent_name, each.is_current, each.overtaken_by) for each in history(desk)[::-1]
    ]


def test_a_version_is_on_the_other_desk_with_all_that_is_said_of_it(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        lead(mia)
        text = pack_text(hi="Hello", by="Bye")
        publish(mia, tmp_path, text, "for the sale")
        exchange(relay, mia, bo)
        (version,) = history(bo)
        assert (version.number, version.digest, version.note) == (1, digest_of(text), "for the sale")
        assert (version.agent_name, version.title, version.at) == ("Mia", "Shop", START_MS)
        assert publishing.text(bo, version) == text
        agree(mia, bo)


def test_of_two_that_were_published_apart_the_later_holds_and_the_other_stays(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        lead(mia)
        lead(bo)
        publish(mia, tmp_path, pack_text(hi="1"))
        exchange(relay, mia, bo)
        clock_of(bo).advance(1_000)
        publish(bo, tmp_path, pack_text(hi="of Bo"))
        clock_of(mia).advance(5_000)
        publish(mia, tmp_path, pack_text(hi="of Mia"))
        exchange(relay, mia, bo)
        wanted = [(1, "Mia", False, None), (2, "Bo", False, 3), (3, "Mia", True, None)]
        assert told(mia) == told(bo) == wanted
        assert "of Bo" in publishing.text(mia, publishing.version(mia, REPLIES, "shop", 2))
        agree(mia, bo)
        publish(bo, tmp_path, pack_text(hi="of both"))
        exchange(relay, bo, mia)
        assert told(mia)[-2:] == [(3, "Mia", False, None), (4, "Bo", True, None)]


def test_what_was_retired_is_gone_and_can_come_back(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        lead(mia)
        publish(mia, tmp_path, pack_text(hi="1"))
        publishing.retire(mia, REPLIES, "shop", "over")
        exchange(relay, mia, bo)
        assert published.files(bo.store.reader(), REPLIES) == ()
        assert [each.is_retired for each in history(bo)] == [True, False]
        publishing.publish_again(mia, REPLIES, "shop", 1)
        exchange(relay, mia, bo)
        (file,) = published.files(bo.store.reader(), REPLIES)
        assert (file.number, [number for number, _text in file.texts()]) == (3, [3])
        assert history(bo)[0].note == "version 1 again"
        agree(mia, bo)


def test_an_old_clock_put_right_moves_the_version(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        lead(mia)
        lead(bo)
        clock_of(mia).advance(3_600_000)
        publish(mia, tmp_path, pack_text(hi="from tomorrow"))
        (version,) = history(mia)
        before = mia.store.reader().execute("SELECT hlc FROM op WHERE dseq = ?", (version.dot[1],)).fetchone()
        mia.store.write(
            lambda tx: redating.redate(tx, {version.dot[1]: before[0] - (3_000_000 << log.HLC_COUNTER_BITS)})
        )
        clock_of(bo).advance(1_800_000)
        publish(bo, tmp_path, pack_text(hi="later in truth"))
        exchange(relay, mia, bo)
        assert [who for _number, who, *_rest in told(mia)] == ["Mia", "Bo"]
        agree(mia, bo)


LATER = (START_MS + 60_000) << log.HLC_COUNTER_BITS
FIELDS = {
    "thing": "replies",
    "name": "shop",
    "text": "text",
    "digest": digest_of("text"),
    "title": "T",
    "note": "",
    "at": 1,
}
WRONG = {
    "no text": {"text": None},
    "a text that is none": {"text": 7},
    "another digest": {"digest": "00"},
    "half a character": {"text": "\ud800"},
    "a name that climbs": {"name": "../../etc/passwd"},
    "a name of escapes": {"name": "\x1b]0;x\x07"},
    "another pack's id": {"name": "other"},
    "no author": {"by": "00" * 16},
    "a time beyond time": {"at": 1 << 70},
    "a time that is a word": {"at": "now"},
    "a base that is none": {"upon": "x:y"},
    "more than a file may have": {"text": "x" * (1 << 20) + "x"},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_version_changes_nothing_and_stops_nothing(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        comes(relay, {**FIELDS, "by": mia.agent.uid.hex(), **wrong})
        exchange(relay, mia, bo)
        assert history(bo) == []
        agree(mia, bo)


def comes(relay: Relay, body: dict[str, object]) -> None:
    """A desk of nobody we know sends a version of the pack "shop"."""
    said = Operation(99, 1, LATER, Kind.PACK_PUBLISHED, pack_uid("replies", "shop"), body)
    try:
        relay.operations[99] = [log.stored(said, log.START_SUM)]
    except UnicodeEncodeError:
        loose = json.dumps(body)
        relay.operations[99] = [
            row._replace(sum=row.follows(log.START_SUM))
            for row in [log.stored(said._replace(body={}), log.START_SUM)._replace(body=loose)]
        ]


def test_a_text_with_escapes_is_kept_without_them(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        text = "schema: \x1b]0;owned\x07 \u202e"
        body = {**FIELDS, "text": text, "digest": digest_of(text), "title": "\x1b[2J", "note": "\x07" * 900}
        comes(relay, {**body, "by": mia.agent.uid.hex()})
        exchange(relay, mia, bo)
        (version,) = history(bo)
        assert publishing.text(bo, version) == "schema: ␛]0;owned␇ ⟨202E⟩"
        assert version.title == "␛[2J" and len(version.note) == 500
        agree(mia, bo)


def test_only_a_leads_desk_publishes(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (_relay, mia, _bo):
        mia.store.write(lambda tx: hub.update(tx, rank="agent"))
        for act in (
            lambda: publish(mia, tmp_path, pack_text(hi="1")),
            lambda: publishing.retire(mia, REPLIES, "shop"),
        ):
            with pytest.raises(CsdeskError) as refused:
                act()
            assert refused.value.code == "team.not_lead"
        mia.store.write(hub.leave)
        with pytest.raises(CsdeskError) as refused:
            publish(mia, tmp_path, pack_text(hi="1"))
        assert refused.value.code == "team.no_hub"
        assert history(mia) == []


def test_what_the_hub_denied_has_no_effect_anywhere(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        lead(mia)
        version = publish(mia, tmp_path, pack_text(hi="1"))

        class Denying(Relay):
            def lost(self, rows: list[log.Stored]) -> set[tuple[int, int]]:
                return {row[:2] for row in rows if row.kind in FOR_LEADS}

        denying = Denying(relay.operations, relay.claims)
        exchange(denying, mia, bo)
        assert history(mia) == history(bo) == []
        assert hub.lost(bo.store.reader()) == {version.dot}
        agree(mia, bo)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("schema: csdesk.pack/2\npack: {id: shop, title: T, lang: en}\nreplies: []\n", "team.not_valid"),
        (pack_text(hi="{{nothing.known}}"), "team.not_valid"),
        ("&a [*a]", "team.not_valid"),
        ("\x00", "team.not_valid"),
        ("x" * (1 << 20) + "x", "team.too_large"),
    ],
)
def test_what_no_desk_could_read_is_not_published(tmp_path: Path, text: str, code: str) -> None:
    with two_desks(tmp_path) as (_relay, mia, _bo):
        lead(mia)
        with pytest.raises(CsdeskError) as refused:
            publish(mia, tmp_path, text)
        assert refused.value.code == code
        assert history(mia) == []


def test_the_same_again_is_refused(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (_relay, mia, _bo):
        lead(mia)
        publish(mia, tmp_path, pack_text(hi="1"))
        with pytest.raises(CsdeskError) as refused:
            publish(mia, tmp_path, pack_text(hi="1"))
        assert refused.value.code == "team.same"


def test_the_hub_has_the_same_list_of_what_is_a_leads() -> None:
    said = (ROOT / "csdesk/sync/hub_sql/004_team_packs.sql").read_text("utf-8")
    listed = said.partition("kind IN (")[2].partition(")")[0]
    assert {int(number) for number in listed.split(",")} == FOR_LEADS


def test_what_came_before_the_upgrade_is_there_after_it(tmp_path: Path) -> None:
    """An older csdesk kept the operation and made nothing of it."""
    with two_desks(tmp_path) as (relay, mia, bo):
        lead(mia)
        publish(mia, tmp_path, pack_text(hi="1"))
        exchange(relay, mia, bo)
        wanted = told(bo)
    connection = connect.open_alone(tmp_path / "bo.db")
    connection.execute("DELETE FROM published")
    shared_log.take_in(connection, [Kind.PACK_PUBLISHED, Kind.PACK_RETIRED])
    connection.close()
    assert verify(tmp_path / "bo.db").problems == ()
    with open_desk(tmp_path / "bo.db", agent="Bo") as again:
        assert told(again) == wanted


@pytest.fixture(scope="module")
def rows() -> Iterator[connect.Connection]:
    """Empty tables, and somebody who publishes."""
    scratch = connect.open_scratch()
    migrations.upgrade(scratch, "scratch", SCHEMA_VERSION)
    scratch.execute("INSERT INTO agent(uid, name, role, capacity) VALUES(?, 'Mia', 'lead', 3)", (AUTHOR,))
    yield scratch
    scratch.close()


AUTHOR = b"a" * 16


def test_what_means_harm_comes_out_of_the_store_harmless(rows: connect.Connection) -> None:
    """Each as the newest version of a pack of its own, with a good one before it."""
    rows.execute("DELETE FROM published")
    for number, text in enumerate(HOSTILE.values()):
        for hlc, each in ((1, GOOD.replace("id: shop", f"id: p{number}")), (2, text)):
            said = {
                **FIELDS,
                "by": AUTHOR.hex(),
                "name": f"p{number}",
                "text": each,
                "digest": digest_of(each),
            }
            kind, ent = Kind.PACK_PUBLISHED, pack_uid("replies", f"p{number}")
            assert apply(rows, Operation(7, 10 * number + hlc, hlc, kind, ent, said))
    files = published.files(rows, REPLIES)
    assert len(files) == len(HOSTILE)
    for file in files:
        replies = load_packs((), (), [file]).replies
        assert [each.body for each in replies] == ["The last good one"]
        assert [clean(text) for _number, text in file.texts()] == [text for _number, text in file.texts()]


MOMENTS = st.tuples(st.integers(1, 6), st.sampled_from((7, 8, 9)))
FACTS = st.dictionaries(
    MOMENTS, st.tuples(st.booleans(), st.none() | st.integers(0, 8)), min_size=1, max_size=9
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=FACTS, data=st.data())
def test_whatever_arrives_when_all_number_and_choose_alike(
    rows: connect.Connection, facts: dict[tuple[int, int], tuple[bool, int | None]], data: st.DataObject
) -> None:
    """One pack, any times of any desks, any arrival: one order, one current version, each overtaken one named."""
    in_time = sorted(facts)
    operations = [version_of(place, in_time, *facts[place]) for place in in_time]
    found = []
    for _time in range(2):
        rows.execute("DELETE FROM published")
        for operation in data.draw(st.permutations(operations)):
            assert apply(rows, operation)
            assert apply(rows, operation)  # and a second time
        found.append(published.versions(rows, REPLIES, "shop"))
    assert found[0] == found[1]
    assert [each.number for each in found[0]] == [*range(len(facts), 0, -1)]
    assert [each.is_current for each in found[0]] == [True, *[False] * (len(facts) - 1)]
    current = published.current(rows, REPLIES)
    assert current == found[0][:1] and found[0][0].overtaken_by is None
    for later, each in pairwise(found[0]):
        known = facts[in_time[later.number - 1]][1]
        is_seen = known is not None and known < len(in_time) and known + 1 >= each.number
        assert each.overtaken_by == (None if is_seen else later.number)


def version_of(
    place: tuple[int, int], in_time: list[tuple[int, int]], is_retired: bool, known: int | None
) -> Operation:
    """An operation about the pack at ``place``, made on top of the ``known``-th of all."""
    hlc, desk = place
    text = f"{hlc} {desk}"
    said = {} if is_retired else {"text": text, "digest": digest_of(text)}
    body = {"thing": "replies", "name": "shop", "by": AUTHOR.hex(), "at": hlc, **said}
    if known is not None:
        before = in_time[known] if known < len(in_time) else (99, 99)
        body["upon"] = f"{before[1]}:{before[0]}"
    kind = Kind.PACK_RETIRED if is_retired else Kind.PACK_PUBLISHED
    return Operation(desk, hlc, hlc, kind, pack_uid("replies", "shop"), body)


ACTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(("publish", "publish", "retire", "again", "sync", "wait")),
        st.integers(0, 3),
    ),
    max_size=10,
)


@settings(max_examples=3, deadline=None)
@given(acts=ACTS, last=st.permutations((0, 1, 2)))
def test_any_order_gives_one_current_version(acts: list[tuple[int, str, int]], last: tuple[int, ...]) -> None:
    """Three leads publish, take away and bring back whenever they like, and meet in any order."""
    relay = Relay()
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder, ExitStack() as stack:
        desks = []
        for number, agent in enumerate(("Mia", "Bo", "Li"), 1):
            desk = stack.enter_context(
                open_numbered(Path(folder) / f"{agent}.db", number, agent, ManualClock(START_MS))
            )
            relay.enrol(desk.store)
            lead(desk)
            desks.append(desk)
        made = 0
        for who, act, choice in acts:
            desk = desks[who]
            try:
                if act == "publish":
                    made += 1
                    publish(desk, Path(folder), pack_text(hi=f"{made} of {desk.agent.name}"))
                elif act == "retire":
                    publishing.retire(desk, REPLIES, "shop")
                elif act == "again":
                    publishing.publish_again(desk, REPLIES, "shop", choice)
                elif act == "wait":
                    clock_of(desk).advance(choice * 10_000)
                else:
                    relay.push(desk.store)
                    relay.pull(desk.store, choice * 3 + 1)
            except CsdeskError as refused:
                assert refused.code in (
                    "team.unknown",
                    "team.retired",
                    "team.same",
                    "team.no_version",
                    "team.retired_version",
                )
        exchange(relay, *(desks[who] for who in last))
        exchange(relay, *desks)
        first = said_by(desks[0].store)
        assert all(said_by(desk.store) == first for desk in desks[1:])
        assert told(desks[0]) == told(desks[1]) == told(desks[2])
        texts = [publishing.text(desks[2], each) for each in history(desks[2])]
        for number in range(1, made + 1):
            assert sum(f"{number} of " in text for text in texts) >= 1  # nobody's work is lost
        assert verify(desks[0].store.path).problems == ()


def test_two_agents_who_turn_out_to_be_one_keep_their_versions(tmp_path: Path) -> None:
    with two_desks(tmp_path) as (relay, mia, bo):
        lead(mia)
        lead(bo)
        same = Desk(bo.store, bo.clock, bo.settings, people.me(bo.store, "Mia"))
        publish(mia, tmp_path, pack_text(hi="1"))
        clock_of(bo).advance(1_000)
        publish(same, tmp_path, pack_text(hi="2"))
        exchange(relay, mia, bo)
        assert [who for _number, who, *_rest in told(bo)] == ["Mia", "Mia"]
        agree(mia, bo)
