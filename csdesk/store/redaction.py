"""What of an operation is a person's text, and what is left of it once that is erased.

An erased body keeps the facts (who, when, which conversation) and loses the words. In their place it
names the hash of the body it was, and the operation that erased it, which seals it (``erasing``).
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from csdesk.model.operation import Kind
from csdesk.store.log import SUM_BYTES, decode_body, encode_body

HASH, ERASURE, SALT = "erased", "erasure", "salt"
SALT_BYTES = 9
SALT_CHARS = SALT_BYTES * 4 // 3
"""In base64, which needs no padding for three bytes at a time."""
_SIGN = f'"{HASH}":"'
"""How an erased body is told from others without reading it: within a text the quotes are escaped."""

WORDS: Mapping[int, tuple[str, ...]] = {
    Kind.CONTACT_ADDED: ("name", "email", "phone", "key"),
    Kind.CONTACT_EDITED: ("name", "email", "phone", "lifecycle", "birthday", "note"),
    Kind.CONTACT_LABELLED: ("label",),
    Kind.CONTACT_UNLABELLED: ("label",),
    Kind.CONVERSATION_OPENED: ("subject", "thread", "source_id"),
    Kind.CONVERSATION_TRANSFERRED: ("reason",),
    Kind.CONVERSATION_OFFERED: ("reason",),
    Kind.CONVERSATION_RETURNED: ("reason",),
    Kind.CONVERSATION_LABELLED: ("label",),
    Kind.CONVERSATION_UNLABELLED: ("label",),
    Kind.CONVERSATION_EDITED: ("subject",),
    Kind.MESSAGE_ADDED: ("text", "author_name", "external_id"),
    Kind.MESSAGE_DELIVERED: ("reason", "external_id"),
    Kind.ATTACHMENT_ADDED: ("name", "sha256"),
    Kind.HANDOVER_WRITTEN: ("text",),
}
"""Fields of each kind's body that are, or may name, a person's text."""


def salts(count: int) -> list[str]:
    """``count`` texts of random characters, one for each body to come."""
    text = b64encode(os.urandom(count * SALT_BYTES)).decode()
    return [text[at : at + SALT_CHARS] for at in range(0, len(text), SALT_CHARS)]


def salted(kind: int, body: dict[str, Any], salt: str) -> dict[str, Any]:
    """``body`` with the random characters ``salt``, if it holds words and has none yet.

    The log's sums stay when words are erased. Without the salt, which goes with the words, a telephone
    number could be found from its sum by trying all there are.
    """
    if SALT in body or body.keys().isdisjoint(WORDS.get(kind, ())):
        return body
    return {**body, SALT: salt}


def redacted(kind: int, body: str, erasure: tuple[int, int]) -> str | None:
    """The encoded ``body`` without its words, erased by the operation (desk, dseq) ``erasure``.

    None when there is nothing to erase. Of what nobody can read nothing stays where there might be words in it.
    """
    words = WORDS.get(kind, ())
    held = _read(body)
    if held is None and words:
        return encode_body({HASH: _hash(body), ERASURE: list(erasure)})
    if not held or not any(held.get(field) for field in words):
        return None
    kept = {field: value for field, value in held.items() if field not in words and field != SALT}
    return encode_body({**kept, HASH: _hash(body), ERASURE: list(erasure)})


def has_words(kind: int, body: str) -> bool:
    """Whether ``redacted`` would find something to erase."""
    words = WORDS.get(kind, ())
    held = _read(body)
    return bool(words) if held is None else any(held.get(field) for field in words)


def _read(body: str) -> dict[str, Any] | None:
    try:
        held = decode_body(body)
    except ValueError:
        return None
    return held if isinstance(held, dict) else None


def _hash(body: str) -> str:
    import hashlib  # a start that only looks does not wait for it

    return hashlib.blake2b(body.encode(), digest_size=SUM_BYTES).hexdigest()


def erasure_of(body: str) -> tuple[int, int] | None:
    """Which operation (desk, dseq) erased this body; None for a body that is whole."""
    if _SIGN not in body:
        return None
    try:
        desk, dseq = decode_body(body)[ERASURE]
        return int(desk), int(dseq)
    except (ValueError, TypeError, LookupError):
        return None


def facts(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a body says besides how it was erased: the same before and after, but for the words."""
    return {field: value for field, value in body.items() if field not in (HASH, ERASURE, SALT)}
