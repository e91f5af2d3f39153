"""Handing a shift over: what is left is gathered from the data, edited, written, and signed by both sides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from csdesk.desk.context import Desk
from csdesk.desk.handover_text import Entry, Left, compose
from csdesk.desk.promises import find_promises
from csdesk.errors import NotFound, Refused, UsageError
from csdesk.i18n import _
from csdesk.ids import new_uid
from csdesk.model.handover import Handover, Item, ItemState, Role, Section, state_of
from csdesk.model.message import Sender
from csdesk.model.operation import Kind
from csdesk.store import conversations, handovers, people, shift
from csdesk.store.connect import Connection
from csdesk.store.handovers import ItemRow
from csdesk.store.rows import first_id
from csdesk.store.shift import Line, Talk
from csdesk.store.writer import Transaction
from csdesk.text import clean, clean_line

HOUR_MS = 3_600_000
LONGEST_SHIFT_MS = 24 * HOUR_MS
USUAL_SHIFT_MS = 12 * HOUR_MS
PROMISES_MS = 30 * 24 * HOUR_MS
"""How far back promises are looked for."""

MOST_ENTRIES = 30
MOST_LINES = 20_000
MOST_CHARS = 20_000
"""Of one section; of messages looked through; of the text."""

COMPLAINT_LABELS = ("投诉", "complaint", "complaints")
_COMPLAINT = re.compile(
    r"投诉|差评|12315|消协|维权|工商局|\bcomplain(?:t|ts|ed|ing)?\b|\bscam\b|\blawyer\b", re.IGNORECASE
)
_REF = re.compile(r"#([0-9A-HJKMNP-TV-Z]{6,10})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Composed:
    """The text that the data gives, and the items it speaks of, one for each line that names a conversation."""

    text: str
    left: Left


@dataclass(frozen=True, slots=True)
class Looked:
    """A handover, and each of its items with what became of it."""

    handover: Handover
    items: tuple[tuple[ItemRow, ItemState], ...]

    @property
    def missed(self) -> int:
        """How many were not dealt with in time."""
        return sum(state is ItemState.MISSED for _row, state in self.items)


# -- what is left


def compose_now(desk: Desk) -> Composed:
    """What the acting agent's shift would hand over at this moment."""
    left = gather(desk)
    return Composed(compose(left), left)


def gather(desk: Desk) -> Left:
    """What is left of the acting agent's shift: their conversations, nobody's, and what this desk still holds."""
    reader, agent, now = desk.store.reader(), desk.agent.id, desk.now_ms()
    last = handovers.newest(reader)
    since = shift_began(last, now)
    low = first_id(since)
    entries = [
        *_entries(Section.WAITING, shift.waiting(reader, agent, MOST_ENTRIES)),
        *_promises(reader, shift.lines(reader, agent, Sender.AGENT, first_id(now - PROMISES_MS), MOST_LINES)),
        *_complaints(reader, shift.lines(reader, agent, Sender.CUSTOMER, low, MOST_LINES)),
        *_put_off(shift.with_the_customer(reader, agent, MOST_ENTRIES)),
        *_entries(Section.DRAFT, shift.drafts(reader, agent, MOST_ENTRIES)),
        *_entries(Section.UNSENT, shift.on_the_way(reader, MOST_ENTRIES, failed=False)),
        *_entries(Section.FAILED, shift.on_the_way(reader, MOST_ENTRIES, failed=True)),
        *_entries(Section.ODD, shift.reopened(reader, Kind.CONVERSATION_REOPENED, low, MOST_ENTRIES)),
    ]
    entries = with_what_was_left(entries, _undone(desk, last))
    remarks = (desk.store.lost.sentence,) if desk.store.lost else ()
    return Left(desk.agent.name, since, now, shift.totals(reader, since, low), tuple(entries), remarks)


def shift_began(last: Handover | None, now_ms: int) -> int:
    """When the shift began (UTC ms): with the last handover, or half a day ago where that was no shift ago."""
    if last is not None and now_ms - LONGEST_SHIFT_MS <= last.at <= now_ms:
        return last.at
    return now_ms - USUAL_SHIFT_MS


def _entries(section: Section, talks: Iterable[Talk]) -> list[Entry]:
    return [
        Entry(Item(section, talk.uid), talk.ref, talk.contact_name, talk.tier, talk.said, talk.since)
        for talk in talks
    ]


def _put_off(talks: Iterable[Talk]) -> list[Entry]:
    """A conversation put off until a time is due then; where only the customer can move it on, nothing is."""
    return [
        replace(entry, item=replace(entry.item, due_at=entry.at))
        if entry.at > 0
        else replace(entry, at=-entry.at)
        for entry in _entries(Section.CUSTOMER, talks)
    ]


