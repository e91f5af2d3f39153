"""Filters of a query as conditions over rows, and how the conversations that each leaves can be listed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.model.mention import mentions
from csdesk.model.message import Sender
from csdesk.store import conversations, people
from csdesk.store.connect import Connection
from csdesk.store.rows import EPOCH_S, SEQUENCE_BITS
from csdesk.store.search_names import IS_NAMED
from csdesk.store.search_query import WAITING, Named, Query, QueryError
from csdesk.store.search_terms import Term, terms_of
from csdesk.store.tokens import normalise

NAMES_SHOWN = 8
NAMES_ASKED = 24
"""The index is asked for so many names at a time, at most."""
_is_chinese = re.compile("[\u4e00-\u9fff]+").fullmatch
FIRST, LAST = -(1 << 63), (1 << 63) - 1

_WITH_LABEL = (
    "EXISTS (SELECT 1 FROM conversation_label cl INDEXED BY conversation_label_label"
    " WHERE cl.conversation = c.id AND cl.label = :label{number})"
)
_WITH_NOTE = "EXISTS (SELECT 1 FROM message n WHERE n.conversation = c.id AND n.sender = 'note')"
_LISTED = {
    WAITING: (
        "conversation_waiting",
        "c.status = 'open' AND c.waiting_since IS NOT NULL",
        "status tier stage inbox",
    ),
    "open": ("conversation_mine", "c.status = 'open'", "status assignee tier stage inbox"),
    "snoozed": ("conversation_snoozed", "c.status = 'snoozed'", "status tier stage inbox"),
    "resolved": ("conversation_resolved", "c.status = 'resolved'", "status tier stage inbox"),
    "stage": ("conversation_stage", "c.stage = :value", "stage"),
    "tier": ("conversation_tier", "c.tier = :value", "tier stage inbox"),
    "inbox": ("conversation_inbox", "c.inbox = :value", "inbox"),
    "agent": ("conversation_assignee", "c.assignee IN (SELECT value FROM json_each(:value))", "assignee"),
    "mine": (
        "conversation_mine",
        "c.status = 'open' AND c.assignee IN (SELECT value FROM json_each(:value))",
        "status assignee tier stage inbox",
    ),
    "nobody": ("conversation_nobody", "c.assignee IS NULL", "assignee"),
}
"""By status or filter the conversations it leaves: by an index that holds no others (its condition is repeated), and
which facts that index holds."""
_LABELLED = "SELECT conversation FROM conversation_label INDEXED BY conversation_label_label WHERE label = :value LIMIT :most"
_NOTED = "SELECT DISTINCT conversation FROM message INDEXED BY message_note WHERE sender = 'note' LIMIT :most"
_BY_PROGRAM = (
    "SELECT DISTINCT conversation FROM message INDEXED BY message_program"
    " WHERE sender IN ('auto', 'system') AND sender = :value LIMIT :most"
)
_BY_AGENTS = (
    "SELECT DISTINCT conversation FROM message INDEXED BY message_author"
    " WHERE author IN (SELECT value FROM json_each(:agents)) LIMIT :most"
)
_NAMED_SO = "SELECT rowid FROM heading_index WHERE heading_index MATCH :name LIMIT :most"
_BY_CONTACTS = f"SELECT conversation FROM message WHERE id IN ({_NAMED_SO})"  # noqa: S608 - the fixed text above
_BY_BOTH = f"SELECT * FROM ({_BY_AGENTS}) UNION SELECT * FROM ({_BY_CONTACTS})"  # noqa: S608 - the fixed texts above
_COUNTED_BOTH = f"SELECT * FROM ({_BY_AGENTS}) UNION ALL SELECT * FROM ({_NAMED_SO})"  # noqa: S608 - the same


@dataclass(frozen=True, slots=True)
class Driver:
    """How one filter lists its conversations: a statement with a limit of ``:most``, and what it needs.

    ``counted`` has as many rows and costs less where that can be. ``source`` is what stands behind FROM for the
    rows ``c`` of these conversations, up to a condition; ``facts`` are what is known of them without reading a row.
    """

    listing: str
    values: dict[str, Any]
    counted: str
    source: str
    facts: frozenset[str] = frozenset()

    @classmethod
    def by(cls, listing: str, values: dict[str, Any], counted: str = "") -> Driver:
        """Conversations listed by what is beside them: labels, messages, headings."""
        source = f"({listing}) listed CROSS JOIN conversation c ON c.id = listed.conversation WHERE true"
        return cls(listing, values, counted or listing, source)


@dataclass
class Narrowing:
    """Conditions on the conversation ``c`` and on the message ``m``, on when it was apart; ids from ``low`` to below
    ``high``.

    ``facts`` are the columns of the conversation that have a condition. ``author`` is what the contact's name
    must say where a customer wrote; ``drivers`` list the conversations of one filter each; ``conversation`` is
    the one that ``in:`` named. ``mentioned`` are the names of which one has to stand behind an ``@``, among
    all that are ``known``; ``match`` is what the index of words has to say for a message to be worth a look.
    """

    of_conversation: list[str] = field(default_factory=list)
    of_message: list[str] = field(default_factory=list)
    of_time: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    low: int = FIRST
    high: int = LAST
    author: tuple[Term, ...] = ()
    drivers: list[Driver] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)
    conversation: int | None = None
    mentioned: frozenset[str] = frozenset()
    known: tuple[str, ...] = ()
    match: str = ""
    is_about_messages: bool = False

    @property
    def where(self) -> str:
        """All conditions, for behind a WHERE.

        The conversation's id is taken from the message: who fails by that alone is left out without its row.
        """
        of_conversation = [condition.replace("c.id", "m.conversation") for condition in self.of_conversation]
        return " AND ".join([*of_conversation, *self.of_message, *self.of_time]) or "true"

    @property
    def is_empty(self) -> bool:
        return not (self.of_conversation or self.of_message or self.of_time)

    @property
    def is_selective(self) -> bool:
        """Whether ids from ``low`` to ``high`` may fail: what a time leaves out is outside of these but for a few."""
        return bool(self.of_conversation or self.of_message)

    def narrow(self, fact: str, condition: str, filter_name: str, value: Any = None) -> None:
        """One ``fact`` of the conversation has to be so; the conversations of this filter can be listed."""
        self.facts.add(fact)
        self.of_conversation.append(condition)
        index, listed, facts = _LISTED[filter_name]
        source = f"conversation c INDEXED BY {index} WHERE {listed}"
        listing = f"SELECT c.id AS conversation FROM {source} LIMIT :most"  # noqa: S608 - the fixed texts above
        self.drivers.append(Driver(listing, {"value": value}, listing, source, frozenset(facts.split())))

    def is_named(self, names: str) -> bool:
        """Whether a customer with ``names`` has the name asked for (an agent's is compared in SQL)."""
        name = normalise(names)
        return all(term.is_in(name) for term in self.author)

    def names_one(self, text: str) -> bool:
        """Whether ``text`` mentions one of those asked for."""
        return not self.mentioned or any(
            name in self.mentioned for _s, _e, name in mentions(text, self.known)
        )


def narrowing(connection: Connection, query: Query) -> Narrowing:
    """The query's filters for this store. Raises QueryError for a name the store does not know."""
    found = Narrowing()
    for column in ("stage", "tier"):
        if (wanted := getattr(query, column)) is not None:
            found.values[column] = wanted
            found.narrow(column, f"c.{column} = :{column}", column, wanted)
    _narrow_status(found, query.status)
    _narrow_names(connection, found, query)
    if query.has_note:
        found.of_conversation.append(_WITH_NOTE)
        found.drivers.append(Driver.by(_NOTED, {}))
    if query.sender is not None:
        _narrow_sender(found, query.sender)
    _narrow_times(connection, found, query)
    return found


def _narrow_sender(found: Narrowing, sender: Sender) -> None:
    found.is_about_messages = True
    found.values["sender"] = sender.value
    found.of_message.append("m.sender = :sender")
    if sender is Sender.NOTE:
        found.drivers.append(Driver.by(_NOTED, {}))
    elif sender in (Sender.AUTO, Sender.SYSTEM):
        found.drivers.append(Driver.by(_BY_PROGRAM, {"value": sender.value}))


def _narrow_status(found: Narrowing, status: str | None) -> None:
    if status == WAITING:
        found.narrow("status", "c.waiting_since IS NOT NULL", WAITING)
    elif status is not None:
        found.values["status"] = status
        found.narrow("status", "c.status = :status", status)


def _narrow_names(connection: Connection, found: Narrowing, query: Query) -> None:
    if query.conversation is not None:
        _narrow_conversation(connection, found, query.conversation)
    if query.inbox is not None:
        found.values["inbox"] = _the_id(connection, "inbox", query.inbox)
        found.narrow("inbox", "c.inbox = :inbox", "inbox", found.values["inbox"])
    for number, label in enumerate(query.labels):
        found.values[f"label{number}"] = wanted = _the_id(connection, "label", label)
        found.of_conversation.append(_WITH_LABEL.format(number=number))
        found.drivers.append(Driver.by(_LABELLED, {"value": wanted}))
    if query.agent is not None:
        _narrow_agent(connection, found, query.agent, "mine" if query.status == "open" else "agent")
    if query.author is not None:
        _narrow_author(connection, found, query.author)
    if query.mentioned is not None:
        _narrow_mentioned(connection, found, query.mentioned)


def _narrow_conversation(connection: Connection, found: Narrowing, named: Named) -> None:
    try:
        found.conversation = found.values["conversation"] = conversations.by_ref(connection, named.text)
    except NotFound as error:
        raise QueryError(
            error.code, named.column, _at(named, error.sentence), error.hint
        ) from None  # fmt: skip
    found.of_conversation.append("c.id = :conversation")


def _narrow_agent(connection: Connection, found: Narrowing, named: Named, listed_by: str) -> None:
    if named.is_nobody:
        found.narrow("assignee", "c.assignee IS NULL", "nobody")
        return
    rows = connection.execute("SELECT id, name FROM agent").fetchall()
    ids = _named(rows, named.text)
    if not ids:
        raise _unknown(named, [name for _id, name in rows])
    assignees = {f"assignee{number}": agent for number, agent in enumerate(ids)}
    found.values |= assignees
    condition = f"c.assignee IN ({', '.join(f':{name}' for name in assignees)})"
    found.narrow("assignee", condition, listed_by, json.dumps(ids))


def _narrow_author(connection: Connection, found: Narrowing, named: Named) -> None:
    """A contact whose name says it, or an agent: who the message is shown to be from."""
    found.is_about_messages = True
    found.author = tuple(terms_of(named.text, is_phrase=False))
    ids = _named(connection.execute("SELECT id, name FROM agent").fetchall(), named.text)
    found.values["authors"] = json.dumps(ids)
    found.of_message.append(
        f"(m.sender = 'customer' AND c.contact_name <> '' AND {IS_NAMED}(c.contact_name || c.also_known)"  # noqa: S608 - fixed texts
        " OR m.author IN (SELECT value FROM json_each(:authors)))"
    )
    matches = [term.match for term in found.author if term.match]
    values = {"agents": found.values["authors"], "name": f"name : ({' AND '.join(matches)})"}
    if matches and ids:
        found.drivers.append(Driver.by(_BY_BOTH, values, _COUNTED_BOTH))
    elif matches:
        found.drivers.append(Driver.by(_BY_CONTACTS, values, _NAMED_SO))


def _narrow_mentioned(connection: Connection, found: Narrowing, named: Named) -> None:
    """Notes that name a colleague or a team: only there is an ``@`` more than a sign."""
    found.known = tuple(people.names(connection))
    chosen = _named(enumerate(found.known), named.text)
    if not chosen:
        raise _unknown(named, found.known)
    found.mentioned = frozenset(found.known[place] for place in chosen)
    found.is_about_messages = True
    found.of_message.append("m.sender = 'note'")
    found.drivers.append(Driver.by(_NOTED, {}))
    found.match = _says_one(found.mentioned)


def _says_one(names: frozenset[str]) -> str:
    """What the index of words holds for every text with one of ``names`` in it; "" where that is not certain.

    It is for ASCII, and for nothing but Chinese characters: other letters have more forms than one. A Latin
    name may go on in the text, for the index takes an accented letter for a part of the same word.
    """
    if len(names) > NAMES_ASKED:
        return ""
    found: list[str] = []
    for name in sorted(names):
        if not (name.isascii() or _is_chinese(name)):
            return ""
        match = " AND ".join(term.match for term in terms_of(name, is_phrase=True, is_prefix=True))
        if not match:
            return ""
        found.append(f"({match})")
    return f"({' OR '.join(found)})"


def _narrow_times(connection: Connection, found: Narrowing, query: Query) -> None:
    if query.after is not None:
        found.values["after"] = query.after
        found.of_time.append("m.at >= :after")
        found.low = _first_id(query.after)
    if query.before is not None:
        found.values["before"] = query.before
        found.of_time.append("m.at < :before")
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
