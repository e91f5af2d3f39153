"""Finding a quick reply while the agent types.

What matches decides, best first: the code, the start of the code, the pinyin of the title (initials or
whole syllables), the title, a tag, the body, all the words somewhere, and only when nothing matched at
all a code or word with a slip of the finger. Within one kind: replies that fit the conversation (language,
stage, tier, channel), then those used recently and often, then the order of the packs. Replies that may not
be used at the moment are not there.

A :class:`Finder` is built once per library, off the screen's thread (tens of milliseconds at 10,000
replies), and answers in a fraction of a millisecond on any thread.
"""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from csdesk.model.reply import FoundReply, QuickReply, ReplyUse
from csdesk.replies.columns import Column, Prefixes
from csdesk.replies.keys import Keys
from csdesk.replies.pack import SCOPE_RANK, Library
from csdesk.replies.spans import latin_words, spans_of
from csdesk.replies.syllables import Syllables
from csdesk.replies.validity import is_valid

LONGEST_QUERY = 64
MOST_PER_KIND = 120
"""Hits of one kind that are looked at: three screens of results, so that fit and use can reorder them."""
HOT = 60
"""Most used replies that are looked at one by one, so that they rank first however many others match."""
HALF_LIFE_MS = 14 * 24 * 3600 * 1000

CODE, CODE_START, PINYIN_START, PINYIN, TITLE_START, TITLE, TAG, BODY, WORDS, CODE_SLIP, SLIP, TWO_SLIPS, NOTHING = (
    1.0, 0.9, 0.8, 0.75, 0.7, 0.65, 0.5, 0.4, 0.3, 0.25, 0.2, 0.1, 0.0,
)  # fmt: skip
FIELD_OF = {
    CODE: "code",
    CODE_START: "code",
    PINYIN_START: "pinyin",
    PINYIN: "pinyin",
    TITLE_START: "title",
    TITLE: "title",
    TAG: "tag",
    BODY: "body",
    WORDS: "body",
    CODE_SLIP: "code",
    SLIP: "title",
    TWO_SLIPS: "code",
    NOTHING: "",
}


@dataclass(frozen=True, slots=True)
class Fit:
    """The conversation a reply is for; None where that is not known."""

    stage: str | None = None
    tier: str | None = None
    channel: str | None = None
    lang: str | None = None

    def misses(self, reply: QuickReply) -> int:
        """How many of the reply's own conditions this conversation does not meet."""
        return (
            (self.stage is not None and reply.stage not in ("any", self.stage))
            + (self.tier is not None and bool(reply.tier) and self.tier not in reply.tier)
            + (self.channel is not None and bool(reply.channels) and self.channel not in reply.channels)
            + 2 * (self.lang is not None and _primary(reply.lang) != _primary(self.lang))
        )


@dataclass(frozen=True, slots=True)
class _Query:
    text: str
    letters: str
    """The query as pinyin could be typed: letters and digits only; empty when it holds anything else."""
    syllables: tuple[str, ...]
    """``letters`` cut into syllables, each begun with a capital; several ways where it can be read so."""
    words: tuple[str, ...]


class _Fold(dict[int, int]):
    """Code point to the one that stands for it in a search: width, case, traditional, white space."""

    def __init__(self, simplified: Mapping[int, int]) -> None:
        super().__init__({0x0A: 0x0A})
        self._simplified = simplified

    def __missing__(self, code: int) -> int:
        char = chr(code)
        if char.isspace():
            folded = 0x20
        else:
            plain = unicodedata.normalize("NFKC", char)
            lower = (plain if len(plain) == 1 else char).lower()
            folded = ord(lower) if len(lower) == 1 else code
            folded = self._simplified.get(folded, folded)
        self[code] = folded
        return folded


