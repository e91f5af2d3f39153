"""Taking a person's words out of the log for good, in a way that the log can still be proved.

The sums of the log are left as they are. What was erased no longer fits its sum, so the operation that
erases it holds a seal: a hash over each erased operation, the sum before it and its own. Whoever
erases, changes or puts back anything without such an operation is found by ``verify``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from csdesk.model.operation import Kind
from csdesk.store import erasing_others, giving_on, hub, log, parking, redaction
from csdesk.store.connect import Connection
from csdesk.store.writer import Transaction

Dot = tuple[int, int]


@dataclass
class Found:
    """Operations that are about some contacts and conversations: ``dots`` by the uid of which.

    ``said`` are those of them that hold words of messages. ``messages`` says which conversation each message
    belongs to, ``tips`` how far each desk's log was read.
    """

    dots: dict[bytes, list[Dot]] = field(default_factory=dict)
    said: dict[bytes, list[Dot]] = field(default_factory=dict)
    messages: dict[bytes, bytes] = field(default_factory=dict)
    tips: dict[int, int] = field(default_factory=dict)

    def of(self, owners: Iterable[bytes]) -> list[Dot]:
        """The dots of these contacts and conversations, in the order of the log."""
        return sorted(dot for owner in owners for dot in self.dots.get(owner, ()))

    def said_by(self, owners: Iterable[bytes]) -> list[Dot]:
        """As ``of``, only operations with words of messages."""
        return sorted(dot for owner in owners for dot in self.said.get(owner, ()))

    def only(self, owners: Iterable[bytes]) -> Found:
        """What was found about these alone."""
        wanted = set(owners)
        return Found(
            {owner: list(self.dots[owner]) for owner in wanted if owner in self.dots},
            {owner: list(self.said[owner]) for owner in wanted if owner in self.said},
            {message: owner for message, owner in self.messages.items() if owner in wanted},
            dict(self.tips),
        )


def find(connection: Connection, owners: Iterable[bytes], found: Found | None = None) -> Found:
    """All operations about the contacts and conversations ``owners``; reads the whole log.

    ``found`` is what an earlier call gave: only what came after it is read then.
    """
    result = found or Found()
    wanted = json.dumps([owner.hex() for owner in owners])
    stretches = [
        (desk, result.tips.get(desk, 0), log.tip(connection, desk).dseq) for desk in log.desks(connection)
    ]
    for desk, after, tip in stretches:
        for message, conversation in connection.execute(_MESSAGES, (desk, after, tip, wanted)):
            result.messages[message] = bytes.fromhex(conversation)
    for desk, after, tip in stretches:
        _collect(connection, result, (desk, after, tip), wanted)
        for dseq, conversation in connection.execute(_HANDED_OVER, (desk, after, tip, wanted)):
            result.dots.setdefault(bytes.fromhex(conversation), []).append((desk, dseq))
        result.tips[desk] = tip
    return result


_ITEM = "iif(item.type = 'object', item.value ->> '$.conversation', NULL)"
_HANDED_OVER = f"""
SELECT DISTINCT dseq, {_ITEM} FROM op, json_each(iif(json_valid(op.body), op.body, '{{}}'), '$.items') item
WHERE desk = ? AND dseq > ? AND dseq <= ? AND kind = {int(Kind.HANDOVER_WRITTEN)}
  AND {_ITEM} IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - a number of ours


_MESSAGES = f"""
SELECT ent, {log.said("conversation")} FROM op WHERE desk = ? AND dseq > ? AND dseq <= ?
  AND kind = {int(Kind.MESSAGE_ADDED)}
  AND {log.said("conversation")} IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - a number of ours

_ABOUT = f"""
SELECT dseq, kind, ent, iif(kind = {int(Kind.ATTACHMENT_ADDED)}, unhex({log.said("message")}), ent) FROM op
WHERE desk = :desk AND dseq > :after AND dseq <= :tip AND (
  ent IN (SELECT unhex(value) FROM json_each(:owners)) OR ent IN (SELECT unhex(value) FROM json_each(:messages))
  OR kind = {int(Kind.ATTACHMENT_ADDED)}
    AND unhex({log.said("message")}) IN (SELECT unhex(value) FROM json_each(:messages)))
