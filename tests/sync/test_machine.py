"""Three desks do anything in any order on a real hub: exchange, repeat, break off, have wrong clocks.

In the end all say the same, no effect is dated before its cause, each claim has one winner, times are true, and
the hub holds exactly what the desks did. ``MUTANTS`` are faults planted into the code: each has to be found.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from csdesk.desk import sending, work
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.ids import new_uid
from csdesk.store import arriving, joined, receiving, sending_up
from csdesk.store import hub as hub_state
from csdesk.store.connect import DriverError, open_writer
from csdesk.store.database import open_store
from csdesk.store.hub import HubState
from csdesk.store.log import Stored
from csdesk.store.verify import verify
from csdesk.sync import clock as anchoring
from csdesk.sync import folding, line, pull, push, snapshots, visit, wire
from csdesk.sync.clock import TOLERANCE_MS
from csdesk.sync.line import HubRefusal, Line
from csdesk.sync.visit import Visit
from tests.desks import hears, open_desk
from tests.store.relay import said_by
from tests.sync.conftest import TestHub
from tests.sync.desks import WrongClock

FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None
NAMES = ("Mia", "Bo", "Lin")
LONG_AGO_MS = 1_750_000_000_000
"""When the team's time begins: the hub's own clock, which refuses what is ahead of it, is far behind us then."""
UNKNOWN = 30_000
WHO = st.integers(0, 2)
QUICK_LOOK, CORRECTIONS = visit.is_any_wrong, visit._corrections
"""As they are, whatever is planted."""
THREAD = st.sampled_from(("a", "b"))
HOUR_MS = 3_600_000


@dataclass
class TeamTime:
    """The time that is true for all."""

    at_ms: int = LONG_AGO_MS

    def now_ms(self) -> int:
        return self.at_ms


class Machines:
    """What examples share, because it takes long to make: a hub, a line and a login for each of three desks."""

    def __init__(self, hub: TestHub, folder: Path) -> None:
        self.hub = hub
        self.numbers = (101, 102, 103)
        self.dsns = [
            hub.enrolled(name, rank, desk=number)
            for name, rank, number in zip(NAMES, ("lead", "agent", "agent"), self.numbers, strict=True)
        ]
        self.lines: list[Line] = [line.connect(dsn) for dsn in self.dsns]
        self.empty = folder / "empty.db"
        open_store(self.empty, WrongClock(TeamTime()), create=True).close()  # type: ignore[arg-type]

    def close(self) -> None:
        for each in self.lines:
            each.close()

    def begin_anew(self) -> None:
        """A hub that has nothing, of the same desks."""
        self.hub.execute(
            "SELECT set_config('csdesk.tidying', 'on', false);"
            "TRUNCATE csdesk.op, csdesk.claim, csdesk.push, csdesk.acked, csdesk.denied, csdesk.fold, csdesk.snapshot,"
            " csdesk.snapshot_piece;"
            "UPDATE csdesk.desk SET head = 0, inc = 0, tip = decode(repeat('00', 16), 'hex')"
        )

    def store(self, folder: Path, who: int) -> Path:
        """An empty store with this desk's number."""
        path = folder / f"{NAMES[who]}.db"
        shutil.copy(self.empty, path)
        connection = open_writer(path)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'desk'", (self.numbers[who],))
        connection.close()
        return path


@dataclass
class Deed:
    """What one operation's author knew when it was made: how far of each desk, and the true time."""

    knew: dict[int, int]
    true_ms: int


@dataclass
class Colleague:
    """One desk with its spoilt clock, and its session, if it has one."""

    path: Path
    name: str
    desk: Desk
    clock: WrongClock
    wired: Line
    met: Visit | None = None
    last: list[Stored] = field(default_factory=list)

    @property
    def number(self) -> int:
        return self.desk.store.desk

    def session(self) -> Visit:
        if self.met is None:
            self.met = visit.begin(self.desk.store, self.clock, self.wired)
        return self.met

    def own_head(self) -> int:
        row = self.desk.store.reader().execute("SELECT max(dseq) FROM op WHERE desk = ?", (self.number,))
        return int(row.fetchone()[0] or 0)

    def vector(self) -> dict[int, int]:
        return {**hub_state.vector(self.desk.store.reader()), self.number: self.own_head()}


