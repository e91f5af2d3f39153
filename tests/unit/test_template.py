"""Placeholders: what is filled, what stays open, and that nothing filled in is ever read again."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.template import (
    Expansion,
    TemplateError,
    Unfilled,
    escape,
    expand,
    find_unfilled,
    placeholders,
    slot_marker,
)

BRACES = st.text(alphabet="{}| aé客\n.cursor", max_size=60)


def test_values_fill_placeholders_with_and_without_spaces() -> None:
    body = "{{contact.name}}，{{ shop.name }}"
    assert expand(body, {"contact.name": "林女士", "shop.name": "小店"}).text == "林女士，小店"


@pytest.mark.parametrize("value", [None, "", "  ", "\n"])
def test_a_missing_or_blank_value_gives_way_to_the_fallback(value: str | None) -> None:
    values = {} if value is None else {"contact.name": value}
    assert expand("{{contact.name|亲}}，您好", values).text == "亲，您好"
    assert expand("{{ contact.name | dear friend }}!", values).text == "dear friend!"


def test_an_empty_fallback_leaves_nothing() -> None:
    assert expand("a{{x|}}b", {}) == Expansion("ab", None, ())


def test_an_open_slot_is_visible_and_its_place_is_told() -> None:
    found = expand("预计{{eta}}内，{{ order.number }}", {})
    assert found.text == "预计{eta}内，{order.number}"
    assert found.unfilled == (Unfilled("eta", 2, 7), Unfilled("order.number", 9, 23))
    assert [found.text[slot.start : slot.end] for slot in found.unfilled] == ["{eta}", "{order.number}"]


def test_an_optional_name_vanishes_when_missing() -> None:
    assert expand("a{{x}}b{{y}}", {}, optional={"x"}).text == "ab{y}"


def test_the_cursor_is_where_it_stood() -> None:
    found = expand("您好{{name}}{{cursor}}，请说", {"name": "林"})
    assert (found.text, found.cursor) == ("您好林，请说", 3)
    assert expand("您好", {}).cursor is None


def test_four_braces_are_two() -> None:
    assert expand("write {{{{eta}} here", {"eta": "1"}) == Expansion("write {{eta}} here", None, ())
    assert expand("{{{{{{eta}}", {"eta": "1"}).text == "{{1"


@pytest.mark.parametrize("body", ["}}", "{", "{x}", "a } b", "{ {x} }"])
def test_lone_braces_are_plain_text(body: str) -> None:
    assert expand(body, {"x": "1"}).text == body


@pytest.mark.parametrize(
    ("body", "position"),
    [
        ("{{", 0),
        ("ab {{eta", 3),
        ("{{}}", 0),
        ("{{ }}", 0),
        ("{{|x}}", 0),
        ("{{Eta}}", 0),
        ("{{1x}}", 0),
        ("{{a b}}", 0),
        ("{{a.}}", 0),
        ("{{.a}}", 0),
        ("{{a..b}}", 0),
        ("{{客户}}", 0),
        ("{{a\n}}", 0),
        ("{{a|b\nc}}", 0),
        ("x{{a {{b}} }}", 1),
        ("{{a()}}", 0),
        ("{{a[0]}}", 0),
        ("{{{a}}", 0),
        ("{{cursor|x}}", 0),
        ("{{cursor}} {{cursor}}", 11),
    ],
)
def test_what_is_no_placeholder_is_an_error_with_its_position(body: str, position: int) -> None:
    for use in (lambda: expand(body, {}), lambda: placeholders(body)):
        with pytest.raises(TemplateError) as refused:
            use()
        assert refused.value.position == position
        assert refused.value.sentence
        assert refused.value.hint


def test_placeholders_are_listed_in_reading_order() -> None:
    found = placeholders("{{a|b}}{{{{no}}{{cursor}}{{ c.d }}")
    assert [(each.path, each.fallback) for each in found] == [("a", "b"), ("cursor", None), ("c.d", None)]


INJECTIONS = [
    "{{agent.phone}}",
    "{{ agent.phone | x }}",
    "{{cursor}}",
    "{{{{",
    "}}{{agent.phone}}",
    "{{",
    "}}",
    "|secret",
    "{{x|{{agent.phone}}}}",
    "${agent.phone}",
    "#{agent.phone}",
    "%{agent.phone}",
    "{%agent.phone%}",
    "{{7*7}}",
    "{{''.__class__.__mro__}}",
    "{{config.items()}}",
    "{0.__class__}",
    "%(agent)s %s %n",
    "[@click=app.quit]x[/]",
    "\\{\\{agent.phone\\}\\}",
    "{agent.phone!r:>100000000}",
    "<%= agent.phone %>",
]


@pytest.mark.parametrize("payload", INJECTIONS)
def test_a_value_is_never_read_as_a_template(payload: str) -> None:
    values = {"contact.name": payload, "agent.phone": "SECRET"}
    found = expand("<{{contact.name}}>{{cursor}}.", values)
    assert found == Expansion(f"<{payload}>.", len(payload) + 2, ())
    assert expand("{{ x | a } b }}", values).text == "a } b"


@given(BRACES, BRACES, BRACES)
def test_filling_in_is_plain_substitution(before: str, value: str, after: str) -> None:
    before = before.rstrip("{")
    found = expand(escape(before) + "{{ v |}}" + escape(after), {"v": value})
    assert found == Expansion(before + (value if value.strip() else "") + after, None, ())


@given(st.text())
def test_an_escaped_text_expands_to_itself(text: str) -> None:
    assert expand(escape(text), {"x": "1"}) == Expansion(text, None, ())
    assert placeholders(escape(text)) == ()


@given(BRACES, st.dictionaries(st.sampled_from(["a", "cursor", "a.a", "r"]), BRACES))
def test_any_body_expands_or_is_refused(body: str, values: dict[str, str]) -> None:
    try:
        found = expand(body, values)
    except TemplateError as error:
        assert 0 <= error.position < len(body)
    else:
        assert found.cursor is None or 0 <= found.cursor <= len(found.text)
        assert all(found.text[slot.start : slot.end] == slot_marker(slot.name) for slot in found.unfilled)
        assert len(found.text) <= len(body) + sum(map(len, values.values())) * len(body)


@given(st.lists(st.sampled_from(["eta", "order.number", "shop_name2"])))
def test_open_slots_are_found_again_in_a_draft(names: list[str]) -> None:
    found = expand("，".join(f"{{{{{name}}}}}" for name in names), {})
    assert find_unfilled(found.text) == found.unfilled


@pytest.mark.parametrize(
    "text", ["{{eta}}", "{ eta }", "{Eta}", "{}", '{"a": 1}', "{客户}", "{eta", "eta}", "{1}"]
)
def test_ordinary_braces_are_no_open_slot(text: str) -> None:
    assert find_unfilled(text) == ()


@pytest.mark.parametrize(
    "body", ["{{{{" * 100_000, "{{a|" + "x" * 400_000 + "}}", "{" * 400_001, "{{a}}" * 80_000]
)
def test_long_bodies_take_linear_time(body: str) -> None:
    started = time.process_time()
    for part in (body, body[: len(body) // 2]):
        try:
            expand(part, {"a": "b" * 50})
        except TemplateError:
            continue
    assert time.process_time() - started < 3
    assert find_unfilled("{a" * 200_000) == ()
