"""Proof that the rows say what the log says: rebuild them beside it, and compare.

The file and the log are checked first: pages, numbers without a gap, and each sum following from the one
before it. Then every operation is replayed (``replay``) into a scratch database. What one check
cannot read does not keep the next one from saying what is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from csdesk.i18n import _, ngettext
from csdesk.store import connect, erasing, log, losses, projections, redaction, replay, shared_log
from csdesk.store.checks import MOST_PROBLEMS, Findings, stoppable
from csdesk.store.connect import Connection, DriverError, translated

Progress = Callable[[int, int], None]
Check = Callable[[Findings, Progress], None]
_SHARES = {"file": 6, "references": 1, "chain": 7, "replay": 50, "rows": 36, "message_index": 40}
"""How long each check takes beside the others, as measured; 1 for those not named."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the checks found: nothing wrong when ``problems`` is empty."""

    operations: int
    unknown: int
    checks: tuple[Findings, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """The first sentences of all checks."""
        return tuple([each for check in self.checks for each in check.problems][:MOST_PROBLEMS])

    @property
    def is_log_whole(self) -> bool:
        """Whether nothing that was acknowledged is lost, whatever became of the rows made from it."""
        return not any(check.problems for check in self.checks if check.name in ("witness", "chain"))

    @property
    def is_clean(self) -> bool:
        return not self.problems


def verify(path: Path, progress: Progress = lambda done, total: None, *, deep: bool = False) -> Report:
    """Check the store at ``path`` without changing it; ``deep`` looks at each word, counter and wait too.

    Raises StoreError when it cannot be read at all, KeyboardInterrupt when a person stops it.
    """
    connect.check_is_database(path)
    with translated(path):
        connection = connect.open_reader(path)
        scratch = replay.open_private(path)
        try:
            with stoppable(connection, scratch):
                return _Verifier(connection, scratch, path).report(progress, deep)
        finally:
            connection.close()
            scratch.close()


class _Verifier:
    """All checks over one snapshot of a store; what they sort goes to the disk, not to memory."""

    def __init__(self, connection: Connection, scratch: Connection, path: Path) -> None:
        self._connection = connection
        self._scratch = scratch
        self._head = log.read_head(path)  # before the snapshot: a desk at work moves both
        self._operations = 0
        self._unknown = 0
        self._made: dict[str, str] = {}
        self._is_replayed = False
        connection.execute("PRAGMA cache_size=-32000")
        connection.execute("PRAGMA temp_store=FILE")
        connection.execute(
            "PRAGMA query_only=OFF"
        )  # a snapshot's own temporary tables; nothing else is written
        connection.execute("BEGIN")
        self._total = self._length()

    def _length(self) -> int:
        """How many operations there are, as far as can be told before the checks; 0 where it cannot."""
        try:
            return log.length(self._connection, self._head)
        except DriverError as error:
            if _ends_all(error):
                raise
            return 0

    def report(self, progress: Progress, deep: bool) -> Report:
        """``progress`` hears how many operations' worth of the whole is done."""
        checks = self._checks(deep)
        shares = [_SHARES.get(name, 1) for name, _check in checks]
        done = []
        for number, (name, check) in enumerate(checks):
            stretch = sum(shares[:number]) / sum(shares), shares[number] / sum(shares)
            done.append(self._run(name, check, stretch, progress))
        return Report(self._operations, self._unknown, tuple(done))

    def _checks(self, deep: bool) -> list[tuple[str, Check]]:
        plain: list[tuple[str, Check]] = [
            ("file", self._file),
            ("references", self._references),
            ("witness", self._witness),
            ("chain", self._chain),
            ("replay", self._replay),
            ("rows", self._rows),
        ]
        if not deep:
            return plain
        from csdesk.store import deep as more

        return plain + [
            (name, partial(check, self._connection, self._scratch)) for name, check in more.CHECKS
        ]

    def _run(self, name: str, check: Check, stretch: tuple[float, float], progress: Progress) -> Findings:
        """What one check finds; one that meets an unreadable page says so, and the next has its turn."""
        found = Findings(name)

        def part(done: int, of: int) -> None:
            before, own = stretch
            progress(int(self._total * (before + own * min(1, done / max(of, 1)))), self._total)

        part(0, 1)
        try:
            check(found, part)
        except DriverError as error:
            if _ends_all(error):
                raise
            found.add(_("{check}: cannot be read any further ({reason})").format(check=name, reason=error))
        return found

    def _file(self, found: Findings, _progress: Progress) -> None:
        found.looked_at = self._connection.execute("PRAGMA page_count").fetchone()[0]
        names = _names_by_root(self._connection)
        try:
            rows = self._connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})").fetchall()
        except DriverError as error:
            if "interrupted" in str(error):
                raise
            self._file_by_table(found)
            return
        for (said,) in rows:
            if said != "ok":
                found.add(_("SQLite: {problem}").format(problem=_with_names(said, names)))

    def _file_by_table(self, found: Findings) -> None:
        """A page that ends the check of the file as a whole: it is one of a table that cannot be walked."""
        tables = self._connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
        )
        for (table,) in tables.fetchall():
            try:
                said = self._connection.execute(f'PRAGMA integrity_check("{table}")').fetchone()[0]
            except DriverError as error:
                said = str(error)
            if said != "ok":
                names = _names_by_root(self._connection)
                found.add(_("SQLite: {problem}").format(problem=f"{table}: {_with_names(said, names)}"))

    def _references(self, found: Findings, _progress: Progress) -> None:
        found.looked_at = self._connection.execute(
            "SELECT count(*) FROM sqlite_schema WHERE sql LIKE '%REFERENCES%'"
        ).fetchone()[0]
        for table, row, parent, _key in self._connection.execute("PRAGMA foreign_key_check"):
            found.add(
                _("{table} row {row} points to a {parent} that is not there").format(
                    table=table, row=row, parent=parent
                )
            )
            if found.is_full:
                return

    def _witness(self, found: Findings, _progress: Progress) -> None:
        head = self._head
        if head is None:
            return
        found.looked_at = 1
        lost = losses.find(self._connection, head)
        if lost is not None:
            found.add(lost.sentence)
            return
        row = self._connection.execute(
            "SELECT sum FROM op WHERE desk = ? AND dseq = ?", (head.desk, head.dseq)
        ).fetchone()
        if row is not None and row[0] != head.sum:
            found.add(_changed(head.desk, head.dseq))

    def _chain(self, found: Findings, progress: Progress) -> None:
        seals: dict[erasing.Dot, erasing.Seal] = {}
        total = self._operations = self._total or log.length(self._connection, self._head)
        desk, dseq, own, has_gaps = -1, 0, None, False
        for read in log.readable(self._connection, self._head):
            if isinstance(read, log.Gap):
                found.add(_unreadable(read))
                desk, dseq, own = read.desk, read.last, None
                has_gaps = True
                continue
            if read.desk != desk:
                desk, dseq, own = read.desk, 0, log.START_SUM
            if read.dseq != dseq + 1:
                found.add(_missing(desk, dseq + 1, read.dseq - 1))
            elif own is None:
                pass  # what stands before it cannot be read
            elif erasure := redaction.erasure_of(read.body):
                seals.setdefault(erasure, erasing.Seal()).add(read, own)
            elif read.follows(own) != read.sum and not shared_log.is_hidden(read):
                found.add(_changed(desk, read.dseq))
            dseq, own = read.dseq, read.sum
            found.looked_at += 1
            if found.is_full:
                return
            if found.looked_at % 2_000 == 0:
                progress(found.looked_at, total)
        if has_gaps:
            return  # a seal needs every operation it is about
        for desk, dseq in erasing.broken_seals(self._connection, seals):
            found.add(
                _("log: what operation {dseq} of desk {desk} erased was changed").format(dseq=dseq, desk=desk)
            )

    def _replay(self, found: Findings, progress: Progress) -> None:
        made = replay.prepare(self._scratch)
        operations, lost = shared_log.to_replay(self._connection)
        for unknown in replay.replay(self._scratch, operations, found, lost):
            self._unknown += unknown
            progress(found.looked_at, self._operations)
        self._made = made
        self._is_replayed = True

    def _rows(self, found: Findings, progress: Progress) -> None:
        if not self._is_replayed:
            return  # the log could not be read to its end: that is said already
        replay.fill_indexes(self._scratch, self._made, lambda done, total: progress(done, 2 * total))
        for connection in (self._connection, self._scratch):
            projections.show_index_words(connection)
        count = len(projections.PROJECTIONS)
        for number, projection in enumerate(projections.PROJECTIONS):
            progress(count + number, 2 * count)
            projections.compare(self._connection, self._scratch, projection, found)