class SyncMachine(RuleBasedStateMachine):
    def __init__(self, shared: Machines) -> None:
        super().__init__()
        self.shared = shared
        self.folder = Path(tempfile.mkdtemp(dir=FOLDER))
        self.time = TeamTime()
        self.deeds: dict[tuple[int, int], Deed] = {}
        shared.begin_anew()
        self.team = [self._colleague(who) for who in range(3)]

    def _colleague(self, who: int) -> Colleague:
        clock = WrongClock(self.time)  # type: ignore[arg-type]
        path = self.shared.store(self.folder, who)
        desk = open_desk(path, clock, agent=NAMES[who])
        dsn = self.shared.dsns[who]
        desk.store.write(lambda tx: hub_state.join(tx, HubState("team", dsn)))
        each = Colleague(path, NAMES[who], desk, clock, self.shared.lines[who])
        self._note(each, 0)
        return each

    @initialize(apart=st.booleans())
    def they_begin(self, apart: bool) -> None:
        self.does(0, lambda desk: hears(desk, "a"))
        if not apart:
            self.meet()

    @rule(who=WHO, thread=THREAD)
    def customer(self, who: int, thread: str) -> None:
        self.does(who, lambda desk: hears(desk, thread))

    @rule(
        who=WHO,
        thread=THREAD,
        what=st.sampled_from((work.claim, work.claim, work.release, work.resolve, work.reopen)),
    )
    def move(self, who: int, thread: str, what: Callable[[Desk, int], None]) -> None:
        self.in_thread(who, thread, what)

    @rule(one=WHO, other=WHO, thread=THREAD)
    def two_claim_at_once(self, one: int, other: int, thread: str) -> None:
        for who in (one, other):
            self.in_thread(who, thread, work.claim)

    @rule(who=WHO, thread=THREAD)
    def answer_what_came(self, who: int, thread: str) -> None:
        visit.fetch(self.team[who].session())
        self.in_thread(who, thread, lambda desk, number: sending.note(desk, number, "answer"))

    @rule(who=WHO, thread=THREAD)
    def note(self, who: int, thread: str) -> None:
        self.in_thread(who, thread, lambda desk, number: sending.note(desk, number, "note"))

    @rule(who=WHO)
    def something_newer(self, who: int) -> None:
        self.does(who, lambda desk: desk.store.write(lambda tx: tx.record(UNKNOWN, new_uid(1), {"n": "\0"})))  # type: ignore[arg-type]

    @rule(by=st.sampled_from((5, 40_000, HOUR_MS)))
    def time_passes(self, by: int) -> None:
        self.time.at_ms += by

    @rule(who=WHO, off_ms=st.sampled_from((0, -1_500, 6 * HOUR_MS, -3 * HOUR_MS, -30 * 24 * HOUR_MS)))
    def clock_jumps(self, who: int, off_ms: int) -> None:
        self.team[who].clock.off_ms = off_ms

    @rule(who=WHO, batch=st.sampled_from((1, 3, 1_000)))
    def push(self, who: int, batch: int) -> None:
        each = self.team[who]
        met = each.session()
        anchor, reader = visit._now(met), each.desk.store.reader()
        assert QUICK_LOOK(met, anchor) == bool(CORRECTIONS(reader, met, anchor))
        each.last = sending_up.unsent(each.desk.store.reader(), 1_000, after=met.head)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(push, "BATCH", batch)
            visit.send(met)

    @rule(who=WHO)
    def push_again(self, who: int) -> None:
        """What was sent comes once more, as it is now: from a line that broke before the answer came."""
        each = self.team[who]
        if each.last and each.met is not None:
            with pytest.raises(HubRefusal) as refused:
                wire.copy_in(each.wired, each.last)
            assert refused.value.sqlstate in ("CS001", "23505")

    @rule(who=WHO, most=st.sampled_from((1, 4, 1_000)), prefix=st.sampled_from((1, 3, 1_000)))
    def pull(self, who: int, most: int, prefix: int) -> None:
        each = self.team[who]
        each.session()
        page = wire.next_page(each.wired, hub_state.vector(each.desk.store.reader()), each.number, most)
        if page.rows:
            pull.take_in(each.desk.store, page.rows[:prefix], page.lost, pull.Pulled())

    @rule(who=WHO)
    def crash_after_the_hub_committed(self, who: int) -> None:
        each = self.team[who]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(push, "settle", _dies)
            try:
                visit.send(each.session())
            except KeyboardInterrupt:
                each.met = None

    @rule(who=WHO)
    def crash_and_open_again(self, who: int) -> None:
        each = self.team[who]
        each.desk.close()
        each.desk, each.met = open_desk(each.path, each.clock, agent=each.name), None

    @rule(who=WHO)
    def hello_again(self, who: int) -> None:
        each = self.team[who]
        each.met = None
        each.session()

    @rule()
    def meet(self) -> None:
        for _time in range(2):
            for each in self.team:
                each.met = None
                visit.send(each.session())
                visit.fetch(each.session())

    def in_thread(self, who: int, thread: str, what: Callable[[Desk, int], Any]) -> None:
        reader = self.team[who].desk.store.reader()
        row = reader.execute("SELECT id FROM conversation WHERE thread = ?", (thread,)).fetchone()
        if row is not None:
            self.does(who, lambda desk: what(desk, row[0]))

    def does(self, who: int, what: Callable[[Desk], Any]) -> None:
        """Do it, and remember what was known by then; what the desk refuses was not done."""
        self.time.at_ms += 1
        each = self.team[who]
        before = each.own_head()
        try:
            what(each.desk)
        except CsdeskError as error:
            assert error.hint, error.code
        self._note(each, before)

    def _note(self, each: Colleague, before: int) -> None:
        knew = each.vector()
        for dseq in range(before + 1, knew[each.number] + 1):
            self.deeds[each.number, dseq] = Deed({**knew, each.number: dseq - 1}, self.time.at_ms)

    def teardown(self) -> None:
        try:
            self.meet()
            self.check()
        finally:
            for each in self.team:
                each.desk.close()
            shutil.rmtree(self.folder)

    def check(self) -> None:
        first, *others = self.team
        for each in others:
            assert said_by(each.desk.store) == said_by(first.desk.store)
            assert _log(each) == _log(first)
            assert hub_state.lost(each.desk.store.reader()) == hub_state.lost(first.desk.store.reader())
        for each in self.team:
            assert verify(each.path).problems == ()
        self.nothing_is_lost(_log(first))
        self.effects_follow_causes(_log(first))
        self.times_are_true(_log(first))
        self.claims_have_one_winner(_log(first), hub_state.lost(first.desk.store.reader()))

    def nothing_is_lost(self, log: list[Stored]) -> None:
        assert {row[:2] for row in log} == set(self.deeds)
        at_hub = self.shared.hub.execute(
            "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM csdesk.op ORDER BY desk, dseq"
        )
        folded = dict(self.shared.hub.execute("SELECT desk, dseq FROM csdesk.fold"))
        expected = [row._replace(body="") if row.dseq <= folded.get(row.desk, 0) else row for row in log]
        assert [tuple(row) for row in at_hub] == [tuple(row) for row in expected]

    def effects_follow_causes(self, log: list[Stored]) -> None:
        times = {row[:2]: row.hlc for row in log}
        for dot, deed in self.deeds.items():
            for cause in deed.knew.items():
                assert times[dot] > times.get(cause, 0)

    def times_are_true(self, log: list[Stored]) -> None:
        for row in log:
            assert abs((row.hlc >> 16) - self.deeds[row[:2]].true_ms) <= 2 * TOLERANCE_MS

    def claims_have_one_winner(self, log: list[Stored], lost: set[tuple[int, int]]) -> None:
        won = {(bytes(ent), epoch): (desk, dseq) for ent, epoch, desk, dseq in self._claims()}
        for row in log:
            if row.arg is not None and won[bytes(row.ent), row.arg] != row[:2]:
                assert row[:2] in lost

    def _claims(self) -> list[tuple[Any, ...]]:
        return self.shared.hub.execute("SELECT ent, epoch, desk, dseq FROM csdesk.claim")


