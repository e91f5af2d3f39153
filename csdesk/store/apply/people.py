"""Contacts, agents, teams and inboxes."""

from __future__ import annotations

from typing import Any

from csdesk.model.operation import Operation
from csdesk.store import contacts
from csdesk.store.apply import who
from csdesk.store.connect import Connection
from csdesk.store.rows import find, need, update

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


def contact_added(connection: Connection, operation: Operation) -> None:
    body = operation.body
    row = connection.execute(
        "INSERT INTO contact(uid, name, email, phone, tier, source, created_at) VALUES(?,?,?,?,?,?,?)",
        (
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
        connection.execute(
            "INSERT INTO contact_key(key, contact) VALUES(?,?) ON CONFLICT DO NOTHING", (body["key"], row)
        )


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
        "INSERT INTO contact_label(contact, name) VALUES(?, ?) ON CONFLICT DO NOTHING",
        (need(connection, "contact", operation.ent), operation.body["label"]),
    )


def contact_unlabelled(connection: Connection, operation: Operation) -> None:
    connection.execute(
        "DELETE FROM contact_label WHERE contact = ? AND name = ?",
        (need(connection, "contact", operation.ent), operation.body.get("label")),
    )


def agent_added(connection: Connection, operation: Operation) -> None:
    body = operation.body
    connection.execute(
        "INSERT INTO agent(uid, name, role, capacity) VALUES(?,?,?,?)",
        (operation.ent, body["name"], body["role"], body["capacity"]),
    )


def agent_edited(connection: Connection, operation: Operation) -> None:
    values = _given(operation.body, AGENT_FIELDS)
    if "approver" in operation.body:
        values["approver"] = find(connection, "agent", operation.body["approver"])
    if values:
        update(connection, "agent", need(connection, "agent", operation.ent), values)


def agent_availability_changed(connection: Connection, operation: Operation) -> None:
    body = operation.body
    connection.execute(
        "INSERT INTO availability(agent, hlc, desk, at, status, cause, episode, until, reason)"
        " VALUES(?,?,?,?,?,?,?,?,?)",
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


def team_added(connection: Connection, operation: Operation) -> None:
    connection.execute("INSERT INTO team(uid, name) VALUES(?,?)", (operation.ent, operation.body["name"]))
    _set_members(connection, need(connection, "team", operation.ent), operation.body.get("members", []))


def team_edited(connection: Connection, operation: Operation) -> None:
    team = need(connection, "team", operation.ent)
    values = _given(operation.body, TEAM_FIELDS)
    if values:
        update(connection, "team", team, values)
    if "members" in operation.body:
        connection.execute("DELETE FROM team_member WHERE team=?", (team,))
        _set_members(connection, team, operation.body["members"])


def _set_members(connection: Connection, team: int, members: list[str]) -> None:
    connection.executemany(
        "INSERT INTO team_member(team, agent) VALUES(?,?) ON CONFLICT DO NOTHING",
        [(team, need(connection, "agent", member)) for member in members],
    )


def inbox_added(connection: Connection, operation: Operation) -> None:
    body = operation.body
    connection.execute(
        "INSERT INTO inbox(uid, name, channel, hold_ms) VALUES(?,?,?,?)",
        (operation.ent, body["name"], body["channel"], body["hold_ms"]),
    )


def inbox_edited(connection: Connection, operation: Operation) -> None:
    values = _given(operation.body, INBOX_FIELDS)
    if values:
        update(connection, "inbox", need(connection, "inbox", operation.ent), values)
