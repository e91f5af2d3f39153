"""Plays a scenario: a pure state machine with a clock of its own.

A practice never changes; :func:`say` and :func:`advance` give the next one. Seconds count from the first line
of the customer. What the customer says follows from scenario, attempt number and replies alone: the wording
of each line is chosen by SHA-256 of (scenario, attempt, place).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

from csdesk.etiquette.context import Context
from csdesk.trainer import acts
from csdesk.trainer.judging import Heard, hear, same_words
from csdesk.trainer.scenario import BLOCK, GENTLEST, GRIMMEST, REPEAT, WRONG, Branch, Ending, Node, Scenario

ANSWER_S = 4
"""Least pause before the customer answers: what an agent sends within it counts as one turn."""
ANSWER_SPREAD = 4
CLOSING_S = 60
"""How long the agent may take to close a conversation whose customer is done."""
QUIET_SPARE_S = 240

_NUDGES = {
    "zh": (("在吗？", "还在吗？我在等您回复"), ("人呢？等了好几分钟了", "怎么没人理我？")),
    "en": (("Hello?", "Are you still there?"), ("I have been waiting for minutes.", "Is anybody there?")),
}
_TIRED = {
    "zh": ("没人理，算了", "等不下去了，我去别家看看"),
    "en": ("Forget it, nobody answers.", "I cannot wait any longer, I will go elsewhere."),
}
_FAREWELLS = {
    "zh": ("算了，说不通，我去别家", "不说了，以后不来了"),
    "en": ("Never mind, this leads nowhere.", "That is enough, I will go elsewhere."),
}
_HOLDS = {"zh": ("好的", "行，我等一下"), "en": ("OK", "All right, I will wait.")}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the talk. ``at_s`` is seconds after its beginning."""

    is_customer: bool
    text: str
    at_s: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What the customer was owed an answer to, and what the agent sent.

    ``wait_s`` is None where the customer was not waiting. ``line`` is the number of the agent's first line
    among the lines of the talk (-1 without one), ``mood`` the customer's mood after it.
    """

    node: str
    text: str
    line: int
    wait_s: int | None
    heard: Heard
    told: frozenset[str]
    mood: int
    is_hold: bool = False


@dataclass(frozen=True, slots=True)
class Practice:
    """A conversation under way. ``outcome`` is None until it is over; ``due_s`` is when something happens by
    itself next (None: nothing does), so a face knows how long to sleep."""

    scenario: Scenario
    attempt: int
    now_s: int
    node: str
    mood: int
    lines: tuple[Line, ...]
    turns: tuple[Turn, ...] = ()
    told: frozenset[str] = frozenset()
    taken: tuple[tuple[str, int], ...] = ()
    waiting_since_s: int | None = 0
    opened_s: int = 0
    answer_due_s: int | None = None
    unheard: tuple[int, ...] = ()
    nudged: int = 0
    hold_until_s: int | None = None
    outcome: Ending | None = None

    @property
    def place(self) -> Node:
        return self.scenario.nodes[self.node]

    @property
    def is_over(self) -> bool:
        return self.outcome is not None

    @property
    def waited_s(self) -> int:
        """How long the customer has been waiting, 0 when they are not."""
        return 0 if self.waiting_since_s is None else self.now_s - self.waiting_since_s

    @property
    def due_s(self) -> int | None:
        return None if self.is_over else min(_dues(self).values(), default=None)

    @property
    def context(self) -> Context:
        """The moment, for the etiquette check of what the agent is writing."""
        return _context(self, self.waited_s)


def begin(scenario: Scenario, attempt: int = 0) -> Practice:
    """The customer writes first. ``attempt`` chooses among the wordings."""
    node = scenario.nodes[scenario.start]
    practice = Practice(scenario, attempt, 0, scenario.start, scenario.mood, ())
    return _arrive(practice, node, node.says)


def say(practice: Practice, text: str, at_s: int) -> Practice:
    """The agent sends ``text`` at ``at_s``; until then time passes. Nothing more is heard when it is over."""
    practice = advance(practice, at_s)
    if practice.is_over or not text.strip():
        return practice
    answer_s = practice.now_s + _pause(practice)
    return replace(
        practice,
        lines=(*practice.lines, Line(False, text.strip(), practice.now_s)),
        unheard=(*practice.unheard, len(practice.lines)),
        answer_due_s=answer_s,
    )


def advance(practice: Practice, to_s: int) -> Practice:
    """Everything that happens until ``to_s``: the customer answers, asks again, or leaves."""
    while not practice.is_over:
        dues = _dues(practice)
        if not dues or min(dues.values()) > to_s:
            break
        what = min(dues, key=lambda name: dues[name])
        practice = _HAPPENS[what](replace(practice, now_s=dues[what]))
    return practice if practice.is_over else replace(practice, now_s=max(practice.now_s, to_s))


def stop(practice: Practice) -> Practice:
    """The agent ends it: what was sent is still heard, and an open talk stays unfinished."""
    if practice.answer_due_s is not None:
        practice = advance(practice, practice.answer_due_s)
    if practice.is_over:
        return practice
    end = practice.place.end
    return _over(practice, end if end is not None and end.is_good else Ending.UNFINISHED)


def _dues(practice: Practice) -> dict[str, int]:
    """What happens by itself, and when."""
    if practice.answer_due_s is not None:
        return {"answer": practice.answer_due_s}
    limits, node = practice.scenario.limits, practice.place
    if node.end is not None:
        return {"closed": practice.opened_s + CLOSING_S}
    if practice.waiting_since_s is None:
        return {"lapse": practice.opened_s + node.quiet_s + QUIET_SPARE_S}
    since = practice.hold_until_s if practice.hold_until_s is not None else practice.waiting_since_s
    nudges = (limits.reply_s, limits.late_s) if practice.hold_until_s is None else (0, limits.late_s)
    dues = {"leave": since + limits.leave_s}
    if practice.nudged < len(nudges):
        dues["nudge"] = since + nudges[practice.nudged]
    return dues


def _nudge(practice: Practice) -> Practice:
    """The customer asks whether anybody is there."""
    scenario = practice.scenario
    own = scenario.nudges or _NUDGES[scenario.lang][min(practice.nudged, 1)]
    text = own[_choice(practice, f"nudge{practice.nudged}", len(own))]
    mood = max(GRIMMEST + 1, practice.mood - (1 if practice.nudged else 0))
    return replace(
        practice,
        lines=(*practice.lines, Line(True, text, practice.now_s)),
        nudged=practice.nudged + 1,
        mood=mood,
    )


def _leave(practice: Practice) -> Practice:
    """The customer has waited too long."""
    turn = Turn(practice.node, "", -1, practice.waited_s, Heard(), practice.told, GRIMMEST)
    practice = replace(practice, turns=(*practice.turns, turn), mood=GRIMMEST)
    return _over(_farewell(practice, _TIRED[practice.scenario.lang]), Ending.LEFT)


def _lapse(practice: Practice) -> Practice:
    """A customer who went silent, and whom nobody asked."""
    turn = Turn(practice.node, "", -1, None, Heard(), practice.told, practice.mood)
    return _over(replace(practice, turns=(*practice.turns, turn)), Ending.LOST)


def _closed(practice: Practice) -> Practice:
    return _over(practice, practice.place.end or Ending.UNFINISHED)


def _answer(practice: Practice) -> Practice:
    """The customer takes in what the agent sent, and goes on."""
    node = practice.place
    turn = _turn(practice)
    practice = replace(
        practice,
        turns=(*practice.turns, turn),
        told=turn.told,
        unheard=(),
        answer_due_s=None,
        nudged=0,
        hold_until_s=None,
    )
    if node.end is not None:
        return _over(practice, node.end)
    if turn.is_hold:
        return _hold(practice)
    for number, branch in enumerate(node.branches):
        is_spent = branch.most and practice.taken.count((node.name, number)) >= branch.most
        if not is_spent and _holds(branch, turn, practice):
            return _take(practice, number, branch)
    return _over(_farewell(practice), Ending.LOST)


def _turn(practice: Practice) -> Turn:
    first = practice.lines[practice.unheard[0]]
    text = "\n".join(practice.lines[number].text for number in practice.unheard)
    since = practice.waiting_since_s
    words = same_words(text)
    is_repeat = len(words) > 1 and any(same_words(turn.text) == words for turn in practice.turns)
    wait_s = None if since is None else first.at_s - since
    heard = hear(practice.scenario, text, _context(practice, wait_s or 0), is_repeat=is_repeat)
    told = practice.told | heard.facts.keys()
    is_new = bool(heard.facts.keys() - practice.told)
    has_held = bool(practice.turns) and practice.turns[-1].is_hold
    is_hold = acts.WAIT in heard.acts and not is_new and not has_held and practice.place.end is None
    is_asked = any(acts.WAIT in need.split("|") for need in practice.place.needs)
    is_hold = is_hold and not is_asked and since is not None and not heard.is_blocked
    return Turn(practice.node, text, practice.unheard[0], wait_s, heard, told, practice.mood, is_hold)


def _hold(practice: Practice) -> Practice:
    """The customer was asked to wait, and does so for a while."""
    lines = _HOLDS[practice.scenario.lang]
    line = Line(True, lines[_choice(practice, "hold", len(lines))], practice.now_s)
    return replace(
        practice,
        lines=(*practice.lines, line),
        waiting_since_s=practice.now_s,
        hold_until_s=practice.now_s + practice.scenario.limits.hold_s,
    )


def _holds(branch: Branch, turn: Turn, practice: Practice) -> bool:
    if not branch.conditions:
        return True
    if turn.heard.is_repeat:
        return branch.conditions == (REPEAT,)
    return all(
        any(_is_true(term, turn, practice) for term in condition.split("|"))
        for condition in branch.conditions
    )


def _is_true(term: str, turn: Turn, practice: Practice) -> bool:
    heard = turn.heard
    if term == BLOCK:
        return heard.is_blocked
    if term.startswith(WRONG):
        return term.removeprefix(WRONG) in heard.wrong
    return term in heard.acts or term in practice.told


def _take(practice: Practice, number: int, branch: Branch) -> Practice:
    mood = max(GRIMMEST, min(GENTLEST, practice.mood + branch.mood))
    turns = (*practice.turns[:-1], replace(practice.turns[-1], mood=mood))
    practice = replace(practice, mood=mood, turns=turns, taken=(*practice.taken, (practice.node, number)))
    target = practice.scenario.nodes[branch.goto or practice.node]
    if mood == GRIMMEST and target.end is None:
        return _over(_farewell(practice), Ending.LOST)
    return _arrive(practice, target, branch.says or target.says)


def _arrive(practice: Practice, node: Node, says: tuple[str, ...]) -> Practice:
    """The customer comes to ``node`` and says one of ``says``; nothing where they are silent."""
    lines = practice.lines
    if says:
        text = says[_choice(practice, node.name, len(says))]
        lines = (*lines, Line(True, text, practice.now_s))
    is_waiting = node.quiet_s == 0 and node.end is None
    practice = replace(
        practice,
        node=node.name,
        lines=lines,
        opened_s=practice.now_s,
        waiting_since_s=practice.now_s if is_waiting else None,
    )
    return _over(practice, Ending.LOST) if node.end is Ending.LOST else practice


def _farewell(practice: Practice, usual: tuple[str, ...] = ()) -> Practice:
    own = usual or practice.scenario.farewells or _FAREWELLS[practice.scenario.lang]
    line = Line(True, own[_choice(practice, "farewell", len(own))], practice.now_s)
    return replace(practice, lines=(*practice.lines, line))


def _over(practice: Practice, outcome: Ending) -> Practice:
    return replace(practice, outcome=outcome, answer_due_s=None)


def _context(practice: Practice, waited_s: int) -> Context:
    scenario = practice.scenario
    return Context(
        is_first_turn=not practice.turns,
        is_closing=practice.place.end is not None,
        waited_s=waited_s,
        mood=max(-2, min(1, practice.mood)),
        stage=scenario.stage.value,
        lang=scenario.lang,
    )


def _pause(practice: Practice) -> int:
    return ANSWER_S + _choice(practice, f"pause{len(practice.turns)}", ANSWER_SPREAD)


def _choice(practice: Practice, place: str, count: int) -> int:
    visit = sum(1 for line in practice.lines if line.is_customer)
    return choose(practice.scenario.id, practice.attempt, f"{place}:{visit}", count)


@lru_cache(maxsize=16_384)
def choose(scenario: str, attempt: int, place: str, count: int) -> int:
    """A number from 0 to ``count - 1``: the same for the same scenario, attempt and place, everywhere."""
    digest = sha256(f"{scenario}\x1f{attempt}\x1f{place}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % count


_HAPPENS = {"answer": _answer, "nudge": _nudge, "leave": _leave, "lapse": _lapse, "closed": _closed}
