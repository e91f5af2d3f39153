"""What a sitting has come to, line by line on disk, so that a killed program loses nothing of it.

Each sitting has a folder of its own with its store and this journal. A reply is in the journal before the
customer hears it; what the customer says follows from the replies and their times, so playing the journal
again gives the very same talk. Whether a folder is somebody's who still practises, its lock says: the system
lets go of it when a program ends, however it ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csdesk import paths as places
from csdesk.errors import StoreError
from csdesk.i18n import _
from csdesk.trainer.lessons import Lesson, Mode, Plan
from csdesk.trainer.library import Library

FOLDER = "practice"
STORE = "practice.db"
FILE = "journal.jsonl"
LOCK = "lock"
VERSION = 1
LONGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """A reply that left: for which customer (from 0), when (UTC ms), and the key it left under."""

    lesson: int
    at: int
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The agent ended the talk with a customer."""

    lesson: int
    at: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A sitting that a killed program left: ``plan`` is None where a scenario has changed since."""

    folder: Path
    agent: str
    began_at: int
    last_at: int
    titles: tuple[str, ...]
    plan: Plan | None
    events: tuple[Said | Stopped, ...]


class Journal:
    """The journal of a running sitting; holds the folder's lock until it is closed. Raises StoreError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, places.FILE_MODE)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._handle = os.open(folder / FILE, flags, places.FILE_MODE)
        except OSError as error:
            raise _cannot_keep(folder, error) from None

    @property
    def store_path(self) -> Path:
        return self.folder / STORE

    def begin(self, plan: Plan, began_at: int) -> None:
        """The first line: what is practised."""
        lessons = [
            {
                "id": one.scenario.id,
                "digest": one.scenario.digest,
                "title": one.scenario.title,
                "attempt": one.attempt,
            }
            for one in plan.lessons
        ]
        self._write(
            {"v": VERSION, "agent": plan.agent, "mode": plan.mode, "at": began_at, "lessons": lessons}
        )

    def reached(self, at: int) -> None:
        """A customer has said something: it is ``at`` in the sitting, and never earlier again."""
        self._write({"at": at})

    def add(self, event: Said | Stopped) -> None:
        """Keep ``event`` before it takes effect."""
        given: dict[str, Any] = {"at": event.at, "lesson": event.lesson}
        given |= {"key": event.key, "say": event.text} if isinstance(event, Said) else {"stop": True}
        self._write(given)

    def _write(self, given: dict[str, Any]) -> None:
        line = json.dumps(given, ensure_ascii=False, separators=(",", ":")) + "\n"
        try:
            os.write(self._handle, line.encode("utf-8", "replace"))
            os.fsync(self._handle)
        except OSError as error:
            raise _cannot_keep(self.folder, error) from None

    def close(self, *, discard: bool = False) -> None:
        """Let go of the folder; with ``discard`` it is gone."""
        os.close(self._handle)
        if discard:
            shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def new_folder(name: str) -> Path:
    """A folder called ``name`` for a new sitting. Raises CsdeskError when it cannot be made."""
    return places.ensure_folder(places.ensure_folder(places.data_folder() / FOLDER) / name)


def unfinished(library: Library) -> tuple[Unfinished, ...]:
    """Sittings that nobody practises any more and that did not end, the oldest first.

    A folder without a readable journal holds nothing to go on with, and is removed.
    """
    base = places.data_folder() / FOLDER
    found = []
    for folder in sorted(base.iterdir()) if base.is_dir() else ():
        if not folder.is_dir() or _is_held(folder):
            continue
        sitting = read(folder, library)
        if sitting is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            found.append(sitting)
    return tuple(sorted(found, key=lambda one: one.began_at))


@dataclass(frozen=True, slots=True)
class Running:
    """A sitting that somebody has open now, and where its store is."""

    agent: str
    began_at: int
    store_path: Path


def running() -> tuple[Running, ...]:
    """The sittings that go on now on this account, the one that began last at the end."""
    base = places.data_folder() / FOLDER
    found = []
    for folder in base.iterdir() if base.is_dir() else ():
        head = next(_lines(folder / FILE), None) if _is_held(folder) else None
        if head is not None and (folder / STORE).exists():
            found.append(Running(str(head.get("agent", "")), int(head.get("at", 0)), folder / STORE))
    return tuple(sorted(found, key=lambda one: one.began_at))


def discard(folder: Path) -> None:
    """Remove a sitting that is not to be gone on with."""
    shutil.rmtree(folder, ignore_errors=True)


def read(folder: Path, library: Library) -> Unfinished | None:
    """The journal in ``folder``; None where there is none. A torn last line is left out."""
    lines = list(_lines(folder / FILE))
    try:
        head, rest = lines[0], lines[1:]
        agent, began_at = str(head["agent"]), int(head["at"])
        given = [
            (str(one["id"]), str(one["digest"]), str(one["title"]), int(one["attempt"]))
            for one in head["lessons"]
        ]
        mode = Mode(head["mode"])
        events = tuple(event for one in rest if (event := _event(one, len(given))) is not None)
        last_at = max([began_at, *(int(one["at"]) for one in rest)])
    except (IndexError, KeyError, TypeError, ValueError):
        return None
    lessons = tuple(
        Lesson(scenario, attempt)
        for name, digest, _title, attempt in given
        if (scenario := library.by_id.get(name)) is not None and scenario.digest == digest
    )
    plan = Plan(agent, mode, lessons) if lessons and len(lessons) == len(given) else None
    return Unfinished(
        folder, agent, began_at, last_at, tuple(title for _n, _d, title, _a in given), plan, events
    )


def _event(given: dict[str, Any], count: int) -> Said | Stopped | None:
    if "lesson" not in given:
        return None
    lesson, at = int(given["lesson"]), int(given["at"])
    if not 0 <= lesson < count:
        raise ValueError(lesson)
    return Stopped(lesson, at) if "stop" in given else Said(lesson, at, str(given["key"]), str(given["say"]))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as stream:
            raw = stream.read(LONGEST)
    except OSError:
        return
    for line in raw.split(b"\n")[:-1]:  # what stands behind the last line break was being written
        try:
            given = json.loads(line)
        except ValueError:
            return
        if not isinstance(given, dict):
            return
        yield given


def _is_held(folder: Path) -> bool:
    """Whether a program still has the folder."""
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, places.FILE_MODE)
    except OSError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _cannot_keep(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        "trainer.cannot_practise",
        _("The practice cannot be kept in {folder}: {reason}.").format(folder=folder, reason=error.strerror),
        _("Make room or check the permissions."),
    )
