"""What a desk's login might try on the hub, each by name, with the SQLSTATE that refuses it.

``{owner}`` ``{me}`` ``{other}`` are roles, ``{pid}`` another desk's server process, ``{database}`` the hub's. The
attacker is desk 7 (agent, everybody's scope) in a session that has said hello; desk 8 is somebody else's, in scope 3.
"""

from __future__ import annotations

from typing import NamedTuple

DENIED = "42501"
NOT_YOURS = "CS003"
FENCED = "CS004"
GAP = "CS001"
SHAPE = "23514"


DIGEST = "decode(repeat('ab', 32), 'hex')"


class Attack(NamedTuple):
    """Statements one after another; the last one has to fail with one of ``states``."""

    name: str
    statements: tuple[str, ...]
    states: tuple[str, ...] = (DENIED,)


def one(name: str, statement: str, *states: str) -> Attack:
    return Attack(name, (statement,), states or (DENIED,))


def row(
    desk: str = "7",
    dseq: str = "1",
    hlc: str = "65536",
    kind: str = "60",
    ver: str = "1",
    scope: str = "0",
    ent: str = "decode(repeat('ab', 16), 'hex')",
    arg: str = "NULL",
    body: str = "'{{}}'",
    own: str = "decode(repeat('cd', 16), 'hex')",
) -> str:
    """An INSERT of one operation that is right but for what is given."""
    return f"INSERT INTO csdesk.op VALUES ({desk}, {dseq}, {hlc}, {kind}, {ver}, {scope}, {ent}, {arg}, {body}, {own})"


