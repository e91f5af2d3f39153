"""Proof that the rows say what the log says: rebuild them beside it, and compare.

The log itself is checked first: numbers without a gap, and each sum following from the one
before it. Then every operation is replayed through ``apply`` into a scratch database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from csdesk.i18n import _
from csdesk.store import connect, erasing, log, migrations, redaction
from csdesk.store.apply import apply
from csdesk.store.connect import Connection, DriverError, translated
from csdesk.store.database import SCHEMA_VERSION

Progress = Callable[[int, int], None]
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: nothing wrong when ``problems`` is empty."""

    operations: int
    unknown: int
    problems: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class _Projection:
    """How one table is compared: columns that mean the same in any store, first the row's name."""

    name: str
    columns: tuple[str, ...]
    source: str


_PROJECTIONS = (
    _Projection(
        "contact",
        (
            "hex(uid)",
            "name",
            "email",
            "phone",
            "tier",
            "source",
            "lifecycle",
            "birthday",
            "note",
            "is_blocked",
            "created_at",
            "erased_at",
        ),
        "contact ORDER BY uid",
    ),
    _Projection(
        "contact key",
        ("key", "hex(contact.uid) AS contact"),
        "contact_key JOIN contact ON contact.id = contact_key.contact ORDER BY key",
    ),
    _Projection("agent", ("hex(uid)", "name", "role", "capacity", "is_active"), "agent ORDER BY uid"),
    _Projection(
        "availability",
        (
            "hex(agent.uid) || ' ' || a.hlc || ' ' || a.desk",
            "a.at",
            "a.status",
            "a.cause",
            "a.episode",
            "a.until",
            "a.reason",
        ),
        "availability a JOIN agent ON agent.id = a.agent ORDER BY 1",
    ),
    _Projection(
        "automatic text",
        (
            "hex(c.uid) || ' ' || a.rule || ' ' || hex(agent.uid) || ' ' || a.episode",
            "'#' || c.ref AS ref",
            "a.at",
        ),
        "automatic a JOIN conversation c ON c.id = a.conversation JOIN agent ON agent.id = a.agent ORDER BY 1",
    ),
    _Projection("team", ("hex(uid)", "name", "is_active"), "team ORDER BY uid"),
    _Projection(
        "team_member",
        ("hex(team.uid) || ' ' || hex(agent.uid)",),
        "team_member JOIN team ON team.id = team JOIN agent ON agent.id = agent ORDER BY team.uid, agent.uid",
    ),
    _Projection("inbox", ("hex(uid)", "name", "channel", "hold_ms", "is_active"), "inbox ORDER BY uid"),
    _Projection(
        "conversation",
        (
            "hex(c.uid)",
            "'#' || c.ref AS ref",
            "c.source",
            "c.source_id",
            "c.thread",
            "c.lang",
            "hex(inbox.uid) AS inbox",
            "hex(contact.uid) AS contact",
            "c.contact_name",
            "c.tier",
            "c.subject",
            "c.stage",
            "c.status",
            "c.priority",
            "hex(agent.uid) AS assignee",
            "hex(team.uid) AS team",
            "c.epoch",
            "c.waiting_since",
            "c.wait_floor",
            "c.prior_floor",
            "c.opened_at",
            "c.updated_at",
            "c.resolved_at",
            "c.snooze_kind",
            "c.snooze_until",
            "c.erased_at",
            "c.message_count",
            "c.preview",
            "c.preview_from",
            "(SELECT hex(uid) FROM message WHERE id = c.last_message) AS last_message",
        ),
        "conversation c JOIN inbox ON inbox.id = c.inbox JOIN contact ON contact.id = c.contact"
        " LEFT JOIN agent ON agent.id = c.assignee LEFT JOIN team ON team.id = c.team ORDER BY c.uid",
    ),
    _Projection(
        "message",
        (
            "hex(m.uid)",
            "'#' || c.ref AS ref",
            "m.sender",
            "hex(agent.uid) AS author",
            "m.author_name",
            "m.text",
            "m.at",
            "m.is_time_assumed",
            "m.hlc",
            "m.delivery",
            "m.reason",
            "m.external_id",
            "m.rule",
        ),
        "message m JOIN conversation c ON c.id = m.conversation LEFT JOIN agent ON agent.id = m.author"
        " ORDER BY m.uid",
    ),
    _Projection(
        "label of conversation",
        ("hex(c.uid) || ' ' || label.name", "'#' || c.ref AS ref"),
        "conversation_label cl JOIN conversation c ON c.id = cl.conversation JOIN label ON label.id = cl.label"
        " ORDER BY c.uid, label.name",
    ),
    _Projection(
        "event",
        (
            "hex(c.uid) || ' ' || event.at || ' ' || event.kind || ' ' || event.body",
            "'#' || c.ref AS ref",
            "hex(agent.uid) AS agent",
        ),
        "event JOIN conversation c ON c.id = event.conversation LEFT JOIN agent ON agent.id = event.agent"
        " ORDER BY 1, 3",
    ),
    _Projection(
        "transfer",
        (
            "hex(t.uid)",
            "'#' || c.ref AS ref",
            "t.at",
            "t.reason",
            "hex(giver.uid) AS by_agent",
            "hex(taker.uid) AS to_agent",
            "hex(team.uid) AS to_team",
        ),
        "transfer t JOIN conversation c ON c.id = t.conversation LEFT JOIN agent giver ON giver.id = t.by_agent"
        " LEFT JOIN agent taker ON taker.id = t.to_agent LEFT JOIN team ON team.id = t.to_team ORDER BY t.uid",
    ),
    _Projection(
        "attachment",
        ("hex(a.uid)", "hex(m.uid) AS message", "a.name", "a.kind", "a.size", "a.sha256"),
        "attachment a JOIN message m ON m.id = a.message ORDER BY a.uid",
    ),
    _Projection(
        "view count",
        ("view || ' ' || coalesce(hex(agent.uid), '')", "n"),
        "view_count LEFT JOIN agent ON agent.id = view_count.agent WHERE n <> 0 ORDER BY 1",
    ),
    _Projection("search index", ("term", "doc", "cnt"), "words ORDER BY term"),
    _Projection("index of names", ("term || ' ' || col", "doc", "cnt"), "heading_words ORDER BY term, col"),
)


