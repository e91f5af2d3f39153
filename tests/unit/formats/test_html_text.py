"""HTML to text: what a reader sees, for any input and in linear time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.formats.html_text import text_of


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Hello&nbsp;<b>you</b></p><p>again</p>", "Hello you\n\nagain"),
        ("<div>one</div><div>two<br>three</div>", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        (
            'see <a href="https://shop.example/a?b=1&amp;c=2">here</a>.',
            "see here (https://shop.example/a?b=1&c=2).",
        ),
        ('<a href="https://shop.example/">https://shop.example</a>', "https://shop.example"),
        ('<a href="javascript:alert(1)">click</a>', "click"),
        ("a<style>p{x}</style><script>1<2</script><!-- no -->b", "ab"),
        ('<img src="x" alt="截图"> ok', "[截图] ok"),
        ("<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3"),
        ('<p title="a > b">x</p>', "x"),
        ("1 < 2 && 3 > 2 <b>yes</b>", "1 < 2 && 3 > 2 yes"),
        ("plain text\nwith  two   spaces", "plain text\nwith  two   spaces"),
        ("<p>unclosed <b", "unclosed"),
        ("", ""),
    ],
)
def test_what_a_reader_sees(markup: str, text: str) -> None:
    assert text_of(markup) == text


@given(st.text(st.sampled_from("<>/!-abp=\"'& \n;#x客"), max_size=200))
def test_any_input_gives_text(markup: str) -> None:
    found = text_of(markup)
    assert found == found.strip()
    assert "\n\n\n" not in found or "<" not in markup


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<!", "<![", "<?", "<a ", "</", '<a b="', "<a b='\"", "&#x", "<script>", "<a href=", "<p"],
)
def test_hostile_repetition_stays_linear(piece: str) -> None:
    def spent(count: int) -> float:
        markup = "<p>" + piece * count
        began = time.process_time()
        text_of(markup)
        return time.process_time() - began

    spent(1_000)
    assert spent(80_000) < 2.0, "the standard library's parser takes minutes for some of these"
