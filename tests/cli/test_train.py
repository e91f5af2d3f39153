"""``train``: list, grade, practise, report, draft; no store is needed but for the draft."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

GOOD = {"scenario": "zh.bargain-once", "transcript": "good"}
NOW = "2026-11-22T02:06:02Z"


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDESK_NOW", NOW)


def _script(tmp_path: Path, *attempts: object) -> str:
    file = tmp_path / "script.jsonl"
    file.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in attempts), "utf-8")
    return str(file)


def test_the_list(csdesk: Run, database: Path) -> None:
    items = csdesk("train", "--list", "--json").json["items"]
    assert len(items) >= 36 and {"id", "title", "theme", "difficulty", "seeds"} <= set(items[0])
    bargain = csdesk("train", "--list", "--theme", "bargain", "--difficulty", "1", "--json").json["items"]
    assert [item["id"] for item in bargain] == ["zh.bargain-once"]
    assert "zh.bargain-once" in csdesk("train", "--list").out
    assert not database.exists()


def test_grading_is_the_same_every_time(csdesk: Run, tmp_path: Path) -> None:
    script = _script(
        tmp_path,
        {**GOOD, "agent": "张敏", "attempt": 3},
        {"scenario": "zh.bargain-once", "replies": ["不讲价", {"say": "爱买不买", "after_s": 130}]},
    )
    first = csdesk("train", "--script", script, "--json")
    good, bad = first.json["items"]
    assert good["agent"] == "张敏" and good["score"] > 90 and good["losses"] == []
    assert bad["score"] < 20 and bad["outcome"] == "lost" and bad["fatal"] == []
    loss = next(loss for loss in bad["losses"] if loss["rule"] == "impatient")
    assert loss["span"] and loss["said"] and loss["reason"] and loss["model"] and loss["turn"] == 2
    assert csdesk("train", "--script", script, "--json").out == first.out


@pytest.mark.parametrize(
    ("attempt", "said"),
    [
        ({"scenario": "zh.bargian-once", "replies": []}, "zh.bargain-once"),
        ({"replies": []}, "script.jsonl:1"),
        ({"scenario": "zh.bargain-once", "replies": "hello"}, "replies"),
        ({"scenario": "zh.bargain-once", "replies": [{"text": "x"}]}, "reply"),
        ({"scenario": "zh.bargain-once", "replies": [], "attempt": -1}, "attempt"),
        ({"scenario": "zh.bargain-once", "transcript": "perfect"}, "transcript"),
        ({"scenario": "zh.bargain-once", "replys": []}, "replys"),
        (["zh.bargain-once"], "scenario"),
    ],
)
def test_a_slip_in_a_script_is_named(csdesk: Run, tmp_path: Path, attempt: object, said: str) -> None:
    told = csdesk("train", "--script", _script(tmp_path, attempt))
    assert told.code == 1 and said in told.err


def test_practice_line_by_line_is_kept_and_reported(csdesk: Run, tmp_path: Path) -> None:
    played = csdesk("train", "play", "zh.bargain-once", who="张敏", typed="不讲价\n")
    assert played.code == 0 and "of 100 points" in played.out and "Better:" in played.out
    told = csdesk("train", "play", "zh.bargain-once", "--json", who="韩梅梅", typed="不讲价\n")
    assert told.json["agent"] == "韩梅梅" and told.json["outcome"] == "unfinished" and told.json["losses"]
    csdesk("train", "--script", _script(tmp_path, {**GOOD, "agent": "李雷"}), "--keep")
    items = csdesk("train", "report", "--json").json["items"]
    assert {item["agent"]: item["attempts"] for item in items} == {"张敏": 1, "李雷": 1, "韩梅梅": 1}
    assert csdesk("train", "report", "--agent", "李雷", "--json").json["items"][0]["mean"] > 90
    assert csdesk("train", "report", "--from", "2026-11-23", "--json").json["items"] == []
    assert len(csdesk("train", "report", "--to", "2026-11-22", "--csv").out.splitlines()) == 4
    page = tmp_path / "class.html"
    assert csdesk("train", "report", "--html", "--output", str(page)).code == 0
    assert page.read_text("utf-8").startswith("<!doctype html>") and "张敏" in page.read_text("utf-8")
    assert "Next lesson" in csdesk("train", who="张敏").out
    assert csdesk("train", "report", "--from", "soon").code == 2
    assert csdesk("train", "report", "--html", "--json").code == 2
    assert csdesk("train", "report", str(tmp_path / "absent.jsonl")).code == 2


def test_own_scenarios_and_weights(csdesk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unit.trainer.scene import SMALL

    school, settings = tmp_path / "school", tmp_path / "settings"
    school.mkdir()
    settings.mkdir()
    (school / "small.yaml").write_text(SMALL, "utf-8")
    monkeypatch.setenv("CSDESK_CONFIG_DIR", str(settings))
    file = settings / "config.toml"
    file.write_text(f'[trainer]\nfolder = "{school}"\n[trainer.weights]\nanswered = 300\n', "utf-8")
    script = _script(tmp_path, {"scenario": "zh.small", "replies": ["您好，69元"]})
    (item,) = csdesk("train", "--script", script, "--json").json["items"]
    assert item["dimensions"]["answered"] == {"points": 84.51, "of": 84.51} and item["score"] < 100
    file.write_text("[trainer.weights]\npolite = 9\n", "utf-8")
    told = csdesk("train", "--script", _script(tmp_path, GOOD))
    assert told.code == 2 and "polite" in told.err


def test_lint(csdesk: Run, tmp_path: Path) -> None:
    from tests.unit.trainer.scene import SMALL

    file = tmp_path / "small.yaml"
    file.write_text(SMALL, "utf-8")
    assert csdesk("train", "lint", str(file), "--json").json["items"] == []
    file.write_text(SMALL.replace("goto: bye", "goto: nowhere"), "utf-8")
    told = csdesk("train", "lint", str(file), "--json")
    assert told.code == 1 and told.json["items"][0]["line"] == 22
    assert csdesk("train", "lint", str(tmp_path / "absent")).code == 1


def test_a_conversation_becomes_a_draft(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    csdesk("reply", refs[0], "您好，马上为您查，电话13812345678")
    target = tmp_path / "draft.yaml"
    told = csdesk("train", "from-conversation", refs[0], "--output", str(target))
    assert told.code == 0 and "13812345678" not in target.read_text("utf-8")
    assert csdesk("train", "lint", str(target), "--json").json["items"] == []
    assert "draft: true" in csdesk("train", "from-conversation", refs[0], "--json").json["yaml"]
    assert csdesk("train", "from-conversation", "ZZZZZZ").code == 1
