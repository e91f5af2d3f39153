"""Packs that come through the hub: the same loader, limits and cleaning as files, and whole or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from csdesk.etiquette import ruleset
from csdesk.etiquette.rule import Profile
from csdesk.model.published import MOST_BACK, TeamFile, digest_of, is_name, number_at
from csdesk.model.reply import PackScope
from csdesk.replies.pack import Library, PackFolder, load_packs
from csdesk.replies.team import read_version
from csdesk.replies.watch import PackWatch
from csdesk.text import clean
from tests.desk.packs import pack_text, rules_text
from tests.unit.replies.hostile_packs import packs

GOOD = pack_text(zz="The last good one")
HOSTILE = {name: clean(text) for name, raw in packs() if (text := raw.decode("utf-8", "replace"))}
"""As ``apply`` keeps them. What is large takes a tenth of a second each, and ``test_hostile`` reads them all: here
are the small ones, and the first of the large."""
LARGE = 20_000
LARGE_ONES = [name for name, text in HOSTILE.items() if len(text) > LARGE]
for _name in LARGE_ONES[3:]:
    del HOSTILE[_name]


def team_file(*texts: str, name: str = "shop", number: int = 0) -> TeamFile:
    """A pack whose versions are ``texts``, the newest first."""
    last = number or len(texts)
    return TeamFile(name, last, digest_of(texts[0]), lambda: zip(range(last, 0, -1), texts, strict=False))


def library(*files: TeamFile, folders: Iterable[PackFolder] = (), left_out: tuple[str, ...] = ()) -> Library:
    return load_packs(folders, left_out, files)


def bodies(found: Library) -> list[str]:
    return [reply.body for reply in found.replies]


def test_what_means_harm_is_refused_or_harmless() -> None:
    """All of them in one test: each is a pack with a good version before it."""
    for name, text in HOSTILE.items():
        read = read_version(text)
        id = read.pack.id if read.pack and is_name(read.pack.id) else "shop"
        found = library(team_file(text, pack_text(id, zz="The last good one"), name=id))
        assert all(reply.scope is PackScope.TEAM for reply in found.replies), name
        assert all(clean(body) == body for body in bodies(found)), name
        if found.problems:  # never half of the other
            assert bodies(found) == ["The last good one"], name
            assert all(each.file == f"hub:{id}@2" and len(each.reason) < 400 for each in found.problems), name


def test_none_of_them_is_rules() -> None:
    for name, text in HOSTILE.items():
        found = ruleset.load([], team=[team_file(text)])
        assert found.rules == () and found.problems, name


RULES_OF_HARM = {
    "an endless pattern": rules_text().replace(
        "kind: phrase, any: [never ever]", "kind: regex, any: ['(a+)+$']"
    ),
    "a pattern of many ways": rules_text().replace(
        "kind: phrase, any: [never ever]", "kind: regex, any: ['(a|b|ab){1,40}(a|b|ab){1,40}c']"
    ),
    "more rules than there can be": rules_text()
    + "".join(
        f"  - {{id: many.n{number}, severity: hint, match: {{kind: phrase, any: [x]}}, message: m, why: w}}\n"
        for number in range(2_000)
    ),
    "a newer format": rules_text().replace("csdesk.rules/1", "csdesk.rules/2"),
    "an unknown profile": rules_text(profile="loud"),
    "an example that does not hold": rules_text(words="never ever").replace('- "never ever 0"', '- "fine"'),
}


@pytest.mark.parametrize("text", RULES_OF_HARM.values(), ids=RULES_OF_HARM)
def test_rules_that_cannot_be_used_leave_the_last_good_ones(text: str) -> None:
    started = time.thread_time()
    found = ruleset.load([], team=[team_file(text, rules_text())])
    assert time.thread_time() - started < 2.0
    assert [rule.id for rule in found.rules] == ["shop.never"]
    assert {problem.file for problem in found.problems} == {"hub:shop@2"}


def test_a_team_profile_holds_for_those_who_chose_none(tmp_path: Path) -> None:
    strict, off = (
        team_file(rules_text(profile="strict")),
        team_file(rules_text("shop.other", profile="off"), name="b"),
    )
    assert ruleset.load([], team=[strict, off]).profile is Profile.STRICT
    assert ruleset.load([], team=[off]).profile is Profile.OFF
    assert ruleset.load([], team=[strict], profile=Profile.OFF).profile is Profile.OFF
    assert ruleset.load([], team=[off], profile=Profile.STRICT).profile is Profile.STRICT
    own = tmp_path / "own.yaml"
    own.write_text(rules_text(words="not at all"), "utf-8")
    found = ruleset.load([own], team=[strict])
    assert [rule.must_match[0].text for rule in found.rules] == ["not at all 0"]  # one's own over the team's
    assert found.problems == ()


def test_a_pack_that_calls_itself_otherwise_is_refused() -> None:
    found = library(team_file(pack_text("another", zz="?"), GOOD))
    assert bodies(found) == ["The last good one"]
    assert "another" in found.problems[0].reason


def test_the_head_of_a_pack_cannot_raise_its_scope() -> None:
    text = GOOD.replace("lang: en", "lang: en, scope: personal")
    assert [reply.scope for reply in library(team_file(text)).replies] == [PackScope.TEAM]


def test_the_search_for_a_good_version_ends() -> None:
    asked = []

    def texts() -> Iterable[tuple[int, str]]:
        for number in range(1_000, 0, -1):
            asked.append(number)
            yield number, "broken: ["

    found = library(TeamFile("shop", 1_000, "x", texts))
    assert found.replies == () and len(found.problems) == 1 and len(asked) == MOST_BACK


def test_a_pack_for_another_team_is_left_out() -> None:
    text = GOOD.replace("lang: en", "lang: en, team: Returns")
    assert bodies(library(team_file(text), left_out=("Returns",))) == []


def test_the_folder_of_the_team_goes_on_beside_the_hub(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(pack_text(zz="a working copy"), "utf-8")
    (tmp_path / "share.yaml").write_text(pack_text("share", zs="from the share", zq="theirs"), "utf-8")
    folders = [PackFolder(tmp_path, PackScope.TEAM)]
    found = library(team_file(GOOD), team_file(pack_text("b", zq="of the hub"), name="b"), folders=folders)
    assert sorted(bodies(found)) == ["The last good one", "from the share", "of the hub"]
    assert [problem.reason.split()[1] for problem in found.problems] == ["code"]  # zq: the hub's has it
    assert "a working copy" in bodies(library(folders=folders))


def test_the_watch_reads_a_version_once(tmp_path: Path) -> None:
    asked = []

    def file(number: int, text: str) -> TeamFile:
        def texts() -> Iterable[tuple[int, str]]:
            asked.append(number)
            return [(number, text)]

        return TeamFile("shop", number, digest_of(text), texts)

    watch = PackWatch([PackFolder(tmp_path, PackScope.PERSONAL)])
    for number, text in ((1, GOOD), (1, GOOD), (2, pack_text(zz="Another")), (2, pack_text(zz="Another"))):
        found = watch.read([file(number, text)])
    assert asked == [1, 2] and bodies(found) == ["Another"]
    assert [number_at(pack.path) for pack in found.packs] == [2]
    assert bodies(watch.read()) == []


def test_a_place_is_a_version_or_a_file() -> None:
    assert number_at("hub:shop@12") == 12
    assert number_at("/home/mia/hub:shop@12") is None
    assert number_at("hub:shop") is None
