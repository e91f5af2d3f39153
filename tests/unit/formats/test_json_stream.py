"""Cutting a long JSON file into records: wherever the chunks end, and whatever is broken."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.errors import DataError
from csdesk.formats import json_stream
from csdesk.formats.json_stream import Piece, decoded, pieces

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text('ab"\\{}[],客\n', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('k"{', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


def cut(data: bytes, *, chunk: int = json_stream.CHUNK, limit: int = json_stream.RECORD_LIMIT) -> list[Piece]:
    class Slowly(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or chunk, chunk) if size != -1 else chunk)

    return list(pieces(Slowly(data), limit=limit))


@given(st.lists(OBJECTS, max_size=5), st.booleans(), st.integers(1, 40), st.sampled_from([None, 2]))
def test_every_record_comes_out_whole(
    found: list[object], is_array: bool, chunk: int, indent: int | None
) -> None:
    if is_array:
        data = json.dumps(found, indent=indent).encode()
    else:
        data = "\n".join(json.dumps(each, indent=indent) for each in found).encode()
    assert [decoded(piece) for piece in cut(data, chunk=chunk)] == found


def test_lines_and_ends_are_told() -> None:
    data = b'[\n {"a": 1},\n\n {"b":\n 2}\n]\n'
    assert [(piece.line, piece.end) for piece in cut(data)] == [(2, 11), (4, 24)]


@pytest.mark.parametrize(
    ("data", "good", "bad"),
    [
        (b"\xef\xbb\xbf[{}]", 1, 0),
        (b'[{"a":1}, 5, {"b":2}, "x"]', 4, 0),
        (b'[{"a":1},{"b":', 1, 1),
        (b'[{"a":1}} {"b":2}]', 2, 0),
        (b'[{"a":nope},{"b":2}]', 1, 1),
        (b'oops {"a":1}', 1, 1),
        (b'{"a":"unclosed}', 0, 1),
        (b"", 0, 0),
        (b" [ ] \n", 0, 0),
    ],
)
def test_broken_records_are_pieces_of_their_own(data: bytes, good: int, bad: int) -> None:
    outcomes = []
    for piece in cut(data):
        try:
            decoded(piece)
            outcomes.append(True)
        except DataError:
            outcomes.append(False)
    assert (outcomes.count(True), outcomes.count(False)) == (good, bad)


def test_a_record_over_the_limit_is_passed_over() -> None:
    data = b'[{"a":"' + b"x" * 500 + b'"},{"b":1}]'
    first, second = cut(data, chunk=64, limit=200)
    assert first.raw is None and second.raw == b'{"b":1}'
    with pytest.raises(DataError, match="longer than"):
        decoded(first)
