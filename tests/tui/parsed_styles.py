"""Style sheets that are parsed once a run: each app of each test would parse the same thirty again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet


def parse_once(patch: Callable[[Any, str, Any], None]) -> None:
    """Have every style sheet share what was parsed, by ``patch`` (an object, a name, a value).

    Textual itself keeps it for the run of one app, by the same key but for the theme's colours.
    """
    parse = Stylesheet._parse_rules
    parsed: dict[tuple[object, ...], list[RuleSet]] = {}

    def once(sheet: Stylesheet, *source: Any, **described: Any) -> list[RuleSet]:
        key = (*source, *sorted(described.items()), *sheet._variables.items())
        if key not in parsed:
            parsed[key] = parse(sheet, *source, **described)
        return parsed[key]

    patch(Stylesheet, "_parse_rules", once)
