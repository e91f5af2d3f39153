"""What the shop of a scenario allows its agents to promise: read, judged, and told to who practises.

A scenario says it under ``shop``; a school says it for a whole folder of its own in ``shop.yaml`` beside the
scenarios, and a scenario's own word goes before that. Desk settings say nothing here: a score is to be the
same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from csdesk.etiquette.context import Policy
from csdesk.etiquette.policies import TOPICS
from csdesk.etiquette.reading import Reading, Span
from csdesk.etiquette.schema import read_policy
from csdesk.i18n import _
from csdesk.paths import is_file
from csdesk.trainer.scenario import Scenario
from csdesk.yamlsafe import Fields, Problem, YamlError, load

FILE = "shop.yaml"
SCHEMA = "csdesk.shop/1"
RULE = "shop."
"""What the rules of the score begin with that a shop's word stands behind."""
FORBIDDEN = "forbidden"
NOTHING = Policy()


@dataclass(frozen=True, slots=True)
class ReadShop:
    """What a folder's file says, and what is wrong in it."""

    policy: Policy = NOTHING
    problems: tuple[Problem, ...] = ()


def read_shop(folder: Path) -> ReadShop:
    """What the file of ``folder`` says; nothing where there is none, or where it has a problem."""
    path = folder / FILE
    if not is_file(path):
        return ReadShop()
    try:
        problems: list[Problem] = []
        top = Fields(load(path), problems)
        top.choice("schema", (SCHEMA,), "")
        policy = read_policy(top)
    except YamlError as error:
        return ReadShop(problems=(error.problem,))
    return ReadShop(NOTHING if problems else policy, tuple(problems))


def within(scenario: Scenario, shop: Policy) -> Scenario:
    """``scenario`` in a folder whose ``shop`` holds where it says nothing itself; it is another lesson by that."""
    own = scenario.policy
    policy = Policy(
        shop.discount_percent if own.discount_percent is None else own.discount_percent,
        shop.return_days if own.return_days is None else own.return_days,
        tuple(dict.fromkeys((*own.forbidden, *shop.forbidden))),
    )
    if policy == own:
        return scenario
    digest = sha256(f"{scenario.digest} {policy}".encode()).hexdigest()[:16]
    return replace(scenario, policy=policy, digest=digest)


def beyond(reading: Reading, policy: Policy) -> Mapping[str, Span]:
    """By topic, the first words that promise more than ``policy`` allows."""
    found = ((topic, spans(reading, policy)) for topic, spans in TOPICS.items())
    return {topic: spans[0] for topic, spans in found if spans}


def told(policy: Policy) -> Mapping[str, str]:
    """By topic, what ``policy`` says of it, in a sentence; topics that it is silent on are left out."""
    return dict(_told(policy))


def _told(policy: Policy) -> Iterator[tuple[str, str]]:
    if policy.discount_percent == 0:
        yield "discount", _("No price cut may be promised.")
    elif policy.discount_percent is not None:
        yield (
            "discount",
            _("A price cut of at most {percent} % may be promised.").format(percent=policy.discount_percent),
        )
    if policy.return_days is not None:
        yield "return_days", _("Goods may come back within {days} days.").format(days=policy.return_days)
    if policy.forbidden:
        words = _(", ").join(policy.forbidden)
        yield FORBIDDEN, _("Nobody here may promise: {words}.").format(words=words)
