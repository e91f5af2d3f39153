r"""The one table of characters that need no second look.

``ORDINARY`` is the inside of a regular expression class: printable characters that are
never removed, are one grapheme each, and whose cell width every terminal we measured
agrees on. The fast paths of cleaning, narrowing, grapheme steps and wrapping all start
by asking whether a text is made of these alone. A character that is missing here costs
a little time, never a wrong answer.
"""

from __future__ import annotations

import re

ORDINARY = (
    r" -~"  # ASCII, printable
    "\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0400-\u0482\u048a-\u052f"  # Latin, Greek, Cyrillic
    "\u1e00-\u1eff"
    "\u2010-\u2027\u2030-\u205e"  # dashes, quotes, ellipsis
    "\u20a0-\u20c0\u2100-\u218b\u2190-\u23ff\u2400-\u2426\u2460-\u27bf\u27e6-\u27ef"  # symbols, box drawing
    "\u2e80-\u2e99\u2e9b-\u2ef3\u3000-\u3029\u3030-\u303f\u3041-\u3096\u309b-\u30ff"  # CJK marks, kana
    "\u3105-\u312f\u31a0-\u31bf\u3200-\u321e\u3220-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufa6d"
    "\uff01-\uff9f\uffe0-\uffe6\ufffd"  # full and half width forms
    "\U0001f300-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001f6d7"  # emoji of Unicode 14 and before
    "\U0001f900-\U0001f9ff"
    "\U00020000-\U0002a6df"
)

is_ordinary = re.compile(f"[{ORDINARY}\n\t]*").fullmatch
"""Whether a text is made of these, line breaks and tabs alone. Compiling it takes a millisecond: once."""
