"""What a practised conversation is judged by: eight dimensions and their weights (research/corpora.md 2f).

The weights are those of service scorecards: solving leads, form and courtesy are a fifth. The score is of the
conversation; nothing here measures whether a customer is satisfied.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from csdesk.errors import UsageError
from csdesk.i18n import N_, _


class Dimension(StrEnum):
    """One side of a conversation that is scored."""

    ANSWERED = "answered"
    REASON = "reason"
    FEELINGS = "feelings"
    HONEST = "honest"
    TIME = "time"
    OPENING = "opening"
    LANGUAGE = "language"
    CLOSING = "closing"

    @property
    def label(self) -> str:
        """Its name for people, in the current language."""
        return _(_TITLES[self])


_TITLES = {
    Dimension.ANSWERED: N_("Answered and solved"),
    Dimension.REASON: N_("Reason and alternative"),
    Dimension.FEELINGS: N_("Feelings"),
    Dimension.HONEST: N_("Honest promises"),
    Dimension.TIME: N_("Time"),
    Dimension.OPENING: N_("Opening and address"),
    Dimension.LANGUAGE: N_("Wording"),
    Dimension.CLOSING: N_("Closing"),
}

WEIGHTS: Mapping[Dimension, int] = MappingProxyType(
    {
        Dimension.ANSWERED: 30,
        Dimension.REASON: 15,
        Dimension.FEELINGS: 15,
        Dimension.HONEST: 15,
        Dimension.TIME: 10,
        Dimension.OPENING: 5,
        Dimension.LANGUAGE: 5,
        Dimension.CLOSING: 5,
    }
)
FATAL_CAP = 40
"""The most a conversation with a fatal slip can score."""


def weights_with(changed: Mapping[str, int]) -> Mapping[Dimension, int]:
    """The weights with a school's own ones; 0 would leave a dimension out.

    Raises UsageError for an unknown dimension, and when answering no longer leads.
    """
    weights = dict(WEIGHTS)
    for name, weight in changed.items():
        if name not in set(Dimension):
            raise UsageError(
                "trainer.unknown_dimension",
                _("trainer.weights: {name} is no dimension of the score.").format(name=name[:40]),
                _("Dimensions: {names}.").format(names=", ".join(Dimension)),
            )
        weights[Dimension(name)] = weight
    if weights[Dimension.ANSWERED] < max(weights.values()):
        raise UsageError(
            "trainer.answering_leads",
            _("trainer.weights: another dimension weighs more than answering."),
            _("Give answered the greatest weight: courtesy alone solves nothing."),
        )
    return weights
