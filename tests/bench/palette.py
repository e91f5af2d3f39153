"""The palette at 10,000 replies: one keystroke against ``str.find`` of an absent needle over the same text.

``python -m tests.bench.palette``
"""

from __future__ import annotations

import random
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from csdesk.model.reply import QuickReply, ReplyUse
from csdesk.replies.finder import Finder
from csdesk.replies.keys import NO_KEYS, compute_in_child, missing
from csdesk.replies.pack import Library, builtin_folder, library_of, load_folder
from tests.bench.row import Row, against, lines

REPLIES = 10_000
ROUNDS = 40
BUDGET = 4.0
ABSENT = "\u9f98\u9750\u9f98\u9750"
"""Four characters that no reply holds: the walk through everything that a query without a match costs."""

QUERIES = (
    *(
        "q",
        "qd",
        "qdd",
        "y",
        "yh",
        "yhq",
        "bjj",
        "deng",
        "dengd",
        "dengdai",
        "fahuo",
        "tuih",
        "wuliu",
        "ship",
        "refund",
    ),
    *("退", "退货", "运费", "发票", "请您稍等", "优惠券说明", "颜色", "發票"),
    *("发货 快递", "refund order", "龘", "没有这样的句子", "xqzxqz", "wleocme", "zzzz", "inini", "thlcsm"),
)


def make_library(count: int = REPLIES, seed: int = 7) -> Library:
    """``count`` replies made of the clauses of the shipped packs: titles of two or three, bodies of five."""
    shipped = load_folder([builtin_folder()]).replies
    pick = random.Random(seed)
    return library_of(_invented(shipped, number, pick) for number in range(count))


def _invented(shipped: tuple[QuickReply, ...], number: int, pick: random.Random) -> QuickReply:
    model = pick.choice(shipped)
    same = [reply for reply in shipped if reply.lang == model.lang]
    clauses = [
        clause for reply in pick.sample(same, 5) for clause in re.split(r"(?<=[，。！？,.!?])", reply.body)
    ]
    title = (" " if model.lang == "en" else "").join(reply.title for reply in pick.sample(same, 2))[:40]
    return replace(
        model,
        id=f"invented-{number}",
        code=f"{model.code}{number}",
        aliases=(),
        title=title,
        body="".join(pick.sample(clauses, min(len(clauses), 5))),
    )


def measure() -> list[Row]:
    """Median and p99 of a keystroke, and the build of the index, with the raw walk of the same run; CPU time."""
    library = make_library()
    with tempfile.TemporaryDirectory() as folder:
        keys = compute_in_child(missing(library, NO_KEYS), Path(folder) / "keys.json", library)
    started = time.thread_time()
    finder = Finder(library, keys)
    build_ms = (time.thread_time() - started) * 1000
    used = [reply.id for reply in library.replies[::17]]
    uses = {name: ReplyUse(1 + at % 9, 1_700_000_000_000 + at * 3_600_000) for at, name in enumerate(used)}
    blob = "\n".join(finder.blobs)
    finder.find("wleocme")
    raw = list(_timed(lambda: blob.find(ABSENT), ROUNDS * 5))
    strokes = [spent for query in QUERIES for spent in _timed(partial(finder.find, query, uses=uses), ROUNDS)]
    raw_ms = statistics.median(raw)
    what = f"find of an absent needle, {len(blob) / 1e6:.1f}M characters"
    return [
        against(
            "palette keystroke, 10k replies, p50", statistics.median(strokes), "ms", what, raw_ms, BUDGET
        ),
        against("palette keystroke, 10k replies, p99", _p99(strokes), "ms", what, raw_ms, BUDGET),
        Row("palette index build, 10k replies", build_ms, "ms", what, raw_ms, build_ms / raw_ms, 0.0, True),
    ]


def _timed(work: Callable[[], object], rounds: int) -> Iterator[float]:
    for _round in range(rounds):
        started = time.thread_time()
        work()
        yield (time.thread_time() - started) * 1000


def _p99(spent: list[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.99)]


def main() -> None:
    print("\n".join(lines(measure())))


if __name__ == "__main__":
    main()
