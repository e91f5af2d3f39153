"""Running a hub: making its schema, letting desks in, keeping them out.

Everything here needs the login of whoever runs the hub; desks have their own and can do none of it. All names on the
server begin with the hub's own number, so that several hubs on one server know nothing of one another.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING

from csdesk.errors import CsdeskError, NotFound, Refused
from csdesk.i18n import _
from csdesk.sync import driver
from csdesk.sync.binaries import OLDEST_VERSION
from csdesk.sync.dsn import checked, for_role, without_password
from csdesk.sync.guard import guard_database, is_superuser
from csdesk.sync.session import PORTABLE

if TYPE_CHECKING:
    from csdesk.sync.driver import Hub

CONNECTIONS_PER_DESK = 4
"""One that follows, one by hand, and two that a broken line left behind."""
ROLE_SETTINGS = {
    "statement_timeout": "120s",
    "idle_in_transaction_session_timeout": "60s",
    "lock_timeout": "15s",
    "search_path": "pg_catalog",
    # A poll is a thousand short walks along an index: compiling it first takes seconds.
    "jit": "off",
    # What the trigger looks through is all of a batch: in memory, not in a file beside it.
    "work_mem": "16MB",
}
BY_TRIGGER = "trigger"
SUPERUSER_ROLE_SETTINGS = {"temp_file_limit": "1GB"}
_MIGRATION = re.compile(r"(\d{3})_\w+\.sql")


@dataclass(frozen=True, slots=True)
class Names:
    """The group roles of one hub: who owns its schema, and what desks are members of."""

    number: str

    @property
    def owner(self) -> str:
        return f"csdesk_{self.number}_owner"

    @property
    def agent(self) -> str:
        return f"csdesk_{self.number}_agent"

    @property
    def lead(self) -> str:
        return f"csdesk_{self.number}_lead"

    def new_login(self) -> str:
        return f"csdesk_{self.number}_{secrets.token_hex(5)}"


@dataclass(frozen=True, slots=True)
class Made:
    """What ``init`` found or made: the hub's number, its schema's version, and which versions are new."""

    number: str
    version: int
    applied: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A desk to be let in: for which agent, as agent or lead, and the team whose operations it writes and reads.

    What is of everybody (scope 0) every desk reads and writes.
    """

    name: str
    rank: str = "agent"
    scope: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A login for one desk that is yet to come; the password is in here and nowhere else."""

    dsn: str
    role: str
    password: str = field(repr=False)

    @property
    def secret_dsn(self) -> str:
        """How the desk connects, with the password: keep it out of logs and files."""
        return for_role(self.dsn, self.role, self.password)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A desk that may come, for whom, and how."""

    desk: int
    agent: str
    rank: str
    scope: int
    login: Invitation


@contextmanager
def running(dsn: str) -> Iterator[Hub]:
    """A connection of whoever runs the hub; psycopg's refusals come out as ours."""
    safe = checked(dsn)
    with translated(), driver.connect(safe) as hub:
        yield hub


@contextmanager
def translated() -> Iterator[None]:
    """Raises CsdeskError for what the hub refuses inside."""
    driver.need_driver()
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise driver.told(error) from None


