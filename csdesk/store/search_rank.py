"""How well a text fits: rare words weigh more, again and again weighs less, short texts win.

The weights are those of Okapi BM25 (k1 = 1.2, b = 0.75), counted within the texts at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Protocol, TypeVar

from csdesk.store.search_terms import Term
from csdesk.store.tokens import normalise

K1, B = 1.2, 0.75


class Ranked(Protocol):
    """What can be ranked."""

    @property
    def id(self) -> int: ...

    @property
    def text(self) -> str: ...


R = TypeVar("R", bound=Ranked)


def ranked(rows: Sequence[R], terms: Sequence[Term]) -> list[R]:
    """``rows`` with those that fit best first; of equals the newest."""
    normals = [normalise(row.text) for row in rows]
    counts = [[len(term.spans(normal)) for term in terms] for normal in normals]
    mean = sum(map(len, normals)) / max(1, len(normals)) or 1.0
    # Every hit has every word, as a rule: what is said often in few of them tells them apart.
    holding = [sum(1 for row in counts if row[at] > 1) for at in range(len(terms))]
    weights = [log(1 + (len(rows) - n + 0.5) / (n + 0.5)) for n in holding]
    scores = [
        sum(
            weight * number * (K1 + 1) / (number + K1 * (1 - B + B * len(normal) / mean))
            for weight, number in zip(weights, row, strict=True)
        )
        for row, normal in zip(counts, normals, strict=True)
    ]
    order = sorted(range(len(rows)), key=lambda at: (-scores[at], -rows[at].id))
    return [rows[at] for at in order]
