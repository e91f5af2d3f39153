"""``csdesk replies publish`` and its like: what a lead gives the team, as the others and scripts see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.store import connect, hub
from csdesk.store.hub import HubState
from csdesk.store.published import stamp
from tests.cli.conftest import Run, open_again
from tests.desk.packs import pack_text, rules_text


@pytest.fixture
def joined(database: Path) -> Path:
    """The store is a lead's, of a hub."""
    with open_again(database, create=True) as desk:
        desk.store.write(lambda tx: hub.join(tx, HubState("team", "host=hub", rank="lead")))
    return database


def write(folder: Path, text: str, name: str = "shop.yaml") -> str:
    path = folder / name
    path.write_text(text, "utf-8")
    return str(path)


def test_a_pack_is_published_found_changed_and_brought_back(
    csdesk: Run, joined: Path, tmp_path: Path
) -> None:
    done = csdesk(
        "replies", "publish", write(tmp_path, pack_text(hi="Hello", zq="Bye")), "--note", "first", "--json"
    )
    assert done.code == 0
    told = done.json
    assert (told["name"], told["version"], told["note"], told["agent"]) == ("shop", 1, "first", "Mia")
    assert (told["new"], told["changed"], told["gone"]) == (["hi", "zq"], [], [])
    (found,) = csdesk("replies", "find", "zq", "--limit", "1", "--json").json["items"]
    assert (found["code"], found["pack"]) == ("zq", "shop")
    path = write(tmp_path, pack_text(hi="Hello!", ho="Ho"))
    planned = csdesk("replies", "diff", "shop", "--file", path, "--json").json
    said = csdesk("replies", "publish", path)
    assert said.code == 0 and "shop is version 2 now: 1 new, 1 changed, 1 gone." in said.out
    changed = csdesk("replies", "diff", "shop", "--json").json
    assert planned == changed == {**changed, "new": ["ho"], "changed": ["hi"], "gone": ["zq"]}
    assert any(line.startswith("+") and "Hello!" in line for line in changed["lines"])
    assert "1 new, 1 changed, 1 gone" in csdesk("replies", "diff", "shop").err
    assert csdesk("replies", "show", "shop", "--version", "1").out.rstrip("\n") == pack_text(
        hi="Hello", zq="Bye"
    ).rstrip("\n")
    back = csdesk("replies", "publish", "shop", "--version", "1", "--json").json
    assert (back["version"], back["note"], back["is_current"]) == (3, "version 1 again", True)
    listed = csdesk("replies", "versions", "shop", "--json").json
    assert [each["version"] for each in listed["items"]] == [3, 2, 1] and listed["next"] is None
    assert [each["is_current"] for each in listed["items"]] == [True, False, False]
    assert csdesk("replies", "show", "shop", "--json").json["text"] == pack_text(hi="Hello", zq="Bye")


def test_a_pack_is_taken_back(csdesk: Run, joined: Path, tmp_path: Path) -> None:
    csdesk("replies", "publish", write(tmp_path, pack_text(zq="Bye")))
    assert "shop is taken from the team." in csdesk("replies", "retire", "shop").out
    found = csdesk("replies", "find", "zq", "--json").json["items"]
    assert "shop" not in [each["pack"] for each in found]
    (row,) = csdesk("replies", "versions").out.splitlines()
    assert row.startswith("shop  2  retired")
    assert csdesk("replies", "retire", "shop", "--json").refusal == "team.retired"
    assert csdesk("replies", "publish", "shop", "--version", "2", "--json").refusal == "team.retired_version"
    assert csdesk("replies", "show", "shop", "--json").json["text"] == ""


def test_rules_are_published_and_hold(csdesk: Run, joined: Path, tmp_path: Path) -> None:
    assert csdesk("etiquette", "versions").out == "Nobody published anything to the team yet.\n"
    path = write(tmp_path, rules_text(words="by no means"), "our shop.yaml")
    assert csdesk("etiquette", "publish", path, "--json").refusal == "team.name"
    assert csdesk("etiquette", "publish", path, "--name", "shop", "--json").json["new"] == ["shop.never"]
    found = csdesk("check", "--json", typed="I will by no means do so").json["findings"]
    assert "shop.never" in [each["rule"] for each in found]
    path = write(tmp_path, rules_text(words="by no means") + "\n", "shop.yaml")
    assert csdesk("etiquette", "publish", path, "--json").json["changed"] == []  # only the writing changed
    csdesk("etiquette", "retire", "shop")
    found = csdesk("check", "--json", typed="I will by no means do so").json["findings"]
    assert "shop.never" not in [each["rule"] for each in found]


def test_a_pack_of_ones_own_is_named_by_its_id(csdesk: Run, joined: Path) -> None:
    from csdesk.paths import data_folder

    folder = data_folder() / "quick_replies"
    folder.mkdir(parents=True, exist_ok=True)
    write(folder, pack_text("own", zq="Bye"))
    assert csdesk("replies", "publish", "own", "--json").json["version"] == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("replies", "publish", "nothing.yaml"), "team.no_file"),
        (("replies", "publish", "shop", "--version", "1"), "team.unknown"),
        (("replies", "versions", "shop"), "team.unknown"),
        (("replies", "show", "\x1b[2J"), "team.unknown"),
        (("replies", "diff", "shop", "--version", "1", "--file", "x"), "team.two_sides"),
        (("etiquette", "retire", "shop"), "team.unknown"),
    ],
)
def test_what_is_refused(csdesk: Run, joined: Path, arguments: tuple[str, ...], code: str) -> None:
    done = csdesk(*arguments, "--json")
    assert done.code in (1, 2) and done.refusal == code and "\x1b" not in done.err


def test_an_agents_desk_is_refused_and_writes_nothing(csdesk: Run, joined: Path, tmp_path: Path) -> None:
    with open_again(joined) as desk:
        desk.store.write(lambda tx: hub.update(tx, rank="agent"))
    done = csdesk("replies", "publish", write(tmp_path, pack_text(hi="Hello")))
    assert done.code == 1 and "Only a lead's desk" in done.err
    connection = connect.open_reader(joined)
    assert stamp(connection)[0] == 0
    connection.close()


def test_finding_needs_no_store(csdesk: Run, database: Path) -> None:
    assert csdesk("replies", "find", "yh", "--json").code == 0
    assert not database.exists()
    database.write_text("no store at all", "utf-8")
    assert csdesk("replies", "find", "yh", "--json").code == 0
