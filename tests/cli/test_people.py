"""``agent``, ``team``, ``inbox`` and ``status``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import CUSTOMERS, Run
from tests.conftest import ROOT


def test_agent_add_makes_the_store_and_only_that_agent(csdesk: Run, database: Path) -> None:
    assert csdesk("agent", "add", " ", "--json").refusal == "name.empty"
    assert not database.exists()
    added = csdesk("agent", "add", "张敏", "--role", "lead", "--json").json
    assert (added["name"], added["role"], added["capacity"], added["is_active"]) == ("张敏", "lead", 3, True)
    listed = csdesk("agent", "list", "--json").json
    assert listed == {"items": [added], "next": None}
    assert csdesk("agent", "add", "张敏", "--json").refusal == "name.taken"
    edited = csdesk("agent", "edit", "张敏", "--capacity", "5", "--inactive", "--json").json
    assert (edited["capacity"], edited["is_active"], edited["id"]) == (5, False, added["id"])
    assert csdesk("agent", "edit", "张敏", "--json").refusal == "edit.nothing"
    assert csdesk("agent", "edit", "nobody", "--capacity", "1", "--json").refusal == "name.unknown"
    assert csdesk("agent", "add", "x", "--capacity", "0", "--json").code == 2


def test_teams_and_their_members(csdesk: Run) -> None:
    for name in ("Mia", "Leo", "Ann"):
        csdesk("agent", "add", name)
    assert csdesk("team", "add", "returns", "--member", "Mia", "--json").json["members"] == ["Mia"]
    moved = csdesk(
        *("team", "edit", "returns", "--add-member", "Leo", "--add-member", "Ann", "--remove-member", "mia"),
        *("--name", "refunds", "--json"),
    ).json
    assert (moved["name"], sorted(moved["members"])) == ("refunds", ["Ann", "Leo"])
    assert csdesk("team", "add", "x", "--member", "nobody", "--json").refusal == "name.unknown"
    assert [team["name"] for team in csdesk("team", "list", "--json").json["items"]] == ["refunds"]


def test_inboxes_hold_as_the_settings_or_the_option_say(csdesk: Run) -> None:
    csdesk("agent", "add", "Mia")
    assert csdesk("inbox", "add", "shop", "--json").json["hold_s"] == 3
    assert csdesk("inbox", "add", "post", "--channel", "mail", "--json").json["hold_s"] == 30
    assert csdesk("inbox", "edit", "post", "--hold", "0", "--json").json["hold_s"] == 0
    assert csdesk("inbox", "add", "x", "--hold", "-1", "--json").code == 2
    assert "shop" in csdesk("inbox", "list").out


def test_status_counts(csdesk: Run, refs: list[str]) -> None:
    csdesk("claim", refs[0])
    told = csdesk("status", "--json").json
    assert told["counts"] == {
        **{"waiting": CUSTOMERS, "unassigned": CUSTOMERS - 1, "mine": 1},
        **{"all": CUSTOMERS, "snoozed": 0, "resolved": 0, "drafts": 0, "failed": 0},
    }
    assert told["longest_wait"]["ref"] == refs[0] and told["me"]["name"] == "Mia"
    assert told["outbox"] == {"held": 0, "approval": 0, "queued": 0, "sending": 0, "failed": 0, "look": 0}
    line = csdesk("status", "--short").out
    assert line.startswith(f"waiting {CUSTOMERS} · mine 1/3 · longest 07:") and line.count("\n") == 1
    assert "mine 0 " in csdesk("status", "--short", who="nobody yet").out
    assert "Longest wait: 07:" in csdesk("status").out


def test_the_short_status_loads_little(refs: list[str], database: Path) -> None:
    script = (
        "import sys, json; from csdesk.__main__ import main;"
        f" main(['--db', {str(database)!r}, 'status', '--short']); print(json.dumps(sorted(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    line, loaded = ran.stdout.splitlines()
    assert line.startswith("waiting 7")
    heavy = {"sqlite_utils", "textual", "rich", "yaml", "csdesk.store.database", "csdesk.store.apply"}
    assert not set(json.loads(loaded)) & heavy
