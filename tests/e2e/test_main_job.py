"""The main job in a real terminal: take the longest wait, answer, undo, resolve, lose nothing."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e import evidence
from tests.e2e.terminal import ROOT, Terminal

REAL = ROOT.parent / "shared" / "data" / "crosswoz-val.jsonl"


@pytest.fixture(scope="module", params=["bundled", "real"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "real" and not REAL.exists():
        pytest.skip(f"{REAL} is not here")
    return tmp_path_factory.mktemp(request.param)


def open_demo(home: Path) -> Terminal:
    source = ["--from", str(REAL)] if home.name.startswith("real") else []
    return Terminal(home, "demo", *source, "--speed", "8", "--seed", "7", is_first_start=True)


def composer_of(screen: str) -> str:
    """The composer's text: what stands under its line ``回复  备注``."""
    return screen.partition("回复  备注")[2]


def said_on(screen: str) -> str:
    """What stands above the composer."""
    return screen.partition("回复  备注")[0]


def test_an_agent_answers_a_queue_and_loses_nothing(home: Path) -> None:
    store = home / "data" / "demo.db"
    with open_demo(home) as desk:
        desk.wait_for(lambda seen: re.search(r"待回复 [23]", seen))
        _take_the_longest_wait(desk)
        _pick_a_reply(desk)
        _send_undo_send(desk, store)
        _resolve_and_go_on(desk, store)
        desk.type("我查一下物流单号，")
        desk.wait_for("我查一下物流单号，")
        desk.wait_for("草稿已存")
        desk.type("请您稍等")
        desk.wait_for("请您稍等")
        desk.wait_for(lambda _seen: evidence.drafts(store) == ["我查一下物流单号，请您稍等"], why="the draft")
        desk.kill9()
    sent_before = [each for each in evidence.messages(store) if each.sender == "agent"]
    evidence.assert_sound(store)
    assert evidence.drafts(store) == ["我查一下物流单号，请您稍等"]

    with open_demo(home) as desk:
        desk.wait_for("✎")
        _click_the_draft(desk, "我查一下物流单号，请您稍等")
        assert desk.count("我查一下物流单号，请您稍等") == 1
        assert [each for each in evidence.messages(store) if each.sender == "agent"] == sent_before
        assert desk.quit() == 0
    evidence.assert_sound(store)


def _click_the_draft(desk: Terminal, text: str) -> None:
    """Click the row with the pencil until its draft shows; the queue moves while customers write."""
    for _ in range(10):
        found = desk.find("✎")
        if found is not None:
            desk.click(*found)
        with suppress(AssertionError):
            desk.wait_for(lambda seen: text in composer_of(seen), 1.0)
            return
    raise AssertionError(desk.text())


def _take_the_longest_wait(desk: Terminal) -> None:
    desk.press("f8")
    desk.wait_for("^S 发送")
    desk.type("您好，久等了，")
    desk.wait_for(lambda seen: "您好，久等了，" in composer_of(seen))


def _pick_a_reply(desk: Terminal) -> None:
    """By pinyin initials (``qsd``: 请稍等), then by code."""
    desk.type("/")
    desk.wait_for("条快捷回复")
    desk.type("qnsd")
    desk.wait_for(lambda seen: "/qnsd" in seen and "请您稍等" in seen)
    for _ in "qnsd":
        desk.press("backspace")
    desk.type("jd")
    seen = desk.wait_for(lambda seen: re.search(r"▌ jd +让您久等了", seen))
    assert "预览" in seen
    desk.press("enter")
    desk.wait_for(lambda seen: "让您久等了" in composer_of(seen) and "条快捷回复" not in seen)
    assert "/jd" not in composer_of(desk.text())


def _send_undo_send(desk: Terminal, store: Path) -> None:
    desk.wait_quiet()
    written = evidence.messages(store, "您好，久等了，")
    assert written == []
    desk.press("ctrl+s")
    desk.wait_for(
        lambda seen: "您好，久等了，" in said_on(seen) and "您好，久等了，" not in composer_of(seen)
    )
    assert [each.delivery for each in evidence.messages(store, "您好，久等了，")] == ["queued"]
    desk.press("ctrl+g")
    desk.wait_for(
        lambda seen: "您好，久等了，" in composer_of(seen) and "您好，久等了，" not in said_on(seen)
    )
    assert evidence.messages(store, "您好，久等了，") == []
    before = _turns_of_the_customer(store)
    desk.press("ctrl+s")
    desk.wait_for(
        lambda seen: "您好，久等了，" in said_on(seen) and "您好，久等了，" not in composer_of(seen)
    )
    desk.wait_for("✓✓")
    assert len(evidence.messages(store, "您好，久等了，")) == 1
    desk.wait_for(lambda _seen: _turns_of_the_customer(store) > before, why="the customer's next turn")
    newest = _words_of_the_customer(store)[-1]
    desk.wait_for(lambda seen: newest[:8] in said_on(seen))


def _resolve_and_go_on(desk: Terminal, store: Path) -> None:
    desk.wait_for(lambda seen: re.search(r"待回复 [123]", seen))
    before = evidence.statuses(store)["resolved"]
    desk.press("f9")
    desk.wait_for("Ctrl+G")
    assert evidence.statuses(store)["resolved"] == before + 1
    desk.wait_for(
        lambda seen: "您好，久等了，" not in seen.split("回复  备注")[0][200:], why="another conversation"
    )


def _answered(store: Path) -> int:
    return evidence.messages(store, "您好，久等了，")[0].conversation


def _words_of_the_customer(store: Path) -> list[str]:
    sent = evidence.messages(store, "您好，久等了，")
    about = sent[0].conversation if sent else 1
    return [
        each.text
        for each in evidence.messages(store)
        if each.sender == "customer" and each.conversation == about
    ]


def _turns_of_the_customer(store: Path) -> int:
    return len(_words_of_the_customer(store))


def test_enter_sends(home: Path) -> None:
    store = home / "data" / "demo.db"
    with open_demo(home) as desk:
        desk.wait_for(lambda seen: re.search(r"待回复 [123]", seen))
        desk.press("f8")
        desk.wait_for("^S 发送")
        desk.press("ctrl+j")
        desk.type("这就为您安排")
        desk.wait_for(lambda seen: "这就为您安排" in composer_of(seen))
        desk.wait_quiet()
        desk.press("enter")
        desk.wait_for(
            lambda seen: "这就为您安排" in said_on(seen) and "这就为您安排" not in composer_of(seen)
        )
        assert len(evidence.messages(store, "这就为您安排")) == 1
        assert desk.quit() == 0
    evidence.assert_sound(store)
    assert len(evidence.messages(store, "这就为您安排")) == 1
