"""An absence in a real terminal, twenty times as fast: warned, away, the customers told, back with a key."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e import evidence
from tests.e2e.terminal import Terminal, run_command

FAST = {"CSDESK_NOW": "2026-01-05T03:00:00Z+20x"}
SETTINGS = "[availability]\nidle_minutes = 1\nidle_minutes_when_waiting = 1\n[automatic]\nwait = false\n"


def test_away_and_back_in_a_minute(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text(SETTINGS, encoding="utf-8")
    store = tmp_path / "data" / "demo.db"
    with Terminal(tmp_path, "demo", "--seed", "7", variables=FAST) as desk:
        desk.wait_for("在线")
        desk.wait_for("秒后离开")
        desk.press("j")
        desk.wait_for(lambda seen: "秒后离开" not in seen)
        desk.wait_for("秒后离开")
        desk.wait_for("离开（自动）")
        desk.wait_for(lambda _seen: any(each.sender == "auto" for each in evidence.messages(store)))
        desk.press("j")
        desk.wait_for("离开期间")
        desk.press("enter")
        desk.wait_for(lambda seen: "离开期间" not in seen and "自动 · 离开" in seen)
        desk.press("ctrl+q")
        assert desk.wait_end() == 0
    told = run_command(tmp_path, "availability", "why", "--json", "--db", str(store))
    causes = [change["cause"] for change in json.loads(told.stdout)["changes"]]
    assert causes == ["left", "returned", "idle", "started"]
    evidence.assert_sound(store)
