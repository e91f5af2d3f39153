"""Pages of the queue: forwards and backwards they are the whole sorted list, whatever narrows it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from csdesk.desk import people, sending, work
from csdesk.desk.context import Desk
from csdesk.errors import UsageError
from csdesk.model.conversation import COUNTED_VIEWS, Priority, QueueRow, Sort, View
from csdesk.model.message import Mode
from csdesk.store import outbox, queue, queue_filters
from csdesk.store.queue_filters import WALKED_FOR_ONE, QueueFilter, rarest
from csdesk.store.writer import Transaction
from tests.desks import clock_of, hears, open_desk
from tests.store.counting import counted

FAR = 1 << 52


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    return draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "gap": st.sampled_from((0, 0, 1, 900, 60_000)),
                    "does": st.lists(
                        st.sampled_from(
                            (
                                "claim",
                                "bo",
                                "reply",
                                "resolve",
                                "snooze",
                                "later",
                                "vip",
                                "high",
                                "write",
                                "fail",
                            )
                        ),
                        max_size=3,
                    ),
                    "tier": st.sampled_from(("A", "B", "C", None)),
                    "stage": st.sampled_from(("presale", "aftersale", None)),
                    "word": st.sampled_from(("快递", "Refund", "尺码")),
                }
            ),
            max_size=14,
        )
    )


def build(desk: Desk, bo: Desk, history: list[dict[str, Any]]) -> None:
    for number, each in enumerate(history):
        clock_of(desk).advance(each["gap"])
        name = f"t{number}"
        at = hears(desk, name, f"{each['word']} {number}")
        desk.store.write(
            lambda tx, at=at, facts=(each["tier"], each["stage"]): tx.connection.execute(  # type: ignore[misc]
                "UPDATE conversation SET tier = ?, stage = ? WHERE id = ?", (*facts, at)
            )
        )
        for step in each["does"]:
            try:
                steps(desk, bo, at)[step]()
            except Exception as error:
                assert getattr(error, "code", None), error


def steps(desk: Desk, bo: Desk, at: int) -> dict[str, Any]:
    return {
        "claim": lambda: work.claim(desk, at),
        "bo": lambda: work.claim(bo, at),
        "reply": lambda: sending.reply(desk, at, "好的"),
        "resolve": lambda: work.resolve(desk, at),
        "snooze": lambda: work.snooze(desk, at, None),
        "later": lambda: work.snooze(desk, at, desk.now_ms() + 60_000),
        "vip": lambda: work.label(desk, at, add=("vip",)),
        "write": lambda: sending.save_draft(desk, at, Mode.REPLY, "您好", 2).result(60),
        "fail": lambda: desk.store.write(lambda tx: fail_one(tx, at)),
        "high": lambda: work.prioritise(desk, at, Priority.HIGH),
    }


def fail_one(tx: Transaction, conversation: int) -> None:
    row = tx.connection.execute(
        "SELECT message FROM outbox WHERE conversation = ? AND state = 'held'", (conversation,)
    ).fetchone()
    if row:
        outbox.fail(tx.connection, row[0], "no line")


def expected(desk: Desk, view: View, narrowed: QueueFilter, sort: Sort = Sort.WAIT) -> list[int]:
    """Ids of a view in its order, from the plain columns, in Python."""
    reader = desk.store.reader()
    rows = reader.execute(
        "SELECT id, status, assignee, waiting_since, updated_at, snooze_until, resolved_at, contact_name, preview,"
        " tier, stage, priority FROM conversation"
    ).fetchall()
    labelled = {row[0] for row in reader.execute("SELECT conversation FROM conversation_label").fetchall()}
    drafts = {row[0] for row in reader.execute("SELECT conversation FROM draft").fetchall()}
    failed = {row[0] for row in reader.execute("SELECT conversation FROM outbox WHERE state = 'failed'")}
    found = []
    for number, status, assignee, waiting, updated, until, resolved, *shown in rows:
        name, preview, tier, stage, priority = shown
        since = waiting if waiting is not None else FAR - updated
        ranks = {Sort.WAIT: 0, Sort.PRIORITY: -priority, Sort.TIER: "ABC".find(tier) % 4 if tier else 3}
        in_order = (ranks[sort], since, number)
        places = {
            View.WAITING: (status == "open" and waiting is not None, in_order),
            View.UNASSIGNED: (status == "open" and assignee is None, in_order),
            View.MINE: (status == "open" and assignee == desk.agent.id, in_order),
            View.DRAFTS: (number in drafts, in_order),
            View.FAILED: (number in failed, in_order),
            View.ALL: (True, (-updated, -number)),
            View.SNOOZED: (status == "snoozed", (FAR if until is None else until, number)),
            View.RESOLVED: (status == "resolved", (-(resolved or 0), -number)),
        }
        is_in, place = places[view]
        fits = (
            all(word.lower() in f"{name}\n{preview}".lower() for word in narrowed.words)
            and narrowed.tier in (None, tier)
            and narrowed.stage in (None, stage)
            and narrowed.inbox in (None, "web")
            and narrowed.priority in (None, priority)
            and (narrowed.label is None or number in labelled)
        )
        if is_in and fits:
            found.append((place, number))
    return [number for _place, number in sorted(found)]


def walk(
    desk: Desk, view: View, limit: int, narrowed: QueueFilter, sort: Sort = Sort.WAIT, *, backwards: bool
) -> list[QueueRow]:
    found: list[QueueRow] = []
    place: str | None = "" if backwards else None
    for _page in range(100):
        way = {"before": place} if backwards else {"after": place}
        page = queue.page(
            desk.store.reader(),
            view,
            agent=desk.agent.id,
            limit=limit,
            narrowed=narrowed,
            sort=sort,
            **way,  # type: ignore[arg-type]
        )
        assert len(page.rows) <= limit
        found = [*page.rows, *found] if backwards else [*found, *page.rows]
        place = page.next
        if place is None:
            return found
    raise AssertionError("the pages never end")


FILTERS = (
    QueueFilter(),
    QueueFilter(words=("refund",)),
    QueueFilter(words=("REFUND", "customer")),
    QueueFilter(tier="A"),
    QueueFilter(label="vip", priority=int(Priority.HIGH)),
    QueueFilter(words=("快递",), tier="B"),
    QueueFilter(stage="presale"),
    QueueFilter(label="vip", tier="A"),
    QueueFilter(label="vip", tier="B", stage="aftersale", inbox="web"),
    QueueFilter(label="unknown", inbox="other"),
)


@given(histories(), st.integers(1, 5), st.sampled_from(FILTERS), st.sampled_from((1, WALKED_FOR_ONE)))
@settings(suppress_health_check=list(HealthCheck))
def test_pages_are_the_whole_list(
    history: list[dict[str, Any]], limit: int, narrowed: QueueFilter, walked_for_one: int
) -> None:
    """However the plan is chosen: with 1 a filter's list is read as soon as it is shorter than the view."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        with pytest.MonkeyPatch.context() as patch, open_desk(folder / "desk.db") as desk:
            patch.setattr(queue_filters, "WALKED_FOR_ONE", walked_for_one)
            build(desk, Desk(desk.store, desk.clock, desk.settings, people.me(desk.store, "Bo")), history)
            counts = queue.counts(desk.store.reader(), desk.agent.id)
            numbers = counted(desk.store.reader())
            for view, sort in product(View, Sort):
                whole = expected(desk, view, narrowed, sort if view in queue_filters.SORTABLE else Sort.WAIT)
                forth = walk(desk, view, limit, narrowed, sort, backwards=False)
                assert [row.id for row in forth] == whole
                assert walk(desk, view, limit, narrowed, sort, backwards=True) == forth
                for row in forth:
                    found = queue.locate(desk.store.reader(), view, row.id, agent=desk.agent.id, sort=sort)
                    assert found == row
                counted_so = queue.count_narrowed(desk.store.reader(), view, narrowed, agent=desk.agent.id)
                assert counted_so == (len(whole), True)
            for view in View:
                mine = desk.agent.id if view is View.MINE else 0
                whole = expected(desk, view, QueueFilter())
                assert counts.of(view) == len(whole)
                if view in COUNTED_VIEWS:
                    assert len(whole) == numbers.get((view.value, mine), 0)
            longest = queue.longest_waiting(desk.store.reader())
            waiting = expected(desk, View.WAITING, QueueFilter())
            assert (longest.id if longest else None) == (waiting[0] if waiting else None)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        yield opened


