"""The part of a text that says what was searched for, on one line, with the places that fit."""

from __future__ import annotations

import re
from collections.abc import Iterable

from csdesk.store.search_terms import Places, Span, Term
from csdesk.text import next_boundary

SNIPPET_CHARS = 160
LEAD = 16
ELLIPSIS = "…"
_BREAKS = re.compile(r"[\n\t]")


def snippet_of(text: str, terms: Iterable[Term], normal: str | None = None) -> tuple[str, tuple[Span, ...]]:
    """At most SNIPPET_CHARS of ``text`` from shortly before the first place that fits; and the places.

    ``normal`` is the normal form of ``text`` where it is known already.
    """
    spans = places_in(text, terms, normal)
    if len(text) <= SNIPPET_CHARS:
        return (_BREAKS.sub(" ", text) if "\n" in text or "\t" in text else text), tuple(spans)
    start = max(0, spans[0][0] - LEAD) if spans and spans[0][1] > SNIPPET_CHARS // 2 else 0
    if start:
        start = next_boundary(text, start - 1)
    end = min(len(text), start + SNIPPET_CHARS)
    lead = ELLIPSIS if start else ""
    tail = ELLIPSIS if end < len(text) else ""
    shown = lead + _BREAKS.sub(" ", text[start:end]) + tail
    shift = len(lead) - start
    inside = tuple((first + shift, min(last, end) + shift) for first, last in spans if start <= first < end)
    return shown, inside


def places_in(text: str, terms: Iterable[Term], normal: str | None = None) -> list[Span]:
    """Every place of ``text`` that fits, in order, those that touch joined; ``normal`` as above."""
    places = Places(text, normal)
    found = [span for term in terms for span in term.spans(places.normal)]
    if not places.is_same:
        found = [span for span in map(places.original, found) if span is not None]
    if len(found) < 2:
        return found
    joined: list[Span] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
