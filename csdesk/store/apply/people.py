"""Contacts, agents, teams and inboxes."""

from __future__ import annotations

from typing import Any

from csdesk.model.operation import Operation
from csdesk.store.apply import headings
from csdesk.store.connect import Connection
from csdesk.store.rows import need, next_version, update

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
    named = _conversations_of(connection, contact) if "name" in values else []
    for conversation in named:
        headings.take(connection, conversation)
    update(connection, "contact", contact, values)
    if "name" in values or "tier" in values:
        connection.execute(
            "UPDATE conversation SET version=:version, contact_name=contact.name, tier=contact.tier"
            " FROM contact WHERE contact.id=:contact AND conversation.contact=:contact",
            {"version": next_version(connection), "contact": contact},
        )
    for conversation in named:
        headings.put(connection, conversation)


def _conversations_of(connection: Connection, contact: int) -> list[int]:
    rows = connection.execute("SELECT id FROM conversation WHERE contact = ?", (contact,)).fetchall()
    return [conversation for (conversation,) in rows]


def agent_added(connection: Connection, operation: Operation) -> None:
    body = operation.body
    connection.execute(
        "INSERT INTO agent(uid, name, role, capacity) VALUES(?,?,?,?)",
        (operation.ent, body["name"], body["role"], body["capacity"]),
    )


def agent_edited(connection: Connection, operation: Operation) -> None:
    values = _given(operation.body, AGENT_FIELDS)
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