def refs(desk: Desk, **facts: Any) -> list[int]:
    page = queue.page(desk.store.reader(), View.ALL, narrowed=QueueFilter(**facts))
    return [row.id for row in page.rows]


def test_a_row_is_complete(desk: Desk) -> None:
    number = hears(desk, "t", "快递")
    work.claim(desk, number)
    (row,) = queue.page(desk.store.reader(), View.MINE, agent=desk.agent.id).rows
    assert (row.id, row.contact_name, row.preview, row.preview_from) == (
        number,
        "Customer t",
        "快递",
        "customer",
    )
    assert (row.assignee_name, row.inbox_name, row.marks) == ("Mia", "web", 0)
    assert row.waiting_since == desk.now_ms()


def test_a_new_name_shows_at_once(desk: Desk) -> None:
    work.claim(desk, hears(desk, "t"))
    reader = desk.store.reader()

    def shown() -> tuple[str | None, str]:
        (row,) = queue.page(reader, View.ALL).rows
        return row.assignee_name, row.inbox_name

    assert shown() == ("Mia", "web")
    desk.store.write(lambda tx: people.edit_agent(tx, "Mia", {"name": "Mina"}))
    desk.store.write(lambda tx: people.edit_inbox(tx, "web", {"name": "shop"}))
    assert shown() == ("Mina", "shop")


def test_signs_of_a_filter_are_no_wildcards(desk: Desk) -> None:
    number = hears(desk, "t", "100%")
    hears(desk, "u", "100")
    assert refs(desk, words=("100%",)) == [number]
    assert refs(desk, words=("%",)) == [number]
    assert refs(desk, words=("_",)) == []


