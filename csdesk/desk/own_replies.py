"""Quick replies that an agent keeps, changes, moves and deletes: edits of the person's own packs.

A pack is a file that a person may edit too, so every change names the file it was made from and is refused
when that is another by now. What comes with the program or belongs to the team is not changed here: editing
it makes a personal reply of the same code, which hides it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from csdesk.desk import reply_undo
from csdesk.desk.context import Desk
from csdesk.desk.learning import with_placeholder
from csdesk.desk.reply_undo import Deed, Done
from csdesk.errors import Refused
from csdesk.i18n import _, language
from csdesk.ids import new_uid
from csdesk.model.reply import PackScope, QuickReply, Slot
from csdesk.replies.codes import Spell, code_from, free_code
from csdesk.replies.pack import PackFolder, load_packs, pack_folders
from csdesk.replies.pack_file import (
    Add,
    Change,
    Describe,
    Edit,
    Forget,
    PackFile,
    Remove,
    edited,
    open_pack,
    pack_path,
    save,
)
from csdesk.replies.titles import title_of_body


@dataclass(frozen=True, slots=True)
class Kept:
    """A change that was written: the pack as it was, and as it is."""

    before: PackFile
    after: PackFile


def home(desk: Desk) -> PackFile:
    """The pack that new replies of this person go to. Raises CsdeskError when it cannot be read."""
    folder = _folder(desk)
    return open_pack(pack_path(folder), folder.scope, language().replace("_", "-"))


def pack_of(desk: Desk, reply: QuickReply) -> PackFile | None:
    """The person's own pack that holds ``reply``; None when it belongs to the team or the program."""
    if reply.scope is not PackScope.PERSONAL:
        return None
    for pack in load_packs([_folder(desk)]).packs:
        if any(each.id == reply.id for each in pack.replies):
            return open_pack(Path(pack.path), PackScope.PERSONAL)
    return None


def suggestion(text: str, contact_name: str, taken: Collection[str], spell: Spell, now_ms: int) -> QuickReply:
    """A sent message as a new personal reply; the customer's name becomes ``{{contact.name}}``."""
    return from_body(with_placeholder(text, contact_name), taken, spell, now_ms)


def from_body(body: str, taken: Collection[str], spell: Spell, now_ms: int) -> QuickReply:
    """A body as a new personal reply: its first words as title, and a free code made of them."""
    title = title_of_body(body)
    return blank(now_ms, code=free_code(code_from(title, spell), taken), title=title, body=body)


def blank(now_ms: int, **said: str) -> QuickReply:
    """A new personal reply with an id of its own."""
    empty = QuickReply(
        str(uuid.UUID(bytes=new_uid(now_ms))),
        "",
        "",
        "",
        PackScope.PERSONAL.value,
        PackScope.PERSONAL,
        language(),
    )
    return replace(empty, **said)  # type: ignore[arg-type]  # texts only


def copy_of(reply: QuickReply, taken: Collection[str], now_ms: int) -> QuickReply:
    """``reply`` once more, under a free code."""
    fresh = blank(now_ms)
    return replace(
        reply, id=fresh.id, pack=fresh.pack, scope=fresh.scope, code=free_code(reply.code, taken), aliases=()
    )


def keep(
    desk: Desk,
    file: PackFile,
    reply: QuickReply,
    before: QuickReply | None = None,
    described: Collection[Slot] = (),
) -> Kept:
    """Write ``reply`` into ``file``: in the place of ``before``, or as a new one.

    ``described`` are slots that say something else than the pack did: for every reply that asks for them. A
    slot that only ``before`` asked for goes with what is written now.

    Raises Refused when the schema or another reply is against it, or the file changed meanwhile.
    """
    others = {
        name
        for each in _own(desk)
        if each.id not in (reply.id, before.id if before else "")
        for name in (each.code, *each.aliases)
    }
    if reply.code in others:
        raise Refused(
            "replies.code_taken",
            _("The code “{code}” belongs to another reply of yours.").format(code=reply.code),
            _("Choose another code."),
        )
    alias = next((alias for alias in reply.aliases if alias in others), None)
    if alias is not None:
        raise Refused(
            "replies.alias_taken",
            _("The code “{code}” belongs to another reply of yours.").format(code=alias),
            _("Choose another alias."),
        )
    gone = {slot.name for slot in before.slots} - {slot.name for slot in reply.slots} if before else set()
    edits: list[Edit] = [Add(reply) if before is None else Change(before, reply)]
    edits += [Describe(slot) for slot in described]
    edits += [Forget(name) for name in sorted(gone)]
    return _written(desk, file, edits, Deed.CHANGED if before else Deed.ADDED, reply.code)


def asking_for(file: PackFile, name: str, besides: str) -> tuple[str, ...]:
    """The codes of the replies in ``file`` that ask for the slot ``name``, ``besides`` the one of that id."""
    return tuple(
        each.code
        for each in file.replies
        if each.id != besides and any(slot.name == name for slot in each.slots)
    )


def remove(desk: Desk, file: PackFile, reply: QuickReply) -> Kept:
    """Take ``reply`` out of ``file``. Raises Refused when the file changed meanwhile."""
    return _written(desk, file, [Remove(reply)], Deed.DELETED, reply.code)


def take_back(desk: Desk) -> Done | None:
    """Undo the last change to a pack of one's own, to the letter; None when there is none to undo.

    Raises Refused when the pack was changed otherwise since.
    """
    return reply_undo.take_back(_folder(desk).path)


def _written(desk: Desk, file: PackFile, edits: Sequence[Edit], deed: Deed, code: str) -> Kept:
    after = save(edited(file, edits))
    reply_undo.remember(Done(deed, code, desk.now_ms(), str(after.path), file.text, after.digest))
    return Kept(file, after)


def _own(desk: Desk) -> list[QuickReply]:
    return [reply for pack in load_packs([_folder(desk)]).packs for reply in pack.replies]


def _folder(desk: Desk) -> PackFolder:
    folders = pack_folders(desk.settings.replies)
    return next(folder for folder in folders if folder.scope is PackScope.PERSONAL)
