"""``csdesk sync`` as people and scripts run it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, RunCsdesk
from tests.desks import hears, open_desk
from tests.sync.conftest import TestHub
from tests.sync.desks import Mate, mate


@pytest.fixture
def pair(tmp_path: Path, hub: TestHub) -> Iterator[tuple[Mate, Mate]]:
    made = mate(tmp_path, hub, "Mia"), mate(tmp_path, hub, "Bo")
    yield made
    for each in made:
        each.desk.close()


def test_a_round_as_json(pair: tuple[Mate, Mate], run_csdesk: RunCsdesk) -> None:
    mia, bo = pair
    hears(mia.desk, "a")
    sent = run_csdesk("--db", str(mia.store.path), "sync", "--json")
    assert sent.returncode == 0, sent.stderr
    told = json.loads(sent.stdout)
    assert told["sent"] > 0
    assert (told["received"], told["unsent"], told["set_aside"], told["hub"]) == (0, 0, [], "team")
    plan = json.loads(run_csdesk("--db", str(bo.store.path), "sync", "--plan", "--json").stdout)
    assert plan["down"] == told["sent"]
    assert plan["down_desks"] == [{"desk": mia.store.desk, "operations": told["sent"]}]
    assert plan["conflicts"] == []
    words = run_csdesk("--db", str(bo.store.path), "sync")
    assert f"received {told['sent']}" in words.stdout


def test_without_a_hub_it_says_what_to_do(tmp_path: Path, run_csdesk: RunCsdesk) -> None:
    with open_desk(tmp_path / "alone.db"):
        pass
    for more in ((), ("--plan",), ("--follow",)):
        refused = run_csdesk("--db", str(tmp_path / "alone.db"), "sync", *more)
        assert refused.returncode == 1
        assert "csdesk hub" in refused.stderr


def test_a_plan_that_is_followed_is_no_command(tmp_path: Path, run_csdesk: RunCsdesk) -> None:
    refused = run_csdesk("--db", str(tmp_path / "x.db"), "sync", "--plan", "--follow")
    assert refused.returncode == 2


def test_following_tells_one_line_a_state_and_ends_when_asked(pair: tuple[Mate, Mate]) -> None:
    mia, bo = pair
    process = subprocess.Popen(
        [sys.executable, "-m", "csdesk", "--db", str(mia.store.path), "sync", "--follow", "--json"],
        env={**_environment(), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        while json.loads(process.stdout.readline())["state"] != "live":
            pass
        hears(bo.desk, "b")
        bo.sync()
        while json.loads(process.stdout.readline())["received"] == 0:
            pass
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    rows = mia.store.reader().execute("SELECT 1 FROM conversation WHERE thread = 'b'").fetchall()
    assert rows == [(1,)]


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)
