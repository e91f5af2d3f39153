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
_NOT_DIGIT = re.compile(r"\D")

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}")
"""Area codes: 010, 02x, 03xx to 09xx; then seven or eight digits (Chinese numbering plan, MIIT 2017)."""

_CARD_STARTS = re.compile(r"(?:62|4|5[1-5]|2[2-7]|3[4-7]|6[05])")
"""UnionPay, Visa, Mastercard, American Express and JCB (ISO/IEC 7812)."""

CARD_DIGITS = range(15, 20)


def mask(text: str) -> str:
    """``text`` with every phone number, identity card, bank card and e-mail address hidden."""
    return _NUMBER.sub(_masked_number, _MAIL.sub(_masked_mail, text))


def _masked_mail(found: re.Match[str]) -> str:
    return f"{found['first']}{STAR * 3}@{found['host']}"


def _masked_number(found: re.Match[str]) -> str:
    written = found.group()
    digits = _NOT_DIGIT.sub("", written)
    if is_identity_card(written.upper()):
        return _hidden(written, 3, 2)
    if is_phone(written):
        return _hidden(written, 3, 4) if written[0] != "+" else _hidden(written, 5, 4)
    if not written.upper().endswith("X") and is_bank_card(digits):
        return _hidden(written, 4, 4)
    return written


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
    is_local = bool(_LANDLINE.fullmatch(digits)) and any(sign in written for sign in "-( ")
    return bool(_MOBILE.fullmatch(digits)) or is_local


def is_identity_card(written: str) -> bool:
    """Eighteen characters with a possible birthday and the right check digit (GB 11643-1999)."""
    if len(written) != 18 or not written[:17].isdigit():
        return False
    total = sum(int(digit) * weight for digit, weight in zip(written, _ID_WEIGHTS, strict=False))
    return written[17] == _ID_CHECKS[total % 11] and _is_birthday(written[6:14]) and written[0] in "12345678"


def _is_birthday(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2099
    except ValueError:
        return False


def is_bank_card(digits: str) -> bool:
    """15 to 19 digits of a network in use, with the check digit of ISO/IEC 7812 (Luhn)."""
    if len(digits) not in CARD_DIGITS or not _CARD_STARTS.match(digits):
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0