def test_a_filter_by_ref_inbox_and_stage(desk: Desk) -> None:
    number = hears(desk, "t")
    hears(desk, "u")
    (row,) = [row for row in queue.page(desk.store.reader(), View.ALL).rows if row.id == number]
    assert refs(desk, words=(row.ref[:6].lower(),)) == [number]
    assert len(refs(desk, inbox="WEB")) == 2
    assert refs(desk, inbox="other") == []
    assert refs(desk, stage="presale") == []


@pytest.mark.parametrize("key", ["x", "1", "1.2.3", "1.x", "٣.٤.٥", "1;2", str(1 << 80) + ".1"])
def test_a_key_that_no_page_gave_is_refused(desk: Desk, key: str) -> None:
    hears(desk, "t")
    with pytest.raises(UsageError) as raised:
        queue.page(desk.store.reader(), View.ALL, after=key)
    assert raised.value.code == "queue.bad_key"


class Plans:
    """A reader that notes how SQLite reads conversations."""

    total_changes = 0

    def __init__(self, desk: Desk) -> None:
        self.seen: list[str] = []
        self._reader = desk.store.reader()

    def execute(self, sql: str, values: Any = ()) -> Any:
        if "conversation c" in sql:
            plan = self._reader.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
            self.seen.append(" | ".join(row[3] for row in plan))
        return self._reader.execute(sql, values)


WAYS: tuple[dict[str, str], ...] = ({}, {"after": "5.1"}, {"before": "5.1"})


def test_every_view_reads_its_own_index(desk: Desk) -> None:
    """No view sorts: a million rows page as fast as fifty."""
    hears(desk, "t")
    plans = Plans(desk)
    sorted_so = [(view, sort) for view in queue_filters.SORTABLE for sort in Sort if view in COUNTED_VIEWS]
    for view, sort in [*sorted_so, *((view, Sort.WAIT) for view in COUNTED_VIEWS)]:
        index = f"conversation_{view.value}" + ("" if sort is Sort.WAIT else f"_{sort.value}")
        for way in WAYS:
            queue.page(plans, view, agent=1, sort=sort, **way)  # type: ignore[arg-type]
            assert f"{index} " in f"{plans.seen[-1]} "
            assert "TEMP B-TREE" not in plans.seen[-1]
            assert "SEARCH c" in plans.seen[-1] or not way


@pytest.mark.parametrize(
    ("view", "narrowed", "index"),
    [
        (View.WAITING, QueueFilter(tier="A"), "conversation_waiting_tier (tier_key>? AND tier_key<?)"),
        (View.UNASSIGNED, QueueFilter(tier="B"), "conversation_unassigned_tier (tier_key>? AND tier_key<?)"),
        (
            View.MINE,
            QueueFilter(tier="C"),
            "conversation_mine_tier (assignee=? AND tier_key>? AND tier_key<?)",
        ),
        (
            View.WAITING,
            QueueFilter(priority=2),
            "conversation_waiting_priority (priority_key>? AND priority_key<?)",
        ),
        (View.ALL, QueueFilter(tier="A"), "conversation_tier (tier=?"),
        (View.RESOLVED, QueueFilter(tier="A"), "conversation_resolved"),
    ],
)
def test_a_tier_or_a_priority_is_walked_alone(
    desk: Desk, view: View, narrowed: QueueFilter, index: str
) -> None:
    """The walk begins among its rows and ends with them; nothing is sorted."""
    hears(desk, "t")
    plans = Plans(desk)
    for way in WAYS:
        queue.page(plans, view, agent=1, narrowed=narrowed, **way)  # type: ignore[arg-type]
        assert index in plans.seen[-1]
        assert "TEMP B-TREE" not in plans.seen[-1]


def test_only_a_list_that_is_short_beside_the_view_is_read(desk: Desk) -> None:
    for number in range(6):
        at = hears(desk, f"t{number}")
        if number < 2:
            work.label(desk, at, add=("vip",))
    narrowed = QueueFilter(label="vip", inbox="web")

    def chosen(held: int) -> str:
        return rarest(desk.store.reader(), narrowed, lambda: held)

    assert "conversation_label" in chosen(3 * WALKED_FOR_ONE)
    assert "conversation_label" in chosen(1_000_000)
    assert chosen(2 * WALKED_FOR_ONE) == ""
    assert rarest(desk.store.reader(), QueueFilter(words=("t",)), lambda: 1_000_000) == ""


def test_a_long_list_is_walked_in_its_index(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_filters, "MOST_LISTED", 2)
    for number in range(3):
        work.label(desk, hears(desk, f"t{number}"), add=("vip",))
    assert rarest(desk.store.reader(), QueueFilter(label="vip"), lambda: 1_000_000) == ""


def test_what_is_snoozed_without_an_end_pages_behind_its_place(desk: Desk) -> None:
    """All of them have one key: a page must not pass over those before it."""
    plans = Plans(desk)
    queue.page(plans, View.SNOOZED, after=f"{queue_filters.NEVER}.5")  # type: ignore[arg-type]
    assert [plan for plan in plans.seen[-1].split(" | ") if "c USING" in plan] == [
        "SEARCH c USING INDEX conversation_snoozed (snooze_key=? AND id>?)"
    ]