def _promises(connection: Connection, lines: Sequence[Line]) -> list[Entry]:
    """The last promise made in each conversation, the first due first."""
    found: dict[bytes, Entry] = {}
    for line in lines:
        promises = find_promises(line.text, line.at)
        if promises and line.conversation not in found:
            item = Item(Section.PROMISE, line.conversation, line.message, promises[-1].due_at)
            found[line.conversation] = _entry(connection, item, line, promises[-1].quote)
    return sorted(found.values(), key=lambda entry: entry.item.due_at or 0)[:MOST_ENTRIES]


def _complaints(connection: Connection, lines: Sequence[Line]) -> list[Entry]:
    """Conversations with a label that says so, and those whose customer spoke of it in this shift."""
    labelled = shift.labelled(connection, COMPLAINT_LABELS, MOST_ENTRIES)
    found = {entry.item.conversation: entry for entry in _entries(Section.COMPLAINT, labelled)}
    for line in lines:
        if line.conversation not in found and _COMPLAINT.search(line.text):
            item = Item(Section.COMPLAINT, line.conversation, line.message)
            found[line.conversation] = _entry(connection, item, line, line.text)
    return list(found.values())[:MOST_ENTRIES]


def _entry(connection: Connection, item: Item, line: Line, said: str) -> Entry:
    return Entry(
        item,
        conversations.short_ref(connection, line.ref),
        line.contact_name,
        line.tier,
        clean_line(said),
        line.at,
    )


def _undone(desk: Desk, last: Handover | None) -> list[Entry]:
    """What the last handover named and nobody has dealt with, each conversation once, what has a time first."""
    rows = look(desk, last).items if last is not None else ()
    found: dict[bytes, Entry] = {}
    for row, state in sorted(rows, key=lambda each: each[0].item.due_at is None):
        item, named = row.item, row.named
        is_over = state is ItemState.DONE or item.section is Section.CUSTOMER or named.id is None
        if last is None or is_over or item.conversation in found:
            continue
        item = replace(item, section=Section.LEFT)
        found[item.conversation] = Entry(
            item, named.ref, named.contact_name, named.tier, named.said, last.at, is_left=True
        )
    return list(found.values())


def with_what_was_left(entries: Sequence[Entry], undone: Sequence[Entry]) -> list[Entry]:
    """``entries`` that say what was left undone before, and ahead of them what is in none of them."""
    before, now = {each.item.conversation for each in undone}, {each.item.conversation for each in entries}
    left = [each for each in undone if each.item.conversation not in now][:MOST_ENTRIES]
    return [*left, *(replace(each, is_left=each.item.conversation in before) for each in entries)]


# -- writing, signing, ticking


def write(desk: Desk, text: str, left: Left, *, to: str | None = None) -> Handover:
    """Hand the shift over with ``text``, signed by the acting agent as its giver.

    An item is handed over where the text still names its conversation; a conversation that was written in by
    hand becomes one. A handover of the same agent that nobody took over yet is replaced. Raises UsageError when
    the text is empty or too long, NotFound when there is no agent ``to``.
    """
    plain = clean(text).strip("\n ")
    if not plain:
        raise UsageError("handover.empty", _("The handover has no text."), _("Write what is left first."))
    if len(plain) > MOST_CHARS:
        raise UsageError(
            "handover.too_long",
            _("The handover has {count} characters; at most {most} can be kept.").format(
                count=len(plain), most=MOST_CHARS
            ),
            _("Shorten it."),
        )

    def work(tx: Transaction) -> Handover:
        uid = new_uid(tx.now_ms)
        by = {"by": desk.agent.uid.hex(), "at": tx.now_ms}
        body = {
            **by,
            "since": left.since,
            "text": plain,
            "items": [_as_body(item) for item in named_items(tx.connection, plain, left)],
        }
        if to is not None:
            body["to"] = _agent_uid(tx.connection, to)
        replaced = _own_untaken(tx.connection, desk)
        if replaced is not None:
            body["replaces"] = replaced.uid.hex()
            body["since"] = min(left.since, replaced.since)
        tx.record(Kind.HANDOVER_WRITTEN, uid, body)
        tx.record(Kind.HANDOVER_SIGNED, uid, {**by, "as": Role.GIVER})
        handovers.keep_draft(tx.connection, desk.agent.id, "", tx.now_ms)
        return handovers.by_ref(tx.connection, _ref(tx.connection, uid))

    return desk.store.write(work)


