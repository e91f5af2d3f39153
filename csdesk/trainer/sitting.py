"""A sitting: somebody practises in the real desk, on a store of its own, with one to three customers.

The store is the sitting's and goes with it; what stays is one attempt for each customer. A program that is
killed leaves the folder of the sitting, and :func:`csdesk.trainer.journal.unfinished` finds it: a desk on its
store with a clock that goes on at ``last_at`` takes it up where it was, so the time between costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from csdesk.desk import people, sending
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.desk.wording import often_ignored
from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.log import get_logger
from csdesk.model.finding import Ignored
from csdesk.model.message import COACH, OutboxItem, Sender
from csdesk.model.people import Inbox
from csdesk.store import conversations, messages, outbox, reply_uses
from csdesk.store import people as stored
from csdesk.trainer import attempts as kept
from csdesk.trainer import coaching
from csdesk.trainer.attempts import Attempt
from csdesk.trainer.engine import Practice
from csdesk.trainer.journal import Journal, Said, Stopped
from csdesk.trainer.lessons import Mode, Plan
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scorer import Score, score
from csdesk.trainer.simulated import CHANNEL, SimulatedCustomers

UNTIL_RELEASED_MS = 3_600_000
"""Longer than any reply is held: at the end all of them leave."""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished practice, what it is worth, and what is kept of it."""

    practice: Practice
    score: Score
    attempt: Attempt


