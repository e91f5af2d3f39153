"""One readable document in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from csdesk.formats import export_words as words
from csdesk.formats.outgoing import Outgoing
from csdesk.i18n import _
from csdesk.model.transcript import TranscriptMessage

_SIGNS = re.compile(r"([\\`*_\[\]<>&~|$])")
_LINE_START = re.compile(r"^(\s*)([#+\-=!:]|\d{1,9}(?=[.)]))", re.MULTILINE)
_ORDINAL = re.compile(r"^(\s*\d{1,9})([.)])", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def markdown_page(found: Iterator[Outgoing]) -> Iterator[str]:
    """A title, then for each conversation what is known about it and what was said, oldest first."""
    title = _("Conversations")
    yield f"# {title}\n\n{words.zone_line()}\n"
    for each in found:
        yield _conversation(each)


def escaped(text: str) -> str:
    """``text`` so that Markdown shows it as it is, line by line."""
    plain = _SIGNS.sub(r"\\\1", _INDENT.sub(lambda space: "\xa0" * len(space.group()), text))
    plain = _ORDINAL.sub(r"\1\\\2", plain)
    return _LINE_START.sub(lambda sign: sign.group() if sign[2].isdigit() else f"{sign[1]}\\{sign[2]}", plain)


def _conversation(each: Outgoing) -> str:
    facts = "".join(f"- {name}: {escaped(value)}\n" for name, value in words.facts(each))
    said = "".join(_message(message, each) for message in each.transcript.messages)
    return f"\n## {escaped(words.title(each))}\n\n{facts}{said}"


def _message(message: TranscriptMessage, each: Outgoing) -> str:
    parts = [part for part in (f"**{escaped(words.who(message, each))}**", words.when(message)) if part]
    lines = escaped(message.text).split("\n") if message.text else []
    label = _("Attachment")
    lines += [f"{label}: {escaped(words.file_line(file))}" for file in message.attachments]
    quoted = "\n".join(f"> {line}\\" if line else ">" for line in lines[:-1])
    last = f"> {lines[-1]}" if lines else ">"
    return f"\n{' · '.join(parts)}\n\n{quoted}{chr(10) if quoted else ''}{last}\n"
