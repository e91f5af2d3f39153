"""Live customers without a network: a channel whose customers speak from transcripts.

Everything that comes out is a function of the seed, the transcripts, the clock readings given to
``poll`` and the replies given to ``send``. There is no thread and no sleep. Threads and message ids
do not change between runs, so the desk's own dedupe makes a restarted replay go on where it was.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from csdesk.channels.arrivals import Arrivals, Bursts
from csdesk.channels.customer import (
    ARRIVAL_MS,
    DELIVERED_MS,
    READ_AFTER_MS,
    Customer,
    Pace,
    Phase,
    ResumePoint,
    Script,
    arrive,
    come_back,
    hear_reply,
    script_of,
    tick,
)
from csdesk.desk.ports import ContactCard, Failed, Incoming, Outgoing, OutgoingFile, Receipt, Sent
from csdesk.errors import DataError, UsageError
from csdesk.i18n import _
from csdesk.model.message import Delivery, Sender
from csdesk.model.transcript import Transcript

DEMO_INBOX = "demo"
TRANSCRIPT_FOLDER = Path(__file__).resolve().parent / "transcripts"


def bundled_paths(language: str | None = None) -> tuple[Path, ...]:
    """The transcripts that come with csdesk, one jsonl file a language; only that of ``language`` if given."""
    spoken = "*" if language is None else language.partition("_")[0]
    return tuple(sorted(TRANSCRIPT_FOLDER.glob(f"{spoken}.jsonl")))


class ReplayChannel:
    """Plays the customers of ``transcripts``, up to ``concurrent`` at a time, over and over.

    ``speed`` 10 makes customers ten times as fast. With ``bursts`` they come in crowds. ``resume`` says, by thread, how far the store
    already is. A round plays every transcript once, in an order of its own; the next round has new
    threads of the same contacts. Raises UsageError for a number that makes no sense, and DataError
    when no transcript has a customer in it.
    """

    def __init__(
        self,
        transcripts: Sequence[Transcript],
        *,
        seed: int = 0,
        concurrent: int = 3,
        speed: float = 1.0,
        inbox: str = DEMO_INBOX,
        bursts: Bursts | None = None,
        resume: Mapping[str, ResumePoint] | None = None,
    ) -> None:
        _check_numbers(concurrent, speed)
        playable = _playable(transcripts)
        self._inbox = inbox
        self._pace = Pace(seed, speed)
        self._concurrent = min(concurrent, len(playable))
        self._resume = dict(resume or {})
        self._arrivals = Arrivals(bursts, is_begun=bool(self._resume))
        self._upcoming = _scripts(playable, seed)
        self._unfinished: deque[Script] = deque()
        self._present: dict[str, Customer] = {}
        self._next_arrival_ms: int | None = None
        self._receipts: list[tuple[int, int, Receipt]] = []
        self._taken: dict[str, Sent] = {}
        self.received: dict[str, tuple[OutgoingFile, ...]] = {}
        """The files that customers got, by the key of the message that they came with."""

    @property
    def inboxes(self) -> Sequence[str]:
        return (self._inbox,)

    def poll(self, now_ms: int) -> Sequence[Incoming | Receipt]:
        """What customers said and saw by ``now_ms``: at most one message each, so that a desk that
        was asleep for an hour is not flooded when it wakes.
        """
        if self._next_arrival_ms is None:
            self._bring_back(now_ms)
        due: list[Incoming | Receipt] = list(self._due_receipts(now_ms))
        self._admit(now_ms)
        for thread, customer in list(self._present.items()):
            after, index = tick(customer, now_ms, self._pace)
            if index is not None:
                due.append(self._incoming(customer.script, index, now_ms))
            self._keep(thread, after, now_ms)
        return due

    def send(self, message: Outgoing, now_ms: int) -> Sent | Failed:
        """The customer gets the reply, sees it a moment later, and answers when it was awaited.

        An automatic text answers nothing: they go on waiting for a person.
        """
        if message.inbox != self._inbox:
            return Failed(
                _("This channel does not serve the inbox {name}.").format(name=message.inbox),
                False,
            )
        if message.key in self._taken:
            return self._taken[message.key]
        sent = Sent(external_id=f"{message.thread}/out/{message.key}", state=Delivery.SENT)
        self._taken[message.key] = sent
        if message.files:
            self.received[message.key] = message.files
        self._promise_receipts(message.key, now_ms)
        customer = self._present.get(message.thread)
        if customer is not None and not message.is_automatic:
            self._keep(message.thread, hear_reply(customer, now_ms, self._pace), now_ms)
        return sent

    def close(self) -> None:
        """Nothing is held open."""

    def _bring_back(self, now_ms: int) -> None:
        """Start: those whom the store knows and who have more to say are here at once."""
        self._next_arrival_ms = now_ms
        for script in self._upcoming:
            point = self._resume.get(script.thread)
            if point is None:
                self._unfinished.append(script)
                break
            if come_back(script, point, now_ms, self._pace).phase is not Phase.GONE:
                self._unfinished.append(script)
        while self._unfinished and len(self._present) < self._concurrent:
            if self._unfinished[0].thread not in self._resume:
                break
            self._seat(self._unfinished.popleft(), now_ms)

    def _admit(self, now_ms: int) -> None:
        """Let the next customer in, when there is a place and the last arrival is long enough ago."""
        may_come = self._arrivals.may_come(now_ms)
        if not may_come or len(self._present) >= self._concurrent or now_ms < (self._next_arrival_ms or 0):
            return
        self._arrivals.came()
        script = self._unfinished.popleft() if self._unfinished else next(self._upcoming)
        self._seat(script, now_ms)
        self._next_arrival_ms = now_ms + self._arrival_gap_ms(script.thread)

    def _seat(self, script: Script, now_ms: int) -> None:
        point = self._resume.get(script.thread)
        customer = come_back(script, point, now_ms, self._pace) if point else arrive(script, now_ms)
        if customer.phase is not Phase.GONE:
            self._present[script.thread] = customer

    def _keep(self, thread: str, customer: Customer, now_ms: int) -> None:
        """Remember where a customer is now, or let them go and make the next one wait a little."""
        if customer.phase is not Phase.GONE:
            self._present[thread] = customer
            return
        del self._present[thread]
        earliest_ms = now_ms + self._arrival_gap_ms(thread)
        self._next_arrival_ms = max(self._next_arrival_ms or 0, earliest_ms)

    def _arrival_gap_ms(self, thread: str) -> int:
        return self._pace.span_ms(ARRIVAL_MS, "arrival", thread)

    def _incoming(self, script: Script, index: int, now_ms: int) -> Incoming:
        return Incoming(
            inbox=self._inbox,
            thread=script.thread,
            external_id=f"{script.thread}/{index}",
            text=script.lines[index].text,
            contact=script.contact,
            at=now_ms,
            subject=script.subject,
            lang=script.lang,
            stage=script.stage,
        )

    def _promise_receipts(self, key: str, now_ms: int) -> None:
        delivered_ms = now_ms + self._pace.span_ms(DELIVERED_MS, "delivered", key)
        read_ms = delivered_ms + self._pace.span_ms(READ_AFTER_MS, "read", key)
        for due_ms, state in (
            (delivered_ms, Delivery.DELIVERED),
            (read_ms, Delivery.READ),
        ):
            order = len(self._taken) * 2 + (state is Delivery.READ)
            heapq.heappush(self._receipts, (due_ms, order, Receipt(key, state)))

    def _due_receipts(self, now_ms: int) -> Iterator[Receipt]:
        while self._receipts and self._receipts[0][0] <= now_ms:
            yield heapq.heappop(self._receipts)[2]


def thread_name(seed: int, round_number: int, transcript: Transcript) -> str:
    """The thread of one playing of ``transcript``: the same in every run.

    What is said is part of the name, so an edited file makes new threads, and no message id ever
    stands for two texts.
    """
    parts = [str(seed), str(round_number), transcript.source or "", transcript.id]
    parts += [f"{message.sender}:{message.text}" for message in transcript.messages]
    return f"replay-{_digest(*parts)}"


def contact_card(transcript: Transcript) -> ContactCard:
    """Who writes in. The key is theirs in every round, so they come back as a known contact."""
    contact = transcript.contact
    if contact is None:
        return ContactCard(key=f"replay-{_digest(transcript.source or '', transcript.id)}")
    known_by = contact.phone or contact.email or transcript.id
    return ContactCard(
        key=f"replay-{_digest(transcript.source or '', known_by)}",
        name=contact.name or "",
        email=contact.email,
        phone=contact.phone,
        tier=contact.tier.value if contact.tier else None,
    )


def _scripts(transcripts: Sequence[Transcript], seed: int) -> Iterator[Script]:
    """The customers in the order they come: round after round, each in a seeded order, without end."""
    round_number = 0
    while True:
        named = {thread_name(seed, round_number, transcript): transcript for transcript in transcripts}
        for thread in sorted(named):
            yield script_of(named[thread], thread, contact_card(named[thread]))
        round_number += 1


def _playable(transcripts: Sequence[Transcript]) -> list[Transcript]:
    found = [
        transcript
        for transcript in transcripts
        if any(message.sender is Sender.CUSTOMER for message in transcript.messages)
    ]
    if not found:
        raise DataError(
            "replay.no_customers",
            _("There is no customer message in these transcripts."),
            _("Give a file with at least one message from a customer."),
        )
    return found


def _check_numbers(concurrent: int, speed: float) -> None:
    if concurrent < 1:
        raise UsageError(
            "replay.bad_concurrent",
            _("{count} customers at a time is not possible.").format(count=concurrent),
            _("Give 1 or more."),
        )
    if not 0 < speed < float("inf"):
        raise UsageError(
            "replay.bad_speed",
            _("Customers cannot run at speed {speed}.").format(speed=speed),
            _("Give a number above 0: 1 is life, 10 is ten times as fast."),
        )


def _digest(*parts: str) -> str:
    joined = "\x1f".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:16]
