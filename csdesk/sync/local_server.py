"""A private PostgreSQL for one machine: made, started and stopped by us, reached through a socket of our own.

It trusts nobody without a password (SCRAM), listens on no network unless asked for a port on loopback, and keeps
everything in one folder: ``data`` (PostgreSQL's own), ``password``, ``place`` (where the socket is) and ``log``.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csdesk import paths
from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.sync.binaries import Programs, RunAs, find_programs, run_as
from csdesk.whole_file import write_whole

OWNER = "csdesk"
"""The server's own superuser, who makes hubs on it."""
PORT = 5432
"""Part of the socket's name; on loopback a server takes another."""
SOCKET_PATH_BYTES = 107
"""The longest path of a Unix socket that Linux takes (unix(7): 108 with the closing NUL)."""
START_S = 30
SETTINGS: Mapping[str, str] = {
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "password_encryption": "'scram-sha-256'",
    "unix_socket_permissions": "0700",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    # What people wrote stands in statements and their values: never in a log.
    "log_statement": "'none'",
    "log_min_error_statement": "'panic'",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
IN_A_HURRY: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests only: a crash of the machine, not of the server, may lose everything."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A server that lies under ``folder``, running or not."""

    folder: Path
    programs: Programs
    who: RunAs
    socket_folder: Path
    port: int
    password: str = field(repr=False)

    @property
    def data(self) -> Path:
        """PostgreSQL's own folder."""
        return self.folder / "data"

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._control("status").returncode == 0

    def dsn(self, database: str = "postgres", *, tcp: bool = False) -> str:
        """How its superuser connects, with the password: keep it out of logs and files."""
        host = "127.0.0.1" if tcp else self.socket_folder
        return f"host={host} port={self.port} user={OWNER} password={self.password} dbname={database}"

    def start(self) -> None:
        """Start it, unless it runs. Raises CsdeskError with the end of its log when it does not come up."""
        if self.is_running:
            return
        _own_folder(self.socket_folder, self.who)
        ran = self._control("start", "-w", "-t", str(START_S), "-l", str(self.folder / "log" / "server.log"))
        if ran.returncode != 0:
            raise CsdeskError(
                "hub.local_start",
                _("The private PostgreSQL did not start: {reason}").format(reason=self._last_words()),
                _("Its log is {path}.").format(path=self.folder / "log" / "server.log"),
            )

    def stop(self, mode: str = "fast") -> None:
        """Stop it and wait; ``mode`` is pg_ctl's: smart, fast or immediate. Nothing happens when it is down."""
        self._control("stop", "-w", "-t", str(START_S), "-m", mode)

    def process(self) -> int | None:
        """The number of its first process; None when it is down."""
        try:
            return int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def remove(self) -> None:
        """Stop it and take away all it has."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _control(self, *words: str) -> subprocess.CompletedProcess[str]:
        arguments = [self.programs.path("pg_ctl"), "-D", str(self.data), *words]
        return self.who.run(arguments, timeout=2 * START_S, goes_on=words[0] == "start")

    def _last_words(self) -> str:
        try:
            lines = (self.folder / "log" / "server.log").read_text(errors="replace").splitlines()
        except OSError:
            return _("it left no log")
        telling = [line for line in lines[-20:] if "FATAL" in line or "HINT" in line] or lines[-1:]
        return " ".join(telling[-2:])


def create(
    folder: Path,
    *,
    programs: Programs | None = None,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> LocalServer:
    """Make a server under ``folder``, which must not hold one; it is not started.

    ``port``: listen on 127.0.0.1 there too. ``settings`` go over SETTINGS, as they stand in postgresql.conf.
    Raises CsdeskError when there is no PostgreSQL, or it refuses.
    """
    programs = programs or find_programs()
    paths.ensure_folder(folder)
    who = run_as(programs, folder)
    who.owns(folder)
    password = secrets.token_urlsafe(24)
    server = LocalServer(folder, programs, who, _socket_folder(folder, who), port or PORT, password)
    for part in (server.data, folder / "log"):
        part.mkdir(mode=paths.FOLDER_MODE)
        who.owns(part)
    _init(server)
    given = {
        "listen_addresses": "'127.0.0.1'" if port else "''",
        "port": str(server.port),
        "unix_socket_directories": f"'{server.socket_folder}'",
        **SETTINGS,
        **(settings or {}),
    }
    with (server.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = {value}\n" for name, value in given.items())
    write_whole(folder / "place", f"{server.socket_folder}\n{server.port}\n{programs.folder}\n".encode())
    write_whole(folder / "password", password.encode())
    return server


def find(folder: Path) -> LocalServer | None:
    """The server that ``create`` made under ``folder``; None when there is none.

    Raises CsdeskError when the programs it was made with are gone.
    """
    try:
        place, port, programs = (folder / "place").read_text(encoding="utf-8").splitlines()
        password = (folder / "password").read_text(encoding="utf-8")
        version = int((folder / "data" / "PG_VERSION").read_text().split(".")[0])
    except (OSError, ValueError):
        return None
    found = Programs(Path(programs), version)
    if not os.access(found.path("postgres"), os.X_OK):
        found = find_programs()
        if found.version != version:
            raise CsdeskError(
                "hub.local_version",
                _("The private PostgreSQL was made by version {made}, and only {found} is here.").format(
                    made=version, found=found.version
                ),
                _("Install PostgreSQL {version}, or name it in CSDESK_PG_BIN.").format(version=version),
            )
    return LocalServer(folder, found, run_as(found, folder), Path(place), int(port), password)


def _init(server: LocalServer) -> None:
    """Let initdb fill the data folder; the password goes through a file that is there only meanwhile."""
    secret = server.folder / "first-password"
    write_whole(secret, server.password.encode())
    server.who.owns(secret)
    try:
        ran = server.who.run(
            [
                *(server.programs.path("initdb"), "-D", str(server.data), "-U", OWNER),
                *("--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--no-sync"),
                *("--pwfile", str(secret), "--no-instructions"),
            ]
        )
    finally:
        secret.unlink()
    if ran.returncode != 0:
        raise CsdeskError(
            "hub.local_init",
            _("PostgreSQL could not make its files: {reason}").format(
                reason=" ".join(ran.stdout.split())[-300:]
            ),
            _("Look at {folder}: it must be empty and on a disk with room.").format(folder=server.data),
        )


def _socket_folder(folder: Path, who: RunAs) -> Path:
    """A folder whose path is short enough for a socket: under ``folder``, else a new one of the system's."""
    inside = folder / "s"
    if len(os.fsencode(inside / f".s.PGSQL.{2**16}.lock")) <= SOCKET_PATH_BYTES:
        return inside
    made = Path(tempfile.mkdtemp(prefix="csdesk-"))
    who.owns(made)
    return made


def _own_folder(folder: Path, who: RunAs) -> None:
    """Make ``folder`` if it is gone (a restart empties /tmp). Raises CsdeskError when it is somebody else's."""
    if not folder.exists():
        folder.mkdir(mode=paths.FOLDER_MODE)
        who.owns(folder)
    if folder.stat().st_uid not in {os.geteuid(), who.user} or folder.is_symlink():
        raise CsdeskError(
            "hub.local_socket",
            _("{folder} belongs to somebody else.").format(folder=folder),
            _("Remove it, or run `csdesk hub local` with another CSDESK_STATE_DIR."),
        )
