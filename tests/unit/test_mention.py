"""Names behind an @ in a note."""

from __future__ import annotations

import pytest

from csdesk.model.mention import mentions

NAMES = ("Mia", "Mia Chen", "李伟", "售后组")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@李伟 看一下", ["李伟"]),
        ("请@李伟看一下，＠售后组也看", ["李伟", "售后组"]),
        ("@Mia Chen please", ["Mia Chen"]),
        ("@mia please", ["Mia"]),
        ("@Miami", []),
        ("chen@Mia.example", []),
        ("@王五 @", []),
        ("李伟", []),
    ],
)
def test_who_is_named(text: str, named: list[str]) -> None:
    found = mentions(text, NAMES)
    assert [name for _start, _end, name in found] == named
    assert all(text[start] in "@＠" and text[start + 1 : end].casefold() == name.casefold()
               for start, end, name in found)  # fmt: skip
