"""``csdesk replies``: JSON for scripts, sentences for people, the right exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from csdesk.cli.main import run
from csdesk.errors import EXIT_DONE, EXIT_REFUSED, UsageError


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for kind in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"CSDESK_{kind}_DIR", str(tmp_path / kind.lower()))
    return tmp_path


def test_find_prints_the_promised_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replies", "find", "bjj", "--json"]) == EXIT_DONE
    told = json.loads(capsys.readouterr().out)
    assert told["next"] is None
    assert [list(item) for item in told["items"]] == [["code", "title", "pack", "score", "body"]] * len(
        told["items"]
    )
    assert (told["items"][0]["code"], told["items"][0]["pack"]) == ("yh", "zh-core")


def test_find_pages_through_all_results_once(capsys: pytest.CaptureFixture[str]) -> None:
    run(["replies", "find", "您", "--json", "--limit", "5000"])
    everything = json.loads(capsys.readouterr().out)["items"]
    seen, after = [], "0"
    while after is not None:
        run(["replies", "find", "您", "--json", "--limit", "20", "--after", after])
        page = json.loads(capsys.readouterr().out)
        seen += page["items"]
        after = page["next"]
    assert [item["code"] for item in seen] == [item["code"] for item in everything]
    assert len(seen) > 40


def test_find_keeps_to_a_language(capsys: pytest.CaptureFixture[str]) -> None:
    run(["replies", "find", "re", "--lang", "en", "--json"])
    assert {item["pack"] for item in json.loads(capsys.readouterr().out)["items"]} == {"en-core"}


def test_find_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replies", "find", "refund", "status"]) == EXIT_DONE
    assert capsys.readouterr().out.startswith("refund  Refund status  ")
    assert run(["replies", "find", "龘龘"]) == EXIT_DONE
    answer = capsys.readouterr()
    assert answer.out == ""
    assert answer.err


def test_find_tells_of_a_broken_pack_and_goes_on(
    own_folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = own_folders / "data" / "quick_replies"
    mine.mkdir(parents=True)
    (mine / "mine.yaml").write_text("a: [")
    assert run(["replies", "find", "hy", "--json"]) == EXIT_DONE
    answer = capsys.readouterr()
    assert json.loads(answer.out)["items"][0]["code"] == "hy"
    assert "mine.yaml:" in answer.err


def test_lint_is_content_with_the_shipped_packs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replies", "lint", "--json"]) == EXIT_DONE
    assert json.loads(capsys.readouterr().out) == {"items": [], "next": None}


def test_lint_names_place_reason_and_fix(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = own_folders / "bad.yaml"
    path.write_text(
        "schema: csdesk.pack/1\npack: {id: a, title: T, lang: en}\nreplies:\n- {code: a, titel: T, title: T, body: B}\n"
    )
    assert run(["replies", "lint", str(path)]) == EXIT_REFUSED
    assert capsys.readouterr().out.splitlines()[0].startswith(f"{path}:4:13: ")
    assert run(["replies", "lint", str(path), "--json"]) == EXIT_REFUSED
    (item,) = json.loads(capsys.readouterr().out)["items"]
    assert (item["file"], item["line"], item["column"]) == (str(path), 4, 13)
    assert "titel" in item["reason"]
    assert "title" in item["fix"]


def test_lint_also_knows_manners(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = own_folders / "rude.yaml"
    path.write_text(
        "schema: csdesk.pack/1\npack: {id: a, title: T, lang: zh-CN}\nreplies:\n"
        "- {code: a, title: T, body: 这款已是最低价。, variants: [滚！]}\n",
        "utf-8",
    )
    assert run(["replies", "lint", str(path), "--json"]) == EXIT_REFUSED
    items = json.loads(capsys.readouterr().out)["items"]
    assert [(item["severity"], item["line"]) for item in items] == [("error", 4)]
    assert "滚" in items[0]["reason"]


def test_lint_of_a_missing_path_is_refused(own_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replies", "lint", str(own_folders / "none.yaml")]) == EXIT_REFUSED
    assert "none.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["replies", "find"], ["replies", "find", "a", "--limit", "0"], ["replies", "fnd"]]
)
def test_wrong_words_are_a_usage_error(words: list[str]) -> None:
    with pytest.raises(UsageError):
        run(words)


@pytest.mark.parametrize("command", ["find", "lint"])
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["replies", command, "--help"]) == EXIT_DONE
    assert f"csdesk replies {command}" in capsys.readouterr().out.split("Example:")[1]