class KeepingMachine(SyncMachine):
    """The same, and the hub is kept small: beside, so that the faults are still looked for where they are."""

    @rule(hub_folds=st.booleans())
    def a_lead_leaves_a_snapshot(self, hub_folds: bool) -> None:
        """And the hub folds what all have, or does not."""
        lead = self.team[0]
        visit.send(lead.session())
        snapshots.make(lead.path, lead.number, lead.wired)
        for each in self.team:
            visit.acknowledge(each.session())
        if hub_folds:
            folding.fold(self.shared.hub.dsn, 0)

    @rule(who=WHO)
    def lose_a_store(self, who: int) -> None:
        """What was told is at the hub, or in its snapshot: all of it comes back."""
        each = self.team[who]
        visit.send(each.session())
        each.desk.close()
        for file in self.folder.glob(f"{each.name}.db*"):
            file.unlink()
        with open_store(self.shared.store(self.folder, who), each.clock) as store:
            store.write(lambda tx: hub_state.join(tx, HubState("team", self.shared.dsns[who])))
            visit.begin(store, each.clock, each.wired)
        each.desk, each.met = open_desk(each.path, each.clock, agent=each.name), None


def _dies(*_given: object) -> None:
    raise KeyboardInterrupt


def _log(each: Colleague) -> list[Stored]:
    rows = each.desk.store.reader().execute(
        "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op ORDER BY desk, dseq"
    )
    return [Stored(*row) for row in rows.fetchall()]


