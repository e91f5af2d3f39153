"""Packs that are read again when a file changes; what was good stays in use until there is something better.

A look costs one ``stat`` for each file and is taken off the screen's thread, since a team's folder may lie
on a network. A file that is being written shows another time of change at each look: it is read once it was
left alone from one look to the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from csdesk.model.published import TeamFile
from csdesk.replies.pack import Library, PackFolder, library_from, pack_files, scope_of
from csdesk.replies.schema import ReadPack, read_pack
from csdesk.replies.team import beside_files, read_team_pack

Stamp = tuple[int, int, int]
"""Time of change in ns, size in bytes, inode."""


class PackWatch:
    """The packs in ``folders``, without those of scope team that are for a team in ``left_out``."""

    def __init__(self, folders: Iterable[PackFolder], left_out: Collection[str] = ()) -> None:
        self._folders = tuple(folders)
        self._left_out = left_out
        self._seen: dict[Path, Stamp] = {}
        self._stamps: dict[Path, Stamp] = {}
        self._read: dict[Path, ReadPack] = {}
        self._good: dict[Path, ReadPack] = {}
        self._team: dict[str, tuple[str, ReadPack]] = {}

    def has_changed(self) -> bool:
        """Whether the files are others than those that were read, and were left alone since the last look."""
        now = self._look()
        was_left_alone, self._seen = now == self._seen, now
        return was_left_alone and now != self._stamps

    def read(self, team: Iterable[TeamFile] = ()) -> Library:
        """The library of now, with the packs that ``team`` has through the hub; only what changed is read.

        Of a file that is broken, what it held when it was last whole stays in use; its problems are told.
        """
        found = self._look()
        for path, stamp in found.items():
            if self._stamps.get(path) != stamp:
                self._take(path)
        for gone in self._read.keys() - found.keys():
            del self._read[gone]
            self._good.pop(gone, None)
        self._stamps = self._seen = found
        files = [self._used(path) for path in found]
        return library_from(beside_files(files, self._read_team(team)), self._left_out)

    def _read_team(self, team: Iterable[TeamFile]) -> list[ReadPack]:
        before, self._team = self._team, {}
        for file in team:
            version = f"{file.number} {file.digest}"
            known = before.get(file.name)
            read = known[1] if known and known[0] == version else read_team_pack(file)
            self._team[file.name] = version, read
        return [read for _version, read in self._team.values()]

    def _take(self, path: Path) -> None:
        self._read[path] = read = read_pack(path, scope_of(path, self._folders))
        if read.pack is not None and not read.problems:
            self._good[path] = read

    def _used(self, path: Path) -> ReadPack:
        read, good = self._read[path], self._good.get(path)
        return read if good is None or not read.problems else replace(good, problems=read.problems)

    def _look(self) -> dict[Path, Stamp]:
        """The files of now; those of a folder that cannot be read at the moment are as they were."""
        found: dict[Path, Stamp] = {}
        for folder in self._folders:
            try:
                for path in pack_files([folder.path]):
                    status = path.stat()
                    found[path] = (status.st_mtime_ns, status.st_size, status.st_ino)
            except OSError:
                found |= {path: stamp for path, stamp in self._stamps.items() if path.parent == folder.path}
        return found
