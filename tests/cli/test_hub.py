"""``csdesk hub`` as a person types it, on the private server it starts itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("psycopg", reason="psycopg is not installed: pip install -e '.[dev]'")

from csdesk import paths
from csdesk.cli.hub_desk import try_files
from csdesk.cli.main import run
from csdesk.errors import CsdeskError
from csdesk.store import hub as kept
from csdesk.store.presence import desk_of
from csdesk.sync import binaries, credentials, driver, local_server
from tests.conftest import RunCsdesk


@pytest.fixture
def local_hub(capsys: pytest.CaptureFixture[str]) -> Iterator[dict[str, Any]]:
    """What ``csdesk hub local 张敏 Bo`` tells; the server is stopped after the test."""
    try:
        binaries.find_programs()
        run(["hub", "local", "张敏", "Bo", "--json"])
    except CsdeskError as error:
        if error.code not in ("hub.no_postgres", "hub.postgres_too_old", "hub.root"):
            raise
        pytest.skip(f"{error.sentence} {error.hint}")
    yield json.loads(capsys.readouterr().out)
    server = local_server.find(driver.private_server())
    assert server is not None
    server.remove()


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """The JSON that a command prints."""
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refusal(*arguments: str) -> CsdeskError:
    with pytest.raises(CsdeskError) as refused:
        run(arguments)
    return refused.value


def test_two_desks_on_one_laptop(local_hub: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert local_hub["new"] is True
    status = told(capsys, "hub", "status")
    assert [(desk["agent"], desk["role"], desk["state"]) for desk in status["items"]] == [
        ("张敏", "lead", "active"),
        ("Bo", "agent", "active"),
    ]
    assert status["weak"] == []
    assert told(capsys, "hub", "local", "Bo")["new"] is False
    assert told(capsys, "hub", "status")["items"] == status["items"]


def test_a_store_knows_its_hub_and_no_password(
    local_hub: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    database = local_hub["desks"][0]["db"]
    from csdesk.store.connect import open_still

    connection = open_still(paths.database_path(database))
    state = kept.state(connection)
    connection.close()
    assert state is not None
    assert state.name == "desk"
    shown = told(capsys, "--db", database, "status")["hub"]
    assert (shown["name"], shown["files_up"], shown["files_down"], shown["files_refused"]) == (
        "desk",
        0,
        0,
        0,
    )
    assert "password" not in state.dsn
    whole = credentials.with_password(state.dsn)
    password = whole.partition("password=")[2].split()[0]
    assert len(password) > 20
    for file in paths.data_folder().iterdir():
        assert password.encode() not in file.read_bytes(), file
    assert refusal("--db", database, "hub", "enrol", "--name", "x").code == "hub.enrolled_already"
    assert told(capsys, "--db", database, "hub", "enrol", "--name", "x", "--again")["agent"] == "张敏"
    assert credentials.with_password(state.dsn) != whole


def test_a_desk_is_kept_out_let_in_and_retired(
    local_hub: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    database = local_hub["desks"][1]["db"]
    number = str(desk_of(paths.database_path(database)))
    assert told(capsys, "hub", "fence", number)["state"] == "fenced"
    kept_out = refusal("--db", database, "sync")
    assert kept_out.code == "hub.fenced" and "--lift" in kept_out.hint
    assert told(capsys, "hub", "fence", number, "--lift")["state"] == "active"
    assert told(capsys, "--db", database, "sync")["sent"] == 0
    assert told(capsys, "hub", "retire", number)["state"] == "retired"
    assert refusal("--db", database, "sync").code == "hub.refused_login"
    assert refusal("hub", "fence", number, "--lift").code == "hub.retired"
    assert refusal("hub", "fence", "404").code == "hub.no_desk"


def test_an_invitation_goes_to_another_machine(
    local_hub: dict[str, Any], run_csdesk: RunCsdesk, capsys: pytest.CaptureFixture[str]
) -> None:
    invited = told(capsys, "hub", "enrol", "--name", "Ida", "--role", "lead", "--scope", "3", "--invite")
    assert told(capsys, "hub", "status")["invited"] == ["Ida"]

    def joins(db: str) -> subprocess.CompletedProcess[str]:
        return run_csdesk("--db", db, "hub", "join", "--json", stdin=invited["invitation"])

    joined = joins("ida.db")
    assert joined.returncode == 0, joined.stderr
    facts = json.loads(joined.stdout)
    assert (facts["agent"], facts["role"], facts["scope"]) == ("Ida", "lead", 3)
    second = joins("other.db")
    assert second.returncode == 1
    assert "hub.invitation_used" in second.stderr


def test_a_hub_that_is_down_says_how_it_is_started(local_hub: dict[str, Any]) -> None:
    run(["hub", "local", "--stop"])
    down = refusal("hub", "status")
    assert down.code == "hub.unreachable"
    assert "csdesk hub local" in down.hint


def test_without_a_hub_it_says_how_one_is_made() -> None:
    assert refusal("hub", "status").code == "hub.which"
    assert refusal("hub", "init", "host=hub.example sslmode=require").code == "hub.tls"
    assert refusal("hub", "enrol", "--name", "x", "--invite", "--again").code == "hub.invite_again"


def test_a_trial_desk_never_takes_a_store_of_something_else() -> None:
    """Before anything is started: whoever is called as the demo's file would share all of it."""
    for name in ("demo", "desk"):
        assert refusal("hub", "local", "Bo", name).code == "hub.local_name"
    assert refusal("hub", "local", " ").code == "name.empty"
    assert refusal("hub", "enrol", "--name", "").code == "name.empty"
    names = ("a b", "a-b", "a_b", "\N{FACE WITH TEARS OF JOY}" * 60, "\N{SLEEPY FACE}" * 60)
    files = try_files(names)
    assert [*files] == [*names]
    assert len({*files.values()}) == len(names)
    assert all(len(file.name.encode()) < 255 for file in files.values())