class Sitting:
    """Runs the customers of ``plan`` on ``desk``, whose store is the sitting's own."""

    def __init__(
        self,
        desk: Desk,
        journal: Journal,
        plan: Plan,
        *,
        weights: Mapping[Dimension, int],
        began_at: int | None = None,
        events: Sequence[Said | Stopped] = (),
    ) -> None:
        """``began_at`` and ``events`` are of an earlier run that was killed; without them it begins now."""
        self.desk, self.plan = desk, plan
        self.done: tuple[Done, ...] | None = None
        self._journal, self._weights = journal, weights
        start = desk.now_ms() if began_at is None else began_at
        if began_at is None:
            journal.begin(plan, start)
        self._inbox = self._prepare()
        self._customers = SimulatedCustomers(plan, self._inbox.name, start, journal, self._look_after)
        self._customers.replay(events)
        self._runner = Runner(desk, [self._customers])
        self._remarked = [
            0 if practice is None else len(practice.turns) for practice in self._customers.practices
        ]
        self._has_card = [False] * len(plan.lessons)

    @property
    def is_over(self) -> bool:
        """Whether every customer is done."""
        return self._customers.is_over

    @property
    def practices(self) -> tuple[Practice | None, ...]:
        return self._customers.practices

    def start(self) -> None:
        """Let the customers come, in a thread, until ``finish`` or ``close``."""
        self._runner.start()

    def step(self) -> None:
        """One round without a thread."""
        self._runner.step()

    def finish(self) -> tuple[Done, ...]:
        """End every talk, score what was practised and keep it; a second call gives the same again.

        What was sent and is still held leaves first. Of talks that did not come to their end, those count that were
        answered, or were to be. Raises StoreError when the attempts cannot be kept; the sitting can be taken up
        again then.
        """
        if self.done is None:
            self._runner.close()
            self._let_go_of_held()
            now = self.desk.now_ms()
            counts = [_counts(practice) for practice in self._customers.practices]
            quick = [self._quick_count(place) for place in range(len(counts))]
            ignored = [self._ignored(place) for place in range(len(counts))]
            for place in range(len(counts)):
                self._customers.end(place, now)
            done = [
                self._scored(practice, quick[place], ignored[place])
                for place, practice in enumerate(self._customers.practices)
                if practice is not None and counts[place]
            ]
            for each in done:
                kept.keep(each.attempt)
            self.done = tuple(done)
        return self.done

    def close(self) -> None:
        """Close store and journal. A finished sitting's folder is removed; another can be taken up again."""
        self._runner.close()
        self.desk.close()
        self._journal.close(discard=self.done is not None)

    def _prepare(self) -> Inbox:
        """The sitting's inbox and its coach, there already when it is taken up again."""
        reader, hold_ms = self.desk.store.reader(), self.desk.settings.sending.hold_chat_s * 1000
        inbox = next((one for one in stored.inboxes(reader) if one.channel == CHANNEL), None) or (
            self.desk.store.write(lambda tx: people.add_inbox(tx, _("practice"), CHANNEL, hold_ms))
        )
        name = _("Coach")
        known = stored.agent_named(self.desk.store.reader(), name)
        coach = known or self.desk.store.write(lambda tx: people.add_agent(tx, name))
        self._coach_desk = replace(self.desk, agent=coach)
        return inbox

    def _conversation(self, place: int) -> conversations.Standing | None:
        thread = self._customers.thread(place)
        return conversations.standing_of_thread(self.desk.store.reader(), self._inbox.id, thread)

    def _look_after(self, now_ms: int) -> None:
        """Who was resolved is done, and the coach says what there is to say, before the customer goes on."""
        for place, practice in enumerate(self._customers.practices):
            talk = self._conversation(place) if practice is not None else None
            if practice is None or talk is None:
                continue
            if not self._has_card[place]:
                self._has_card[place] = True
                self._note_once(talk.id, coaching.card(practice.scenario))
            if talk.status == "resolved" and not self._is_anything_on_its_way(talk.id, practice):
                self._customers.end(place, now_ms)
            for turn in range(self._remarked[place], len(practice.turns)):
                self._remarked[place] = turn + 1
                if self.plan.mode is Mode.COACH and (said := coaching.remark(practice, turn)):
                    self._note_once(talk.id, said)

    def _note_once(self, conversation: int, text: str) -> None:
        reader = self.desk.store.reader()
        known = messages.before(reader, conversation, None, 100, with_events=False)
        if not any(message.sender is Sender.NOTE and message.text == text for message in known):
            desk = self._coach_desk
            desk.store.write(lambda tx: sending.note_in(tx, desk, conversation, text, rule=COACH))

    def _is_anything_on_its_way(self, conversation: int, practice: Practice) -> bool:
        """A reply to the customer, or an answer to it."""
        is_going_out = any(item.conversation == conversation for item in self._going_out())
        return is_going_out or practice.answer_due_s is not None

    def _going_out(self) -> list[OutboxItem]:
        return outbox.listed(self.desk.store.reader())

    def _let_go_of_held(self) -> None:
        """What the agent sent a moment ago counts, though it could still have been undone."""
        if not self._going_out():
            return
        later = self.desk.now_ms() + UNTIL_RELEASED_MS
        self.desk.store.write(lambda tx: outbox.release_due(tx.connection, self._inbox.id, later))
        runner = Runner(self.desk, [self._customers])
        try:
            runner.step()
        except CsdeskError as error:
            get_logger(__name__).warning("held replies not heard: %s", error.code)
        finally:
            runner.close()

    def _quick_count(self, place: int) -> int:
        talk = self._conversation(place)
        return 0 if talk is None else reply_uses.messages_made_of(self.desk.store.reader(), talk.id)

    def _ignored(self, place: int) -> tuple[Ignored, ...]:
        """What the trainee did not want to hear of in a conversation."""
        talk = self._conversation(place)
        return () if talk is None else often_ignored(self.desk, conversation=talk.id)

    def _scored(self, practice: Practice, quick: int, ignored: tuple[Ignored, ...]) -> Done:
        result = score(practice, self._weights)
        attempt = kept.attempt_of(
            practice,
            result,
            agent=self.plan.agent,
            at=self.desk.now_ms(),
            mode=self.plan.mode.value,
            quick=quick,
            ignored=ignored,
        )
        return Done(practice, result, attempt)


def _counts(practice: Practice | None) -> bool:
    """Whether there is something to score: a reply, an end, or a wait beyond the limit for the first reply."""
    if practice is None:
        return False
    is_answered = any(not line.is_customer for line in practice.lines)
    return practice.is_over or is_answered or practice.waited_s > practice.scenario.limits.first_s