class Finder:
    """An index over the replies of ``library``; ``keys`` may be empty until they are computed.

    Replies in the language ``prefer`` come first where nothing else decides, and personal ones before a
    team's before builtin ones.
    """

    def __init__(self, library: Library, keys: Keys, prefer: str | None = None) -> None:
        self._fold = _Fold(keys.fold)
        self._replies = sorted(library.replies, key=lambda reply: _order(reply, prefer))
        self._row_by_id = {reply.id: row for row, reply in enumerate(self._replies)}
        self._ranges = _ranges([_primary(reply.lang) for reply in self._replies])
        self._timed = [(row, reply.valid) for row, reply in enumerate(self._replies) if reply.valid]
        self._hidden: frozenset[int] = frozenset()
        self._hidden_at: datetime | None = None
        self._names = [(reply.code, *reply.aliases) for reply in self._replies]
        self._codes = Prefixes((name, row) for row, names in enumerate(self._names) for name in names)
        self._titles = self._column(reply.title for reply in self._replies)
        self._title_starts = Prefixes((self._titles.text(row), row) for row in range(len(self._replies)))
        self._tags = self._column(" ".join((*reply.tags, reply.folder)) for reply in self._replies)
        self._bodies = self._column(reply.body for reply in self._replies)
        self._pinyin = Syllables([keys.of(reply.title) for reply in self._replies])
        self._rows_by_word: dict[str, list[int]] = {}
        self._words_by_length: dict[int, list[str]] = {}
        self._learn_words()
        self._uses: Mapping[str, ReplyUse] | None = None
        self._weights: dict[int, float] = {}

    def find(
        self,
        query: str,
        *,
        limit: int = 30,
        stage: str | None = None,
        tier: str | None = None,
        channel: str | None = None,
        lang: str | None = None,
        spoken: str | None = None,
        uses: Mapping[str, ReplyUse] | None = None,
        now: datetime | None = None,
    ) -> list[FoundReply]:
        """The best ``limit`` replies for ``query``; an empty one gives the most used first.

        ``lang`` leaves other languages out (``zh`` means every Chinese); stage, tier, channel and the
        language that is ``spoken`` only move what does not fit behind what does. ``uses`` is by reply id:
        pass a new mapping, not a changed one, when replies were used. ``now`` is local time of the inbox:
        replies that are not valid then are left out (None: none is).
        """
        first, last = self._range(lang)
        if first == last or limit <= 0:
            return []
        self._learn(uses)
        self._hide(now)
        parsed = self._parse(query)
        picked = self._gather(parsed, first, last, limit)
        ours = (first, last) if spoken is None else self._range(spoken)
        is_cut = len(picked) >= limit  # there may be more in that language
        if is_cut and (first, last) != ours and first <= ours[0] < ours[1] <= last:
            picked |= self._gather(parsed, *ours, limit)
        fit = Fit(stage, tier, channel, spoken)
        ranked = heapq.nsmallest(
            limit, picked.items(), key=lambda pair: self._rank(pair[0], pair[1], parsed.text, fit)
        )
        return [self._found(row, score, parsed) for row, score in ranked]

    @property
    def blobs(self) -> tuple[str, ...]:
        """Everything a keystroke may have to walk through, for measuring."""
        return (self._titles.blob, self._tags.blob, self._bodies.blob, *self._pinyin.blobs)

    def _column(self, texts: Iterable[str]) -> Column:
        return Column(
            "\n".join(" ".join(text.split("\n")) for text in texts).translate(self._fold).split("\n")
        )

    def _range(self, lang: str | None) -> tuple[int, int]:
        return (0, len(self._replies)) if lang is None else self._ranges.get(_primary(lang), (0, 0))

    def _parse(self, query: str) -> _Query:
        text = " ".join(query[:LONGEST_QUERY].replace("\n", " ").translate(self._fold).split())
        letters = text.replace(" ", "").replace("'", "").replace("ü", "v")
        if not (letters.isascii() and letters.isalnum()):
            letters = ""
        return _Query(text, letters, self._pinyin.read(letters), tuple(dict.fromkeys(text.split())))

    def _learn(self, uses: Mapping[str, ReplyUse] | None) -> None:
        """Weigh the replies in ``uses``: each use counts half as much after two weeks."""
        if uses is self._uses:
            return
        known = [
            (self._row_by_id[name], use) for name, use in (uses or {}).items() if name in self._row_by_id
        ]
        newest = max((use.last_ms for _row, use in known), default=0)
        weights = {row: use.count * 0.5 ** ((newest - use.last_ms) / HALF_LIFE_MS) for row, use in known}
        hottest = heapq.nlargest(HOT, weights, key=lambda row: weights[row])
        self._uses, self._weights = uses, {row: weights[row] for row in hottest}

    def _hide(self, now: datetime | None) -> None:
        """Leave out what is not valid now: worked out once a minute."""
        minute = now and now.replace(second=0, microsecond=0)
        if minute != self._hidden_at:
            self._hidden_at = minute
            rows = (row for row, valid in self._timed if minute and not is_valid(valid, minute))
            self._hidden = frozenset(rows)

    def _gather(self, query: _Query, first: int, last: int, limit: int) -> dict[int, float]:
        picked = self._pick(query, first, last, limit) if query.text else self._all(first, last, limit)
        return {row: score for row, score in picked.items() if row not in self._hidden}

    def _pick(self, query: _Query, first: int, last: int, limit: int) -> dict[int, float]:
        """Rows by score: the hot ones that match, then kind by kind until there are enough."""
        picked = {
            row: score
            for row in self._weights
            if first <= row < last and (score := self._score(row, query)) > NOTHING
        }
        for score, rows in self._kinds(query, first, last, 10 * max(MOST_PER_KIND, limit)):
            room = max(MOST_PER_KIND, limit)
            for row in rows:
                if row not in picked and first <= row < last and row not in self._hidden:
                    picked[row] = score
                    room -= 1
                    if not room:
                        break
            if len(picked) >= limit and sum(have >= score for have in picked.values()) >= limit:
                return picked
        return picked or self._slips(query, first, last)

    def _kinds(
        self, query: _Query, first: int, last: int, most: int
    ) -> Iterator[tuple[float, Iterable[int]]]:
        """Every kind of match with its rows, best kind first; rows are found as they are asked for."""
        text = query.text
        yield CODE, self._codes.equal_rows(text)
        yield CODE_START, self._codes.longer_rows(text, most)
        if query.letters:
            yield PINYIN_START, self._pinyin.starting(query.letters, query.syllables, most)
            yield PINYIN, self._pinyin.holding(query.letters, query.syllables, first, last)
        yield TITLE_START, self._title_starts.equal_rows(text)
        yield TITLE_START, self._title_starts.longer_rows(text, most)
        yield TITLE, self._titles.rows_with(text, first, last)
        yield TAG, self._tags.rows_with(text, first, last)
        yield BODY, self._bodies.rows_with(text, first, last)
        if len(query.words) > 1:
            yield WORDS, self._rows_with_words(query.words, first, last)

    def _score(self, row: int, query: _Query) -> float:
        """The kind of match of one row: what :meth:`_kinds` would say of it."""
        text = query.text
        names = self._names[row]
        if text in names:
            return CODE
        if any(name.startswith(text) for name in names):
            return CODE_START
        if query.letters and self._pinyin.matches(row, query.letters, query.syllables):
            span = self._pinyin.span(row, query.letters, query.syllables)
            return PINYIN_START if span is not None and span[0] == 0 else PINYIN
        title = self._titles.text(row)
        if text in title:
            return TITLE_START if title.startswith(text) else TITLE
        if text in self._tags.text(row):
            return TAG
        if text in self._bodies.text(row):
            return BODY
        return WORDS if len(query.words) > 1 and self._has_words(row, query.words) else NOTHING

    def _rows_with_words(self, words: Sequence[str], first: int, last: int) -> Iterator[int]:
        longest = max(words, key=len)
        for column in (self._titles, self._tags, self._bodies):
            for row in column.rows_with(longest, first, last):
                if self._has_words(row, words):
                    yield row

    def _has_words(self, row: int, words: Sequence[str]) -> bool:
        everything = " ".join((self._titles.text(row), self._tags.text(row), self._bodies.text(row)))
        return all(word in everything for word in words)

    def _slips(self, query: _Query, first: int, last: int) -> dict[int, float]:
        """Rows whose code or a Latin word of the title is one slip away (two from six letters)."""
        typed = query.letters
        if len(typed) < 3 or len(typed) > 24:
            return {}
        from rapidfuzz.distance import OSA
        from rapidfuzz.process import extract

        reach = 1 if len(typed) < 6 else 2
        scores: dict[int, float] = {}
        for size in range(len(typed) - reach, len(typed) + reach + 1):
            words = self._words_by_length.get(size, [])
            for word, slips, _at in extract(
                typed, words, scorer=OSA.distance, score_cutoff=reach, limit=MOST_PER_KIND
            ):
                for row in self._rows_by_word[word]:
                    if first <= row < last:
                        near = CODE_SLIP if word in self._names[row] else SLIP
                        score = near if slips == 1 else TWO_SLIPS
                        scores[row] = max(score, scores.get(row, NOTHING))
        return scores

    def _learn_words(self) -> None:
        """Gather what a slip of the finger is compared with: codes, aliases, Latin words of titles and tags."""
        for row, names in enumerate(self._names):
            said = latin_words(f"{self._titles.text(row)} {self._tags.text(row)}")
            for word in dict.fromkeys((*names, *said)):
                self._rows_by_word.setdefault(word, []).append(row)
        for word in self._rows_by_word:
            self._words_by_length.setdefault(len(word), []).append(word)

    def _all(self, first: int, last: int, limit: int) -> dict[int, float]:
        hot = [row for row in self._weights if first <= row < last]
        shown = (row for row in range(first, last) if row not in self._hidden)
        return dict.fromkeys((*hot, *islice(shown, max(limit, 4 * MOST_PER_KIND))), NOTHING)

    def _rank(self, row: int, score: float, text: str, fit: Fit) -> tuple[float, int, float, int, int]:
        """Best first when sorted; between equals the one that leaves least untyped."""
        reply = self._replies[row]
        length = 0
        if score == CODE_START:
            length = min(len(name) for name in self._names[row] if name.startswith(text))
        elif score == PINYIN_START:
            length = len(reply.title)
        return (-score, fit.misses(reply), -self._weights.get(row, 0.0), length, row)

    def _found(self, row: int, score: float, query: _Query) -> FoundReply:
        reply = self._replies[row]
        matched = FIELD_OF[score]
        tokens = self._pinyin.span(row, query.letters, query.syllables) if matched == "pinyin" else None
        spans = spans_of(matched, reply, self._titles.text(row), query.text, tokens)
        return FoundReply(reply, score, matched, spans)


def _primary(lang: str) -> str:
    return lang.replace("_", "-").split("-")[0].lower()


def _order(reply: QuickReply, prefer: str | None) -> tuple[bool, str, int]:
    lang = _primary(reply.lang)
    return (prefer is not None and lang != _primary(prefer), lang, SCOPE_RANK[reply.scope])


def _ranges(langs: Sequence[str]) -> dict[str, tuple[int, int]]:
    ranges: dict[str, tuple[int, int]] = {}
    for row, lang in enumerate(langs):
        ranges[lang] = (ranges.get(lang, (row, row))[0], row + 1)
    return ranges
