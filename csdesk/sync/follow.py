"""Live: what happens here is at the hub within moments, what happens there is here, for as long as it runs.

Work never waits for this. A hub that is away is tried again with growing pauses; its notices only make things
quicker, everything is also asked for every two seconds or so.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from csdesk.clock import Clock
from csdesk.errors import CsdeskError
from csdesk.store import carried, changes, hub, log, sending_up
from csdesk.store.database import Store
from csdesk.sync import leases, pull, snapshots, visit, wire
from csdesk.sync.backoff import Backoff
from csdesk.sync.carrying import Carrier
from csdesk.sync.line import HubRefusal, Line
from csdesk.sync.refusals import Step, next_step

BUSY_TICK_S, IDLE_TICK_S = 0.005, 0.05
"""How often the store is looked at: it costs microseconds, but a laptop runs on a battery."""
BUSY_FOR_S = 20.0
"""How long after something happened the short tick is kept."""
POLL_S = 2.0
KEEP_S = 3_600.0
"""How often the desk of a lead looks whether a new snapshot is due."""
COUNT_S = 0.5
"""How often what is left to take in is counted, while much of it comes."""
BEAT_S = 12.0
"""Presence and leases; the hub forgets who is silent for 45 s."""
PASSING = frozenset({"store.locked", "store.disk_full", "store.io"})
"""What may be over in a while, as the store names it."""

Draw = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Presence:
    """A colleague: the ref of the conversation they see, "" for none, and whether they write in it."""

    agent: str
    conversation: str
    is_writing: bool


@dataclass(frozen=True, slots=True)
class Pulse:
    """How it stands: ``state`` is live, away (with a ``reason``) or stopped; ``up`` is left to send, ``down`` to take in.

    ``files_up`` and ``files_down`` are files whose contents are on their way, ``files_refused`` those that the hub would
    not take. ``sent`` and ``received`` count since the start; ``at`` (UTC ms) is when this was true. ``present`` are the
    colleagues who are there, and what they look at.
    """

    state: str
    at: int
    up: int
    down: int = 0
    sent: int = 0
    received: int = 0
    conflicts: int = 0
    offset_ms: int = 0
    reason: str = ""
    present: tuple[Presence, ...] = ()
    files_up: int = 0
    files_down: int = 0
    files_refused: int = 0


class Follower:
    """Keeps one store in step with its hub. ``run`` returns when ``is_over`` is set, or raises CsdeskError
    where a person has to act first.

    ``connect`` opens a line, ``draw`` is ``random.uniform``, ``tell`` hears each change of the pulse, ``here``
    is what others see of who works here, ``carrier`` makes who carries the contents of attachments over a line.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        connect: Callable[[], Line],
        draw: Draw,
        *,
        tell: Callable[[Pulse], None] = lambda pulse: None,
        here: Callable[[], dict[str, object]] = dict,
        carrier: Callable[[Line], Carrier] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._connect = connect
        self._draw = draw
        self._tell = tell
        self._here = here
        self._carrier_on = carrier
        self._backoff = Backoff(draw)
        self._pulse = Pulse("away", clock.now_ms(), 0)
        self._shown: dict[str, object] = {}
        self._counted_at = 0.0
        self._keep_at = 0.0
        self.is_over = threading.Event()

    def run(self) -> None:
        """Follow until ``is_over``. Raises CsdeskError: not enrolled, fenced, too old, refused for good."""
        visit.need_hub(self._store)
        while not self.is_over.is_set():
            try:
                with self._connect() as line:
                    self._live(line)
            except HubRefusal as refusal:
                if next_step(refusal.sqlstate) is Step.STOP:
                    self._say("stopped", refusal.told.sentence)
                    raise refusal.told from refusal
                self._wait(refusal.told.sentence)
            except CsdeskError as error:
                if error.code not in PASSING:
                    self._say("stopped", error.sentence)
                    raise
                self._wait(error.sentence)

    def _wait(self, reason: str) -> None:
        self._say("away", reason)
        self.is_over.wait(self._backoff.next_s())

    def _live(self, line: Line) -> None:
        """One connection, until it breaks. Raises HubRefusal."""
        met = visit.begin(self._store, self._clock, line)
        line.listen(self._store.desk)
        self._send(met)
        self._fetch(met)
        self._beat(met)
        self._backoff.reset()
        self._say("live")
        try:
            self._rounds(met)
        finally:
            if self.is_over.is_set():
                leases.give_back(self._store, line)

    def _rounds(self, met: visit.Visit) -> None:
        carrier = self._carrier_on(met.line) if self._carrier_on is not None else None
        try:
            self._take_turns(met, carrier)
        finally:
            if carrier is not None:
                carrier.close()

    def _take_turns(self, met: visit.Visit, carrier: Carrier | None) -> None:
        """Look at the store, the hub and the files by turns, until the line breaks or it is over. Raises HubRefusal."""
        is_carrying, look_at = False, 0.0
        seen, active_at = self._version(), time.monotonic()
        poll_at = active_at + self._pause(POLL_S)
        beat_at = active_at + self._pause(BEAT_S)
        while not self.is_over.is_set():
            is_busy = time.monotonic() - active_at < BUSY_FOR_S
            tick_s = BUSY_TICK_S if is_busy else IDLE_TICK_S
            is_hinted = met.line.hint(0 if is_carrying else tick_s)
            version, now = self._version(), time.monotonic()
            moved = self._send(met) if version != seen else 0
            if is_hinted or now >= poll_at:
                moved += self._fetch(met, is_news=is_hinted)
                self._look_around(met)
                poll_at = now + self._pause(POLL_S)
            if carrier is not None:
                is_carrying = _carry(carrier, is_time=now >= look_at, is_new=version != seen)
                look_at = now + self._pause(POLL_S) if now >= look_at else look_at
                moved += version != seen and self._count_files()
            if now >= beat_at:
                self._beat(met)
                beat_at = now + self._pause(BEAT_S)
            seen = version
            if moved:
                active_at = now
                self._say("live")

    def _pause(self, seconds: float) -> float:
        """About ``seconds``: a thousand desks that began at once do not go on asking at once."""
        return seconds * self._draw(0.75, 1.25)

    def _send(self, met: visit.Visit) -> int:
        """Push what is new here; how much it was."""
        before, cards = met.sent, met.conflicts
        visit.send(met)
        sent = met.sent - before
        self._pulse = replace(
            self._pulse,
            sent=self._pulse.sent + sent,
            conflicts=self._pulse.conflicts + met.conflicts - cards,
        )
        return sent

    def _fetch(self, met: visit.Visit, *, is_news: bool = False) -> int:
        """Take in what is new there; how much it was."""
        pulled = visit.fetch(met, lambda received: self._come_down(met, received), is_news=is_news)
        self._pulse = replace(
            self._pulse,
            received=self._pulse.received + pulled.received,
            conflicts=self._pulse.conflicts + pulled.conflicts,
            down=0,
        )
        return pulled.received

    def _come_down(self, met: visit.Visit, received: int) -> None:
        """Say how much is left to take in, where it takes more than a moment. Raises HubRefusal."""
        if received < pull.PREFIX or time.monotonic() < self._counted_at + COUNT_S:
            return
        vector = hub.vector(self._store.reader())
        down = sum(wire.missing(met.line, vector, self._store.desk).values())
        self._counted_at = time.monotonic()
        if down != self._pulse.down:
            self._pulse = replace(self._pulse, down=down)
            self._say("live")

    def _beat(self, met: visit.Visit) -> None:
        """Say that we are here, keep what we send for, and note that the hub answered."""
        offset_ms = met.anchor.offset_ms
        self._show(met)
        leases.renew(self._store, self._clock, met.line, offset_ms)
        visit.acknowledge(met)
        now = self._clock.now_ms()
        self._store.write(lambda tx: hub.note_contact(tx, now, offset_ms))
        self._pulse = replace(self._pulse, offset_ms=offset_ms)
        self._keep(met)
        self._say("live")

    def _keep(self, met: visit.Visit) -> None:
        """Have a new snapshot made where one is due, beside all else. Raises HubRefusal."""
        if time.monotonic() < self._keep_at or not met.met.has_snapshots:
            return
        self._keep_at = time.monotonic() + self._pause(KEEP_S)
        if snapshots.is_lead(met.line):
            what = (self._store.path, self._store.desk, self._connect)
            threading.Thread(
                target=snapshots.keep_fresh, args=what, name="csdesk-snapshot", daemon=True
            ).start()

    def _show(self, met: visit.Visit) -> None:
        """Tell colleagues what is worked on here. Raises HubRefusal."""
        self._shown = self._here()
        met.line.rows("SELECT csdesk.here(%s::int, %s::text)", (self._store.desk, json.dumps(self._shown)))

    def _look_around(self, met: visit.Visit) -> None:
        """Show what is new of us, and see what is of colleagues. Raises HubRefusal."""
        if self._here() != self._shown:
            self._show(met)
        found = tuple(_presence(agent, body) for agent, body in met.line.rows(_PRESENT, (self._store.desk,)))
        if found != self._pulse.present:
            self._pulse = replace(self._pulse, present=found)
            self._say("live")

    def _count_files(self) -> bool:
        """See how many files are on their way; whether that is another number than it was."""
        way = carried.on_their_way(self._store.reader())
        before = self._pulse
        self._pulse = replace(before, files_up=way.up, files_down=way.down, files_refused=way.refused)
        return before != self._pulse

    def _say(self, state: str, reason: str = "") -> None:
        self._count_files()
        up = sending_up.count_unsent(self._store.reader())
        self._pulse = replace(self._pulse, state=state, reason=reason, up=up, at=self._clock.now_ms())
        self._tell(self._pulse)

    def _version(self) -> int:
        return changes.data_version(self._store.reader())


def _carry(carrier: Carrier, *, is_time: bool, is_new: bool) -> bool:
    """One piece of a file, once all else had its turn; whether there is more. Raises HubRefusal.

    ``is_time``: to see what there is to do; ``is_new``: the store changed, perhaps because somebody asks for a file.
    """
    if is_time or (is_new and carrier.wants()):
        carrier.look()
    elif is_new:
        carrier.look_up()
    return carrier.step()


_PRESENT = "SELECT agent, body FROM csdesk.present_v WHERE desk <> %s::int ORDER BY agent, desk LIMIT 200"


def _presence(agent: object, body: object) -> Presence:
    """What a colleague's desk said of them, whatever it said."""
    try:
        said = log.decode_body(str(body))
    except ValueError:
        said = {}
    facts = said if isinstance(said, dict) else {}
    return Presence(str(agent), str(facts.get("conversation") or "")[:10], bool(facts.get("is_writing")))
