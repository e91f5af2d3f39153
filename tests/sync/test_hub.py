"""Making a hub and letting desks in: all or nothing, twice is no harm, one store one number."""

from __future__ import annotations

import psycopg
import pytest

from csdesk.errors import CsdeskError
from csdesk.sync import hub as running
from csdesk.sync import local_server
from tests.sync.conftest import TEMPLATE, TestHub

ROW = (7, 1, 1 << 16, 60, 1, 0, b"e" * 16, None, "{}", b"s" * 16)


def hello(connection: psycopg.Connection[tuple[object, ...]], desk: int) -> tuple[object, ...]:
    """Begin a session as the client does."""
    row = connection.execute("SELECT * FROM csdesk.hello(%s, 1)", (desk,)).fetchone()
    assert row is not None
    connection.execute("SELECT set_config('csdesk.inc', %s, false)", (str(row[2]),))
    return row


def push(connection: psycopg.Connection[tuple[object, ...]], *rows: tuple[object, ...]) -> None:
    with connection.cursor() as cursor, cursor.copy("COPY csdesk.op FROM STDIN") as copy:
        for row in rows:
            copy.write_row([f"\\x{v.hex()}" if isinstance(v, bytes) else v for v in row])


def test_init_twice_changes_nothing(hub: TestHub, postgres: local_server.LocalServer) -> None:
    again = running.init(hub.dsn)
    assert again.applied == ()
    assert again.version == 7
    assert running.init(postgres.dsn(TEMPLATE)).number == again.number


def test_a_database_without_a_hub_says_so(postgres: local_server.LocalServer) -> None:
    with pytest.raises(CsdeskError) as refused:
        running.enrol(postgres.dsn("postgres"), 1, running.Wanted("Mia"))
    assert refused.value.code == "hub.none_here"


def test_a_desk_pushes_and_another_pulls(hub: TestHub) -> None:
    mia = hub.enrolled("Mia", desk=7)
    bo = hub.enrolled("Bo")
    with psycopg.connect(mia, autocommit=True) as connection:
        head, tip, inc, now_ms, _timeline, protocol = hello(connection, 7)
        assert (head, tip, inc, protocol) == (0, b"\0" * 16, 1, 1)
        assert isinstance(now_ms, float) and now_ms > 1.7e12
        push(connection, ROW, (7, 2, 2 << 16, 31, 1, 0, b"c" * 16, 1, '{"say":"好"}', b"t" * 16))
        assert hello(connection, 7)[:3] == (2, b"t" * 16, 2)
    with psycopg.connect(bo) as connection:
        assert connection.execute("SELECT * FROM csdesk.head_v WHERE head > 0").fetchall() == [(7, 2)]
        rows = connection.execute("SELECT * FROM csdesk.op_v ORDER BY desk, dseq").fetchall()
        assert rows[0] == ROW
        assert rows[1][8] == '{"say":"好"}'
        assert connection.execute("SELECT * FROM csdesk.claim_v").fetchall() == [(b"c" * 16, 1, 7, 2)]


def test_a_number_is_one_stores_for_ever(hub: TestHub) -> None:
    hub.enrolled("Mia", desk=7)
    logins = "SELECT count(*) FROM pg_roles WHERE rolcanlogin"
    before = hub.execute(logins)
    with pytest.raises(CsdeskError) as refused:
        hub.enrolled("Bo", desk=7)
    assert refused.value.code == "hub.desk_taken"
    assert hub.execute(logins) == before


def test_an_invitation_is_good_for_one_desk(hub: TestHub) -> None:
    login = running.invite(hub.dsn, running.Wanted("Bo"))
    assert running.join(login, 8).agent == "Bo"
    assert running.join(login, 8).desk == 8  # again, after a kill in between
    with pytest.raises(CsdeskError) as refused:
        running.join(login, 9)
    assert refused.value.code == "hub.invitation_used"


def test_the_password_is_nowhere_but_in_the_invitation(hub: TestHub) -> None:
    made = running.enrol(hub.dsn, 7, running.Wanted("Mia"))
    assert made.login.password not in repr(made)
    assert made.login.password not in made.login.dsn
    kept = hub.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", made.login.role)
    assert str(kept[0][0]).startswith("SCRAM-SHA-256$")
    log = (hub.server.folder / "log" / "server.log").read_text(errors="replace")
    assert made.login.password not in log


def test_an_older_session_of_the_same_desk_is_refused(hub: TestHub) -> None:
    mia = hub.enrolled("Mia", desk=7)
    with psycopg.connect(mia, autocommit=True) as old, psycopg.connect(mia, autocommit=True) as new:
        hello(old, 7)
        hello(new, 7)
        with pytest.raises(psycopg.Error) as refused:
            push(old, ROW)
        assert refused.value.sqlstate == "CS004"
        push(new, ROW)


def test_a_scope_shows_others_only_that_something_was(hub: TestHub) -> None:
    mia = hub.enrolled("Mia", desk=7, scope=3)
    bo, ida = hub.enrolled("Bo", scope=3), hub.enrolled("Ida", scope=4)
    secret = (7, 1, 1 << 16, 31, 1, 3, b"e" * 16, 1, '{"text":"secret"}', b"s" * 16)
    with psycopg.connect(mia, autocommit=True) as connection:
        hello(connection, 7)
        push(connection, secret)
    pulled = "SELECT * FROM csdesk.op_v WHERE desk = 7 AND dseq > 0 AND dseq <= 10 ORDER BY dseq"
    for dsn, expected, claims in (
        (mia, secret, 1),
        (bo, secret, 1),
        (ida, (7, 1, 1 << 16, 0, 1, 3, bytes(16), None, "", b"s" * 16), 0),
    ):
        with psycopg.connect(dsn) as connection:
            assert connection.execute(pulled.encode()).fetchall() == [expected]
            assert len(connection.execute("SELECT * FROM csdesk.claim_v").fetchall()) == claims
