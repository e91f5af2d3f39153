"""Three desks that work as people do, each on its own store and by its own clock, and meet at a hub now and then.

Whatever they did, in whatever order and however little at a time it was exchanged: in the end all of them say
the same, each proves it from its own log, and nothing that a hub acknowledged is lost.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from csdesk.desk import contacts, many, people, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.ids import new_uid
from csdesk.model.conversation import Priority
from csdesk.model.operation import Kind
from csdesk.model.people import Role
from csdesk.store import contacts as contacts_of
from csdesk.store import erasing as log_erasing
from csdesk.store import hub, log, redating
from csdesk.store.verify import verify
from csdesk.store.writer import Transaction
from tests.desks import START_MS, clock_of, hears
from tests.store.counting import counted, kept
from tests.store.relay import Dot, Relay, open_numbered, said_by

FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None
NAMES = ("Mia", "Bo", "Lin")
THREADS = ("a", "b", "c")
WHO = st.integers(0, 2)
SOME = st.sampled_from(THREADS)
UNKNOWN = 99


class ManyDesks(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(dir=FOLDER)
        self.relay = Relay()
        self.desks = [
            open_numbered(Path(self.folder) / f"{name}.db", number, name)
            for number, name in enumerate(NAMES, start=1)
        ]
        for desk in self.desks:
            desk.store.write(lambda tx: people.add_team(tx, "售后"))
            self.relay.enrol(desk.store)
        self.said = 0
        self.unknown: list[bytes] = []
        self.met: dict[tuple[int, Dot], int] = {}
        """Of each erasure how far a desk's own log was when it came there."""

    @initialize(together=st.booleans())
    def they_begin(self, together: bool) -> None:
        """With conversations that all know, or as strangers."""
        for thread in THREADS:
            hears(self.desks[0], thread)
        if together:
            self.meet()

    @rule(who=WHO, thread=SOME)
    def customer(self, who: int, thread: str) -> None:
        hears(self.desks[who], thread)

    @rule(who=WHO, by=st.sampled_from((1, 700, 40_000, -90_000)))
    def the_clock_goes(self, who: int, by: int) -> None:
        clock_of(self.desks[who]).advance(by)

    @rule(who=WHO, thread=SOME)
    def reply(self, who: int, thread: str) -> None:
        self.said += 1
        text = f"回复 {self.said}"
        self.does(who, thread, lambda desk, number: sending.reply(desk, number, text))

    @rule(who=WHO, thread=SOME)
    def note(self, who: int, thread: str) -> None:
        self.does(who, thread, lambda desk, number: sending.note(desk, number, "note"))

    @rule(who=WHO, thread=SOME, what=st.sampled_from((work.claim, work.release, work.resolve, work.reopen)))
    def move(self, who: int, thread: str, what: Any) -> None:
        self.does(who, thread, what)

    @rule(who=WHO, thread=SOME, after=st.none() | st.just(30_000))
    def snooze(self, who: int, thread: str, after: int | None) -> None:
        until = None if after is None else self.desks[who].now_ms() + after
        self.does(who, thread, lambda desk, number: work.snooze(desk, number, until))
        work.wake_due(self.desks[who])

    @rule(who=WHO, thread=SOME, to=st.sampled_from((*NAMES, "售后")))
    def transfer(self, who: int, thread: str, to: str) -> None:
        target = work.Target(team=to) if to == "售后" else work.Target(agent=to)
        self.does(who, thread, lambda desk, number: work.transfer(desk, number, target, "because"))

    @rule(who=WHO, thread=SOME, name=st.sampled_from(("vip", "退款")), on=st.booleans())
    def label(self, who: int, thread: str, name: str, on: bool) -> None:
        names = ((name,), ()) if on else ((), (name,))
        self.does(who, thread, lambda desk, number: work.label(desk, number, *names))

    @rule(who=WHO, thread=SOME, priority=st.sampled_from(Priority))
    def prioritise(self, who: int, thread: str, priority: Priority) -> None:
        self.does(who, thread, lambda desk, number: work.prioritise(desk, number, priority))

    @rule(who=WHO)
    def undo(self, who: int) -> None:
        self.tries(lambda: undoing.undo(self.desks[who]))

    @rule(who=WHO)
    def resolve_all(self, who: int) -> None:
        rows = self.desks[who].store.reader().execute("SELECT id FROM conversation").fetchall()
        many.do(self.desks[who], [number for (number,) in rows], work.moves.resolve())

    @rule(
        who=WHO,
        thread=SOME,
        changes=st.sampled_from(
            (
                {"name": "林女士"},
                {"name": "老林", "tier": "A"},
                {"is_blocked": True},
                {"is_blocked": False},
                {"note": "x"},
            )
        ),
    )
    def edit_contact(self, who: int, thread: str, changes: dict[str, Any]) -> None:
        self.does(who, thread, lambda desk, number: contacts.edit(desk, self.contact(desk, number), changes))

    @rule(who=WHO, thread=SOME, labels=st.sampled_from(((), ("老客户",), ("难",))))
    def label_contact(self, who: int, thread: str, labels: tuple[str, ...]) -> None:
        self.does(
            who, thread, lambda desk, number: contacts.set_labels(desk, self.contact(desk, number), labels)
        )

    @rule(who=WHO, one=SOME, other=SOME)
    def merge_contacts(self, who: int, one: str, other: str) -> None:
        desk = self.desks[who]
        there = self.number(desk, other)
        if there is not None:
            self.does(
                who,
                one,
                lambda desk, number: contacts.merge(
                    desk, self.contact(desk, number), self.contact(desk, there)
                ),
            )

    @rule(who=WHO, thread=SOME)
    def take_contacts_apart(self, who: int, thread: str) -> None:
        self.does(who, thread, lambda desk, number: contacts.unmerge(desk, self.contact(desk, number)))

    @rule(who=WHO, thread=SOME)
    def erase(self, who: int, thread: str) -> None:
        desk = self.desks[who]
        number = self.number(desk, thread)
        if number is None:
            return
        contact = self.contact(desk, number)
        uids = contacts_of.all_uids(desk.store.reader(), contact)
        found = log_erasing.find(desk.store.reader(), uids)

        def work(tx: Transaction) -> None:
            for each in reversed(contacts_of.group(tx.connection, contact)):
                dots = found.of(contacts_of.own_uids(tx.connection, each.id))
                log_erasing.erase(tx, Kind.CONTACT_ERASED, each.uid, dots, desk.agent.uid)

        desk.store.write(work)

    @rule(who=WHO, name=st.sampled_from((*NAMES, "Ann")), fresh=st.sampled_from((*NAMES, "Ann", "Kim")))
    def staff_changes(self, who: int, name: str, fresh: str) -> None:
        store = self.desks[who].store
        self.tries(lambda: store.write(lambda tx: people.add_agent(tx, name)))
        changes = {"capacity": 5, "role": Role.LEAD} if name == fresh else {"name": fresh}
        self.tries(lambda: store.write(lambda tx: people.edit_agent(tx, name, changes)))

    @rule(who=WHO, name=st.sampled_from(("售后", "售前")), members=st.sampled_from((("Mia",), ("Bo",))))
    def teams_change(self, who: int, name: str, members: tuple[str, ...]) -> None:
        store = self.desks[who].store
        self.tries(lambda: store.write(lambda tx: people.add_team(tx, name, members)))
        self.tries(lambda: store.write(lambda tx: people.edit_team(tx, name, {}, members)))

    @rule(who=WHO)
    def something_newer(self, who: int) -> None:
        uid = new_uid(START_MS)
        self.unknown.append(uid)
        self.desks[who].store.write(lambda tx: tx.record(UNKNOWN, uid, {"what": "?", "n": "\0"}))  # type: ignore[arg-type]

    @rule(who=WHO, some=st.sampled_from((1, 3, 1_000)))
    def push(self, who: int, some: int) -> None:
        self.relay.push(self.desks[who].store, some)

    @rule(who=WHO, some=st.sampled_from((1, 2, 7, 1_000)))
    def pull(self, who: int, some: int) -> None:
        self.takes_in(self.desks[who], some)

    def takes_in(self, desk: Desk, some: int = 1_000_000) -> None:
        reader = desk.store.reader()
        tip = log.tip(reader, desk.store.desk).dseq
        self.relay.pull(desk.store, some)
        for dot in reader.execute(_ERASURES, (desk.store.desk,)).fetchall():
            self.met.setdefault((desk.store.desk, dot), tip)

    @rule(who=WHO, by=st.sampled_from((-3_600_000, -50, 50, 3_600_000)))
    def the_clock_was_wrong(self, who: int, by: int) -> None:
        """What no hub has is dated anew, by so many ms, as far as its causes let it."""
        store = self.desks[who].store
        made = hub.made(store.reader())
        if made:
            acked = log.hlc_at(store.reader(), store.desk, made[0].dseq - 1)
            store.write(lambda tx: redating.redate(tx, shifted(made, acked, by)))

    @rule()
    def meet(self) -> None:
        """More than twice: of what was written without knowing of an erasure its author tells who erased, who erases that
        too, and all have to hear of it."""
        for _time in range(5):
            for desk in self.desks:
                self.relay.push(desk.store)
                self.takes_in(desk)

    @invariant()
    def counters_are_what_a_count_says(self) -> None:
        for desk in self.desks:
            assert kept(desk.store.reader()) == counted(desk.store.reader())

    def does(self, who: int, thread: str, what: Any) -> None:
        desk = self.desks[who]
        number = self.number(desk, thread)
        if number is not None:
            self.tries(lambda: what(desk, number))

    @staticmethod
    def tries(what: Any) -> None:
        try:
            what()
        except CsdeskError as error:
            assert error.hint, error.code

    @staticmethod
    def number(desk: Desk, thread: str) -> int | None:
        row = (
            desk.store.reader().execute("SELECT id FROM conversation WHERE thread = ?", (thread,)).fetchone()
        )
        return int(row[0]) if row else None

    @staticmethod
    def contact(desk: Desk, number: int) -> int:
        row = (
            desk.store.reader().execute("SELECT contact FROM conversation WHERE id = ?", (number,)).fetchone()
        )
        return int(row[0])

    def teardown(self) -> None:
        try:
            self.meet()
            self.check()
        finally:
            for desk in self.desks:
                desk.close()
            shutil.rmtree(self.folder)

    def check(self) -> None:
        wanted = said_by(self.desks[0].store)
        held = self.log(self.desks[0])
        for desk in self.desks:
            said = said_by(desk.store)
            for table, rows in wanted.items():
                assert said[table] == rows, (desk.agent.name, table, {*said[table]} ^ {*rows})
            assert self.log(desk) == held
            assert verify(desk.store.path, deep=True).problems == (), desk.agent.name
        sums = [(*row[:2], row[9]) for row in held]
        assert sums == sorted((*row[:2], row.sum) for rows in self.relay.operations.values() for row in rows)
        assert {row[6] for row in held if row[3] == UNKNOWN} == set(self.unknown)
        self.nothing_said_unaware_is_left()

    def nothing_said_unaware_is_left(self) -> None:
        """Of what was erased no desk's words are left from before it knew, whatever its clock said."""
        reader = self.desks[0].store.reader()
        for (author, dot), upto in self.met.items():
            left = reader.execute(_SAID, (*dot, author, upto)).fetchall()
            assert left == [], (author, dot, upto)

    @staticmethod
    def log(desk: Desk) -> list[tuple[Any, ...]]:
        rows = desk.store.reader().execute(
            "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op ORDER BY desk, dseq"
        )
        return [tuple(row) for row in rows.fetchall()]


