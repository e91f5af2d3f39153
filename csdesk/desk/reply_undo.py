"""What was last done to quick replies of one's own, kept so that it can be taken back: later, and after a restart.

It is one file of the state folder: the packs as they read before each change. A change is taken back to the
letter or not at all, so one whose file reads differently by now is no longer offered.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from csdesk import paths
from csdesk.errors import CsdeskError, Refused
from csdesk.i18n import _
from csdesk.log import get_logger
from csdesk.replies.pack_file import CHANGED_MEANWHILE, put
from csdesk.whole_file import write_whole

FILE = "reply-undo.json"
MOST = 20
MOST_CHARS = 2_000_000
"""Of all packs that are kept together: the oldest go first."""


class Deed(StrEnum):
    """What was done to a reply."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Done:
    """One change: how the pack at ``path`` read before it, and the digest of what it read after (``at``: UTC ms)."""

    deed: Deed
    code: str
    at: int
    path: str
    before: str
    digest: str


def remember(done: Done) -> None:
    """Keep ``done`` for later. Where that cannot be written the change stands, and is not taken back."""
    _write([*_read(), done])


def take_back(folder: Path) -> Done | None:
    """Undo the last change to a pack in ``folder``; None when nothing is left to take back.

    Raises Refused when the pack was changed otherwise since: nothing that was done to it before is offered any
    more.
    """
    known = _read()
    last = next((each for each in reversed(known) if Path(each.path).parent == folder), None)
    if last is None:
        return None
    try:
        put(Path(last.path), last.before, last.digest)
    except CsdeskError as error:
        if error.code != CHANGED_MEANWHILE:
            raise
        _write([each for each in known if each.path != last.path])
        raise Refused(
            CHANGED_MEANWHILE,
            _("{file} was changed since by somebody else.").format(file=last.path),
            _("What was done to it before cannot be taken back any more."),
        ) from error
    known.remove(last)
    _write(known)
    return last


def _file() -> Path:
    return paths.state_folder() / FILE


def _read() -> list[Done]:
    """What is kept, the newest last; nothing where the file is missing or not ours."""
    try:
        rows = json.loads(_file().read_text("utf-8"))
        return [Done(**{**row, "deed": Deed(row["deed"])}) for row in rows]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _write(known: Sequence[Done]) -> None:
    kept: list[Done] = []
    room = MOST_CHARS
    for each in reversed(known[-MOST:]):
        room -= len(each.before)
        if room < 0:
            break
        kept.insert(0, each)
    try:
        write_whole(_file(), json.dumps([asdict(each) for each in kept], ensure_ascii=False).encode())
    except (OSError, CsdeskError) as error:
        get_logger(__name__).warning("what was done to replies is not kept: %s", type(error).__name__)
