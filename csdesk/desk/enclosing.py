"""Files that an agent sends. Each is read when it is chosen: what goes out is what it held then."""

from __future__ import annotations

import mimetypes
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from csdesk.desk.attaching import MEGABYTE, Keep, described, keep_arrived, keeping
from csdesk.desk.context import Desk
from csdesk.errors import DataError, NotFound, Refused
from csdesk.i18n import _
from csdesk.model.message import Draft
from csdesk.model.transcript_file import TranscriptFile
from csdesk.store import drafts
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

MOST_FILES = 20
"""Of one message."""


def attach(
    desk: Desk, draft: Draft, paths: Iterable[Path], *, seen_at: int = 0
) -> tuple[TranscriptFile, ...]:
    """Add the files at ``paths`` to ``draft`` and save it, in one commit with their bytes; all its files.

    One that is with it already is not added again. ``seen_at`` as in ``sending.save_draft``. Raises what
    ``taken_in`` raises, with nothing added.
    """
    with taken_in(desk, paths, len(draft.files)) as new:

        def work(tx: Transaction) -> tuple[TranscriptFile, ...]:
            keep_arrived(new)
            kept = tuple(replace(each, arrived=None) for each in new)
            whole = tuple(dict.fromkeys((*draft.files, *kept)))
            saved = replace(draft, files=whole, updated_at=tx.now_ms)
            drafts.save(tx.connection, saved, desk.session, seen_at=seen_at)
            return whole

        return desk.store.write(work)


@contextmanager
def taken_in(desk: Desk, paths: Iterable[Path], beside: int = 0) -> Iterator[tuple[TranscriptFile, ...]]:
    """The files at ``paths``, their bytes on the store's disk: gone again unless a commit keeps them by the end.

    ``beside`` are with the message already. Raises NotFound, DataError for what is no file that can be read,
    Refused for too many or one larger than the setting ``attachments.size_limit_mb``, StoreError.
    """
    wanted = tuple(paths)
    if len(wanted) + beside > MOST_FILES:
        raise Refused(
            "attachment.too_many",
            _("One message takes at most {most} files.").format(most=MOST_FILES),
            _("Send the others with another message."),
        )
    limit = desk.settings.attachments.size_limit_mb * MEGABYTE
    with keeping(desk) as keep:
        yield tuple(_taken(path, limit, keep) for path in wanted)


def _taken(path: Path, limit: int, keep: Keep) -> TranscriptFile:
    content = _read(path, limit)
    kind = mimetypes.guess_type(path.name)[0] or ""
    return described(path.name, kind, content, keep)


def _read(path: Path, limit: int) -> bytes:
    """What a plain file holds. A pipe or a device is not waited for."""
    try:
        with open(path, "rb", opener=_at_once) as stream:
            content = stream.read(limit + 1)
    except FileNotFoundError:
        raise NotFound(
            "file.missing", _("There is no file {file}.").format(file=_shown(path)), _("Check the path.")
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(
            "file.unreadable",
            _("{file} cannot be read: {reason}.").format(
                file=_shown(path), reason=getattr(error, "strerror", None) or error
            ),
            _("Check that it is a file and that you may read it."),
        ) from None
    if len(content) > limit:
        raise Refused(
            "attachment.too_large",
            _("{name} is larger than {limit} MB.").format(name=_shown(path), limit=limit // MEGABYTE),
            _("Send a smaller one, or set attachments.size_limit_mb higher."),
        )
    return content


def _at_once(path: str, flags: int) -> int:
    """Open a plain file, and nothing else. Raises DataError for what is none."""
    handle = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise DataError(
        "attachment.no_file",
        _("{name} is no file.").format(name=_shown(Path(path))),
        _("Name one file, or several."),
    )


def _shown(path: Path) -> str:
    return clean_line(str(path))[:200]
