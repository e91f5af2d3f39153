"""What an agent's words promise, held against what the shop allows. Silent on what the shop did not say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from csdesk.etiquette.context import Policy
from csdesk.etiquette.patterns import literal
from csdesk.etiquette.reading import EN, ZH, Reading, Span, normal

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_DENIED = {ZH: re.compile("[不没无非未别]|超过|恕"), EN: re.compile(r"(?:not|n't|no|never|over|past)\b")}
_NEAR = {ZH: 4, EN: 16}

_REBATE = re.compile(r"打?(?<![\d.])(?P<tenths>[1-9](?:\.[1-9])?|[1-9]{2}|[一二三四五六七八九]{1,2})折")
_PERCENT = {
    ZH: re.compile(r"(?:便宜|优惠|减免?|降|立减|让利)[^，。！？\d]{0,4}(?P<percent>\d{1,2})(?:%|个百分点)"),
    EN: re.compile(r"(?P<percent>\d{1,2}) ?(?:%|per ?cent)(?: ?(?:off|discount|less|cheaper|reduction))"),
}
_RETURN = {
    ZH: re.compile(
        r"(?P<days>\d{1,3}|[一二两三四五六七八九十]{1,3})天(?:之?内)?(?:都|均|也)?(?:可以?|能|支持|包|无理由|免费){0,3}(?:退|换)"
    ),
    EN: re.compile(
        r"(?:return|exchange|send (?:it|them) back)[^.!?\n]{0,30}?(?:within|for|up to|in)[^.!?\n\d]{0,12}(?P<days>\d{1,3})[ -]days?"
        r"|(?P<other>\d{1,3})[ -]day (?:return|exchange|refund|money)"
    ),
}


def over_discount(reading: Reading, policy: Policy) -> list[Span]:
    """Price cuts larger than ``policy.discount_percent``."""
    if policy.discount_percent is None:
        return []
    found = [(each.span(), int(each["percent"])) for each in _PERCENT[reading.lang].finditer(reading.plain)]
    if reading.lang == ZH:
        found += [(each.span(), _percent_off(each["tenths"])) for each in _REBATE.finditer(reading.plain)]
    return [span for span, percent in found if percent > policy.discount_percent and _is_said(reading, span)]


def over_return_days(reading: Reading, policy: Policy) -> list[Span]:
    """Times to bring goods back that are longer than ``policy.return_days``."""
    if policy.return_days is None:
        return []
    spans = []
    for found in _RETURN[reading.lang].finditer(reading.plain):
        days = next(each for each in found.groups() if each)
        if _number(days) > policy.return_days and _is_said(reading, found.span()):
            spans.append(found.span())
    return spans


def forbidden(reading: Reading, policy: Policy) -> list[Span]:
    """Promises that nobody in the shop may make."""
    words = [normal(each, reading.lang) for each in policy.forbidden if each.strip()]
    pattern = literal(words, is_spaced=reading.lang == EN)
    return [each.span() for each in pattern.finditer(reading.plain) if _is_said(reading, each.span())]


TOPICS: Mapping[str, Callable[[Reading, Policy], list[Span]]] = {
    "discount": over_discount,
    "return_days": over_return_days,
    "forbidden": forbidden,
}


def _is_said(reading: Reading, span: Span) -> bool:
    """Whether it is said and not denied right before."""
    before = reading.plain[max(0, span[0] - _NEAR[reading.lang]) : span[0]]
    return not _DENIED[reading.lang].search(before)


def _percent_off(tenths: str) -> int:
    """Percent off of a Chinese rebate: 八折 and 8折 are 20, 85折 is 15."""
    if tenths[0] in _DIGITS:
        kept = 0
        for character in tenths:
            kept = kept * 10 + _DIGITS[character]
    else:
        kept = round(float(tenths) * 10) if "." in tenths else int(tenths)
    return 100 - (kept * 10 if kept < 10 else kept)


def _number(written: str) -> int:
    """A number up to ninety-nine in Chinese characters, or in digits."""
    if written.isascii():
        return int(written)
    tens, ten, ones = written.rpartition("十")
    if not ten:
        return _DIGITS.get(written[-1], 0)
    return (_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
