"""Random days of a shop played against the real machine and the real rules: ``python -m tests.unit.availability_sim``.

A day is a list of moments a few seconds apart, in which customers write (some are machines, some write mail),
agents press keys, answer, claim, resolve, choose how they stand, and the world goes wrong: clocks jump, the
program restarts, the machine sleeps, a whole shift is offline. Everything is a function of the seed. What is
promised is checked from the outside, on what the players did, not on what the rules were told.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from csdesk.availability import autoreply, hours
from csdesk.availability.autoreply import GUARDS, Decision, Guard
from csdesk.availability.facts import (
    Colleague,
    Doors,
    Moment,
    Notice,
    Policy,
    Presence,
    Reach,
    Talk,
    Told,
    reach,
)
from csdesk.availability.rules import AFTER_AGENT_MS, GAP_MS, LATE_MS, MAIL_PAUSE_MS, Rule
from csdesk.availability.state import (
    Arrived,
    Carries,
    Chosen,
    Event,
    KeyPressed,
    Left,
    Rules,
    Seat,
    Tick,
    Wait,
    Waits,
    is_on_hold,
    step,
)
from csdesk.desk.runner import Watch
from csdesk.model.availability import Availability

S = 1_000
START = 1_795_312_800_000
"""2026-11-22, 10:00 in Shanghai."""

STEPS = 120
RED_S = {"A": 60, "B": 400}
"""The limits of tiers that differ from the queue's 180 s."""
SLACK_MS = 16 * S + GAP_MS
"""The longest pause between two rounds, and the gap that another text may have cost."""

SHOP = hours.read("daily 09:00-12:00 13:00-18:00 Asia/Shanghai")
ALL = frozenset(Rule)

Step = Callable[[Seat, Event, Rules], Seat]


class Broken(AssertionError):
    """A promise that was not kept; ``promise`` names it."""

    def __init__(self, promise: str, said: str) -> None:
        super().__init__(f"{promise}: {said}")
        self.promise = promise


@dataclass
class Conversation:
    """A customer and us, as the players know it."""

    number: int
    is_mail: bool
    tier: str | None
    is_blocked: bool
    assignee: int | None = None
    said: list[tuple[int, bool]] = field(default_factory=list)
    since: int | None = None
    agent_at: int | None = None
    resolved_at: int | None = None
    told: list[Told] = field(default_factory=list)
    queue: list[tuple[int, Decision, int]] = field(default_factory=list)
    """Texts in the outbox: when written, which, and how often a person of ours had answered."""
    answers: int = 0

    def is_lively(self, now: int) -> bool:
        """Whether any rule could look at it still; the store's query leaves the others out."""
        if self.since is None and self.resolved_at is None:
            return False
        newest = max((at for at, _machine in self.said), default=0)
        return now - max(newest, self.resolved_at or 0) <= 2 * LATE_MS

    def talk(self) -> Talk:
        at, is_machine = max(self.said, key=lambda each: each[0])
        mailed = max((each.at for each in self.told), default=None) if self.is_mail else None
        return Talk(
            at, self.since, self.agent_at, self.resolved_at, self.is_mail, is_machine, self.is_blocked, self.tier,
            tuple(self.told), mailed,
        )  # fmt: skip


