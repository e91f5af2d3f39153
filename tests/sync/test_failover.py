"""A second PostgreSQL follows the first; the first is killed, the second is put in charge, and work goes on.

With a synchronous standby nothing that a desk was told is kept gets lost. With one that lags behind, the hub loses
what it confirmed, and gets it again from the desks.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from csdesk.errors import CsdeskError
from csdesk.store import hub as kept
from csdesk.store.hub import HubState
from csdesk.store.verify import verify
from csdesk.sync import dsn
from csdesk.sync import hub as running
from csdesk.sync.local_server import LocalServer
from tests.desks import hears, open_desk
from tests.sync.conftest import discard, free_port, start_server
from tests.sync.desks import Mate, TrueTime, WrongClock

DATABASE = "team"
PATIENCE_S = 30


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for something of another process, and no longer than needed."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def follow(primary: LocalServer) -> LocalServer:
    """A standby of ``primary``, running, in a folder beside it."""
    folder = primary.folder.parent / "standby"
    folder.mkdir(mode=0o700)
    primary.who.owns(folder)
    made = primary.who.run(
        [
            *(primary.programs.path("pg_basebackup"), "-D", str(folder / "data"), "-R", "-c", "fast"),
            *("-X", "stream", "-d", primary.dsn()),
        ]
    )
    assert made.returncode == 0, made.stdout
    (folder / "log").mkdir()
    primary.who.owns(folder / "log")
    standby = replace(primary, folder=folder, socket_folder=folder / "s", port=free_port())
    with (standby.data / "postgresql.conf").open("a") as file:
        file.write(f"port = {standby.port}\nunix_socket_directories = '{standby.socket_folder}'\n")
        file.write("cluster_name = 'standby'\nsynchronous_standby_names = ''\n")
    # As ``local_server.find`` wants it, so that a killed test leaves nothing that runs.
    (folder / "place").write_text(f"{standby.socket_folder}\n{standby.port}\n{standby.programs.folder}\n")
    (folder / "password").write_text(standby.password)
    standby.start()
    return standby


@dataclass
class Pair:
    """Two servers, the second following the first, and a hub on them that is addressed as both."""

    primary: LocalServer
    standby: LocalServer

    def on(self, server: LocalServer, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(server.dsn(DATABASE), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    @property
    def address(self) -> str:
        """Whichever of the two may be written to."""
        one = dsn.parts(self.primary.dsn(DATABASE, tcp=True))
        ports = f"{self.primary.port},{self.standby.port}"
        return dsn.joined(
            {**one, "host": "127.0.0.1,127.0.0.1", "port": ports, "target_session_attrs": "read-write"}
        )

    def mate(self, folder: Path, name: str) -> Mate:
        clock = WrongClock(TrueTime())
        desk = open_desk(folder / f"{name}.db", clock, agent=name)
        login = running.enrol(self.address, desk.store.desk, running.Wanted(name)).login
        desk.store.write(lambda tx: kept.join(tx, HubState("team", login.secret_dsn)))
        return Mate(name, desk, clock)

    def kill_primary(self) -> None:
        process = self.primary.process()
        assert process is not None
        os.kill(process, signal.SIGKILL)

    def promote(self) -> None:
        ran = self.standby.who.run(
            [self.standby.programs.path("pg_ctl"), "-D", str(self.standby.data), "promote", "-w"]
        )
        assert ran.returncode == 0, ran.stdout


@pytest.fixture
def pair() -> Iterator[Pair]:
    primary = start_server(synchronous_commit="on")
    if not Path(primary.programs.path("pg_basebackup")).exists():
        discard(primary)
        pytest.skip("pg_basebackup is not installed")
    with psycopg.connect(primary.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {DATABASE}")
    running.init(primary.dsn(DATABASE))
    made = Pair(primary, follow(primary))
    yield made
    made.standby.stop("immediate")
    shutil.rmtree(made.standby.folder, ignore_errors=True)
    discard(primary)


@pytest.fixture
def mates(pair: Pair, tmp_path: Path) -> Iterator[tuple[Mate, Mate]]:
    made = pair.mate(tmp_path, "Mia"), pair.mate(tmp_path, "Bo")
    yield made
    for each in made:
        each.desk.close()


def agree(*mates: Mate) -> None:
    for each in mates:
        assert each.rows() == mates[0].rows()
        assert verify(each.store.path).problems == ()


def test_nothing_is_lost_when_the_first_server_dies(pair: Pair, mates: tuple[Mate, Mate]) -> None:
    mia, bo = mates
    pair.on(pair.primary, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    pair.on(pair.primary, "SELECT pg_reload_conf()")
    asked = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
    until(lambda: pair.on(pair.primary, asked) != [], "the standby never became synchronous")
    for number in range(20):
        hears(mia.desk, f"t{number}", "在吗")
        mia.sync()
    acked = kept.state(mia.store.reader())
    assert acked is not None
    before = acked.timeline

    began = time.monotonic()
    pair.kill_primary()
    hears(mia.desk, "t-offline", "还在吗")
    with pytest.raises(CsdeskError) as away:
        mia.sync()
    assert away.value.code == "hub.unreachable"
    pair.promote()
    head = pair.on(pair.standby, f"SELECT head FROM csdesk.desk WHERE desk = {mia.store.desk}")
    assert head == [(acked.acked,)]
    mia.sync()
    print(f"from the kill to a push that was kept: {time.monotonic() - began:.2f} s")

    bo.sync()
    mia.sync()
    agree(mia, bo)
    after = kept.state(mia.store.reader())
    assert after is not None
    assert after.timeline != before
    assert after.acked > acked.acked


def test_what_a_lagging_standby_lacks_comes_again_from_the_desks(
    pair: Pair, mates: tuple[Mate, Mate]
) -> None:
    mia, bo = mates
    for each in mates:
        hears(each.desk, f"early-{each.name}", "早")
        each.sync()
    mia.sync()
    written = "SELECT pg_current_wal_lsn()"
    ((place,),) = pair.on(pair.primary, written)
    replayed = f"SELECT pg_last_wal_replay_lsn() >= '{place}'"
    until(lambda: pair.on(pair.standby, replayed) == [(True,)], "the standby never caught up")
    pair.standby.stop()
    hears(mia.desk, "late", "晚")
    mia.sync()
    bo.sync()
    known = kept.state(mia.store.reader())
    assert known is not None

    pair.kill_primary()
    pair.standby.start()
    pair.promote()
    ((head,),) = pair.on(pair.standby, f"SELECT head FROM csdesk.desk WHERE desk = {mia.store.desk}")
    assert isinstance(head, int)
    assert head < known.acked, "nothing was lost: the test proves nothing"
    for _ in range(2):
        mia.sync()
        bo.sync()
    assert pair.on(pair.standby, f"SELECT head FROM csdesk.desk WHERE desk = {mia.store.desk}") == [
        (known.acked,)
    ]
    agree(mia, bo)
