"""Quick replies at 1,000, 10,000 and 100,000: a keystroke, its peers, the reading of the packs.

``python -m tests.bench replies``. The raw limit is ``str.find`` of an absent needle over the same text. The
peers see titles and codes only, which is less than the finder looks through.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from csdesk.model.reply import PackScope, QuickReply, ReplyUse
from csdesk.replies.finder import Finder
from csdesk.replies.keys import NO_KEYS, compute_in_child, missing
from csdesk.replies.pack import Library, PackFolder, load_folder
from csdesk.replies.watch import PackWatch
from tests.bench.palette import ABSENT, QUERIES, make_library
from tests.bench.row import Row, at_most

SIZES = (1_000, 10_000, 100_000)
A_FILE = 500
"""Replies in one generated file."""
MOST_FILES = 20
"""The packs of 100,000 are not written out: reading grows with their size alone."""
NOON = datetime(2026, 11, 22, 12)
BUDGET_MS = 5.0
"""What a keystroke may take up to 10,000 replies: far more than any shop has."""


def measure(quick: bool = False) -> list[Row]:
    """A keystroke and its peers for each size, and what reading costs; CPU time of one thread."""
    rows: list[Row] = []
    for size in SIZES[:2] if quick else SIZES:
        rows += _of_size(size, 5 if quick or size > 10_000 else 20)
    return rows


def _of_size(size: int, rounds: int) -> list[Row]:
    library = make_library(size)
    with tempfile.TemporaryDirectory() as folder:
        keys = compute_in_child(missing(library, NO_KEYS), Path(folder) / "keys.json", library)
        reading = _reading(library.replies[: MOST_FILES * A_FILE], Path(folder), size)
    finder = Finder(library, keys)
    blob = "\n".join(finder.blobs)
    raw_ms = statistics.median(_timed(lambda: blob.find(ABSENT), 50))
    what = f"str.find, {len(blob) / 1e6:.1f}M characters"
    uses = {reply.id: ReplyUse(3, 1_700_000_000_000) for reply in library.replies[:: max(1, size // 500)]}
    finder.find("wleocme")
    strokes = _strokes(
        partial(finder.find, stage="presale", tier="A", spoken="zh", uses=uses, now=NOON), rounds
    )
    p50, p95 = statistics.median(strokes), _p95(strokes)
    told = f"{size // 1000}k replies"
    worst = at_most if size <= 10_000 else _told
    return [
        Row(f"finder, {told}, p50", p50, "ms", what, raw_ms, p50 / raw_ms, 0.0, True),
        worst(f"finder, {told}, p95", p95, "ms", what, raw_ms, BUDGET_MS),
        *_peers(library, told, what, raw_ms, 1 if size > 10_000 else 3),
        *reading,
    ]


def _told(name: str, value: float, unit: str, raw_name: str, raw: float, _most: float) -> Row:
    return Row(name, value, unit, raw_name, raw, value / raw, 0.0, True)


def _peers(library: Library, told: str, what: str, raw_ms: float, rounds: int) -> list[Row]:
    from rapidfuzz import fuzz, process
    from textual.fuzzy import FuzzySearch

    titles = [f"{reply.code} {reply.title}" for reply in library.replies]

    def by_rapidfuzz(query: str) -> object:
        return process.extract(query, titles, scorer=fuzz.partial_ratio, limit=30)

    def by_textual(query: str) -> object:
        search = FuzzySearch()
        return sorted((search.match(query, title)[0] for title in titles), reverse=True)[:30]

    rows = []
    for name, work in (("rapidfuzz partial_ratio", by_rapidfuzz), ("Textual's FuzzySearch", by_textual)):
        spent = _strokes(work, rounds, QUERIES[::3])
        for part, value in (("p50", statistics.median(spent)), ("p95", _p95(spent))):
            rows.append(Row(f"{name}, {told}, {part}", value, "ms", what, raw_ms, value / raw_ms, 0.0, True))
    return rows


def _reading(replies: Sequence[QuickReply], folder: Path, size: int) -> list[Row]:
    """Packs read for the first time, and one look at files that did not change, beside reading their bytes."""
    files = [folder / f"pack{at}.yaml" for at in range(0, len(replies), A_FILE)]
    for number, path in enumerate(files):
        path.write_text(as_pack(f"p{number}", replies[number * A_FILE : (number + 1) * A_FILE]), "utf-8")
    if size > len(replies):
        return []
    raw_ms = statistics.median(_timed(lambda: [path.read_text("utf-8") for path in files], 5))
    started = time.thread_time()
    assert len(load_folder(files).replies) == len(replies)
    spent = (time.thread_time() - started) * 1000
    watch = PackWatch([PackFolder(folder, PackScope.PERSONAL)])
    watch.read()
    look = statistics.median(_timed(watch.has_changed, 20))
    told, what = f"{len(replies) // 1000}k replies", f"read_text of the {len(files)} files"
    return [
        Row(f"packs read, {told}", spent, "ms", what, raw_ms, spent / raw_ms, 0.0, True),
        Row(f"look for a change, {told}", look, "ms", what, raw_ms, look / raw_ms, 0.0, True),
    ]


def as_pack(name: str, replies: Sequence[QuickReply]) -> str:
    """A pack file of these replies; what was cut out of placeholders is text here."""
    lines = ["schema: csdesk.pack/1", f"pack: {{id: {name}, title: T, lang: {replies[0].lang}}}"]
    lines.append("replies:")
    for reply in replies:
        body = "".join(char for char in reply.body if char not in '\\"{}').replace("\n", " ")
        lines += [
            f"  - code: {reply.code}",
            f'    title: "{reply.title}"',
            f'    body: "{body}"',
            f"    stage: {reply.stage}",
        ]
        lines.append(f"    tags: [{', '.join(reply.tags)}]")
    return "\n".join(lines) + "\n"


def _strokes(find: Callable[[str], object], rounds: int, queries: Sequence[str] = QUERIES) -> list[float]:
    return [spent for query in queries for spent in _timed(partial(find, query), rounds)]


def _timed(work: Callable[[], object], rounds: int) -> list[float]:
    spent: list[float] = []
    for _round in range(rounds):
        started = time.thread_time()
        work()
        spent.append((time.thread_time() - started) * 1000)
    return spent


def _p95(spent: Sequence[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.95)]
