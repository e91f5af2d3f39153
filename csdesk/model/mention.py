"""Colleagues and teams named in a note with an ``@``. The note is plain text; names are looked for in it."""

from __future__ import annotations

from collections.abc import Iterable

SIGNS = "@＠"


def mentions(text: str, names: Iterable[str]) -> list[tuple[int, int, str]]:
    """Where ``names`` stand behind an ``@``: start, end, name, in order.

    The longest name wins (``@Mia Chen`` is not ``@Mia``), case does not matter, and neither a mail
    address nor the beginning of a longer Latin word is a name.
    """
    known = sorted(filter(None, names), key=len, reverse=True)
    found: list[tuple[int, int, str]] = []
    for start, character in enumerate(text):
        if character not in SIGNS or (start and _is_latin(text[start - 1])):
            continue
        for name in known:
            end = start + 1 + len(name)
            if text[start + 1 : end].casefold() == name.casefold() and not _goes_on(text, end):
                found.append((start, end, name))
                break
    return found


def _goes_on(text: str, end: int) -> bool:
    return end < len(text) and _is_latin(text[end - 1]) and _is_latin(text[end])


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