def verify(path: Path, progress: Progress = lambda done, total: None) -> Report:
    """Check the store at ``path`` without changing it. Raises StoreError when it cannot be read at all."""
    connect.check_is_database(path)
    with TemporaryDirectory(prefix="csdesk-verify-") as folder, translated(path):
        connection = connect.open_reader(path)
        scratch = connect.open_scratch(Path(folder) / "scratch.db")
        try:
            _show_index_words(connection)
            connection.execute("BEGIN")
            problems = [*_damage(connection), *_lost_tail(connection, path), *_chain_breaks(connection)]
            operations, unknown = _replay(connection, scratch, problems, progress)
            if len(problems) < MOST_PROBLEMS:
                problems += _differences(connection, scratch)
            return Report(operations, unknown, tuple(problems[:MOST_PROBLEMS]))
        finally:
            connection.close()
            scratch.close()


def _damage(connection: Connection) -> list[str]:
    rows = connection.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})").fetchall()
    found = [_("SQLite: {problem}").format(problem=row[0]) for row in rows if row[0] != "ok"]
    for table, row, parent, _key in connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_PROBLEMS):
        found.append(
            _("{table} row {row} points to a {parent} that is not there").format(
                table=table, row=row, parent=parent
            )
        )
    return found


def _lost_tail(connection: Connection, path: Path) -> list[str]:
    head = log.read_head(path)
    if head is None:
        return []
    lost = head.dseq - log.tip(connection, head.desk).dseq
    if lost <= 0:
        return _rewritten(connection, head)
    return [
        _(
            "the last {count} operations of this desk are gone (its write-ahead log was cut or removed)"
        ).format(count=lost)
    ]


def _rewritten(connection: Connection, head: log.Head) -> list[str]:
    """A log whose every sum fits, but not the one that was witnessed, is not the log that was."""
    row = connection.execute(
        "SELECT sum FROM op WHERE desk = ? AND dseq = ?", (head.desk, head.dseq)
    ).fetchone()
    if row is None or row[0] == head.sum:
        return []
    return [_("log: operation {dseq} of desk {desk} was changed").format(dseq=head.dseq, desk=head.desk)]