TABLES = (
    "op",
    "desk",
    "member",
    "hub",
    "claim",
    "push",
    "acked",
    "present",
    "invited",
    "denied",
    "inbox_lease",
    "erased",
    "snapshot",
    "snapshot_piece",
    "fold",
    "file",
    "file_piece",
    "file_named",
)
READING = [
    *(one(f"read the table {table}", f"SELECT * FROM csdesk.{table}") for table in TABLES),
    one("read who is enrolled, which is a lead's", "SELECT * FROM csdesk.desk_v"),
    one("see what all desks have", "SELECT * FROM csdesk.common_v"),
    one("copy the log out", "COPY csdesk.op TO STDOUT"),
    one("read password verifiers", "SELECT rolpassword FROM pg_authid"),
    one("read password verifiers by the old name", "SELECT passwd FROM pg_shadow"),
    one("read the statistics of columns", "SELECT * FROM pg_statistic"),
    one("read a file", "SELECT pg_read_file('/etc/passwd')"),
    one("read a binary file", "SELECT pg_read_binary_file('postgresql.conf')"),
    one("list a folder", "SELECT pg_ls_dir('/')"),
    one("look at a file", "SELECT pg_stat_file('/etc/shadow')"),
    one("list the server's log", "SELECT * FROM pg_ls_logdir()"),
    one("read who may log in from where", "SELECT * FROM pg_hba_file_rules"),
    one("read the server's settings files", "SELECT * FROM pg_file_settings"),
    one("load a file into a large object", "SELECT lo_import('/etc/passwd')"),
    one("copy a file into the log", "COPY csdesk.op FROM '/etc/passwd'"),
    one("return what was there by inserting", row() + " RETURNING body"),
    one(
        "read a row by a clash",
        row() + " ON CONFLICT (desk, dseq) DO UPDATE SET body = csdesk.op.body RETURNING body",
    ),
    one("lock rows of the view", "SELECT * FROM csdesk.op_v FOR UPDATE"),
    one("follow the write-ahead log", "SELECT pg_create_logical_replication_slot('spy', 'test_decoding')"),
    one("keep the write-ahead log", "SELECT pg_create_physical_replication_slot('fill_the_disk')"),
    one("begin a backup", "SELECT pg_backup_start('steal')"),
    one("dump large objects to a file", "SELECT lo_export(1, '/tmp/csdesk-stolen')"),
]
HISTORY = [
    one("write as another desk", row(desk="8", dseq="2"), NOT_YOURS),
    one("write as a desk that is not there", row(desk="9"), NOT_YOURS),
    Attack(
        "hide another's row among one's own",
        (
            row()
            + ", (8, 2, 65536, 60, 1, 0, decode(repeat('ab', 16), 'hex'), NULL, '', decode(repeat('ab', 16), 'hex'))",
        ),
        (NOT_YOURS,),
    ),
    one(
        "hide another's row in a second insert",
        "WITH a AS (" + row() + ") " + row(desk="8", dseq="2"),
        NOT_YOURS,
    ),
    one("write into a scope of others", row(scope="3"), NOT_YOURS),
    one("leave a hole", row(dseq="2"), GAP),
    one("begin before the beginning", row(dseq="0"), SHAPE),
    one("write behind the last number", row(dseq="9223372036854775807"), GAP),
    one("overflow the sequence", row(dseq="9223372036854775808"), "22003"),
    one("change history", "UPDATE csdesk.op SET body = ''"),
    one("delete history", "DELETE FROM csdesk.op"),
    one("empty history", "TRUNCATE csdesk.op"),
    one("merge into history", "MERGE INTO csdesk.op o USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE"),
    one("change history by the view", "UPDATE csdesk.op_v SET body = ''", DENIED, "55000"),
    one("delete history by the view", "DELETE FROM csdesk.op_v", DENIED, "55000"),
    one("insert by the view", "INSERT INTO csdesk.op_v(desk) VALUES (7)", "42501", "55000"),
    Attack("say that it is only tidying", ("SET csdesk.tidying = 'on'", "DELETE FROM csdesk.op")),
    one("alter the log", "ALTER TABLE csdesk.op ADD COLUMN x int"),
    one("drop a check", "ALTER TABLE csdesk.op DROP CONSTRAINT op_shape"),
    one("drop the log", "DROP TABLE csdesk.op"),
    one("drop everything", "DROP SCHEMA csdesk CASCADE"),
    one("rename the log", "ALTER TABLE csdesk.op RENAME TO gone"),
    one("disable the trigger", "ALTER TABLE csdesk.op DISABLE TRIGGER on_op"),
    one("drop the trigger", "DROP TRIGGER on_op ON csdesk.op"),
    one("skip triggers as replication does", "SET session_replication_role = replica"),
    one(
        "replace the trigger's function",
        "CREATE OR REPLACE FUNCTION csdesk.on_op() RETURNS trigger LANGUAGE sql AS ''",
    ),
    one("call the trigger's function", "SELECT csdesk.on_op()"),
    one("ask what is for leads", "SELECT csdesk.is_for_leads(100::smallint)"),
    one(
        "let nothing be for leads",
        "CREATE OR REPLACE FUNCTION csdesk.is_for_leads(kind smallint) RETURNS boolean LANGUAGE sql AS 'SELECT false'",
    ),
    one("add a trigger", "CREATE TRIGGER x BEFORE INSERT ON csdesk.op EXECUTE FUNCTION csdesk.forbid()"),
    one("add a rule", "CREATE RULE x AS ON INSERT TO csdesk.op DO INSTEAD NOTHING"),
    one("add a policy", "CREATE POLICY x ON csdesk.op"),
    one("replace the view", "CREATE OR REPLACE VIEW csdesk.op_v AS SELECT 1"),
    one("take the barrier off the view", "ALTER VIEW csdesk.op_v SET (security_barrier = false)"),
    Attack("lock everybody out", ("BEGIN", "LOCK TABLE csdesk.op IN ACCESS EXCLUSIVE MODE")),
    Attack("lock other desks out", ("BEGIN", "LOCK TABLE csdesk.op IN SHARE MODE")),
    one("move one's own head", "UPDATE csdesk.desk SET head = 0"),
    one(
        "move one's own head by the steps of another engine",
        "SELECT csdesk.advance(7, 1, 5, 0, '', 1)",
        "0A000",
    ),
    one("settle what never came", "SELECT csdesk.settle(7, 1, 5)", "0A000"),
    one("win a claim without a fact", "INSERT INTO csdesk.claim VALUES ('', 1, 7, 1, 0)"),
    one("undo an erasure", "DELETE FROM csdesk.erased"),
    one("erase for another", "SELECT csdesk.erase(8, 1, '{{}}', '{{}}', '{{}}')", NOT_YOURS),
    one("name a file without an operation", "INSERT INTO csdesk.file_named VALUES ('', 7, 1)"),
    one("put bytes under another's file", "UPDATE csdesk.file_piece SET bytes = ''"),
    one("take another's file away", "DELETE FROM csdesk.file"),
    one("forget a file by its trigger", "SELECT csdesk.forget_file()"),
    one("ask for the rights of files", f"SELECT csdesk.may_read({DIGEST})"),
    one("offer a file for another", f"SELECT csdesk.offer(8, 1, {DIGEST}, 5)", NOT_YOURS),
    one("offer a file by another's operation", f"SELECT csdesk.offer(7, 2, {DIGEST}, 5)", "CS006"),
    one("offer what no operation names", f"SELECT csdesk.offer(7, 1, {DIGEST}, 5)", "CS006"),
    one("offer nothing", "SELECT csdesk.offer(7, NULL, NULL, NULL)", "CS006"),
    one("bring a file for another", f"SELECT csdesk.bring(8, {DIGEST}, 0, 'x')", NOT_YOURS),
    one("bring what was not offered", f"SELECT csdesk.bring(7, {DIGEST}, 0, 'x')", "CS006"),
    one("undo what was denied", "DELETE FROM csdesk.denied"),
    one(
        "leave a snapshot, which is a lead's",
        """SELECT csdesk.begin_snapshot(7, '{{"7": 1}}', '{{"7": "00"}}', decode(repeat('00', 32), 'hex'), 1, 1, 1)""",
    ),
    one("put a piece into another's snapshot", "SELECT csdesk.add_piece(gen_random_uuid(), 0, 'x')"),
    one("finish another's snapshot", "SELECT csdesk.finish_snapshot(gen_random_uuid())"),
    one("look for another's snapshot", "SELECT csdesk.need_maker(gen_random_uuid())"),
    one(
        "write a snapshot past the functions",
        "INSERT INTO csdesk.snapshot_piece VALUES (gen_random_uuid(), 0, 'x')",
    ),
    one("change a snapshot", "UPDATE csdesk.snapshot SET scopes = '{{0}}'"),
    one("change a piece of a snapshot", "UPDATE csdesk.snapshot_piece SET data = 'x'"),
    one("delete snapshots", "DELETE FROM csdesk.snapshot"),
    one("write a snapshot by the view", "UPDATE csdesk.snapshot_v SET maker = 7", DENIED, "55000"),
    one("fold what others have not got", "INSERT INTO csdesk.fold VALUES (8, 1)"),
    one("call what follows an erasure", "SELECT csdesk.on_erased()"),
    one("wipe the audit", "DELETE FROM csdesk.push"),
]
ROLES = [
    one("make oneself a lead", "UPDATE csdesk.desk SET rank = 'lead' WHERE desk = 7"),
    one("make oneself a member", "INSERT INTO csdesk.member VALUES (session_user, 3)"),
    one("invite oneself", "INSERT INTO csdesk.invited VALUES (session_user, 'x', 'lead', 0)"),
    one("join a second time", "SELECT csdesk.join_as(99)", NOT_YOURS),
    one("become the owner", "SET ROLE {owner}"),
    one("become another desk", "SET ROLE {other}"),
    one("become another session", "SET SESSION AUTHORIZATION {other}"),
    one("become the superuser", "SET SESSION AUTHORIZATION csdesk"),
    one("become a superuser", "ALTER ROLE {me} SUPERUSER"),
    one("be let to make roles", "ALTER ROLE {me} CREATEROLE"),
    one("be let to replicate", "ALTER ROLE {me} REPLICATION"),
    one("take the limit of connections away", "ALTER ROLE {me} CONNECTION LIMIT -1"),
    one("join the owner", "GRANT {owner} TO {me}"),
    one("join those who read files", "GRANT pg_read_server_files TO {me}"),
    one("join those who run programs", "GRANT pg_execute_server_program TO {me}"),
    one("make a role", "CREATE ROLE mine LOGIN"),
    one("drop another", "DROP ROLE {other}"),
    one("change another's password", "ALTER ROLE {other} PASSWORD 'mine'"),
    one("change another's settings", "ALTER ROLE {other} SET search_path = mine"),
    one("keep another from logging in", "ALTER ROLE {other} NOLOGIN"),
    one("take over what another has", "REASSIGN OWNED BY {owner} TO {me}"),
    one("grant oneself the table of desks", "GRANT UPDATE ON csdesk.desk TO {me}"),
    one("own the log", "ALTER TABLE csdesk.op OWNER TO {me}"),
    one(
        "give default rights for the owner",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT ALL ON TABLES TO {me}",
    ),
]
OBJECTS = [
    one("make a table", "CREATE TABLE public.mine(x int)"),
    one("make a table beside the hub's", "CREATE TABLE csdesk.mine(x int)"),
    one("shadow a table for this session", "CREATE TEMP TABLE desk(x int)"),
    one("shadow a view for this session", "CREATE TEMP VIEW op AS SELECT 1"),
    one("make a schema", "CREATE SCHEMA mine"),
    one("make a function", "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    one(
        "make a function in the session's schema",
        "CREATE FUNCTION pg_temp.now() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    one(
        "make a function of the catalogue's",
        "CREATE FUNCTION pg_catalog.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ),
    one("shadow an operator", "CREATE OPERATOR public.= (FUNCTION = int4eq, LEFTARG = int, RIGHTARG = int)"),
    one("make a cast", "CREATE CAST (text AS int) WITHOUT FUNCTION"),
    one("make a type", "CREATE TYPE public.t AS (x int)"),
    one("make a domain", "CREATE DOMAIN public.d AS int"),
    one("make an aggregate", "CREATE AGGREGATE public.a(int) (SFUNC = int4pl, STYPE = int)"),
    one("make a collation", 'CREATE COLLATION public.c FROM "C"'),
    one("make a sequence", "CREATE SEQUENCE public.s"),
    one("make an extension", "CREATE EXTENSION dblink", DENIED, "0A000", "58P01"),
    one("make a trusted extension", "CREATE EXTENSION pgcrypto", DENIED, "0A000", "58P01"),
    one("make a language", "CREATE LANGUAGE plpython3u", DENIED, "0A000", "58P01"),
    one(
        "make an event trigger",
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION csdesk.forbid()",
    ),
    one("make a publication", "CREATE PUBLICATION p FOR ALL TABLES"),
    one("make a subscription", "CREATE SUBSCRIPTION s CONNECTION 'host=evil' PUBLICATION p"),
    one("make a foreign server", "CREATE SERVER s FOREIGN DATA WRAPPER w", DENIED, "42704"),
    one("make a tablespace", "CREATE TABLESPACE t LOCATION '/tmp'"),
    one("make a database", "CREATE DATABASE mine"),
    one("drop the database", "DROP DATABASE {database}"),
    one("rename the database", "ALTER DATABASE {database} RENAME TO gone"),
    one("change the database's settings", "ALTER DATABASE {database} SET search_path = mine"),
    one("index the log", "CREATE INDEX ON csdesk.op(body)"),
    one("say something about the log", "COMMENT ON TABLE csdesk.op IS 'mine'"),
    one("label the log", "SECURITY LABEL ON TABLE csdesk.op IS 'mine'", DENIED, "22023"),
    one("run a code block", "DO $$ BEGIN PERFORM 1; END $$"),
    one("make a large object", "SELECT lo_create(0)"),
    one("fill a large object", "SELECT lo_from_bytea(0, decode('00', 'hex'))"),
]
SERVER = [
    one("run a program on the way out", "COPY (SELECT 1) TO PROGRAM 'id > /tmp/csdesk-owned'"),
    one("run a program on the way in", "COPY csdesk.op FROM PROGRAM 'id'"),
    one("write a file", "COPY (SELECT 1) TO '/tmp/csdesk-owned'"),
    one("load a library", "LOAD '/tmp/evil.so'", DENIED, "58P01"),
    one("name the folder of libraries", "SET dynamic_library_path = '/tmp'"),
    one("preload a library", "SET shared_preload_libraries = 'evil'", "55P02", DENIED),
    one("change the server's settings", "ALTER SYSTEM SET fsync = off"),
    one("turn fsync off", "SET fsync = off", "55P02", DENIED),
    one("log what others say", "SET log_statement = 'all'"),
    one("use more of the disk than allowed", "SET temp_file_limit = -1"),
    one("read the settings anew", "SELECT pg_reload_conf()"),
    one("turn the log over", "SELECT pg_rotate_logfile()"),
    one("write a checkpoint", "CHECKPOINT"),
    one("switch the write-ahead log", "SELECT pg_switch_wal()"),
    one("promote the server", "SELECT pg_promote()"),
    one("end another's session", "SELECT pg_terminate_backend({pid})"),
    one("cancel another's statement", "SELECT pg_cancel_backend({pid})"),
    one("reset the statistics", "SELECT pg_stat_reset()"),
    one("take an advisory lock", "SELECT pg_advisory_lock(1)"),
    one("sleep in a connection", "SELECT pg_sleep(60)"),
    Attack("prepare a transaction and leave it", ("BEGIN", "PREPARE TRANSACTION 'left'"), ("55000",)),
    one("notify by the function", "SELECT pg_notify('csdesk_op', '8:999')"),
    one("notify with a book", "NOTIFY csdesk_op, '{book}'", "22023"),
]
BAD_INPUT = [
    Attack("take another session's number", ("SET csdesk.inc = '999'", row()), (FENCED,)),
    Attack("have no number", ("RESET csdesk.inc", row()), (FENCED,)),
    Attack("have a number that is none", ("SET csdesk.inc = 'x; DROP TABLE op'", row()), (FENCED,)),
    one("fence another desk out", "SELECT csdesk.hello(8, 1)", NOT_YOURS),
    one("say hello for nobody", "SELECT csdesk.hello(NULL, 1)", NOT_YOURS),
    one("speak an old protocol", "SELECT csdesk.hello(7, 0)", "CS005"),
    one("speak none", "SELECT csdesk.hello(7, NULL)", "CS005"),
    one("be there for another", "SELECT csdesk.here(8, '')", NOT_YOURS),
    one("tell a long story of presence", "SELECT csdesk.here(7, repeat('x', 4097))", SHAPE),
    one("confirm for another", "SELECT csdesk.ack(8, '{{}}')", NOT_YOURS),
    one("confirm nonsense", """SELECT csdesk.ack(7, '{{"x": "y"}}')""", "22P02"),
    one("confirm a list", "SELECT csdesk.ack(7, '[1]')", "22023"),
    one("take another's lease", "SELECT csdesk.lease(decode(repeat('00', 16), 'hex'), 8, 30)", NOT_YOURS),
    one("lease for ever", "SELECT csdesk.lease(decode(repeat('00', 16), 'hex'), 7, 2147483647)", "22023"),
    one("lease for no time", "SELECT csdesk.lease(decode(repeat('00', 16), 'hex'), 7, NULL)", "22023"),
    one("lease what is no inbox", "SELECT csdesk.lease('x', 7, 30)", SHAPE),
    one(
        "give another's lease back", "SELECT csdesk.give_back(decode(repeat('00', 16), 'hex'), 8)", NOT_YOURS
    ),
    one(
        "write from the future", row(hlc="(extract(epoch FROM now()) * 1000 + 600000)::bigint << 16"), "CS002"
    ),
    one("write from before time", row(hlc="0"), SHAPE),
    one("write at a negative time", row(hlc="-65536"), SHAPE),
    one("write a negative kind", row(kind="-1"), SHAPE),
    one("write a placeholder", row(kind="0"), SHAPE),
    one("write a kind too large", row(kind="32768"), "22003"),
    one("write version 0", row(ver="0"), SHAPE),
    one("write a negative scope", row(scope="-1"), SHAPE),
    one("name a thing in 15 bytes", row(ent="decode(repeat('ab', 15), 'hex')"), SHAPE),
    one("sum in 17 bytes", row(own="decode(repeat('ab', 17), 'hex')"), SHAPE),
    one("write no body", row(body="NULL"), "23502"),
    one("write a body too large", row(body="repeat('x', 4194305)"), SHAPE),
    one("write a NUL", row(body="chr(0)"), "54000"),
    one("write what is no UTF-8", row(body="convert_from(decode('ff', 'hex'), 'UTF8')"), "22021"),
    one("claim epoch -1", row(kind="31", arg="-1"), SHAPE),
    one("claim the last epoch of all", row(kind="31", arg="9223372036854775807"), SHAPE),
    one(
        "write more at once than a batch may have",
        "INSERT INTO csdesk.op SELECT 7, g, 65536, 60, 1, 0, decode(repeat('ab', 16), 'hex'), NULL, '',"
        " decode(repeat('cd', 16), 'hex') FROM generate_series(1, 100001) g",
        "54000",
    ),
    Attack(
        "let a statement run for ever",
        ("SET statement_timeout = '50ms'", "SELECT count(*) FROM generate_series(1, 1e12)"),
        ("57014",),
    ),
]
IGNORED = {
    "grant oneself the log": "GRANT SELECT ON csdesk.op TO {me}",
    "grant everybody the log": "GRANT ALL ON csdesk.op TO PUBLIC",
    "vacuum the log full": "VACUUM FULL csdesk.op",
    "analyse the log": "ANALYZE csdesk.op",
    "rewrite the log in another order": "CLUSTER",
}
"""What PostgreSQL does not refuse but leaves undone, with a warning at most."""
VOID = {
    "erase a contact": "3",
    "erase a conversation": "43",
    "erase messages": "64",
    "publish a pack to the team": "100",
    "take a pack from the team": "101",
}
"""Operations that are a lead's, by kind: an agent's desk may push them, since its queue has to flow, and they are void."""
ATTACKS = [*READING, *HISTORY, *ROLES, *OBJECTS, *SERVER, *BAD_INPUT]
