"""The stores that the benches use are stores like any other."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from csdesk.model.conversation import COUNTED_VIEWS
from csdesk.store import connect, log, queue
from csdesk.store.verify import verify
from tests.bench import builder
from tests.bench.talks import LONG, SPECIAL_FROM, Plan, converse
from tests.conftest import ROOT
from tests.desks import open_desk
from tests.store.counting import counted, kept


def test_what_is_built_is_what_the_log_says(tmp_path: Path) -> None:
    path = builder.store_of(400)
    assert builder.store_of(400) == path
    report = verify(path)
    assert report.problems == ()
    assert report.operations > 400 * 3
    connection = connect.open_reader(path)
    assert kept(connection) == counted(connection)
    assert all(queue.counts(connection, 1).of(view) > 0 for view in COUNTED_VIEWS)
    connection.close()
    copy = builder.copy_of(path, tmp_path)
    with open_desk(copy) as desk:
        assert desk.store.lost is None
    assert verify(copy).is_clean


def test_a_build_that_was_killed_goes_on_to_the_same_log(tmp_path: Path) -> None:
    plan = Plan(1_500, 2, seed=3)
    whole, killed = tmp_path / "whole.db", tmp_path / "killed.db"
    builder.build(whole, plan)
    _kill_amid_build(killed, plan)
    held = _one(killed, "SELECT count(*) FROM conversation")
    assert 0 < held < plan.conversations
    reports: list[tuple[int, int]] = []
    builder.build(killed, plan, lambda done, total: reports.append((done, total)))
    assert reports[0] == (held, plan.conversations)
    assert log.read_head(killed) == log.read_head(whole)
    assert _log_of(killed) == _log_of(whole)
    assert verify(killed).is_clean


def _kill_amid_build(path: Path, plan: Plan) -> None:
    """Start a build in its own process; kill it as soon as it says that something is stored."""
    script = (
        "from pathlib import Path; from tests.bench import builder; from tests.bench.talks import Plan;"
        f" builder.build(Path({str(path)!r}), Plan({plan.conversations}, {plan.messages_per}, {plan.seed}),"
        " lambda done, total: print(done, flush=True))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as building:
        assert building.stdout is not None
        assert next(line for line in building.stdout if int(line) > 0)
        building.send_signal(signal.SIGKILL)
        assert building.wait() == -signal.SIGKILL


def _log_of(path: Path) -> list[tuple[object, ...]]:
    connection = connect.open_reader(path)
    try:
        return [tuple(row) for row in log.operations(connection)]
    finally:
        connection.close()


def _one(path: Path, sql: str) -> int:
    connection = connect.open_reader(path)
    try:
        return int(connection.execute(sql).fetchone()[0])
    finally:
        connection.close()


def test_a_conversation_does_not_depend_on_those_before_it() -> None:
    plan = Plan(SPECIAL_FROM, 5)
    alone = converse(plan, 1_234)
    for number in range(50):
        converse(plan, number)
    assert converse(plan, 1_234) == alone
    assert converse(Plan(SPECIAL_FROM, 5, seed=2), 1_234) != alone
    assert len(converse(plan, SPECIAL_FROM - 2)) > LONG


def test_conversations_are_as_long_as_asked_on_average() -> None:
    plan = Plan(1_000, 10)
    said = sum(
        fact.kind.name == "MESSAGE_ADDED" for number in range(1_000) for fact in converse(plan, number)
    )
    assert 9 < said / 1_000 < 11
