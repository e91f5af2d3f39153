"""What the readers and writers of other systems' replies share: texts across, HTML, ids, remarks."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from typing import Any

from csdesk.formats.html_text import text_of
from csdesk.formats.replies.record import Remark
from csdesk.formats.replies.variables import Dialect, to_ours, to_theirs
from csdesk.i18n import _
from csdesk.model.reply import QuickReply
from csdesk.text import clean, clean_line

TITLE_CHARS = 80
_OWN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_TAG = re.compile(r"</?(?:p|div|br|b|i|u|strong|em|a|ul|ol|li|span|h[1-6])\b[^<>]{0,400}>", re.IGNORECASE)


def body_of(
    text: str, dialect: Dialect, slots: Collection[str], line: int, label: str
) -> tuple[str, list[Remark]]:
    """``text`` as a body of ours, and a remark for each placeholder that stays as it was written."""
    mapped = to_ours(clean(text).rstrip("\n"), dialect, slots)
    said = _("{placeholder} is not known here; it stays as text")
    return mapped.text, [
        Remark(line, label, said.format(placeholder=each)) for each in dict.fromkeys(mapped.unmapped)
    ]


def text_for(body: str, dialect: Dialect, system: str, label: str) -> tuple[str, list[Remark]]:
    """A body of ours as ``system`` writes it, and a remark for what it cannot fill in."""
    mapped = to_theirs(body, dialect)
    unknown = _("{system} has no value for {placeholder}; it is written as it is")
    bare = _("{system} has no fallback for {placeholder}; it is left out")
    return mapped.text, [
        *(Remark(0, label, unknown.format(system=system, placeholder=each)) for each in mapped.unmapped),
        *(Remark(0, label, bare.format(system=system, placeholder=each)) for each in mapped.without_fallback),
    ]


def plain(value: str) -> str:
    """A text that is seldom HTML, as plain text: only what has tags of running text is taken for HTML."""
    return text_of(value) if _TAG.search(value) else value


def as_html(text: str) -> str:
    """``text`` as HTML that shows it: line breaks, and runs of spaces that stay."""
    lines = html.escape(text, quote=False).split("\n")
    return "<br>".join(line.replace("  ", " \xa0").replace("\xa0", "&nbsp;") for line in lines)


def one_line(value: object) -> str:
    """A title or name from outside; cut to what a title may have."""
    return clean_line(value)[:TITLE_CHARS].rstrip() if isinstance(value, str) else ""


def foreign_id(system: str, value: object) -> str:
    """The id that a record of ``system`` has here; "" for a record without a usable one."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _OWN_ID.fullmatch(text) or len(text) + len(system) > 62:
        return ""
    return f"{system}-{text}" if text.isdigit() else text


def id_for(system: str, reply: QuickReply) -> str:
    """The id of ``reply`` in ``system``; "" when it did not come from there."""
    prefix = f"{system}-"
    return reply.id.removeprefix(prefix) if reply.id.startswith(prefix) else ""


def not_held(reply: QuickReply, system: str, held: Collection[str]) -> list[Remark]:
    """A remark that names what ``system`` has no place for."""
    told = {
        "aliases": (_("aliases"), reply.aliases),
        "folder": (_("folder"), reply.folder),
        "tags": (_("tags"), reply.tags),
        "stage": (_("stage"), reply.stage != "any"),
        "tier": (_("tiers"), reply.tier),
        "channels": (_("channels"), reply.channels),
        "subject": (_("subject"), reply.subject),
        "variants": (_("variants"), reply.variants),
        "fallback": (_("fallback"), reply.fallback),
        "valid": (_("validity"), reply.valid),
        "actions": (_("actions"), reply.actions),
        "note": (_("note"), reply.note),
        "slots": (_("slots"), reply.slots),
    }
    lost = [name for key, (name, value) in told.items() if value and key not in held]
    if not lost:
        return []
    said = _("{system} has no place for: {names}").format(system=system, names=", ".join(lost))
    return [Remark(0, reply.code, said)]


def refused_record(line: int, reason: str, label: object = "") -> Remark:
    """A record that is no reply."""
    return Remark(line, one_line(label), reason)


def text_in(value: Any, *keys: str) -> str:
    """The first of ``keys`` that holds a text that says something."""
    found = (value.get(key) for key in keys) if isinstance(value, dict) else iter(())
    return next((each for each in found if isinstance(each, str) and each.strip()), "")
