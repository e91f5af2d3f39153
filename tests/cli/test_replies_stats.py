"""``csdesk replies stats``: what is used, and what is proposed."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_uses_and_proposals(csdesk: Run, refs: list[str]) -> None:
    for _number in range(5):
        csdesk("reply", refs[0], "可以开电子发票的，下单时备注抬头就好")
    assert csdesk("reply", refs[0], "--quick", "hy").code == 0
    told = csdesk("replies", "stats", "--json").json
    assert told["proposals"] == [{"body": "可以开电子发票的，下单时备注抬头就好", "count": 5}]
    used = [each for each in told["items"] if each["uses"]]
    assert [(each["uses"], each["asked_again"], each["scope"]) for each in used] == [(1, 0, "builtin")]
    said = csdesk("replies", "stats").out
    assert "Used most" in said and "Frequent answers that are no quick reply yet" in said
    assert csdesk("replies", "stats", "--no-proposals", "--json").json["proposals"] == []
