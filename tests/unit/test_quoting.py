"""What stands above an answer."""

from __future__ import annotations

from csdesk.replies.quoting import CHAT_CELLS, LETTER_LINES, quote_for_chat, quote_for_letter
from csdesk.text import cell_width


def test_chat_quotes_one_short_line() -> None:
    assert quote_for_chat("快递怎么\n还没到？") == "> 快递怎么 还没到？\n"
    assert quote_for_chat("在吗", "林女士") == "> 林女士: 在吗\n"
    long = quote_for_chat("很" * 100)
    assert long.endswith("…\n") and cell_width(long.rstrip("\n")) <= CHAT_CELLS + 2


def test_a_letter_quotes_every_line_and_deepens_quotes() -> None:
    quoted = quote_for_letter("你好，\n\n> 上次的话\n谢谢\n", "林女士", "2026-11-22 10:06")
    assert quoted == "On 2026-11-22 10:06, 林女士 wrote:\n> 你好，\n>\n>> 上次的话\n> 谢谢\n\n"


def test_a_very_long_letter_is_quoted_to_its_limit() -> None:
    quoted = quote_for_letter("\n".join(["x"] * 500), "A", "t")
    assert quoted.count("\n> x") == LETTER_LINES
    assert quoted.endswith("> …\n\n")
