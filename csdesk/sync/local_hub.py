"""The hub of one machine: a private PostgreSQL under the state folder with a hub in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from csdesk.sync import driver, hub, known_hub, local_server
from csdesk.sync.dsn import place
from csdesk.sync.guard import guard_server

DATABASE = "desk"


@dataclass(frozen=True, slots=True)
class Begun:
    """A hub that runs: where it is in words, where its files are, and whether it was made now."""

    place: str
    folder: Path
    is_new: bool


def start() -> Begun:
    """Make the private server if there is none, start it if it is down, and make its hub ready.

    Raises CsdeskError when there is no PostgreSQL on this machine, or it does not start.
    """
    driver.need_driver()
    folder = driver.private_server()
    found = local_server.find(folder)
    server = found or local_server.create(folder)
    server.start()
    address = server.dsn(DATABASE)
    with driver.connect(server.dsn()) as connection, hub.translated():
        row = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
        if row is None:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
        guard_server(connection)
    hub.init(address)
    known_hub.remember(address)
    return Begun(place(address), server.folder, found is None)


def stop() -> bool:
    """Stop the private server; whether it ran."""
    server = local_server.find(driver.private_server())
    if server is None or not server.is_running:
        return False
    server.stop()
    return True
