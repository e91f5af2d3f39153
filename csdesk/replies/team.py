"""Packs that the team gets through the hub: read as files are, always of scope team, and whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from csdesk.i18n import _
from csdesk.model.published import TeamFile
from csdesk.model.reply import PackScope
from csdesk.replies.schema import ReadPack, read_text
from csdesk.yamlsafe import Mark


def read_team_pack(file: TeamFile) -> ReadPack:
    """The newest version of a pack that can be read without a problem, with the problems of the newest of all.

    A version that a newer csdesk wrote, or that was never right, is no part of it: the one before stays in use.
    """

    def read(text: str, place: str) -> ReadPack:
        return _read(text, place, file.name)

    tried = file.tried(read, _is_whole)
    if not tried:
        return ReadPack(None, (), {})
    newest, last = tried[0], tried[-1]
    return (
        replace(last, problems=newest.problems) if _is_whole(last) else replace(newest, pack=None, marks={})
    )


def read_version(text: str, place: str = "") -> ReadPack:
    """The pack in the text of one version; ``place`` is what its problems call it."""
    read = read_text(text.encode("utf-8", "replace"), place, PackScope.TEAM)
    if read.pack is None:
        return read
    replies = tuple(replace(reply, scope=PackScope.TEAM) for reply in read.pack.replies)
    return replace(read, pack=replace(read.pack, scope=PackScope.TEAM, replies=replies))


def _read(text: str, place: str, name: str) -> ReadPack:
    read = read_version(text, place)
    if read.pack is None or read.pack.id == name:
        return read
    reason = _("the pack calls itself “{id}”, and was published as “{name}”").format(
        id=read.pack.id, name=name
    )
    return ReadPack(None, (Mark(place, 1, 1).problem(reason, _("Publish it again under its own id.")),), {})


def _is_whole(read: ReadPack) -> bool:
    return read.pack is not None and not read.problems


def beside_files(files: Iterable[ReadPack], team: Iterable[ReadPack]) -> list[ReadPack]:
    """Packs of ``files`` and those of the hub together. Of a pack of the team that both have, the hub's is the one
    that everybody has; it comes before what only lies in a folder, so of two that want one code it gets it."""
    theirs = list(team)
    known = {each.pack.id for each in theirs if each.pack is not None}
    first, rest = [], []
    for each in files:
        scope = each.pack.scope if each.pack is not None else None
        if scope is PackScope.BUILTIN:
            first.append(each)
        elif scope is not PackScope.TEAM or each.pack is None or each.pack.id not in known:
            rest.append(each)
    return [*first, *theirs, *rest]
