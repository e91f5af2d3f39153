"""Contacts, agents, teams and inboxes."""

from __future__ import annotations

from typing import Any

from csdesk.ids import UID_DIGITS
from csdesk.model.operation import Operation
from csdesk.store import contacts, labels
from csdesk.store.apply import who
from csdesk.store.apply.batch import Batch
from csdesk.store.connect import Connection
from csdesk.store.rows import MissingEntity, find, need, update

CONTACT_FIELDS = (
    "name",
    "email",
    "phone",
    "tier",
    "source",
    "lifecycle",
    "birthday",
    "note",
    "is_blocked",
)
AGENT_FIELDS = ("name", "role", "capacity", "is_active")
TEAM_FIELDS = ("name", "is_active")
INBOX_FIELDS = ("name", "channel", "hold_ms", "is_active")


def _given(body: dict[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {field: body[field] for field in fields if field in body}


def contact_added(batch: Batch, operation: Operation) -> None:
    connection, body = batch.connection, operation.body
    if _is_known(batch, "contact", operation.ent):
        return
    row = connection.execute(
        "INSERT INTO contact(id, uid, name, email, phone, tier, source, created_at) VALUES(?,?,?,?,?,?,?,?)",
        (
            batch.new_id("contact", operation.ent),
            operation.ent,
            body.get("name", ""),
            body.get("email"),
            body.get("phone"),
            body.get("tier"),
            body.get("source"),
            body["at"],
        ),
    ).lastrowid
    if body.get("key"):
        key = body["key"] if batch.shared is None else key_of(connection, body["key"])
        connection.execute(
            "INSERT INTO contact_key(key, contact) VALUES(?,?) ON CONFLICT DO NOTHING", (key, row)
        )


def _is_known(batch: Batch, table: str, uid: bytes) -> bool:
    """Whether two desks made one thing, and this is the second time."""
    if batch.shared is None:
        return False
    try:
        need(batch.connection, table, uid)
    except MissingEntity:
        return False
    return True


def key_of(connection: Connection, key: str) -> str:
    """A key names the inbox that knows a contact by it: by the uid that this inbox has now."""
    inbox, colon, rest = key.partition(":")
    if not colon or len(inbox) != UID_DIGITS:
        return key
    try:
        number = need(connection, "inbox", inbox)
    except (MissingEntity, ValueError):
        return key
    (uid,) = connection.execute("SELECT uid FROM inbox WHERE id = ?", (number,)).fetchone()
    return f"{bytes(uid).hex()}:{rest}"


def _is_another(batch: Batch, table: str, operation: Operation) -> bool:
    """Whether an agent, team or inbox of this name is there: then it is the same one, under another uid too."""
    if batch.shared is None:
        return False
    row = batch.connection.execute(
        f"SELECT id FROM {table} WHERE name = ?",  # noqa: S608 - our own table names
        (operation.body["name"],),
    ).fetchone()
    if row is None:
        return False
    batch.connection.execute(
        "INSERT INTO alias(uid, thing, row) VALUES(?,?,?) ON CONFLICT DO NOTHING",
        (operation.ent, table, row[0]),
    )
    return True


def _without_taken_name(
    connection: Connection, table: str, row: int, values: dict[str, Any]
) -> dict[str, Any]:
    """``values`` without a name that another has: two desks gave it, and this one came later."""
    if "name" in values:
        twin = connection.execute(
            f"SELECT 1 FROM {table} WHERE name = ? AND id <> ?",  # noqa: S608 - our own table names
            (values["name"], row),
        ).fetchone()
        if twin is not None:
            return {field: value for field, value in values.items() if field != "name"}
    return values


def _edit(connection: Connection, table: str, operation: Operation, fields: tuple[str, ...]) -> int:
    row = need(connection, table, operation.ent)
    values = _without_taken_name(connection, table, row, _given(operation.body, fields))
    if values:
        update(connection, table, row, values)
    return row


def contact_edited(connection: Connection, operation: Operation) -> None:
    contact = need(connection, "contact", operation.ent)
    values = _given(operation.body, CONTACT_FIELDS)
    if not values:
        return
    update(connection, "contact", contact, values)
    if not values.keys().isdisjoint(("name", "tier", "is_blocked")):
        who.show_anew(connection, contacts.survivor_of(connection, contact))


def contact_labelled(connection: Connection, operation: Operation) -> None:
    if "label" not in operation.body:  # erased
        return
    connection.execute(
        labels.ON_CONTACT,
        (need(connection, "contact", operation.ent), operation.body["label"], *operation[:2]),
    )


def contact_unlabelled(connection: Connection, operation: Operation) -> None:
    if "label" in operation.body:  # not erased
        labels.take_off(connection, "contact", need(connection, "contact", operation.ent), operation)


def agent_added(batch: Batch, operation: Operation) -> None:
    body = operation.body
    if _is_known(batch, "agent", operation.ent) or _is_another(batch, "agent", operation):
        return
    batch.connection.execute(
        "INSERT INTO agent(id, uid, name, role, capacity) VALUES(?,?,?,?,?)",
        (
            batch.new_id("agent", operation.ent),
            operation.ent,
            body["name"],
            body["role"],
            body["capacity"],
        ),
    )


def agent_edited(connection: Connection, operation: Operation) -> None:
    row = _edit(connection, "agent", operation, AGENT_FIELDS)
    if "approver" in operation.body:
        update(connection, "agent", row, {"approver": find(connection, "agent", operation.body["approver"])})


def agent_availability_changed(connection: Connection, operation: Operation) -> None:
    body = operation.body
    connection.execute(
        "INSERT INTO availability(agent, hlc, desk, at, status, cause, episode, until, reason)"
        " VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        (
            need(connection, "agent", operation.ent),
            operation.hlc,
            operation.desk,
            body["at"],
            body["status"],
            body["cause"],
            body.get("episode"),
            body.get("until"),
            body.get("reason", ""),
        ),
    )


def team_added(batch: Batch, operation: Operation) -> None:
    connection = batch.connection
    if _is_known(batch, "team", operation.ent):
        return
    if not _is_another(batch, "team", operation):
        connection.execute(
            "INSERT INTO team(id, uid, name) VALUES(?,?,?)",
            (batch.new_id("team", operation.ent), operation.ent, operation.body["name"]),
        )
    _set_members(connection, need(connection, "team", operation.ent), operation.body.get("members", []))


def team_edited(connection: Connection, operation: Operation) -> None:
    team = _edit(connection, "team", operation, TEAM_FIELDS)
    if "members" in operation.body:
        connection.execute("DELETE FROM team_member WHERE team=?", (team,))
        _set_members(connection, team, operation.body["members"])


def _set_members(connection: Connection, team: int, members: list[str]) -> None:
    connection.executemany(
        "INSERT INTO team_member(team, agent) VALUES(?,?) ON CONFLICT DO NOTHING",
        [(team, need(connection, "agent", member)) for member in members],
    )


def inbox_added(batch: Batch, operation: Operation) -> None:
    body = operation.body
    if _is_known(batch, "inbox", operation.ent) or _is_another(batch, "inbox", operation):
        return
    batch.connection.execute(
        "INSERT INTO inbox(id, uid, name, channel, hold_ms) VALUES(?,?,?,?,?)",
        (
            batch.new_id("inbox", operation.ent),
            operation.ent,
            body["name"],
            body["channel"],
            body["hold_ms"],
        ),
    )


def inbox_edited(connection: Connection, operation: Operation) -> None:
    _edit(connection, "inbox", operation, INBOX_FIELDS)
