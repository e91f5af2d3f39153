"""Every sign csdesk draws, in one table, in two sets.

Each glyph of the ``unicode`` set is one code point of the basic plane that terminals draw
one cell wide; those that some terminals draw two cells wide (East Asian "ambiguous") are
listed in ``AMBIGUOUS`` and always get a blank cell after them. The ``ascii`` set is for
fonts and terminals that differ. Colour is never the only sign: each meaning has its own glyph.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs; a field is one cell wide unless it says otherwise."""

    name: str
    bar: str
    author_bar: str
    rule: str
    late: str
    warm: str
    online: str
    away: str
    busy: str
    offline: str
    dot: str
    arrow: str
    held: str
    clock: str
    sent: str
    delivered: str
    read: str
    failed: str
    done: str
    open: str
    draft: str
    urgent: str
    high: str
    below: str
    above: str
    ellipsis: str
    thumb: str
    pin: str
    ticked: str
    minus: str


UNICODE = Glyphs(
    name="unicode",
    bar="▌",
    author_bar="▍",
    rule="─",
    late="◆",
    warm="▲",
    online="●",
    away="☾",
    busy="◐",
    offline="○",
    dot="·",
    arrow="›",
    held="↺",
    clock="◷",
    sent="✓",
    delivered="✓✓",
    read="✓✓",
    failed="✗",
    done="✓",
    open="○",
    draft="✎",
    urgent="!!",
    high="!",
    below="↓",
    above="↑",
    ellipsis="…",
    thumb="▐",
    pin="•",
    ticked="✚",
    minus="−",
)

ASCII = Glyphs(
    name="ascii",
    bar="|",
    author_bar="|",
    rule="-",
    late="!",
    warm="^",
    online="*",
    away="~",
    busy="+",
    offline="o",
    dot="-",
    arrow=">",
    held="~",
    clock="@",
    sent="v",
    delivered="vv",
    read="vv",
    failed="x",
    done="v",
    open="o",
    draft="*",
    urgent="!!",
    high="!",
    below="v",
    above="^",
    ellipsis="~",
    thumb="|",
    pin="*",
    ticked="+",
    minus="-",
)

SETS = {"unicode": UNICODE, "ascii": ASCII}

AMBIGUOUS = frozenset("◆▲●◐○·…•↑↓─▌▍▐")
"""Signs of the ``unicode`` set with East Asian width A or disputed: a blank cell follows, or nothing aligned does."""

_current: dict[str, Glyphs] = {"set": UNICODE}


def glyphs() -> Glyphs:
    """The set in use."""
    return _current["set"]


def use_glyphs(name: str) -> Glyphs:
    """Switch to the set called ``name`` (``unicode`` or ``ascii``). Raises KeyError for another name."""
    _current["set"] = SETS[name]
    return _current["set"]


def all_signs(chosen: Glyphs) -> dict[str, str]:
    """Field name to sign, for tests and ``csdesk doctor``'s width line."""
    return {field.name: getattr(chosen, field.name) for field in fields(chosen) if field.name != "name"}
