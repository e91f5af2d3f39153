"""Paths as they are typed, pasted or dropped into a terminal: which files they name, and how they may go on."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from csdesk.paths import expanded

MOST_READ = 5_000
"""Names of a folder that are looked through for one key."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a folder, and what the line holds once it is chosen."""

    name: str
    text: str
    is_folder: bool


def named(text: str) -> tuple[Path, ...]:
    """What is there under the path ``text``, or under several as a terminal writes what is dropped on it.

    Those come quoted or with escaped blanks, a blank between them. Empty when any of them is not there.
    """
    whole = expanded(text.strip())
    if not text.strip() or _is_there(whole):
        return (whole,) if text.strip() else ()
    try:
        paths = tuple(expanded(each) for each in shlex.split(text))
    except ValueError:
        return ()
    return paths if all(_is_there(each) for each in paths) else ()


def entries(text: str) -> list[Entry]:
    """What the path ``text`` may go on to: folders first, hidden names only behind a dot, in any case of letters."""
    head, slash, start = text.rpartition("/")
    folder = expanded(head + slash) if slash else Path()
    wanted = start.casefold()
    try:
        with os.scandir(folder) as found:
            fitting = [
                Entry(
                    each.name, f"{head}{slash}{each.name}{'/' if _is_folder(each) else ''}", _is_folder(each)
                )
                for each in islice(found, MOST_READ)
                if each.name.casefold().startswith(wanted) and (start or not each.name.startswith("."))
            ]
    except (OSError, ValueError):
        return []
    return sorted(fitting, key=lambda each: (not each.is_folder, each.name.casefold(), each.name))


def longest(found: list[Entry], text: str) -> str:
    """How far ``text`` goes on without a choice between ``found``; never shorter than it is."""
    if len(found) == 1:
        return found[0].text
    shared = os.path.commonprefix([each.text for each in found])  # noqa: RUF071 - letters, not folders
    return shared if len(shared) > len(text) else text


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
