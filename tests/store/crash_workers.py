"""Two kinds of workers on one store, made to be killed: what is on disk, each says on its pipe at once.

``python -m tests.store.crash_workers`` is a nursery: it has everything imported, and forks a worker for each
line it is given, which takes milliseconds where a fresh interpreter takes half a second.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from csdesk.clock import SystemClock
from csdesk.desk import intake, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming, Outgoing, Sent
from csdesk.desk.runner import Runner
from csdesk.errors import Refused
from csdesk.model.conversation import Status
from csdesk.model.message import Mode
from csdesk.store import apply as _apply  # noqa: F401 - loaded once, before the workers are forked
from csdesk.store import conversations
from tests.desks import INBOX, open_desk

THREADS = 12
SAID_AGAIN = 3
"""A channel that got no answer gives its last messages again: the one behind the last promise, and more."""

Say = Callable[..., None]


def thread_of(key: str) -> str:
    """The customer who says ``key``: the same each time it is said."""
    return f"t{random.Random(key).randrange(THREADS)}"


# The intake worker: customers write, replies go out.


class Outside:
    """The customers' side of a channel: it tells what was handed over, and under which key."""

    inboxes = (INBOX,)

    def __init__(self, say: Say) -> None:
        self._say = say

    def poll(self, _now_ms: int) -> list[Incoming]:
        return []

    def send(self, message: Outgoing, _now_ms: int) -> Sent:
        self._say(did="sent", key=message.key, text=message.text)
        return Sent()

    def close(self) -> None:
        """Nothing is held open."""


def take_in(desk: Desk, say: Say, chance: random.Random, name: str, again: str) -> None:
    """Receive without end; first what the worker before may have received already."""
    runner = Runner(desk, [Outside(say)])
    for key in again.split():
        _hear(desk, say, key)
    for number in range(1_000_000):
        key = f"{name}-{number}"
        _hear(desk, say, key)
        if chance.random() < 0.2:
            assert not intake.receive(desk, _incoming(key)).is_new
        if chance.random() < 0.5:
            runner.step()


def _incoming(key: str) -> Incoming:
    thread = thread_of(key)
    return Incoming(INBOX, thread, key, f"还没到 {key}", ContactCard(thread, thread))


def _hear(desk: Desk, say: Say, key: str) -> None:
    conversation = intake.receive(desk, _incoming(key)).conversation
    say(did="heard", key=key, conversation=conversation)


# The desk worker: an agent answers, notes, drafts, resolves.


def attend(desk: Desk, say: Say, chance: random.Random, name: str, _again: str) -> None:
    """Work without end on whatever is there."""
    for number in range(1_000_000):
        conversation = _any(desk, chance)
        if not conversation:
            continue
        try:
            chance.choice((_answer, _answer, _note, _draft, _finish))(desk, say, conversation, name, number)
        except Refused:
            continue


def _any(desk: Desk, chance: random.Random) -> int:
    row = desk.store.reader().execute("SELECT max(id) FROM conversation").fetchone()
    return chance.randint(1, row[0]) if row[0] else 0


def _answer(desk: Desk, say: Say, conversation: int, name: str, number: int) -> None:
    sending.reply(desk, conversation, f"您好 {name}-{number}")
    say(did="answered", key=f"{name}-{number}")


def _note(desk: Desk, say: Say, conversation: int, name: str, number: int) -> None:
    sending.note(desk, conversation, f"备忘 {name}-{number}")
    say(did="noted", key=f"{name}-{number}")


def _draft(desk: Desk, say: Say, conversation: int, _name: str, number: int) -> None:
    """A draft in a window of its own: no note that is written beside it clears it."""
    window = replace(desk, session=f"{desk.session}-2")
    sending.save_draft(window, conversation, Mode.NOTE, str(number), 0).result()
    say(did="drafted", conversation=conversation, session=window.session, number=number)


def _finish(desk: Desk, say: Say, conversation: int, _name: str, _number: int) -> None:
    if conversations.get(desk.store.reader(), conversation).status is not Status.RESOLVED:
        work.resolve(desk, conversation)
        say(did="resolved", conversation=conversation)


WORKERS = {"desk": attend, "intake": take_in}


# The nursery.


def be_worker(order: dict[str, Any]) -> None:
    """Work until killed; what ends a worker otherwise is said too."""
    pipe = os.open(order["pipe"], os.O_WRONLY)

    def say(**what: Any) -> None:
        os.write(pipe, (json.dumps(what, ensure_ascii=False) + "\n").encode())

    try:
        with open_desk(Path(order["path"]), SystemClock(), "Mia", hold_ms=0) as desk:
            say(did="opened", lost=bool(desk.store.lost))
            chance = random.Random(order["seed"])
            WORKERS[order["kind"]](desk, say, chance, order["name"], order["again"])
    except BaseException:
        say(did="failed", why=traceback.format_exc())


def be_nursery() -> None:
    """Fork a worker for each line of JSON on standard input; answer with its process id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            be_worker(json.loads(line))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    be_nursery()
