"""Attempts are kept, read back whole, and tell how somebody gets on and what comes next."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.clock import parse_time
from csdesk.errors import StoreError
from csdesk.trainer import attempts as kept
from csdesk.trainer import wording
from csdesk.trainer.attempts import Attempt, attempt_of, keep
from csdesk.trainer.library import SHIPPED, Library, load_library
from csdesk.trainer.playing import play, replay
from csdesk.trainer.progress import (
    DAY_MS,
    cause,
    costliest,
    due_at,
    levels,
    practised,
    series,
    suggest,
    weakest,
)
from csdesk.trainer.report import as_csv, as_item, trainees
from csdesk.trainer.report_html import html_page
from csdesk.trainer.rubric import Dimension
from csdesk.trainer.scenario import Given, Recorded
from csdesk.trainer.scorer import score
from tests.unit.trainer.scene import small

NOW = parse_time("2026-11-22T02:00:00Z")
GOOD = ("您好，这件69元。", "谢谢您，还有什么需要吗？欢迎您下次光临。")
LIBRARY = load_library([SHIPPED])


def _attempt(*texts: str, agent: str = "张敏", at: int = NOW, number: int = 1) -> Attempt:
    practice = play(small(), [Given(text) for text in texts or GOOD], number)
    return attempt_of(practice, score(practice), agent=agent, at=at, mode="exam")


def _at(scenario: str, total: float, days: float, agent: str = "张敏") -> Attempt:
    return replace(_attempt(agent=agent), scenario=scenario, total=total, at=NOW - round(days * DAY_MS))


def test_what_was_ignored_is_kept_and_reported_with_its_reasons(tmp_path: Path) -> None:
    first = replace(_attempt(), ignored=(("promise.absolute", "fits", 2), ("refuse.bare", "rule", 1)))
    second = replace(_attempt(at=NOW + 1, number=2), ignored=(("promise.absolute", "anyway", 1),))
    file = tmp_path / "practice.jsonl"
    for each in (first, second):
        keep(each, file)
    assert kept.read([file]).attempts == (first, second)
    (trainee,) = trainees((first, second), LIBRARY, NOW)
    assert as_item(trainee)["ignored"] == [
        {"rule": "promise.absolute", "times": 3, "reasons": {"fits": 2, "anyway": 1}},
        {"rule": "refuse.bare", "times": 1, "reasons": {"rule": 1}},
    ]
    page = "".join(html_page([trainee], LIBRARY, ""))
    assert "promise.absolute</td><td>It fits here 2, sent anyway 1<" in page
    bare = "".join(html_page(trainees((_attempt(),), LIBRARY, NOW), LIBRARY, ""))
    assert "It fits here" not in bare and "Reasons" not in bare


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "new" / "practice.jsonl"
    first, second = _attempt(), _attempt("不知道", at=NOW + 1, agent="李雷")
    keep(first, file)
    keep(second, file)
    assert kept.read([file]) == kept.Kept((first, second), 0)
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("quality", Recorded)
def test_what_is_kept_can_be_played_again(quality: Recorded) -> None:
    for scenario in LIBRARY.scenarios:
        practice = play(scenario, scenario.transcripts[quality], 7)
        kept_one = attempt_of(practice, score(practice), agent="张敏", at=NOW, mode="exam")
        again = replay(scenario, kept_one.number, kept_one.replies)
        assert again.lines == practice.lines and again.outcome == practice.outcome
        assert score(again).total == pytest.approx(kept_one.total, abs=0.01)


def test_a_torn_line_loses_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "practice.jsonl"
    keep(_attempt(), file)
    with file.open("ab") as stream:
        stream.write(b'{"v":1,"agent":"x')
    keep(_attempt(at=NOW + 5), file)
    found = kept.read([file])
    assert len(found.attempts) == 2 and found.skipped == 1


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "nonsense",
        '{"v":2}',
        '{"v":1}',
        "\x00",
        "[" * 5000,
        '{"v":1,"agent":"a","total":1e999}',
        '{"v":1,"shares":3}',
    ],
)
def test_strange_lines_are_counted_never_believed(line: str, tmp_path: Path) -> None:
    file = tmp_path / "practice.jsonl"
    file.write_text(line + "\n", "utf-8")
    assert kept.read([file]) == kept.Kept((), 1)


def test_files_of_a_class_are_read_together_each_attempt_once(tmp_path: Path) -> None:
    one, two = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    keep(_attempt(), one)
    keep(_attempt(), two)
    keep(_attempt(agent="李雷"), two)
    assert [each.agent for each in kept.read([one, two]).attempts] == ["张敏", "李雷"]
    assert kept.read([tmp_path / "absent.jsonl"]) == kept.Kept(())


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        keep(_attempt(), tmp_path)
    assert caught.value.hint


def test_numbers_go_up_and_staleness_shows() -> None:
    mine = [_attempt(number=1), _attempt(number=4)]
    assert kept.next_number(mine, "张敏", "zh.small") == 5
    assert kept.next_number(mine, "李雷", "zh.small") == 1
    assert not kept.is_stale(mine[0], small())
    assert kept.is_stale(mine[0], small(("69元。", "69元整。"))) and kept.is_stale(mine[0], None)


@pytest.mark.parametrize(
    ("totals", "days"),
    [([50], 0), ([79], 2), ([85], 5), ([95], 10), ([95, 95], 20), ([95, 40, 95], 10), ([95] * 9, 160)],
)
def test_lessons_come_back_at_growing_distances(totals: list[float], days: int) -> None:
    tries = [_at("zh.small", total, len(totals) - at) for at, total in enumerate(totals)]
    assert due_at(tries) == tries[-1].at + days * DAY_MS


def test_the_next_lesson() -> None:
    scenarios = [one for one in LIBRARY.scenarios if one.lang == "zh"]
    first = suggest(scenarios, [], NOW)
    assert (
        first is not None
        and first.scenario.difficulty == 1
        and first.due_at is None
        and first.weakest is None
    )
    due = suggest(scenarios, [_at("zh.size-advice", 70, 3), _at("zh.bargain-once", 95, 1)], NOW)
    assert due is not None and due.scenario.id == "zh.size-advice" and due.due_at == NOW - DAY_MS
    fresh = [_at("zh.size-advice", 95, 1), _at("zh.bargain-once", 90, 1)]
    fresh = [replace(one, shares={**one.shares, Dimension.FEELINGS: 0.2}) for one in fresh]
    new = suggest(scenarios, fresh, NOW)
    assert new is not None and new.due_at is None and new.weakest is Dimension.FEELINGS
    assert Dimension.FEELINGS in practised(new.scenario) and new.scenario.difficulty <= 2
    every = [_at(one.id, 95, 1) for one in scenarios]
    later = suggest(scenarios, every, NOW)
    assert later is not None and later.due_at == NOW + 9 * DAY_MS
    assert suggest([], [], NOW) is None
    assert suggest(scenarios, fresh, NOW) == new


def test_levels_and_costs() -> None:
    mine = [_attempt("69元", GOOD[1]), _attempt()]
    assert levels(mine)[Dimension.OPENING] == pytest.approx(0.7)
    assert weakest(mine) is Dimension.OPENING and weakest([]) is None
    (cost,) = costliest(mine)
    assert (cost.rule, cost.times) == ("greet", 1) and cost.points == pytest.approx(
        3 / 85 * 100 / 2, abs=0.01
    )


def test_causes_are_counted_and_consequences_are_not() -> None:
    found = {cost.rule for cost in costliest([_attempt("不知道", "自己看"), _attempt("59元")], 50)}
    assert {"fact", "wrong", "greet"} <= found
    assert not [
        rule for rule in found if rule.startswith(("outcome", "answered", "fatal")) or rule == "price"
    ]
    assert cause("soften|reason") == "soften|reason" and cause("tone.impatient") == "tone.impatient"
    assert series([_attempt("69元", GOOD[1]), _attempt(at=NOW + 9)], Dimension.OPENING) == (
        (NOW, 0.4),
        (NOW + 9, 1.0),
    )
    for rule in found:
        assert wording.rule(rule)


def test_the_report_says_it_in_every_form() -> None:
    evil = '<script>alert(1)</script>&"'
    attempts = [_attempt(), _attempt("不知道", agent=evil), _attempt("59元", agent="=2+3", at=NOW + 1)]
    library = Library((small(),), (), {"zh.small": small()})
    people = trainees(attempts, library, NOW)
    assert [one.agent for one in people] == sorted(["张敏", evil, "=2+3"])
    page = "".join(html_page(people, library, "today"))
    assert "<script" not in page and "&lt;script&gt;" in page and page.count("<svg") == 6
    assert "http" not in page.replace("http-equiv", "") and "src=" not in page and "url(" not in page
    assert page.count("<article>") == page.count("</article>") == 3
    item = as_item(people[-1])
    assert (
        item["agent"] == "张敏"
        and item["mean"] == 100.0
        and item["next"] == "zh.small"
        and item["stale"] == 0
    )
    json.dumps([as_item(one) for one in people], allow_nan=False)
    rows = list(csv.DictReader(io.StringIO("".join(as_csv(attempts, library)))))
    assert [row["agent"] for row in rows] == ["张敏", evil, "'=2+3"]
    assert rows[2]["fatal"] == "invented" and rows[0]["total"] == "100.0"
    assert "".join(html_page((), library, "")).count("<article>") == 0
