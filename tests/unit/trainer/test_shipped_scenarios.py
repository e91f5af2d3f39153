"""The lessons that come with the program: sound, plenty, and scored in the right order."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from csdesk.paths import data_files
from csdesk.trainer.library import SHIPPED, Library, load_library
from csdesk.trainer.playing import play, play_model
from csdesk.trainer.scenario import Recorded, Theme
from csdesk.trainer.scorer import score
from csdesk.trainer.soundness import problems_of, ranked

SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds"
FILES = [file.stem for file in data_files(SHIPPED)]


@cache
def shipped() -> Library:
    return load_library([SHIPPED])


def test_enough_of_everything() -> None:
    library = shipped()
    assert library.problems == ()
    assert len(library.scenarios) == len(FILES)
    by_lang = Counter(one.lang for one in library.scenarios)
    assert by_lang["zh"] >= 28 and by_lang["en"] >= 8
    zh = [one for one in library.scenarios if one.lang == "zh"]
    assert {theme for one in zh for theme in one.tags} == set(Theme)
    assert {one.difficulty for one in zh} == {1, 2, 3}
    assert {one.difficulty for one in library.scenarios if one.lang == "en"} == {1, 2, 3}


@pytest.mark.parametrize("name", FILES)
def test_each_is_sound(name: str) -> None:
    scenario = shipped().by_id[name.replace("-", ".", 1)]
    assert [str(problem) for problem in problems_of(scenario)] == []
    assert scenario.seeds and scenario.lesson and scenario.transcripts.keys() == set(Recorded)
    for node in scenario.nodes.values():
        if node.end is None and not node.quiet_s:
            assert len(set(node.says)) >= 2, node.name


@pytest.mark.parametrize("name", FILES)
def test_each_orders_its_transcripts_whatever_the_wording(name: str) -> None:
    scenario = shipped().by_id[name.replace("-", ".", 1)]
    for attempt in range(3):
        scores = ranked(scenario, attempt)
        assert scores.is_ordered, (attempt, scores)
        assert scores.good >= 85 and scores.bad <= 40


@pytest.mark.parametrize("name", FILES)
def test_points_and_losses_make_a_hundred(name: str) -> None:
    scenario = shipped().by_id[name.replace("-", ".", 1)]
    for practice in (
        play_model(scenario),
        *(play(scenario, given) for given in scenario.transcripts.values()),
    ):
        result = score(practice)
        assert result.total + sum(loss.points for loss in result.losses) == pytest.approx(100)
        assert sum(mark.most for mark in result.marks.values()) == pytest.approx(100)
        for loss in result.losses:
            assert loss.points > 0 and loss.reason and loss.rule
            if loss.span is not None:
                assert practice.turns[loss.turn - 1].text[slice(*loss.span)] == loss.said != ""


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the course texts are not here")
def test_places_in_the_course_texts_exist() -> None:
    lengths = {file.name[:3]: len(file.read_text("utf-8")) for file in SEEDS.glob("0*.txt")}
    for one in shipped().scenarios:
        for seed in one.seeds:
            text, _at, offset = seed.partition("@")
            assert int(offset) < lengths[text], (one.id, seed)
