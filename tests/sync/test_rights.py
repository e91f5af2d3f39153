"""A desk's login can sync its own desk and nothing else: every attack is refused, by name, and changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from csdesk.model.operation import FOR_LEADS
from csdesk.sync import hub as running
from csdesk.sync.local_server import LocalServer
from tests.sync.attacks import ATTACKS, IGNORED, VOID, Attack
from tests.sync.conftest import TestHub, fresh
from tests.sync.test_hub import hello, push

SECRET = "the secret of scope three"
SECRET_ROW = (8, 1, 1 << 16, 31, 1, 3, b"e" * 16, 1, f'{{"text":"{SECRET}"}}', b"s" * 16)
MINE, OTHERS = 7, 8

# What the hub and its server are made of, beside what an attacker's own session leaves (its hello, its presence).
_STATE = """
SELECT (SELECT md5(string_agg(o::text, ',' ORDER BY desk, dseq)) FROM csdesk.op o),
  (SELECT string_agg(concat_ws(' ', desk, role, rank, scope, head, tip, fenced_at, retired_at), ',' ORDER BY desk)
     FROM csdesk.desk),
  (SELECT string_agg(m::text, ',' ORDER BY role, scope) FROM csdesk.member m),
  (SELECT string_agg(h::text, ',' ORDER BY key) FROM csdesk.hub h),
  (SELECT count(*) FROM csdesk.claim), (SELECT count(*) FROM csdesk.push), (SELECT count(*) FROM csdesk.denied),
  (SELECT count(*) FROM csdesk.file), (SELECT count(*) FROM csdesk.file_piece), (SELECT count(*) FROM csdesk.file_named),
  (SELECT count(*) FROM csdesk.invited), (SELECT count(*) FROM csdesk.acked), (SELECT count(*) FROM csdesk.inbox_lease),
  (SELECT md5(string_agg(concat_ws(' ', oid, rolname, rolsuper, rolcreaterole, rolcanlogin, rolreplication,
     rolconnlimit, rolpassword), ',' ORDER BY oid)) FROM pg_authid),
  (SELECT md5(string_agg(a::text, ',' ORDER BY roleid, member)) FROM pg_auth_members a),
  (SELECT md5(string_agg(concat_ws(' ', oid, relname, relowner, relacl, reltriggers, relhasrules, reloptions), ','
     ORDER BY oid)) FROM (SELECT oid, relname, relowner, relacl, relhastriggers reltriggers, relhasrules, reloptions
     FROM pg_class) c),
  (SELECT md5(string_agg(concat_ws(' ', oid, proname, proacl, md5(prosrc)), ',' ORDER BY oid)) FROM pg_proc),
  (SELECT md5(string_agg(t::text, ',' ORDER BY oid)) FROM pg_trigger t),
  (SELECT count(*) FROM pg_namespace), (SELECT count(*) FROM pg_type), (SELECT count(*) FROM pg_operator),
  (SELECT count(*) FROM pg_cast), (SELECT count(*) FROM pg_extension), (SELECT count(*) FROM pg_largeobject_metadata),
  (SELECT count(*) FROM pg_database), (SELECT count(*) FROM pg_replication_slots),
  (SELECT count(*) FROM pg_prepared_xacts), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
  (SELECT string_agg(s::text, ',' ORDER BY s::text) FROM pg_db_role_setting s)
"""


class Arena:
    """A hub with two desks: the attacker's, and one whose operation in scope 3 the attacker may not read."""

    def __init__(self, hub: TestHub) -> None:
        self.hub = hub
        self.mine = hub.enrolled("Mia", desk=MINE)
        self.others = hub.enrolled("Bo", desk=OTHERS, scope=3)
        self.lead = hub.enrolled("Ida", "lead")
        self.running = psycopg.connect(hub.dsn, autocommit=True)
        self.victim = psycopg.connect(self.others, autocommit=True)
        hello(self.victim, OTHERS)
        push(self.victim, SECRET_ROW)
        self.victim.execute("SELECT csdesk.here(8, 'at work')")
        with psycopg.connect(hub.dsn) as connection:
            owner = running.names_of(connection).owner
        self.words = {
            "owner": owner,
            "me": hub.enrolments["Mia"].login.role,
            "other": hub.enrolments["Bo"].login.role,
            "pid": str(self.victim.info.backend_pid),
            "database": hub.database,
            "book": "x" * 8_000,
        }

    def state(self) -> list[tuple[object, ...]]:
        return self.running.execute(_STATE).fetchall()


@pytest.fixture(scope="module")
def arena(postgres: LocalServer) -> Iterator[Arena]:
    with fresh(postgres) as hub:
        made = Arena(hub)
        yield made
        made.victim.close()
        made.running.close()


