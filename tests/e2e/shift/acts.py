"""What an agent does, one act at a time. Each raises AssertionError when the screen does not follow."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.e2e.shift.books import TOKEN
from tests.e2e.shift.hands import (
    MODE_LINE,
    PATIENCE_S,
    UNDONE,
    WRITING,
    Hands,
    NothingToDo,
    is_for_us,
    ref_in,
)

REPLY_CODES = ("jd", "hy")
UNASSIGNED = re.compile(r"待接入 ([\d,]+)")
NO_DRAFT = "没有草稿"
BULK = 3


def answer(hands: Hands) -> None:
    """The longest wait, a reply, often with a quick reply in it; often resolved with it."""
    ref = hands.open_longest()
    hands.choose_mode(note=False)
    hands.write(ref, "您好，这就为您查询，")
    if hands.chance.random() < 0.4:
        hands.pick_reply(hands.chance.choice(REPLY_CODES))
        hands.books.done["quick reply"] += 1
    hands.send()
    if hands.chance.random() < 0.5:
        hands.desk.press("f9")
        hands.desk.wait_for(lambda seen: "已解决" in seen or "Ctrl+G" in seen, PATIENCE_S, why="resolved")
        hands.books.done["resolve"] += 1


def note(hands: Hands) -> None:
    """An internal note in the longest wait's conversation."""
    ref = hands.open_longest()
    hands.choose_mode(note=True)
    hands.write(ref, "备注：客户在意价格", note=True)
    hands.send()
    hands.choose_mode(note=False)


def send_and_take_back(hands: Hands) -> None:
    """A reply, Ctrl+G while it is held, and sent again."""
    ref = hands.open_longest()
    hands.choose_mode(note=False)
    token = hands.write(ref, "您好，订单我看一下")
    hands.send()
    seen = hands.undo()
    if token not in hands.composer(seen):
        raise AssertionError(f"{token} did not come back\n{seen}")
    hands.books.check_place(ref_in(seen), hands.composer(seen))
    hands.send()


def leave_draft(hands: Hands) -> None:
    """A reply begun and left: for the next conversation, or for the list."""
    ref = hands.open_longest()
    hands.choose_mode(note=False)
    token = hands.write(ref, "您好，您说的这个问题")
    if hands.chance.random() < 0.5:
        hands.see_saved(token)
    if hands.chance.random() < 0.5:
        hands.desk.press("ctrl+down")
        hands.pause(0.2)
    hands.leave(lambda seen: WRITING not in seen)
    hands.books.kept(token)


def take_up_draft(hands: Hands) -> None:
    """The view of drafts, the first of them, finished and sent."""
    hands.desk.press("d")
    seen = hands.desk.wait_for(lambda seen: re.search(r"草稿 \d", seen), PATIENCE_S, why="the drafts")
    if NO_DRAFT in seen:
        hands.desk.press("2")
        return leave_draft(hands)
    hands.desk.press("g", *"j" * hands.chance.randint(0, 2), "enter")
    seen = hands.desk.wait_for(
        lambda seen: WRITING in seen and TOKEN.search(hands.composer(seen)), PATIENCE_S, why="the draft"
    )
    hands.books.check_place(ref_in(seen), hands.composer(seen))
    if not is_for_us(seen):
        raise NothingToDo("a draft in a colleague's conversation")
    hands.desk.type("，现在答复您")
    hands.desk.wait_for(lambda seen: "现在答复您" in hands.composer(seen), PATIENCE_S, why="more of it")
    hands.send()
    hands.rest()
    hands.desk.press("2")
    return None


def transfer(hands: Hands) -> None:
    _first_row(hands)
    hands.ask("t", "转接给")
    hands.desk.press("1")
    hands.desk.wait_for("转接的原因", PATIENCE_S)
    hands.desk.type("客户要办理换货")
    hands.desk.wait_for("客户要办理换货", PATIENCE_S)
    hands.desk.press("enter")
    hands.desk.wait_for("已转接", PATIENCE_S)


def snooze(hands: Hands) -> None:
    _first_row(hands)
    hands.ask("s", "直到")
    hands.desk.press(hands.chance.choice("15"))
    hands.desk.wait_for("已设为稍后处理", PATIENCE_S)


