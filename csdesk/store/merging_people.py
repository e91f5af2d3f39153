"""Agents, teams and inboxes that several desks made: one name, one thing, whose uid is the earliest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csdesk.store import about, hub
from csdesk.store.apply.kept import Kept
from csdesk.store.applying import Refused, apply_safely
from csdesk.store.connect import Connection, open_scratch
from csdesk.store.rows import update

THINGS = ("agent", "team", "inbox")

Row = dict[str, Any]


def keep_numbers(connection: Connection, kept: Kept) -> None:
    """Have the row that an agent, team or inbox gets have the local id that it had under any of its uids."""
    scratch, _refused = _made(connection)
    try:
        for thing in THINGS:
            for row in _rows(scratch, thing).values():
                for uid in _uids(scratch, thing, row):
                    if uid in kept.numbers:
                        kept.numbers.setdefault(row["uid"], kept.numbers[uid])
    finally:
        scratch.close()


def _made(connection: Connection) -> tuple[Connection, Refused]:
    """The rows of all agents, teams and inboxes as the log gives them, in a database of their own, and what of it
    cannot be applied."""
    scratch = open_scratch()
    for (statement,) in connection.execute(_TABLES).fetchall():
        scratch.execute(statement)
    scratch.execute("BEGIN")
    refused = apply_safely(scratch, about.people(connection), hub.lost(connection))
    scratch.execute("COMMIT")
    return scratch, refused


_TABLES = "SELECT sql FROM sqlite_schema WHERE name IN ('agent', 'team', 'team_member', 'inbox', 'alias')"


def _rows(connection: Connection, thing: str) -> dict[int, Row]:
    """All rows of a table by local id."""
    cursor = connection.execute(f"SELECT * FROM {thing}")  # noqa: S608 - our own table names
    names = [column[0] for column in cursor.description]
    return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def _uids(connection: Connection, thing: str, row: Row) -> list[bytes]:
    """All uids that lead to a row, its own first."""
    others = connection.execute("SELECT uid FROM alias WHERE thing = ? AND row = ?", (thing, row["id"]))
    return [bytes(row["uid"]), *(bytes(uid) for (uid,) in others.fetchall())]


def refresh(connection: Connection) -> Refused | None:
    """Have the rows of agents, teams and inboxes say what the log says, each under the local id it has; what of it
    cannot be applied, which waits no more as it did.

    None, and nothing changed, when two that have rows are one, or one is two: all other rows name them.
    """
    scratch, refused = _made(connection)
    try:
        numbers = {thing: _numbers(connection, scratch, thing) for thing in THINGS}
        if any(found is None for found in numbers.values()):
            return None
        connection.execute(_PARKED)
        known = {thing: found for thing, found in numbers.items() if found is not None}
        for thing in THINGS:
            _put(connection, thing, _rows(scratch, thing), known)
        _put_aliases(connection, scratch, known)
        _put_members(connection, scratch, known)
        return refused
    finally:
        scratch.close()


_PARKED = f"""
DELETE FROM hub_parked WHERE (desk, dseq) IN
  (SELECT p.desk, p.dseq FROM hub_parked p JOIN op USING (desk, dseq) WHERE {about.PEOPLE})
"""  # noqa: S608 - fixed texts


def _numbers(connection: Connection, scratch: Connection, thing: str) -> dict[int, int] | None:
    """The local id here of each row there; None when that is not one for one."""
    here = {
        uid: row["id"] for row in _rows(connection, thing).values() for uid in _uids(connection, thing, row)
    }
    free = max(here.values(), default=0)
    found: dict[int, int] = {}
    for row in _rows(scratch, thing).values():
        held = {here[uid] for uid in _uids(scratch, thing, row) if uid in here}
        if len(held) > 1:
            return None
        if not held:
            free += 1
        found[row["id"]] = held.pop() if held else free
    return found if len({*found.values()}) == len(found) else None


def _put(
    connection: Connection, thing: str, wanted: Mapping[int, Row], numbers: Mapping[str, Mapping[int, int]]
) -> None:
    here = _rows(connection, thing)
    changed: list[tuple[int, Row]] = []
    for number, row in wanted.items():
        values = {**row, "id": numbers[thing][number]}
        if values.get("approver") is not None:
            values["approver"] = numbers["agent"][values["approver"]]
        if here.get(values["id"]) != values:
            changed.append((values["id"], values))
    for number, row in changed:  # two may have changed names: neither may be in the other's way
        if number in here:
            update(connection, thing, number, {"name": row["uid"].hex()})
            if thing == "inbox":
                _rename_keys(connection, here[number]["uid"], row["uid"])
    for number, row in changed:
        if number in here:
            update(connection, thing, number, row)
        else:
            places = ", ".join("?" * len(row))
            sql = f"INSERT INTO {thing}({', '.join(row)}) VALUES({places})"
            connection.execute(sql, (*row.values(),))


def _rename_keys(connection: Connection, before: bytes, now: bytes) -> None:
    """An inbox knows contacts by keys that begin with its uid."""
    if before != now:
        connection.execute(
            "UPDATE contact_key SET key = ? || substr(key, 33) WHERE key GLOB ? || ':*'",
            (now.hex(), before.hex()),
        )


def _put_aliases(
    connection: Connection, scratch: Connection, numbers: Mapping[str, Mapping[int, int]]
) -> None:
    connection.execute("DELETE FROM alias")
    rows = scratch.execute("SELECT uid, thing, row FROM alias").fetchall()
    connection.executemany(
        "INSERT INTO alias(uid, thing, row) VALUES(?,?,?)",
        [(uid, thing, numbers[thing][row]) for uid, thing, row in rows],
    )


def _put_members(
    connection: Connection, scratch: Connection, numbers: Mapping[str, Mapping[int, int]]
) -> None:
    rows = scratch.execute("SELECT team, agent FROM team_member").fetchall()
    connection.execute("DELETE FROM team_member")
    connection.executemany(
        "INSERT INTO team_member(team, agent) VALUES(?,?)",
        [(numbers["team"][team], numbers["agent"][agent]) for team, agent in rows],
    )