def _chain_breaks(connection: Connection) -> list[str]:
    found: list[str] = []
    seals: dict[erasing.Dot, erasing.Seal] = {}
    desk, dseq, own = -1, 0, log.START_SUM
    for operation in log.operations(connection):
        if operation.desk != desk:
            desk, dseq, own = operation.desk, 0, log.START_SUM
        if operation.dseq != dseq + 1:
            found.append(
                _("log: operation {dseq} of desk {desk} is missing").format(dseq=dseq + 1, desk=desk)
            )
        elif erasure := redaction.erasure_of(operation.body):
            seals.setdefault(erasure, erasing.Seal()).add(operation, own)
        elif operation.follows(own) != operation.sum:
            found.append(
                _("log: operation {dseq} of desk {desk} was changed").format(dseq=operation.dseq, desk=desk)
            )
        dseq, own = operation.dseq, operation.sum
        if len(found) >= MOST_PROBLEMS:
            return found
    for desk, dseq in erasing.broken_seals(connection, seals)[:MOST_PROBLEMS]:
        found.append(
            _("log: what operation {dseq} of desk {desk} erased was changed").format(dseq=dseq, desk=desk)
        )
    return found


def _replay(
    connection: Connection, scratch: Connection, problems: list[str], progress: Progress
) -> tuple[int, int]:
    migrations.upgrade(scratch, "scratch", SCHEMA_VERSION)
    total = connection.execute("SELECT count(*) FROM op").fetchone()[0]
    scratch.execute("BEGIN")
    unknown = 0
    for number, operation in enumerate(log.in_time(connection), 1):
        try:
            unknown += not apply(scratch, operation.read())
        except (LookupError, ValueError, TypeError, AttributeError, DriverError) as error:
            if len(problems) < MOST_PROBLEMS:
                problems.append(
                    _("log: operation {dseq} of desk {desk} cannot be replayed ({reason})").format(
                        dseq=operation.dseq, desk=operation.desk, reason=error
                    )
                )
        if number % 2_000 == 0:
            progress(number, total)
    scratch.execute("COMMIT")
    return total, unknown


def _show_index_words(connection: Connection) -> None:
    """Make the words of the search index readable as a table, for this connection only."""
    read_only = connection.execute("PRAGMA query_only").fetchone()[0]
    connection.execute("PRAGMA query_only=OFF")
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'message_index', 'row')")
    connection.execute(
        "CREATE VIRTUAL TABLE temp.heading_words USING fts5vocab('main', 'heading_index', 'col')"
    )
    connection.execute(f"PRAGMA query_only={read_only}")


def _differences(connection: Connection, scratch: Connection) -> list[str]:
    found: list[str] = []
    _show_index_words(scratch)
    for projection in _PROJECTIONS:
        for problem in _compare(connection, scratch, projection):
            found.append(problem)
            if len(found) >= MOST_PROBLEMS:
                return found
    return found


def _compare(connection: Connection, scratch: Connection, projection: _Projection) -> Iterator[str]:
    """Walk both in key order, like the merge of two sorted files: memory stays flat."""
    sql = f"SELECT {', '.join(projection.columns)} FROM {projection.source}"  # noqa: S608 - the fixed texts above
    here, there = connection.execute(sql), scratch.execute(sql)
    names = [column[0] for column in here.description]
    row, wanted = here.fetchone(), there.fetchone()
    while row is not None or wanted is not None:
        if wanted is None or (row is not None and row[0] < wanted[0]):
            yield _("{table} {row} is not in the log").format(table=projection.name, row=_label(names, row))
            row = here.fetchone()
        elif row is None or wanted[0] < row[0]:
            yield _("{table} {row} of the log is missing").format(
                table=projection.name, row=_label(names, wanted)
            )
            wanted = there.fetchone()
        else:
            yield from _columns_that_differ(projection.name, names, row, wanted)
            row, wanted = here.fetchone(), there.fetchone()


def _columns_that_differ(
    table: str, names: list[str], row: tuple[Any, ...], wanted: tuple[Any, ...]
) -> Iterator[str]:
    for name, is_now, should_be in zip(names, row, wanted, strict=True):
        if is_now != should_be:
            yield _("{table} {row}: {column} is {is_now}, the log says {should_be}").format(
                table=table,
                row=_label(names, row),
                column=name.rpartition(".")[2],
                is_now=_shown(is_now),
                should_be=_shown(should_be),
            )


def _label(names: list[str], row: tuple[Any, ...]) -> str:
    if "ref" in names:
        return f"{row[names.index('ref')]} ({str(row[0])[:60]})"
    return str(row[0])[:60]


def _shown(value: object) -> str:
    return repr(value) if value is None or isinstance(value, int) else repr(str(value)[:40])
