"""The child that spells Chinese titles: titles in as JSON, spellings out. ``python -m csdesk.replies.pinyin``

pypinyin and OpenCC cost 60 MB and a quarter of a second, which no screen should pay for, so only this
child imports them. It answers ``{"spellings": {title: [spelling, ...]}, "fold": [from, to]}``: a spelling
has one syllable or word per token of the title (:mod:`csdesk.replies.keys`), ``fold`` is two strings of
equal length, traditional and simplified characters.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable

from csdesk.replies.keys import is_han, tokens

MAX_SPELLINGS = 4

COMMON_READINGS = {
    "便": "bian pian",
    "差": "cha chai",
    "长": "chang zhang",
    "称": "cheng chen",
    "弹": "dan tan",
    "得": "de dei",
    "调": "diao tiao",
    "都": "dou du",
    "还": "hai huan",
    "行": "xing hang",
    "降": "jiang xiang",
    "卡": "ka qia",
    "壳": "ke qiao",
    "乐": "le yue",
    "了": "le liao",
    "露": "lu lou",
    "率": "lv shuai",
    "薄": "bao bo",
    "券": "quan xuan",
    "色": "se shai",
    "系": "xi ji",
    "削": "xiao xue",
    "着": "zhe zhao",
    "折": "zhe she",
    "重": "zhong chong",
    "传": "chuan zhuan",
    "择": "ze zhai",
    "参": "can shen",
}
"""Characters that people type in more than one way, whatever the dictionary says of the word around them."""

_HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00))


def spell(title: str) -> list[str]:
    """How ``title`` may be typed: syllables and words joined by spaces, the likeliest first."""
    readings: list[list[str]] = []
    for is_chinese, group in itertools.groupby(_words(title), key=is_han):
        words = list(group)
        for word, likeliest in zip(words, _spell_run(words) if is_chinese else words, strict=True):
            others = COMMON_READINGS.get(word, "").split()
            readings.append([likeliest.lower(), *(each for each in others if each != likeliest)])
    return [" ".join(each) for each in itertools.islice(_by_likelihood(readings), MAX_SPELLINGS)]


def _words(title: str) -> list[str]:
    return [title[start:end] for start, end in tokens(title)]


def _spell_run(characters: list[str]) -> list[str]:
    """One syllable per character, chosen by the words that the characters make together."""
    from pypinyin import lazy_pinyin

    return lazy_pinyin("".join(characters), errors=_each)  # type: ignore[arg-type]  # its stub forgets lists


def _each(unspoken: str) -> list[str]:
    """Characters that the dictionary has no sound for stand for themselves."""
    return list(unspoken)


def _by_likelihood(readings: list[list[str]]) -> Iterable[tuple[str, ...]]:
    """Every way to choose, those with fewest unlikely readings first."""
    first = tuple(each[0] for each in readings)
    yield first
    spots = [(at, other) for at, each in enumerate(readings) for other in each[1:]]
    for count in range(1, len(spots) + 1):
        for chosen in itertools.combinations(spots, count):
            if len({at for at, _other in chosen}) == count:
                changed = dict(chosen)
                yield tuple(changed.get(at, reading) for at, reading in enumerate(first))


def fold_table() -> tuple[str, str]:
    """Traditional characters, and the simplified ones that stand for them, in the same order."""
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    pairs = [(chr(code), convert(chr(code))) for block in _HAN for code in block]
    changed = [(before, after) for before, after in pairs if before != after and len(after) == 1]
    return "".join(before for before, _after in changed), "".join(after for _before, after in changed)


def main() -> None:
    """Answer the titles on standard input."""
    titles = json.loads(sys.stdin.buffer.read())
    fold = fold_table()
    simplified = str.maketrans(*fold)
    answer = {"spellings": {title: spell(title.translate(simplified)) for title in titles}, "fold": fold}
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8"))


if __name__ == "__main__":
    main()
