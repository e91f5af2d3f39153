"""Proof that the rows say what the log says: rebuild them beside it, and compare.

The file and the log are checked first: pages, numbers without a gap, and each sum following from the one
before it. Then every operation is replayed through ``apply`` into a scratch database. What one check
cannot read does not keep the next one from saying what is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from csdesk.i18n import _
from csdesk.store import connect, erasing, log, losses, migrations, projections, redaction
from csdesk.store.apply import apply
from csdesk.store.checks import MOST_PROBLEMS, Findings, stoppable
from csdesk.store.connect import Connection, DriverError, translated
from csdesk.store.database import SCHEMA_VERSION

Progress = Callable[[int, int], None]
Check = Callable[[Findings, Progress], None]
PARTS = 1_000
"""Into how many parts a check is divided for the progress that is shown."""


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
    def is_clean(self) -> bool:
        return not self.problems


def verify(path: Path, progress: Progress = lambda done, total: None, *, deep: bool = False) -> Report:
    """Check the store at ``path`` without changing it; ``deep`` looks at each word, counter and wait too.

    Raises StoreError when it cannot be read at all, KeyboardInterrupt when a person stops it.
    """
    connect.check_is_database(path)
    with TemporaryDirectory(prefix="csdesk-verify-") as folder, translated(path):
        connection = connect.open_reader(path)
        scratch = connect.open_scratch(Path(folder) / "scratch.db")
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
        self._path = path
        self._operations = 0
        self._unknown = 0
        connection.execute("PRAGMA temp_store=FILE")
        connection.execute(
            "PRAGMA query_only=OFF"
        )  # a snapshot's own temporary tables; nothing else is written
        connection.execute("BEGIN")

    def report(self, progress: Progress, deep: bool) -> Report:
        checks = self._checks(deep)
        done = [
            self._run(name, check, number, len(checks), progress)
            for number, (name, check) in enumerate(checks)
        ]
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

    def _run(self, name: str, check: Check, number: int, total: int, progress: Progress) -> Findings:
        """What one check finds; one that meets an unreadable page says so, and the next has its turn."""
        found = Findings(name)

        def part(done: int, of: int) -> None:
            progress(number * PARTS + min(PARTS, PARTS * done // max(of, 1)), total * PARTS)

        part(0, 1)
        try:
            check(found, part)
        except DriverError as error:
            if "interrupted" in str(error):
                raise
            found.add(_("{check}: cannot be read any further ({reason})").format(check=name, reason=error))
        return found

    def _file(self, found: Findings, _progress: Progress) -> None:
        found.looked_at = self._connection.execute("PRAGMA page_count").fetchone()[0]
        names = _names_by_root(self._connection)
        for (said,) in self._connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})"):
            if said != "ok":
                found.add(_("SQLite: {problem}").format(problem=_with_names(said, names)))

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
        head = log.read_head(self._path)
        if head is None:
            return
        found.looked_at = 1
        lost = losses.find(self._connection, self._path)
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
        desk, dseq, own = -1, 0, log.START_SUM
        self._operations = total = self._connection.execute("SELECT count(*) FROM op").fetchone()[0]
        try:
            for operation in log.operations(self._connection):
                if operation.desk != desk:
                    desk, dseq, own = operation.desk, 0, log.START_SUM
                if operation.dseq != dseq + 1:
                    found.add(_missing(desk, dseq + 1, operation.dseq - 1))
                elif erasure := redaction.erasure_of(operation.body):
                    seals.setdefault(erasure, erasing.Seal()).add(operation, own)
                elif operation.follows(own) != operation.sum:
                    found.add(_changed(desk, operation.dseq))
                dseq, own = operation.dseq, operation.sum
                found.looked_at += 1
                if found.is_full:
                    return
                if found.looked_at % 2_000 == 0:
                    progress(found.looked_at, total)
        except DriverError as error:
            if "interrupted" in str(error):
                raise
            found.add(_unreadable(desk, dseq, total - found.looked_at, error))
            return
        for desk, dseq in erasing.broken_seals(self._connection, seals):
            found.add(
                _("log: what operation {dseq} of desk {desk} erased was changed").format(dseq=dseq, desk=desk)
            )

    def _replay(self, found: Findings, progress: Progress) -> None:
        migrations.upgrade(self._scratch, "scratch", SCHEMA_VERSION)
        total = self._operations
        self._scratch.execute("BEGIN")
        for operation in log.in_time(self._connection):
            try:
                self._unknown += not apply(self._scratch, operation.read())
            except (LookupError, ValueError, TypeError, AttributeError, DriverError) as error:
                if "interrupted" in str(error):
                    raise
                found.add(
                    _("log: operation {dseq} of desk {desk} cannot be replayed ({reason})").format(
                        dseq=operation.dseq, desk=operation.desk, reason=error
                    )
                )
            found.looked_at += 1
            if found.looked_at % 2_000 == 0:
                progress(found.looked_at, total)
        self._scratch.execute("COMMIT")

    def _rows(self, found: Findings, progress: Progress) -> None:
        if self._scratch.in_transaction:  # the log could not be read to its end
            self._scratch.execute("COMMIT")
        for connection in (self._connection, self._scratch):
            projections.show_index_words(connection)
        for number, projection in enumerate(projections.PROJECTIONS):
            progress(number, len(projections.PROJECTIONS))
            projections.compare(self._connection, self._scratch, projection, found)


def _changed(desk: int, dseq: int) -> str:
    return _("log: operation {dseq} of desk {desk} was changed").format(dseq=dseq, desk=desk)


def _missing(desk: int, first: int, last: int) -> str:
    if first == last:
        return _("log: operation {dseq} of desk {desk} is missing").format(dseq=first, desk=desk)
    return _("log: operations {first} to {last} of desk {desk} are missing").format(
        first=first, last=last, desk=desk
    )


def _unreadable(desk: int, dseq: int, left: int, error: Exception) -> str:
    if desk < 0:
        return _("log: no operation can be read ({reason})").format(reason=error)
    return _(
        "log: nothing behind operation {dseq} of desk {desk} can be read, {left} operations ({reason})"
    ).format(dseq=dseq, desk=desk, left=left, reason=error)


_TREE = re.compile(r"Tree (\d+)")


def _names_by_root(connection: Connection) -> dict[int, str]:
    """Tables and indexes by the page their tree begins at, which is how SQLite names them."""
    return dict(connection.execute("SELECT rootpage, name FROM sqlite_schema WHERE rootpage > 0").fetchall())


def _with_names(said: str, names: dict[int, str]) -> str:
    """SQLite's complaint in one line, with the name of the table it is about."""
    plain = said.replace("*** in database main ***", "").strip().replace("\n", "; ")
    return _TREE.sub(lambda tree: names.get(int(tree.group(1)), tree.group()), plain)
