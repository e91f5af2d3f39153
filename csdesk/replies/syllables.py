"""Titles by their pinyin: whole syllables, and the first letter of each.

A spelling is kept as ``QingNinDengDai`` beside ``qnddai``'s initials ``qndd``. The capitals are what keeps
``dengdai`` from matching inside ``…DenGDai…``: typed letters are first cut into syllables that occur in
the library, so they only match where a syllable begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from csdesk.replies.columns import Column, Prefixes

BETWEEN_SPELLINGS = "\x1f"
MOST_READINGS = 3
VOWELS = "aeo"
"""The syllables of one letter; other lone letters in titles would only make nonsense readable."""
LONGEST_SYLLABLE = 24


class Syllables:
    """The spellings of every row, each a string of syllables with spaces between."""

    def __init__(self, spellings: Sequence[Sequence[str]]) -> None:
        self._spellings = spellings
        initials = [[_initials(spelling) for spelling in each] for each in spellings]
        camels = [[_camel(spelling) for spelling in each] for each in spellings]
        self._initials = Column([BETWEEN_SPELLINGS.join(dict.fromkeys(each)) for each in initials])
        self._camels = Column([BETWEEN_SPELLINGS.join(each) for each in camels])
        self._initial_starts = Prefixes((key, row) for row, each in enumerate(initials) for key in set(each))
        self._camel_starts = Prefixes((key, row) for row, each in enumerate(camels) for key in each)
        self._known = {
            word
            for each in spellings
            for spelling in each
            for word in spelling.split(" ")
            if len(word) > 1 or word in VOWELS
        }
        self._beginnings = {word[:size] for word in self._known for size in range(1, len(word) + 1)}
        self._longest = min(LONGEST_SYLLABLE, max(map(len, self._known), default=0))

    @property
    def blobs(self) -> tuple[str, str]:
        return (self._initials.blob, self._camels.blob)

    def read(self, letters: str) -> tuple[str, ...]:
        """``letters`` cut into known syllables, the last perhaps unfinished: ``dengd`` is ``DengD``.

        A single unfinished syllable counts from two letters: one is only an initial.
        """
        if len(letters) < 2:
            return ()
        readings: list[str] = []
        dead: set[int] = set()
        self._read_from(letters, 0, [], readings, dead)
        return tuple(readings)

    def _read_from(self, letters: str, at: int, done: list[str], readings: list[str], dead: set[int]) -> bool:
        """Collect readings of ``letters[at:]``; ``dead`` remembers where none begins."""
        if at in dead or len(readings) >= MOST_READINGS:
            return False
        rest = letters[at:]
        is_found = rest in self._beginnings
        if is_found:
            readings.append("".join(map(_capital, (*done, rest))))
        for size in range(min(self._longest, len(rest) - 1), 0, -1):
            if rest[:size] in self._known:
                done.append(rest[:size])
                is_found |= self._read_from(letters, at + size, done, readings, dead)
                done.pop()
        if not is_found and len(readings) < MOST_READINGS:
            dead.add(at)
        return is_found

    def starting(self, letters: str, readings: Sequence[str], most: int) -> Iterator[int]:
        """Rows whose title begins so: those of exactly these initials or syllables first."""
        yield from self._initial_starts.equal_rows(letters)
        for reading in readings:
            yield from self._camel_starts.equal_rows(reading)
        for reading in readings:
            yield from self._camel_starts.longer_rows(reading, most)
        yield from self._initial_starts.longer_rows(letters, most)

    def holding(self, letters: str, readings: Sequence[str], first: int, last: int) -> Iterator[int]:
        """Rows with these initials or syllables anywhere in the title."""
        for reading in readings:
            yield from self._camels.rows_with(reading, first, last)
        yield from self._initials.rows_with(letters, first, last)

    def matches(self, row: int, letters: str, readings: Sequence[str]) -> bool:
        """Whether the title of ``row`` holds these initials or syllables."""
        if letters in self._initials.text(row):
            return True
        camels = self._camels.text(row)
        return any(reading in camels for reading in readings)

    def span(self, row: int, letters: str, readings: Sequence[str]) -> tuple[int, int] | None:
        """The tokens of the title that match, as a range; the earliest match of all spellings."""
        found: list[tuple[int, int]] = []
        for spelling in self._spellings[row] if letters else ():
            at = _initials(spelling).find(letters)
            if at >= 0:
                found.append((at, at + len(letters)))
            camel = _camel(spelling)
            for reading in readings:
                at = camel.find(reading)
                if at >= 0:
                    token = _capitals(camel[:at])
                    found.append((token, token + _capitals(reading)))
        return min(found, default=None)


def _initials(spelling: str) -> str:
    return "".join(word[0] for word in spelling.split(" ") if word)


def _camel(spelling: str) -> str:
    return "".join(map(_capital, spelling.split(" ")))


def _capital(word: str) -> str:
    """``deng`` as ``Deng``; a word that begins with a digit is marked too, so that it begins a syllable."""
    return word.capitalize() if word[:1].isalpha() else "~" + word


def _capitals(camel: str) -> int:
    return sum(char.isupper() or char == "~" for char in camel)
