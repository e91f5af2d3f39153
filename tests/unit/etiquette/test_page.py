"""docs/etiquette.md lists the rules as they are."""

from __future__ import annotations

from tests.eval import page


def test_the_table_of_rules_is_current() -> None:
    text = page.PAGE.read_text("utf-8")
    assert text == page.put(text, page.RULES, page.rule_lines()), "python -m tests.eval etiquette --write"
