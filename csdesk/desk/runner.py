"""The sender loop: lets go of held replies, hands queued ones to channels, takes in what arrives.

An inbox is run by one process at a time: a lease in the store says which. A dead process on
this machine loses its lease at once, any other after LEASE_MS. ``step`` does one round and
never sleeps, so that a test can run an hour in a millisecond.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

from csdesk.desk import automatic, fetching, intake, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import Channel, Failed, Incoming, Outgoing, OutgoingFile, Receipt, Sent
from csdesk.errors import CsdeskError, NotFound
from csdesk.i18n import _
from csdesk.log import get_logger
from csdesk.model.message import Delivery, OutboxItem
from csdesk.model.operation import Kind
from csdesk.model.people import Inbox
from csdesk.store import conversations, files, messages, outbox, passing, people
from csdesk.store.changes import data_version
from csdesk.store.writer import Transaction

LEASE_MS = 20_000
ROUND_S = 0.1
AUTOMATIC_MS = 1_000
ATTEMPTS = 5
RETRY_MS = (1_000, 5_000, 20_000, 60_000)
"""Pauses before the second and later attempts; after ATTEMPTS a person decides."""


class Watch:
    """Since when rounds have followed each other without a break, and whether a second is over."""

    def __init__(self) -> None:
        self.since = 0
        self._last = 0

    def is_time(self, now: int) -> bool:
        """Once a second; a pause of more than a lease (the machine slept, nothing ran) begins anew."""
        if not 0 <= now - self._last <= LEASE_MS:
            self.since = now
        elif now - self._last < AUTOMATIC_MS:
            return False
        self._last = now
        return True

    def begin_anew(self) -> None:
        """What came until now is told to nobody: nothing automatic could be sent."""
        self.since = self._last


class Rest:
    """Which rounds can be left out: where nothing was written since the one before, every other."""

    def __init__(self) -> None:
        self._seen = -1
        self._has_rested = False

    def is_over(self, version: int) -> bool:
        """Whether to do a round, the store being at ``version``. What falls due by time alone waits one at most."""
        self._has_rested = version == self._seen and not self._has_rested
        self._seen = version
        return not self._has_rested


class Runner:
    """Runs inboxes for this process. An inbox without a channel is only released, never sent."""

    def __init__(self, desk: Desk, channels: Sequence[Channel] = ()) -> None:
        self._desk = desk
        self._channels = tuple(channels)
        self._by_inbox = {name: channel for channel in channels for name in channel.inboxes}
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._leased_until: dict[int, int] = {}
        self._broken: list[Channel] = []
        self._arrived: deque[Incoming | Receipt] = deque()
        self._watch = Watch()
        self._rest = Rest()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run rounds in a thread until ``close``."""
        self._thread = threading.Thread(target=self._loop, name="csdesk-runner", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the current round, and let the next runner start at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._leased_until:
            self._give_leases_back()
        for channel in self._channels:
            _close(channel)

    def _give_leases_back(self) -> None:
        """A store that cannot be written now keeps them: they end by themselves."""
        try:
            self._desk.store.write(lambda tx: outbox.give_leases_back(tx.connection, self._holder))
        except CsdeskError as error:
            get_logger(__name__).warning("leases not given back: %s", error.code)

    def _loop(self) -> None:
        logger = get_logger(__name__)
        while not self._stop.wait(ROUND_S):
            try:
                # A channel is asked in each round: what it has is not in the store yet.
                if self._channels or self._rest.is_over(data_version(self._desk.store.reader())):
                    self.step()
            except CsdeskError as error:
                logger.warning("round failed: %s", error.code)
            except Exception:
                logger.exception("round failed")

    def step(self) -> None:
        """One round: wake, take in, release, send. Raises StoreError; what arrived is kept for the next."""
        now = self._desk.now_ms()
        reader = self._desk.store.reader()
        mine = [inbox for inbox in people.inboxes(reader) if self._runs(inbox, now)]
        allowed = passing.may_send_for(reader, now)
        sent_for = mine if allowed is None else [inbox for inbox in mine if inbox.id in allowed]
        work.wake_due(self._desk)
        if conversations.is_offer_over(reader, now):
            _end_offers(self._desk, sorted(allowed or ()))
        names = {inbox.name for inbox in mine}
        for channel in self._channels:
            if names.intersection(channel.inboxes):
                self._arrived.extend(self._polled(channel, now))
        while self._arrived:
            self._take_in(self._arrived[0])
            self._arrived.popleft()
        if self._watch.is_time(now):
            served = [inbox.id for inbox in sent_for if inbox.name in self._by_inbox]
            if automatic.is_silent(self._desk):
                self._watch.begin_anew()
            automatic.tell_customers(self._desk, served, self._watch.since)
        for inbox in sent_for:
            self._run(inbox, now, is_shared=allowed is not None)

    def _polled(self, channel: Channel, now: int) -> Sequence[Incoming | Receipt]:
        """What a channel has brought. One that breaks keeps nobody else waiting; the log has it once."""
        try:
            arrived = channel.poll(now)
        except Exception:  # noqa: BLE001 - whatever it is, the other channels have their turn
            if channel not in self._broken:
                self._broken.append(channel)
                get_logger(__name__).exception("channel failed: %s", ", ".join(channel.inboxes))
            return ()
        if channel in self._broken:
            self._broken.remove(channel)
        return arrived

    def _runs(self, inbox: Inbox, now: int) -> bool:
        return inbox.is_active and self._has_lease(inbox, now)

    def _take_in(self, arrived: Incoming | Receipt) -> None:
        """Store what arrived. What names an inbox that is not here is logged: nobody could answer it."""
        if isinstance(arrived, Receipt):
            self._desk.store.write(lambda tx: _note_receipt(tx, arrived))
            return
        try:
            intake.receive(self._desk, arrived)
        except NotFound as error:
            get_logger(__name__).warning("not taken in: %s", error.code)

    def _run(self, inbox: Inbox, now: int, *, is_shared: bool) -> None:
        reader = self._desk.store.reader()
        if outbox.is_any_due(reader, inbox.id, now):
            self._desk.store.write(lambda tx: outbox.release_due(tx.connection, inbox.id, now))
        channel = self._by_inbox.get(inbox.name)
        if channel is None:
            return
        stalled: set[int] = set()
        for item in outbox.to_send(reader, inbox.id, now):
            if is_shared and not (passing.is_judged(reader, item.conversation) and self._has_files(item)):
                stalled.add(item.conversation)
            if item.conversation not in stalled and not self._send(channel, item, now, is_shared):
                stalled.add(item.conversation)

    def _has_files(self, item: OutboxItem) -> bool:
        """Whether what goes with a message is here. What another desk enclosed is asked for, and never left out."""
        missing = fetching.missing_of(self._desk, item.message)
        unasked = [each for each in missing if fetching.standing(self._desk, each) is None]
        fetching.ask_for(self._desk, unasked)
        return not missing

    def _send(self, channel: Channel, item: OutboxItem, now: int, is_shared: bool) -> bool:
        """Ask the channel once; whether it went out, so that what was written after it may follow.

        A crash in between asks again under the same key, which sends once.
        """
        if automatic.is_stale(self._desk, item):
            self._desk.store.write(lambda tx: automatic.withdraw(tx, item))
            return True

        def start(tx: Transaction) -> bool:
            is_ours = outbox.start(tx.connection, item.message, self._holder)
            return is_ours and (not is_shared or passing.begin(tx, item.message))

        if not self._desk.store.write(start):
            return False
        answer = self._ask(channel, item, now)

        def note(tx: Transaction) -> None:
            _note_answer(tx, item, answer, now)
            if is_shared and isinstance(answer, Failed):
                _tell_of_failure(tx, item)

        self._desk.store.write(note)
        return isinstance(answer, Sent)

    def _ask(self, channel: Channel, item: OutboxItem, now: int) -> Sent | Failed:
        """Hand a message over, unless the content of a file that goes with it is gone."""
        with_it = messages.attachments_of(self._desk.store.reader(), item.message)
        for each in with_it:
            if not files.is_here(self._desk.store.path, each.sha256):
                said = _("The content of {name} is no longer in the store.")
                return Failed(said.format(name=each.name), can_retry=False)
        outgoing = Outgoing(
            key=item.uid.hex(),
            inbox=item.inbox_name,
            thread=item.thread or "",
            text=item.text,
            agent_name=item.agent_name,
            attempt=item.attempts + 1,
            is_automatic=item.is_automatic,
            files=tuple(
                OutgoingFile(
                    each.name, each.kind, each.size, files.place_of(self._desk.store.path, each.sha256)
                )
                for each in with_it
            ),
        )
        return _handed_over(channel, outgoing, now)

    def _has_lease(self, inbox: Inbox, now: int) -> bool:
        if self._leased_until.get(inbox.id, 0) - LEASE_MS // 2 > now:
            return True
        current = outbox.lease_of(self._desk.store.reader(), inbox.id)
        is_free = current is None or current[0] == self._holder
        if current is not None and not is_free and current[1] > now and not _is_dead(current[0]):
            self._leased_until.pop(inbox.id, None)
            return False
        until = now + LEASE_MS
        taken = self._desk.store.write(
            lambda tx: outbox.take_lease(
                tx.connection, inbox.id, self._holder, until, instead_of=current[0] if current else None
            )
        )
        if taken:
            self._leased_until[inbox.id] = until
        return taken


def _end_offers(desk: Desk, inboxes: Sequence[int]) -> None:
    """What nobody answered in time comes to nothing: loaded when there is such a thing."""
    from csdesk.desk import offers

    offers.end_run_out(desk, inboxes)


def _close(channel: Channel) -> None:
    """Let go of a channel; whatever stands in its way, the next one is closed too."""
    try:
        channel.close()
    except Exception:  # noqa: BLE001 - whatever it is, the program ends
        get_logger(__name__).exception("channel not closed: %s", ", ".join(channel.inboxes))


def _handed_over(channel: Channel, outgoing: Outgoing, now: int) -> Sent | Failed:
    """The channel's answer; a channel that breaks has not taken the message, as far as anybody knows."""
    try:
        return channel.send(outgoing, now)
    except Exception as error:  # noqa: BLE001 - its message waits and is tried again like any other
        get_logger(__name__).exception("channel failed")
        return Failed(type(error).__name__)


def _is_dead(holder: str) -> bool:
    """Whether a lease's holder was a process of this machine that is gone."""
    host, pid, _random = holder.rsplit(":", 2)
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _note_answer(tx: Transaction, item: OutboxItem, answer: Sent | Failed, now: int) -> None:
    match answer:
        case Sent(external_id, state):
            outbox.drop(tx.connection, item.message)
            if not _is_news(_delivery(tx, item.uid), state):
                return
            body = {"state": state, "at": now}
            if external_id:
                body["external_id"] = external_id
            tx.record(Kind.MESSAGE_DELIVERED, item.uid, body)
        case Failed(reason, can_retry) if can_retry and item.attempts + 1 < ATTEMPTS:
            pause = RETRY_MS[min(item.attempts, len(RETRY_MS) - 1)]
            outbox.postpone(tx.connection, item.message, now + pause, reason)
        case Failed() if item.is_automatic:
            automatic.withdraw(tx, item)
        case Failed(reason):
            outbox.fail(tx.connection, item.message, reason)


def _tell_of_failure(tx: Transaction, item: OutboxItem) -> None:
    """Nobody may think that it is still being sent: not who wrote it, and not who sends for the inbox next."""
    now = outbox.get(tx.connection, item.message)
    if now is not None and now.state in (Delivery.QUEUED, Delivery.FAILED):
        body: dict[str, Any] = {"state": now.state, "at": tx.now_ms}
        if now.state is Delivery.FAILED and now.reason:
            body["reason"] = now.reason
        tx.record(Kind.MESSAGE_DELIVERED, item.uid, body)


_FURTHER = (Delivery.SENT, Delivery.DELIVERED, Delivery.READ)


def _note_receipt(tx: Transaction, receipt: Receipt) -> None:
    """A later word on a sent message; one that says less than is known changes nothing."""
    try:
        uid = bytes.fromhex(receipt.key)
    except ValueError:
        return  # no key of ours
    row = tx.connection.execute("SELECT id FROM message WHERE uid = ?", (uid,)).fetchone()
    if row is None or not _is_news(_delivery(tx, uid), receipt.state):
        return
    body = {"state": receipt.state, "at": tx.now_ms}
    if receipt.reason:
        body["reason"] = receipt.reason
    tx.record(Kind.MESSAGE_DELIVERED, uid, body)
    if receipt.state is Delivery.FAILED:
        outbox.bounced(tx.connection, row[0], receipt.reason or "")
    else:
        outbox.drop(tx.connection, row[0])


def _delivery(tx: Transaction, uid: bytes) -> str | None:
    row = tx.connection.execute("SELECT delivery FROM message WHERE uid = ?", (uid,)).fetchone()
    return row[0] if row else None


def _is_news(known: str | None, state: Delivery) -> bool:
    """Whether ``state`` says more than is known: sent, delivered, read; only what was sent can bounce."""
    if state is Delivery.FAILED:
        return known in (Delivery.QUEUED, Delivery.SENDING, Delivery.SENT)
    if state not in _FURTHER or known not in _FURTHER:
        return known != state
    return _FURTHER.index(state) > _FURTHER.index(Delivery(known))
