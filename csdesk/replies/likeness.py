"""Which short texts say the same in almost the same words, in one pass over any number of them.

A text is its pairs of neighbouring characters, after width, case, digits and signs are evened out. Two texts
are alike when they share at least :data:`ALIKE` of their pairs (Jaccard). Groups are found by minimum hashes
in one permutation, banded (Broder 1997; Li, Owen and Zhang 2012), and each hit is checked against the group's
first text. Memory is bounded: when there are too many groups, those seen least go (lossy counting).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

ALIKE = 0.7
SHORTEST = 6
"""Characters of an evened text below which being alike means nothing (好的, thank you)."""

_BUCKETS = 15
_BAND = 3
_HELD_BY_BAND = 6
"""Groups that a run of hashes leads to at most: those that were met keep their places before those that were not."""
_SURE = 0.9
_EMPTY = 1 << 32
_SIGNS = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")

Pairs = frozenset[str]
Bands = tuple[tuple[int, ...], ...]


def evened(text: str) -> str:
    """``text`` without what does not count: width, case, signs and spaces, and which number it was."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return _DIGITS.sub("0", _SIGNS.sub("", plain))


def pairs_of(text: str) -> Pairs:
    """The pairs of neighbouring characters of an evened text."""
    return frozenset(map("".join, pairwise(text)))


def likeness(one: Pairs, other: Pairs) -> float:
    """The share of all pairs that both have, 0 to 1."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if shared else 0.0


def are_alike(one: str, other: str, least: float = ALIKE) -> bool:
    """Whether two texts, as they were written, say the same; equal ones do however short they are."""
    first, second = evened(one), evened(other)
    return bool(first) and (first == second or likeness(pairs_of(first), pairs_of(second)) >= least)


@dataclass(slots=True)
class Group:
    """Texts that are alike: how many, the last one's mark, and the wordings met first with their counts."""

    pairs: Pairs
    bands: Bands
    count: int = 0
    last: int = 0
    wordings: dict[str, int] = field(default_factory=dict)

    @property
    def usual(self) -> str:
        """The wording that came most often."""
        return max(self.wordings, key=lambda text: self.wordings[text])


class Groups:
    """Groups of texts that are alike; at most ``most`` of them are held."""

    WORDINGS = 6

    def __init__(self, most: int = 20_000, left_out: Iterable[str] = ()) -> None:
        """Texts that are alike to one of ``left_out`` are passed over."""
        self._most = most
        self._by_id: dict[int, Group] = {}
        self._by_band: dict[tuple[int, ...], list[int]] = {}
        self._next = 0
        self._floor = 1
        unwanted = (pairs for text in left_out if (pairs := pairs_of(evened(text))))
        self._unwanted = {self._new(pairs, _bands(pairs)) for pairs in unwanted}

    def add(self, text: str, mark: int) -> None:
        """Take ``text`` in; ``mark`` tells what it was (the newest is kept)."""
        plain = evened(text)
        if len(plain) < SHORTEST:
            return
        pairs = pairs_of(plain)
        bands = _bands(pairs)
        id = self._alike(pairs, bands)
        if id is None:
            id = self._new(pairs, bands)
        if id in self._unwanted:
            return
        group = self._by_id[id]
        group.count += 1
        group.last = mark
        if text in group.wordings or len(group.wordings) < self.WORDINGS:
            group.wordings[text] = group.wordings.get(text, 0) + 1
        if len(self._by_id) > self._most:
            self._shrink()

    def __len__(self) -> int:
        return len(self._by_id)

    def frequent(self, least: int) -> list[Group]:
        """Groups of at least ``least`` texts, the largest first."""
        wanted = [
            group for id, group in self._by_id.items() if id not in self._unwanted and group.count >= least
        ]
        return sorted(wanted, key=lambda group: (-group.count, -group.last))

    def _alike(self, pairs: Pairs, bands: Bands) -> int | None:
        """The group that ``pairs`` belong to; where it is found it moves to the front."""
        best, found = ALIKE, None
        looked_at: set[int] = set()
        for band in bands:
            for id in self._by_band.get(band, ()):
                if id in looked_at:
                    continue
                looked_at.add(id)
                same = likeness(pairs, self._by_id[id].pairs)
                if same >= best:
                    best, found = same, id
            if found is not None and best >= _SURE:
                break
        if found is not None:
            self._to_front(found)
        return found

    def _to_front(self, id: int) -> None:
        for band in self._by_id[id].bands:
            held = self._by_band.setdefault(band, [])
            if held[:1] != [id]:
                if id in held:
                    held.remove(id)
                held.insert(0, id)
                del held[_HELD_BY_BAND:]

    def _new(self, pairs: Pairs, bands: Bands) -> int:
        id, self._next = self._next, self._next + 1
        self._by_id[id] = Group(pairs, bands)
        for band in bands:
            held = self._by_band.setdefault(band, [])
            if len(held) == _HELD_BY_BAND:
                held.pop()
            held.append(id)
        return id

    def _shrink(self) -> None:
        """Forget the groups seen least until a quarter of the room is free."""
        while len(self._by_id) > self._most * 3 // 4:
            rare = [
                id
                for id, group in self._by_id.items()
                if group.count <= self._floor and id not in self._unwanted
            ]
            for id in rare:
                self._drop(id)
            self._floor += 1
            if len(self._by_id) <= len(self._unwanted):
                return
        self._floor = 1

    def _drop(self, id: int) -> None:
        for band in self._by_id.pop(id).bands:
            left = [each for each in self._by_band.get(band, ()) if each != id]
            if left:
                self._by_band[band] = left
            else:
                self._by_band.pop(band, None)


@lru_cache(maxsize=65_536)
def _hash(pair: str) -> int:
    return crc32(pair.encode("utf-8", "surrogatepass"))


def _bands(pairs: Collection[str]) -> Bands:
    """Runs of the least hash of each bucket; texts that share a run may be alike."""
    least = [_EMPTY] * _BUCKETS
    for pair in pairs:
        value = _hash(pair)
        bucket = value % _BUCKETS
        least[bucket] = min(least[bucket], value)
    for bucket in range(_BUCKETS):  # an empty bucket borrows from its neighbour, so that short texts compare
        if least[bucket] == _EMPTY:
            least[bucket] = least[bucket - 1]
    for bucket in range(_BUCKETS):
        if least[bucket] == _EMPTY:
            least[bucket] = least[bucket - 1]
    return tuple(tuple([first, *least[first : first + _BAND]]) for first in range(0, _BUCKETS, _BAND))
