"""``csdesk watch`` without a screen: whispers, a look at what somebody does, and which practice goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.clock import ManualClock
from csdesk.desk import sending
from csdesk.desk.context import Desk
from csdesk.model.message import Mode
from csdesk.store import conversations
from csdesk.trainer import journal as journals
from csdesk.trainer.journal import Journal
from csdesk.trainer.lessons import Mode as Sort
from csdesk.trainer.lessons import plan
from csdesk.trainer.rubric import WEIGHTS
from csdesk.trainer.sitting import Sitting
from tests.cli.conftest import Run, open_again
from tests.desks import START_MS, open_desk
from tests.unit.trainer.scene import small


def conversation(desk: Desk, ref: str) -> int:
    return conversations.by_ref(desk.store.reader(), ref)


def test_a_whisper_needs_no_screen(csdesk: Run, refs: list[str]) -> None:
    told = csdesk("watch", refs[0], "--whisper", "先问候", "--json", who="Lee")
    assert (told.json["from"], told.json["rule"], told.json["author"]) == ("note", "whisper", "Lee")
    assert "Whispered in" in csdesk("watch", refs[0], "--whisper", "再说原因", who="Lee").out
    shown = csdesk("show", refs[0], "--json").json["messages"]
    assert [each["text"] for each in shown[1:]] == ["先问候", "再说原因"]
    assert csdesk("watch", "--whisper", "x", "--json").refusal == "watch.no_ref"
    assert csdesk("watch", refs[0], "--whisper", " ", "--json", who="Lee").refusal == "text.empty"


def test_a_look_at_what_somebody_does(csdesk: Run, refs: list[str], database: Path) -> None:
    csdesk("agent", "add", "Lee")
    csdesk("agent", "edit", "Mia", "--approver", "Lee")
    csdesk("reply", refs[0], "在的")
    with open_again(database) as desk:
        sending.save_draft(desk, conversation(desk, refs[0]), Mode.REPLY, "还在写", 3).result(60)
    seen = csdesk("watch", "--agent", "Mia", "--json", who="Lee").json
    assert (seen["agent"]["name"], seen["ref"], seen["is_here"]) == ("Mia", refs[0], False)
    assert seen["writing"] == {"mode": "reply", "text": "还在写"}
    assert [each["text"] for each in seen["waiting"]] == ["在的"]
    assert csdesk("watch", refs[0], "--json", who="Lee").json["agent"]["name"] == "Mia", "who has it"


def test_who_cannot_be_watched(csdesk: Run, refs: list[str]) -> None:
    cases = {("--agent", "Mia"): "watch.self", ("--agent", "Nobody"): "name.unknown", (): "watch.nobody"}
    for arguments, code in cases.items():
        told = csdesk("watch", *arguments, "--json")
        assert (told.code, told.refusal) == (1, code)
    assert csdesk("watch", "--agent", "Mia", who="Lee").code != 0, "no screen without a terminal"


def test_a_practice_is_watched_while_it_goes_on(
    csdesk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSDESK_DATA_DIR", str(tmp_path / "data"))
    assert csdesk("watch", "--practice", "--json", who="Lee").refusal == "watch.no_practice"
    folder = journals.new_folder("one")
    desk = open_desk(folder / journals.STORE, ManualClock(START_MS), "Mia")
    sitting = Sitting(desk, Journal(folder), plan("Mia", Sort.COACH, [small()], ()), weights=WEIGHTS)
    try:
        sitting.step()
        sitting.step()
        (going,) = journals.running()
        assert (going.agent, going.store_path) == ("Mia", folder / journals.STORE)
        (talk,) = csdesk("--db", str(going.store_path), "queue", "--json").json["items"]
        seen = csdesk("watch", talk["ref"], "--practice", "--agent", "mia", "--json", who="Lee").json
        assert (seen["agent"]["name"], seen["ref"]) == ("Mia", talk["ref"])
        assert csdesk("watch", "--practice", "--agent", "Bo", "--json").refusal == "watch.no_practice"
        csdesk("watch", talk["ref"], "--practice", "--whisper", "先问候", who="Lee")
        said = csdesk("--db", str(going.store_path), "show", talk["ref"], "--json").json["messages"]
        assert said[-1]["rule"] == "whisper"
    finally:
        sitting.close()
    assert journals.running() == ()
