"""``csdesk check``: findings, shapes, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.cli.opening import conversation_of
from csdesk.desk import wording
from csdesk.etiquette.checker import check
from csdesk.etiquette.context import Context
from csdesk.model.finding import Fate
from tests.cli.conftest import Run, open_again


def test_a_bare_refusal_is_a_warning_with_a_suggestion(csdesk: Run) -> None:
    told = csdesk("check", "-", "--json", typed="没有")
    assert told.code == 0
    (finding,) = told.json["findings"]
    assert set(finding) == {"rule", "severity", "span", "message", "suggestion", "source"}
    assert (finding["rule"], finding["severity"], finding["span"]) == ("refuse.bare", "warn", [0, 2])
    assert "{reason}" in finding["suggestion"] and "004@4373" in finding["source"]


def test_what_is_fine_is_silent(csdesk: Run) -> None:
    told = csdesk("check", "-", "--json", typed="没有问题的，您放心拍")
    assert (told.code, told.json) == (0, {"findings": []})
    assert csdesk("check", typed="没有问题的，您放心拍").out == ""


def test_what_asks_before_sending_is_exit_code_3(csdesk: Run, tmp_path: Path) -> None:
    file = tmp_path / "reply.txt"
    file.write_text("加我微信便宜10块", encoding="utf-8")
    told = csdesk("check", str(file), "--json")
    assert told.code == 3 and told.json["findings"][0]["severity"] == "block"
    assert "contact.off-platform" in csdesk("check", str(file)).out


def test_the_moment_is_told_as_json(csdesk: Run) -> None:
    def rules(context: str) -> list[str]:
        told = csdesk("check", "--json", "--context", context, typed="有货的，您要什么颜色？")
        return [each["rule"] for each in told.json["findings"]]

    assert rules("{}") == []
    assert rules('{"first_turn": true}') == ["open.greet"]
    assert rules('{"waited_s": 200, "stage": "presale", "tier": "A"}') == ["wait.tell-busy"]
    assert rules('{"customer": "骗子，退钱"}') == rules('{"mood": -2}') == ["feel.acknowledge"]


def test_language_and_profile(csdesk: Run) -> None:
    def rules(*options: str, typed: str) -> list[str]:
        return [each["rule"] for each in csdesk("check", "--json", *options, typed=typed).json["findings"]]

    assert rules("--lang", "en_GB", typed="1") == rules("--lang", "zh_CN", typed="1") == ["form.too-short"]
    assert rules("--profile", "off", typed="没有") == []
    assert "hedge.vague" in rules("--profile", "strict", typed="Maybe it works.")
    assert rules(typed="Maybe it works.") == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--context", "{"], "check.context"),
        (["--context", '{"first": true}'], "check.context"),
        (["--context", '{"waited_s": "long"}'], "check.context"),
        (["--lang", "fr"], "check.language"),
        (["--profile", "loud"], "usage.value"),
    ],
)
def test_what_is_not_understood(csdesk: Run, options: list[str], code: str) -> None:
    told = csdesk("check", "--json", *options, typed="没有")
    assert (told.code, told.refusal) == (2, code)


def test_the_shops_own_limits_come_from_the_settings(csdesk: Run) -> None:
    csdesk("config", "set", "shop.discount_percent", "10")
    csdesk("config", "set", "shop.forbidden_promises", "假一赔十，全网最低")
    told = csdesk("check", "--json", typed="给您打8折，假一赔十")
    assert [each["rule"] for each in told.json["findings"]] == ["promise.forbidden", "promise.over-discount"]
    assert told.code == 3


def test_a_reply_that_asks_first_is_not_sent_unless_a_person_says_so(csdesk: Run, refs: list[str]) -> None:
    refused = csdesk("reply", refs[0], "加我微信便宜10块", "--json")
    assert (refused.code, refused.refusal) == (3, "reply.etiquette")
    shown = csdesk("show", refs[0], "--json").json["messages"]
    assert all(message["from"] == "customer" for message in shown)
    assert csdesk("reply", refs[0], "加我微信便宜10块", "--anyway", "our own group").code == 0
    after = [(each["from"], each["text"]) for each in csdesk("show", refs[0], "--json").json["messages"]]
    assert ("agent", "加我微信便宜10块") in after
    assert any(sender == "note" and "contact.off-platform" in text for sender, text in after)
    assert csdesk("reply", refs[1], "没有").code == 0, "a warning is no refusal"
    (passed,) = csdesk("etiquette", "ignored", "--json").json["items"]
    assert (passed["rule"], passed["reasons"]) == ("contact.off-platform", {"anyway": 1})


def test_the_rules_that_are_ignored_most_often(csdesk: Run, refs: list[str], database: Path) -> None:
    assert csdesk("etiquette", "ignored", "--json").json == {"items": [], "next": None}
    with open_again(database) as desk:
        (first, second) = (conversation_of(desk, ref).id for ref in refs[:2])
        finding = check("明天肯定能到", Context(lang="zh"), wording.rules_of(desk))[0]
        for conversation, fate, reason in (
            (first, Fate.IGNORED, "fits"),
            (second, Fate.IGNORED, "rule"),
            (second, Fate.ACCEPTED, ""),
        ):
            wording.remember(desk, conversation, finding, fate, reason)
    expected = {"rule": finding.rule, "ignored": 2, "accepted": 1, "reasons": {"fits": 1, "rule": 1}}
    assert csdesk("etiquette", "ignored", "--json").json["items"] == [expected]
    assert csdesk("etiquette", "ignored", "--agent", "Mia", "--days", "1", "--json").json["items"] == [
        expected
    ]
    assert "It fits here 1, The rule is wrong 1" in csdesk("etiquette", "ignored").out
    csdesk("agent", "add", "Bo")
    assert csdesk("etiquette", "ignored", "--agent", "Bo", "--json").json["items"] == []
    assert csdesk("etiquette", "ignored", "--agent", "Nobody", "--json").refusal == "name.unknown"
