"""Where packs are found and how they become one library: personal over team over builtin.

A code is unique within a scope. Between scopes it overrides: an agent's own ``hy`` hides the one that
came with the program. What is broken is listed in ``problems`` and left out; the rest works.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csdesk import paths as places
from csdesk.config import ReplySettings
from csdesk.i18n import _
from csdesk.model.published import TeamFile
from csdesk.model.reply import Pack, PackScope, QuickReply
from csdesk.replies.schema import ReadPack, read_pack
from csdesk.replies.team import beside_files, read_team_pack
from csdesk.yamlsafe import MOST_PROBLEMS, Mark, Problem

FOLDER = "quick_replies"

_PACKAGE = Path(__file__).resolve().parent.parent
_AS_USUAL = ReplySettings()
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


@dataclass(frozen=True, slots=True)
class PackFolder:
    """A folder of packs, and the scope of those in it that name none."""

    path: Path
    scope: PackScope


def personal_folder(settings: ReplySettings = _AS_USUAL) -> Path:
    """The folder of a person's own packs, whether or not it exists."""
    return _chosen(settings.personal_folder, places.data_folder() / FOLDER)


def team_folder(settings: ReplySettings = _AS_USUAL) -> Path:
    """The folder of the team's packs, whether or not it exists."""
    return _chosen(settings.team_folder, personal_folder(settings) / PackScope.TEAM.value)


def pack_folders(settings: ReplySettings = _AS_USUAL) -> tuple[PackFolder, ...]:
    """Where packs are looked for: those that came with the program, the team's, a person's own."""
    return (
        PackFolder(builtin_folder(), PackScope.BUILTIN),
        PackFolder(team_folder(settings), PackScope.TEAM),
        PackFolder(personal_folder(settings), PackScope.PERSONAL),
    )


def load_packs(
    folders: Iterable[PackFolder], left_out: Collection[str] = (), team: Iterable[TeamFile] = ()
) -> Library:
    """The library of the packs in ``folders``, and of those that ``team`` has through the hub. Raises nothing: what
    cannot be used is in ``problems``.

    A folder that does not exist is skipped: not everyone has packs of their own. Packs of scope team that
    are for a team in ``left_out`` are left out.
    """
    scopes: dict[Path, PackScope] = {}
    for folder in folders:  # a folder may be given twice: the first scope counts
        scopes.setdefault(folder.path, folder.scope)
    files = (one for path, scope in scopes.items() for one in _read_in(path, scope))
    return library_from(beside_files(files, map(read_team_pack, team)), left_out)


def load_folder(paths: Iterable[Path]) -> Library:
    """As :func:`load_packs`, of paths that may be files too; what names no scope is personal, unless it came
    with the program."""
    return library_from(one for path in paths for one in _read_in(path))


def library_from(read: Iterable[ReadPack], left_out: Collection[str] = ()) -> Library:
    """One library of packs that were read, in their order."""
    chosen = list(read)
    problems = [problem for one in chosen for problem in one.problems]
    shown = [one for one in chosen if not _is_for_others(one.pack, left_out)]
    kept, clashes = _without_clashes(shown)
    replies = _without_hidden(kept)
    packs = tuple(one.pack for one in shown if one.pack is not None)
    return Library(packs, replies, (*problems, *clashes), _codes(replies))


def library_of(replies: Iterable[QuickReply]) -> Library:
    """A library of replies that were made elsewhere; overriding applies as for files."""
    shown = _without_hidden(list(replies))
    return Library((), shown, (), _codes(shown))


def lint(paths: Iterable[Path], folders: Iterable[PackFolder] = ()) -> tuple[Problem, ...]:
    """Everything that the schema refuses in the packs at ``paths``; see :func:`read_packs`."""
    return library_from(read_packs(paths, folders)).problems


def read_packs(paths: Iterable[Path], folders: Iterable[PackFolder] = ()) -> tuple[ReadPack, ...]:
    """The packs at ``paths`` (folders or files), each of the scope that it has in one of ``folders``; unlike
    loading, a path that is missing is a problem too."""
    known = tuple(folders)
    return tuple(
        one
        for path in paths
        for one in (_read_in(path, folders=known) if places.is_there(path) else [_missing(path)])
    )


def _missing(path: Path) -> ReadPack:
    start = Mark(str(path), 1, 1)
    return ReadPack(None, (start.problem(_("there is no such file or folder"), _("Check the path.")),), {})


def pack_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The pack files in ``paths`` (folders, not searched deeper, or files), in the order they are read.

    Raises OSError where one cannot be looked at.
    """
    return tuple(file for path in paths for file in places.data_files(path))


def scope_of(path: Path, folders: Iterable[PackFolder] = ()) -> PackScope:
    """The scope of a file that names none: that of the folder it lies in, else personal."""
    lies_in = path.resolve().parent
    known = (*folders, PackFolder(builtin_folder(), PackScope.BUILTIN))
    return next((folder.scope for folder in known if folder.path.resolve() == lies_in), PackScope.PERSONAL)


def _read_in(
    path: Path, scope: PackScope | None = None, folders: Iterable[PackFolder] = ()
) -> Iterable[ReadPack]:
    """The packs in a folder or file; without ``scope`` each has the one of its folder."""
    try:
        files = pack_files([path])
    except OSError as error:
        reason = _("the folder cannot be read ({reason})").format(reason=error.strerror)
        problem = Mark(str(path), 1, 1).problem(reason, _("Check the path and its permissions."))
        return [ReadPack(None, (problem,), {})]
    return [read_pack(file, scope or scope_of(file, folders)) for file in files]


def _chosen(setting: str, usual: Path) -> Path:
    return places.expanded(setting) if setting.strip() else usual


def _is_for_others(pack: Pack | None, left_out: Collection[str]) -> bool:
    return pack is not None and pack.scope is PackScope.TEAM and pack.team in left_out


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
                if len(problems) < MOST_PROBLEMS:
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
    if len({reply.scope for reply in replies}) < 2:
        return tuple(replies)
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
