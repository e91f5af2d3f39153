"""A file on its way with a message, in or out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A file that came with a message: ``kind`` is its media type, ``size`` its bytes, ``sha256`` 64 hex digits.

    What is not known is "" or 0. Its bytes are not here, or in one of three ways: as ``data``; in the file
    ``path``, which the import format names; or ``arrived`` on the store's disk, waiting to be kept.
    """

    name: str
    kind: str = ""
    size: int = 0
    sha256: str = ""
    data: bytes | None = field(default=None, repr=False)
    path: str = ""
    arrived: Path | None = None
