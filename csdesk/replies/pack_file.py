"""A pack file that is changed by the program: read, changed as text, read again, and only then replaced.

A pack belongs to the person who may have it open in an editor. So a change touches only the lines of its
reply (:mod:`csdesk.replies.splicing`), what comes out must say exactly what was asked for and nothing else,
and a file that is not as it was read is left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from csdesk.errors import CsdeskError, NotFound, Refused
from csdesk.i18n import _
from csdesk.model.reply import PackScope, QuickReply, Slot
from csdesk.replies.pack import PackFolder, pack_files
from csdesk.replies.schema import ReadPack, read_text
from csdesk.replies.splicing import Splicer, by_hand
from csdesk.replies.written import pack_head, written_reply, written_slot
from csdesk.whole_file import write_whole
from csdesk.yamlsafe import MAX_BYTES, Mark, YamlError

CHANGED_MEANWHILE = "replies.changed_meanwhile"
"""The code of the refusal to write over what somebody else wrote."""


@dataclass(frozen=True, slots=True)
class Add:
    """Put ``reply`` behind the others."""

    reply: QuickReply


@dataclass(frozen=True, slots=True)
class Change:
    """Let the reply with the id of ``before`` say what ``after`` says."""

    before: QuickReply
    after: QuickReply


@dataclass(frozen=True, slots=True)
class Remove:
    """Take ``reply`` out."""

    reply: QuickReply


@dataclass(frozen=True, slots=True)
class Describe:
    """Let the slot of that name say what ``slot`` says, for every reply of the pack; declare it where it is new."""

    slot: Slot


@dataclass(frozen=True, slots=True)
class Forget:
    """Take the slot ``name`` out of the pack, unless a reply still asks for it."""

    name: str


Edit = Add | Change | Remove | Describe | Forget


@dataclass(frozen=True, slots=True)
class PackFile:
    """A pack file as it was read; one that does not exist yet has the text of an empty pack."""

    path: Path
    scope: PackScope
    text: str
    digest: str
    """Of the bytes that were read; empty when there was no file."""
    read: ReadPack

    @property
    def replies(self) -> tuple[QuickReply, ...]:
        """The replies that are in order."""
        return self.read.pack.replies if self.read.pack else ()


def pack_path(folder: PackFolder) -> Path:
    """The file that new replies of a scope go to: ``personal.yaml`` or ``team.yaml`` in its ``folder``; where
    it is missing, the first pack of that scope there is. Raises CsdeskError when the folder cannot be read."""
    usual = folder.path / f"{folder.scope.value}.yaml"
    if usual.exists():
        return usual
    try:
        files = pack_files([folder.path])
    except OSError as error:
        raise _unreadable(folder.path, error) from error
    for path in files:
        pack = read_text(_bytes(path) or b"", str(path), folder.scope).pack
        if pack is not None and pack.scope is folder.scope:
            return path
    return usual


def open_pack(path: Path, scope: PackScope, lang: str = "zh-CN") -> PackFile:
    """The pack at ``path``, of ``scope`` where it names none; an empty one in ``lang`` when there is no such file.

    Raises CsdeskError when the file cannot be read, or is not a pack.
    """
    raw = _bytes(path)
    if raw is None:
        text = "\n".join([*_new_pack(scope, lang), "replies: []", ""])
        return PackFile(path, scope, text, "", read_text(text.encode(), str(path), scope))
    read = read_text(raw, str(path), scope)
    if read.pack is None:
        problem = read.problems[0]
        raise Refused("replies.broken_pack", str(problem), problem.fix)
    return PackFile(path, scope, raw.decode("utf-8"), _digest(raw), read)


def edited(file: PackFile, edits: Sequence[Edit]) -> PackFile:
    """``file`` as it reads after ``edits``; nothing is written. Raises Refused, NotFound or YamlError."""
    splicer = Splicer(file.text, str(file.path))
    places = _places(file, splicer)
    wanted = {reply.id: reply for reply in file.replies}
    inside = [(_place(file, places, edit), edit) for edit in edits if isinstance(edit, Change | Remove)]
    for place, edit in sorted(inside, key=lambda pair: -pair[0]):
        if isinstance(edit, Remove):
            splicer.remove(place)
            del wanted[edit.reply.id]
        else:
            _change(splicer, place, edit)
            wanted[edit.before.id] = edit.after
    added = [edit.reply for edit in edits if isinstance(edit, Add)]
    if added:
        splicer.add([written_reply(reply) for reply in added])
    said = [*wanted.values(), *added]
    slots = _with_slots(splicer, file, said, edits)
    return _checked(file, splicer.text, said, slots)


def save(file: PackFile) -> PackFile:
    """Write ``file``, which :func:`edited` made, to its path; as it stands there now.

    Raises Refused when the file on disk is no longer the one that was read, CsdeskError when it cannot be
    written. The old file stands until the new one is whole.
    """
    return replace(file, digest=put(file.path, file.text, file.digest))


def put(path: Path, text: str, digest: str) -> str:
    """Write ``text`` to ``path`` while the file there has ``digest`` (empty: there is none); its digest then.

    Raises as :func:`save`.
    """
    if _digest_of(path) != digest:
        raise Refused(
            CHANGED_MEANWHILE,
            _("{file} was changed meanwhile by somebody else.").format(file=path),
            _("Read it again, and make your change once more."),
        )
    raw = text.encode("utf-8")
    try:
        write_whole(path, raw)
    except OSError as error:
        raise CsdeskError(
            "replies.unwritable",
            _("{file} cannot be written: {reason}.").format(file=path, reason=error.strerror),
            _("Check the folder, or name another with CSDESK_DATA_DIR."),
        ) from error
    return _digest(raw)


def _change(splicer: Splicer, place: int, edit: Change) -> None:
    """The id is written only where it has to be: where it no longer follows from the code."""
    before, after = written_reply(edit.before), written_reply(edit.after)
    if "id" not in splicer.keys_at(place):
        del before["id"]
        if edit.before.code == edit.after.code:
            del after["id"]
    splicer.change(place, before, after)


def _with_slots(
    splicer: Splicer, file: PackFile, replies: Iterable[QuickReply], edits: Iterable[Edit]
) -> Iterable[Slot]:
    """Write what ``edits`` say of slots, and declare those that ``replies`` ask for and the pack does not know;
    what it knows stays as it is. The slots that there are now."""
    known: dict[str, Slot] = {slot.name: slot for slot in (file.read.pack.slots if file.read.pack else ())}
    asked = {slot.name: slot for reply in replies for slot in reply.slots}
    for edit in edits:
        if isinstance(edit, Forget) and edit.name in known and edit.name not in asked:
            del known[edit.name]
            splicer.undeclare(edit.name)
        elif isinstance(edit, Describe):
            _describe(splicer, known.get(edit.slot.name), edit.slot)
            known[edit.slot.name] = edit.slot
    for slot in asked.values():
        if slot.name not in known:
            splicer.declare(slot.name, written_slot(slot))
            known[slot.name] = slot
    return known.values()


def _describe(splicer: Splicer, held: Slot | None, slot: Slot) -> None:
    """A key is written only where it says something new; a kind that is written stays written."""
    if held is None:
        splicer.declare(slot.name, written_slot(slot))
        return
    keys = splicer.slot_keys(slot.name)
    before, after = written_slot(held), written_slot(slot)
    if "type" in keys:
        before["type"], after["type"] = held.kind, slot.kind
    told = {key: value for key, value in after.items() if key in keys or before.get(key) != value}
    splicer.describe(slot.name, before, told)


def _places(file: PackFile, splicer: Splicer) -> dict[str, int]:
    """The place of each reply in the file, by id; broken ones hold a place too."""
    found = {id: splicer.place_at(mark.line - 1) for id, mark in file.read.marks.items()}
    return {id: place for id, place in found.items() if place is not None}


def _place(file: PackFile, places: Mapping[str, int], edit: Change | Remove) -> int:
    target = edit.before if isinstance(edit, Change) else edit.reply
    if target.id not in places:
        raise NotFound(
            "replies.not_in_pack",
            _("{file} has no reply {code} any more.").format(file=file.path, code=target.code),
            _("Read it again: somebody else may have moved or deleted it."),
        )
    return places[target.id]


def _checked(file: PackFile, text: str, wanted: Sequence[QuickReply], slots: Iterable[Slot]) -> PackFile:
    """The file that ``text`` makes, when it says exactly ``wanted`` and ``slots``. Raises Refused, or YamlError."""
    raw = text.encode("utf-8")
    if len(raw) > MAX_BYTES:
        start = Mark(str(file.path), 1, 1)
        reason = _("the file would be larger than {limit} KiB").format(limit=MAX_BYTES // 1024)
        raise YamlError(start.problem(reason, _("Split it into several files.")))
    read = read_text(raw, str(file.path), file.scope)
    new = [each for each in read.problems if each.reason not in {old.reason for old in file.read.problems}]
    if new:
        raise Refused("replies.not_valid", str(new[0]), new[0].fix)
    said = [written_reply(reply) for reply in read.pack.replies] if read.pack else []
    declared = {slot.name: slot for slot in read.pack.slots} if read.pack else {}
    if said != [written_reply(reply) for reply in wanted] or declared != {slot.name: slot for slot in slots}:
        raise by_hand(str(file.path))
    return replace(file, text=text, read=read)


def _new_pack(scope: PackScope, lang: str) -> list[str]:
    title = _("My quick replies") if scope is PackScope.PERSONAL else _("Quick replies of the team")
    return pack_head(
        scope.value,
        title,
        lang,
        scope.value,
        [_("You may edit this file by hand; csdesk reads it again by itself.")],
    )


def _bytes(path: Path) -> bytes | None:
    """What the file holds, a little more than a pack may; None when there is no such file."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> CsdeskError:
    return CsdeskError(
        "replies.unreadable",
        _("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror),
        _("Check the path and its permissions."),
    )


def _digest_of(path: Path) -> str:
    raw = _bytes(path)
    return "" if raw is None else _digest(raw)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
