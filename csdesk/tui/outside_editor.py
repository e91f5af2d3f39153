"""A text in the person's own editor: out into a private file, and back once the editor has ended.

The draft stays in the store meanwhile, so nothing is lost by an editor that fails or a program that is
killed. The file has a folder of its own (mode 0700) in the state folder, which takes the editor's backups and
swap files with it when it goes.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from csdesk import paths, text
from csdesk.errors import CsdeskError, UsageError
from csdesk.i18n import _

PREFIX: Final = "writing-"
MOST: Final = 50_000
"""Characters that come back at most: the composer is made for pages, not for books."""

KEPT_S: Final = 86_400
"""How long the file of a run that was killed is left for whoever looks for it, in seconds."""

_FALLBACKS: Final = ("nano", "vim", "vi")


def editor_command(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The words that start the editor: ``VISUAL``, else ``EDITOR``, else one that most machines have.

    Raises UsageError when there is none, or it cannot be found or read.
    """
    chosen = environment.get("VISUAL", "").strip() or environment.get("EDITOR", "").strip()
    try:
        words = shlex.split(chosen)
    except ValueError:
        words = []
    if not chosen:
        words = [found for name in _FALLBACKS if (found := shutil.which(name))][:1]
    if not words or shutil.which(words[0]) is None:
        raise UsageError(
            "editor.none",
            _("The editor {name} cannot be found.").format(name=words[0] if words else chosen or "$EDITOR"),
            _("Set VISUAL or EDITOR to one that is installed: export EDITOR=nano"),
        )
    return words


@contextmanager
def text_file(written: str, name: str, now_ms: int) -> Iterator[Path]:
    """A file ``name``.txt with ``written``, for this person only (0600); gone afterwards.

    It stays when ``FileStays`` is raised inside. Raises CsdeskError when it cannot be written.
    """
    state = paths.ensure_folder(paths.state_folder())
    _sweep(state, now_ms / 1000)
    folder = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=state))
        path = folder / f"{name}.txt"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(written.encode("utf-8", "replace") + b"\n")
    except OSError as error:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise CsdeskError(
            "editor.no_file",
            _("No file for the editor can be made in {folder}: {reason}.").format(
                folder=state, reason=error.strerror
            ),
            _("Your draft is kept; write it here."),
        ) from error
    is_kept = False
    try:
        yield path
    except FileStays:
        is_kept = True
        raise
    finally:
        if not is_kept:
            shutil.rmtree(folder, ignore_errors=True)


class FileStays(CsdeskError):
    """What was written cannot come back here, and is only in the file."""


def run(command: Sequence[str], path: Path) -> int | OSError:
    """Have the editor work on ``path`` until it ends; its exit code, or why it did not start.

    Raises nothing, because the terminal must be taken back whatever happens. Ctrl+C in the terminal is
    the editor's alone meanwhile.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGQUIT)}
    for number in before:
        signal.signal(number, _not_ours)  # a handler, unlike SIG_IGN, is not passed on to the editor
    try:
        return subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603 - the person's own choice
    except OSError as error:
        return error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _not_ours(*_signal: object) -> None:
    """The editor has the terminal."""


def read_back(path: Path, result: int | OSError) -> str:
    """What was written there, cleaned; empty when nothing is left of it.

    Raises CsdeskError when the editor failed (which is also how a person drops what they wrote there),
    FileStays when it was killed or more than MOST characters came.
    """
    if isinstance(result, OSError) or result > 0:
        reason = (
            result.strerror if isinstance(result, OSError) else _("it ended with {code}").format(code=result)
        )
        raise CsdeskError(
            "editor.failed",
            _("The editor failed: {reason}.").format(reason=reason),
            _("Your draft is as it was before."),
        )
    if result < 0:
        raise FileStays(
            "editor.killed",
            _("The editor was killed by signal {number}.").format(number=-result),
            _("Your draft is as it was before; what the editor saved is in {path}.").format(path=path),
        )
    written = ""
    with suppress(OSError):
        written = path.read_bytes()[: 8 * MOST].decode("utf-8", "replace")
    written = text.clean(written.removeprefix("\ufeff")).rstrip("\n")
    if len(written) > MOST:
        raise FileStays(
            "editor.too_long",
            _("The text has {count} characters; the composer takes {most}.").format(
                count=len(written), most=MOST
            ),
            _("Your draft is as it was before; the text is in {path}.").format(path=path),
        )
    return written if written.strip() else ""


def _sweep(state: Path, now_s: float) -> None:
    """Remove what runs that were killed left behind a day ago or more."""
    for folder in state.glob(f"{PREFIX}*-*"):
        with suppress(OSError, ValueError):
            is_old = now_s - folder.stat().st_mtime > KEPT_S
            if is_old and not _is_alive(int(folder.name.removeprefix(PREFIX).partition("-")[0])):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
