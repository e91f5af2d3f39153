"""Every size of terminal shows what it must, whole: nothing overlaps, no wide character is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from csdesk.text import cell_width
from tests.e2e.shop import conversation, stock
from tests.e2e.terminal import Terminal

SIZES = ((200, 50), (120, 40), (100, 30), (80, 24), (60, 20), (40, 12), (30, 8))
OPENED_AT = ((80, 24), (60, 20), (200, 50))
WORDS = {
    "zh_CN": {"composer": "回复  备注", "send": "^S 发送", "open": "Enter 打开", "waiting": "待回复",
              "contact": "客户", "small": "40x12", "help": "F1"},
    "en": {"composer": "Reply  Note", "send": "^S Send", "open": "Enter Open", "waiting": "Waiting",
           "contact": "Contact", "small": "40x12", "help": "F1"},
}  # fmt: skip
OPENS = {
    "zh_CN": {"f1": "搜索按键", "l": "用逗号分开", "s": "一小时后", "ctrl+p": "您想做什么", "f2": "hylk", "/": "退货"},
    "en": {"f1": "searches keys", "l": "commas", "s": "in one hour", "ctrl+p": "What do you", "f2": "hylk", "/": "A1024"},
}  # fmt: skip
"""What stands there once a key has opened its screen, and at no other time."""
LONG = "快递a到哪里了呀？😀都五天了！" * 6
NAMES = ("林", "欧阳女士a", "王a先生", "🙂小张", "Maximiliana 张伟伟伟伟伟伟伟伟", "a")


@pytest.fixture(scope="module", params=["zh_CN", "en"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    home: Path = tmp_path_factory.mktemp(request.param)
    people = [
        conversation(
            number + 1,
            LONG[number:],
            "x" * (number % 3) + LONG,
            contact={"name": NAMES[number % len(NAMES)], "tier": "A", "email": f"n{number}@例子.com"},
            stage="aftersale",
            labels=["退款", "加急a"],
            subject=LONG[number % 7 :],
        )
        for number in range(30)
    ]
    stock(home, people)
    with Terminal(home, size=SIZES[0], language=request.param) as desk:
        desk.wait_for(WORDS[request.param]["composer"])
        yield desk
        assert desk.quit() == 0
        assert b"Traceback" not in desk.raw


def words_of(desk: Terminal) -> dict[str, str]:
    return WORDS[desk.language]


def assert_whole(desk: Terminal) -> None:
    """Every line fills the terminal exactly; half a wide character would make it shorter or longer."""
    desk.wait_for(lambda _seen: _crooked(desk) == [], why=f"straight lines: {_crooked(desk)}")


def _crooked(desk: Terminal) -> list[str]:
    columns, _rows = desk.size
    return [line for line in desk.screen() if cell_width(line) != columns]


def resize(desk: Terminal, size: tuple[int, int], *facts: str) -> str:
    """The screen in ``size`` once it shows ``facts``."""
    desk.resize(*size)
    return desk.wait_for(lambda seen: all(fact in seen for fact in facts), why=f"{size}: {facts}")


def other_screen_by(desk: Terminal, key: str, *signs: str) -> str:
    """Press ``key`` and wait until it shows, and one of ``signs`` with it; the screen then.

    Nothing but the first line, with its clock, changes by itself.
    """
    before = _below_the_clock(desk.text())
    desk.press(key)
    seen = desk.wait_for(
        lambda seen: _below_the_clock(seen) != before and any(sign in seen for sign in signs or [""]),
        why=f"what {key} does",
    )
    desk.wait_quiet(0.05)
    return seen


def _below_the_clock(seen: str) -> str:
    return seen.partition("\n")[2]


def test_all_sizes_while_writing_and_in_the_list(desk: Terminal) -> None:
    said = words_of(desk)
    desk.press("f8")
    desk.wait_for(said["send"])
    desk.type("亲a，" * 30)
    for size in (*SIZES, *reversed(SIZES)):
        facts = [said["small"]] if size[0] < 40 else [said["composer"], said["help"], "亲a，"]
        facts += [said["send"]] if size[0] >= 60 else []
        facts += [said["contact"], "例子.com"] if size[0] >= 120 else []
        facts += ["#"] if size[0] >= 80 else []
        resize(desk, size, *facts)
        assert_whole(desk)
    desk.press("escape")
    desk.wait_for(said["open"])
    for size in (*SIZES, *reversed(SIZES)):
        facts = [said["small"]] if size[0] < 40 else [said["waiting"], said["help"]]
        facts += [said["open"]] if size[0] >= 60 else []
        seen = resize(desk, size, *facts)
        assert_whole(desk)
        if size[0] >= 40:
            assert seen.count("A") > 1, "the queue"


def test_what_opens_over_the_desk_fits_every_size(desk: Terminal) -> None:
    said = words_of(desk)
    desk.press("escape")
    resize(desk, SIZES[1], said["open"])
    for size in OPENED_AT[: 3 if said is WORDS["zh_CN"] else 1]:
        resize(desk, size, said["open"])
        for key, sign in OPENS[desk.language].items():
            desk.wait_quiet(0.17)  # Esc makes letters wait
            desk.press(key)
            desk.wait_for(sign)
            assert_whole(desk)
            desk.press("escape")
            if said["send"] in desk.wait_for(_is_back(sign, said), why=f"Esc closes {key}"):
                desk.press("escape")
            desk.wait_for(said["open"])
            assert_whole(desk)
        other_screen_by(desk, "f6")
        assert_whole(desk)
        other_screen_by(desk, "f6")
    resize(desk, SIZES[0], said["waiting"])
    assert_whole(desk)


def _is_back(sign: str, said: dict[str, str]) -> Callable[[str], bool]:
    return lambda seen: sign not in seen and (said["open"] in seen or said["send"] in seen)


def test_a_storm_of_sizes_ends_well(desk: Terminal) -> None:
    said = words_of(desk)
    for columns in range(1, 130, 7):
        desk.resize(columns, max(1, columns // 3))
    resize(desk, (120, 40), said["waiting"], said["composer"])
    assert_whole(desk)