_ERASURES = f"SELECT desk, dseq FROM op WHERE kind = {int(Kind.CONTACT_ERASED)} AND desk <> ?"
_SAID = f"""
SELECT m.dseq, m.body FROM op e JOIN contact p ON p.uid = e.ent JOIN conversation c ON coalesce(c.owner, c.contact) = p.id
  JOIN op m ON m.kind = {int(Kind.MESSAGE_ADDED)} AND unhex(m.body ->> '$.conversation') = c.uid
 WHERE e.desk = ? AND e.dseq = ? AND m.desk = ? AND m.dseq <= ? AND m.body ->> '$.text' <> ''
"""


def shifted(made: list[hub.Made], before: int, by: int) -> dict[int, int]:
    corrections = {}
    for each in made:
        before = corrections[each.dseq] = (
            max(each.hlc + (by << log.HLC_COUNTER_BITS), each.seen_hlc, before) + 1
        )
    return corrections


def test_an_erasure_and_a_pause_that_ends_in_one_second_each_have_their_place() -> None:
    """Found by the long form: made anew a second time, what followed the erasure had the place that it had taken."""
    machine = ManyDesks()
    machine.they_begin(together=False)
    machine.the_clock_goes(who=2, by=40_000)
    machine.meet()
    machine.snooze(who=0, thread="c", after=30_000)
    machine.erase(who=0, thread="c")
    machine.reply(who=0, thread="a")
    machine.erase(who=2, thread="c")
    machine.reply(who=0, thread="b")
    machine.meet()
    machine.snooze(who=2, thread="a", after=30_000)
    machine.erase(who=2, thread="b")
    machine.teardown()


