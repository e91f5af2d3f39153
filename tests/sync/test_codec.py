"""Operations to binary COPY: nothing changed, nothing left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.errors import DataError
from csdesk.store.log import Stored
from csdesk.sync import codec

_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)
_numbers = st.integers(-(2**63), 2**63 - 1)

rows = st.builds(
    Stored,
    desk=st.integers(0, 2**31 - 1),
    dseq=st.integers(1, 2**63 - 1),
    hlc=_numbers,
    kind=st.integers(0, 2**15 - 1),
    ver=st.integers(0, 2**15 - 1),
    scope=st.integers(0, 2**31 - 1),
    ent=st.binary(min_size=16, max_size=16),
    arg=st.none() | _numbers,
    body=_texts | st.sampled_from(["", '{"text":"\\u0000 \\ud83d"}', "好" * 21_845, "x" * 65_536]),
    sum=st.binary(min_size=16, max_size=16),
)


def whole(given_rows: list[Stored]) -> bytes:
    return codec.HEADER + codec.encode(given_rows) + codec.TRAILER


def read(sent: bytes) -> list[tuple[object, ...]]:
    """A COPY, field by field, as PostgreSQL's documentation says it is made."""
    assert sent[:11] == b"PGCOPY\n\xff\r\n\x00"
    at, found = 19, []
    while (count := int.from_bytes(sent[at : at + 2], signed=True)) >= 0:
        at, fields = at + 2, []
        for _ in range(count):
            size = int.from_bytes(sent[at : at + 4], signed=True)
            at += 4 + max(size, 0)
            fields.append(None if size < 0 else sent[at - size : at])
        found.append(tuple(fields))
    assert at + 2 == len(sent)
    return found


def fields_of(row: Stored) -> tuple[object, ...]:
    """What each column is to hold, at the width the hub gives it."""
    widths = (4, 8, 8, 2, 2, 4)
    numbers = (value.to_bytes(width, signed=True) for value, width in zip(row[:6], widths, strict=True))
    arg = None if row.arg is None else row.arg.to_bytes(8, signed=True)
    return (*numbers, row.ent, arg, row.body.encode(), row.sum)


@given(st.lists(rows, max_size=8))
def test_every_field_is_in_its_place(given_rows: list[Stored]) -> None:
    assert read(whole(given_rows)) == [fields_of(row) for row in given_rows]


def row(**changed: object) -> Stored:
    plain = Stored(7, 1, 5 << 16, 60, 1, 0, b"e" * 16, None, "{}", b"s" * 16)
    return plain._replace(**changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "unfit",
    [
        row(body='"\0"'),
        row(kind=1 << 15),
        row(dseq=1 << 63),
        row(desk=1 << 31),
        row(body="\ud800"),
        row(ent=b""),
        row(sum=b""),
    ],
    ids=["NUL", "kind", "dseq", "desk", "half a surrogate pair", "thing", "sum"],
)
def test_what_the_columns_of_the_hub_cannot_hold_is_named(unfit: Stored) -> None:
    with pytest.raises(DataError) as refused:
        codec.encode([row(), unfit])
    assert refused.value.code == "sync.unfit"
    assert str(unfit.dseq) in refused.value.sentence
