"""psycopg, imported when a hub is spoken to; its failures in a person's words."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from csdesk import paths
from csdesk.errors import CsdeskError
from csdesk.i18n import _

if TYPE_CHECKING:
    import psycopg

    Hub = psycopg.Connection[tuple[Any, ...]]

CONNECT_S = 10
"""How long a connection may take to come about."""
APPLICATION = "csdesk"


def need_driver() -> None:
    """Raises CsdeskError where csdesk was installed without what it needs to talk to a hub."""
    if importlib.util.find_spec("psycopg") is None:
        raise CsdeskError(
            "hub.no_driver",
            _("csdesk was installed without what it needs to talk to a hub."),
            _("Install it: pip install 'csdesk[hub]'"),
        )


def connect(dsn: str, **given: Any) -> Hub:
    """A connection to the hub at ``dsn``, whose TLS rules were checked (``dsn.checked``); the caller closes it.

    Every statement is its own transaction unless one is begun. Raises CsdeskError when it cannot be reached.
    """
    need_driver()
    import psycopg

    options = {"connect_timeout": CONNECT_S, "application_name": APPLICATION, "autocommit": True, **given}
    try:
        return psycopg.connect(dsn, **options)
    except psycopg.Error as error:
        refusal = told(error)
        if refusal.code == "hub.unreachable" and _is_private(dsn):
            refusal.hint = _("It is the private hub of this machine: csdesk hub local starts it.")
        raise refusal from None


def private_server() -> Path:
    """Where the private server of this machine lies, whether or not there is one."""
    return paths.state_folder() / "hub" / "server"


def _is_private(dsn: str) -> bool:
    """Whether ``dsn`` leads to the private server, by the place that it noted."""
    try:
        return (private_server() / "place").read_text(encoding="utf-8").splitlines()[0] in dsn
    except (OSError, IndexError):
        return False


def told(error: psycopg.Error) -> CsdeskError:
    """What PostgreSQL or the network refused, as ours: never with a password or with what people wrote."""
    state = error.sqlstate or ""
    known = _of_the_hub(state)
    if known is not None:
        return known
    reason = _in_short(error.diag.message_primary or str(error))
    if "requirement" in reason and "authentication method" in reason:  # libpq's require_auth
        return CsdeskError(
            "hub.asks_password",
            _("The hub asks for the password itself, which csdesk tells nobody."),
            _("Ask who runs it to let desks in by scram-sha-256 (pg_hba.conf)."),
        )
    if "not permitted to log in" in reason:
        return CsdeskError(
            "hub.fenced",
            _("The hub keeps this desk out: it is fenced."),
            _(
                "What you do stays here and is sent once who runs the hub lets it come again: csdesk hub fence DESK --lift."
            ),
        )
    if state.startswith("28") or "password" in reason:
        reason = reason.rpartition("FATAL: ")[2]
        return CsdeskError(
            "hub.refused_login",
            _("The hub does not let this desk in: {reason}").format(reason=reason),
            _("Ask who runs the hub; `csdesk hub status` shows which desks may come."),
        )
    if ("certificate" in reason or "SSL" in reason) and not any(cut in reason for cut in _CUT):
        return CsdeskError(
            "hub.tls_proof",
            _("The hub does not prove that it is the one it should be: {reason}").format(reason=reason),
            _("Ask who runs it. sslrootcert=FILE in its address names the authority to trust."),
        )
    if not state or state.startswith(("08", "57P", "53")):
        return CsdeskError(
            "hub.unreachable",
            _("The hub cannot be reached: {reason}").format(reason=reason),
            _("Work goes on; what you do is sent when it is back."),
        )
    return CsdeskError(
        "hub.refused",
        _("The hub refused: {reason}").format(reason=reason),
        _("PostgreSQL calls this {state}.").format(state=state),
    )


_CUT = (
    "SSL SYSCALL error",
    "SSL negotiation packet",
    "SSL exchange",
    "SSL connection has been closed",
    "unexpected eof",
)
"""How libpq says that the wire broke while, or after, both sides agreed on TLS: that proves nothing about the hub, and is
over when the wire is whole again."""


def _in_short(said: str) -> str:
    """What libpq says, without its preludes and its advice."""
    line = " ".join(said.split()).removeprefix("connection is bad: ").removeprefix("connection failed: ")
    return line.partition(" Is the server running")[0][:300]


def _of_the_hub(state: str) -> CsdeskError | None:
    """Our own SQLSTATEs (docs/scaling.md lists them)."""
    if state == "CS003":
        return CsdeskError(
            "hub.not_yours",
            _("The hub says that this desk may not do that: it was fenced or retired, or it is another's."),
            _("Ask who runs the hub to enrol this desk again."),
        )
    if state == "CS004":
        return CsdeskError(
            "hub.other_session",
            _("Another program is syncing this desk: the hub listens to the newer one."),
            _("Close the other one, then sync again."),
        )
    if state == "CS005":
        return CsdeskError(
            "hub.protocol",
            _("This csdesk and the hub do not speak the same protocol."),
            _("Upgrade csdesk, or the hub: `csdesk hub init`."),
        )
    if state == "CS008":
        return CsdeskError(
            "hub.snapshot_late",
            _("The hub went on while the snapshot was made: it is out of date."),
            _("Sync, then try again."),
        )
    if state == "CS002":
        return CsdeskError(
            "hub.clock",
            _("This machine's clock is ahead of the hub's."),
            _("Set the clock; the next sync corrects what was stamped meanwhile."),
        )
    return None


def has_environment(name: str) -> bool:
    """Whether libpq would take something from the environment variable ``name``."""
    return bool(os.environ.get(name, "").strip())
