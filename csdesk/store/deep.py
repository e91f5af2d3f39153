"""What ``verify`` does not ask: the search index word for word, counters, waits, and rows that point nowhere.

Each check walks its tables in order and holds no more than a batch of rows, whatever the size of the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from csdesk.i18n import _
from csdesk.model.operation import Kind
from csdesk.store import files, replay
from csdesk.store.checks import Findings, Progress, Row, aligned
from csdesk.store.connect import Connection

BATCH = 2_000
LOWEST = -(1 << 63)


def index_of_messages(
    connection: Connection, scratch: Connection, found: Findings, progress: Progress
) -> None:
    """Every word of every message finds it, and nothing else does."""
    _compare_index(connection, scratch, "message_index", found, progress)


def index_of_names(connection: Connection, scratch: Connection, found: Findings, progress: Progress) -> None:
    """As ``index_of_messages``, for the contact's name and the subject of each conversation."""
    for (ref,) in connection.execute(
        "SELECT ref FROM conversation c WHERE heading IS NULL AND (contact_name <> '' OR subject <> '')"
        " AND EXISTS (SELECT 1 FROM message WHERE conversation = c.id)"
    ):
        found.add(_("search index: conversation #{ref} is not found by its name").format(ref=ref))
    _compare_index(connection, scratch, "heading_index", found, progress)


def _compare_index(
    connection: Connection, scratch: Connection, index: str, found: Findings, progress: Progress
) -> None:
    """Make the index anew in ``scratch`` and compare both, term by term, in the order of the terms."""
    found.looked_at = _make_anew(connection, scratch, index, progress)
    held, wanted = _show(connection, index), _show(scratch, f"wanted_{index}")
    named: set[int] = set()
    for here, there in aligned(_terms(connection, held), _terms(scratch, wanted)):
        if here == there:
            continue
        term = (here or there or ("",))[0]
        for row, wanted_row in aligned(_places(connection, held, term), _places(scratch, wanted, term)):
            message = (row or wanted_row or (0,))[0]
            if row != wanted_row and message not in named:
                named.add(message)
                found.add(_said_of(connection, message, term, row is not None, wanted_row is not None))
            if found.is_full:
                return


def _make_anew(connection: Connection, scratch: Connection, index: str, progress: Progress) -> int:
    """Fill ``wanted_<index>`` from the rows themselves; how many there were."""
    _columns, rows = replay.INDEXES[index]
    replay.empty_index(scratch, index)
    (total,) = connection.execute(f"SELECT count(*) FROM ({rows})").fetchone()  # noqa: S608 - our own texts
    done = 0
    for done in replay.fill_index(scratch, f"wanted_{index}", connection, index):
        progress(done, total)
    return done


