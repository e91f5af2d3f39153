"""A file written whole or not at all: what is half written never stands under its name."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from csdesk import paths


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` on disk and give it the name ``path``; a file that was there keeps its mode, a new one is 0600.

    Folders that are missing are made. Raises OSError, and CsdeskError where a folder cannot be made; either
    way the old file stands as it was.
    """
    paths.ensure_folder(path.parent)
    mode = path.stat().st_mode & 0o777 if path.exists() else paths.FILE_MODE
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
