"""What is known around a text when it is checked: the moment in the conversation, and the shop's facts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """What a shop allows its agents to promise; None or empty: the shop did not say, nothing is checked.

    ``discount_percent`` is the largest price cut, ``return_days`` the days in which goods may come back,
    ``forbidden`` are words of promises that nobody may make.
    """

    discount_percent: int | None = None
    return_days: int | None = None
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """The moment of a text. None or empty is "not known": rules that need it are then silent.

    ``waited_s`` is how long the customer has been waiting, ``mood`` -2 (furious) to 1 (friendly), ``lang``
    counts for texts that show no language themselves.
    """

    is_first_turn: bool | None = None
    is_closing: bool | None = None
    waited_s: int | None = None
    mood: int | None = None
    stage: str = ""
    tier: str = ""
    lang: str = ""


NOWHERE = Context()
"""Nothing is known but the text."""
