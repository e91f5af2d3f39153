"""Hide what identifies a person in a text: phone numbers, identity and bank cards, e-mail addresses.

Numbers are checked before they are hidden (check digits, dates, prefixes in use), so that order and
parcel numbers survive. One pass with patterns that never go back: time grows with the text alone.
"""

from __future__ import annotations

import re
from datetime import date

STAR = "*"

_MAIL = re.compile(
    r"(?<![A-Za-z0-9_.%+-])(?P<first>[A-Za-z0-9])[A-Za-z0-9._%+-]{0,63}@(?P<host>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4})"
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_@.])\+?[0-9(](?:[ ()-]{0,2}[0-9]){5,24}[Xx]?(?![A-Za-z0-9_@])")
_GROUP = re.compile(r"\+?\(?[0-9]+[Xx]?")
SHORTEST = 9
"""Characters of the shortest number that identifies: with a plus, or an area code and its sign."""
MOST_GROUPS = 6
"""A number is written in no more groups of digits than these."""
_NOT_DIGIT = re.compile(r"\D")

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_MOBILE = re.compile(r"1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}")
"""Beginnings that are given to mobile networks (Chinese numbering plan, MIIT 2017, with those given since)."""
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}")
"""Area codes: 010, 02x, 03xx to 09xx; then seven or eight digits (Chinese numbering plan, MIIT 2017)."""

_AREA = re.compile(r"(?:\+?86[ -]?)?\(?0\d{2,3}[) -]")
"""Without a sign behind the area code, ten digits are as likely an order's."""

_CARD = re.compile(
    r"62\d{14,17}|4\d{15}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|35(?:2[89]|[3-8]\d)\d{12}|6(?:011|5\d\d)\d{12}"
)
"""UnionPay 16 to 19 digits; Visa, Mastercard, JCB and Discover 16; American Express 15 (ISO/IEC 7812 ranges)."""

_ORDER = re.compile(
    r"(?:单号?|編號|编号|流水号?|order|tracking|parcel|invoice|no)[\s:：.#是为(（]{0,4}$", re.IGNORECASE
)
"""Ends of a text behind which a number is an order's or a parcel's: one in ten of those has a card's check digit."""
BEFORE = 16

_PROVINCES = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
"""How an identity card begins (GB/T 2260)."""


def mask(text: str) -> str:
    """``text`` with every phone number, identity card, bank card and e-mail address hidden."""
    return _NUMBER.sub(_masked_number, _MAIL.sub(_masked_mail, text))


def _masked_mail(found: re.Match[str]) -> str:
    return f"{found['first']}{STAR * 3}@{found['host']}"


def _masked_number(found: re.Match[str]) -> str:
    """A run of digits and signs, hidden; where it is several numbers in a row, each that identifies."""
    written = found.group()
    is_order = _is_order(found)
    whole = _masked_one(written, is_order)
    if whole is not None:
        return whole
    groups = [each.span() for each in _GROUP.finditer(written)]
    parts, end, first = [], 0, 0
    while first < len(groups):
        start = groups[first][0]
        for last in range(min(len(groups), first + MOST_GROUPS) - 1, first - 1, -1):
            hidden = _masked_one(written[start : groups[last][1]], is_order)
            if hidden is not None:
                parts += [written[end:start], hidden]
                end, first = groups[last][1], last
                break
        first += 1
    return "".join(parts) + written[end:]


def _masked_one(written: str, is_order: bool) -> str | None:
    """One number hidden; None when it identifies nobody."""
    if len(written) < SHORTEST:
        return None
    digits = _NOT_DIGIT.sub("", written)
    if is_identity_card(written.upper()):
        return _hidden(written, 3, 2)
    if is_phone(written):
        return _hidden(written, 3, 4) if written[0] != "+" else _hidden(written, 5, 4)
    if not written.upper().endswith("X") and is_bank_card(digits) and not is_order:
        return _hidden(written, 4, 4)
    return None


def _is_order(found: re.Match[str]) -> bool:
    """Whether the words ahead say that the number is an order's."""
    start = found.start()
    return bool(_ORDER.search(found.string[max(0, start - BEFORE) : start]))


def _hidden(written: str, first: int, last: int) -> str:
    """``written`` with its digits as stars but for the first and last few; signs between them stay."""
    places = [at for at, char in enumerate(written) if char.isalnum()]
    shown = {*places[:first], *places[-last:]}
    return "".join(STAR if char.isalnum() and at not in shown else char for at, char in enumerate(written))


def is_phone(written: str) -> bool:
    """A mainland mobile or landline number, with or without 86 before it."""
    digits = _NOT_DIGIT.sub("", written)
    if written.startswith("+"):
        if not digits.startswith("86"):
            return 8 <= len(digits) <= 15  # E.164: a plus is written before nothing else
        digits = digits[2:]
    elif len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    is_local = bool(_LANDLINE.fullmatch(digits)) and bool(_AREA.match(written))
    return bool(_MOBILE.fullmatch(digits)) or is_local


def is_identity_card(written: str) -> bool:
    """Eighteen characters with a possible birthday and the right check digit (GB 11643-1999)."""
    if len(written) != 18 or not written[:17].isdigit() or not _PROVINCES.match(written):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(written, _ID_WEIGHTS, strict=False))
    return written[17] == _ID_CHECKS[total % 11] and _is_birthday(written[6:14])


def _is_birthday(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2099
    except ValueError:
        return False


def is_bank_card(digits: str) -> bool:
    """As many digits as a network in use has, with the check digit of ISO/IEC 7812 (Luhn)."""
    if not _CARD.fullmatch(digits):
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
