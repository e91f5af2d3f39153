"""Customers from transcripts: in order, in their own time, and through a kill."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csdesk.channels.customer import PATIENCE_MS, ResumePoint
from csdesk.channels.replay import (
    ReplayChannel,
    bundled_paths,
    contact_card,
    thread_name,
)
from csdesk.clock import ManualClock
from csdesk.desk.ports import Channel, Failed, Incoming, Outgoing, Receipt, Sent
from csdesk.errors import DataError, UsageError
from csdesk.formats.jsonl import load_transcripts
from csdesk.model.conversation import Tier
from csdesk.model.message import Delivery, Sender
from csdesk.model.transcript import Transcript
from tests.factories import dialogue

START = 1_767_225_600_000
STEP_MS = 500
HOUR_MS = 3_600_000

PARCEL = dialogue("parcel", "c: hello", "c: my parcel?", "a: one moment", "c: thanks", "a: bye")
SIZE = dialogue("size", "a: welcome", "c: which size?", "n: regular", "c: 170 cm", "a: M", "c: ok")
COUPON = dialogue("coupon", "c: any coupon?", "a: yes", "c: great", "a: enjoy")
ALL = (PARCEL, SIZE, COUPON)


@dataclass
class World:
    """A desk in small: it keeps what arrives (once), and an agent answers after ``answer_ms``."""

    channel: ReplayChannel
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    answer_ms: int | None = 1_000
    stored: dict[str, Incoming] = field(default_factory=dict)
    arrivals: list[tuple[int, Incoming]] = field(default_factory=list)
    receipts: list[tuple[int, Receipt]] = field(default_factory=list)
    owed: dict[str, int] = field(default_factory=dict)
    answered: dict[str, bool] = field(default_factory=dict)
    replies: int = 0

    def step(self, by_ms: int = STEP_MS) -> None:
        now_ms = self.clock.now_ms()
        for event in self.channel.poll(now_ms):
            if isinstance(event, Receipt):
                self.receipts.append((now_ms, event))
                continue
            self.arrivals.append((now_ms, event))
            assert event.external_id not in self.stored, "a message came twice"
            self.stored[event.external_id] = event
            self.owed[event.thread] = now_ms
            self.answered[event.thread] = False
        for thread, since_ms in list(self.owed.items()):
            if self.answer_ms is not None and now_ms - since_ms >= self.answer_ms:
                del self.owed[thread]
                self.reply(thread)
        self.clock.advance(by_ms)

    def reply(self, thread: str) -> Sent | Failed:
        self.replies += 1
        self.answered[thread] = True
        message = Outgoing(f"{thread}-{self.replies}", "demo", thread, "ok", "Min", 1)
        return self.channel.send(message, self.clock.now_ms())

    def run(self, duration_ms: int) -> None:
        end_ms = self.clock.now_ms() + duration_ms
        while self.clock.now_ms() < end_ms:
            self.step()

    def texts(self, thread: str) -> list[str]:
        return [event.text for _, event in self.arrivals if event.thread == thread]

    def resume_points(self) -> dict[str, ResumePoint]:
        counts: dict[str, int] = {}
        for event in self.stored.values():
            counts[event.thread] = counts.get(event.thread, 0) + 1
        return {thread: ResumePoint(count, self.answered[thread]) for thread, count in counts.items()}


def customer_texts(transcript: Transcript) -> list[str]:
    return [message.text for message in transcript.messages if message.sender is Sender.CUSTOMER]


def test_it_is_a_channel() -> None:
    channel: Channel = ReplayChannel(ALL)
    assert channel.inboxes == ("demo",)
    channel.close()


def test_the_same_seed_plays_the_same() -> None:
    def play(seed: int) -> list[tuple[int, Incoming]]:
        world = World(ReplayChannel(ALL, seed=seed, concurrent=2))
        world.run(HOUR_MS // 4)
        return world.arrivals

    assert play(7) == play(7)
    assert play(7) != play(8)


def test_every_customer_says_all_lines_in_order_round_after_round() -> None:
    world = World(ReplayChannel(ALL, seed=3))
    world.run(HOUR_MS // 4)
    for round_number in (0, 1, 2):
        for transcript in ALL:
            thread = thread_name(3, round_number, transcript)
            assert world.texts(thread) == customer_texts(transcript)
    assert len({event.contact.key for _, event in world.arrivals}) == len(ALL), "they come back as known"


def test_the_first_customer_is_there_at_once() -> None:
    world = World(ReplayChannel(ALL))
    world.step()
    assert len(world.arrivals) == 1


def test_lines_of_one_turn_come_one_by_one() -> None:
    world = World(ReplayChannel([PARCEL]), answer_ms=None)
    world.run(30_000)
    (first_ms, first), (second_ms, second) = world.arrivals
    assert (first.text, second.text) == ("hello", "my parcel?")
    assert 900 <= second_ms - first_ms <= 12_000


def test_the_next_turn_waits_for_the_reply() -> None:
    world = World(ReplayChannel([COUPON]), answer_ms=None)
    world.run(60_000)
    thread = thread_name(0, 0, COUPON)
    assert world.texts(thread) == ["any coupon?"]
    replied_ms = world.clock.now_ms()
    assert isinstance(world.reply(thread), Sent)
    world.run(20_000)
    assert world.texts(thread) == ["any coupon?", "great"]
    assert world.arrivals[-1][0] - replied_ms >= 2_500


def test_without_a_reply_patience_runs_out() -> None:
    world = World(ReplayChannel([COUPON]), answer_ms=None)
    world.run(PATIENCE_MS)
    assert len(world.arrivals) == 1
    world.run(2 * STEP_MS)
    assert [event.text for _, event in world.arrivals] == ["any coupon?", "great"]
    world.run(PATIENCE_MS + 20_000)
    assert world.arrivals[2][1].thread == thread_name(0, 1, COUPON), "and the next customer has come"


def test_a_reply_in_the_middle_of_a_turn_is_not_the_answer() -> None:
    world = World(ReplayChannel([PARCEL]), answer_ms=None)
    world.step()
    thread = thread_name(0, 0, PARCEL)
    world.reply(thread)
    world.run(60_000)
    assert world.texts(thread) == ["hello", "my parcel?"]
    world.reply(thread)
    world.run(30_000)
    assert world.texts(thread) == ["hello", "my parcel?", "thanks"]


@pytest.mark.parametrize("concurrent", [1, 2, 5])
def test_no_more_customers_than_asked_for(concurrent: int) -> None:
    many = [dialogue(str(number), "c: a", "a: b", "c: c", "a: d") for number in range(12)]
    world = World(ReplayChannel(many, concurrent=concurrent), answer_ms=None)
    unfinished: set[str] = set()
    most = 0
    for _ in range(int(10 * PATIENCE_MS / STEP_MS)):
        before = len(world.arrivals)
        world.step()
        for _, event in world.arrivals[before:]:
            if event.text == "a":
                unfinished.add(event.thread)
            else:
                unfinished.discard(event.thread)
        most = max(most, len(unfinished))
    assert most == concurrent


def test_arrivals_are_staggered_and_speed_scales_them() -> None:
    many = [dialogue(str(number), "c: a", "a: b") for number in range(4)]

    def gaps(speed: float) -> list[int]:
        world = World(ReplayChannel(many, concurrent=4, speed=speed), answer_ms=None)
        for _ in range(60_000):
            world.step(1)
        times = [at for at, _ in world.arrivals][:4]
        return [after - before for before, after in pairwise(times)]

    slow, fast = gaps(1), gaps(10)
    assert len(slow) == len(fast) == 3
    assert all(3_000 <= gap <= 9_000 for gap in slow)
    assert all(abs(gap / 10 - quick) <= 1 for gap, quick in zip(slow, fast, strict=True))


def test_an_hour_asleep_brings_no_flood() -> None:
    world = World(ReplayChannel(ALL, concurrent=3), answer_ms=None)
    world.run(30_000)
    before = len(world.arrivals)
    world.clock.advance(HOUR_MS)
    world.step()
    assert len(world.arrivals) - before <= 3


def test_sending_twice_is_sending_once_and_receipts_follow() -> None:
    world = World(ReplayChannel([COUPON]), answer_ms=None)
    world.step()
    thread = thread_name(0, 0, COUPON)
    message = Outgoing("key-1", "demo", thread, "yes", "Min", 1)
    first = world.channel.send(message, world.clock.now_ms())
    assert isinstance(first, Sent) and first.state is Delivery.SENT and first.external_id
    world.run(15_000)
    assert world.channel.send(message, world.clock.now_ms()) == first
    world.run(60_000)
    assert [receipt for _, receipt in world.receipts] == [
        Receipt("key-1", Delivery.DELIVERED),
        Receipt("key-1", Delivery.READ),
    ]
    assert world.receipts[1][0] < world.arrivals[1][0], "read before answered"
    assert world.texts(thread) == ["any coupon?", "great"]


def test_a_late_reply_and_a_foreign_inbox() -> None:
    channel = ReplayChannel([COUPON])
    assert isinstance(channel.send(Outgoing("k", "demo", "long gone", "hi", "Min", 1), START), Sent)
    refused = channel.send(Outgoing("k", "mail", "x", "hi", "Min", 1), START)
    assert isinstance(refused, Failed) and not refused.can_retry and "mail" in refused.reason


def test_the_card_says_what_the_transcript_says() -> None:
    card = contact_card(dialogue("1", "c: hi", contact_name="Lin", tier=Tier.A))
    assert (card.name, card.tier) == ("Lin", "A")
    assert contact_card(dialogue("1", "c: hi")).key != contact_card(dialogue("2", "c: hi")).key


def test_an_edited_transcript_is_another_thread() -> None:
    assert thread_name(0, 0, dialogue("1", "c: hi")) != thread_name(0, 0, dialogue("1", "c: hello"))
    assert thread_name(0, 0, PARCEL) != thread_name(0, 1, PARCEL)
    assert thread_name(0, 0, PARCEL) != thread_name(1, 0, PARCEL)


def test_transcripts_without_customers_and_odd_numbers_are_refused() -> None:
    with pytest.raises(DataError):
        ReplayChannel([dialogue("1", "a: anyone there?")])
    with pytest.raises(DataError):
        ReplayChannel([])
    for numbers in (
        {"concurrent": 0},
        {"speed": 0.0},
        {"speed": float("inf")},
        {"speed": float("nan")},
    ):
        with pytest.raises(UsageError):
            ReplayChannel(ALL, **numbers)  # type: ignore[arg-type]


scripts = st.lists(
    st.lists(st.sampled_from(["c", "a", "n"]), min_size=1, max_size=6).map(lambda letters: ["c", *letters]),
    min_size=1,
    max_size=4,
).map(
    lambda drawn: [
        dialogue(
            str(number),
            *(f"{letter}: {number}.{place}" for place, letter in enumerate(letters)),
        )
        for number, letters in enumerate(drawn)
    ]
)


@settings(deadline=None, max_examples=60)
@given(
    drawn=scripts,
    seed=st.integers(0, 5),
    concurrent=st.integers(1, 3),
    kills=st.lists(st.integers(1, 60), max_size=4),
    answer_ms=st.none() | st.sampled_from([0, 1_000, 20_000]),
)
def test_a_kill_at_any_step_changes_nothing_that_arrives(
    drawn: list[Transcript],
    seed: int,
    concurrent: int,
    kills: list[int],
    answer_ms: int | None,
) -> None:
    """Every kill starts the channel anew from what the store knows: no message twice, none missing."""
    world = World(ReplayChannel(drawn, seed=seed, concurrent=concurrent), answer_ms=answer_ms)
    for steps in kills:
        for _ in range(steps):
            world.step(2_000)
        world.channel = ReplayChannel(drawn, seed=seed, concurrent=concurrent, resume=world.resume_points())
    wanted = {
        f"{thread_name(seed, 0, transcript)}/{index}": text
        for transcript in drawn
        for index, text in enumerate(customer_texts(transcript))
    }
    for _ in range(2_000):
        if wanted.keys() <= world.stored.keys():
            break
        world.step(2_000)
    assert {name: world.stored[name].text for name in wanted} == wanted
    for transcript in drawn:
        assert world.texts(thread_name(seed, 0, transcript)) == customer_texts(transcript)


@pytest.mark.parametrize(("language", "stem"), [("zh_CN", "zh"), ("en", "en")])
def test_the_demo_speaks_the_language_of_the_screen(language: str, stem: str) -> None:
    assert [path.stem for path in bundled_paths(language)] == [stem]


def test_the_bundled_transcripts_are_good_to_play() -> None:
    found = [(path.stem, transcript) for path in bundled_paths() for transcript in load_transcripts(path)]
    assert sum(lang == "zh" for lang, _ in found) >= 10
    assert sum(lang == "en" for lang, _ in found) >= 6
    assert len({transcript.id for _, transcript in found}) == len(found)
    for lang, transcript in found:
        assert transcript.lang == lang
        assert transcript.stage is not None and transcript.contact is not None
        assert 3 <= len(customer_texts(transcript)) <= 8, transcript.id
        assert any(message.sender is Sender.AGENT for message in transcript.messages)
        address = transcript.contact.email
        assert address is None or address.endswith(("@example.com", "@example.net", "@example.org"))
