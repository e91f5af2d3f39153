"""Hands and eyes: keys, and waiting for what they do. Nothing here sleeps."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

from csdesk.text import cell_width
from tests.e2e.shift.books import KEPT_AFTER_S, TOKEN, Books
from tests.e2e.terminal import Terminal

MODE_LINE = re.compile("回复 [ ›]备注")
"""The two modes; a sign stands before the one that is chosen."""
WRITING = "^S 发送"
LISTING = "Enter 打开"
SAVED = "草稿已存"
NOTE_MODE = "只有同事能看到备注"
OVER_ALL = ("保持原样", "离开期间", "取消选择", "Enter 接受", "条快捷回复", "您想做什么", "关键词、")
"""What stands on the screen only while something lies over the list, or rows are ticked."""

QUESTION = "Esc 保持原样"
"""Stands under every question; its title may also be words of the conversation behind it."""

UNDONE = ("撤回", "撤销了", "已撤销", "没有可撤销", "恢复原样", "保持不变", "已重新打开", "之后又有变")
NOBODY = "没有客户在等"
REOPEN = "重新打开并发送"
COLLEAGUE = "· 李伟"
PATIENCE_S = 12.0
AFTER_ESCAPE_S = 0.4
"""Letters are dead for 150 ms after Esc was read (DESIGN 7), by a program that has other things to do as well."""

CONTACT_FROM = 120
CONTACT_CELLS = 29
"""From which width on the contact stands beside the conversation, and how wide."""

RESOLVED = re.compile(r"回复 [ ›]备注 .*已解决")
_REF = re.compile(r"#([0-9A-HJKMNP-TV-Z]{6,10})\b")
_HEAD_LINES = 4


class NothingToDo(Exception):
    """It cannot be done now, and rightly so; the reason is its only argument."""


class Hands:
    """One agent's at one terminal."""

    def __init__(self, desk: Terminal, books: Books, chance: random.Random) -> None:
        self.desk = desk
        self.books = books
        self.chance = chance
        self._had_draft = False
        self._letters_from = 0.0

    # -- reading

    def ref(self) -> str:
        """The short ref of the conversation that is shown; empty without one."""
        return ref_in(self.desk.text())

    def composer(self, seen: str) -> str:
        """What the composer holds, its lines joined: a token may stand across two."""
        return composer_in(seen, self.desk.size[0])

    def said(self, seen: str) -> str:
        """What the conversation shows, in the same way."""
        return said_in(seen, self.desk.size[0])

    def pause(self, seconds: float) -> None:
        """A person's moment, for what has no sign on the screen. The screen itself never rests at this speed."""
        with suppress(subprocess.TimeoutExpired):
            self.desk.process.wait(seconds)

    # -- moving

    def look_at(self, key: str, sign: str) -> None:
        """Open something that lies over the list, and leave it."""
        self.desk.press(key)
        self.desk.wait_for(sign, PATIENCE_S)
        self.leave(lambda seen: sign not in seen)

    def escape(self) -> None:
        """Esc; whoever types a letter next waits until it means a key again."""
        self.desk.press("escape")
        self._letters_from = time.monotonic() + AFTER_ESCAPE_S

    def leave(self, is_left: Callable[[str], bool]) -> None:
        """Esc until ``is_left``: what lies on top goes first."""
        for _attempt in range(4):
            self.escape()
            with suppress(AssertionError):
                self.desk.wait_for(is_left, PATIENCE_S / 4)
                return
        raise AssertionError(f"Esc does not lead out\n{self.desk.text()}")

    def ask(self, key: str, title: str) -> None:
        """A key that asks something, and the question."""
        self.desk.press(key)
        self.desk.wait_for(
            lambda seen: QUESTION in seen and title in seen, PATIENCE_S, why=f"the question {title}"
        )

    def rest(self) -> None:
        """Back to the list, with nothing over it and nothing ticked."""
        for _attempt in range(8):
            seen = self.desk.text()
            if LISTING in seen and not any(words in seen for words in OVER_ALL):
                self.pause(max(0.0, self._letters_from - time.monotonic()))
                return
            self.escape()
            self.pause(AFTER_ESCAPE_S)
        raise AssertionError(f"no way back to the list\n{self.desk.text()}")

    def open_longest(self) -> str:
        """To who has waited longest and is nobody else's, ready to write; their ref as a person reads it first."""
        self.desk.press("f8")
        seen = self.desk.wait_for(
            lambda seen: NOBODY in seen or (WRITING in seen and ref_in(seen)),
            PATIENCE_S,
            why="a place to write",
        )
        self.pause(0.1)
        if NOBODY in seen or not is_for_us(seen):
            raise NothingToDo("nobody waits but for a colleague")
        seen = self.desk.text()
        self.books.check_place(ref_in(seen), self.composer(seen))
        return ref_in(seen)

    def choose_mode(self, *, note: bool) -> None:
        """Reply or note, whichever the composer is not in."""
        if (NOTE_MODE in self.desk.text()) is not note:
            self.desk.press("ctrl+r")
            self.desk.wait_for(lambda seen: (NOTE_MODE in seen) is note, PATIENCE_S, why=f"note {note}")

    # -- writing

    def write(self, ref: str, text: str, *, note: bool = False) -> str:
        """Type a new token and ``text`` for the conversation ``ref``; the token, once it is on the screen."""
        token = self.books.new_token()
        self._had_draft = SAVED in self.desk.text()
        self.books.wrote(token, ref, float("inf"), is_note=note)
        whole = f"{token} {text}"
        cut = self.chance.randint(len(token), len(whole))
        for piece in filter(None, (whole[:cut], whole[cut:])):
            self.desk.type(piece)
            self.desk.wait_for(
                lambda seen: token in self.composer(seen), PATIENCE_S, why=f"{token} in the composer"
            )
        self.books.written[token].at = time.monotonic()
        return token

    def see_saved(self, token: str) -> None:
        """Wait until the draft with ``token`` is saved: the sign for it, or where an older one's stands, the time."""
        if self._had_draft:
            self.pause(KEPT_AFTER_S)
        else:
            self.desk.wait_for(SAVED, PATIENCE_S)
        self.books.kept(token)

    def pick_reply(self, code: str) -> None:
        """A quick reply by its code, behind what is written."""
        self.desk.type(f" /{code}")
        self.desk.wait_for("条快捷回复", PATIENCE_S)
        self.desk.wait_for(lambda seen: re.search(rf"▌ {code} ", seen), PATIENCE_S, why=f"the reply {code}")
        self.desk.press("enter")
        self.desk.wait_for(
            lambda seen: "条快捷回复" not in seen and f"/{code}" not in self.composer(seen), PATIENCE_S
        )

    def send(self) -> None:
        """Send what the composer holds, and see it as a message."""
        before = self.desk.text()
        tokens = TOKEN.findall(self.composer(before))
        is_resolved = RESOLVED.search(before) is not None
        self.books.check_place(ref_in(before), self.composer(before))
        self.desk.press("ctrl+s")
        if is_resolved:
            self.desk.wait_for(REOPEN, PATIENCE_S)
            self.desk.press("2")
        self.desk.wait_for(
            lambda seen: (
                not TOKEN.search(self.composer(seen)) and all(each in self.said(seen) for each in tokens[-1:])
            ),
            PATIENCE_S,
            why=f"{tokens} among the messages",
        )
        self.books.sent(*tokens)

    def undo(self) -> str:
        """Ctrl+G, and what the desk says to it."""
        words = UNDONE
        was = next((word for word in words if word in self.desk.text()), None)
        self.desk.press("ctrl+g")
        with suppress(AssertionError):
            self.desk.wait_for(
                lambda seen: any(word in seen for word in words if word != was), PATIENCE_S / 4
            )
        self.pause(0.1)
        seen = self.desk.text()
        tokens = [each for each in TOKEN.findall(self.composer(seen)) if each in self.books.written]
        self.books.taken_back(*tokens)
        return seen


