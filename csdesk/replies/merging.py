"""Replies from elsewhere against those of a pack: what an import would add, change and leave alone.

A reply is the one with the same id, else the one with the same code. What the other format cannot hold
stays as it is. Nothing here writes: a plan is shown first.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from csdesk.i18n import _
from csdesk.model.reply import PackScope, QuickReply
from csdesk.replies.codes import UNNAMED, Spell, code_from, free_code, is_code, numbered
from csdesk.replies.pack_file import Add, Change, Edit, PackFile, Remove
from csdesk.replies.schema import read_text
from csdesk.replies.written import item_lines, key_lines, pack_head, written_reply, written_slot


@dataclass(frozen=True, slots=True)
class Incoming:
    """One reply of a file: ``fields`` of a QuickReply by attribute; ``suggested`` counts for a new one; ``code``
    is as the file has it, "" when it has none."""

    line: int
    fields: Mapping[str, Any]
    suggested: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """A reply that the pack has not yet. ``code_was`` is the name its code was made of, if it is another."""

    line: int
    reply: QuickReply
    code_was: str = ""


@dataclass(frozen=True, slots=True)
class Changed:
    """A reply that the file says otherwise."""

    line: int
    before: QuickReply
    after: QuickReply

    @property
    def keys(self) -> tuple[str, ...]:
        """What differs, as a pack names it."""
        before, after = written_reply(self.before), written_reply(self.after)
        return tuple(key for key in {**before, **after} if before.get(key) != after.get(key))

    def diff(self) -> list[str]:
        """The lines that go (``-``) and come (``+``), as the pack has them, with one line around them."""
        before, after = (_lines(reply) for reply in (self.before, self.after))
        return [
            line
            for line in difflib.unified_diff(before, after, n=1, lineterm="")
            if line[:2] not in ("--", "++", "@@")
        ]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A reply that cannot be taken, and why."""

    line: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import comes to; ``absent`` are replies of the pack that the file has not."""

    added: tuple[Added, ...] = ()
    changed: tuple[Changed, ...] = ()
    unchanged: tuple[QuickReply, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    absent: tuple[QuickReply, ...] = ()

    def edits(self, *, prune: bool = False) -> list[Edit]:
        """The changes to the pack; with ``prune`` what is absent goes."""
        return [
            *(Change(each.before, each.after) for each in self.changed),
            *(Remove(reply) for reply in self.absent if prune),
            *(Add(each.reply) for each in self.added),
        ]


def plan(file: PackFile, incoming: Sequence[Incoming], taken: Collection[str], spell: Spell) -> Plan:
    """What ``incoming`` would do to ``file``. ``taken`` are codes and aliases of other packs of its scope."""
    planner = _Planner(file, taken, spell)
    for each in incoming:
        planner.take(each)
    return planner.plan()


class _Planner:
    """The plan so far, and which codes are whose."""

    def __init__(self, file: PackFile, taken: Collection[str], spell: Spell) -> None:
        self._file = file
        self._spell = spell
        self._by_id = {reply.id: reply for reply in file.replies}
        self._by_code = {reply.code: reply for reply in file.replies}
        self._owner = dict.fromkeys(taken, "") | {
            name: reply.id for reply in file.replies for name in (reply.code, *reply.aliases)
        }
        self._met: dict[str, int] = {}
        self._added: list[Added] = []
        self._changed: list[Changed] = []
        self._unchanged: list[QuickReply] = []
        self._conflicts: list[Conflict] = []

    def take(self, each: Incoming) -> None:
        """Place one reply of the file."""
        typed = each.code.strip().lower()
        exact = typed if is_code(typed) else ""
        before = self._by_id.get(each.fields.get("id", "")) or self._by_code.get(exact)
        if before is None and not exact:
            before = self._alike(each)
        if before is not None and before.id in self._met:
            reason = _("line {line} of the file has it already").format(line=self._met[before.id])
            self._conflicts.append(Conflict(each.line, before.code, reason))
        elif before is not None:
            self._place(each, before, exact or before.code)
        else:
            self._place(each, None, exact or free_code(self._stem(each), self._owner))

    def plan(self) -> Plan:
        """All of it."""
        absent = tuple(reply for reply in self._file.replies if reply.id not in self._met)
        return Plan(
            tuple(self._added), tuple(self._changed), tuple(self._unchanged), tuple(self._conflicts), absent
        )

    def _stem(self, each: Incoming) -> str:
        """What its code may be made of: the file's own, else its title."""
        names = (each.code, _title(each))
        return next(
            (code for code in (code_from(name, self._spell) for name in names if name) if code), UNNAMED
        )

    def _alike(self, each: Incoming) -> QuickReply | None:
        """The reply that an earlier import of the same made: the code it would get, numbered or not, and its title."""
        stem = self._stem(each)
        number = 1
        while (
            stem and (reply := self._by_code.get(stem if number == 1 else numbered(stem, number))) is not None
        ):
            if reply.id not in self._met and reply.title == _title(each):
                return reply
            number += 1
        return None

    def _place(self, each: Incoming, before: QuickReply | None, code: str) -> None:
        after = self._made(each, before, code)
        clash = next(
            (name for name in (code, *after.aliases) if self._owner.get(name, after.id) != after.id), None
        )
        reason = _taken(clash) if clash else _wrong(after)
        if reason:
            self._conflicts.append(Conflict(each.line, code, reason))
            if before is not None:
                self._met[before.id] = each.line
            return
        self._met[after.id] = each.line
        self._owner.update(dict.fromkeys((code, *after.aliases), after.id))
        if before is None:
            self._added.append(Added(each.line, after, each.code if each.code != code else ""))
            self._by_code[code] = after
        elif written_reply(before) != written_reply(after):
            self._changed.append(Changed(each.line, before, after))
        else:
            self._unchanged.append(before)

    def _made(self, each: Incoming, before: QuickReply | None, code: str) -> QuickReply:
        fields = {name: value for name, value in each.fields.items() if name != "id"}
        if before is not None:
            return replace(before, code=code, **fields)
        pack = self._file.read.pack
        id = each.fields.get("id") or f"{self._file.scope.value}-{code}"
        while id in self._by_id or id in self._met:
            id += "-2"
        blank = QuickReply(
            id, code, "", "", pack.id if pack else "", self._file.scope, pack.lang if pack else "en"
        )
        return replace(blank, **{**each.suggested, **fields})


def _title(each: Incoming) -> str:
    return str(each.fields.get("title") or each.suggested.get("title", ""))


def _taken(code: str) -> str:
    return _("the code “{code}” belongs to another reply").format(code=code)


def _wrong(reply: QuickReply) -> str:
    """What the schema finds wrong in ``reply`` as a pack would hold it; "" when it is in order."""
    lines = pack_head("check", "T", "en", PackScope.PERSONAL.value)
    if reply.slots:
        lines += [
            "vars:",
            *(line for slot in reply.slots for line in key_lines(slot.name, written_slot(slot), 2)),
        ]
    lines += ["replies:", *item_lines(written_reply(reply), 2)]
    read = read_text("\n".join(lines).encode("utf-8", "replace"), "", PackScope.PERSONAL)
    return f"{read.problems[0].reason}. {read.problems[0].fix}" if read.problems else ""


def _lines(reply: QuickReply) -> list[str]:
    return [line for key, value in written_reply(reply).items() for line in key_lines(key, value, 0)]
