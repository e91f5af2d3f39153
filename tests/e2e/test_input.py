"""What comes out of keyboards, input methods and clipboards goes in whole, and does nothing it should not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import evidence
from tests.e2e.shop import small_shop
from tests.e2e.terminal import Terminal

SENTENCE = "亲爱的顾客您好非常抱歉让您久等了我马上为您查询物流信息请稍候片刻好吗"
LETTERS = "eEqzxuirtnslpoygGjkbw123456"
MODE_LINE = "回复  备注"
QUEUE_FOOT = "按等待时间"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_shop(tmp_path_factory.mktemp("input"))


@pytest.fixture(scope="module")
def session(store: Path) -> Iterator[Terminal]:
    with Terminal(store.parents[1]) as desk:
        desk.wait_for(MODE_LINE)
        yield desk
        assert desk.quit() == 0
    evidence.assert_sound(store)


@pytest.fixture
def desk(session: Terminal, store: Path) -> Iterator[Terminal]:
    """The editor of the longest wait, empty, with the focus."""
    session.press("escape")
    session.wait_for("Enter 打开")
    session.wait_quiet(0.2)
    session.press("1", "g", "enter")
    session.wait_for("^S 发送")
    yield session
    session.press(*["ctrl+u", "backspace"] * 30)
    holds(session, store)


def holds(desk: Terminal, store: Path, *texts: str) -> None:
    """Wait until the drafts on disk are ``texts``."""
    desk.wait_for(lambda _seen: evidence.drafts(store) == list(texts), why=f"drafts {texts}")


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 13, 21, 30])
def test_a_commit_of_an_input_method_arrives_whole(desk: Terminal, store: Path, count: int) -> None:
    desk.type(SENTENCE[:count])
    holds(desk, store, SENTENCE[:count])
    desk.wait_for(SENTENCE[: min(count, 20)])


def test_a_character_may_come_in_pieces(desk: Terminal, store: Path) -> None:
    for piece in SENTENCE[:6].encode():
        desk.send(bytes([piece]))
        desk.wait_quiet(0.005)
    desk.type("😀")
    holds(desk, store, SENTENCE[:6] + "😀")


def test_a_paste_without_brackets_is_one_draft(desk: Terminal, store: Path) -> None:
    lines = [f"第{number}行：麻烦看一下" for number in range(1, 11)]
    desk.type("\r".join(lines) + "\r")
    holds(desk, store, "\n".join(lines) + "\n")
    assert [each.text for each in evidence.messages(store) if each.sender == "agent"] == []


@pytest.mark.parametrize("newline", ["\r", "\n", "\r\n"])
def test_a_paste_in_brackets_is_one_draft_and_its_escapes_are_text(
    desk: Terminal, store: Path, newline: str
) -> None:
    lines = [f"第{number}行\x1b[31mred\x1b]0;pwned\x07" for number in range(1, 11)]
    whole = "\x1b[200~" + newline.join(lines) + "\x1b[201~"
    for start in range(0, len(whole), 37):
        desk.type(whole[start : start + 37])
    holds(desk, store, "\n".join(line.replace("\x1b", "␛").replace("\x07", "␇") for line in lines))
    assert [each.text for each in evidence.messages(store) if each.sender == "agent"] == []


def test_letters_in_the_editor_are_text(desk: Terminal, store: Path) -> None:
    before = evidence.statuses(store)
    desk.type(LETTERS + "?.\\[]，。？！")
    holds(desk, store, LETTERS + "?.\\[]，。？！")
    assert evidence.statuses(store) == before


def test_letters_right_behind_esc_do_nothing(desk: Terminal, store: Path) -> None:
    before = evidence.statuses(store)
    while not _escaped(desk, "eqi"):
        desk.press("backspace", "backspace")
    desk.wait_quiet(0.3)
    assert desk.process.poll() is None
    assert evidence.statuses(store) == before
    desk.wait_for("待接入 3")


def _escaped(desk: Terminal, letters: str) -> bool:
    """Press Esc, and ``letters`` right behind it; False when they went into the editor.

    A program that had to wait for its turn reads Esc and the first letter as one, and that is Alt with a letter.
    """
    desk.press("escape")
    time.sleep(0.04)
    desk.press(*letters)
    return "Enter 打开" in desk.wait_for(lambda seen: "Enter 打开" in seen or letters[1:] in seen)


def test_what_was_asked_for_is_done_before_the_end(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    with Terminal(tmp_path) as desk:
        desk.wait_for(MODE_LINE)
        desk.press("f8")
        desk.wait_for("^S 发送")
        desk.send("一到货就通知您\x13其他的稍后说\x11\x11".encode())  # asked once about the draft
        assert desk.wait_end() == 0
        assert b"Warning" not in desk.raw
    assert [each.delivery for each in evidence.messages(store, "一到货就通知您")] == ["queued"]
    assert evidence.drafts(store) == ["其他的稍后说"]


def test_keys_that_come_at_once_act_in_order(desk: Terminal, store: Path) -> None:
    desk.send("好的呢\x7f\x7f亲，稍等\x1b[D\x1b[D马上\x13".encode() + "另外".encode())
    desk.wait_for(lambda _seen: evidence.messages(store, "好亲，马上稍等"), why="the reply")
    holds(desk, store, "另外")
    desk.press("ctrl+g")
    desk.wait_for(lambda _seen: evidence.messages(store, "马上") == [])


def test_what_is_typed_right_behind_a_chosen_reply_stays(desk: Terminal, store: Path) -> None:
    desk.type("/xxdh")
    desk.wait_for("没有合适")
    desk.press("backspace", "backspace", "backspace", "backspace", *"hy")
    desk.wait_for(lambda seen: "/hy" in seen and "欢迎光临" in seen)
    desk.send("\r好的呢".encode())
    desk.wait_for(lambda _seen: any(text.endswith("好的呢") for text in evidence.drafts(store)))
    (draft,) = evidence.drafts(store)
    assert "/" not in draft and len(draft) > 15
    desk.press(*["ctrl+u", "backspace"] * 8)


def test_letters_typed_before_a_change_of_conversation_stay_with_theirs(desk: Terminal, store: Path) -> None:
    desk.send("给第一位".encode() + b"\x1b[1;5B" + "给第二位".encode() + b"\x1b[1;5A" + "！".encode())
    holds(desk, store, "给第二位", "给第一位！")
    desk.wait_for("给第一位！")
    desk.press("ctrl+down")
    desk.wait_for("给第二位")
    desk.press("ctrl+u")
    holds(desk, store, "给第一位！")
    desk.press("ctrl+up")


def test_a_filter_takes_keys_in_order(desk: Terminal) -> None:
    desk.press("escape")
    desk.wait_for("Enter 打开")
    desk.wait_quiet(0.2)
    desk.press("\\")
    desk.wait_for("label:x")
    desk.type("快x\x7f递")
    desk.wait_for(lambda _seen: "快递还没到" in desk.columns(0, 36) and "在吗" not in desk.columns(0, 36))
    desk.press("escape")
    desk.wait_for(lambda _seen: "在吗" in desk.columns(0, 36))
    desk.press("enter")  # Backspace in a list would go back to another conversation
    desk.wait_for("^S 发送")


def test_full_width_keys_act_in_lists(desk: Terminal) -> None:
    desk.press("escape")
    desk.wait_for("Enter 打开")
    desk.wait_quiet(0.2)
    desk.type("？")
    desk.wait_for("Esc")
    desk.wait_for("此处的按键")
    desk.press("escape")
    desk.wait_gone("此处的按键")
    for sign in "／、":
        desk.wait_quiet(0.2)
        desk.type(sign)
        desk.wait_gone(QUEUE_FOOT)
        desk.press("escape")
        desk.wait_for(QUEUE_FOOT)
    desk.wait_quiet(0.2)
    before = desk.find("▌")
    desk.type("ｊ")
    desk.wait_for(lambda _seen: desk.find("▌") != before)
    desk.type("ｋ")
    desk.wait_for(lambda _seen: desk.find("▌") == before)


def test_the_list_marks_what_is_shown_when_the_editor_is_left(tmp_path: Path) -> None:
    small_shop(tmp_path)
    with Terminal(tmp_path) as desk:
        desk.wait_for(MODE_LINE)
        desk.press("f8")
        desk.wait_for("^S 发送")
        desk.type("在的\x13")
        desk.wait_for("张敏 接入了会话")
        desk.press("escape")
        desk.wait_for(lambda _seen: "客户2  #" in desk.columns(36, 120) and "▌ ◆" in desk.columns(0, 4))
        assert desk.quit() == 0


def test_the_draft_of_a_run_before_is_not_left_behind_by_a_quick_answer(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    with Terminal(tmp_path) as desk:
        desk.wait_for(MODE_LINE)
        desk.press("f8")
        desk.wait_for("^S 发送")
        desk.type("我看看")
        holds(desk, store, "我看看")
        desk.kill9()
    with Terminal(tmp_path) as desk:
        desk.wait_for(MODE_LINE)
        desk.press("f8")
        desk.wait_for(lambda seen: "我看看" in seen.partition(MODE_LINE)[2] and "^S 发送" in seen)
        desk.send("，马上\x13".encode())
        desk.wait_for(lambda _seen: evidence.messages(store, "我看看，马上"))
        holds(desk, store)
        assert desk.quit() == 0
