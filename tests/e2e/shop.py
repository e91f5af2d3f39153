"""A desk with conversations in it, made through the real import."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.e2e.terminal import run_command

Conversation = dict[str, Any]


def conversation(number: int, *texts: str, **more: Any) -> Conversation:
    """A customer who wrote ``texts``; ``more`` are keys of the import format."""
    messages = [
        {"from": "customer", "text": text, "at": f"2026-01-02T03:{number % 60:02}:{second:02}Z"}
        for second, text in enumerate(texts)
    ]
    contact = {"name": f"客户{number}"}
    return {"id": str(number), "lang": "zh", "contact": contact, "messages": messages, **more}


def stock(home: Path, conversations: Iterable[Conversation], *arguments: str) -> Path:
    """Import ``conversations`` into the store that csdesk opens at ``home``; its path."""
    source = home / "conversations.jsonl"
    source.write_text(
        "".join(json.dumps(each, ensure_ascii=True) + "\n" for each in conversations), encoding="utf-8"
    )
    done = run_command(home, "import", str(source), *arguments)
    assert done.returncode == 0, done.stderr
    return home / "data" / "desk.db"


def small_shop(home: Path, texts: Sequence[str] = ("在吗", "快递还没到", "尺码怎么选")) -> Path:
    """Three waiting customers."""
    return stock(home, [conversation(number + 1, text) for number, text in enumerate(texts)])
