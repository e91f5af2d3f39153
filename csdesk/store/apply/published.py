"""Packs that leads gave the team: every version is a row, and which is current follows from their order."""

from __future__ import annotations

from typing import Any

from csdesk.clock import is_time
from csdesk.ids import derived_uid
from csdesk.model.operation import Operation
from csdesk.model.published import MOST_BYTES, MOST_NOTE, MOST_TITLE, digest_of, is_name
from csdesk.store.connect import Connection
from csdesk.store.rows import need
from csdesk.text import clean, clean_line


def pack_uid(thing: str, name: str) -> bytes:
    """What the versions of one pack are about, on every desk the same."""
    return derived_uid("pack", thing, name)


def published(connection: Connection, operation: Operation) -> None:
    """One more version. Raises ValueError when it is too large, or not what its digest says."""
    text = operation.body["text"]
    if len(text) > MOST_BYTES or len(text.encode("utf-8")) > MOST_BYTES:
        raise ValueError("the pack is too large")
    if digest_of(text) != operation.body["digest"]:
        raise ValueError("the pack is not what its digest says")
    _keep(connection, operation, clean(text), operation.body["digest"])


def retired(connection: Connection, operation: Operation) -> None:
    """The pack is taken away: what comes later may bring it back."""
    _keep(connection, operation, None, "")


def _keep(connection: Connection, operation: Operation, text: str | None, digest: str) -> None:
    body = operation.body
    thing, name = body["thing"], body["name"]
    if not is_name(name) or operation.ent != pack_uid(thing, name):
        raise ValueError("the pack has no proper name")
    connection.execute(
        "INSERT INTO published(desk, dseq, hlc, thing, name, text, digest, title, note, at, agent, upon)"
        " VALUES(?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        (
            operation.desk,
            operation.dseq,
            operation.hlc,
            thing,
            name,
            text,
            digest,
            _line(body, "title", MOST_TITLE),
            _line(body, "note", MOST_NOTE),
            _time(body["at"]),
            need(connection, "agent", body["by"]),
            _dot(body.get("upon")),
        ),
    )


def _line(body: dict[str, Any], field: str, most: int) -> str:
    return clean_line(str(body.get(field, ""))[:most])


def _time(at: Any) -> int:
    if not is_time(at):
        raise ValueError("the pack was published at no time")
    return int(at)


def _dot(written: object) -> str | None:
    """``desk:dseq``, as it is to be written. Raises ValueError for anything else."""
    if written is None:
        return None
    desk, _colon, dseq = str(written).partition(":")
    return f"{int(desk)}:{int(dseq)}"