ManyDesks.TestCase.settings = settings(stateful_step_count=30, max_examples=20)
TestManyDesks = ManyDesks.TestCase


@pytest.mark.long
class TestManyDesksForLong(ManyDesks.TestCase):
    settings = settings(stateful_step_count=60, max_examples=400)


@pytest.mark.parametrize("what", ["snooze", "reply"])
@pytest.mark.parametrize(("hears", "acts"), [(2, 0), (0, 2)])
def test_what_one_desk_hears_in_the_instant_in_which_another_acts_is_owed(
    what: str, hears: int, acts: int
) -> None:
    """Found by the long form: since when they wait hung on which desk the facts were counted from."""
    machine = ManyDesks()
    machine.they_begin(together=True)
    machine.move(who=acts, thread="a", what=work.claim)
    machine.meet()
    machine.snooze(who=2, thread="c", after=30_000)
    machine.meet()
    machine.customer(who=hears, thread="a")
    if what == "snooze":
        machine.snooze(who=acts, thread="a", after=30_000)
    else:
        machine.reply(who=acts, thread="a")
    machine.meet()
    for desk in machine.desks:
        rows = desk.store.reader().execute(_SINCE).fetchall()
        assert [status for _hlc, status, _since in rows] == ["open", "open"]
        assert rows[0][0] == rows[1][0] and rows[0][2] is not None
    machine.teardown()


_SINCE = """
SELECT op.hlc, c.status, c.waiting_since FROM conversation c JOIN op ON op.kind IN (36, 60) AND op.desk IN (1000, 3000)
WHERE c.thread = 'a' AND c.uid IN (op.ent, unhex(op.body ->> '$.conversation')) ORDER BY op.hlc DESC LIMIT 2
"""
