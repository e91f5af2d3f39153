"""What nobody means to type: each is refused in a sentence, with a next step, and nothing is half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from csdesk.model.published import MOST_BYTES
from csdesk.store import hub
from csdesk.store.hub import HubState
from tests.cli.conftest import Run, open_again

NO_CHARACTER = "\udcff\udcfe"
"""What the shell gives for bytes that are no UTF-8."""
LONG = "a" * 300
USAGE = ("usage.value", "paths.no_home", "trainer.no_such_file")


@pytest.fixture
def joined(database: Path) -> Path:
    with open_again(database, create=True) as desk:
        desk.store.write(lambda tx: hub.join(tx, HubState("team", "host=hub", rank="lead")))
    return database


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("queue", "--label", NO_CHARACTER), "usage.value"),
        (("contact", "block", NO_CHARACTER), "usage.value"),
        (("team", "add", "x", "--member", NO_CHARACTER), "usage.value"),
        (("inbox", "add", "shop", "--hold", "nan"), "usage.value"),
        (("inbox", "add", "shop", "--hold", "inf"), "usage.value"),
        (("replies", "publish", "~nobody.here/x.yaml"), "team.no_file"),
        (("replies", "publish", LONG), "team.no_file"),
        (("etiquette", "publish", f"{LONG}/x"), "team.no_file"),
        (("db", "backup", LONG), "backup.cannot_write"),
        (("train", "report", LONG), "trainer.no_such_file"),
        (("--db", "~nobody.here/x.db", "queue"), "paths.no_home"),
    ],
)
def test_it_is_refused(csdesk: Run, joined: Path, typed: tuple[str, ...], code: str) -> None:
    refused = csdesk(*typed, "--json")
    assert (refused.refusal, refused.out) == (code, "")
    assert refused.code == (2 if code in USAGE else 1)


@pytest.mark.parametrize("what", ["replies", "train"])
def test_a_name_that_no_file_has_is_a_finding_of_lint(csdesk: Run, what: str) -> None:
    told = csdesk(what, "lint", LONG, "--json")
    assert told.code == 1
    assert len(told.json["items"]) == 1
    assert csdesk(what, "lint", LONG).code == 1


def test_what_was_typed_is_repeated_in_part(csdesk: Run, joined: Path) -> None:
    refused = csdesk("queue", "--limit", "7" * 100_000 + "x")
    assert refused.code == 2
    assert len(refused.err) < 3_000


def test_a_large_pack_is_large_wherever_it_is_cut(csdesk: Run, joined: Path, tmp_path: Path) -> None:
    """Characters of three bytes: two of three cuts go through one."""
    for more in range(3):
        path = tmp_path / f"{more}.yaml"
        path.write_bytes(b"#" * more + "快".encode() * (MOST_BYTES // 3 + 2))
        assert csdesk("replies", "publish", str(path), "--json").refusal == "team.too_large"


def test_a_draft_for_standard_output_is_one_document(csdesk: Run, refs: list[str]) -> None:
    told = csdesk("train", "from-conversation", refs[0], "--output", "-", "--json").json
    assert told["file"] is None and "draft: true" in told["yaml"]


def test_a_folder_is_no_file_to_attach(csdesk: Run, refs: list[str], tmp_path: Path) -> None:
    for path in (tmp_path, Path("/dev/null")):
        refused = csdesk("reply", refs[0], "text", "--attach", str(path), "--json")
        assert refused.refusal == "attachment.no_file"
