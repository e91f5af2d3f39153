"""What a desk's login may do on the server beside syncing: nothing, as far as PostgreSQL lets us say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csdesk.i18n import _

if TYPE_CHECKING:
    from csdesk.sync.driver import Hub


def is_superuser(hub: Hub) -> bool:
    """Whether this connection may do everything on the server."""
    return hub.info.parameter_status("is_superuser") == "on"


def guard_database(hub: Hub, *, owner: str, agent: str) -> None:
    """Let only the members of ``agent`` into this database, and there let them do nothing but sync.

    A superuser also takes away what PostgreSQL gives everybody: large objects, code blocks, advisory locks, sleep.
    """
    from psycopg import sql

    name = sql.Identifier(hub.info.dbname)
    desks, schema = sql.Identifier(agent), sql.Identifier(owner)
    hub.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    hub.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}, {}").format(name, desks, schema))
    hub.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    if not is_superuser(hub):
        return
    hub.execute("REVOKE ALL ON LANGUAGE plpgsql FROM PUBLIC")
    hub.execute(sql.SQL("GRANT USAGE ON LANGUAGE plpgsql TO {}").format(schema))
    for (function,) in hub.execute(_FREE_FOR_ALL).fetchall():
        hub.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC".encode())
    hub.execute(sql.SQL("GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO {}").format(schema))


def guard_server(hub: Hub) -> None:
    """On a server of our own: nobody but its owner enters the databases that come with PostgreSQL."""
    for name in ("postgres", "template1"):
        hub.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC".encode())


_FREE_FOR_ALL = r"""
SELECT oid::regprocedure::text FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND (proname ~ '^(lo_|pg_advisory|pg_try_advisory|pg_sleep)'
  OR proname IN ('loread', 'lowrite', 'pg_notify', 'pg_export_snapshot'))
  AND has_function_privilege('public', oid, 'EXECUTE')
"""
"""What PostgreSQL lets everybody call, and a desk has no need of; the names come from its own catalogue."""


def weak_points(hub: Hub) -> tuple[str, ...]:
    """What is less closed than it could be on this server: sentences for who runs it."""
    found = []
    if hub.execute("SHOW fsync").fetchone() == ("off",):
        found.append(_("The server answers before the disk does (fsync is off): a power cut loses work."))
    if hub.execute("SHOW synchronous_commit").fetchone() == ("off",):
        found.append(_("The server answers before it has written (synchronous_commit is off)."))
    if hub.execute("SHOW password_encryption").fetchone() != ("scram-sha-256",):
        found.append(
            _("The server keeps passwords in an old way (password_encryption is not scram-sha-256).")
        )
    free = hub.execute(_FREE_FOR_ALL).fetchall()
    if free:
        found.append(
            _(
                "Desks may make large objects and take advisory locks: let a superuser run csdesk hub init once."
            )
        )
    open_ones = hub.execute(_OPEN_DATABASES).fetchall()
    if open_ones:
        names = ", ".join(name for (name,) in open_ones)
        found.append(_("Desks may also enter these databases of the server: {names}.").format(names=names))
    return tuple(found)


_OPEN_DATABASES = """
SELECT datname FROM pg_database
WHERE datallowconn AND datname <> current_database() AND has_database_privilege('public', oid, 'CONNECT')
ORDER BY datname
"""
