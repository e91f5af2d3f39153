"""Contents of attachments between the desks of a hub: which are to be brought there, and which are wanted from there.

What an operation says of a file travels with the log; its bytes travel by their SHA-256, later and piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from csdesk.i18n import N_
from csdesk.model.operation import Kind
from csdesk.store.connect import Connection

if TYPE_CHECKING:
    from csdesk.store.writer import Transaction

AT_ONCE = 20_000
"""Own operations that are looked through at a time for files."""
NEWEST = 500
"""Attachments of this store, from the newest, among which those of open conversations are looked for."""
_UPTO, _COMING = "files_named_up_to", "files_coming"
NOT_THERE = N_("The hub does not have it yet: it comes once the desk that got it is online.")
"""Why a file that somebody waits for has not come: the only reason that passes by itself."""

_NAMES_A_FILE = f"""
kind = {int(Kind.ATTACHMENT_ADDED)} AND json_valid(body) AND body ->> '$.kept' AND length(body ->> '$.sha256') = 64
AND body ->> '$.size' > 0
"""


@dataclass(frozen=True, slots=True)
class ToBring:
    """A file that the own operation ``dseq`` names and the hub is to get."""

    dseq: int
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A file that somebody waits for: ``had`` of ``size`` bytes have come; ``reason`` says why no more do."""

    sha256: str
    size: int
    had: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OnTheirWay:
    """Files whose contents are not where they belong: ``up`` has the hub not got, ``down`` are to come from it, and
    ``refused`` it would not take."""

    up: int = 0
    down: int = 0
    refused: int = 0


def on_their_way(connection: Connection) -> OnTheirWay:
    """How many files are on their way, as far as this store knows; what own operations name that are on their way
    themselves counts too."""
    waiting, refused = count_to_bring(connection)
    (unsent,) = connection.execute(_UNSENT, (looked_up_to(connection),)).fetchone()
    (asked,) = connection.execute(
        "SELECT count(*) FROM hub_wish WHERE reason IN ('', ?)", (NOT_THERE,)
    ).fetchone()
    return OnTheirWay(waiting + unsent, asked + coming(connection), refused)


_UNSENT = f"""
SELECT count(*) FROM op WHERE desk = (SELECT value FROM meta WHERE key = 'desk')
  AND dseq > max(?, coalesce((SELECT acked FROM hub), 0)) AND {_NAMES_A_FILE}
"""  # noqa: S608 - numbers of ours


def coming(connection: Connection) -> int:
    """How many files come by themselves, of those that the hub had when it was asked last."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_COMING,)).fetchone()
    return int(row[0]) if row else 0


def note_coming(tx: Transaction, count: int) -> None:
    """From now on ``coming`` says ``count``."""
    if count != coming(tx.connection):
        tx.connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", (_COMING, count))


def looked_up_to(connection: Connection) -> int:
    """The own operation up to which files to be brought are noted."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_UPTO,)).fetchone()
    return int(row[0]) if row else 0


def named(connection: Connection, after: int) -> tuple[int, list[ToBring]]:
    """Files whose bytes were put beside this store, named by own operations that the hub has, behind ``after``; and how
    far was looked."""
    (acked, desk) = connection.execute(
        "SELECT coalesce((SELECT acked FROM hub), 0), (SELECT value FROM meta WHERE key = 'desk')"
    ).fetchone()
    upto = max(after, min(acked, after + AT_ONCE))
    rows = connection.execute(_NAMED, (desk, after, upto)).fetchall()
    return upto, [ToBring(*row) for row in rows]


_NAMED = f"""
SELECT dseq, body ->> '$.sha256', body ->> '$.size' FROM op
WHERE desk = ? AND dseq > ? AND dseq <= ? AND {_NAMES_A_FILE}
"""  # noqa: S608 - a number of ours


def note(tx: Transaction, upto: int, found: Iterable[ToBring]) -> None:
    """Keep in mind what is to be brought, and that all up to ``upto`` was looked through."""
    tx.connection.executemany(
        "INSERT OR IGNORE INTO hub_file(dseq, sha256, size) VALUES(?,?,?)",
        [(each.dseq, each.sha256, each.size) for each in found],
    )
    tx.connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", (_UPTO, upto))


def begin_anew(tx: Transaction) -> None:
    """The hub may have lost what it had: all that own operations name is offered to it again."""
    tx.connection.execute("DELETE FROM meta WHERE key IN (?, ?)", (_UPTO, _COMING))
    tx.connection.execute("DELETE FROM hub_file")


