"""A real PostgreSQL for the tests of the hub: one a worker, and a fresh hub for each test."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e '.[dev]'")

import psycopg
from psycopg import sql

from csdesk.errors import CsdeskError
from csdesk.sync import binaries, guard, hub, local_server
from csdesk.sync.local_server import LocalServer

TEMPLATE = "hub_template"
PREFIX = "csdesk-test-"
NOT_FOR_US = ("hub.no_postgres", "hub.postgres_too_old", "hub.root")


def free_port() -> int:
    """A port on loopback that nobody listens on, below those that outgoing connections take."""
    while True:
        port = random.SystemRandom().randint(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def start_server(programs: binaries.Programs | None = None, **settings: str) -> LocalServer:
    """A running server in a folder of its own under /tmp, without fsync; the caller removes it."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    server = local_server.create(
        folder / "pg",
        programs=programs,
        port=free_port(),
        settings={**local_server.IN_A_HURRY, "shared_buffers": "32MB", **settings},
    )
    server.start()
    return server


def discard(server: LocalServer) -> None:
    """Stop a server of ``start_server`` and leave nothing behind."""
    server.remove()
    shutil.rmtree(server.folder.parent, ignore_errors=True)


def _sweep() -> None:
    """Take away servers of tests that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        maker = folder.name.removeprefix(PREFIX).partition("-")[0]
        if maker.isdigit() and not Path("/proc", maker).exists() and Path("/proc").exists():
            with suppress(CsdeskError, OSError):
                for place in sorted(folder.iterdir()):
                    if (left := local_server.find(place)) is not None:
                        left.remove()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[LocalServer]:
    """A server for all tests of this worker. Skips, with the reason, where there is no PostgreSQL that may run."""
    try:
        server = start_server()
    except CsdeskError as error:
        if error.code not in NOT_FOR_US:  # one that is there and does not start hides what it would have told
            raise
        pytest.skip(f"{error.sentence} {error.hint}")
    try:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
            guard.guard_server(connection)
        hub.init(server.dsn(TEMPLATE))
        yield server
    finally:
        discard(server)


@dataclass
class TestHub:
    """A hub nobody has used yet."""

    __test__ = False

    server: LocalServer
    database: str
    enrolments: dict[str, hub.Enrolled] = field(default_factory=dict)

    @property
    def dsn(self) -> str:
        """The login of who runs it (a superuser), over the socket."""
        return self.server.dsn(self.database)

    @property
    def tcp_dsn(self) -> str:
        """The same, through loopback."""
        return self.server.dsn(self.database, tcp=True)

    def enrolled(
        self, name: str, role: str = "agent", scope: int = 0, *, desk: int | None = None, tcp: bool = False
    ) -> str:
        """Enrol a desk (numbered ``desk``, or by chance) for the agent ``name``; how it connects.

        ``enrolments[name]`` tells its number and login. ``tcp``: through loopback, for proxies.
        """
        number = desk if desk is not None else random.randint(1, 2**31 - 1)
        made = hub.enrol(self.tcp_dsn if tcp else self.dsn, number, hub.Wanted(name, role, scope))
        self.enrolments[name] = made
        return made.login.secret_dsn

    def execute(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Run one statement as who runs the hub; its rows."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []


both_dialects = pytest.mark.parametrize("hub", ["trigger", "portable"], indirect=True)
"""For what has to hold on any engine: with the trigger, and without it."""


@pytest.fixture(name="hub")
def fresh_hub(request: pytest.FixtureRequest, postgres: LocalServer) -> Iterator[TestHub]:
    """A fresh hub; it and its logins are gone after the test."""
    with fresh(postgres) as made:
        if getattr(request, "param", "trigger") == "portable":
            hub.init(made.dsn, is_portable=True)
        yield made


@contextmanager
def fresh(postgres: LocalServer) -> Iterator[TestHub]:
    """As the fixture ``hub``, for those that need it longer or shorter than a test."""
    name = f"hub_{secrets.token_hex(4)}"
    database = sql.Identifier(name)
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                database, sql.Identifier(TEMPLATE)
            )
        )
    made = TestHub(postgres, name)
    with psycopg.connect(made.dsn, autocommit=True) as connection:
        names = hub.names_of(connection)
        guard.guard_database(connection, owner=names.owner, agent=names.agent)
        before = _logins(connection)
    yield made
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))
        for login in _logins(connection) - before:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(login)))


def _logins(connection: psycopg.Connection[tuple[object, ...]]) -> set[str]:
    rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolcanlogin").fetchall()
    return {str(name) for (name,) in rows}
