"""Links: where they really go, and what is said of those that look like others."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.text.links import Doubt, find_links, numbers_in


def targets(text: str) -> list[str]:
    return [link.target for link in find_links(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("看 https://shop.example/a?b=1&c=2#d。谢谢", ["https://shop.example/a?b=1&c=2#d"]),
        ("https://shop.example请看", ["https://shop.example"]),
        ("(see http://a.example/x_(y)).", ["http://a.example/x_(y)"]),
        ("www.shop.example/x, or", ["https://www.shop.example/x"]),
        ("写信到 Service@Shop.example！", ["mailto:Service@Shop.example"]),
        ("https://商城.中国/退货", ["https://xn--czru2d.xn--fiqs8s/"]),
        ("a https://a.example b https://a.example", ["https://a.example"]),
        ("https://a.example:8443/x", ["https://a.example:8443/x"]),
        ("https://", []),
        ("http://x", []),
        ("https://a..example", ["https://a..example"]),
        ("file:///etc/passwd javascript:alert(1)", []),
    ],
)
def test_a_link_ends_where_the_sentence_goes_on(text: str, wanted: list[str]) -> None:
    assert targets(text) == wanted


@pytest.mark.parametrize(
    ("text", "host", "doubts"),
    [
        ("[www.bank.example](https://evil.example/x)", "evil.example", (Doubt.OTHER_HOST,)),
        ("https://bank.example/login (https://evil.example/x)", "evil.example", (Doubt.OTHER_HOST,)),
        ("[退款进度](https://shop.example/x)", "shop.example", ()),
        ("[shop.example](https://www.shop.example/x)", "www.shop.example", ()),
        ("https://аррӏе.com/x", "xn--80ak6aa92e.com", (Doubt.FOREIGN_LETTERS,)),
        ("https://xn--80ak6aa92e.com/x", "xn--80ak6aa92e.com", (Doubt.FOREIGN_LETTERS,)),
        ("https://商城.example", "xn--czru2d.example", ()),
        ("https://bank.example@evil.example/x", "evil.example", (Doubt.HIDDEN_HOST,)),
        ("http://192.0.2.7/x", "192.0.2.7", (Doubt.BARE_ADDRESS,)),
    ],
)
def test_what_looks_like_another_is_told(text: str, host: str, doubts: tuple[Doubt, ...]) -> None:
    (link,) = [link for link in find_links(text) if link.host == host]
    assert link.doubts == doubts
    assert link.target.isascii() and "@" not in link.target


def test_other_schemes_are_listed_and_never_opened() -> None:
    (link,) = find_links("[click](javascript:alert`1`)")
    assert link.doubts == (Doubt.SCHEME,) and not link.can_open


def test_its_own_letters_are_told_too() -> None:
    (link,) = find_links("https://商城.中国")
    assert link.spelled == "商城.中国"


@given(st.text(alphabet=st.sampled_from("ahtps:/.@w[]()<>\\商。 \n-#?1"), max_size=200))
def test_any_text_gives_links_that_can_be_shown(text: str) -> None:
    for link in find_links(text):
        assert link.target.isascii() or not link.can_open
        assert "\n" not in link.target and " " not in link.target


@pytest.mark.parametrize(
    "piece", ["https://", "a@", "[a](", "(", "www.", "a.", "http://a.b(", "x (https://a.b) "]
)
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    begun = time.process_time()
    find_links(piece * (100_000 // len(piece)))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("订单 A1024，运单SF1234567890123", ("A1024", "SF1234567890123")),
        ("2026-11-22 下单，电话13800000001", ("13800000001",)),
        ("https://a.example/9999999 12345 12345 2026", ("12345",)),
        ("RMA-2026-00017 ok", ("RMA-2026-00017",)),
        ("没有", ()),
    ],
)
def test_numbers_are_found(text: str, wanted: tuple[str, ...]) -> None:
    assert numbers_in(text) == wanted
