"""A trainee answers conversations with quick replies only, in a real terminal; the keys of each reply are counted.

``python -m tests.e2e.quick_run [--conversations N] [--gap SECONDS]``

Counted is what is pressed from the moment the customer's question is on the screen: trigger, code, Enter, and the
Enter that sends. What is chosen or typed for slots is counted beside it. One F8 takes the trainee to each customer.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.e2e import evidence
from tests.e2e.shop import conversation, stock
from tests.e2e.terminal import Terminal

TRAINEE_S = 0.28
"""Between two keys of somebody who types some forty words a minute and looks in between."""

MIDDLE = (38, 93)
"""The columns of the middle pane in a terminal of 120."""


@dataclass(frozen=True)
class Case:
    """What a customer asks, the code that answers it, what fills its slots in, and words of the answer."""

    question: str
    code: str
    said: str
    slots: tuple[str, ...] = ()


CASES = (
    Case("你好，在吗", "hy", "欢迎光临"),
    Case("什么时候发货呀", "fh", "24 小时内", ("2", "1")),
    Case("能不能便宜点", "yh", "店铺优惠券", ("1",)),
    Case("再少十块我就买", "yh2", "换个思路"),
    Case("别家卖得更便宜", "bj", "货比三家"),
    Case("身高 170 穿什么码", "cmw", "身高"),
    Case("有现货吗", "kc", "今天", ("1",)),
    Case("想退货怎么弄", "th", "退货退款"),
    Case("能换个颜色吗", "hh", "48 小时内", ("3",)),
    Case("包裹破了", "ps", "补发新品", ("1",)),
    Case("发错货了吧", "fc", "换货", ("2",)),
    Case("少了一件", "lf", "今天", ("1",)),
    Case("怎么付款", "fk", "待付款"),
    Case("可以开发票吗", "fp", "2 小时内", ("3",)),
    Case("发什么快递", "kd", "顺丰", ("1",)),
    Case("地址写错了，还没发货吧", "gdz", "详细地址"),
    Case("你们服务太差了", "ts", "24 小时内", ("5",)),
    Case("快递还没到", "wqs", "中通", ("2", "5")),
    Case("加个微信吧，便宜点", "zw", "平台内"),
    Case("好的，没有问题了，谢谢", "xx", "感谢您的惠顾"),
)


@dataclass(frozen=True)
class Answered:
    """The keys of one reply without its slots, those of its slots, and how long it took."""

    code: str
    keys: int
    slot_keys: int
    seconds: float


def answer_all(home: Path, cases: tuple[Case, ...], gap_s: float) -> list[Answered]:
    """Answer ``cases`` one after the other in a desk at ``home``. Raises AssertionError when one goes wrong."""
    store = stock(home, [conversation(number + 1, case.question) for number, case in enumerate(cases)])
    with Terminal(home, language="zh_CN") as desk:
        desk.wait_for(f"待回复 {len(cases)}")
        done = [_answer(desk, case, gap_s, len(cases) - number) for number, case in enumerate(cases, 1)]
        desk.quit()
    said = [each.text for each in evidence.messages(store) if each.sender == "agent"]
    assert len(said) == len(cases)
    for case, text in zip(cases, said, strict=True):
        assert case.said in text, f"{case.code}: {text}"
        assert "{" not in text
    return done


def _answer(desk: Terminal, case: Case, gap_s: float, left: int) -> Answered:
    """Answer the longest wait, after which ``left`` customers wait."""
    desk.press("f8")
    desk.wait_for(lambda seen: case.question in seen.partition("回复  备注")[0] and "回复  备注" in seen)
    started, pressed = time.monotonic(), 0

    def press(*keys: str) -> None:
        nonlocal pressed
        for key in keys:
            time.sleep(gap_s)  # a person: keys that follow one another faster are a paste
            desk.press(key)
            pressed += 1

    press("/", *case.code)
    desk.wait_for(f"/{case.code}  ")
    press("enter")
    desk.wait_gone(f"/{case.code}")
    of_slots = 0
    for keys in case.slots:
        desk.wait_for("待填写")
        before = pressed
        press(*keys)
        of_slots += pressed - before
    desk.wait_for(lambda seen: "".join(case.said.split()) in _middle(desk) and "待填写" not in seen)
    press("enter")
    desk.wait_for(f"待回复 {left}")
    return Answered(case.code, pressed - of_slots, of_slots, time.monotonic() - started)


def _middle(desk: Terminal) -> str:
    """What the middle pane shows, without the places where lines were wrapped."""
    return "".join(desk.columns(*MIDDLE).split())


def report(done: list[Answered]) -> str:
    """A line for each reply, then the median."""
    lines = [
        f"{each.code:<6} {each.keys} keys + {each.slot_keys} in slots  {each.seconds:5.1f} s" for each in done
    ]
    median = statistics.median(each.keys for each in done)
    slots = sum(each.slot_keys for each in done)
    return "\n".join(
        [*lines, f"median {median:g} keys a reply (F8 to get there apart); {slots} keys in slots"]
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.quick_run", description=__doc__)
    parser.add_argument("--conversations", type=int, default=len(CASES))
    parser.add_argument("--gap", type=float, default=TRAINEE_S, help="seconds between two keys")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as home:
        print(report(answer_all(Path(home), tuple(islice(CASES, chosen.conversations)), chosen.gap)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