@pytest.fixture
def shared(hub: TestHub, tmp_path: Path) -> Iterator[Machines]:
    with sharing(hub, tmp_path) as made:
        yield made


@contextmanager
def sharing(hub: TestHub, folder: Path) -> Iterator[Machines]:
    """What examples share, with a hub that goes by the time of the example that runs."""
    made = Machines(hub, folder)
    real = visit.hello

    def hello_of_the_team(wired: Line, desk: int) -> Any:
        return replace(real(wired, desk), hub_ms=running[0].time.now_ms())

    running: list[SyncMachine] = []
    init = SyncMachine.__init__

    def begin(self: SyncMachine, given: Machines) -> None:
        running[:] = [self]
        init(self, given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SyncMachine, "__init__", begin)
        patch.setattr(folding, "_prove", lambda *_given: None)  # it takes long, and has tests of its own
        patch.setattr(visit, "hello", hello_of_the_team)
        yield made
    made.close()


def run(
    shared: Machines, examples: int, steps: int, machine: type[SyncMachine] = SyncMachine, **more: Any
) -> None:
    run_state_machine_as_test(
        partial(machine, shared),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            **more,
        ),
    )


def test_three_desks_come_together_whatever_happens(shared: Machines) -> None:
    run(shared, 10, 20)


def test_three_desks_come_together_while_the_hub_is_folded(shared: Machines) -> None:
    run(shared, 6, 20, KeepingMachine)


@pytest.mark.long
def test_three_desks_come_together_whatever_happens_for_long(shared: Machines) -> None:
    run(shared, 400, 50)


Patch = pytest.MonkeyPatch


def clocks_are_not_compared(patch: Patch) -> None:
    """What comes late is applied as if it were the newest."""
    patch.setattr(arriving._Sorter, "_is_late", lambda *given: False)


