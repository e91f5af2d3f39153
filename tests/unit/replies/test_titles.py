"""Titles for texts that have none."""

from __future__ import annotations

import pytest

from csdesk.replies.titles import title_of, title_of_body


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("您好，可以开电子发票的，下单时备注抬头", "可以开电子发票的"),
        ("亲，非常抱歉，已是最低价", "非常抱歉"),
        ("Hello, thank you for waiting. I am here", "thank you for waiting"),
        ("好的", "好的"),
        ("您好", "您好"),
        ("", ""),
        ("一" * 40, "一" * 11 + "…"),
    ],
)
def test_what_a_text_begins_with(text: str, title: str) -> None:
    assert title_of(text) == title


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("您好 {{contact.name}}，这是第3条话术。请稍等", "这是第3条话术"),
        ("{{contact.name | 亲}}，在的", "在的"),
        ("{{time.greeting}}", "{{time.greeting}}"),
        ("{{{{x}} stays as it is", "{{x}} stays as it is"),
    ],
)
def test_of_a_body(body: str, title: str) -> None:
    assert title_of_body(body) == title
