"""The checks of ``csdesk doctor``: each looks at one thing and says what to do about it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from csdesk import config, paths
from csdesk.cli.start import Start
from csdesk.errors import CsdeskError
from csdesk.i18n import _

PYTHON_LEAST = (3, 11)
SQLITE_LEAST = (3, 51, 3)
SMALLEST_SCREEN = (40, 12)
FULL_SCREEN = (80, 24)
TMUX_WISHES = {"set-clipboard": ("on",), "allow-passthrough": ("on", "all"), "focus-events": ("on",)}
TMUX_ESCAPE_MOST_MS = 50
TMUX_LINES = (
    "set -s set-clipboard on",
    "set -g allow-passthrough on",
    "set -g focus-events on",
    "set -sg escape-time 10",
)


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: ``name`` is stable for scripts, the rest is for people."""

    name: str
    state: State
    said: str
    remedy: str = ""


def run_checks(start: Start) -> list[Check]:
    """All checks, in the order a person would ask."""
    checks: tuple[Callable[[Start], Iterable[Check]], ...] = (
        _python,
        _sqlite,
        _locale,
        _terminal,
        _colours,
        _tmux,
        _alerts,
        _settings,
        _data_folder,
        _modes,
        _packs,
    )
    return [found for check in checks for found in check(start)]


def _python(start: Start) -> Iterable[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= PYTHON_LEAST:
        yield Check("python", State.OK, _("Python {version}").format(version=version))
    else:
        yield Check(
            "python",
            State.FAIL,
            _("Python {version}").format(version=version),
            _("Use Python 3.11 or newer."),
        )


def _sqlite(start: Start) -> Iterable[Check]:
    """Releases before 3.51.3 can corrupt a WAL that two processes write (sqlite.org, 2026-03)."""
    try:
        from csdesk.store.connect import sqlite_version
    except ImportError as error:
        yield Check(
            "sqlite",
            State.FAIL,
            _("The database driver cannot be loaded: {reason}.").format(reason=error),
            _("Install csdesk again: pip install --force-reinstall sqlcipher3"),
        )
        return
    version = sqlite_version()
    said = _("SQLite {version}").format(version=version)
    if tuple(int(part) for part in version.split(".")[:3]) >= SQLITE_LEAST:
        yield Check("sqlite", State.OK, said)
    else:
        yield Check("sqlite", State.WARN, said, _("Upgrade the driver: pip install --upgrade sqlcipher3"))


def _locale(start: Start) -> Iterable[Check]:
    named = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "")
    said = _("Locale {locale}").format(locale=named or _("not set"))
    if "utf8" in named.lower().replace("-", ""):
        yield Check("locale", State.OK, said)
    else:
        yield Check(
            "locale",
            State.WARN,
            said,
            _("export LANG=zh_CN.UTF-8 (or C.UTF-8) in your shell's start-up file."),
        )


def _terminal(start: Start) -> Iterable[Check]:
    term = os.environ.get("TERM", "")
    if not sys.stdout.isatty():
        yield Check("terminal", State.OK, _("No terminal here: output goes to a file or a pipe."))
        return
    size = shutil.get_terminal_size()
    said = _("Terminal {term}, {columns}x{lines}").format(
        term=term or "?", columns=size.columns, lines=size.lines
    )
    if term in ("", "dumb"):
        yield Check("terminal", State.FAIL, said, _("Set TERM, for example to xterm-256color."))
    elif size.columns < SMALLEST_SCREEN[0] or size.lines < SMALLEST_SCREEN[1]:
        yield Check(
            "terminal", State.FAIL, said, _("Make the window larger: 40x12 at least, 120x40 shows all.")
        )
    elif size.columns < FULL_SCREEN[0] or size.lines < FULL_SCREEN[1]:
        yield Check(
            "terminal", State.WARN, said, _("From 80x24 on, the queue stays in view beside the conversation.")
        )
    else:
        yield Check("terminal", State.OK, said)


def _colours(start: Start) -> Iterable[Check]:
    depth = os.environ.get("COLORTERM", "")
    if os.environ.get("NO_COLOR"):
        yield Check("colours", State.OK, _("Colours are off (NO_COLOR)."))
    elif depth in ("truecolor", "24bit"):
        yield Check("colours", State.OK, _("16 million colours"))
    else:
        yield Check(
            "colours",
            State.WARN,
            _("The terminal does not say how many colours it has."),
            _("If it has 16 million: export COLORTERM=truecolor"),
        )


