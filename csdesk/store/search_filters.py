"""Filters of a query as conditions over rows, and the few conversations they leave, if they are few.

A filter that leaves few conversations must not be checked on every message that says a common word
(half a second at ten million messages): then the conversations' own messages are read instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.store import conversations
from csdesk.store.apply.rows import EPOCH_S, SEQUENCE_BITS
from csdesk.store.connect import Connection
from csdesk.store.search_query import WAITING, Named, Query, QueryError
from csdesk.store.search_terms import Term, terms_of
from csdesk.store.tokens import normalise

MOST_CONVERSATIONS = 400
MOST_MESSAGES = 20_000
NAMES_SHOWN = 8
FIRST, LAST = -(1 << 63), (1 << 63) - 1

_WITH_LABEL = (
    "EXISTS (SELECT 1 FROM conversation_label cl WHERE cl.conversation = c.id AND cl.label = :label{number})"
)
_WITH_NOTE = "EXISTS (SELECT 1 FROM message n WHERE n.conversation = c.id AND n.sender = 'note')"
_LISTED = {
    WAITING: "SELECT id FROM conversation WHERE status = 'open' AND waiting_since IS NOT NULL LIMIT :most",
    "snoozed": "SELECT id FROM conversation WHERE status = 'snoozed' LIMIT :most",
}
"""The conversations of a status that a partial index holds; the condition repeats the index's."""


@dataclass
class Narrowing:
    """Conditions on the conversation ``c`` and on the message ``m``; ids from ``low`` to below ``high``.

    ``author`` is what the contact's name must say where a customer wrote; ``drivers`` are the
    statements (each with one value) that list the conversations of one filter.
    """

    of_conversation: list[str] = field(default_factory=list)
    of_message: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    low: int = FIRST
    high: int = LAST
    author: tuple[Term, ...] = ()
    drivers: list[tuple[str, Any]] = field(default_factory=list)
    is_about_writers: bool = False

    @property
    def where(self) -> str:
        """All conditions, for behind a WHERE."""
        return " AND ".join([*self.of_conversation, *self.of_message]) or "true"

    @property
    def is_empty(self) -> bool:
        return not (self.of_conversation or self.of_message)

    def fits_author(self, sender: str, contact_name: str) -> bool:
        """Whether who wrote has the name asked for (an agent's was compared in SQL)."""
        if not self.author or sender != "customer":
            return True
        name = normalise(contact_name)
        return all(term.is_in(name) for term in self.author)


def narrowing(connection: Connection, query: Query) -> Narrowing:
    """The query's filters for this store. Raises QueryError for a name the store does not know."""
    found = Narrowing()
    for column in ("stage", "tier"):
        if (wanted := getattr(query, column)) is not None:
            found.values[column] = wanted
            found.of_conversation.append(f"c.{column} = :{column}")
    _narrow_status(found, query.status)
    _narrow_names(connection, found, query)
    if query.has_note:
        found.of_conversation.append(_WITH_NOTE)
    if query.sender is not None:
        found.is_about_writers = True
        found.values["sender"] = query.sender.value
        found.of_message.append("m.sender = :sender")
    _narrow_times(connection, found, query)
    return found


def _narrow_status(found: Narrowing, status: str | None) -> None:
    if status == WAITING:
        found.of_conversation.append("c.waiting_since IS NOT NULL")
    elif status is not None:
        found.values["status"] = status
        found.of_conversation.append("c.status = :status")
    if status in _LISTED:
        found.drivers.append((_LISTED[status], None))


def _narrow_names(connection: Connection, found: Narrowing, query: Query) -> None:
    if query.conversation is not None:
        _narrow_conversation(connection, found, query.conversation)
    if query.inbox is not None:
        found.values["inbox"] = _the_id(connection, "inbox", query.inbox)
        found.of_conversation.append("c.inbox = :inbox")
    for number, label in enumerate(query.labels):
        found.values[f"label{number}"] = wanted = _the_id(connection, "label", label)
        found.of_conversation.append(_WITH_LABEL.format(number=number))
        listed = "SELECT conversation FROM conversation_label WHERE label = :value LIMIT :most"
        found.drivers.append((listed, wanted))
    if query.agent is not None:
        _narrow_agent(connection, found, query.agent)
    if query.author is not None:
        _narrow_author(connection, found, query.author)


def _narrow_conversation(connection: Connection, found: Narrowing, named: Named) -> None:
    try:
        found.values["conversation"] = number = conversations.by_ref(connection, named.text)
    except NotFound as error:
        raise QueryError(
            error.code, named.column, _at(named, error.sentence), error.hint
        ) from None  # fmt: skip
    found.of_conversation.append("c.id = :conversation")
    found.drivers.append(("SELECT :value LIMIT :most", number))