def init(dsn: str, *, is_portable: bool | None = None) -> Made:
    """Make the hub's schema, roles and grants in the database at ``dsn``, or bring them up to date.

    ``is_portable``: whether desks take every step themselves, for an engine without transition tables, instead of
    a trigger; None leaves it as it is. All or nothing; done twice it changes nothing. Raises CsdeskError when the
    login may not, or the hub is newer.
    """
    with running(dsn) as hub:
        _need_recent(hub.info.server_version // 10_000)
        with hub.transaction():
            number = _number_of(hub)
            names = Names(number or secrets.token_hex(3))
            if number is None:
                _found(hub, names)
            applied = tuple(_migrate(hub, names))
            if is_portable is not None:
                with as_owner(hub, names):
                    _speak(hub, PORTABLE if is_portable else BY_TRIGGER)
            guard_database(hub, owner=names.owner, agent=names.agent)
        return Made(names.number, max(number for number, _sql in _migrations()), applied)


def invite(dsn: str, wanted: Wanted) -> Invitation:
    """Make a login for one desk: the first store that comes with it is that desk."""
    with running(dsn) as hub:
        names = names_of(hub)
        made = Invitation(without_password(dsn), names.new_login(), secrets.token_urlsafe(24))
        with hub.transaction():
            _make_login(hub, made.role, made.password, names.lead if wanted.rank == "lead" else names.agent)
            with as_owner(hub, names):
                hub.execute(
                    "INSERT INTO csdesk.invited(role, agent, rank, scope) VALUES (%s, %s, %s, %s)",
                    (made.role, wanted.name, wanted.rank, wanted.scope),
                )
                if wanted.scope:
                    hub.execute(
                        "INSERT INTO csdesk.member(role, scope) VALUES (%s, %s)", (made.role, wanted.scope)
                    )
        return made


def join(login: Invitation, desk: int) -> Enrolled:
    """Register the store numbered ``desk`` with an invitation.

    The same desk may do so again. Raises Refused when the number is taken (two stores never write under one
    number), or the invitation was used by another.
    """
    import psycopg

    with translated(), driver.connect(checked(login.secret_dsn)) as hub:
        try:
            row = hub.execute("SELECT agent, rank, scope FROM csdesk.join_as(%s)", (desk,)).fetchone()
        except psycopg.errors.UniqueViolation:
            raise Refused(
                "hub.desk_taken",
                _("The hub knows a desk with this store's number already."),
                _("A copy of a store cannot join: begin a new store on this machine, and enrol that."),
            ) from None
        except psycopg.Error as error:
            if error.sqlstate != "CS003":
                raise
            raise Refused(
                "hub.invitation_used",
                _("This invitation was used already, or taken back."),
                _("Ask who runs the hub for a new one: csdesk hub enrol --name NAME --invite"),
            ) from None
        if row is None:
            raise TypeError("join_as answers with one row")
        agent, rank, scope = row
        return Enrolled(desk, agent, rank, scope, login)


def enrol(dsn: str, desk: int, wanted: Wanted) -> Enrolled:
    """``invite`` and ``join`` in one, where who runs the hub sits at the desk numbered ``desk``."""
    login = invite(dsn, wanted)
    try:
        return join(login, desk)
    except CsdeskError:
        withdraw(dsn, login.role)
        raise


def renew(dsn: str, desk: int) -> Enrolled:
    """A new password for a desk that lost its own; sessions with the old one go on until they end.

    Raises NotFound, and Refused for a retired desk.
    """
    from psycopg import sql

    with running(dsn) as hub, hub.transaction():
        names = names_of(hub)
        with as_owner(hub, names):
            row = hub.execute(
                "SELECT role, agent, rank, scope FROM csdesk.desk WHERE desk = %s AND retired_at IS NULL",
                (desk,),
            ).fetchone()
        if row is None:
            raise NotFound(
                "hub.no_desk",
                _("The hub knows no desk {desk}.").format(desk=desk),
                _("csdesk hub status lists them."),
            )
        role, agent, rank, scope = row
        login = Invitation(without_password(dsn), role, secrets.token_urlsafe(24))
        hub.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                sql.Identifier(role), sql.Literal(_verifier(hub, role, login.password))
            )
        )
        return Enrolled(desk, agent, rank, scope, login)


def withdraw(dsn: str, role: str) -> None:
    """Take a login away that no desk uses."""
    from psycopg import sql

    with running(dsn) as hub, hub.transaction():
        with as_owner(hub, names_of(hub)):
            hub.execute("DELETE FROM csdesk.invited WHERE role = %s", (role,))
            hub.execute("DELETE FROM csdesk.member WHERE role = %s", (role,))
        hub.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def names_of(hub: Hub) -> Names:
    """The roles of the hub in this database. Raises NotFound where there is none."""
    number = _number_of(hub)
    if number is None:
        raise NotFound(
            "hub.none_here",
            _("There is no hub in this database."),
            _("Make one: csdesk hub init DSN"),
        )
    return Names(number)


def _need_recent(version: int) -> None:
    if version < OLDEST_VERSION:
        raise Refused(
            "hub.postgres_too_old",
            _("PostgreSQL {version} is too old for a hub.").format(version=version),
            _("Install PostgreSQL {version} or newer.").format(version=OLDEST_VERSION),
        )


