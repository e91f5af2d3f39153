"""What the bench of growing stores says: sizes, growth, verdicts, and its page of the docs."""

from __future__ import annotations

import io
from pathlib import Path
from random import Random

from tests.bench import scale
from tests.bench.growth import Growth, Machine, markdown, terminal
from tests.bench.progress import Progress
from tests.bench.row import Row, against, at_most
from tests.bench.words import ADVERSARIAL, message, vocabulary

MACHINE = Machine("a processor", 2, 4, "Linux 6", "3.11", "3.50", "2026-01-02 03:04 UTC", 0.5)


def _growth(*values: float) -> Growth:
    measured: dict[int, list[Row]] = {}
    for place, value in enumerate(values):
        rows = [against("queue page, all, p50", value, "ms", "by key", 1.0, 5.0)]
        rows += [at_most("open", 3.0, "ms", "raw", 1.0, 2.0)] if place else []
        measured[10_000 * 10**place] = rows
    return Growth.of(measured, 10, MACHINE)


def test_sizes_above_the_asked_one_are_left_out() -> None:
    assert scale.sizes_up_to(1_000_000) == (10_000, 100_000, 1_000_000)
    assert scale.sizes_up_to(10_000) == (10_000,)
    assert scale.sizes_up_to(20_000) == (10_000, 20_000)
    assert scale.sizes_up_to(400) == (400,)


def test_a_figure_that_grows_too_much_is_missed() -> None:
    assert [line.missed for line in _growth(1.0, 1.4).lines] == [[], ["1"]]
    assert [line.missed for line in _growth(1.0, 1.6).lines] == [["growth"], ["1"]]
    assert not _growth(1.0, 1.4).is_met
    assert _growth(4.0).is_met


def test_the_table_has_a_column_for_each_size() -> None:
    head, _rule, page, opened = markdown(_growth(1.0, 1.25))[2:]
    assert head.startswith("| what |  | 10k | 100k | growth |")
    assert page.startswith("| queue page, all, p50 | ms | 1.000 | 1.250 | 1.25 |")
    assert opened.startswith("| open (most 2) | ms | - | 3.000 | - |")
    assert opened.endswith("| MISSED (100k) |")
    assert "MISSED (100k)" in terminal(_growth(1.0, 1.25))[-1]


def test_the_json_has_each_figure_at_each_size() -> None:
    told = _growth(1.0, 1.25).as_json()
    assert told["sizes"] == [10_000, 100_000]
    page, opened = told["figures"]
    assert page["at"]["100000"] == {"value": 1.25, "raw": 1.0, "ratio": 1.25, "met": True}
    assert page["growth"] == 1.25
    assert list(opened["at"]) == ["100000"]
    assert not opened["met"]


def test_the_page_of_the_docs_keeps_its_words(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"Before.\n\n{scale.BEGIN}\nold\n{scale.END}\n\nBehind.\n", "utf-8")
    for table in (["| a |"], ["| b |"]):
        scale.write_docs(page, table)
    assert page.read_text("utf-8") == f"Before.\n\n{scale.BEGIN}\n\n| b |\n\n{scale.END}\n\nBehind.\n"
    assert scale.BEGIN in scale.PAGE_OF_DOCS.read_text("utf-8")
    assert scale.END in scale.PAGE_OF_DOCS.read_text("utf-8")


def test_progress_tells_rate_and_time_left() -> None:
    times = iter((0.0, 10.0, 11.0, 30.0))
    out = io.StringIO()
    told = Progress("store", out, lambda: next(times))
    for done in (1_000, 2_000, 2_100, 4_000):
        told(done, 4_000)
    first, last = out.getvalue().splitlines()
    assert "1,000 of 4,000" in first
    assert "4,000 of 4,000" in last
    assert "100/s" in last
    assert "0:00 left" in last


def test_words_are_drawn_as_zipf_has_it_and_the_adversary_never() -> None:
    chance = Random(1)
    texts = [message("zh", chance) for _ in range(2_000)]
    words = vocabulary("zh").words
    often, seldom = (sum(word in text for text in texts) for word in (words[1], words[-1]))
    assert often > 10 * max(seldom, 1)
    assert not any(needle in text for needle in ADVERSARIAL for text in texts)
    assert 18 < sum(map(len, texts)) / len(texts) < 45