def _tmux(start: Start) -> Iterable[Check]:
    if not os.environ.get("TMUX"):
        return
    wanting = [
        name
        for name, good in TMUX_WISHES.items()
        if (value := _tmux_option(name)) is not None and value not in good
    ]
    escape = _tmux_option("escape-time")
    if escape is not None and escape.isdigit() and int(escape) > TMUX_ESCAPE_MOST_MS:
        wanting.append("escape-time")
    if not wanting:
        yield Check("tmux", State.OK, _("tmux is set up well."))
        return
    yield Check(
        "tmux",
        State.WARN,
        _("tmux options to change: {names}").format(names=", ".join(wanting)),
        _("Put into ~/.tmux.conf: {lines}").format(lines=" ; ".join(TMUX_LINES)),
    )


def _tmux_option(name: str) -> str | None:
    """What tmux says of an option, server or global; None when it cannot be asked."""
    program = shutil.which("tmux")
    if program is None:
        return None
    for scope in ("-sqv", "-gqv", "-gwqv"):
        try:
            asked = subprocess.run(  # noqa: S603 - a fixed command
                [program, "show", scope, name], capture_output=True, text=True, timeout=2, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if asked.stdout.strip():
            return asked.stdout.strip()
    return None


def _alerts(start: Start) -> Iterable[Check]:
    """How an alert reaches somebody who looks elsewhere."""
    from csdesk.cli.alerts import how_told
    from csdesk.tui.notices import Protocol, protocol_for

    try:
        wanted = start.settings.alerts
    except CsdeskError:
        return  # the settings' own check says what is wrong
    is_unknown = wanted.is_on and wanted.notify == "auto"
    is_unknown = is_unknown and protocol_for(wanted.notify, os.environ) is Protocol.NONE
    yield Check(
        "alerts",
        State.OK,
        how_told(wanted),
        _("If it does: alerts.notify in the settings; csdesk alerts test tries it.") if is_unknown else "",
    )


def _settings(start: Start) -> Iterable[Check]:
    path = paths.config_path()
    try:
        config.load(path)
    except CsdeskError as error:
        yield Check("config", State.FAIL, error.sentence, error.hint)
        return
    yield Check(
        "config",
        State.OK,
        _("{file} is right.").format(file=path)
        if path.exists()
        else _("There is no {file}: the defaults hold.").format(file=path),
    )


def _data_folder(start: Start) -> Iterable[Check]:
    """Whether the store can be written where it is, or made where it will be."""
    store = start.database
    place = store if store.exists() else next(each for each in store.absolute().parents if each.exists())
    if os.access(place, os.W_OK):
        yield Check("data", State.OK, _("The store is {path}.").format(path=store))
    else:
        yield Check(
            "data",
            State.FAIL,
            _("{path} cannot be written.").format(path=place),
            _("Change its owner or mode, or name another store with --db PATH."),
        )


def _modes(start: Start) -> Iterable[Check]:
    """Customers' words are nobody else's business: 0600 for files, 0700 for their folders."""
    store = start.database
    files = [store, *(Path(f"{store}{tail}") for tail in ("-wal", "-shm", ".head")), paths.config_path()]
    files += [paths.log_path()]
    folders = [
        each for each in (paths.data_folder(), paths.state_folder(), paths.config_folder()) if each.is_dir()
    ]
    open_ones = [each for each in [*files, *folders] if each.exists() and _others_may(each)]
    if not open_ones:
        yield Check("modes", State.OK, _("Only you can read the store, the settings and the log."))
    for each in open_ones:
        mode = "700" if each.is_dir() else "600"
        yield Check(
            "modes",
            State.WARN,
            _("Others can read {path}.").format(path=each),
            f"chmod {mode} {_quoted(each)}",
        )


def _others_may(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _quoted(path: Path) -> str:
    from shlex import quote

    return quote(str(path))


def _packs(start: Start) -> Iterable[Check]:
    from csdesk.cli.packs_in_use import library_in_use

    try:
        library = library_in_use(start)
    except CsdeskError:
        return  # the settings' own check says what is wrong
    count = len(library.replies)
    if not count:
        yield Check(
            "packs", State.WARN, _("There are no quick replies."), _("Install csdesk again, or add packs.")
        )
    elif not library.problems:
        yield Check("packs", State.OK, _("{count} quick replies, no problem.").format(count=count))
    else:
        said = _("{count} quick replies; {problems} problems in the packs.")
        said = said.format(count=count, problems=len(library.problems))
        yield Check("packs", State.WARN, said, _("See `csdesk replies lint`."))
