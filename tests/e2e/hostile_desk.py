"""A store full of texts that would act on a terminal, and a walk past all of them."""

from __future__ import annotations

import json
import random
import re
import uuid
from collections.abc import Sequence
from pathlib import Path

from csdesk.desk import people, sending, work
from csdesk.desk.work import Target
from csdesk.store import connect
from tests.desks import hears, open_desk
from tests.e2e.terminal import Terminal
from tests.payloads import PAYLOADS

MODE_LINE = "回复  备注"
DIGITS = re.compile(r"[0-9]+")
STEP_S = 3.0
"""How long a step in a list may take to be drawn on a busy machine; one that leads nowhere is at its end."""
FRAGMENTS = (
    "\x1b", "\x1b[", "\x1b]0;", "\x1bP", "\x1b\\", "\x07", "\x9b", "\x9d", "\x9c", "\x00", "\x08", "\x0e", "\r",
    "\x7f", "\x85", "\u202e", "\u2067", "\u2069", "\u200b", "\u200d", "\ufe0f", "\u20e3", "\u0301" * 12, "\U000e0041",
    "[/]", "[/x]", "[bold]", "[@click=app.quit]", "[link=x]", "[$", "]", "\\[", "\\", "{{", "}}", "%s", "{0}", "41m",
    "2J", "?1049l", "!p", "31;1m", "快递", "👍🏽", "👨\u200d👩\u200d👧", "한", "ｱ", "é", "a", " ",
)  # fmt: skip


def fuzzed(count: int, seed: int = 2) -> list[str]:
    """``count`` seeded strings of fragments that terminals and markup act on."""
    chance = random.Random(seed)
    return ["".join(chance.choices(FRAGMENTS, k=chance.randint(2, 9))) for _ in range(count)]


def hostile_texts(fuzz: int) -> list[str]:
    """Every payload that a UTF-8 store can hold at all, then fuzzed ones."""
    texts = [payload.text for payload in PAYLOADS if _fits_utf8(payload.text)]
    return texts + [text for text in fuzzed(fuzz) if _fits_utf8(text)]


def _fits_utf8(text: str) -> bool:
    return not re.search("[\ud800-\udfff]", text)


def harmless_twin(text: str) -> str:
    """As long, but only letters."""
    return "平安" + "a" * min(len(text), 20)


def build(home: Path, texts: Sequence[str]) -> Path:
    """A store whose every field that came from outside is one of ``texts``, as it is, uncleaned.

    The rows are written past the doors of the desk: what a door would have cleaned must not matter.
    """
    path = home / "data" / "desk.db"
    desk = open_desk(path, agent="Mia")
    try:
        for number in range(len(texts)):
            conversation = hears(desk, f"t{number}", f"m{number}")
            work.label(desk, conversation, (f"label{number}",))
            if number % 3 == 0:
                sending.note(desk, conversation, "note")
                sending.save_draft(desk, conversation, sending.Mode.REPLY, "draft", 0).result()
            if number % 4 == 0:
                desk.store.write(lambda tx, name=f"agent{number}": people.add_agent(tx, name))  # type: ignore[misc]
                desk.store.write(lambda tx, name=f"team{number}": people.add_team(tx, name))  # type: ignore[misc]
                sending.reply(desk, conversation, "reply")
                work.transfer(desk, conversation, Target(agent=f"agent{number}"), "reason")
    finally:
        desk.store.close()
    _overwrite(path, texts)
    _write_packs(home, texts)
    return path


def _overwrite(path: Path, texts: Sequence[str]) -> None:
    connection = connect.open_writer(path)
    with connection:
        for number, text in enumerate(texts):
            own = number + 1
            for statement in (
                "UPDATE conversation SET contact_name=:text, subject=:text, preview=:text, source=:text,"
                " lang=:text, stage=:text, tier=substr(:text, 1, 6) WHERE id=:own",
                "UPDATE contact SET name=:text, email=:text, phone=:text, source=:text, tier=:text WHERE id=:own",
                "UPDATE message SET text=:text, author_name=:text WHERE conversation=:own",
                "UPDATE message SET delivery='failed', reason=:text WHERE conversation=:own AND sender='agent'",
                "UPDATE label SET name=:text || id WHERE id=:own",
                "UPDATE draft SET text=:text WHERE conversation=:own",
                "UPDATE transfer SET reason=:text WHERE conversation=:own",
                "UPDATE event SET body=json_replace(body, '$.reason', :text) WHERE conversation=:own",
                "UPDATE agent SET name=:text || id WHERE name='agent' || :number",
                "UPDATE team SET name=:text || id WHERE name='team' || :number",
                "INSERT INTO attachment(uid, message, name, kind, size) SELECT randomblob(16), min(id), :text,"
                " :text, 1 FROM message WHERE conversation=:own",
            ):
                connection.execute(statement, {"text": text, "own": own, "number": number})
        connection.execute("UPDATE inbox SET name=?", (texts[0] + "inbox",))
    connection.close()


def _write_packs(home: Path, texts: Sequence[str]) -> None:
    folder = home / "data" / "quick_replies"
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts):
        pack = {
            "schema": "csdesk.pack/1",
            "pack": {"id": f"p{number}", "title": text, "lang": "zh-CN", "version": 1},
            "replies": [
                {
                    "id": str(uuid.UUID(int=number + (4 << 76) + (8 << 60))),
                    "code": f"hh{number}",
                    "title": text,
                    "tags": [text],
                    "body": f"{text} 您好 {text}",
                }
            ],
        }
        (folder / f"hostile-{number}.yaml").write_text(json.dumps(pack), encoding="utf-8")


def walk(desk: Terminal, count: int, pasted: Sequence[str]) -> list[str]:
    """Look at every conversation, modal, card and quick reply; the screens seen on the way."""
    seen: list[str] = []

    def look() -> None:
        desk.wait_quiet(0.04)
        seen.append(desk.text())

    def to_the_end(key: str) -> None:
        """Press ``key`` and look at what it leads to, row by row, until there is no other."""
        for _ in range(count):
            before = DIGITS.sub("", desk.text())
            desk.press(key)
            try:
                desk.wait_for(lambda screen, before=before: DIGITS.sub("", screen) != before, STEP_S)  # type: ignore[misc]
            except AssertionError:
                return
            look()

    desk.wait_for(MODE_LINE)
    look()
    desk.press("4", "g", "enter")
    desk.wait_for("^S 发送")
    look()
    to_the_end("ctrl+down")
    desk.type("\x15/hh")
    desk.wait_for("条快捷回复")
    look()
    to_the_end("down")
    desk.press("enter")
    look()
    for text in pasted:
        desk.type(f"\x1b[200~{text}\x1b[201~")
        look()
    desk.press("ctrl+s")
    look()
    desk.press("escape", "escape")
    desk.wait_for("Enter 打开")
    desk.wait_quiet(0.2)
    for keys in (("t",), ("l",), ("/",), ("ctrl+p",)):
        desk.press(*keys)
        look()
        for text in pasted[:3]:
            desk.type(f"\x1b[200~{text}\x1b[201~")
            look()
        desk.press("end")
        look()
        desk.press("escape", "escape")
        desk.wait_quiet(0.2)
    for keys in (
        ("6",),
        ("4",),
        ("f1",),
        ("escape",),
        ("y",),
        ("u",),
        ("i",),
        ("E",),
        ("a",),
        ("j",),
        ("escape",),
        ("C",),
        ("escape",),
    ):
        desk.press(*keys)
        look()
    return seen
