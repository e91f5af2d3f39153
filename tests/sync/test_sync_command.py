"""``csdesk sync`` as people and scripts run it."""

from __future__ import annotations

import fcntl
import json
import signal
import struct
import subprocess
import sys
import termios
import time
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


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="pipes cannot be made small here")
def test_a_follower_ends_when_asked_also_while_nobody_reads_what_it_says(pair: tuple[Mate, Mate]) -> None:
    mia, bo = pair
    process = subprocess.Popen(
        [sys.executable, "-m", "csdesk", "--db", str(mia.store.path), "sync", "--follow", "--json"],
        env={**_environment(), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    size = fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)
    try:
        while json.loads(process.stdout.readline())["state"] != "live":
            pass
        number, deadline = 0, time.monotonic() + 60
        while _unread(pipe) < size - ROOM_OF_A_LINE:
            assert time.monotonic() < deadline
            number += 1
            hears(bo.desk, f"b{number}")
            bo.sync()
        for more in range(3):
            hears(bo.desk, f"more{more}")
            bo.sync()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


ROOM_OF_A_LINE = 400


def _unread(pipe: int) -> int:
    """Bytes in a pipe that nobody has read yet."""
    (number,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    return int(number)


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)
