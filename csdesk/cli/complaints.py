"""What click says of a wrong command line, in the language of now.

click answers in English sentences only; the common ones are read and said in our words, others stay as they are.
"""

from __future__ import annotations

import re

from csdesk.i18n import N_, _

_KNOWN = (
    (
        re.compile(r"'(?P<value>.*)' is not a valid (?:integer|float)(?: range)?\."),
        N_("{value} is not a number."),
    ),
    (
        re.compile(r"(?P<value>\S+) is not in the range (?P<range>.+)\."),
        N_("{value} is not in the range {range}."),
    ),
    (re.compile(r"'(?P<value>.*)' is not one of (?P<choices>.+)\."), N_("{value} is not one of {choices}.")),
    (re.compile(r"Option '(?P<option>.+)' requires an argument\."), N_("{option} needs a value.")),
    (re.compile(r"Option '(?P<option>.+)' does not take a value\."), N_("{option} takes no value.")),
    (re.compile(r"Got unexpected extra arguments? \((?P<words>.*)\)"), N_("Too many words: {words}.")),
)


def in_our_words(message: str) -> str:
    """``message`` of click, translated when it is one of the common ones."""
    for pattern, ours in _KNOWN:
        found = pattern.fullmatch(message)
        if found:
            return _(ours).format(**found.groupdict())
    return message
