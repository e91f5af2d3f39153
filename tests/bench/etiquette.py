"""Checking a reply of 200 characters with every rule, in the moment in which the most rules speak."""

from __future__ import annotations

import time
from collections.abc import Callable

from csdesk.etiquette import ruleset
from csdesk.etiquette.checker import check
from csdesk.etiquette.context import Context
from csdesk.etiquette.rule import Profile
from tests.bench.row import Row, at_most

MOST_MS = 5.0
LENGTH = 200
ZH = "您好，非常抱歉让您久等了，这款目前没有现货，因为仓库正在盘点，预计周五下午可以发出，绝对不会掉色，您看可以吗？"
EN = "Hello, thank you for waiting and sorry for the delay, the blue one is sold out because of the sale, it will definitely fit. "


def measure(quick: bool = False) -> list[Row]:
    """p95 of a check in each language, beside one look for a word that is not there."""
    rules = ruleset.load([ruleset.BUILTIN], profile=Profile.STRICT)
    context = Context(is_first_turn=True, is_closing=True, waited_s=300, mood=-1)
    rows = []
    for name, sentence in (("Chinese", ZH), ("English", EN)):
        text = (sentence * 8)[:LENGTH]
        rounds = 100 if quick else 1000
        checked = _p95(lambda text=text: check(text, context, rules), rounds)  # type: ignore[misc]
        raw = _p95(lambda text=text: text.find("\x00"), rounds)  # type: ignore[misc]
        rows.append(
            at_most(f"etiquette, 200 {name} characters, CPU p95", checked, "ms", "str.find", raw, MOST_MS)
        )
    return rows


def _p95(call: Callable[[], object], rounds: int) -> float:
    """ms of this thread that 95 of 100 calls stay under: it computes and waits for nothing, so no wait counts."""
    call()
    taken = []
    for _round in range(rounds):
        start = time.thread_time()
        call()
        taken.append((time.thread_time() - start) * 1000)
    return sorted(taken)[int(rounds * 0.95)]
