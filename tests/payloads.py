"""Hostile texts: one of each class that a terminal or Textual's markup would act on.

``needle`` is what must not appear in the bytes that reach the terminal because of the
text. Markup ones have no needle: they must be shown letter by letter, and act on nothing.
"""

from __future__ import annotations

from typing import NamedTuple


class Payload(NamedTuple):
    """One hostile text; ``needle`` is UTF-8 bytes, or None where the text must show as written."""

    name: str
    text: str
    needle: bytes | None


def _control(name: str, text: str, needle: str | None = None) -> Payload:
    return Payload(name, f"Q{text}Z", (text if needle is None else needle).encode("utf-8", "surrogatepass"))


CONTROLS = (
    _control("esc-csi", "\x1b[41;1mX", "\x1b[41;1m"),
    _control("osc-0-title", "\x1b]0;pwned\x1b\\", "\x1b]0;pwned"),
    _control("osc-2-bel", "\x1b]2;pwned\x07", "\x1b]2;pwned"),
    _control("osc-8-link", "\x1b]8;;http://e.x\x1b\\z\x1b]8;;\x1b\\", "\x1b]8;;http"),
    _control("osc-52-clipboard", "\x1b]52;c;UFdORUQ=\x1b\\", "\x1b]52;"),
    _control("dcs-sixel", "\x1bPq#0;2;0;0;0~-\x1b\\", "\x1bPq"),
    _control("apc", "\x1b_Gf=100;AAAA\x1b\\", "\x1b_G"),
    _control("pm", "\x1b^pm\x1b\\", "\x1b^pm"),
    _control("sos", "\x1bXsos\x1b\\", "\x1bXsos"),
    _control("decset", "\x1b[?1000;31337h", "\x1b[?1000;31337h"),
    _control("esc-reset", "\x1bcq", "\x1bc"),
    _control("c1-csi", "\x9b41m"),
    _control("c1-osc", "\x9d0;pwned\x9c"),
    _control("c1-dcs", "\x90q\x9c"),
    _control("nel", "\x85"),
    _control("bidi-override", "\u202eabc"),
    _control("bidi-isolate", "\u2067abc"),
    _control("bidi-mark", "\u200eabc"),
    _control("zero-width-space", "\u200b"),
    _control("byte-order-mark", "\ufeff"),
    _control("soft-hyphen", "\u00ad"),
    _control("hangul-filler", "\u3164"),
    _control("line-separator", "\u2028"),
    _control("tags", "\U000e0041\U000e0042"),
    _control("shift-out", "\x0equ", "\x0e"),
    _control("nul", "\x00"),
    _control("del", "\x7f"),
    _control("bel", "q\x07q"),
    _control("backspace", "q\x08q"),
    _control("carriage-return", "q\rq"),
    _control("vertical-tab", "q\x0bq"),
    _control("form-feed", "q\x0cq"),
    _control("tab", "q\tq"),
    _control("surrogate", "\ud83d"),
    _control("zalgo", "e" + "\u0301" * 40, "\u0301" * 9),
    _control("keycap", "1\ufe0f\u20e3", "\ufe0f"),
    _control("skin-tone", "\U0001f44d\U0001f3fd", "\U0001f3fd"),
    _control("zwj-family", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u200d"),
)

MARKUP = tuple(
    Payload(name, text, None)
    for name, text in (
        ("closing-tag", "[/x]"),
        ("closing-any", "[/]"),
        ("click", "[@click=app.quit]x[/]"),
        ("key-click", "[@click=app.simulate_key('f9')]x[/]"),
        ("link", "[link=http://e.x]z[/link]"),
        ("half-closing", "[/red"),
        ("variable", "[$var]x[/]"),
        ("bold", "[bold red]x[/]"),
        ("backslash", "a\\"),
        ("escaped", "\\[x]"),
        ("swallowed", "a[b]c"),
    )
)

PAYLOADS = CONTROLS + MARKUP
