"""Names for things: UUIDv7 ids for the log, short refs for people."""

from __future__ import annotations

from collections.abc import Callable
from os import urandom

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
REF_LENGTH = 10
REF_SHOWN = 6
UID_DIGITS = 32
_HEX = "0123456789abcdef"

_READ_AS = {"O": "0", "I": "1", "L": "1"}


def new_uid(now_ms: int) -> bytes:
    """A fresh UUIDv7 (RFC 9562, 5.7): 48 bits of ``now_ms``, then random bits; 16 bytes."""
    value = bytearray((now_ms & ((1 << 48) - 1)).to_bytes(6, "big") + urandom(10))
    value[6] = 0x70 | (value[6] & 0x0F)
    value[8] = 0x80 | (value[8] & 0x3F)
    return bytes(value)


def derived_uid(*parts: str) -> bytes:
    """The same 16 bytes for the same ``parts``, wherever they are computed (RFC 9562, 5.8).

    An import uses it, so that two desks that read one file make the same things.
    """
    return _as_uuid8(_digest(_joined(parts)))


def derived_uids(*parts: str) -> Callable[..., bytes]:
    """``derived_uid`` for things that share their first ``parts``: it is given the parts that follow."""
    from hashlib import sha256

    shared = sha256(_joined(parts))

    def uid(*rest: str) -> bytes:
        whole = shared.copy()
        whole.update(b"\x1f" + _joined(rest))
        return _as_uuid8(whole.digest())

    return uid


def _joined(parts: tuple[str, ...]) -> bytes:
    return "\x1f".join([f"{len(part)}:{part}" for part in parts]).encode("utf-8", "surrogatepass")


def _as_uuid8(digest: bytes) -> bytes:
    value = bytearray(digest[:16])
    value[6] = 0x80 | (value[6] & 0x0F)
    value[8] = 0x80 | (value[8] & 0x3F)
    return bytes(value)


def ref_of(uid: bytes) -> str:
    """The ref people use: 10 Crockford base32 characters of SHA-256 of the id."""
    number = int.from_bytes(_digest(uid)[:7], "big") >> 6
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(45, -5, -5))


def _digest(data: bytes) -> bytes:
    """SHA-256; the library is loaded by the first one, which a start does not wait for."""
    from hashlib import sha256

    return sha256(data).digest()


def is_uid(value: object) -> bool:
    """Whether ``value`` names a thing as the log does: 32 hex digits in small letters; "" names none, and is one too."""
    if not isinstance(value, str):
        return False
    return not value or (len(value) == UID_DIGITS and not value.strip(_HEX))


def read_ref(typed: str) -> str | None:
    """What a person typed, as a ref prefix: any case, ``#`` optional, O = 0, I = L = 1.

    None when it cannot be one (empty, too long, or with a character no ref has).
    """
    plain = typed.strip().removeprefix("#").upper()
    plain = "".join(_READ_AS.get(char, char) for char in plain)
    if not 1 <= len(plain) <= REF_LENGTH or any(char not in CROCKFORD for char in plain):
        return None
    return plain
