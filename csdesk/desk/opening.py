"""Giving a saved file or a link to the program that the system has for it. Whoever calls has asked a person."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from csdesk.errors import NotFound, Refused
from csdesk.i18n import _
from csdesk.model.attachment import Sort, sort_by_content, sort_of
from csdesk.model.message import Attachment
from csdesk.text.links import SCHEMES, Link

_PROGRAMS = ("open",) if sys.platform == "darwin" else ("xdg-open", "wslview")


def needed_program() -> str:
    """The name of the program that opens things here. Raises NotFound when there is none."""
    found = next((name for name in _PROGRAMS if shutil.which(name)), None)
    if found is None:
        raise NotFound(
            "attachment.no_program",
            _("There is no program to open things with ({names}).").format(names=", ".join(_PROGRAMS)),
            _("Save or copy it, and open it where you have one."),
        )
    return found


def sort_to_open(file: Attachment, content: bytes) -> Sort:
    """The sort that counts for opening: by name and type, and by what the content really is."""
    return sort_by_content(content) or sort_of(file.name, file.kind)


def open_file(path: Path) -> None:
    """Open a saved file. Raises NotFound when this system has no program for it, Refused when it does not start."""
    _start(str(path.absolute()))


def open_link(link: Link) -> None:
    """Open a link in the browser or mail program. Raises as ``open_file``; Refused for any other scheme."""
    if not link.can_open or not link.target.lower().startswith(tuple(f"{scheme}:" for scheme in SCHEMES)):
        raise Refused(
            "link.scheme",
            _("Only http, https and mailto links are opened."),
            _("Copy it, if you trust it."),
        )
    _start(link.target)


def _start(target: str) -> None:
    name = needed_program()
    try:
        # One absolute path or one URL, never an option; no shell in between.
        subprocess.Popen(  # noqa: S603
            [shutil.which(name) or name, target],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=os.path.expanduser("~"),
        )
    except OSError as error:
        raise Refused(
            "attachment.cannot_open",
            _("{program} does not start: {reason}.").format(program=name, reason=error.strerror or error),
            _("Save or copy it, and open it by hand."),
        ) from error