def named_items(connection: Connection, text: str, left: Left) -> list[Item]:
    """The items that ``text`` still names, and one for each conversation that was written in by hand."""
    refs = {ref.upper() for ref in _REF.findall(text)}
    kept = [entry.item for entry in left.entries if entry.ref in refs]
    known = {entry.ref for entry in left.entries}
    for ref in sorted(refs - known):
        try:
            found = conversations.get(connection, conversations.by_ref(connection, ref))
        except NotFound:
            continue  # not a conversation of this desk: it stays plain text
        kept.append(Item(Section.NOTED, found.uid))
    return kept


def _as_body(item: Item) -> dict[str, object]:
    body: dict[str, object] = {"section": item.section, "conversation": item.conversation.hex()}
    if item.message is not None:
        body["message"] = item.message.hex()
    if item.due_at is not None:
        body["due"] = item.due_at
    return body


def _agent_uid(connection: Connection, name: str) -> str:
    found = people.agent_named(connection, name)
    if found is None:
        raise NotFound(
            "agent.unknown",
            _("There is no agent named {name}.").format(name=name[:60]),
            _("csdesk agent list shows them."),
        )
    return found.uid.hex()


def _own_untaken(connection: Connection, desk: Desk) -> Handover | None:
    last = handovers.newest(connection)
    if last is None or last.giver != desk.agent.id or last.takers:
        return None
    return last if desk.now_ms() - last.at < USUAL_SHIFT_MS else None


def _ref(connection: Connection, uid: bytes) -> str:
    row = connection.execute("SELECT ref FROM handover WHERE uid = ?", (uid,)).fetchone()
    return str(row[0])


def sign(desk: Desk, ref: str) -> Handover:
    """Take a handover over: the acting agent signs. Raises Refused for its giver, and for who signed already."""

    def work(tx: Transaction) -> Handover:
        found = handovers.by_ref(tx.connection, ref)
        if found.giver == desk.agent.id:
            raise Refused(
                "handover.own",
                _("You gave this handover, and signed it with that."),
                _("A colleague takes it over: csdesk --as NAME handover sign {ref}.").format(
                    ref=found.short_ref
                ),
            )
        if any(each.agent == desk.agent.id for each in found.takers):
            raise Refused(
                "handover.signed", _("You have signed this handover already."), _("Nothing is to be done.")
            )
        by = {"by": desk.agent.uid.hex(), "at": tx.now_ms}
        tx.record(Kind.HANDOVER_SIGNED, found.uid, {**by, "as": Role.TAKER})
        return handovers.by_ref(tx.connection, found.ref)

    return desk.store.write(work)


def tick(desk: Desk, ref: str, place: int, *, is_done: bool) -> Looked:
    """Say of an item (its ``place``, from 0) that it is dealt with, or that it is not. Raises NotFound."""

    def work(tx: Transaction) -> Handover:
        found = handovers.by_ref(tx.connection, ref)
        if place not in {row.place for row in handovers.items(tx.connection, found.id)}:
            raise NotFound(
                "handover.no_item",
                _("Handover {ref} has no item {number}.").format(ref=found.short_ref, number=place + 1),
                _("csdesk handover show {ref} lists them.").format(ref=found.short_ref),
            )
        body = {"by": desk.agent.uid.hex(), "at": tx.now_ms, "item": place, "is_done": is_done}
        tx.record(Kind.HANDOVER_ITEM_TICKED, found.uid, body)
        return found

    return look(desk, desk.store.write(work))


# -- looking


def look(desk: Desk, handover: Handover) -> Looked:
    """A handover with its items as they stand now."""
    now = desk.now_ms()
    rows = handovers.items(desk.store.reader(), handover.id)
    return Looked(handover, tuple((row, state_of(row.item, row.standing, handover, now)) for row in rows))


def find(desk: Desk, ref: str) -> Looked:
    """The handover with this ref. Raises NotFound."""
    return look(desk, handovers.by_ref(desk.store.reader(), ref))


def recent(desk: Desk, limit: int = 50) -> list[Looked]:
    """The newest handovers first."""
    return [look(desk, each) for each in handovers.listed(desk.store.reader(), limit)]


def draft(desk: Desk) -> str | None:
    """The text that the acting agent has not finished, or None."""
    return handovers.draft(desk.store.reader(), desk.agent.id)


def keep_draft(desk: Desk, text: str) -> None:
    """Keep unfinished text; an empty one is forgotten."""
    desk.store.write(lambda tx: handovers.keep_draft(tx.connection, desk.agent.id, text, tx.now_ms))