def ref_in(seen: str) -> str:
    """The ref in the head of the conversation."""
    found = _REF.search("\n".join(seen.split("\n")[:_HEAD_LINES]))
    return found[1] if found else ""


def is_for_us(seen: str) -> bool:
    """Whether a conversation is shown, and it was not transferred to the colleague."""
    return any(_REF.search(line) and COLLEAGUE not in line for line in seen.split("\n")[:_HEAD_LINES])


def composer_in(seen: str, columns: int) -> str:
    """What stands under the line of the two modes, in the cells of its pane."""
    lines = seen.split("\n")
    at = next((place for place, line in enumerate(lines) if MODE_LINE.search(line)), None)
    return "" if at is None else _pane(lines[at + 1 : -1], lines[at], columns)


def said_in(seen: str, columns: int) -> str:
    """What stands above it."""
    lines = seen.split("\n")
    at = next((place for place, line in enumerate(lines) if MODE_LINE.search(line)), None)
    return "" if at is None else _pane(lines[:at], lines[at], columns)


def _pane(lines: list[str], modes: str, columns: int) -> str:
    """The cells of ``lines`` from where the modes begin to the end of the conversation, without what parts them."""
    start = cell_width(MODE_LINE.split(modes)[0]) - 1
    end = columns - CONTACT_CELLS if columns >= CONTACT_FROM else columns
    return "".join(_cells(line, start, end).strip(" ▍") for line in lines)


def _cells(line: str, start: int, end: int) -> str:
    found, at = [], 0
    for char in line:
        if start <= at < end:
            found.append(char)
        at += cell_width(char)
    return "".join(found)
