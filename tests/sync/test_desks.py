"""Who runs the hub sees its desks, and keeps one out: now, until lifted, or for good."""

from __future__ import annotations

import psycopg
import pytest

from csdesk.errors import CsdeskError
from csdesk.sync import desks
from csdesk.sync import hub as running
from tests.sync.conftest import TestHub
from tests.sync.test_hub import ROW, hello, push


def test_the_status_of_a_hub(hub: TestHub) -> None:
    mia = hub.enrolled("Mia", desk=7, scope=2)
    hub.enrolled("Ida", "lead", desk=8)
    running.invite(hub.dsn, running.Wanted("Bo"))
    with psycopg.connect(mia, autocommit=True) as connection:
        hello(connection, 7)
        push(connection, ROW)
        found = desks.status(hub.dsn)
    assert (found.operations, found.invited, found.dialect) == (1, ("Bo",), "trigger")
    first, second = found.desks
    assert (first.desk, first.agent, first.rank, first.scope, first.head) == (7, "Mia", "agent", 2, 1)
    assert (first.sessions, first.state) == (1, "active")
    assert first.at is not None
    assert (second.rank, second.at, second.sessions) == ("lead", None, 0)
    assert any("fsync" in sentence for sentence in found.weak)


def test_a_fenced_desk_is_out_until_that_is_lifted(hub: TestHub) -> None:
    mia = hub.enrolled("Mia", desk=7)
    with psycopg.connect(mia, autocommit=True) as connection:
        hello(connection, 7)
        push(connection, ROW)
        assert desks.fence(hub.dsn, 7) == 1
        with pytest.raises(psycopg.OperationalError):
            push(connection, ROW)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        psycopg.connect(mia)
    assert desks.status(hub.dsn).desks[0].state == "fenced"
    desks.lift(hub.dsn, 7)
    with psycopg.connect(mia, autocommit=True) as connection:
        assert hello(connection, 7)[0] == 1


def test_a_retired_desk_is_out_for_good(hub: TestHub) -> None:
    mia = hub.enrolled("Mia", desk=7, scope=3)
    login = hub.enrolments["Mia"].login.role
    desks.retire(hub.dsn, 7)
    with pytest.raises(psycopg.OperationalError, match="authentication failed"):
        psycopg.connect(mia)
    assert hub.execute("SELECT FROM pg_roles WHERE rolname = %s", login) == []
    assert hub.execute("SELECT FROM csdesk.member") == []
    for forbidden in (lambda: desks.lift(hub.dsn, 7), lambda: hub.enrolled("Bo", desk=7)):
        with pytest.raises(CsdeskError) as refused:
            forbidden()
        assert refused.value.code in ("hub.retired", "hub.desk_taken")


def test_a_desk_nobody_knows(hub: TestHub) -> None:
    for act in (desks.fence, desks.retire, desks.lift, running.renew):
        with pytest.raises(CsdeskError) as refused:
            act(hub.dsn, 404)
        assert refused.value.code == "hub.no_desk"


def test_a_lost_password_is_replaced(hub: TestHub) -> None:
    old = hub.enrolled("Mia", desk=7)
    new = running.renew(hub.dsn, 7)
    assert (new.agent, new.rank) == ("Mia", "agent")
    with psycopg.connect(new.login.secret_dsn, autocommit=True) as connection:
        assert hello(connection, 7)[0] == 0
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(old)


def test_who_runs_it_need_not_be_a_superuser(hub: TestHub) -> None:
    """As on a rented server: a login that may make roles and owns its database, no more."""
    hub.execute("CREATE ROLE plain_admin LOGIN CREATEROLE PASSWORD 'x'")
    hub.execute("CREATE DATABASE plain_hub OWNER plain_admin")
    dsn = (
        hub.server.dsn("plain_hub")
        .replace("user=csdesk", "user=plain_admin")
        .replace(hub.server.password, "x")
    )
    try:
        assert running.init(dsn).applied == tuple(range(1, running.init(hub.dsn).version + 1))
        assert running.init(dsn).applied == ()
        mia = running.enrol(dsn, 7, running.Wanted("Mia", scope=2)).login.secret_dsn
        with psycopg.connect(mia, autocommit=True) as connection:
            hello(connection, 7)
            push(connection, ROW)
            assert desks.fence(dsn, 7) == 1
        desks.lift(dsn, 7)
        weak = desks.status(dsn).weak
        assert any("superuser" in sentence for sentence in weak)
        desks.retire(dsn, 7)
    finally:
        hub.execute("DROP DATABASE plain_hub WITH (FORCE)")
        for (role,) in hub.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ~ '^csdesk_' AND rolname !~ %s",
            f"^csdesk_{number_of(hub)}_",
        ):
            hub.execute(f'DROP ROLE "{role}"')
        hub.execute("DROP ROLE plain_admin")


def number_of(hub: TestHub) -> str:
    with psycopg.connect(hub.dsn) as connection:
        return running.names_of(connection).number