def _ends_all(error: Exception) -> bool:
    """Whether it tells nothing about the store: a person stopped it, or there is no room for the rows."""
    return "interrupted" in str(error) or "disk is full" in str(error)


def _changed(desk: int, dseq: int) -> str:
    return _("log: operation {dseq} of desk {desk} was changed").format(dseq=dseq, desk=desk)


def _missing(desk: int, first: int, last: int) -> str:
    if first == last:
        return _("log: operation {dseq} of desk {desk} is missing").format(dseq=first, desk=desk)
    return _("log: operations {first} to {last} of desk {desk} are missing").format(
        first=first, last=last, desk=desk
    )


def _unreadable(gap: log.Gap) -> str:
    count = gap.last - gap.first + 1
    if gap.after_ms is None:
        return ngettext(
            "log: {count} operation of desk {desk} cannot be read: number {first}",
            "log: {count} operations of desk {desk} cannot be read: numbers {first} to {last}",
            count,
        ).format(count=count, desk=gap.desk, first=gap.first, last=gap.last)
    return ngettext(
        "log: {count} operation of desk {desk} cannot be read: number {first}, written after {time}",
        "log: {count} operations of desk {desk} cannot be read: numbers {first} to {last}, written after {time}",
        count,
    ).format(count=count, desk=gap.desk, first=gap.first, last=gap.last, time=losses.local_time(gap.after_ms))


_TREE = re.compile(r"Tree (\d+)")


def _names_by_root(connection: Connection) -> dict[int, str]:
    """Tables and indexes by the page their tree begins at, which is how SQLite names them."""
    return dict(connection.execute("SELECT rootpage, name FROM sqlite_schema WHERE rootpage > 0").fetchall())


def _with_names(said: str, names: dict[int, str]) -> str:
    """SQLite's complaint in one line, with the name of the table it is about."""
    plain = said.replace("*** in database main ***", "").strip().replace("\n", "; ")
    return _TREE.sub(lambda tree: names.get(int(tree.group(1)), tree.group()), plain)
