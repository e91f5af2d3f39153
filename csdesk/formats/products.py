"""The JSON exports of other desks, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import msgspec

from csdesk.errors import DataError
from csdesk.formats import chatwoot, freshdesk, intercom
from csdesk.formats.json_stream import Piece, decoded, pieces
from csdesk.formats.options import ReadOptions
from csdesk.formats.record import Problem, Record
from csdesk.i18n import _

PRODUCTS: dict[str, ModuleType] = {each.NAME: each for each in (chatwoot, freshdesk, intercom)}


@dataclass(frozen=True, slots=True)
class ProductReader:
    """Reads the files of one product; each record is an object, or a page with a list of them."""

    product: str

    def __call__(self, path: Path, options: ReadOptions) -> Iterator[Record]:
        with path.open("rb") as stream:
            yield from read_product(stream, self.product)


def read_product(stream: BinaryIO, product: str) -> Iterator[Record]:
    """Each conversation of ``stream`` in the shape of ``product``, or why it is none.

    Never raises for what is in the file.
    """
    shape, number = PRODUCTS[product], 0
    for piece in _records(stream):
        try:
            values = unwrapped(decoded(piece), shape)
        except DataError as error:
            number += 1
            yield Record(
                piece.line, piece.end, Problem(piece.line, error.sentence, error.hint, number), number
            )
            continue
        for value in values:
            number += 1
            yield Record(piece.line, piece.end, _content(shape, value, piece.line, number), number)


def unwrapped(value: Any, shape: ModuleType) -> list[Any]:
    """The conversations in ``value``: itself, or those of the list that a page of an API holds."""
    if not isinstance(value, dict) or shape.looks_like(value):
        return [value]
    for key in shape.LISTS:
        inner = value.get(key)
        if isinstance(inner, list):
            return inner
        if isinstance(inner, dict) and len(value) == 1:
            return unwrapped(inner, shape)
    return [value]


def product_of(value: Any) -> str | None:
    """The product whose shape a decoded record has."""
    for name, shape in PRODUCTS.items():
        found = unwrapped(value, shape)
        if found and isinstance(found[0], dict) and shape.looks_like(found[0]):
            return name
    return None


def _records(stream: BinaryIO) -> Iterator[Piece]:
    """Lines where each is an object of its own, so that a broken one ends at its line; else by brackets."""
    first = stream.readline(1024 * 1024)
    stream.seek(0)
    if not _is_object(first):
        yield from pieces(stream)
        return
    line = end = 0
    while raw := stream.readline():
        line, end = line + 1, end + len(raw)
        if raw.strip():
            yield Piece(raw.strip(), line, end)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return False


def _content(shape: ModuleType, value: Any, line: int, number: int) -> Any:
    if not isinstance(value, dict) or not any(mark in value for mark in shape.MARKS):
        return Problem(
            line,
            _("This is no conversation in the shape of {product}.").format(product=shape.NAME),
            _("Choose another --format, or export the conversations with their messages."),
            number,
        )
    try:
        return shape.to_transcript(value)
    except DataError as error:
        return Problem(line, error.sentence, error.hint, number)
