"""How far signs in the words tell polite requests from impolite ones (English, Stanford's Wikipedia set).

Thirty-odd strategies as counts, weighed by a logistic regression that is fitted on one half and measured on
the other. Only the measurement is kept: csdesk ships no weights.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from tests.eval.sets import Labelled

ROUNDS = 400
RATE = 0.5
SHRINK = 0.002

STRATEGIES = {
    "gratitude": r"\b(?:thank|thanks|appreciate|grateful|cheers)",
    "apology": r"\b(?:sorry|apolog|excuse me|forgive|oops|my bad)",
    "greeting": r"^(?:hi|hello|hey|dear|greetings|good (?:morning|day|evening))\b",
    "please inside": r"(?<=[a-z,] )please\b",
    "please first": r"^please\b",
    "praise": r"\b(?:great|nice|good|interesting|excellent|awesome|impressive|wonderful|well done|cool|love)\b",
    "could you": r"\b(?:could|would) (?:you|it|i|we|someone|anybody|anyone)\b",
    "can you": r"\b(?:can|will) (?:you|i|we|someone)\b",
    "may I": r"\b(?:may i|might i|would you mind|do you mind|if you don't mind|if possible)\b",
    "wondering": r"\b(?:wonder|wondering|hoping|was thinking|any chance|any idea|perhaps you)\b",
    "by the way": r"\bby the way\b|\bbtw\b",
    "let me know": r"\b(?:let me know|feel free|happy to|glad to|help)\b",
    "interested": r"\b(?:interested in|willing|would like|'d like|if you (?:want|wish|like|have|could|would))\b",
    "hedge": r"\b(?:think|suggest|seems?|appears?|might|maybe|perhaps|possibly|probably|guess|somewhat|around|rather|likely|sort of)\b",
    "fact": r"\b(?:in fact|actually|really|honestly|surely|clearly|obviously|the point|the truth|reality)\b",
    "question first": r"^(?:what|why|who|how|when|where|which)\b",
    "why": r"\bwhy\b",
    "conjunction first": r"^(?:so|then|and|but|or|ok|well|um)\b",
    "you first": r"^(?:you|your)\b",
    "I first": r"^(?:i|i'm|i've|my)\b",
    "I": r"\b(?:i|i'm|i've|me|my)\b",
    "we": r"\b(?:we|our|us|let's)\b",
    "you": r"\b(?:you|your|you're|yours)\b",
    "you do": r"\b(?:do|did|are|were|have) you\b",
    "not": r"\b(?:not|no|never|none|nothing|don't|didn't|isn't|can't|won't|doesn't|aren't|wasn't)\b",
    "must": r"\b(?:should|must|need to|have to|ought|stop|don't)\b",
    "blame": r"\b(?:wrong|bad|vandal|nonsense|ridiculous|stupid|silly|problem|delete|deleted|revert|reverted|removed?|block|blocked|claim|pov|bias|ignor|false)\w{0,4}\b",
    "evaluation of you": r"\b(?:what (?:is|are) you|what makes you|who are you|how dare|you (?:keep|think|know|just|seem|claim|say|said))\b",
    "doubt": r"\b(?:what the|heck|hell|seriously|exactly|on earth|even)\b",
    "exclamation": r"!",
    "questions": r"\?",
    "smile": r"[:;]-?[)D]",
    "link": r"<url>",
    "work": r"\b(?:article|page|edit|add|source|image|check|look|take a look|review|write|create)\b",
    "time": r"\b(?:when you|sometime|at some point|a moment|a minute|whenever|next time)\b",
    "advice": r"\b(?:how do i|how can i|how would|where can|what do you think|advice|opinion|thoughts|suggestions?)\b",
}
_COMPILED = [re.compile(pattern) for pattern in STRATEGIES.values()]


def features(text: str) -> list[float]:
    """What a request shows of each strategy (0 to 2, then evened out), its length, and one."""
    plain = text.lower().strip().replace("’", "'")
    counts = [math.log1p(min(3, len(pattern.findall(plain)))) for pattern in _COMPILED]
    words = len(plain.split())
    return [*counts, math.log1p(words) / 3, float(words < 8), 1.0]


def accuracy(requests: Sequence[Labelled]) -> tuple[float, float]:
    """Share told right on the half that was fitted on, and on the other."""
    tune = [(features(each.text), each.value) for each in requests if not each.is_reported]
    report = [(features(each.text), each.value) for each in requests if each.is_reported]
    weights = _fitted(tune)
    return _right(weights, tune), _right(weights, report)


def _fitted(rows: Sequence[tuple[list[float], float]]) -> list[float]:
    weights = [0.0] * len(rows[0][0])
    for _round in range(ROUNDS):
        slopes = [SHRINK * weight for weight in weights]
        for values, wanted in rows:
            miss = (_share(weights, values) - wanted) / len(rows)
            for index, value in enumerate(values):
                if value:
                    slopes[index] += miss * value
        weights = [weight - RATE * 4 * slope for weight, slope in zip(weights, slopes, strict=True)]
    return weights


def _share(weights: Sequence[float], values: Sequence[float]) -> float:
    total = sum(weight * value for weight, value in zip(weights, values, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _right(weights: Sequence[float], rows: Sequence[tuple[list[float], float]]) -> float:
    hits = sum((_share(weights, values) > 0.5) == (wanted > 0.5) for values, wanted in rows)
    return hits / len(rows)
