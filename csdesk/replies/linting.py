"""What could be better in packs: all that the schema refuses, and what it takes but nobody would want.

An error keeps a reply from being used, a warning is worth mending, a note only tells. ``inspect`` is how a
check of another kind joins (the etiquette of a text): siblings of a floor do not know each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from csdesk import template
from csdesk.i18n import _
from csdesk.model.reply import Pack, QuickReply, Slot, Validity
from csdesk.replies.pack import SCOPE_RANK, library_from
from csdesk.replies.schema import ReadPack
from csdesk.replies.schema_parts import DAYS
from csdesk.yamlsafe import Mark, Problem

EASY_CODE = 10
"""Characters of a code that are still quicker to type than to choose."""

_HARD_TO_TYPE = re.compile(r"[._]|(?:[a-z]+[0-9]+){2}|(.)\1\1\1")


class Gravity(StrEnum):
    """How grave a finding is."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A problem of a pack, and how grave it is."""

    gravity: Gravity
    problem: Problem


Said = tuple[Gravity, str, str]
"""How grave, what, and how to mend it."""

Inspect = Callable[[QuickReply], Iterable[Said]]


def lint_packs(
    read: Sequence[ReadPack], today: date, inspect: Inspect | None = None
) -> tuple[LintFinding, ...]:
    """Everything to say of packs that were read, in the order of the files and their lines."""
    library = library_from(read)
    found = [LintFinding(Gravity.ERROR, problem) for problem in library.problems]
    hidden = _hidden(read)
    for one in read:
        if one.pack is None:
            continue
        found += [LintFinding(Gravity.WARNING, problem) for problem in _unused_slots(one.pack)]
        for reply in one.pack.replies:
            mark = one.marks[reply.id]
            said = [
                *_of_reply(reply, today),
                *hidden.get(id(reply), ()),
                *(inspect(reply) if inspect else ()),
            ]
            found += [LintFinding(gravity, mark.problem(reason, fix)) for gravity, reason, fix in said]
    places = {one.pack.path: at for at, one in enumerate(read) if one.pack is not None}
    return tuple(
        sorted(
            found, key=lambda each: (places.get(each.problem.file, -1), each.problem.file, each.problem.line)
        )
    )


def _of_reply(reply: QuickReply, today: date) -> Iterator[Said]:
    yield from _of_code(reply)
    yield from _of_wordings(reply)
    if reply.valid is not None:
        yield from _of_validity(reply.valid, today)


def _of_code(reply: QuickReply) -> Iterator[Said]:
    if len(reply.code) > EASY_CODE and not reply.aliases:
        reason = _("the code “{code}” is long to type").format(code=reply.code)
        yield Gravity.WARNING, reason, _("Shorten it, or add a short alias.")
    elif _HARD_TO_TYPE.search(reply.code) and not reply.aliases:
        reason = _("the code “{code}” is hard to type").format(code=reply.code)
        yield Gravity.WARNING, reason, _("Use a few letters, such as pinyin initials, or add such an alias.")


def _of_wordings(reply: QuickReply) -> Iterator[Said]:
    seen = {" ".join(reply.body.split())}
    for variant in reply.variants:
        words = " ".join(variant.split())
        if not words:
            yield Gravity.WARNING, _("a variant is empty"), _("Write it, or remove it.")
        elif words in seen:
            yield Gravity.WARNING, _("a variant says the same as another wording"), _("Remove it.")
        seen.add(words)
    if not _shown(reply.body).strip():
        reason = _("the body is nothing but placeholders")
        yield Gravity.NOTE, reason, _("Write a few words around them.")


def _shown(body: str) -> str:
    kept, at = [], 0
    for part in template.placeholders(body):
        kept.append(body[at : part.start])
        at = part.end
    return "".join([*kept, body[at:]])


def _of_validity(valid: Validity, today: date) -> Iterator[Said]:
    if valid.last_day and valid.last_day < today.isoformat():
        reason = _("it is valid no longer: until {day}").format(day=valid.last_day)
        yield Gravity.WARNING, reason, _("Remove the reply, or set a later day.")
    elif valid.first_day and valid.last_day and not _has_day(valid):
        yield (
            Gravity.WARNING,
            _("no day fits: its days of the week lie outside its dates"),
            _("Change days or dates."),
        )


def _has_day(valid: Validity) -> bool:
    """Whether a day of the week that it names lies between its dates (both of which it has)."""
    first, last = date.fromisoformat(valid.first_day), date.fromisoformat(valid.last_day)
    week = (first + timedelta(days=on) for on in range(min((last - first).days + 1, len(DAYS))))
    return not valid.days or any(DAYS[day.weekday()] in valid.days for day in week)


def _unused_slots(pack: Pack) -> Iterator[Problem]:
    used = {slot.name for reply in pack.replies for slot in reply.slots}
    for slot in pack.slots:
        if slot.name not in used:
            yield _slot_problem(pack, slot)


def _slot_problem(pack: Pack, slot: Slot) -> Problem:
    reason = _("the slot “{name}” is declared and never used").format(name=slot.name)
    fix = _("Remove it from vars, or write {placeholder} where it belongs.")
    return Mark(pack.path, 1, 1).problem(reason, fix.format(placeholder=f"{{{{{slot.name}}}}}"))


def _hidden(read: Sequence[ReadPack]) -> dict[int, list[Said]]:
    """By the identity of a reply: that one of a stronger scope has its code."""
    strongest: dict[str, tuple[int, str]] = {}
    replies = [reply for one in read if one.pack is not None for reply in one.pack.replies]
    for one in read:
        for reply in one.pack.replies if one.pack is not None else ():
            held = strongest.get(reply.code)
            if held is None or SCOPE_RANK[reply.scope] < held[0]:
                mark = one.marks[reply.id]
                strongest[reply.code] = (SCOPE_RANK[reply.scope], f"{mark.file}:{mark.line}")
    fix = _("That is fine when it is meant; else choose another code.")
    return {
        id(reply): [
            (Gravity.NOTE, _("hidden by the reply of the same code in {place}").format(place=place), fix)
        ]
        for reply in replies
        for rank, place in [strongest[reply.code]]
        if rank < SCOPE_RANK[reply.scope]
    }
