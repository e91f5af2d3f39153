"""The real commands in this process: what ``csdesk ...`` prints and the code it leaves with."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from csdesk.__main__ import main
from csdesk.clock import SystemClock
from csdesk.desk import intake
from csdesk.desk.context import Desk
from csdesk.desk.people import ensure_inbox
from csdesk.desk.ports import ContactCard, Incoming
from tests.desks import lay_empty

CUSTOMERS = 7


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def refusal(self) -> str:
        """The error's code, as --json tells it on stderr."""
        return str(json.loads(self.err)["error"]["code"])


Run = Callable[..., Outcome]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
def csdesk(database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """``csdesk("claim", ref, who="Mia", typed="text for stdin")``."""

    def run(*arguments: str, who: str = "Mia", typed: str | bytes = "") -> Outcome:
        raw = typed.encode() if isinstance(typed, str) else typed
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"))
        capsys.readouterr()
        code = main(["--db", str(database), "--as", who, *arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err + said.out
        return Outcome(code, said.out, said.err)

    return run


def open_again(database: Path, *, create: bool = False) -> Desk:
    from csdesk.bootstrap import open_desk

    if create:
        lay_empty(database)
    return open_desk(database, agent="Mia", create=create, clock=SystemClock())


@pytest.fixture
def refs(database: Path) -> list[str]:
    """A desk of customers who have waited 1, 2, 3 ... minutes; refs from the longest wait on."""
    with open_again(database, create=True) as desk:
        desk.store.write(lambda tx: ensure_inbox(tx, "shop", hold_ms=60_000))
        now = desk.now_ms()
        for number in range(CUSTOMERS, 0, -1):
            card = ContactCard(f"c{number}", name=f"客户{number}", tier="A" if number == 1 else None)
            text = f"问题{number} [/x] \x1b[31m"
            intake.receive(
                desk,
                Incoming("shop", f"t{number}", "1", text, card, at=now - number * 60_000, stage="presale"),
            )
        rows = desk.store.reader().execute("SELECT ref FROM conversation ORDER BY waiting_since").fetchall()
    return [ref for (ref,) in rows]
