"""What is wrong in a scenario is told with its place; what cannot teach is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from csdesk.trainer.library import load_library
from csdesk.trainer.reading import LONGEST_FILE, read_scenario, read_text
from csdesk.trainer.soundness import problems_of
from tests.conftest import ROOT
from tests.unit.trainer.scene import SMALL, read_small, small


def test_a_sound_one_is_read() -> None:
    scenario = small()
    assert problems_of(scenario) == ()
    assert scenario.card == ("69元",) and scenario.tags == ("presale",) and len(scenario.digest) == 16
    assert scenario.nodes["open"].branches[1].most == 1


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("id: zh.small", "id: Small!", 2, "id"),
        ("theme: presale", "theme: parties", 5, "theme"),
        ("difficulty: 1", "difficulty: 9", 7, "difficulty"),
        ('"004@4342"', '"page 9"', 8, "page 9"),
        ("mood: 0\n", "mood: 7\n", 11, "mood"),
        ("said: ['69']", "said: ['(a*)*']", 13, "said"),
        ("said: ['69']", "said: ['(69']", 13, "said"),
        ("card: 69元, ", "", 13, "task"),
        ("price: {card", "greet: {card", 13, "greet"),
        ("need: [greet, price]", "need: [greet, prize]", 18, "prize"),
        ("goto: bye}", "goto: buy}", 22, "buy"),
        ("if: [price]", "if: ['wrong:cost']", 22, "wrong:cost"),
        ("    end: solved", "    ends: solved", 29, "ends"),
    ],
)
def test_a_slip_is_named_with_its_line(old: str, new: str, line: int, said: str) -> None:
    read = read_small((old, new))
    assert read.scenario is None
    assert any(said in problem.reason + problem.fix for problem in read.problems)
    assert line in {problem.line for problem in read.problems} | {
        problem.line + 1 for problem in read.problems
    }
    assert all(problem.column >= 1 and problem.fix for problem in read.problems)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("      - {goto: gone}\n", "")], "condition"),
        ([("      - {goto: gone}\n", "      - {}\n")], "for ever"),
        ([("goto: gone}", "goto: bye}")], "no way leads"),
        ([("    model: 您好，这件69元。\n", "")], "no model reply"),
        ([("end: solved", "end: lost")], "no end is good"),
        ([("您好，这件69元。", "您好，这件好。")], "lacks price"),
        ([("您好，这件69元。", "这件69元。")], "model replies score"),
        ([("您好，这件69元。", "您好，这件69元，保证便宜。")], "promise"),
        ([("您好，69元。", "骗子")], "not in order"),
        ([("  bad: [不知道, 自己看]\n", "")], "bad"),
    ],
)
def test_what_cannot_teach_is_said(changes: list[tuple[str, str]], said: str) -> None:
    found = problems_of(small(*changes))
    assert any(said in problem.reason for problem in found), [str(problem) for problem in found]


@pytest.mark.parametrize("page", ["docs/scenarios.md", "docs/scenarios.zh.md"])
def test_the_scenario_in_the_docs_is_sound(page: str) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    read = read_text(block.encode(), page)
    assert read.scenario is not None and problems_of(read.scenario) == ()


def test_a_draft_needs_only_to_be_playable() -> None:
    draft = small(("difficulty: 1", "difficulty: 1\ndraft: true"), ("您好，这件69元。", "嗯"))
    assert draft.is_draft and problems_of(draft) == ()


@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"[]", b"a: &x 1", b"x" * (LONGEST_FILE + 1), b"facts: [1, 2]\nnodes: no"]
)
def test_no_bytes_are_too_strange(raw: bytes) -> None:
    read = read_text(raw, "strange.yaml")
    assert read.scenario is None and read.problems


def test_what_steers_a_terminal_is_cleaned() -> None:
    scenario = small(("title: 问价格", 'title: "问\\u001b]0;x\\u0007价格"'))
    assert "\x1b" not in scenario.title and "\x07" not in scenario.title


def test_a_school_replaces_ours_and_keeps_the_rest(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder, title in ((ours, "我们的"), (theirs, "学校的")):
        folder.mkdir()
        (folder / "small.yaml").write_text(SMALL.replace("问价格", title), "utf-8")
    (theirs / "broken.yaml").write_text("schema: no\n", "utf-8")
    library = load_library([ours, theirs, tmp_path / "absent"])
    assert [one.title for one in library.scenarios] == ["学校的"]
    assert {problem.file for problem in library.problems} == {str(theirs / "broken.yaml")}
    assert read_scenario(tmp_path / "absent.yaml").problems