def _show(connection: Connection, table: str) -> str:
    """Make each place of each word of a full-text table readable as a row; the name of that table."""
    name = f"places_of_{table}"
    connection.execute(f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab('main', '{table}', 'instance')")
    return name


_PRIME = 2_147_483_647
_TERMS = (
    "SELECT term, count(*), sum(doc % {prime} * 31 + offset * 7919 + length(col)), sum(doc * (offset + 1) % {prime})"
    " FROM {name} GROUP BY term ORDER BY term"
)


def _terms(connection: Connection, name: str) -> Iterable[Row]:
    """Each term with a fingerprint of where it stands, made by SQLite: a row a term, not a row a place."""
    return connection.execute(_TERMS.format(name=name, prime=_PRIME))


def _places(connection: Connection, name: str, term: str) -> Iterable[Row]:
    """The rows in which a term stands, and how often; in the order of their ids, as the index has them."""
    return connection.execute(
        f"SELECT doc, count(*), sum(offset), group_concat(DISTINCT col) FROM {name} WHERE term = ?"  # noqa: S608 - our own names
        " GROUP BY doc ORDER BY doc",
        (term,),
    )


def _said_of(connection: Connection, message: int, term: str, is_held: bool, is_wanted: bool) -> str:
    row = connection.execute(
        "SELECT ref FROM conversation WHERE id = (SELECT conversation FROM message WHERE id = ?)", (message,)
    ).fetchone()
    if row is None:
        said = _("search index: {term} finds message {message}, which is not there")
    elif not is_wanted:
        said = _("search index: {term} finds message {message} of #{ref}, which does not say it")
    elif not is_held:
        said = _("search index: {term} does not find message {message} of #{ref}, which says it")
    else:
        said = _("search index: {term} is in another place of message {message} of #{ref} than it says")
    return said.format(term=repr(term), message=message, ref=row[0] if row else "")


_COUNTED = """
SELECT view || ' ' || coalesce((SELECT name FROM agent WHERE id = agent), ''), sum(counter), sum(real) FROM (
  SELECT view, agent, n AS counter, 0 AS real FROM view_count UNION ALL
  SELECT 'all', 0, 0, count(*) FROM conversation UNION ALL
  SELECT status, 0, 0, count(*) FROM conversation GROUP BY status UNION ALL
  SELECT 'waiting', 0, 0, count(*) FROM conversation WHERE status = 'open' AND waiting_since IS NOT NULL UNION ALL
  SELECT 'unassigned', 0, 0, count(*) FROM conversation WHERE status = 'open' AND assignee IS NULL UNION ALL
  SELECT 'mine', assignee, 0, count(*) FROM conversation WHERE status = 'open' AND assignee IS NOT NULL
    GROUP BY assignee)
GROUP BY view, agent
"""


def counters(connection: Connection, _scratch: Connection, found: Findings, _progress: Progress) -> None:
    """The counters of the views, against the conversations themselves."""
    for view, counter, real in connection.execute(_COUNTED):
        found.looked_at += 1
        if counter != real:
            found.add(
                _("view_count {view}: n is {counter}, the conversations are {real}").format(
                    view=view.strip(), counter=counter, real=real
                )
            )


_WAITS = """
SELECT c.id, c.ref, c.waiting_since, CASE WHEN c.status = 'open' AND NOT c.is_blocked THEN (
    SELECT at FROM message WHERE conversation = c.id AND sender = 'customer' AND hlc >= max(c.wait_floor, coalesce(
      (SELECT max(hlc) FROM message WHERE conversation = c.id AND sender = 'agent' AND delivery IS NOT 'approval'), 0))
    ORDER BY hlc, at LIMIT 1) END,
  c.queue_key, c.sort_key
FROM conversation c WHERE c.id > ? ORDER BY c.id LIMIT ?
"""


def waits(connection: Connection, _scratch: Connection, found: Findings, progress: Progress) -> None:
    """Since when each conversation waits (DESIGN 4), and its place in the queue, from its messages."""
    total = connection.execute("SELECT count(*) FROM conversation").fetchone()[0]
    last = LOWEST
    while rows := connection.execute(_WAITS, (last, BATCH)).fetchall():
        for _id, ref, is_now, should_be, key, key_should_be in rows:
            for column, value, wanted in (
                ("waiting_since", is_now, should_be),
                ("queue_key", key, key_should_be),
            ):
                if value != wanted:
                    found.add(
                        _("conversation #{ref}: {column} is {is_now}, its messages say {should_be}").format(
                            ref=ref, column=column, is_now=value, should_be=wanted
                        )
                    )
        last = rows[-1][0]
        found.looked_at += len(rows)
        progress(found.looked_at, total)
        if found.is_full:
            return


_POINTS: Final = {
    "outbox": (
        ("message", "outbox o LEFT JOIN message t ON t.id = o.message", "o.message", "t.id IS NULL"),
        (
            "conversation",
            "outbox o JOIN message t ON t.id = o.message",
            "o.conversation",
            "t.conversation <> o.conversation",
        ),
        ("inbox", "outbox o LEFT JOIN inbox t ON t.id = o.inbox", "o.inbox", "t.id IS NULL"),
    ),
    "drafts": (
        (
            "conversation",
            "draft o LEFT JOIN conversation t ON t.id = o.conversation",
            "o.conversation",
            "t.id IS NULL",
        ),
        ("agent", "draft o LEFT JOIN agent t ON t.id = o.agent", "o.agent", "t.id IS NULL"),
    ),
}
"""Tables without foreign keys: which column, how its target is found, the value, and what must not be."""


def outbox(connection: Connection, _scratch: Connection, found: Findings, _progress: Progress) -> None:
    """What is on its way is a message that is there, of its conversation, in an inbox that is there, and approved
    if it had to be."""
    _point_somewhere(connection, "outbox", found)
    for (message,) in connection.execute(_UNAPPROVED):
        found.add(_("outbox: message {message} is on its way and was not approved").format(message=message))


def drafts(connection: Connection, _scratch: Connection, found: Findings, _progress: Progress) -> None:
    """A draft belongs to a conversation and an agent that are there."""
    _point_somewhere(connection, "drafts", found)


def _point_somewhere(connection: Connection, name: str, found: Findings) -> None:
    table = name.removesuffix("s")
    found.looked_at = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    for column, source, value, is_wrong in _POINTS[name]:
        for (number,) in connection.execute(f"SELECT {value} FROM {source} WHERE {is_wrong}"):  # noqa: S608 - fixed texts
            found.add(
                _("{table}: {column} is {number}, which is not there").format(
                    table=table, column=column, number=number
                )
            )


_UNAPPROVED = """
SELECT m.id FROM outbox o JOIN message m ON m.id = o.message
WHERE m.delivery = 'approval' AND o.state NOT IN ('approval', 'failed')
"""

_ATTACHMENTS = """
SELECT a.name, a.size, a.sha256, c.ref FROM attachment a JOIN message m ON m.id = a.message
JOIN conversation c ON c.id = m.conversation
WHERE a.size < 0 OR a.sha256 <> '' AND (length(a.sha256) <> 64 OR a.sha256 GLOB '*[^0-9a-f]*')
"""


def attachments(connection: Connection, _scratch: Connection, found: Findings, progress: Progress) -> None:
    """Size and SHA-256 of each attachment are such; the bytes beside the store are what the digest says."""
    found.looked_at = connection.execute("SELECT count(*) FROM attachment").fetchone()[0]
    for name, size, digest, ref in connection.execute(_ATTACHMENTS):
        found.add(
            _("attachment {name} of #{ref}: size {size}, SHA-256 {digest} are no such").format(
                name=name, ref=ref, size=size, digest=repr(digest)
            )
        )
    database = Path(
        connection.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[0]
    )
    held = set(files.names(files.folder_of(database)))
    expected = {digest for (digest,) in connection.execute(_KEPT)}
    wanted = sorted(files.attached(connection) & (held | expected))
    for done, digest in enumerate(wanted):
        if digest not in held:
            said = _("attachment {name} of #{ref}: its content is missing from {path}")
        elif not files.is_whole(database, digest):
            said = _("attachment {name} of #{ref}: its content in {path} has changed")
        else:
            progress(done + 1, len(wanted))
            continue
        name, ref = connection.execute(_NAMED, (digest,)).fetchone()
        found.add(said.format(name=name, ref=ref, path=files.place_of(database, digest)))
        if found.is_full:
            return


_KEPT = f"""
SELECT DISTINCT body ->> '$.sha256' FROM op WHERE kind = {int(Kind.ATTACHMENT_ADDED)}
  AND json_valid(body) AND body ->> '$.kept' AND body ->> '$.sha256' IS NOT NULL
  AND desk = (SELECT value FROM meta WHERE key = 'desk')
"""  # noqa: S608 - a number of ours
"""Digests of the files that were put beside this store; other desks keep theirs."""

_NAMED = """
SELECT a.name, c.ref FROM attachment a JOIN message m ON m.id = a.message
JOIN conversation c ON c.id = m.conversation WHERE a.sha256 = ? LIMIT 1
"""


DeepCheck = Callable[[Connection, Connection, Findings, Progress], None]
CHECKS: Final[Mapping[str, DeepCheck]] = {
    "message_index": index_of_messages,
    "heading_index": index_of_names,
    "view_count": counters,
    "waiting": waits,
    "outbox": outbox,
    "draft": drafts,
    "attachment": attachments,
}