def try_again(tx: Transaction) -> None:
    """What the hub would not take is offered once more: its limits may be others by now."""
    tx.connection.execute("UPDATE hub_file SET refused = ''")


def forget_unnamed(tx: Transaction) -> None:
    """A digest tells what a file was: those that no attachment names any more are gone here too."""
    for statement in _FORGET:
        tx.connection.execute(statement)


_FORGET = tuple(
    f"DELETE FROM {table} WHERE sha256 NOT IN (SELECT sha256 FROM attachment)"  # noqa: S608 - our own names
    for table in ("hub_file", "hub_wish")
)


def next_to_bring(connection: Connection) -> ToBring | None:
    """The file to be brought that was named first; None when there is none."""
    row = connection.execute("SELECT dseq, sha256, size FROM hub_file WHERE refused = '' LIMIT 1").fetchone()
    return None if row is None else ToBring(*row)


def brought(tx: Transaction, file: ToBring, refused: str = "") -> None:
    """The hub has ``file``, or will not have it: then that is kept for whoever asks."""
    if refused:
        tx.connection.execute("UPDATE hub_file SET refused = ? WHERE dseq = ?", (refused, file.dseq))
    else:
        tx.connection.execute("DELETE FROM hub_file WHERE dseq = ?", (file.dseq,))


def count_to_bring(connection: Connection) -> tuple[int, int]:
    """How many files wait to be brought, and how many the hub would not take."""
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE refused = ''), count(*) FILTER (WHERE refused <> '') FROM hub_file"
    )
    waiting, refused = row.fetchone()
    return int(waiting), int(refused)


def bytes_to_bring(connection: Connection) -> int:
    """How much all files have that wait to be brought."""
    row = connection.execute("SELECT coalesce(sum(size), 0) FROM hub_file WHERE refused = ''").fetchone()
    return int(row[0])


def wish(tx: Transaction, sha256: str, size: int) -> None:
    """Somebody waits for this file."""
    tx.connection.execute(
        "INSERT INTO hub_wish(sha256, size) VALUES(?,?) ON CONFLICT DO UPDATE SET reason = ''", (sha256, size)
    )


def wished(connection: Connection, sha256: str) -> Wish | None:
    """How it stands with a file that somebody waits for; None when nobody does, or it has come."""
    row = connection.execute(
        "SELECT sha256, size, had, reason FROM hub_wish WHERE sha256 = ?", (sha256,)
    ).fetchone()
    return None if row is None else Wish(*row)


def wishes(connection: Connection) -> list[Wish]:
    """All files that somebody waits for."""
    rows = connection.execute("SELECT sha256, size, had, reason FROM hub_wish ORDER BY size, sha256")
    return [Wish(*row) for row in rows.fetchall()]


def tell(tx: Transaction, wish: Wish) -> None:
    """How far a file has come that somebody waits for."""
    tx.connection.execute(
        "UPDATE hub_wish SET had = ?, reason = ? WHERE sha256 = ?", (wish.had, wish.reason, wish.sha256)
    )


def fulfilled(tx: Transaction, sha256: str) -> None:
    """It is here, or nothing names it any more."""
    tx.connection.execute("DELETE FROM hub_wish WHERE sha256 = ?", (sha256,))


def is_named(connection: Connection, sha256: str) -> bool:
    """Whether an attachment of this store names the content still."""
    row = connection.execute("SELECT 1 FROM attachment WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone()
    return row is not None


def of_open_talks(connection: Connection, agent: str, most_bytes: int) -> list[Wish]:
    """Files up to ``most_bytes`` long of conversations that are open, or that the agent of this name has: the newest
    first, and only among the newest ``NEWEST`` of the store."""
    rows = connection.execute(_OPEN, (NEWEST, most_bytes, agent)).fetchall()
    return [Wish(sha256, size) for sha256, size in rows]


_OPEN = """
SELECT DISTINCT a.sha256, a.size FROM (SELECT id, message, sha256, size FROM attachment ORDER BY id DESC LIMIT ?) a
  JOIN message m ON m.id = a.message JOIN conversation c ON c.id = m.conversation LEFT JOIN agent ON agent.id = c.assignee
WHERE a.size BETWEEN 1 AND ? AND length(a.sha256) = 64 AND (c.status = 'open' OR agent.name = ?)
ORDER BY a.id DESC
"""
