"""The cards that tell of what others did to conversations that were worked on here: rows of ``conflict``."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from csdesk.store.connect import Connection
from csdesk.store.log import decode_body
from csdesk.store.rows import touch


class Conflict(StrEnum):
    """What a card is about."""

    CLAIM_LOST = "claim_lost"
    ASSIGNMENT_CHANGED = "assignment_changed"
    STATUS_CHANGED = "status_changed"
    OFFER_RETURNED = "offer_returned"
    OFFER_CROSSED = "offer_crossed"


def put(
    connection: Connection, conversation: int, kind: Conflict, at: int, body: dict[str, Any]
) -> list[int]:
    """Put up a card, and give its id where there was none of its kind open for the conversation: a newer one takes the
    place of an older."""
    held = connection.execute(
        "SELECT id, at FROM conflict WHERE conversation = ? AND kind = ? AND done_at IS NULL",
        (conversation, kind),
    ).fetchone()
    if held is not None and held[1] > at:
        return []
    connection.execute(
        "INSERT INTO conflict(id, conversation, kind, at, body) VALUES(?,?,?,?,?)"
        " ON CONFLICT(id) DO UPDATE SET at = excluded.at, body = excluded.body",
        (None if held is None else held[0], conversation, kind, at, json.dumps(body, ensure_ascii=False)),
    )
    touch(connection, conversation)
    if held is not None:
        return []
    return [int(connection.execute("SELECT last_insert_rowid()").fetchone()[0])]


def facts(body: str) -> dict[str, Any]:
    """What an operation says; nothing where nobody can read it."""
    try:
        held = decode_body(body)
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}