def _narrow_agent(connection: Connection, found: Narrowing, named: Named) -> None:
    if named.is_nobody:
        found.of_conversation.append("c.assignee IS NULL")
        return
    rows = connection.execute("SELECT id, name FROM agent").fetchall()
    ids = _named(rows, named.text)
    if not ids:
        raise _unknown(named, [name for _id, name in rows])
    found.values["assignees"] = wanted = json.dumps(ids)
    found.of_conversation.append("c.assignee IN (SELECT value FROM json_each(:assignees))")
    listed = "SELECT id FROM conversation WHERE assignee IN (SELECT value FROM json_each(:value)) LIMIT :most"
    found.drivers.append((listed, wanted))


def _narrow_author(connection: Connection, found: Narrowing, named: Named) -> None:
    """A contact whose name says it, or an agent: who the message is shown to be from."""
    found.is_about_writers = True
    found.author = tuple(terms_of(named.text, is_phrase=False))
    ids = _named(connection.execute("SELECT id, name FROM agent").fetchall(), named.text)
    found.values["authors"] = json.dumps(ids)
    found.of_message.append(
        "(m.sender = 'customer' AND c.contact_name <> '' OR m.author IN (SELECT value FROM json_each(:authors)))"
    )
    matches = [term.match for term in found.author if term.match]
    if matches and not ids:
        found.drivers.append(
            (
                "SELECT conversation FROM message WHERE id IN (SELECT rowid FROM heading_index"
                " WHERE heading_index MATCH :value LIMIT :most)",
                f"name : ({' AND '.join(matches)})",
            )
        )


def _narrow_times(connection: Connection, found: Narrowing, query: Query) -> None:
    if query.after is not None:
        found.values["after"] = query.after
        found.of_message.append("m.at >= :after")
        found.low = _first_id(query.after)
    if query.before is not None:
        found.values["before"] = query.before
        found.of_message.append("m.at < :before")
        found.high = _end_of_ids(connection, query.before)


def _first_id(at_ms: int) -> int:
    return (at_ms // 1000 - EPOCH_S) << SEQUENCE_BITS


def _end_of_ids(connection: Connection, at_ms: int) -> int:
    """Above every id of a message from before ``at_ms``: a second that was full ran over into the next."""
    step = 1 << SEQUENCE_BITS
    end = _first_id(at_ms + 999)
    while connection.execute(
        "SELECT EXISTS(SELECT 1 FROM message WHERE id = :last) OR EXISTS(SELECT 1 FROM event WHERE id = :last)",
        {"last": end - 1},
    ).fetchone()[0]:
        end += step
    return end


def _the_id(connection: Connection, table: str, named: Named) -> int:
    """The one row of ``inbox`` or ``label`` with this name, in any case of letters."""
    rows = connection.execute(f"SELECT id, name FROM {table} ORDER BY name").fetchall()  # noqa: S608 - two fixed names
    exact = [number for number, name in rows if name == named.text]
    same = [number for number, name in rows if normalise(name) == normalise(named.text)]
    if not same:
        raise _unknown(named, [name for _id, name in rows])
    return int((exact or same)[0])


def _named(rows: Iterable[tuple[int, str]], wanted: str) -> list[int]:
    """Those with exactly this name, else those whose name says it."""
    rows = list(rows)
    same = [number for number, name in rows if normalise(name) == normalise(wanted)]
    terms = terms_of(wanted, is_phrase=False)
    return same or [
        number for number, name in rows if terms and all(term.is_in(normalise(name)) for term in terms)
    ]


def _unknown(named: Named, names: Sequence[str]) -> QueryError:
    return QueryError(
        "search.unknown_name",
        named.column,
        _at(named, _("{name}: knows no {value}.").format(name=named.filter_name, value=named.text[:40])),
        _("There are: {names}.").format(names=", ".join(names[:NAMES_SHOWN]))
        if names
        else _("There are none yet."),
    )


def _at(named: Named, sentence: str) -> str:
    return _("Column {column}: {sentence}").format(column=named.column, sentence=sentence)


def few_conversations(connection: Connection, found: Narrowing) -> list[int] | None:
    """The conversations that all filters leave, when they and their messages are few; else None."""
    shortest: list[int] | None = None
    for statement, value in found.drivers:
        rows = connection.execute(statement, {"value": value, "most": MOST_CONVERSATIONS + 1}).fetchall()
        ids = [number for (number,) in rows]
        if len(ids) <= MOST_CONVERSATIONS and (shortest is None or len(ids) < len(shortest)):
            shortest = ids
    if shortest is None:
        return None
    conditions = " AND ".join(found.of_conversation) or "true"
    rows = connection.execute(
        f"SELECT c.id, c.message_count FROM json_each(:ids) j CROSS JOIN conversation c ON c.id = j.value"  # noqa: S608 - the fixed texts above
        f" WHERE {conditions}",
        {**found.values, "ids": json.dumps(shortest)},
    ).fetchall()
    # One conversation is walked however long it is: its messages lie in the order that is wanted.
    if len(rows) > 1 and sum(count for _id, count in rows) > MOST_MESSAGES:
        return None
    return [number for number, _count in rows]
