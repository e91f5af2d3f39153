"""Any use cases in any order: counters, waits and the log agree at every step."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from csdesk.desk import people, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Failed, Incoming, Receipt, Sent
from csdesk.desk.runner import Runner
from csdesk.errors import CsdeskError, Refused
from csdesk.model.conversation import Priority
from csdesk.model.message import Delivery, Mode
from csdesk.store import conversations
from csdesk.store.verify import verify
from tests.desks import INBOX, Line, clock_of, hears, open_desk
from tests.store.counting import counted, kept

THREADS = ("a", "b", "c")
SOME = st.sampled_from(THREADS)
WHO = st.sampled_from((0, 1))
FOLDER = "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass
class Story:
    """What happened to one conversation, in the words of the rule: an oracle that knows no hlc."""

    number: int
    facts: list[tuple[str, Any]] = field(default_factory=list)

    def waiting_since(self) -> int | None:
        """The first customer message after the last human reply; a pause ends it, a person brings it back."""
        since: int | None = None
        ended: int | None = None
        is_open = True
        for fact, what in self.facts:
            if fact == "customer":
                if not is_open:
                    is_open, since = True, None
                since = what if since is None else since
            elif fact == "reply":
                since = None
            elif fact == "pause":
                ended = since if is_open else ended
                is_open, since = False, None
            elif fact == "back" and not is_open:
                is_open, since = True, ended
        return since

    def forget(self, fact: str, what: Any) -> None:
        at = max(place for place, each in enumerate(self.facts) if each == (fact, what))
        del self.facts[at]

    def forget_last(self, fact: str) -> None:
        """It was undone, and nothing of its kind came after it."""
        del self.facts[max(place for place, each in enumerate(self.facts) if each[0] == fact)]


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.mkdtemp(dir=FOLDER)
        first = open_desk(Path(self.folder) / "desk.db", agent="Mia")
        second = Desk(first.store, first.clock, first.settings, people.me(first.store, "Bo"))
        self.desks = (first, second)
        first.store.write(lambda tx: people.add_team(tx, "team", ("Bo",)))
        self.line = Line()
        self.runner = Runner(first, [self.line])
        self.stories: dict[str, Story] = {}
        self.said = 0

    @initialize()
    def somebody_writes(self) -> None:
        self.customer("a")

    @rule(thread=SOME)
    def customer(self, thread: str) -> None:
        number = hears(self.desks[0], thread)
        story = self.stories.setdefault(thread, Story(number))
        assert story.number == number
        story.facts.append(("customer", self.desks[0].now_ms()))

    @rule(thread=SOME)
    def customer_through_the_channel(self, thread: str) -> None:
        self.said += 1
        now = self.desks[0].now_ms()
        card = ContactCard(thread, thread)
        self.line.arriving.append(Incoming(INBOX, thread, f"line{self.said}", "快点", card, now - 500))
        self.runner.step()
        self.woken(now)
        row = self.reader.execute("SELECT id FROM conversation WHERE thread = ?", (thread,)).fetchone()
        self.stories.setdefault(thread, Story(row[0])).facts.append(("customer", now - 500))

    @rule(by=st.integers(1, 40_000))
    def time_passes(self, by: int) -> None:
        clock_of(self.desks[0]).advance(by)

    @rule(answer=st.sampled_from((Sent(), Failed("busy"), Failed("blocked", can_retry=False))))
    def the_runner_runs(self, answer: Sent | Failed) -> None:
        self.line.answers = [answer]
        now = self.desks[0].now_ms()
        self.runner.step()
        self.woken(now)

    def woken(self, now: int) -> None:
        for story in self.stories.values():
            if story.facts[-1][0] == "pause" and story.facts[-1][1] is not None and story.facts[-1][1] <= now:
                story.facts.append(("back", None))

    @rule(
        state=st.sampled_from((Delivery.DELIVERED, Delivery.READ, Delivery.FAILED)), which=st.integers(0, 50)
    )
    @precondition(lambda self: self.line.delivered)
    def a_receipt_comes(self, state: Delivery, which: int) -> None:
        keys = list(self.line.delivered)
        self.line.arriving.append(Receipt(keys[which % len(keys)], state, "why"))

    @rule(thread=SOME, who=WHO, twice=st.booleans())
    def reply(self, thread: str, who: int, twice: bool) -> None:
        for _time in range(1 + twice):
            self.said += 1
            text = f"回复 {self.said}"
            was_snoozed = self.status(thread) == "snoozed"
            if self.does(thread, lambda number, text=text: sending.reply(self.desks[who], number, text)):  # type: ignore[misc]
                facts = self.stories[thread].facts
                if was_snoozed:
                    facts.append(("back", None))
                facts.append(("reply", text))

    @rule(thread=SOME, who=WHO)
    def undo(self, thread: str, who: int) -> None:
        story = self.stories.get(thread)
        try:
            done = undoing.undo(self.desks[who], story.number if story else None)
        except Refused:
            return
        (story,) = (each for each in self.stories.values() if each.number == done.conversation)
        if done.kind == "send":
            story.forget("reply", done.text)
        elif done.kind in ("resolve", "snooze"):
            story.forget_last("pause")
        elif done.kind == "reopen":
            story.forget_last("back")

    @rule(thread=SOME, who=WHO)
    def resolve(self, thread: str, who: int) -> None:
        if self.does(thread, lambda number: work.resolve(self.desks[who], number)):
            self.stories[thread].facts.append(("pause", None))

    @rule(thread=SOME, who=WHO)
    def reopen(self, thread: str, who: int) -> None:
        if self.does(thread, lambda number: work.reopen(self.desks[who], number)):
            self.stories[thread].facts.append(("back", None))

    @rule(thread=SOME, who=WHO, after=st.none() | st.integers(1, 60_000))
    def snooze(self, thread: str, who: int, after: int | None) -> None:
        until = None if after is None else self.desks[0].now_ms() + after
        if self.does(thread, lambda number: work.snooze(self.desks[who], number, until)):
            self.stories[thread].facts.append(("pause", until))

    @rule(thread=SOME, who=WHO, to=st.sampled_from(("Mia", "Bo", "team")))
    def transfer(self, thread: str, who: int, to: str) -> None:
        target = work.Target(team=to) if to == "team" else work.Target(agent=to)
        self.does(thread, lambda number: work.transfer(self.desks[who], number, target, "because"))

    @rule(thread=SOME, who=WHO, what=st.sampled_from((work.claim, work.release)))
    def take_or_leave(self, thread: str, who: int, what: Any) -> None:
        self.does(thread, lambda number: what(self.desks[who], number))

    @rule(
        thread=SOME,
        name=st.sampled_from(("vip", "退款")),
        on=st.booleans(),
        priority=st.sampled_from(Priority),
    )
    def mark(self, thread: str, name: str, on: bool, priority: Priority) -> None:
        names = ((name,), ()) if on else ((), (name,))
        self.does(thread, lambda number: work.label(self.desks[0], number, *names))
        self.does(thread, lambda number: work.prioritise(self.desks[0], number, priority))

    @rule(thread=SOME, who=WHO)
    def write_beside_it(self, thread: str, who: int) -> None:
        self.does(thread, lambda number: sending.note(self.desks[who], number, "note"))
        self.does(
            thread, lambda number: sending.save_draft(self.desks[who], number, Mode.REPLY, "x", 1).result(60)
        )

    @rule()
    def retry_what_failed(self) -> None:
        for (message,) in self.reader.execute("SELECT message FROM outbox WHERE state = 'failed'").fetchall():
            sending.retry(self.desks[0], message)

    @property
    def reader(self) -> Any:
        return self.desks[0].store.reader()

    def status(self, thread: str) -> str | None:
        story = self.stories.get(thread)
        return conversations.get(self.reader, story.number).status.value if story else None

    def does(self, thread: str, what: Any) -> bool:
        """Whether the desk did it; a refusal has to change nothing."""
        if thread not in self.stories:
            return False
        try:
            what(self.stories[thread].number)
        except CsdeskError as error:
            assert error.hint, error.code
            return False
        return True

    @invariant()
    def counters_are_what_a_count_says(self) -> None:
        assert kept(self.reader) == counted(self.reader)

    @invariant()
    def waits_follow_the_rule(self) -> None:
        stored = dict(self.reader.execute("SELECT id, waiting_since FROM conversation").fetchall())
        assert stored == {story.number: story.waiting_since() for story in self.stories.values()}

    @invariant()
    def counts_of_messages_hold(self) -> None:
        wrong = self.reader.execute(
            "SELECT c.ref FROM conversation c WHERE message_count <> (SELECT count(*) FROM message WHERE"
            " conversation = c.id) OR last_message IS NOT (SELECT max(id) FROM message WHERE conversation = c.id)"
        ).fetchall()
        assert not wrong

    def teardown(self) -> None:
        path = self.desks[0].store.path
        self.runner.close()
        self.desks[0].close()
        try:
            assert verify(path).problems == ()
        finally:
            shutil.rmtree(self.folder)


AnyOrder.TestCase.settings = settings(stateful_step_count=40)
TestAnyOrder = AnyOrder.TestCase
