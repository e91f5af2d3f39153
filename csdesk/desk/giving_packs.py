"""What a lead could give the team, and what the team has: packs beside the files they are made from, and what publishing
one would change."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from csdesk.desk import comparing_packs, publishing
from csdesk.desk.comparing_packs import Difference
from csdesk.desk.context import Desk
from csdesk.desk.publishing import Manuscript
from csdesk.errors import CsdeskError, NotFound, Refused
from csdesk.etiquette import ruleset
from csdesk.i18n import _
from csdesk.model.published import Thing, Version, digest_of
from csdesk.model.reply import PackScope
from csdesk.paths import data_files
from csdesk.replies.pack import load_packs, pack_folders


@dataclass(frozen=True, slots=True)
class TeamPack:
    """A pack that the team has (``current``), that lies in a file here (``path``), or both. ``is_other`` when the file
    says something else than the team has."""

    thing: Thing
    name: str
    title: str
    current: Version | None = None
    path: Path | None = None
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A version to be published upon ``before`` (None: the first): ``number`` is what it would be, ``lines`` what goes
    (``-``) and comes (``+``)."""

    given: Manuscript
    before: Version | None
    number: int
    changes: Difference
    lines: list[str]
    note: str = ""


def packs(desk: Desk) -> list[TeamPack]:
    """All of them: quick replies first, by name. Reads files: for a thread."""
    found = {
        (thing, each.name): _published(each) for thing in Thing for each in publishing.packs(desk, thing)
    }
    for thing, name, title, path in _files(desk):
        has = found.get((thing, name))
        current = has.current if has else None
        found[thing, name] = TeamPack(thing, name, title, current, path, _is_other(current, path))
    return sorted(found.values(), key=lambda each: (each.thing is not Thing.REPLIES, each.name))


def _published(each: Version) -> TeamPack:
    return TeamPack(Thing(each.thing), each.name, each.title or each.name, each)


def _files(desk: Desk) -> list[tuple[Thing, str, str, Path]]:
    """What lies in the person's own folders and the team's: packs of quick replies by their id, rules by their file's
    name."""
    folders = [each for each in pack_folders(desk.settings.replies) if each.scope is not PackScope.BUILTIN]
    found = [(Thing.REPLIES, each.id, each.title, Path(each.path)) for each in load_packs(folders).packs]
    with suppress(OSError):
        rules = data_files(ruleset.own_folder())
        found += [(Thing.ETIQUETTE, path.stem, path.stem, path) for path in rules]
    return found


def _is_other(current: Version | None, path: Path) -> bool:
    if current is None:
        return True
    try:
        return digest_of(publishing.text_of_file(path)) != current.digest
    except CsdeskError:
        return True


def proposal(desk: Desk, pack: TeamPack) -> Proposal:
    """What publishing the file of ``pack`` would change. Raises Refused unless this is a lead's desk, when there is no
    file, when anything is wrong in it, and when the team has exactly this."""
    publishing.need_lead(desk)
    if pack.path is None:
        raise NotFound(
            "team.no_own_file",
            _("No file here holds the pack {name}, so there is nothing to publish.").format(name=pack.name),
            _("Put it into your own folder or the team's; an earlier version can be published again."),
        )
    named = pack.name if pack.thing is Thing.ETIQUETTE else ""
    return _proposed(desk, publishing.manuscript(pack.thing, pack.path, named))


def proposal_of(desk: Desk, name: str) -> Proposal:
    """As ``proposal``, for the pack of quick replies with the id ``name``."""
    named = TeamPack(Thing.REPLIES, name, name, path=publishing.own_file(desk, name))
    return proposal(desk, named)


def again(desk: Desk, version: Version) -> Proposal:
    """What publishing an earlier version again would change. Raises as ``publishing.publish_again``."""
    publishing.need_lead(desk)
    given = publishing.earlier(desk, Thing(version.thing), version.name, version.number)
    return _proposed(desk, given, _("version {number} again").format(number=version.number))


def _proposed(desk: Desk, given: Manuscript, note: str = "") -> Proposal:
    held = publishing.held(desk, given.thing, given.name)
    last = held[0] if held else None
    if last is not None and last.digest == digest_of(given.text):
        raise publishing.same(last)
    before = publishing.text(desk, last) if last is not None else ""
    changes = comparing_packs.difference(given.thing, before, given.text)
    number = last.number + 1 if last is not None else 1
    return Proposal(given, last, number, changes, comparing_packs.lines(before, given.text), note)


def publish(desk: Desk, wanted: Proposal, note: str) -> Version:
    """Publish what was proposed. Raises as ``publishing.publish``, and Refused when the team has another version by now
    than the one it was compared with."""
    held = publishing.held(desk, wanted.given.thing, wanted.given.name)
    if (held[0].dot if held else None) != (wanted.before.dot if wanted.before else None):
        raise Refused(
            "team.moved_on",
            _("Version {number} of {name} came meanwhile: nothing was published.").format(
                number=held[0].number, name=wanted.given.name
            ),
            _("Look at what changes now, then publish."),
        )
    return publishing.publish(desk, wanted.given, note or wanted.note)


def changed_by(desk: Desk, version: Version) -> tuple[Difference, list[str]]:
    """What a version changed beside the one before it."""
    thing = Thing(version.thing)
    held = publishing.versions(desk, thing, version.name)
    before = next((publishing.text(desk, each) for each in held if each.number == version.number - 1), "")
    after = publishing.text(desk, version)
    return comparing_packs.difference(thing, before, after), comparing_packs.lines(before, after)
