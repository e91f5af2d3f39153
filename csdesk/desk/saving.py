"""Saving attachments: into one folder, under a harmless name, over nothing that is there."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from csdesk import paths
from csdesk.config import Settings
from csdesk.desk.context import Desk
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.message import Attachment
from csdesk.store import files
from csdesk.text import clean_line

NAME_BYTES = 200
"""Of 255 that file systems give a name, so that `` (2)`` and what other programs add still fit."""
_TRIES = 1_000
_ENDING_BYTES = 20
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\x00-\x1f\x7f/\\]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """``name`` as a file may be called on any system: no path, no device, not hidden, no option, not endless."""
    bare = clean_line(re.split(r"[/\\]", name)[-1])
    bare = _NOT_IN_NAMES.sub("_", bare).strip(" .")
    if bare.startswith("-"):
        bare = f"_{bare}"
    if _DEVICE.match(bare):
        bare = f"_{bare}"
    return _short(bare) or "file"


def _short(name: str) -> str:
    """At most NAME_BYTES of UTF-8; the ending stays."""
    if len(name.encode("utf-8", "replace")) <= NAME_BYTES:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending.encode("utf-8", "replace")) > _ENDING_BYTES:
        stem, dot, ending = name, "", ""
    room = NAME_BYTES - len((dot + ending).encode("utf-8", "replace"))
    return stem.encode("utf-8", "replace")[:room].decode("utf-8", "ignore").rstrip(" .") + dot + ending


def usual_folder(settings: Settings) -> Path:
    """Where attachments go when nobody says otherwise: the setting, else the Downloads folder."""
    chosen = settings.attachments.folder
    return paths.expanded(chosen).absolute() if chosen else paths.downloads_folder()


def save(desk: Desk, file: Attachment, folder: Path | None = None) -> Path:
    """Write the bytes of ``file`` into ``folder`` (None: the usual one) and say where.

    A file of the same name and content that is there is taken as it is; other content gets `` (2)``.
    Raises NotFound when the bytes are not here, StoreError when they changed, Refused when they cannot be written.
    """
    content = files.read(desk.store.path, file.sha256)
    return put(content, file.name, folder or usual_folder(desk.settings))


def put(content: bytes, name: str, folder: Path) -> Path:
    """``content`` as a new file in ``folder``, which is made if need be. Raises Refused.

    Every name is opened within the open folder, so that no link leads elsewhere, also not one made meanwhile.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for candidate in _names(safe_name(name)):
                if _write(handle, candidate, content) or _holds(handle, candidate, content):
                    return folder / candidate
        finally:
            os.close(handle)
        reason = _("too many files of this name")
    except OSError as error:
        reason = error.strerror or str(error)
    raise Refused(
        "attachment.cannot_save",
        _("The file cannot be saved in {folder}: {reason}.").format(folder=folder, reason=reason),
        _("Choose another folder: the setting attachments.folder, or --to."),
    )


def _names(name: str) -> Iterator[str]:
    """``name``, then ``name (2)`` and so on, the number before the ending."""
    yield name
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    yield from (f"{stem} ({number}){dot}{ending}" for number in range(2, _TRIES))


def _write(folder: int, name: str, content: bytes) -> bool:
    """Make the file; False when the name is taken. What could not be written whole is taken away again."""
    try:
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    except FileExistsError:
        return False
    try:
        with open(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        os.unlink(name, dir_fd=folder)
        raise
    return True


def _holds(folder: int, name: str, content: bytes) -> bool:
    """Whether a plain file of this name holds just this."""
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return False
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_size != len(content):
        os.close(handle)
        return False
    with open(handle, "rb") as stream:
        return stream.read(len(content) + 1) == content
