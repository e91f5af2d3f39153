"""How a hub is addressed: PostgreSQL's own connection strings, and what of them csdesk accepts.

Over a network the server has to prove who it is (TLS, ``verify-full``); a Unix socket and this machine's
loopback need none. A password never stays in a string that is kept.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.sync.driver import has_environment, need_driver

STRICT = "verify-full"


def parts(dsn: str) -> dict[str, str]:
    """The settings of a connection string or URL. Raises UsageError when it is none."""
    need_driver()
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        return {name: str(value) for name, value in conninfo_to_dict(dsn).items() if value is not None}
    except ProgrammingError as error:
        raise UsageError(
            "hub.dsn",
            _("This is no address of a PostgreSQL database: {reason}").format(
                reason=" ".join(str(error).split())
            ),
            _("Example: postgresql://csdesk@hub.example/desk"),
        ) from None


def joined(settings: dict[str, str]) -> str:
    """The connection string of ``settings``."""
    from psycopg.conninfo import make_conninfo

    return make_conninfo("", **settings)


def checked(dsn: str) -> str:
    """``dsn`` with TLS as strict as its hosts need. Raises UsageError when it asks for less."""
    settings = parts(dsn)
    if "service" in settings:
        raise UsageError(
            "hub.dsn_service",
            _("A service name hides which machine is meant, and csdesk checks that."),
            _("Give host, port and dbname instead."),
        )
    if _stays_here(settings):
        return joined(settings)
    asked = settings.get("sslmode", STRICT)
    if asked != STRICT:
        raise UsageError(
            "hub.tls",
            _("The hub is on another machine, and sslmode={mode} would not make sure which.").format(
                mode=asked
            ),
            _(
                "Leave sslmode out, or say sslmode=verify-full; sslrootcert=FILE names the authority to trust."
            ),
        )
    settings["sslmode"] = STRICT
    if (
        "sslrootcert" not in settings
        and not has_environment("PGSSLROOTCERT")
        and not _own_authority().exists()
    ):
        settings["sslrootcert"] = "system"
    return joined(settings)


def without_password(dsn: str) -> str:
    """``dsn`` as it may be kept and shown."""
    return joined(
        {name: value for name, value in parts(dsn).items() if name not in ("password", "sslpassword")}
    )


def for_role(dsn: str, role: str, password: str) -> str:
    """``dsn`` for another login, who proves itself by SCRAM or not at all."""
    settings = parts(without_password(dsn))
    return joined({**settings, "user": role, "password": password, "require_auth": "scram-sha-256"})


def place(dsn: str) -> str:
    """Where the hub is, in words for a person: its database, and its machines where they are others."""
    if _stays_here(parts(dsn)):
        return _("{database} on this machine").format(database=name(dsn))
    return name(dsn)


def name(dsn: str) -> str:
    """What a store calls the hub, in any language: its database, and its machines where they are others."""
    settings = parts(dsn)
    database = settings.get("dbname") or settings.get("user") or "?"
    if _stays_here(settings):
        return database
    return f"{database}@{settings.get('host') or os.environ.get('PGHOST', '')}"


def _stays_here(settings: dict[str, str]) -> bool:
    """Whether every host of the string is a socket or this machine itself; an address outweighs a name."""
    addresses = settings.get("hostaddr") or os.environ.get("PGHOSTADDR", "")
    hosts = settings.get("host") or os.environ.get("PGHOST", "")
    named = hosts.split(",")
    numbers = addresses.split(",") if addresses else [""] * len(named)
    if len(numbers) != len(named) and hosts:
        return False
    pairs = zip(named, numbers, strict=True) if hosts else (("", number) for number in numbers)
    return all(_is_here(number or name) for name, number in pairs)


def _is_here(host: str) -> bool:
    if host == "" or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _own_authority() -> Path:
    """The file that libpq takes authorities from when nothing is said (libpq, "sslrootcert")."""
    return Path.home() / ".postgresql" / "root.crt"
