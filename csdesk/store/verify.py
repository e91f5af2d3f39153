"""Proof that the rows say what the log says: rebuild them beside it, and compare.

The file and the log are checked too: pages, numbers without a gap, and each sum following from the one
before it. What one check cannot read does not keep the next one from saying what is left. A large store is
checked by several processes (``beside``): what asks nothing but the store itself (``independent``) is done beside the
replay of the log into a scratch database (``replay``), which is done here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from csdesk.store import (
    beside,
    connect,
    independent,
    log,
    log_checks,
    projections,
    replay,
    same_rows,
    shared_log,
)
from csdesk.store.apply.shared import Dot
from csdesk.store.checks import (
    MOST_PROBLEMS,
    Findings,
    Progress,
    readable_or_said,
    stoppable,
    without_collecting,
)
from csdesk.store.connect import Connection, translated

Stage = Callable[[str, int, int], None]
"""Hears the name of the check that is at work, and how much of how many of it is done."""

_SHARES = {
    "file": 9,
    "references": 1,
    "chain": 9,
    "words": 41,
    "replay": 60,
    "rows": 9,
    "message_index": 60,
    "waiting": 10,
}
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


def verify(
    path: Path,
    progress: Progress = lambda done, total: None,
    *,
    deep: bool = False,
    stage: Stage = lambda name, done, of: None,
) -> Report:
    """Check the store at ``path`` without changing it; ``deep`` looks at each word, counter and wait too.

    ``progress`` hears how many operations' worth of the whole is done. Raises StoreError when it cannot be read at all,
    KeyboardInterrupt when a person stops it.
    """
    connect.check_is_database(path)
    more = independent.DEEP if deep else ()
    while True:
        try:
            with translated(path), without_collecting():
                return _verified(path, more, progress, stage)
        except _JoinedMeanwhile:
            continue


def _verified(path: Path, more: tuple[str, ...], progress: Progress, stage: Stage) -> Report:
    with closing(independent.open_for_checks(path)) as connection:
        if beside.is_worth_it(path):
            groups = (independent.LOG_AND_FILE, (independent.WORDS, *more))
            try:
                with beside.Beside(path, groups) as others, closing(replay.open_private(path)) as scratch:
                    return _Verifier(connection, scratch, path, _Told(progress, stage, others)).report(more)
            except beside.ChildEnded:
                pass  # it was killed, or found no room: all of it is done here
        with closing(replay.open_private(path)) as scratch:
            return _Verifier(connection, scratch, path, _Told(progress, stage, None)).report(more)


class _Told:
    """How far all checks are together, for who waits; ``others`` is what is done beside this process."""

    def __init__(self, progress: Progress, stage: Stage, others: beside.Beside | None) -> None:
        self.others = others
        self.total = 0
        self._progress = progress
        self._stage = stage
        self._parts: dict[str, float] = {}
        self._weights: dict[str, int] = {}

    def expect(self, names: tuple[str, ...], total: int) -> None:
        """These checks will be carried out, of a log of ``total`` operations."""
        self.total = total
        self._weights = {name: _SHARES.get(name, 1) for name in names}
        self._progress(0, total)

    def part(self, name: str, done: int, of: int) -> None:
        """So much of ``name`` is done here."""
        self._parts[name] = done / max(of, 1)
        if self.others is not None:
            self.others.hear()
        self._stage(name, done, of)
        self._tell()

    def wait(self) -> dict[str, Findings]:
        """What the checks beside this process found, once all have come to their end."""
        if self.others is None:
            return {}
        while not self.others.is_over:
            self.others.hear(seconds=1.0)
            waited = [name for name in self.others.done if name not in self.others.found]
            if waited:
                self._stage(waited[-1], *self.others.done[waited[-1]])
            self._tell()
        return self.others.found

    def _tell(self) -> None:
        parts = dict(self._parts)
        if self.others is not None:
            parts |= {name: done / max(of, 1) for name, (done, of) in self.others.done.items()}
            parts |= dict.fromkeys(self.others.found, 1.0)
        done = sum(self._weights.get(name, 0) * min(1.0, part) for name, part in parts.items())
        self._progress(int(self.total * done / sum(self._weights.values())), self.total)


class _JoinedMeanwhile(Exception):
    """The store began to share its log while it was checked: its rows come from more than was read."""


class _Verifier:
    """All checks of a store; what they sort goes to the disk, not to memory."""

    def __init__(self, connection: Connection, scratch: Connection, path: Path, told: _Told) -> None:
        self._connection = connection
        self._scratch = scratch
        self._path = path
        self._told = told
        self._operations = 0
        self._unknown = 0
        self._read_to = (-1, 0)
        self._words_go_to: int | None = None

    def report(self, more: tuple[str, ...]) -> Report:
        """What all checks find, those of ``more`` too."""
        head = log.read_head(self._path)
        self._operations = log_checks.length(self._connection, head)
        names = ("file", "references", "witness", "chain", "replay", "rows", *more)
        others = () if self._told.others is None else (independent.WORDS,)
        self._told.expect((*names, *others), self._operations)
        found: dict[str, Findings] = {}
        with stoppable(self._connection, self._scratch):
            if self._told.others is None:
                bench = independent.Bench(self._path, self._connection, self._scratch)
                first = {name: bench.find(name, partial(self._told.part, name)) for name in names[:4]}
                found |= first | self._replay_and_compare()
                found |= {name: bench.find(name, partial(self._told.part, name)) for name in more}
            else:
                found = self._replay_and_compare() | self._told.wait()
        if self._words_go_to is not None:
            _put_in(found["rows"], self._words_go_to, found[independent.WORDS])
        return Report(self._operations, self._unknown, tuple(found[name] for name in names))

    def _replay_and_compare(self) -> dict[str, Findings]:
        """Make the rows that the log gives, and say where those of the store are others.

        Of a log that only grows nothing is held while it is read: what was written meanwhile is replayed at the end, of
        the moment in which the rows are compared.
        """
        replayed, compared = Findings("replay"), Findings("rows")
        made = replay.prepare(self._scratch)
        try:
            with readable_or_said(replayed):
                if shared_log.is_one_chain(self._connection):
                    self._replay(self._behind(), None, replayed)
                self._connection.execute("BEGIN")
                if shared_log.is_one_chain(self._connection):
                    self._replay(self._behind(), None, replayed)
                elif replayed.looked_at:
                    raise _JoinedMeanwhile
                else:
                    self._replay(*shared_log.to_replay(self._connection), replayed)
                self._operations = log.length(self._connection, None)
                with readable_or_said(compared):
                    self._compare(made, compared)
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        return {"replay": replayed, "rows": compared}

    def _behind(self) -> Iterator[log.Stored]:
        for operation in log.after(self._connection, self._read_to, replay.RUN):
            self._read_to = operation[:2]
            yield operation

    def _replay(
        self, operations: Iterable[log.Stored], lost: Collection[Dot] | None, found: Findings
    ) -> None:
        for unknown in replay.replay(self._scratch, operations, found, lost):
            self._unknown += unknown
            self._told.part("replay", found.looked_at, self._operations)

    def _compare(self, made: dict[str, str], found: Findings) -> None:
        """What differs between the rows that are there and those that were made anew."""

        def told(done: int) -> None:
            self._told.part("rows", min(done, self._operations), self._operations)

        same = same_rows.proved(self._connection, self._scratch, told)
        indexes = list(replay.INDEXES)
        if self._told.others is not None and "message" in same:
            indexes.remove("message_index")  # it is proved of the messages themselves, beside this
        replay.fill_indexes(self._scratch, made, lambda done, total: None, indexes)
        for connection in (self._connection, self._scratch):
            for index in indexes:
                projections.show_words(connection, index)
        for projection in projections.PROJECTIONS:
            if projection.name in same:
                found.looked_at += same[projection.name]
            elif projection is projections.SEARCH_INDEX and "message_index" not in indexes:
                self._words_go_to = len(found.problems)
            elif not found.is_full:
                projections.compare(self._connection, self._scratch, projection, found)


def _put_in(rows: Findings, place: int, words: Findings) -> None:
    """Put what was found of the search index where it would stand if it had been looked for with the rows."""
    rows.looked_at += words.looked_at
    rows.problems[place:place] = words.problems
    del rows.problems[MOST_PROBLEMS:]