def _number_of(hub: Hub) -> str | None:
    """The number of the hub in this database, told by who owns its schema."""
    row = hub.execute(
        "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'csdesk'"
    ).fetchone()
    found = re.fullmatch(r"csdesk_([0-9a-f]+)_owner", row[0]) if row else None
    if row and not found:
        raise Refused(
            "hub.foreign_schema",
            _("This database has a schema named csdesk that is no hub of ours."),
            _("Use a database of its own for the hub."),
        )
    return found[1] if found else None


def _found(hub: Hub, names: Names) -> None:
    """The roles, the empty schema, and what tells this hub from others."""
    from psycopg import sql

    owner, agent, lead = (sql.Identifier(name) for name in (names.owner, names.agent, names.lead))
    for role in (owner, agent, lead):
        hub.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    hub.execute(sql.SQL("GRANT {} TO {}").format(agent, lead))
    hub.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
    hub.execute(sql.SQL("CREATE SCHEMA csdesk AUTHORIZATION {}").format(owner))
    with as_owner(hub, names):
        hub.execute("CREATE TABLE csdesk.migration(version int PRIMARY KEY, at timestamptz DEFAULT now())")


def _migrate(hub: Hub, names: Names) -> Iterator[int]:
    """Apply what the schema lacks, and say which versions that were."""
    with as_owner(hub, names):
        # Two who do this at once wait for one another.
        hub.execute("LOCK TABLE csdesk.migration IN EXCLUSIVE MODE")
        row = hub.execute("SELECT coalesce(max(version), 0) FROM csdesk.migration").fetchone()
        have = row[0] if row else 0
        known = _migrations()
        if have > known[-1][0]:
            raise Refused(
                "hub.newer",
                _("The hub was made by a newer csdesk."),
                _("Upgrade csdesk on this machine."),
            )
        for version, text in known:
            if version > have:
                hub.execute(_filled(text, names).encode())
                hub.execute("INSERT INTO csdesk.migration(version) VALUES (%s)", (version,))
                yield version
        if have == 0:
            hub.execute("INSERT INTO csdesk.hub VALUES ('timeline', %s)", (str(secrets.randbits(62)),))


def _speak(hub: Hub, dialect: str) -> None:
    """Let a trigger check and judge what comes, or the functions that desks call around it."""
    hub.execute("UPDATE csdesk.hub SET value = %s WHERE key = 'dialect'", (dialect,))
    hub.execute("DROP TRIGGER IF EXISTS on_op ON csdesk.op")
    if dialect == BY_TRIGGER:
        hub.execute(
            "CREATE TRIGGER on_op AFTER INSERT ON csdesk.op REFERENCING NEW TABLE AS fresh"
            " FOR EACH STATEMENT EXECUTE FUNCTION csdesk.on_op()"
        )


def _migrations() -> list[tuple[int, str]]:
    """The versions of the schema in order, each with its SQL."""
    folder = files("csdesk.sync").joinpath("hub_sql")
    found = [(_MIGRATION.fullmatch(entry.name), entry) for entry in folder.iterdir()]
    return sorted((int(name[1]), entry.read_text(encoding="utf-8")) for name, entry in found if name)


def _filled(text: str, names: Names) -> str:
    """SQL with this hub's roles in it; their names are hexadecimal digits and letters of ours."""
    for word in ("owner", "agent", "lead"):
        text = text.replace(f"@{word}@", getattr(names, word))
    return text


@contextmanager
def as_owner(hub: Hub, names: Names) -> Iterator[None]:
    """Do what is inside as the role that owns the schema: what is made belongs to it."""
    from psycopg import sql

    hub.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(names.owner)))
    yield
    hub.execute("RESET ROLE")


def _make_login(hub: Hub, role: str, password: str, group: str) -> None:
    """A login that is a member of ``group``; the server is sent a SCRAM verifier, never the password."""
    from psycopg import sql

    who = sql.Identifier(role)
    hub.execute(
        sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT {} PASSWORD {} IN ROLE {}").format(
            who,
            sql.Literal(CONNECTIONS_PER_DESK),
            sql.Literal(_verifier(hub, role, password)),
            sql.Identifier(group),
        )
    )
    settings = {**ROLE_SETTINGS, **(SUPERUSER_ROLE_SETTINGS if is_superuser(hub) else {})}
    for name, value in settings.items():
        hub.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(who, sql.Identifier(name), sql.Literal(value))
        )


def _verifier(hub: Hub, role: str, password: str) -> str:
    """What a server keeps to check ``password`` by SCRAM, made here so that it never sees the password."""
    return hub.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
