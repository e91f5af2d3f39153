"""What address of a hub is accepted, and what of it is kept."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from csdesk import paths
from csdesk.errors import CsdeskError, UsageError
from csdesk.sync import credentials, invitation, known_hub
from csdesk.sync.dsn import checked, name, parts, place, without_password
from csdesk.sync.hub import Invitation

HERE = [
    "host=/run/postgresql dbname=desk",
    "dbname=desk",
    "postgresql://mia@localhost/desk",
    "host=127.0.0.1 port=7777",
    "postgresql://[::1]:5/desk",
    "host=hub.example hostaddr=127.0.0.1",
]


@pytest.mark.parametrize("dsn", HERE)
def test_this_machine_needs_no_tls(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGHOST", raising=False)
    assert "sslmode" not in parts(checked(dsn))


@pytest.mark.parametrize(
    "dsn",
    [
        "host=hub.example",
        "postgresql://hub.example,127.0.0.1/desk",
        "host=localhost hostaddr=10.0.0.1",
        "host=/run/x,hub.example",
        "hostaddr=10.0.0.1",
        "host=0.0.0.0",
        "host=localhost.evil.example",
        "host=a,b hostaddr=127.0.0.1",
    ],
)
def test_another_machine_has_to_prove_who_it_is(dsn: str) -> None:
    assert parts(checked(dsn))["sslmode"] == "verify-full"
    for weak in ("disable", "allow", "prefer", "require", "verify-ca"):
        with pytest.raises(UsageError) as refused:
            checked(f"{dsn} sslmode={weak}" if "://" not in dsn else f"{dsn}?sslmode={weak}")
        assert refused.value.code == "hub.tls"
        assert "verify-full" in refused.value.hint


def test_the_environment_does_not_move_the_hub_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "hub.example")
    assert parts(checked("dbname=desk"))["sslmode"] == "verify-full"
    monkeypatch.setenv("PGHOSTADDR", "10.0.0.1")
    assert parts(checked("host=localhost"))["sslmode"] == "verify-full"


@pytest.mark.parametrize("dsn", ["service=hub", "host=x no_such=1", "postgresql://[", "what is this"])
def test_what_is_no_address_is_refused(dsn: str) -> None:
    with pytest.raises(UsageError):
        checked(dsn)


def test_an_authority_of_ones_own_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parts(checked("host=hub.example"))["sslrootcert"] == "system"
    assert parts(checked("host=hub.example sslrootcert=/x.crt"))["sslrootcert"] == "/x.crt"
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    assert "sslrootcert" not in parts(checked("host=hub.example"))


def test_a_place_is_said_in_words() -> None:
    assert place("postgresql://mia:secret@hub.example:5/desk") == "desk@hub.example"
    assert place("host=/tmp/x dbname=desk") == "desk on this machine"
    assert (name("host=/tmp/x dbname=desk"), name("host=hub.example dbname=desk")) == (
        "desk",
        "desk@hub.example",
    )
    assert "secret" not in without_password("postgresql://mia:secret@hub.example/desk")


def test_a_password_is_kept_for_its_owner_alone() -> None:
    dsn = "host=hub.example dbname=desk user=mia"
    where = credentials.keep(f"{dsn} password=secret")
    assert where is not None
    assert parts(credentials.with_password(dsn))["password"] == "secret"
    assert "password" not in parts(credentials.with_password(dsn.replace("mia", "bo")))
    (file,) = (paths.state_folder() / "hub").glob("*.password")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    with pytest.raises(CsdeskError) as refused:
        credentials.with_password(dsn)
    assert refused.value.code == "hub.password_open"
    credentials.forget(dsn)
    assert "password" not in parts(credentials.with_password(dsn))


def test_the_hub_one_runs_is_remembered_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as refused:
        known_hub.run_by_me()
    assert refused.value.code == "hub.which"
    known_hub.remember("host=127.0.0.1 dbname=desk user=root password=secret")
    assert b"secret" not in (paths.state_folder() / "hub" / "address").read_bytes()
    assert parts(known_hub.run_by_me())["password"] == "secret"
    monkeypatch.setenv("CSDESK_HUB", "dbname=other host=/tmp")
    assert parts(known_hub.run_by_me())["dbname"] == "other"
    assert parts(known_hub.run_by_me("dbname=third host=/tmp"))["dbname"] == "third"


def test_an_invitation_is_one_line_there_and_back() -> None:
    login = Invitation("host=hub.example dbname=desk sslmode=verify-full", "csdesk_ab_cd", "pass word")
    line = invitation.written(login)
    assert "\n" not in line
    assert invitation.read(f"  {line[:40]}\n{line[40:]}\n") == login


@pytest.mark.parametrize("line", ["", "csdesk-hub:", "csdesk-hub:AAAA", "csdesk-hub:WzEsMiwzXQ", "好"])
def test_what_is_no_invitation_is_refused(line: str) -> None:
    with pytest.raises(UsageError) as refused:
        invitation.read(line)
    assert refused.value.code == "hub.invitation"


def test_an_invitation_to_a_hub_without_tls_is_refused() -> None:
    weak = Invitation("host=hub.example dbname=desk sslmode=disable", "r", "p")
    with pytest.raises(UsageError) as refused:
        invitation.read(invitation.written(weak))
    assert refused.value.code == "hub.tls"
