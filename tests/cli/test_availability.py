"""``csdesk availability`` as a person types it."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_choose_show_and_ask_why(csdesk: Run, refs: list[str]) -> None:
    first = csdesk("availability", "--json").json
    assert (first["availability"], first["since"], first["capacity"]) == ("offline", None, 3)
    assert "not opened csdesk yet" in csdesk("availability").out

    away = csdesk("availability", "away", "--until", "+1h", "--reason", "lunch", "--json").json
    assert (away["availability"], away["cause"], away["reason"]) == ("away", "chosen", "lunch")
    assert away["until"] and away["episode"] == away["since"] and not away["is_automatic"]
    csdesk("availability", "online")
    told = csdesk("availability", "why", "--json").json
    assert [(each["was"], each["availability"]) for each in told["changes"]] == [
        ("away", "online"),
        (None, "away"),
    ]
    said = csdesk("availability", "why").out
    assert "You are online since" in said and "chosen" in said and "lunch" in said


def test_why_tells_whose_limit_shortens_the_time_without_a_key(csdesk: Run, refs: list[str]) -> None:
    csdesk("availability", "online")
    assert csdesk("availability", "--json").json["waiting"] is None
    assert csdesk("claim", refs[0]).code == 0
    assert csdesk("contact", "edit", refs[0], "--tier", "A").code == 0
    csdesk("config", "set", "queue.tiers.A.red_after_s", "120")
    told = csdesk("availability", "why", "--json").json
    assert (told["waiting"]["tier"], told["waiting"]["limit_s"], told["idle_when_waiting_s"]) == (
        "A",
        120,
        120,
    )
    said = csdesk("availability", "why").out
    assert "A customer of tier A waits on you" in said and "2 min without a key" in said


def test_why_is_said_in_chinese(csdesk: Run, refs: list[str]) -> None:
    csdesk("availability", "busy")
    said = csdesk("availability", "why", "--lang", "zh_CN").out
    assert "忙碌" in said and "主动选择" in said


def test_what_does_not_fit_is_refused(csdesk: Run, refs: list[str]) -> None:
    assert csdesk("availability", "asleep").code == 2
    assert csdesk("availability", "--until", "+1h", "--json").refusal == "availability.no_state"
    assert csdesk("availability", "away", "--until", "2020-01-01", "--json").refusal == "availability.until"
    assert csdesk("availability", "online", "--until", "+1h", "--json").code == 1


def test_the_fourth_chat_asks(csdesk: Run, refs: list[str]) -> None:
    for ref in refs[:3]:
        assert csdesk("claim", ref).code == 0
    assert csdesk("availability", "--json").json["on_hold"]
    asked = csdesk("claim", refs[3], "--json")
    assert (asked.code, asked.refusal) == (3, "claim.on_hold")
    assert csdesk("claim", refs[3], "--anyway", "knows the case").code == 0
    shown = csdesk("show", refs[3], "--json").json
    assert [each["text"] for each in shown["messages"] if each["from"] == "note"] == ["knows the case"]


def test_a_frozen_clock_is_the_clock(csdesk: Run, refs: list[str], monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CSDESK_NOW", "2030-01-02T03:04:05Z")
    away = csdesk("availability", "away", "--until", "+1h", "--json").json
    assert (away["since"], away["until"]) == ("2030-01-02T03:04:05Z", "2030-01-02T04:04:05Z")
    monkeypatch.setenv("CSDESK_NOW", "2030-01-02T04:04:05Z")
    assert csdesk("availability", "--json").json["cause"] == "chosen"
