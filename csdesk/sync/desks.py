"""The desks of a hub as who runs it sees them: who came when, and keeping one out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from csdesk.errors import NotFound, Refused
from csdesk.i18n import _
from csdesk.sync.guard import is_superuser, weak_points
from csdesk.sync.hub import Names, as_owner, names_of, running

if TYPE_CHECKING:
    from csdesk.sync.driver import Hub


@dataclass(frozen=True, slots=True)
class DeskRow:
    """One desk of the hub. Times are UTC ms, None for never."""

    desk: int
    agent: str
    rank: str
    scope: int
    head: int
    at: int | None
    sessions: int
    state: str
    """active, fenced (kept out until that is lifted) or retired (for good)."""
    behind: int
    """Operations of others that it has not said to have, since its last word."""


@dataclass(frozen=True, slots=True)
class Status:
    """A hub as it is now: ``size`` in bytes; ``weak`` are sentences about what a desk could do and should not."""

    number: str
    version: int
    postgres: int
    dialect: str
    operations: int
    size: int
    desks: tuple[DeskRow, ...]
    invited: tuple[str, ...]
    weak: tuple[str, ...]


def status(dsn: str) -> Status:
    """What there is to know of the hub at ``dsn`` by who runs it."""
    with running(dsn) as hub:
        names = names_of(hub)
        weak = weak_points(hub)
        with as_owner(hub, names):
            rows = hub.execute(_DESKS).fetchall()
            invited = hub.execute("SELECT agent FROM csdesk.invited ORDER BY at").fetchall()
            facts = hub.execute(_FACTS).fetchone() or (0, 0, 0, "")
        version, operations, size, dialect = facts
        return Status(
            names.number,
            version,
            hub.info.server_version // 10_000,
            dialect,
            operations,
            size,
            tuple(DeskRow(*row) for row in rows),
            tuple(agent for (agent,) in invited),
            weak,
        )


_DESKS = """
SELECT k.desk, k.agent, k.rank, k.scope, k.head, (extract(epoch FROM k.at) * 1000)::bigint,
  (SELECT count(*)::int FROM pg_stat_activity a WHERE a.usename = k.role AND a.datname = current_database()),
  CASE WHEN k.retired_at IS NOT NULL THEN 'retired' WHEN k.fenced_at IS NOT NULL THEN 'fenced' ELSE 'active' END,
  (SELECT coalesce(sum(greatest(o.head - coalesce(a.dseq, 0), 0)), 0)::bigint FROM csdesk.desk o
     LEFT JOIN csdesk.acked a ON a.desk = k.desk AND a.of = o.desk WHERE o.desk <> k.desk)
FROM csdesk.desk k ORDER BY k.enrolled_at, k.desk
"""
_FACTS = """
SELECT (SELECT max(version) FROM csdesk.migration), (SELECT coalesce(sum(head), 0)::bigint FROM csdesk.desk),
  pg_database_size(current_database()), csdesk.setting('dialect')
"""


def fence(dsn: str, desk: int) -> int:
    """Keep a desk out until ``lift``: it may not log in, and its open sessions end. How many of those there were.

    What it did stays, and what it does offline waits for it. Raises NotFound, and Refused for a retired one.
    """
    return _keep_out(dsn, desk, "fenced_at")


def retire(dsn: str, desk: int) -> int:
    """Keep a desk out for good: its login is gone, its number stays taken, and nothing waits for it any more.

    Raises NotFound.
    """
    return _keep_out(dsn, desk, "retired_at")


def lift(dsn: str, desk: int) -> None:
    """Let a fenced desk come again. Raises NotFound, and Refused for a retired one."""
    from psycopg import sql

    with running(dsn) as hub, hub.transaction():
        names = names_of(hub)
        role = _login_of(hub, names, desk)
        with as_owner(hub, names):
            hub.execute("UPDATE csdesk.desk SET fenced_at = NULL WHERE desk = %s", (desk,))
        hub.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(role)))


def _keep_out(dsn: str, desk: int, column: str) -> int:
    """Note the time in ``column``, take the login away and end its sessions, in this order."""
    from psycopg import sql

    with running(dsn) as hub:
        names = names_of(hub)
        with hub.transaction():
            role = _login_of(hub, names, desk)
            with as_owner(hub, names):
                hub.execute(
                    sql.SQL(
                        "UPDATE csdesk.desk SET {} = clock_timestamp(), inc = inc + 1 WHERE desk = %s"
                    ).format(sql.Identifier(column)),
                    (desk,),
                )
                if column == "retired_at":
                    for table in ("acked", "present", "inbox_lease"):
                        hub.execute(
                            sql.SQL("DELETE FROM csdesk.{} WHERE desk = %s").format(sql.Identifier(table)),
                            (desk,),
                        )
            hub.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(role)))
            if not is_superuser(hub):
                # Ending somebody's sessions takes being a member of what they are.
                hub.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
        ended = hub.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE usename = %s", (role,)
        ).fetchone()
        if column == "retired_at":
            with hub.transaction():
                with as_owner(hub, names):
                    hub.execute("DELETE FROM csdesk.member WHERE role = %s", (role,))
                hub.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
        return int(ended[0]) if ended else 0


def _login_of(hub: Hub, names: Names, desk: int) -> str:
    """The login of a desk that is not retired. Raises NotFound and Refused."""
    with as_owner(hub, names):
        row = hub.execute(
            "SELECT role, retired_at IS NOT NULL FROM csdesk.desk WHERE desk = %s FOR UPDATE", (desk,)
        ).fetchone()
    if row is None:
        raise NotFound(
            "hub.no_desk",
            _("The hub knows no desk {desk}.").format(desk=desk),
            _("csdesk hub status lists them."),
        )
    role, is_retired = row
    if is_retired:
        raise Refused(
            "hub.retired",
            _("Desk {desk} is retired.").format(desk=desk),
            _("A retired desk does not come back: begin a new store, and enrol that."),
        )
    return str(role)
