"""Over a network the hub proves who it is, or nothing is said to it: not even the password."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from csdesk.errors import CsdeskError
from csdesk.sync import binaries, driver, dsn
from csdesk.sync import hub as running
from csdesk.sync.local_server import LocalServer
from tests.sync.conftest import discard, start_server

NAME = "hub.test"


def with_tls() -> binaries.Programs:
    """A PostgreSQL that can speak TLS. Skips where there is none: the wheel's cannot."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    try:
        found = binaries.find_programs()
    except CsdeskError as error:
        pytest.skip(error.sentence)
    if not found.has_tls:
        pytest.skip(f"PostgreSQL in {found.folder} was built without TLS: apt install postgresql")
    return found


def certificate(folder: Path, name: str, subject: str) -> Path:
    """A certificate for ``subject`` that vouches for itself; its key lies beside it."""
    made = folder / f"{name}.crt"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-days", "2", "-subj", f"/CN={subject}", "-addext", f"subjectAltName=DNS:{subject}"),
            *("-keyout", str(folder / f"{name}.key"), "-out", str(made)),
        ],
        check=True,
        capture_output=True,
    )
    return made


@dataclass
class Encrypted:
    """A server with TLS, and the authority that vouches for it."""

    server: LocalServer
    authority: Path

    def dsn(self, **given: str) -> str:
        settings = {
            **dsn.parts(self.server.dsn("postgres", tcp=True)),
            "host": NAME,
            "hostaddr": "127.0.0.1",
            "sslmode": "verify-full",
            "sslrootcert": str(self.authority),
            **given,
        }
        return dsn.joined(settings)


@pytest.fixture(scope="module")
def encrypted() -> Iterator[Encrypted]:
    programs = with_tls()
    with tempfile.TemporaryDirectory(prefix="csdesk-certs-") as name:
        folder = Path(name)
        authority = certificate(folder, "hub", NAME)
        server = start_server(programs)
        for ending in ("crt", "key"):
            copy = server.data / f"hub.{ending}"
            copy.write_bytes((folder / f"hub.{ending}").read_bytes())
            copy.chmod(0o600)
            server.who.owns(copy)
        with (server.data / "postgresql.conf").open("a") as file:
            file.write("ssl = on\nssl_cert_file = 'hub.crt'\nssl_key_file = 'hub.key'\n")
        server.stop()
        server.start()
        yield Encrypted(server, authority)
        discard(server)


def refusal(address: str) -> CsdeskError:
    with pytest.raises(CsdeskError) as refused:
        driver.connect(address)
    return refused.value


def test_a_hub_that_proves_itself(encrypted: Encrypted) -> None:
    with driver.connect(encrypted.dsn()) as connection:
        asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        assert connection.execute(asked).fetchone() == (True,)


def test_one_with_another_name(encrypted: Encrypted) -> None:
    refused = refusal(encrypted.dsn(host="other.test"))
    assert refused.code == "hub.tls_proof"
    assert encrypted.server.password not in refused.sentence


def test_one_that_somebody_else_vouches_for(encrypted: Encrypted, tmp_path: Path) -> None:
    assert (
        refusal(encrypted.dsn(sslrootcert=str(certificate(tmp_path, "evil", NAME)))).code == "hub.tls_proof"
    )


def test_one_that_speaks_no_tls_at_all(postgres: LocalServer, encrypted: Encrypted) -> None:
    plain = dsn.joined(
        {**dsn.parts(encrypted.dsn()), "port": str(postgres.port), "password": postgres.password}
    )
    assert refusal(plain).code == "hub.tls_proof"


def test_an_enrolled_desk_is_as_strict_and_tells_no_password(encrypted: Encrypted) -> None:
    """What a desk keeps demands the proof again; a server that asks for the password itself gets none."""
    running.init(encrypted.dsn())
    login = running.enrol(encrypted.dsn(), 7, running.Wanted("Mia")).login
    kept = dsn.parts(login.dsn)
    assert (kept["sslmode"], kept["sslrootcert"]) == ("verify-full", str(encrypted.authority))
    with psycopg.connect(login.secret_dsn) as connection:
        assert connection.execute("SELECT head FROM csdesk.head_v WHERE desk = 7").fetchone() == (0,)
    rules = encrypted.server.data / "pg_hba.conf"
    rules.write_text(rules.read_text().replace("scram-sha-256", "password"))
    encrypted.server.stop()
    encrypted.server.start()
    assert refusal(login.secret_dsn).code == "hub.asks_password"