@pytest.fixture
def attacker(arena: Arena) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(arena.mine, autocommit=True) as connection:
        hello(connection, MINE)
        yield connection


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_refused(attack: Attack, arena: Arena, attacker: psycopg.Connection[tuple[object, ...]]) -> None:
    before = arena.state()
    *preparing, last = (statement.format(**arena.words) for statement in attack.statements)
    for statement in preparing:
        attacker.execute(statement.encode())
    with pytest.raises(psycopg.Error) as refused:
        attacker.execute(last.encode())
    assert refused.value.sqlstate in attack.states, str(refused.value)
    assert SECRET not in str(refused.value)
    assert arena.state() == before
    assert arena.victim.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("statement", IGNORED.values(), ids=IGNORED)
def test_left_undone(statement: str, arena: Arena, attacker: psycopg.Connection[tuple[object, ...]]) -> None:
    """PostgreSQL passes over what it may not do here, and goes on."""
    files = "SELECT relfilenode, reltuples FROM pg_class WHERE relname = 'op'"
    before = arena.state(), arena.hub.execute(files)
    attacker.execute(statement.format(**arena.words).encode())
    assert (arena.state(), arena.hub.execute(files)) == before


def test_the_names_of_attacks_are_their_own() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(set(names)) == len(names) > 120
    assert not Path("/tmp/csdesk-owned").exists()


@pytest.mark.parametrize(
    "asked",
    [
        "SELECT body::int FROM csdesk.op_v",
        "SELECT 1 FROM csdesk.op_v WHERE body::int = 1",
        "SELECT 1 / (CASE WHEN body LIKE '%secret%' THEN 0 ELSE 1 END) FROM csdesk.op_v",
        "SELECT string_agg(body, '') FROM csdesk.op_v",
        "SELECT * FROM csdesk.op_v WHERE desk = 8 AND dseq BETWEEN 1 AND 10",
        "SELECT query_to_xml('SELECT * FROM csdesk.op_v', true, false, '')",
        "SELECT most_common_vals::text FROM pg_stats WHERE schemaname = 'csdesk'",
        "SELECT query FROM pg_stat_activity",
        "SELECT * FROM csdesk.claim_v",
        "SELECT * FROM csdesk.present_v",
        "TABLE csdesk.denied_v",
        "COPY (SELECT * FROM csdesk.op_v) TO STDOUT",
    ],
)
def test_no_way_of_asking_shows_another_scope(
    asked: str, arena: Arena, attacker: psycopg.Connection[tuple[object, ...]]
) -> None:
    """Views, casts that fail loudly, statistics, other sessions: the words of another team stand in none."""
    arena.hub.execute("ANALYZE")
    arena.victim.execute(f"SELECT '{SECRET}'".encode())
    with attacker.cursor() as cursor:
        try:
            if asked.startswith("COPY"):
                with cursor.copy(asked.encode()) as copy:
                    said = b"".join(copy).decode()
            else:
                said = str(cursor.execute(asked.encode()).fetchall())
        except psycopg.Error as error:
            said = str(error)
    assert SECRET not in said
    assert (b"e" * 16).hex() not in said and "at work" not in said


FILE = b"the bytes of scope three"


def _names(desk: int, scope: int, content: bytes, size: int) -> tuple[object, ...]:
    """An operation that names a file, as a desk writes it."""
    body = f'{{"kept":true,"sha256":"{hashlib.sha256(content).hexdigest()}","size":{size}}}'
    return desk, 1, 1 << 16, 63, 1, scope, b"e" * 16, None, body, b"s" * 16


def _one(connection: psycopg.Connection[tuple[object, ...]], asked: str, *values: object) -> object:
    row = connection.execute(asked.encode(), values).fetchone()
    return None if row is None else row[0]


OFFER, BRING = "SELECT csdesk.offer(%s, 1, %s, %s)", "SELECT csdesk.bring(%s, %s, 0, %s)"