class Day:
    """One day. ``guards``, ``machine``, ``is_late`` and ``policy`` are the real ones but in a mutant."""

    def __init__(
        self,
        seed: str,
        *,
        guards: Sequence[Guard] = GUARDS,
        machine: Step = step,
        is_late: Callable[[int, int], bool] = autoreply.is_late,
        rules: frozenset[Rule] = ALL,
        notice_holds_late: bool = False,
    ) -> None:
        self.random = Random(seed)
        self.guards, self.machine, self.is_late = guards, machine, is_late
        self.now = START + self.random.randrange(0, 12 * 3_600) * S
        end = self.now + self.random.randrange(600, 3_000) * S
        self.notice_ends = end
        shown = end + 10 * LATE_MS if notice_holds_late else end
        self.policy = Policy(rules, lambda tier: 30 * S if tier == "A" else 100 * S, Notice(7, None, shown))
        self.seats = {number: Seat() for number in range(1, self.random.randrange(2, 5))}
        self.capacity = dict.fromkeys(self.seats, 3)
        self.has_hours = self.random.random() < 0.5
        self.doors = Doors()
        self.talks: list[Conversation] = []
        self.watch = Watch()
        self.is_running = True
        self.sent: Counter[str] = Counter()
        self.once: set[tuple[int, str, int, int]] = set()

    def play(self) -> Counter[str]:
        """The whole day; what was sent, by rule. Raises Broken."""
        for number in self.seats:
            self.hand(number, Arrived(self.now))
        for _moment in range(STEPS):
            self.pass_time()
            for number in self.seats:
                if self.is_running or self.random.random() < 0.3:
                    self.hand(number, Tick(self.now))
            self.act()
            if self.is_running:
                self.round()
        return self.sent

    # -- what happens

    def pass_time(self) -> None:
        """Mostly a few seconds; now and then everything that clocks and programs do."""
        chance, random = self.random.random(), self.random
        if chance < 0.975:
            self.now += random.randrange(1, 16) * S
        elif chance < 0.980:
            self.now += random.randrange(20, 3 * 3_600) * S
        elif chance < 0.985:
            self.now -= random.randrange(1, 2 * 3_600) * S
        elif chance < 0.990:  # a restart: another runner, another watch
            self.now += random.randrange(1, 60) * S
            self.watch = Watch()
        elif chance < 0.994:
            self.go_offline(random.randrange(11 * 60, 6 * 3_600) * S)
        else:
            self.is_running = not self.is_running or random.random() < 0.7

    def go_offline(self, span: int) -> None:
        """A shift without the hub: customers write, and what they wrote comes in at its end, as of then."""
        begin, self.now = self.now, self.now + span
        for _customer in range(self.random.randrange(0, 4)):
            self.write(begin + self.random.randrange(0, span // S) * S)
        self.watch = Watch()

    def act(self) -> None:
        random = self.random
        if random.random() < 0.10:
            self.write(self.now)
        number = random.choice(list(self.seats))
        status = self.seats[number].standing.status
        is_there = status in (Availability.ONLINE, Availability.BUSY)
        deed = random.random()
        if deed < 0.10 and is_there:
            self.hand(number, KeyPressed(self.now))
            self.answer(number)
        elif deed < 0.14 and is_there:
            self.claim(number)
        elif deed < 0.20:
            self.hand(number, KeyPressed(self.now))
        elif deed < 0.23:
            until = self.now + random.randrange(60, 1_800) * S if random.random() < 0.5 else None
            self.hand(number, Chosen(self.now, random.choice(list(Availability)), until))
        elif deed < 0.235:
            self.hand(number, Left(self.now))
        elif deed < 0.25:
            self.hand(number, Arrived(self.now))
        elif deed < 0.255:
            self.capacity[number] = random.randrange(1, 5)

    def write(self, at: int) -> None:
        """A customer writes, in an old conversation or a new one."""
        random = self.random
        old = [each for each in self.talks if not each.is_blocked]
        if old and random.random() < 0.6:
            talk = random.choice(old[-6:])
        else:
            talk = Conversation(
                len(self.talks),
                random.random() < 0.25,
                random.choice(["A", "B", None]),
                random.random() < 0.05,
            )
            self.talks.append(talk)
        is_machine = random.random() < (0.3 if talk.is_mail else 0.05)
        talk.said.append((at, is_machine))
        talk.resolved_at = None
        if talk.since is None and not talk.is_blocked:
            talk.since = at

    def answer(self, number: int) -> None:
        open_here = [
            each for each in self.talks if each.since is not None and each.assignee in (None, number)
        ]
        if not open_here:
            return
        talk = self.random.choice(open_here)
        talk.assignee, talk.since = number, None
        talk.agent_at = max(self.now, talk.agent_at or 0)
        talk.answers += 1
        if self.random.random() < 0.3:
            talk.resolved_at, talk.assignee = self.now, None

    def claim(self, number: int) -> None:
        free = [each for each in self.talks if each.since is not None and each.assignee is None]
        if free and not is_on_hold(self.load(number), self.capacity[number]):
            self.random.choice(free).assignee = number

    def load(self, number: int) -> int:
        return sum(each.assignee == number and not each.is_mail for each in self.talks)

    def hand(self, number: int, event: Event) -> None:
        """Give the machine an event. What a person chose only a person changes."""
        mine = self.waits(number)
        first = min(mine, key=lambda wait: wait.long_at, default=None)
        seat = self.machine(self.seats[number], Waits(first), Rules())
        before = self.machine(seat, Carries(self.load(number)), Rules())
        after = self.seats[number] = self.machine(before, event, Rules())
        was = before.standing
        is_free = isinstance(event, Chosen) or was.is_automatic or was.status is Availability.ONLINE
        if not is_free and after.standing != was:
            raise Broken("manual stands", f"{event} made {was} {after.standing}")
        if isinstance(event, Tick):
            self.check_patience(before, after, mine)

    def waits(self, number: int) -> list[Wait]:
        """Who waits on an agent, each with the limit of their tier."""
        return [
            Wait(each.since, RED_S.get(each.tier, 180) * S, each.tier)
            for each in self.talks
            if each.assignee == number and each.since is not None
        ]

    # -- what the desk does

    def round(self) -> None:
        """What the process that runs the inboxes does each second."""
        for talk in self.talks:
            for text in talk.queue:
                self.leave(talk, *text)
            talk.queue.clear()
        if not self.watch.is_time(self.now):
            return
        self.doors = Doors()
        if self.has_hours and not hours.is_open(SHOP, self.now):
            self.doors = Doors(False, hours.closed_since(SHOP, self.now), hours.opens_at(SHOP, self.now))
        for talk in self.talks:
            if talk.is_lively(self.now):
                self.consider(talk)

    def consider(self, talk: Conversation) -> None:
        answering = self.reach(talk)
        moment = Moment(self.now, self.watch.since)
        decision = autoreply.decide(talk.talk(), answering, self.policy, moment, self.guards)
        if decision is not None:
            self.tell(talk, decision)
        elif talk.since is not None and not talk.is_mail:
            self.check_not_forgotten(talk, answering)

    def tell(self, talk: Conversation, decision: Decision) -> None:
        told = [(str(decision.rule), decision.agent, decision.episode)]
        if decision.notice is not None:
            told.append((str(Rule.NOTICE), 0, decision.notice))
        for rule, agent, episode in told:
            key = (talk.number, rule, agent, episode)
            if key in self.once:
                raise Broken("once", f"{key} twice")
            self.once.add(key)
            talk.told.append(Told(rule, agent, episode, talk.since, self.now))
        self.check_may_be_told(talk, decision)
        talk.queue.append((self.now, decision, talk.answers))
        self.sent[decision.rule] += 1

    def leave(self, talk: Conversation, written_at: int, decision: Decision, answers: int) -> None:
        """The outbox hands a text over, unless it is stale."""
        if self.is_late(written_at, self.now) or talk.answers != answers:
            return
        self.sent["left"] += 1
        if self.now - written_at > LATE_MS:
            raise Broken("not late", f"{decision} left {(self.now - written_at) // S} s after it was written")
        has_notice = decision.notice is not None or decision.rule is Rule.NOTICE
        if has_notice and self.now > self.notice_ends:
            raise Broken(
                "no stale notice", f"{decision} left {(self.now - self.notice_ends) // S} s too late"
            )

    def reach(self, talk: Conversation) -> Reach:
        doors = self.doors
        mine = talk.assignee
        if mine is not None and self.seats[mine].standing.status is not Availability.OFFLINE:
            return reach([Colleague(mine, self.seats[mine].standing)], doors)
        return reach(
            [
                Colleague(number, seat.standing, is_on_hold(self.load(number), self.capacity[number]))
                for number, seat in self.seats.items()
            ],
            doors,
        )

    # -- what is promised

    def check_may_be_told(self, talk: Conversation, decision: Decision) -> None:
        at, is_machine = max(talk.said, key=lambda each: each[0])
        said = f"{decision} in {talk.number} at {self.now}"
        if talk.agent_at is not None and self.now - talk.agent_at < AFTER_AGENT_MS:
            raise Broken("not behind an agent", said)
        if is_machine or talk.is_blocked:
            raise Broken("never to a machine", said)
        asked_at = at if talk.resolved_at is None else talk.resolved_at
        if self.now - asked_at > LATE_MS:
            raise Broken("not late", said)
        if decision.rule in (Rule.ACK, Rule.BUSY, Rule.WELCOME, Rule.NOTICE) and at < self.watch.since:
            raise Broken("not after an offline shift", said)
        if decision.rule in (Rule.AWAY, Rule.HOURS) and max(at, decision.episode) < self.watch.since:
            raise Broken("not after an offline shift", said)
        mailed = [each.at for each in talk.told if each.at < self.now]
        if talk.is_mail and any(self.now - each < MAIL_PAUSE_MS for each in mailed):
            raise Broken("one mail a day", said)

    def check_patience(self, before: Seat, after: Seat, mine: list[Wait]) -> None:
        """The countdown begins when five minutes without a key are over, or two while somebody has waited longer
        than the limit of their own tier, and at no other time."""
        if before.standing.status is not Availability.ONLINE or after.standing != before.standing:
            return
        idle = self.now - after.active_at
        is_long = any(self.now - wait.since >= wait.limit_ms for wait in mine)
        is_due = idle >= (120 if is_long else 300) * S
        if is_due is (after.warned_at is None):
            raise Broken("patience of the tier", f"idle {idle // S} s, {mine}, warned {after.warned_at}")

    def check_not_forgotten(self, talk: Conversation, answering: Reach) -> None:
        """Who waits longer than the limit has been told something: in this wait, or of this very absence."""
        at, is_machine = max(talk.said, key=lambda each: each[0])
        since = talk.since
        if since is None or is_machine or self.now - at > LATE_MS or answering.presence is Presence.NOBODY:
            return
        counted = max(since, self.watch.since)
        if talk.agent_at is not None:
            counted = max(counted, talk.agent_at + AFTER_AGENT_MS)
        is_gone = answering.presence in (Presence.AWAY, Presence.CLOSED)
        if is_gone and max(at, answering.episode or 0) < self.watch.since:
            return
        key = (answering.agent, answering.episode)
        is_told = any(each.wait == since or (each.agent, each.episode) == key for each in talk.told)
        if self.now - counted > (30 * S if talk.tier == "A" else 100 * S) + SLACK_MS and not is_told:
            raise Broken(
                "nobody is forgotten", f"{talk.number} has waited {(self.now - counted) // S} s, {answering}"
            )


def play(days: Iterable[int], seed: int) -> Counter[str]:
    """These days of a seed; what was sent in all of them. Raises Broken that names the day."""
    sent: Counter[str] = Counter()
    for day in days:
        try:
            sent += Day(f"{seed}:{day}").play()
        except Broken as error:
            raise Broken(error.promise, f"seed {seed}, day {day}: {error}") from error
    return sent


def main() -> int:
    """Play days and say what was sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began = time.monotonic()
    try:
        sent = play(range(given.days), given.seed)
    except Broken as error:
        sys.stdout.write(f"BROKEN {error}\n")
        return 1
    for name, count in sorted(sent.items()):
        sys.stdout.write(f"{name:>8} {count}\n")
    sys.stdout.write(
        f"{given.days} days of seed {given.seed} in {time.monotonic() - began:.1f} s: all kept\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
