"""Kill a working desk at any moment and look at what is left.

A child does random use cases on a real store and says on its pipe what is on disk; the parent kills
it, opens the store again, and holds it to every word. ``python -m tests.store.crash PATH NAME SEED``
is the child.
"""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from csdesk.clock import SystemClock
from csdesk.desk import intake, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.errors import Refused, StoreError
from csdesk.model.conversation import Status
from csdesk.model.message import Mode
from csdesk.model.operation import Kind
from csdesk.store import conversations
from csdesk.store.connect import Connection
from csdesk.store.database import open_store
from csdesk.store.verify import verify
from tests.desks import INBOX, open_desk

ROOT = Path(__file__).resolve().parents[2]
THREADS = 12
MOST_ACKS = 60


# The child.


def say(**what: Any) -> None:
    print(json.dumps(what, ensure_ascii=False), flush=True)


def run_child(path: Path, name: str, seed: int) -> None:
    """Work until killed."""
    chance = random.Random(seed)
    with open_desk(path, SystemClock(), name) as desk:
        for number in range(1_000_000):
            word = f"{name}-{seed}-{number}"
            try:
                chance.choice((_hear, _hear, _answer, _draft, _finish))(desk, chance, word)
            except Refused:
                continue


def _hear(desk: Desk, chance: random.Random, word: str) -> None:
    thread = f"t{chance.randrange(THREADS)}"
    incoming = Incoming(INBOX, thread, word, f"还没到 {word}", ContactCard(thread, thread))
    conversation = intake.receive(desk, incoming).conversation
    say(did="intake", key=word, conversation=conversation)
    if chance.random() < 0.2:
        assert not intake.receive(desk, incoming).is_new


def _any(desk: Desk, chance: random.Random) -> int:
    row = desk.store.reader().execute("SELECT max(id) FROM conversation").fetchone()
    return chance.randint(1, row[0]) if row[0] else 0


def _answer(desk: Desk, chance: random.Random, word: str) -> None:
    if conversation := _any(desk, chance):
        sending.reply(desk, conversation, f"您好 {word}")
        say(did="reply", key=word, conversation=conversation)


def _draft(desk: Desk, chance: random.Random, word: str) -> None:
    """A note's draft: nothing else here clears one."""
    if conversation := _any(desk, chance):
        number = int(word.rsplit("-", 1)[1])
        sending.save_draft(desk, conversation, Mode.NOTE, str(number), 0).result()
        say(did="draft", conversation=conversation, session=desk.session, number=number)


def _finish(desk: Desk, chance: random.Random, word: str) -> None:
    conversation = _any(desk, chance)
    if conversation and conversations.get(desk.store.reader(), conversation).status is not Status.RESOLVED:
        work.resolve(desk, conversation)
        say(did="resolve", conversation=conversation)


# The parent.


@dataclass
class Promises:
    """Everything that was said to be on disk, over all rounds."""

    heard: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    resolved: dict[int, int] = field(default_factory=dict)
    drafts: dict[tuple[int, str], int] = field(default_factory=dict)

    def note(self, line: str) -> None:
        """Remember one line of a child; a line that the kill cut short promised nothing."""
        if not line.endswith("\n"):
            return
        said = json.loads(line)
        if said["did"] == "intake":
            self.heard.add(said["key"])
        elif said["did"] == "reply":
            self.answered.add(said["key"])
        elif said["did"] == "resolve":
            self.resolved[said["conversation"]] = self.resolved.get(said["conversation"], 0) + 1
        else:
            self.drafts[said["conversation"], said["session"]] = said["number"]

    def __len__(self) -> int:
        return len(self.heard) + len(self.answered) + sum(self.resolved.values()) + len(self.drafts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``broken`` names each promise that was not kept; ``promised`` says how many there were."""

    kills: int
    promised: int
    broken: tuple[str, ...]


def rounds(path: Path, kills: int, seed: int) -> Outcome:
    """Kill children on one store until ``kills`` are dead; every other round runs two at once."""
    chance, promises, broken, done = random.Random(seed), Promises(), [], 0
    open_desk(path, SystemClock()).close()
    while done < kills:
        count = min(1 + done % 2, kills - done)
        names = ("Mia", "Bo")[:count]
        children = [_start(path, name, chance.randrange(1 << 30)) for name in names]
        for child in children:
            for _ack in range(chance.randint(1, MOST_ACKS)):
                promises.note(child.stdout.readline())
        broken += [problem for child in children for problem in _kill(child, promises)]
        done += count
        broken += list(_unkept(path, promises))
    return Outcome(done, len(promises), tuple(broken))


def _start(path: Path, name: str, seed: int) -> Any:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.crash", str(path), name, str(seed)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def _kill(child: Any, promises: Promises) -> Iterator[str]:
    child.send_signal(signal.SIGKILL)
    with child:
        for line in child.stdout:
            promises.note(line)
        complaint = child.stderr.read()
    if child.returncode != -signal.SIGKILL:
        yield f"the child ended by itself: {complaint[-2000:]}"


def _unkept(path: Path, promises: Promises) -> Iterator[str]:
    yield from verify(path).problems
    try:
        store = open_store(path, SystemClock())
    except StoreError as error:
        yield error.sentence
        return
    with store:
        if store.lost:
            yield f"{store.lost} operations are gone"
        reader = store.reader()
        yield from _messages(reader, "external_id", "customer", promises.heard)
        yield from _messages(reader, "substr(text, 4)", "agent", promises.answered)
        yield from _drafts(reader, promises)
        yield from _resolves(reader, promises)


def _messages(reader: Connection, name: str, sender: str, promised: set[str]) -> Iterator[str]:
    rows = reader.execute(
        f"SELECT {name}, count(*) FROM message WHERE sender = ? GROUP BY 1", (sender,)
    ).fetchall()
    stored = dict(rows)
    yield from (f"{sender} {key} is gone" for key in promised - stored.keys())
    yield from (f"{sender} {key} is there {count} times" for key, count in rows if count > 1)


def _drafts(reader: Connection, promises: Promises) -> Iterator[str]:
    rows = reader.execute("SELECT conversation, session, text FROM draft WHERE mode = 'note'").fetchall()
    stored = {(conversation, session): int(text) for conversation, session, text in rows}
    for place, number in promises.drafts.items():
        if stored.get(place, -1) < number:
            yield f"draft {number} of {place} is gone"


def _resolves(reader: Connection, promises: Promises) -> Iterator[str]:
    for conversation, count in promises.resolved.items():
        row = reader.execute(
            "SELECT count(*) FROM op JOIN conversation c ON c.uid = op.ent WHERE op.kind = ? AND c.id = ?",
            (int(Kind.CONVERSATION_RESOLVED), conversation),
        ).fetchone()
        if row[0] < count:
            yield f"conversation {conversation}: {count} resolves were promised, {row[0]} are there"


if __name__ == "__main__":
    run_child(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
