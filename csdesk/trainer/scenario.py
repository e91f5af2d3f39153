"""A scenario: one simulated customer, what is true, how the talk can go, and what a good agent says.

Data only; :mod:`csdesk.trainer.reading` makes it from YAML, :mod:`csdesk.trainer.engine` plays it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from csdesk.etiquette.context import Policy
from csdesk.model.conversation import Stage
from csdesk.yamlsafe import Mark

GENTLEST, GRIMMEST = 2, -3
"""Moods a customer can be in, from friendly to leaving."""
WRONG, BLOCK, REPEAT = "wrong:", "block", "repeat"
"""Conditions beside acts and facts: a fact told wrongly, a finding that blocks, a reply that was sent before."""


class Theme(StrEnum):
    """What a scenario practises."""

    PRESALE = "presale"
    BARGAIN = "bargain"
    INSALE = "insale"
    INVOICE = "invoice"
    AFTERSALE = "aftersale"
    LATE_PARCEL = "late-parcel"
    WRONG_ITEM = "wrong-item"
    REFUND = "refund"
    COMPLAINT = "complaint"
    ANGRY = "angry"
    SILENT = "silent"
    PUSHY = "pushy"
    PRIVACY = "privacy"
    OFF_PLATFORM = "off-platform"
    LEAVING = "leaving"
    AFTER_ABUSE = "after-abuse"


class Ending(StrEnum):
    """How a conversation came to its end.

    ``kept``: nothing was sold or granted, and the customer goes in peace. ``left``: they waited too long.
    ``unfinished``: the agent stopped before the customer did.
    """

    SOLVED = "solved"
    KEPT = "kept"
    LOST = "lost"
    LEFT = "left"
    UNFINISHED = "unfinished"

    @property
    def is_good(self) -> bool:
        return self in (Ending.SOLVED, Ending.KEPT)


class Fatal(StrEnum):
    """What caps the whole score (research/corpora.md 2f)."""

    ABUSE = "abuse"
    FALSE_REFUSAL = "false-refusal"
    LEAK = "leak"
    OFF_PLATFORM = "off-platform"
    INVENTED = "invented"


class Recorded(StrEnum):
    """Recorded transcripts that every scenario carries, the best first."""

    GOOD = "good"
    MEDIOCRE = "mediocre"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something an agent can say in this scenario: a truth on the card, a question, an offer.

    ``card`` is a truth that stands on the agent's card; ``task`` is something to do that does not.
    ``said`` finds it in a reply, ``wrong`` finds it told wrongly; ``fatal`` is what a wrong one counts as.
    ``worth`` weighs it within its ``dimension``.
    """

    name: str
    card: str
    task: str
    said: re.Pattern[str]
    wrong: re.Pattern[str] | None = None
    fatal: Fatal | None = None
    worth: int = 1
    dimension: str = "answered"

    @property
    def title(self) -> str:
        return self.card or self.task


@dataclass(frozen=True, slots=True)
class Never:
    """Something nobody may say here; ``why`` is told in the debrief."""

    said: re.Pattern[str]
    why: str
    fatal: Fatal | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Where the talk goes when all of ``conditions`` hold; each is one name or ``a|b`` for either.

    ``goto`` "" stays at the node. ``most`` bounds how often the branch is taken; 0 is without a bound.
    """

    conditions: tuple[str, ...]
    goto: str
    says: tuple[str, ...]
    mood: int
    most: int
    mark: Mark = field(compare=False)


@dataclass(frozen=True, slots=True)
class Node:
    """One place in the talk: what the customer says there, and what a reply needs.

    ``needs`` are names of acts or facts, ``a|b`` for either. ``quiet_s`` > 0: the customer says nothing, and
    it is the agent who takes the talk up again after about that many seconds.
    """

    name: str
    says: tuple[str, ...]
    needs: tuple[str, ...]
    model: str
    branches: tuple[Branch, ...]
    end: Ending | None
    quiet_s: int
    mark: Mark = field(compare=False)


@dataclass(frozen=True, slots=True)
class Given:
    """One reply of a recorded attempt, sent ``after_s`` seconds behind the customer's last line."""

    text: str
    after_s: int = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds on the simulated clock: a full mark until ``first_s`` (first reply) and ``reply_s`` (others), half
    until ``reply_s`` and ``late_s``; the customer asks again at ``reply_s`` and ``late_s`` and leaves at ``leave_s``. ``hold_s`` is
    how long a customer who was asked to wait does so. The defaults are the goals of the queue (seed 003)."""

    first_s: int = 60
    reply_s: int = 100
    late_s: int = 180
    leave_s: int = 300
    hold_s: int = 240


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """One lesson. ``digest`` names the very content of its file; ``is_draft`` marks one not yet fit to teach."""

    id: str
    title: str
    lang: str
    theme: Theme
    tags: tuple[str, ...]
    stage: Stage
    difficulty: int
    seeds: tuple[str, ...]
    lesson: str
    customer: str
    about: str
    mood: int
    limits: Limits
    facts: Mapping[str, Fact]
    nevers: tuple[Never, ...]
    start: str
    nodes: Mapping[str, Node]
    nudges: tuple[str, ...]
    farewells: tuple[str, ...]
    transcripts: Mapping[Recorded, tuple[Given, ...]]
    path: str
    digest: str
    is_draft: bool = False
    policy: Policy = field(default=Policy())
    """What the shop of this customer allows to promise; nothing is judged by what it does not say."""

    @property
    def card(self) -> tuple[str, ...]:
        """What the agent knows: the truths of the scenario, in the order they were written."""
        return tuple(fact.card for fact in self.facts.values() if fact.card)