"""  # noqa: S608 - a number of ours


def _collect(connection: Connection, found: Found, stretch: tuple[int, int, int], owners: str) -> None:
    desk, after, tip = stretch
    messages = json.dumps([message.hex() for message in found.messages])
    parameters = {"desk": desk, "after": after, "tip": tip, "owners": owners, "messages": messages}
    for dseq, kind, ent, about in connection.execute(_ABOUT, parameters):
        owner = found.messages.get(about, ent)
        found.dots.setdefault(owner, []).append((desk, dseq))
        if kind in _SAID:
            found.said.setdefault(owner, []).append((desk, dseq))


_SAID = (Kind.MESSAGE_ADDED, Kind.MESSAGE_DELIVERED, Kind.ATTACHMENT_ADDED)


def erase(tx: Transaction, kind: Kind, ent: bytes, dots: Iterable[Dot], by: bytes) -> int:
    """Take the words out of the operations ``dots`` and record that ``by`` did it, as ``kind`` of ``ent``.

    Says how many operations lost words. An operation that does not fit its sum any more is erased
    too, but not sealed: it stays a problem that ``verify`` names.
    """
    erased, seal = _redact(tx, dots)
    freed = giving_on.names_of(tx.connection, [ent]) if tx.home_scope is not None else None
    tx.record(kind, ent, _facts(tx, by, seal, erased))
    if freed is not None:
        parking.park(tx.connection, giving_on.give_on(tx.connection, freed, hub.lost(tx.connection)))
        tx.forget(tx.tip)
    return len(erased)


def erase_part(tx: Transaction, ent: bytes, dots: Iterable[Dot], by: bytes) -> int:
    """Take the words out of some operations about messages (``Found.said``), ahead of the erasure of ``ent``.

    One commit for all messages of years would keep others from writing for as long; after each part
    the log, the rows and the index agree. Says how many operations lost words.
    """
    erased, seal = _redact(tx, dots)
    if erased:
        messages = dict.fromkeys(map(_message_of, erased))
        tx.record(Kind.MESSAGES_ERASED, ent, {**_facts(tx, by, seal, erased), "messages": list(messages)})
    return len(erased)


def erase_late(tx: Transaction, ent: bytes, dots: Iterable[Dot], by: bytes) -> int:
    """Take the words out of operations about ``ent`` that came when it was erased already. As ``erase_part``."""
    freed = giving_on.names_of(tx.connection, [ent])
    erased, seal = _redact(tx, dots)
    if erased:
        messages = dict.fromkeys(_message_of(row) for row in erased if row.kind in _SAID)
        tx.record(Kind.MESSAGES_ERASED, ent, {**_facts(tx, by, seal, erased), "messages": list(messages)})
        parking.park(tx.connection, giving_on.give_on(tx.connection, freed, hub.lost(tx.connection)))
        tx.forget(tx.tip)
    return len(erased)


def _redact(tx: Transaction, dots: Iterable[Dot]) -> tuple[list[log.Stored], Seal]:
    """The operations that lost words, and their seal; the next operation is to be the erasure."""
    erasure = (tx.desk, tx.tip.dseq + 1)
    seal, erased = Seal(), []
    for desk, dseq in sorted(dots):
        row = _stored(tx.connection, desk, dseq)
        body = redaction.redacted(row.kind, row.body, erasure)
        if body is None:
            continue
        previous = _sum_before(tx.connection, desk, dseq)
        tx.connection.execute("UPDATE op SET body = ? WHERE desk = ? AND dseq = ?", (body, desk, dseq))
        erased.append(row._replace(body=body))
        if row.follows(previous) == row.sum:
            seal.add(erased[-1], previous)
    return erased, seal


def _facts(tx: Transaction, by: bytes, seal: Seal, erased: Iterable[log.Stored]) -> dict[str, Any]:
    facts = {"at": tx.now_ms, "by": by.hex(), "operations": seal.count, "seal": seal.value}
    if tx.home_scope is not None:
        facts[erasing_others.DOTS] = erasing_others.as_ranges(row[:2] for row in erased)
    return facts


def _message_of(row: log.Stored) -> str:
    """Uid of the message that an operation is about, in hex."""
    named = log.decode_body(row.body).get("message") if row.kind == Kind.ATTACHMENT_ADDED else None
    return bytes(row.ent).hex() if named is None else str(named)


UNFINISHED, UNSCRUBBED = "erasing:", "scrub"
"""Keys of ``meta``: a contact whose erasure began, and that the file is to be scrubbed afterwards."""


def begin(tx: Transaction, contact: bytes | None = None) -> None:
    """Remember that words are being erased, so that a kill is made good by ``unfinished``."""
    keys = [UNSCRUBBED, *([] if contact is None else [UNFINISHED + contact.hex()])]
    tx.connection.executemany(
        "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT DO NOTHING", [(key, tx.now_ms) for key in keys]
    )


def finish(tx: Transaction, contact: bytes) -> None:
    """The erasure of ``contact`` is whole."""
    tx.connection.execute("DELETE FROM meta WHERE key = ?", (UNFINISHED + contact.hex(),))


def unfinished(connection: Connection) -> tuple[list[bytes], bool]:
    """Contacts whose erasure was begun and is not whole, and whether the file still waits to be scrubbed."""
    keys = [
        key
        for (key,) in connection.execute(
            "SELECT key FROM meta WHERE key IN (?) OR key GLOB ?", (UNSCRUBBED, f"{UNFINISHED}*")
        )
    ]
    uids = [bytes.fromhex(key.removeprefix(UNFINISHED)) for key in keys if key != UNSCRUBBED]
    return uids, UNSCRUBBED in keys


class Seal:
    """What an erasure says of the operations it erased, made from them in the order of the log."""

    def __init__(self) -> None:
        import hashlib  # a start that only looks does not wait for it

        self.count = 0
        self._digest = hashlib.blake2b(digest_size=log.SUM_BYTES)

    def add(self, operation: log.Stored, previous: bytes) -> None:
        """One more erased operation, which stands behind the sum ``previous``."""
        self.count += 1
        self._digest.update(operation.follows(previous) + operation.sum)

    @property
    def value(self) -> str:
        return self._digest.hexdigest()


def broken_seals(
    connection: Connection, seals: dict[Dot, Seal], erasures: Iterable[tuple[int, int, str]]
) -> list[Dot]:
    """Erasures whose seal does not fit what the log holds.

    ``seals`` were made from the log by ``verify``, which met the ``erasures`` (desk, dseq, body) on its way.
    """
    said = {(desk, dseq): _said(body) for desk, dseq, body in erasures}
    empty = Seal()
    holds = {dot: (seal.count, seal.value) for dot, seal in seals.items()}
    everywhere = sorted(said.keys() | holds.keys())
    broken = [dot for dot in everywhere if said.get(dot) != holds.get(dot, (0, empty.value))]
    return [dot for dot in broken if not erasing_others.is_excused(connection, dot)]


def _said(body: str) -> tuple[object, object]:
    """How many operations an erasure says it sealed, and with what."""
    try:
        facts = log.decode_body(body)
        return facts["operations"], facts["seal"]
    except (ValueError, TypeError, LookupError):
        return None, None  # a body that was changed: it fits nothing


def _stored(connection: Connection, desk: int, dseq: int) -> log.Stored:
    row = connection.execute(
        "SELECT desk, dseq, hlc, kind, ver, scope, ent, arg, body, sum FROM op WHERE desk = ? AND dseq = ?",
        (desk, dseq),
    ).fetchone()
    return log.Stored(*row)


def _sum_before(connection: Connection, desk: int, dseq: int) -> bytes:
    row = connection.execute("SELECT sum FROM op WHERE desk = ? AND dseq = ?", (desk, dseq - 1)).fetchone()
    return bytes(row[0]) if row else log.START_SUM