def messages_are_not_counted(patch: Patch) -> None:
    """A counter that comes from others overwrites instead of being added to."""
    receive = receiving.receive

    def overwriting(tx: Any, *given: Any, **more: Any) -> Any:
        told = receive(tx, *given, **more)
        tx.connection.execute("UPDATE conversation SET message_count = 1 WHERE message_count > 1")
        return told

    patch.setattr(receiving, "receive", overwriting)


def verdicts_are_ignored(patch: Patch) -> None:
    """Whoever claimed has it, whatever the hub says."""
    next_page = wire.next_page
    patch.setattr(wire, "void", lambda *given: frozenset())
    patch.setattr(wire, "next_page", lambda *given: replace(next_page(*given), lost=frozenset()))


def unknown_kinds_are_dropped(patch: Patch) -> None:
    """What a newer csdesk wrote does not reach the hub."""
    copy_in = wire.copy_in

    def poorer(wired: Line, rows: Any, *more: Any) -> None:
        copy_in(wired, [push.stand_in(row) if row.kind == UNKNOWN else row for row in rows], *more)

    patch.setattr(wire, "copy_in", poorer)


def what_was_seen_does_not_move_the_clock(patch: Patch) -> None:
    """No HLC receive: own stamps come from the wall alone."""
    receive = receiving.receive

    def forgetting(tx: Any, *given: Any, **more: Any) -> Any:
        before = tx.tip
        told = receive(tx, *given, **more)
        tx.tip = tx.tip._replace(hlc=before.hlc)
        return told

    patch.setattr(receiving, "receive", forgetting)
    patch.setattr(joined, "newest_seen", lambda connection: 0)


def the_wall_clock_is_believed(patch: Patch) -> None:
    """Nothing is dated anew."""
    patch.setattr(visit, "put_clocks_right", lambda met: None)


def the_past_is_dated_behind_its_causes(patch: Patch) -> None:
    """Re-dating does not ask what the author had seen."""

    def unclamped(made: Any, anchor: Any, previous: int) -> Any:
        return anchoring.dated(
            [each._replace(seen_hlc=0) for each in made],
            replace(anchor, hub_ms=anchor.hub_ms - 3_000),
            previous,
        )

    patch.setattr(visit, "dated", unclamped)


def what_was_acknowledged_is_dated_anew(patch: Patch) -> None:
    """Also what others have seen gets another time."""
    corrections = visit._corrections

    def all_of_it(connection: Any, met: Visit, anchor: Any) -> Any:
        found = corrections(connection, met, anchor)
        first = connection.execute(
            "SELECT min(dseq), hlc FROM op WHERE desk = ?", (met.store.desk,)
        ).fetchone()
        return found or {first[0]: first[1] - 5} if met.head else found

    patch.setattr(visit, "_corrections", all_of_it)
    patch.setattr(visit, "is_any_wrong", lambda met, anchor: True)


MUTANTS = (
    clocks_are_not_compared,
    messages_are_not_counted,
    verdicts_are_ignored,
    unknown_kinds_are_dropped,
    what_was_seen_does_not_move_the_clock,
    the_wall_clock_is_believed,
    the_past_is_dated_behind_its_causes,
    what_was_acknowledged_is_dated_anew,
)
QUICKLY_FOUND = (verdicts_are_ignored, the_wall_clock_is_believed)


FOUND = (AssertionError, CsdeskError, HubRefusal, DriverError)


def dies(shared: Machines, mutant: Callable[[Patch], None], examples: int) -> None:
    with Patch.context() as patch:
        mutant(patch)
        with pytest.raises(FOUND) as found:
            run(shared, examples, 30, phases=[Phase.generate], derandomize=True)
    print(mutant.__name__, repr(found.value)[:300])


@pytest.mark.parametrize("mutant", QUICKLY_FOUND, ids=lambda mutant: mutant.__name__)
def test_a_planted_fault_is_found(shared: Machines, mutant: Callable[[Patch], None]) -> None:
    dies(shared, mutant, 40)


@pytest.mark.long
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_each_planted_fault_is_found(shared: Machines, mutant: Callable[[Patch], None]) -> None:
    dies(shared, mutant, 400)
