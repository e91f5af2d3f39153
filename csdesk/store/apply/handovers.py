"""Handovers: written once, signed by both sides, and ticked off item by item."""

from __future__ import annotations

import json
from typing import Any

from csdesk.ids import ref_of
from csdesk.model.operation import Operation
from csdesk.store.connect import Connection
from csdesk.store.rows import find, need


def written(connection: Connection, operation: Operation) -> None:
    """A shift is handed over. Its text is gone where a customer whom it names was erased since."""
    body = operation.body
    items: list[dict[str, Any]] = body["items"]
    handover = connection.execute(
        "INSERT INTO handover(uid, ref, since, at, agent, to_agent, replaces, text) VALUES(?,?,?,?,?,?,?,?)",
        (
            operation.ent,
            ref_of(operation.ent),
            body["since"],
            body["at"],
            need(connection, "agent", body["by"]),
            find(connection, "agent", body.get("to")),
            _uid(body.get("replaces")),
            "" if _is_erased(connection, items, body["at"]) else body.get("text", ""),
        ),
    ).lastrowid
    connection.executemany(
        "INSERT INTO handover_item(handover, place, section, conversation, message, due_at) VALUES(?,?,?,?,?,?)",
        [
            (
                handover,
                place,
                item["section"],
                _uid(item["conversation"]),
                _uid(item.get("message")),
                item.get("due"),
            )
            for place, item in enumerate(items)
        ],
    )


def _uid(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _is_erased(connection: Connection, items: list[dict[str, Any]], at: int) -> bool:
    """Whether the words of one of these conversations were erased after ``at``: desks hear of it in any order."""
    uids = json.dumps([item["conversation"] for item in items])
    row = connection.execute(
        "SELECT 1 FROM conversation WHERE uid IN (SELECT unhex(value) FROM json_each(?)) AND erased_at >= ?",
        (uids, at),
    ).fetchone()
    return row is not None


def signed(connection: Connection, operation: Operation) -> None:
    """Somebody signed; of two signatures of one person the first stands."""
    body = operation.body
    connection.execute(
        "INSERT INTO handover_signature(handover, role, agent, at) VALUES(?,?,?,?)"
        " ON CONFLICT(handover, role, agent) DO UPDATE SET at = min(at, excluded.at)",
        (
            need(connection, "handover", operation.ent),
            body["as"],
            need(connection, "agent", body["by"]),
            body["at"],
        ),
    )


def ticked(connection: Connection, operation: Operation) -> None:
    """Somebody said of an item that it is dealt with, or that it is not; the later word holds."""
    body = operation.body
    connection.execute(
        "INSERT INTO handover_tick(handover, place, is_done, agent, at, hlc, desk) VALUES(?,?,?,?,?,?,?)"
        " ON CONFLICT(handover, place) DO UPDATE SET is_done = excluded.is_done, agent = excluded.agent,"
        " at = excluded.at, hlc = excluded.hlc, desk = excluded.desk"
        " WHERE (excluded.hlc, excluded.desk) > (handover_tick.hlc, handover_tick.desk)",
        (
            need(connection, "handover", operation.ent),
            body["item"],
            body["is_done"],
            need(connection, "agent", body["by"]),
            body["at"],
            operation.hlc,
            operation.desk,
        ),
    )