def label(hands: Hands) -> None:
    _first_row(hands)
    hands.desk.press("l")
    hands.desk.wait_for("用逗号分开", PATIENCE_S)
    word = f"退款{hands.chance.randint(1, 9)}"
    hands.desk.type(f", {word}")
    hands.desk.wait_for(word, PATIENCE_S)
    hands.desk.press("enter")
    hands.desk.wait_gone("用逗号分开", PATIENCE_S)


def priority(hands: Hands) -> None:
    _first_row(hands)
    hands.ask("p", "的优先级")
    hands.desk.press("2")
    hands.desk.wait_for("优先级已设置", PATIENCE_S)


def undo(hands: Hands) -> None:
    hands.undo()


def resolve_many(hands: Hands) -> None:
    _tick(hands)
    hands.desk.press("e")
    hands.desk.wait_for(lambda seen: re.search(r"已解决 \d+ 个", seen), PATIENCE_S, why="many resolved")
    _perhaps_undo_many(hands, 0.25)


def label_many(hands: Hands) -> None:
    _tick(hands)
    hands.desk.press("l")
    hands.desk.wait_for("写名称即加上标签", PATIENCE_S)
    hands.desk.type("待跟进")
    hands.desk.wait_for("待跟进", PATIENCE_S)
    hands.desk.press("enter")
    hands.desk.wait_for(lambda seen: re.search(r"已给 \d+ 个设置标签", seen), PATIENCE_S, why="labels")
    _perhaps_undo_many(hands, 0.5)


def snooze_many(hands: Hands) -> None:
    _tick(hands)
    hands.ask("s", "个会话，直到")
    hands.desk.press("1")
    hands.desk.wait_for(lambda seen: re.search(r"已稍后处理 \d+ 个", seen), PATIENCE_S, why="snoozed")
    _perhaps_undo_many(hands, 0.5)


def look_around(hands: Hands) -> None:
    """Views, the commands, the search: nothing changes."""
    for key in ("3", "4", "1"):
        hands.desk.press(key)
        hands.pause(0.1)
    hands.look_at("ctrl+p", "您想做什么")
    hands.look_at("f3", "关键词、")


def _first_row(hands: Hands) -> None:
    """A row among the first that nobody has claimed, previewed."""
    _show_unassigned(hands, 1)
    hands.desk.press("g", *"j" * hands.chance.randint(0, 2))
    hands.desk.wait_for(
        lambda seen: MODE_LINE.search(seen) and ref_in(seen), PATIENCE_S, why="a conversation"
    )


def _show_unassigned(hands: Hands, least: int) -> None:
    """The view of those that nobody has, with ``least`` rows or more."""
    hands.desk.press("2")
    seen = hands.desk.wait_for(UNASSIGNED.search, PATIENCE_S, why="the view of the unassigned")
    found = UNASSIGNED.search(seen)
    if found is None or int(found[1].replace(",", "")) < least:
        raise NothingToDo("too few that nobody has")


def _tick(hands: Hands) -> None:
    """A few rows, one by one or as a stretch."""
    _show_unassigned(hands, 2 * BULK)
    hands.desk.press("g")
    if hands.chance.random() < 0.5:
        hands.desk.press("x", "j", "x", "j", "x")
    else:
        hands.desk.press("v", *"j" * hands.chance.randint(BULK, 2 * BULK), "v")
    hands.desk.wait_for(lambda seen: re.search(r"已选 [2-9]", seen), PATIENCE_S, why="ticked rows")


def _perhaps_undo_many(hands: Hands, share: float) -> None:
    if hands.chance.random() < share:
        hands.desk.press("z")
        hands.desk.wait_for(lambda seen: any(word in seen for word in UNDONE), PATIENCE_S, why="undone")
        hands.books.done["undo of many"] += 1


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do: its name in the summary, how often beside the others, how many must be waiting."""

    name: str
    do: Callable[[Hands], None]
    weight: int
    waiting: int = 1


ACTS = (
    Act("reply", answer, 40),
    Act("note", note, 5),
    Act("send taken back", send_and_take_back, 4),
    Act("draft left", leave_draft, 7),
    Act("draft taken up", take_up_draft, 6, 0),
    Act("transfer", transfer, 3),
    Act("snooze", snooze, 4),
    Act("label", label, 4),
    Act("priority", priority, 3),
    Act("undo", undo, 2, 0),
    Act("resolve many", resolve_many, 9, BULK),
    Act("label many", label_many, 4, BULK),
    Act("snooze many", snooze_many, 3, BULK),
    Act("look around", look_around, 2, 0),
)
"""All that an agent does without being told by the plan."""
