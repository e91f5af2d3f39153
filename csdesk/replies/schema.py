"""One pack file to a :class:`~csdesk.model.reply.Pack`: schema ``csdesk.pack/1``.

Every problem of a file is reported with its place, not only the first. A reply with a problem is left
out and the others are used; a file whose head is wrong is left out whole. Codes are what an agent
types, so they are short ASCII; ids are what an import updates by, so they last.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping as Table
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from csdesk import template
from csdesk.i18n import _
from csdesk.ids import derived_uid
from csdesk.model.conversation import Stage, Tier
from csdesk.model.reply import Pack, PackScope, QuickReply, Slot
from csdesk.replies.schema_parts import MAX_TITLE, matching, read_actions, read_slots, read_validity, several
from csdesk.text import clean
from csdesk.yamlsafe import (
    Fields,
    Mapping,
    Mark,
    Node,
    Problem,
    Problems,
    Scalar,
    Sequence,
    TooManyProblems,
    YamlError,
    load,
    loads,
)

SCHEMA = "csdesk.pack/1"
MAX_REPLIES = 2000
MAX_BODY = 2000

ANY_STAGE = "any"
STAGES = (*(stage.value for stage in Stage), ANY_STAGE)
CHANNELS = ("chat", "email")

KNOWN_PATHS = (
    template.CURSOR,
    "contact.name",
    "contact.tier",
    "contact.email",
    "contact.phone",
    "agent.name",
    "conversation.ref",
    "conversation.stage",
    "shop.name",
    "time.greeting",
)
OPEN_FAMILY = "order."
"""``order.number``, ``order.carrier`` ...: what a shop knows of an order differs, so any name is a slot."""

_CODE = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_LANG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class ReadPack:
    """A file as it was read. ``pack`` is None when its head is wrong; ``marks`` tells, by reply id, where
    the code stands."""

    pack: Pack | None
    problems: tuple[Problem, ...]
    marks: Table[str, Mark]


@dataclass(frozen=True, slots=True)
class _Head:
    id: str
    title: str
    lang: str
    scope: PackScope
    team: str
    version: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """Replies without a problem, and by id where the code of each stands."""

    replies: list[QuickReply] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)


def read_pack(path: Path, default_scope: PackScope) -> ReadPack:
    """The pack in the file at ``path``; ``default_scope`` counts where the file names none."""
    try:
        root = load(path)
    except YamlError as error:
        return ReadPack(None, (error.problem,), {})
    return _read_cleaned(root, str(path), default_scope)


def read_text(text: bytes, path: str, default_scope: PackScope) -> ReadPack:
    """The pack in ``text``, as it would be read from the file ``path``."""
    try:
        root = loads(text, path)
    except YamlError as error:
        return ReadPack(None, (error.problem,), {})
    return _read_cleaned(root, path, default_scope)


def _read_cleaned(root: Node, path: str, default_scope: PackScope) -> ReadPack:
    _clean_texts(root)
    return read_tree(root, path, default_scope)


def read_tree(root: Node, path: str, default_scope: PackScope) -> ReadPack:
    """The pack in the tree ``root`` that was read from ``path``."""
    problems = Problems()
    head: _Head | None = None
    slots: dict[str, Slot] = {}
    kept = _Kept()
    is_headed = False
    with suppress(TooManyProblems):
        top = Fields(root, problems)
        head = _read_head(top, default_scope) if isinstance(root, Mapping) else None
        slots = read_slots(top)
        is_headed = not problems
        _read_replies(top, head, slots, kept)
        top.finish()
    if head is None or not is_headed:
        return ReadPack(None, _in_order(problems), {})
    pack = Pack(
        id=head.id,
        title=head.title,
        lang=head.lang,
        scope=head.scope,
        version=head.version,
        path=path,
        replies=tuple(kept.replies),
        slots=tuple(slots.values()),
        team=head.team,
    )
    return ReadPack(pack, _in_order(problems), kept.marks)


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def _clean_texts(root: Node) -> None:
    """Make stand-ins of the control characters that quoted escapes can carry past the YAML reader."""
    waiting, texts = [root], []
    while waiting:
        node = waiting.pop()
        if type(node) is Scalar:
            texts.append(node)
        elif isinstance(node, Mapping):
            waiting.extend(node.items.values())
        elif isinstance(node, Sequence):
            waiting.extend(node.items)
    whole = "\n".join([node.text for node in texts])
    if clean(whole) != whole:  # all at once, since hardly ever there is one
        for node in texts:
            node.text = clean(node.text)


def _read_head(top: Fields, default_scope: PackScope) -> _Head | None:
    if top.text("schema", is_required=True) not in (SCHEMA, ""):
        top.complain(
            "schema", _("this schema is not known"), _("Write “schema: {name}”.").format(name=SCHEMA)
        )
    about = top.fields("pack")
    if about is None:
        top.complain(
            "pack", _("“{key}” is missing").format(key="pack"), _("Add “pack:” with id, title and lang.")
        )
        return None
    scopes = [scope.value for scope in PackScope]
    head = _Head(
        id=matching(about, "id", _ID, _("letters, digits, . _ : and -")),
        title=about.text("title", is_required=True, longest=MAX_TITLE),
        lang=matching(about, "lang", _LANG, "zh-CN, en"),
        scope=PackScope(about.choice("scope", scopes, default_scope.value)),
        team=about.text("team"),
        version=about.integer("version", 1),
    )
    about.finish()
    return head


def _read_replies(top: Fields, head: _Head | None, slots: Table[str, Slot], kept: _Kept) -> None:
    head = head or _Head("", "", "", PackScope.PERSONAL, "", 1)
    for number, node in enumerate(top.entries("replies"), 1):
        if number > MAX_REPLIES:
            reason = _("a pack holds {limit} replies at most").format(limit=MAX_REPLIES)
            top.problems.append(node.mark.problem(reason, _("Move the rest to another file.")))
            break
        before = len(top.problems)
        fields = Fields(node, top.problems)
        reply = _read_reply(fields, head, slots)
        if reply.id in kept.marks and len(top.problems) == before:
            reason = _("the id “{id}” is already used in line {line}").format(
                id=reply.id, line=kept.marks[reply.id].line
            )
            fields.complain("id", reason, _("Give this reply an id of its own."))
        if len(top.problems) == before:
            kept.replies.append(reply)
            kept.marks[reply.id] = fields.mark_of("code")


def _read_reply(fields: Fields, head: _Head, slots: Table[str, Slot]) -> QuickReply:
    code = _read_code(fields)
    body = fields.text("body", is_required=True, longest=MAX_BODY)
    variants = fields.texts("variants", most=10, longest=MAX_BODY)
    fallback = fields.text("fallback", longest=MAX_BODY)
    subject = fields.text("subject")
    used = _checked_paths(fields, "body", body, slots)
    for variant in variants:
        used += _checked_paths(fields, "variants", variant, slots)
    used += _checked_paths(fields, "fallback", fallback, slots)
    used += _checked_paths(fields, "subject", subject, slots)
    reply = QuickReply(
        id=_read_id(fields, head.id, code),
        code=code,
        title=_read_title(fields),
        body=body.rstrip("\n"),
        pack=head.id,
        scope=head.scope,
        lang=head.lang,
        aliases=_read_aliases(fields, code),
        folder=fields.text("folder"),
        tags=fields.texts("tags", longest=40),
        stage=fields.choice("stage", STAGES, ANY_STAGE),
        tier=several(fields, "tier", [tier.value for tier in Tier]),
        channels=several(fields, "channels", CHANNELS),
        note=fields.text("note", longest=MAX_BODY),
        slots=tuple(slots[name] for name in dict.fromkeys(used) if name in slots),
        subject=subject,
        variants=tuple(variant.rstrip("\n") for variant in variants),
        fallback=fallback.rstrip("\n"),
        valid=read_validity(fields.fields("valid")),
        actions=read_actions(fields),
        source=fields.text("source"),
        is_etiquette_checked=_read_etiquette(fields.fields("etiquette")),
    )
    fields.finish()
    return reply


def _read_code(fields: Fields) -> str:
    return matching(fields, "code", _CODE, _("small letters and digits, such as yh or ship-late"))


def _read_aliases(fields: Fields, code: str) -> tuple[str, ...]:
    aliases = fields.texts("aliases", most=10, longest=32)
    for alias in aliases:
        if not _CODE.fullmatch(alias) or alias == code:
            reason = _("“{text}” is no good alias").format(text=alias[:40])
            fields.complain("aliases", reason, _("Use small letters and digits, other than the code."))
    return aliases


def _read_id(fields: Fields, pack: str, code: str) -> str:
    """The id as written. Without one it follows from pack and code: it lasts while those do."""
    if fields.has("id"):
        return matching(fields, "id", _ID, _("letters, digits, . _ : and -"))
    fields.text("id")
    digits = derived_uid("reply", pack, code).hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _read_title(fields: Fields) -> str:
    title = fields.text("title", is_required=True, longest=MAX_TITLE)
    if "\n" in title.strip():
        fields.complain(
            "title", _("“{key}” should be one line").format(key="title"), _("Write it in one line.")
        )
    return title.strip()


def _checked_paths(fields: Fields, key: str, text: str, slots: Table[str, Slot]) -> list[str]:
    if template.OPENING not in text:
        return []
    try:
        paths = [part.path for part in template.placeholders(text)]
    except template.TemplateError as error:
        fields.complain(key, error.sentence, error.hint)
        return []
    for path in paths:
        if path in KNOWN_PATHS or path in slots or path.startswith(OPEN_FAMILY):
            continue
        near = difflib.get_close_matches(path, [*KNOWN_PATHS, *slots], n=1, cutoff=0.5)
        fix = (
            _("Did you mean “{name}”?").format(name=near[0])
            if near
            else _("Declare it under vars, or use one of: {names}.").format(names=", ".join(KNOWN_PATHS))
        )
        fields.complain(key, _("“{path}” is not a known placeholder").format(path=path[:60]), fix)
    return paths


def _read_etiquette(fields: Fields | None) -> bool:
    if fields is None:
        return False
    is_checked = fields.flag("checked", False)
    fields.finish()
    return is_checked