def test_who_knows_a_digest_has_not_the_file(hub: TestHub) -> None:
    """Naming another team's file gives nothing of it: neither its bytes, nor whether it is there, nor by a false one."""
    digest, size = hashlib.sha256(FILE).digest(), len(FILE)
    dsns = hub.enrolled("Bo", desk=OTHERS, scope=3), hub.enrolled("Mia", desk=MINE)
    with (
        psycopg.connect(dsns[0], autocommit=True) as victim,
        psycopg.connect(dsns[1], autocommit=True) as attacker,
    ):
        for connection, desk, scope in ((victim, OTHERS, 3), (attacker, MINE, 0)):
            hello(connection, desk)
            push(connection, _names(desk, scope, FILE, size))
        assert _one(victim, OFFER, OTHERS, digest, size) == 0
        assert _one(victim, BRING, OTHERS, digest, FILE) is None
        assert _one(victim, "SELECT csdesk.file_part(%s, 0)", digest) == FILE

        def sees_nothing() -> None:
            assert attacker.execute("SELECT * FROM csdesk.files_here(ARRAY[%s])", (digest,)).fetchall() == []
            assert _one(attacker, "SELECT csdesk.file_part(%s, 0)", digest) is None

        sees_nothing()
        assert _one(attacker, OFFER, MINE, digest, size) == 0  # as for one that nobody has
        sees_nothing()
        assert _one(attacker, BRING, MINE, digest, b"x" * size) == -1
        sees_nothing()
        for wrong in (b"", FILE + b"x", b"x" * 70_000):
            _one(attacker, OFFER, MINE, digest, size)
            with pytest.raises(psycopg.Error) as refused:
                _one(attacker, BRING, MINE, digest, wrong)
            assert refused.value.sqlstate == "CS006"
        with pytest.raises(psycopg.Error) as refused:
            _one(attacker, OFFER, MINE, digest, 1)  # another length than its operation says
        assert refused.value.sqlstate == "CS006"
        sees_nothing()
        assert _one(victim, "SELECT csdesk.file_part(%s, 0)", digest) == FILE
        hub.execute("UPDATE csdesk.member SET left_at = now()")
        hub.execute("UPDATE csdesk.desk SET role = 'gone' WHERE desk = %s", OTHERS)
        assert _one(victim, "SELECT csdesk.file_part(%s, 0)", digest) is None


def test_a_desk_brings_no_more_than_it_may(hub: TestHub) -> None:
    digest, size = hashlib.sha256(FILE).digest(), 65 << 20
    with psycopg.connect(hub.enrolled("Mia", desk=MINE), autocommit=True) as mia:
        hello(mia, MINE)
        push(mia, _names(MINE, 0, FILE, size))
        for limit, state in (("desk_files_mb", "CS007"), ("file_mb", "CS006")):
            hub.execute("UPDATE csdesk.hub SET value = '100' WHERE key IN ('file_mb', 'desk_files_mb')")
            hub.execute("UPDATE csdesk.hub SET value = '64' WHERE key = %s", limit)
            with pytest.raises(psycopg.Error) as refused:
                _one(mia, OFFER, MINE, digest, size)
            assert refused.value.sqlstate == state


def test_a_desk_enters_no_other_database(arena: Arena) -> None:
    for name in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(arena.mine.replace(arena.hub.database, name))


def test_a_desk_has_few_connections(arena: Arena) -> None:
    held = []
    try:
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            held.extend(psycopg.connect(arena.mine) for _ in range(running.CONNECTIONS_PER_DESK + 1))
    finally:
        for connection in held:
            connection.close()


def test_a_desk_may_not_replicate(arena: Arena) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(arena.mine, replication="database")


def test_a_lead_sees_the_desks_and_no_more(arena: Arena) -> None:
    with psycopg.connect(arena.lead, autocommit=True) as lead:
        assert len(lead.execute("SELECT * FROM csdesk.desk_v").fetchall()) == 3
        assert SECRET not in str(lead.execute("SELECT * FROM csdesk.op_v").fetchall())
        for statement in (
            "SELECT * FROM csdesk.desk",
            "UPDATE csdesk.desk_v SET rank = 'lead'",
            "CREATE ROLE x",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                lead.execute(statement.encode())


@pytest.mark.parametrize("kind", VOID.values(), ids=VOID)
def test_what_only_a_lead_may_is_kept_and_void(kind: str, hub: TestHub) -> None:
    """Of an agent's desk: refusing it would stop the queue behind it for ever."""
    mia, ida = hub.enrolled("Mia", desk=7), hub.enrolled("Ida", "lead", desk=9)
    said = (int(kind), 1, 0, b"e" * 16, None, "{}", b"s" * 16)
    for dsn, desk in ((mia, 7), (ida, 9)):
        with psycopg.connect(dsn, autocommit=True) as connection:
            hello(connection, desk)
            push(connection, (desk, 1, 1 << 16, *said), (desk, 2, 2 << 16, 60, *said[1:]))
            denied = connection.execute("SELECT * FROM csdesk.denied_v").fetchall()
            assert hello(connection, desk)[0] == 2
    assert denied == [(7, 1)]


def test_every_kind_of_a_lead_was_tried() -> None:
    assert {int(kind) for kind in VOID.values()} == FOR_LEADS


def test_who_runs_it_does_not_change_history_by_accident(hub: TestHub) -> None:
    with psycopg.connect(hub.enrolled("Mia", desk=7), autocommit=True) as connection:
        hello(connection, 7)
        push(connection, (7, *SECRET_ROW[1:5], 0, *SECRET_ROW[6:]))
    for statement in ("UPDATE csdesk.op SET body = ''", "DELETE FROM csdesk.op", "TRUNCATE csdesk.op"):
        with pytest.raises(psycopg.Error, match="history is not changed"):
            hub.execute(statement)
