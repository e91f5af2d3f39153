"""The rows that the log makes, as they can be compared between two stores: column by column, by global names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from csdesk.i18n import _
from csdesk.store.checks import Findings, aligned
from csdesk.store.connect import Connection, Cursor

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Projection:
    """How one table is compared: columns that mean the same in any store, first the row's name, in whose ``order``.

    ``ids`` is the order in which the rows lie in the file: where both have the same rows in it, they are equal.
    """

    name: str
    columns: tuple[str, ...]
    source: str
    order: str
    ids: str = ""


SEARCH_INDEX = Projection("search index", ("term", "doc", "cnt"), "words", "term")
PROJECTIONS = (
    Projection(
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
            "(SELECT hex(uid) FROM contact other WHERE other.id = contact.survivor) AS survivor",
        ),
        "contact",
        "uid",
        "contact.id",
    ),
    Projection(
        "merge of contact",
        ("hex(contact.uid)", "hex(target.uid) AS target", "m.hlc", "m.desk"),
        "contact_merge m JOIN contact ON contact.id = m.contact LEFT JOIN contact target ON target.id = m.target",
        "contact.uid",
    ),
    Projection(
        "label of contact",
        ("hex(contact.uid) || ' ' || l.name",),
        "contact_label l JOIN contact ON contact.id = l.contact",
        "contact.uid, l.name",
    ),
    Projection(
        "contact key",
        ("key", "hex(contact.uid) AS contact"),
        "contact_key JOIN contact ON contact.id = contact_key.contact",
        "key",
    ),
    Projection(
        "agent",
        (
            "hex(uid)",
            "name",
            "role",
            "capacity",
            "is_active",
            "(SELECT hex(uid) FROM agent other WHERE other.id = agent.approver) AS approver",
        ),
        "agent",
        "uid",
    ),
    Projection(
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
        "availability a JOIN agent ON agent.id = a.agent",
        "1",
    ),
    Projection(
        "automatic text",
        (
            "hex(c.uid) || ' ' || a.rule || ' ' || coalesce(hex(agent.uid), '-') || ' ' || a.episode",
            "'#' || c.ref AS ref",
            "a.wait",
            "a.at",
        ),
        "automatic a JOIN conversation c ON c.id = a.conversation LEFT JOIN agent ON agent.id = a.agent",
        "1",
    ),
    Projection("team", ("hex(uid)", "name", "is_active"), "team", "uid"),
    Projection(
        "team_member",
        ("hex(team.uid) || ' ' || hex(agent.uid)",),
        "team_member JOIN team ON team.id = team JOIN agent ON agent.id = agent",
        "team.uid, agent.uid",
    ),
    Projection(
        "alias",
        (
            "thing || ' ' || hex(uid)",
            "CASE thing WHEN 'agent' THEN (SELECT hex(uid) FROM agent WHERE id = row)"
            " WHEN 'team' THEN (SELECT hex(uid) FROM team WHERE id = row)"
            " ELSE (SELECT hex(uid) FROM inbox WHERE id = row) END AS target",
        ),
        "alias",
        "1",
    ),
    Projection("inbox", ("hex(uid)", "name", "channel", "hold_ms", "is_active"), "inbox", "uid"),
    Projection(
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
            "(SELECT hex(uid) FROM contact WHERE id = c.owner) AS owner",
            "c.contact_name",
            "c.also_known",
            "c.is_blocked",
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
        " LEFT JOIN agent ON agent.id = c.assignee LEFT JOIN team ON team.id = c.team",
        "c.uid",
        "c.id",
    ),
    Projection(
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
        "message m JOIN conversation c ON c.id = m.conversation LEFT JOIN agent ON agent.id = m.author",
        "m.uid",
        "m.id",
    ),
    Projection(
        "label of conversation",
        ("hex(c.uid) || ' ' || label.name", "'#' || c.ref AS ref"),
        "conversation_label cl JOIN conversation c ON c.id = cl.conversation JOIN label ON label.id = cl.label",
        "c.uid, label.name",
    ),
    Projection(
        "event",
        (
            "hex(c.uid) || ' ' || event.at || ' ' || event.kind || ' ' || event.body",
            "'#' || c.ref AS ref",
            "hex(agent.uid) AS agent",
        ),
        "event JOIN conversation c ON c.id = event.conversation LEFT JOIN agent ON agent.id = event.agent",
        "1, 3",
        "event.id",
    ),
    Projection(
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
        " LEFT JOIN agent taker ON taker.id = t.to_agent LEFT JOIN team ON team.id = t.to_team",
        "t.uid",
    ),
    Projection(
        "offer",
        (
            "hex(c.uid)",
            "'#' || c.ref AS ref",
            "hex(o.uid) AS offer",
            "hex(giver.uid) AS by_agent",
            "hex(taker.uid) AS to_agent",
            "o.desk",
            "o.at",
            "o.until",
            "o.reason",
        ),
        "offer o JOIN conversation c ON c.id = o.conversation JOIN agent giver ON giver.id = o.by_agent"
        " JOIN agent taker ON taker.id = o.to_agent",
        "c.uid",
    ),
    Projection(
        "attachment",
        ("hex(a.uid)", "hex(m.uid) AS message", "a.name", "a.kind", "a.size", "a.sha256"),
        "attachment a JOIN message m ON m.id = a.message",
        "a.uid",
    ),
    Projection(
        "handover",
        (
            "hex(h.uid)",
            "'#' || h.ref AS ref",
            "h.since",
            "h.at",
            "hex(agent.uid) AS agent",
            "hex(taker.uid) AS to_agent",
            "hex(h.replaces) AS replaces",
            "h.text",
        ),
        "handover h JOIN agent ON agent.id = h.agent LEFT JOIN agent taker ON taker.id = h.to_agent",
        "h.uid",
    ),
    Projection(
        "item of handover",
        (
            "hex(h.uid) || ' ' || i.place",
            "i.section",
            "hex(i.conversation) AS conversation",
            "hex(i.message) AS message",
            "i.due_at",
        ),
        "handover_item i JOIN handover h ON h.id = i.handover",
        "h.uid, i.place",
    ),
    Projection(
        "signature of handover",
        ("hex(h.uid) || ' ' || s.role || ' ' || hex(agent.uid)", "s.at"),
        "handover_signature s JOIN handover h ON h.id = s.handover JOIN agent ON agent.id = s.agent",
        "1",
    ),
    Projection(
        "tick of handover",
        ("hex(h.uid) || ' ' || t.place", "t.is_done", "hex(agent.uid) AS agent", "t.at", "t.hlc", "t.desk"),
        "handover_tick t JOIN handover h ON h.id = t.handover JOIN agent ON agent.id = t.agent",
        "h.uid, t.place",
    ),
    Projection(
        "published pack",
        (
            "p.thing || ' ' || p.name || ' ' || p.desk || ' ' || p.dseq",
            "p.hlc",
            "p.text",
            "p.digest",
            "p.title",
            "p.note",
            "p.at",
            "hex(agent.uid) AS agent",
            "p.upon",
        ),
        "published p JOIN agent ON agent.id = p.agent",
        "1",
    ),
    Projection(
        "view count",
        ("view || ' ' || coalesce(hex(agent.uid), '')", "n"),
        "view_count LEFT JOIN agent ON agent.id = view_count.agent WHERE n <> 0",
        "1",
    ),
    SEARCH_INDEX,
    Projection("index of names", ("term || ' ' || col", "doc", "cnt"), "heading_words", "term, col"),
)

_WORDS = {"message_index": ("words", "row"), "heading_index": ("heading_words", "col")}


def show_words(connection: Connection, index: str, table: str = "") -> None:
    """Make the words of ``index``, or of what was made like it in ``table``, readable for this connection only."""
    name, detail = _WORDS[index]
    connection.execute(
        f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab('main', '{table or index}', '{detail}')"
    )


def show_index_words(connection: Connection) -> None:
    """Make the words of both indexes readable, for this connection only."""
    for index in _WORDS:
        show_words(connection, index)


def hide_words(connection: Connection, index: str) -> None:
    """Take back what ``show_words`` did."""
    connection.execute(f"DROP TABLE temp.{_WORDS[index][0]}")


def compare(connection: Connection, scratch: Connection, projection: Projection, found: Findings) -> None:
    """Walk both in key order: memory stays flat."""
    sql = f"SELECT {', '.join(projection.columns)} FROM {projection.source} ORDER BY "  # noqa: S608 - the fixed texts above
    if projection.ids:
        same = _count_of_same(*(each.execute(sql + projection.ids) for each in (connection, scratch)))
        if same is not None:
            found.looked_at += same
            return
    here, there = connection.execute(sql + projection.order), scratch.execute(sql + projection.order)
    names = [column[0] for column in here.description]
    for row, wanted in aligned(here, there):
        found.looked_at += 1
        if wanted is None:
            found.add(
                _("{table} {row} is not in the log").format(table=projection.name, row=_label(names, row))
            )
        elif row is None:
            found.add(
                _("{table} {row} of the log is missing").format(
                    table=projection.name, row=_label(names, wanted)
                )
            )
        elif row != wanted:
            for sentence in _columns_that_differ(projection.name, names, row, wanted):
                found.add(sentence)
        if found.is_full:
            return


def _count_of_same(here: Cursor, there: Cursor) -> int | None:
    """How many rows there are, when both give the same ones in the same order; None when they do not.

    Where they do not (a row was changed, or things arrived in another order), it is no matter which.
    """
    count = 0
    while (rows := here.fetchmany(AT_ONCE)) == there.fetchmany(AT_ONCE):
        if not rows:
            return count
        count += len(rows)
    return None


def _columns_that_differ(
    table: str, names: list[str], row: tuple[Any, ...], wanted: tuple[Any, ...]
) -> Iterator[str]:
    for name, is_now, should_be in zip(names, row, wanted, strict=True):
        if is_now != should_be:
            yield _("{table} {row}: {column} is {is_now}, the log says {should_be}").format(
                table=table,
                row=_label(names, row),
                column=name.rpartition(".")[2],
                is_now=shown(is_now),
                should_be=shown(should_be),
            )


def _label(names: list[str], row: Any) -> str:
    if "ref" in names:
        return f"{row[names.index('ref')]} ({str(row[0])[:60]})"
    return str(row[0])[:60]


def shown(value: object) -> str:
    """A value as it stands in a sentence."""
    return repr(value) if value is None or isinstance(value, int) else repr(str(value)[:40])
