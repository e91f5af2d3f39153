"""Where the text of a reply or a note comes from: the command line, a file, standard input, a quick reply."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from csdesk.cli.start import Start
from csdesk.desk.context import Desk
from csdesk.desk.quick import Prepared, local_now, prepare
from csdesk.desk.wording import blocks, remember
from csdesk.errors import DataError, NeedsPerson, NotFound, UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Conversation
from csdesk.model.finding import Fate
from csdesk.model.reply import QuickReply
from csdesk.template import find_unfilled

STANDARD_INPUT = "-"
MOST_BYTES = 1 << 20
"""Far above what can be sent: only so much of a file is ever read."""


def given_text(text: str | None, file: Path | None) -> str:
    """What TEXT, ``-`` or --file give. Raises UsageError unless it is exactly one of them."""
    if (text is None) == (file is None):
        raise UsageError(
            "text.not_one_source",
            _("The text is missing, or given twice."),
            _("Write it behind the ref, give - to read standard input, or --file FILE."),
        )
    if file is not None and str(file) != STANDARD_INPUT:
        return _decoded(_read_file(file), str(file))
    if text == STANDARD_INPUT or file is not None:
        return _decoded(sys.stdin.buffer.read(MOST_BYTES + 1), _("standard input"))
    return text or ""


def _read_file(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(
            "file.missing", _("There is no file {file}.").format(file=file), _("Check the path.")
        ) from None
    except OSError as error:
        raise DataError(
            "file.unreadable",
            _("{file} cannot be read: {reason}.").format(file=file, reason=error.strerror),
            _("Check that it is a file and that you may read it."),
        ) from None


def _decoded(raw: bytes, source: str) -> str:
    if len(raw) > MOST_BYTES:
        raise DataError(
            "file.too_large",
            _("{source} is larger than a message can be.").format(source=source),
            _("Shorten it, or send it in parts."),
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            "file.not_utf8",
            _("{source} is not UTF-8 text (line {line}).").format(
                source=source, line=raw.count(b"\n", 0, error.start) + 1
            ),
            _("Save it as UTF-8."),
        ) from None


def quick_text(desk: Desk, current: Conversation, reply: QuickReply, given: dict[str, str]) -> Prepared:
    """``reply`` with what is known of the conversation and with the slots ``given`` filled in.

    Raises UsageError when a value does not fit its slot, or is for none: a name written wrong is told at once.
    """
    from csdesk.replies.slots import read_value
    from csdesk.template import CURSOR, placeholders

    texts = (*reply.wordings, reply.fallback, reply.subject)
    known = {part.path for text in texts for part in placeholders(text)} - {CURSOR}
    slots = {slot.name: slot for slot in reply.slots}
    today = local_now(desk, current).date()
    values: dict[str, str] = {}
    for name, value in given.items():
        if name not in known:
            raise UsageError(
                "slot.unknown",
                _("The quick reply {code} has no slot {slot}.").format(code=reply.code, slot=name[:40]),
                _("It has: {names}.").format(names=", ".join(sorted(known)) or _("none")),
            )
        values[name] = read_value(slots[name], value, today, reply.lang) if name in slots else value
    return prepare(desk, reply, current, values)


def quick_reply(code: str, start: Start) -> QuickReply:
    """The quick reply with this code. Raises NotFound, naming codes that are like it."""
    from difflib import get_close_matches

    from csdesk.cli.packs_in_use import library_in_use

    library = library_in_use(start)
    found = library.find_code(code)
    if found is None:
        near = get_close_matches(code.lower(), list(library.by_code), 3)
        raise NotFound(
            "replies.unknown_code",
            _("No quick reply has the code {code}.").format(code=code[:40]),
            _("Did you mean {nearest}?").format(nearest=", ".join(near))
            if near
            else _("csdesk replies find WORDS searches them."),
        )
    return found


def read_slots(pairs: Sequence[str]) -> dict[str, str]:
    """``("eta=Friday",)`` to ``{"eta": "Friday"}``. Raises UsageError."""
    slots: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(
                "slot.bad",
                _("{given} fills no slot.").format(given=pair[:40]),
                _("Write --slot NAME=VALUE."),
            )
        slots[name.strip()] = value
    return slots


def must_be_valid(reply: QuickReply, now: datetime, anyway: str | None) -> tuple[str, ...]:
    """What is to be noted beside ``reply``: nothing at a time when it may be used. Raises NeedsPerson at another one,
    unless a person said to send it ``anyway``."""
    from csdesk.replies.validity import in_words, is_valid

    if reply.valid is None or is_valid(reply.valid, now):
        return ()
    when = in_words(reply.valid)
    if not (anyway or "").strip():
        raise NeedsPerson(
            "reply.not_valid",
            _("The quick reply {code} is not for this time ({when}).").format(code=reply.code, when=when),
            _("Write another text, or send it with --anyway REASON."),
        )
    return (_("Sent outside its time ({when}): {reason}").format(when=when, reason=anyway),)


def must_be_filled(text: str, anyway: str | None) -> tuple[str, ...]:
    """What is to be noted beside ``text``: nothing without open slots. Raises NeedsPerson when there are some, unless
    a person said to send it ``anyway``."""
    names = ", ".join(dict.fromkeys(slot.name for slot in find_unfilled(text)))
    if not names:
        return ()
    if not (anyway or "").strip():
        raise NeedsPerson(
            "reply.unfilled",
            _("The reply still has open slots: {names}.").format(names=names),
            _("Fill them in (--slot NAME=VALUE with --quick), or send it as it is with --anyway REASON."),
        )
    return (_("Sent with open slots ({names}): {reason}").format(names=names, reason=anyway),)


def must_be_proper(desk: Desk, conversation: Conversation, text: str, anyway: str | None) -> tuple[str, ...]:
    """What is to be noted beside ``text``: nothing where the etiquette check does not ask. Raises NeedsPerson when
    it does, unless a person said to send it ``anyway``: then the rules count as passed over."""
    found = blocks(desk, conversation.id, text)
    if not found:
        return ()
    rules = ", ".join(each.rule for each in found)
    if not (anyway or "").strip():
        raise NeedsPerson(
            "reply.etiquette",
            found[0].message,
            _("Write it in another way (`csdesk check` says how), or send it as it is with --anyway REASON."),
        )
    for each in found:
        remember(desk, conversation.id, each, Fate.ANYWAY)
    return (
        _("Sent though the etiquette check asked ({rules}): {reason}").format(rules=rules, reason=anyway),
    )
