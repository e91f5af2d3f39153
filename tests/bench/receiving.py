"""How fast a desk takes in what others wrote, next to the same rows put into its log and nothing else."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from csdesk.clock import ManualClock
from csdesk.ids import new_uid
from csdesk.model.operation import Kind
from csdesk.store import hub, log, receiving
from csdesk.store.database import Store, open_store
from csdesk.store.hub import HubState
from csdesk.store.log import Stored
from csdesk.store.writer import Fact, Transaction
from tests.desks import START_MS

TALKS_AT_ONCE = 400
MESSAGES = 16
AT_ONCE = 5_000
TEXT = "您好，我上周五下的单，到现在还没有发货，麻烦帮我看一下是什么原因，谢谢！"


@dataclass(frozen=True, slots=True)
class Taken:
    """Operations in a second: ``raw`` into the log alone, ``own`` stated here with all their rows, ``came`` taken in as
    they were made, ``late`` taken in below what is here."""

    count: int
    raw: float
    own: float
    came: float
    late: float

    @property
    def sentence(self) -> str:
        return (
            f"{self.count} operations: log alone {self.raw:,.0f}/s, stated here {self.own:,.0f}/s, taken in"
            f" {self.came:,.0f}/s ({self.came / self.raw:.2f} of the log, {self.came / self.own:.2f} of stating them),"
            f" late {self.late:,.0f}/s ({self.late / self.own:.2f} of stating them)"
        )


def measure(folder: Path, talks: int = 1_200) -> Taken:
    """Take in ``talks`` conversations of sixteen messages, twice: new to the desk, and older than what it said."""
    begun = time.perf_counter()
    rows = _written(folder / "other.db", talks)
    own = time.perf_counter() - begun
    raw = _timed(folder / "raw.db", rows, _put)
    came = _timed(folder / "came.db", rows, _take_in)
    late = _late(folder, talks)
    return Taken(len(rows), len(rows) / raw, len(rows) / own, len(rows) / came, late)


def _joined(path: Path, now_ms: int = START_MS) -> Store:
    store = open_store(path, ManualClock(now_ms), create=True)
    store.write(lambda tx: hub.join(tx, HubState("team", "host=hub")))
    return store


def _written(path: Path, talks: int) -> list[Stored]:
    with _joined(path) as store:
        inbox, agent = new_uid(START_MS), new_uid(START_MS)
        store.write(lambda tx: _begin(tx, inbox, agent))
        for start in range(0, talks, TALKS_AT_ONCE):
            count = min(TALKS_AT_ONCE, talks - start)
            store.write(lambda tx, count=count, start=start: _talk(tx, inbox, agent, start, count))  # type: ignore[misc]
        return [*log.in_time(store.reader())]


def _begin(tx: Transaction, inbox: bytes, agent: bytes) -> None:
    tx.record(Kind.INBOX_ADDED, inbox, {"name": "web", "channel": "chat", "hold_ms": 0})
    tx.record(Kind.AGENT_ADDED, agent, {"name": "Mia", "role": "agent", "capacity": 3})


def _talk(tx: Transaction, inbox: bytes, agent: bytes, start: int, count: int) -> None:
    facts = []
    for number in range(start, start + count):
        at = START_MS + number * 60_000
        contact, talk = new_uid(at), new_uid(at)
        facts.append(Fact(Kind.CONTACT_ADDED, contact, {"name": f"林{number}", "at": at}))
        opening = {"inbox": inbox.hex(), "contact": contact.hex(), "thread": f"t{number}", "at": at}
        facts.append(Fact(Kind.CONVERSATION_OPENED, talk, opening))
        facts.append(
            Fact(Kind.CONVERSATION_CLAIMED, talk, {"agent": agent.hex(), "by": agent.hex(), "at": at}, arg=1)
        )
        facts += [_message(talk, agent, at + place * 1_000, place) for place in range(MESSAGES)]
        facts.append(Fact(Kind.CONVERSATION_RESOLVED, talk, {"by": agent.hex(), "at": at + 50_000}))
    tx.record_many(facts)


def _message(talk: bytes, agent: bytes, at: int, place: int) -> Fact:
    body = {"conversation": talk.hex(), "text": f"{place} {TEXT}", "at": at, "from": "customer"}
    if place % 2:
        body |= {"from": "agent", "author": agent.hex(), "delivery": "sent"}
    return Fact(Kind.MESSAGE_ADDED, new_uid(at), body)


def _timed(path: Path, rows: list[Stored], put: object) -> float:
    with _joined(path) as store:
        begun = time.perf_counter()
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            store.write(lambda tx, part=part: put(tx, part))  # type: ignore[misc,operator]
        return time.perf_counter() - begun


def _put(tx: Transaction, rows: list[Stored]) -> None:
    log.append_many(tx.connection, rows)


def _take_in(tx: Transaction, rows: list[Stored]) -> None:
    receiving.receive(tx, rows, (), now_ms=tx.now_ms)


def _late(folder: Path, talks: int) -> float:
    """What a desk wrote offline comes to one that wrote into the same conversations later."""
    early, here = _joined(folder / "early.db"), _joined(folder / "here.db", START_MS + 86_400_000 * 30)
    with early, here:
        inbox, agent = new_uid(START_MS), new_uid(START_MS)
        early.write(lambda tx: _begin(tx, inbox, agent))
        early.write(lambda tx: _talk(tx, inbox, agent, 0, talks))
        known = [*log.in_time(early.reader())]
        here.write(lambda tx: _take_in(tx, known))
        uids = [bytes(uid) for (uid,) in here.reader().execute("SELECT uid FROM conversation").fetchall()]
        here.write(lambda tx: tx.record_many([_message(uid, agent, tx.now_ms, 1) for uid in uids]))
        early.write(
            lambda tx: tx.record_many([_message(uid, agent, START_MS + 90_000_000, 1) for uid in uids])
        )
        fresh = [row for row in log.in_time(early.reader()) if row.dseq > known[-1].dseq]
        begun = time.perf_counter()
        for start in range(0, len(fresh), AT_ONCE):
            here.write(lambda tx, start=start: _take_in(tx, fresh[start : start + AT_ONCE]))  # type: ignore[misc]
        return len(fresh) / (time.perf_counter() - begun)


def main() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        print(measure(Path(folder)).sentence)


if __name__ == "__main__":
    main()
