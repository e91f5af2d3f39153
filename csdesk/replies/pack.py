"""Where packs are found and how they become one library: personal over team over builtin.

A code is unique within a scope. Between scopes it overrides: an agent's own ``hy`` hides the one that
came with the program. What is broken is listed in ``problems`` and left out; the rest works.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csdesk import paths as places
from csdesk.i18n import _
from csdesk.model.reply import Pack, PackScope, QuickReply
from csdesk.replies.schema import ReadPack, read_pack
from csdesk.yamlsafe import Mark, Problem

FOLDER = "quick_replies"
SUFFIXES = (".yaml", ".yml")

_PACKAGE = Path(__file__).resolve().parent.parent
SCOPE_RANK = {PackScope.PERSONAL: 0, PackScope.TEAM: 1, PackScope.BUILTIN: 2}


@dataclass(frozen=True, slots=True)
class Library:
    """The replies in use, the packs they came from, and what was wrong with the files."""

    packs: tuple[Pack, ...] = ()
    replies: tuple[QuickReply, ...] = ()
    problems: tuple[Problem, ...] = ()
    by_code: Mapping[str, QuickReply] = field(default_factory=dict)

    def find_code(self, code: str) -> QuickReply | None:
        """The reply with exactly this code or alias, in any case."""
        return self.by_code.get(code.strip().lower())


def builtin_folder() -> Path:
    """The packs that come with the program: beside ``csdesk`` in a checkout, inside it in a wheel."""
    inside = _PACKAGE / FOLDER
    return inside if inside.is_dir() else _PACKAGE.parent / FOLDER


def pack_folders() -> tuple[Path, ...]:
    """Where packs are looked for: those that came with the program, then a person's own."""
    return (builtin_folder(), places.data_folder() / FOLDER)


def load_folder(paths: Iterable[Path]) -> Library:
    """A library of every pack file in ``paths`` (folders, not searched deeper, or files).

    A path that does not exist is skipped: not everyone has packs of their own. A pack that names no
    scope is builtin when it comes from :func:`builtin_folder`, else personal. Raises nothing: what
    cannot be used is in ``problems``.
    """
    read = [read_pack(path, _default_scope(path)) for path in _files(paths)]
    problems = [problem for one in read for problem in one.problems]
    kept, clashes = _without_clashes(read)
    problems += clashes
    replies = _without_hidden(kept)
    packs = tuple(one.pack for one in read if one.pack is not None)
    return Library(packs, replies, tuple(problems), _codes(replies))


def library_of(replies: Iterable[QuickReply]) -> Library:
    """A library of replies that were made elsewhere; overriding applies as for files."""
    shown = _without_hidden(list(replies))
    return Library((), shown, (), _codes(shown))


def lint(paths: Iterable[Path]) -> tuple[Problem, ...]:
    """Everything wrong in the packs at ``paths``; unlike loading, a path that is missing is wrong too."""
    chosen = list(paths)
    missing = tuple(
        Mark(str(path), 1, 1).problem(_("there is no such file or folder"), _("Check the path."))
        for path in chosen
        if not path.exists()
    )
    return missing + load_folder(chosen).problems


def pack_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The pack files in ``paths``, in the order they are read."""
    return tuple(_files(paths))


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file())
        elif path.exists():
            yield path


def _default_scope(path: Path) -> PackScope:
    is_builtin = path.resolve().parent == builtin_folder().resolve()
    return PackScope.BUILTIN if is_builtin else PackScope.PERSONAL


def _without_clashes(read: Iterable[ReadPack]) -> tuple[list[QuickReply], list[Problem]]:
    """Replies whose codes and aliases are theirs alone within a scope; the first to come keeps them."""
    owners: dict[tuple[PackScope, str], Mark] = {}
    kept: list[QuickReply] = []
    problems: list[Problem] = []
    for one in read:
        for reply in one.pack.replies if one.pack else ():
            mark = one.marks[reply.id]
            names = (reply.code, *reply.aliases)
            taken = next((name for name in names if (reply.scope, name) in owners), None)
            if taken is not None:
                problems.append(_clash(mark, taken, owners[reply.scope, taken]))
                continue
            owners.update({(reply.scope, name): mark for name in names})
            kept.append(reply)
    return kept, problems


def _clash(mark: Mark, code: str, first: Mark) -> Problem:
    place = f"{first.file}:{first.line}"
    reason = _("the code “{code}” is already taken in {place}").format(code=code, place=place)
    return mark.problem(reason, _("Choose another code: codes and aliases are unique within a scope."))


def _without_hidden(replies: list[QuickReply]) -> tuple[QuickReply, ...]:
    """Replies that no stronger scope overrides, by code or by id, in their given order."""
    strongest: dict[str, int] = {}
    for reply in replies:
        for name in (f"code {reply.code}", f"id {reply.id}"):
            strongest[name] = min(SCOPE_RANK[reply.scope], strongest.get(name, len(SCOPE_RANK)))
    return tuple(
        reply
        for reply in replies
        if SCOPE_RANK[reply.scope] <= min(strongest[f"code {reply.code}"], strongest[f"id {reply.id}"])
    )


def _codes(replies: Iterable[QuickReply]) -> dict[str, QuickReply]:
    """Replies by code and alias: a code beats an alias, a stronger scope beats a weaker one."""
    by_code: dict[str, QuickReply] = {}
    ordered = sorted(replies, key=lambda reply: SCOPE_RANK[reply.scope])
    for reply in ordered:
        by_code.setdefault(reply.code, reply)
    for reply in ordered:
        for alias in reply.aliases:
            by_code.setdefault(alias, reply)
    return by_code
