"""Packs that a lead gives the team: published, published again as they were, retired, and their history.

A pack is checked as strictly as a file before it leaves: what one desk cannot read, none could.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError, NotFound, Refused
from csdesk.etiquette import schema as rules_schema
from csdesk.i18n import N_, _
from csdesk.model.operation import Kind
from csdesk.model.published import MOST_BYTES, Thing, Version, digest_of, is_name
from csdesk.model.reply import PackScope
from csdesk.replies.pack import load_packs, pack_folders
from csdesk.replies.team import read_version
from csdesk.store import hub, published
from csdesk.store.apply.published import pack_uid
from csdesk.store.writer import Transaction
from csdesk.text import clean, clean_line
from csdesk.yamlsafe import Problem

LEAD: Final = "lead"


@dataclass(frozen=True, slots=True)
class Manuscript:
    """What is to be published: under which name, and its text as everybody will have it."""

    thing: Thing
    name: str
    title: str
    text: str


def manuscript(thing: Thing, path: Path, name: str = "") -> Manuscript:
    """The pack in the file at ``path``; rules are called ``name``, else as the file is.

    Raises CsdeskError when the file cannot be read, and Refused when anything is wrong in it.
    """
    text = text_of_file(path)
    id, title, problems = _READERS[thing](text, str(path))
    if problems:
        raise Refused(
            "team.not_valid",
            _("{problem} Nothing was published.").format(problem=_sentence(problems[0])),
            problems[0].fix,
        )
    named = name or id or path.stem
    if not is_name(named):
        raise Refused(
            "team.name",
            _("“{name}” is no good name for a pack.").format(name=clean_line(named)[:64]),
            _("Use letters, digits, . _ : and -; for rules give one with --name."),
        )
    return Manuscript(thing, named, title or named, text)


def own_file(desk: Desk, id: str) -> Path | None:
    """The file of the pack ``id`` in the team's folder or one's own; None where there is none."""
    folders = [each for each in pack_folders(desk.settings.replies) if each.scope is not PackScope.BUILTIN]
    return next((Path(each.path) for each in load_packs(folders).packs if each.id == id), None)


def text_of_file(path: Path) -> str:
    """The text of a file without what commands a terminal. Raises CsdeskError."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise CsdeskError(
            "replies.unreadable",
            _("{file} cannot be read: {reason}.").format(file=path, reason=error.strerror),
            _("Check the path and its permissions."),
        ) from error
    too_large = Refused(
        "team.too_large",
        _("{file} is larger than {limit} KiB.").format(file=path, limit=MOST_BYTES // 1024),
        _("Split it into several files."),
    )
    if len(raw) > MOST_BYTES:  # where it was cut may be within a character
        raise too_large
    try:
        text = clean(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused(
            "team.not_utf8",
            _("{file} is not UTF-8 text.").format(file=path),
            _("Save the file as UTF-8."),
        ) from None
    if len(text.encode()) > MOST_BYTES:
        raise too_large
    return text


Read = tuple[str, str, tuple[Problem, ...]]


def _replies(text: str, place: str) -> Read:
    read = read_version(text, place)
    return (read.pack.id, read.pack.title, read.problems) if read.pack else ("", "", read.problems)


def _rules(text: str, place: str) -> Read:
    return "", "", rules_schema.read_text(text, place).problems


_READERS: Final[dict[Thing, Callable[[str, str], Read]]] = {Thing.REPLIES: _replies, Thing.ETIQUETTE: _rules}


def _sentence(problem: Problem) -> str:
    return f"{problem.where}: {problem.reason}."


def publish(desk: Desk, given: Manuscript, note: str = "") -> Version:
    """Give everybody on the hub this version of a pack. Raises Refused unless this is a lead's desk, and when the
    team has exactly this."""
    need_lead(desk)

    def work(tx: Transaction) -> None:
        held = published.versions(tx.connection, given.thing, given.name)
        digest = digest_of(given.text)
        if held and held[0].digest == digest:
            raise same(held[0])
        body = {"title": clean_line(given.title), "text": given.text, "digest": digest}
        _record(tx, desk, Kind.PACK_PUBLISHED, (given.thing, given.name), note, held, body)

    desk.store.write(work)
    return newest(desk, given.thing, given.name)


def same(version: Version) -> Refused:
    """What is to be published is what the team has."""
    return Refused(
        "team.same",
        _("The team has exactly this as version {number} of {name}.").format(
            number=version.number, name=version.name
        ),
        _("Change the file first; nothing was published."),
    )


def publish_again(desk: Desk, thing: Thing, name: str, number: int, note: str = "") -> Version:
    """Make an earlier version the current one, as a new version. Raises as ``publish``, and NotFound."""
    again = earlier(desk, thing, name, number)
    return publish(desk, again, note or _("version {number} again").format(number=number))


def earlier(desk: Desk, thing: Thing, name: str, number: int) -> Manuscript:
    """An earlier version as what is to be published. Raises NotFound, and Refused for one that took the pack away."""
    before = version(desk, thing, name, number)
    if before.is_retired:
        raise Refused(
            "team.retired_version",
            _("Version {number} of {name} took the pack away: there is nothing in it.").format(
                number=number, name=name
            ),
            _("Choose the one before it."),
        )
    return Manuscript(thing, name, before.title, text(desk, before))


def retire(desk: Desk, thing: Thing, name: str, note: str = "") -> Version:
    """Take a pack away from everybody; its versions stay to be looked at and published again. Raises Refused unless
    this is a lead's desk, and NotFound."""
    need_lead(desk)

    def work(tx: Transaction) -> None:
        held = published.versions(tx.connection, thing, name)
        if not held:
            raise _unknown(thing, name)
        if held[0].is_retired:
            raise Refused(
                "team.retired",
                _("The team has no pack {name} any more.").format(name=name),
                _("Its versions can be published again with --version."),
            )
        _record(tx, desk, Kind.PACK_RETIRED, (thing, name), note, held, {"title": held[0].title})

    desk.store.write(work)
    return newest(desk, thing, name)


def _record(
    tx: Transaction,
    desk: Desk,
    kind: Kind,
    pack: tuple[Thing, str],
    note: str,
    held: list[Version],
    body: Mapping[str, object],
) -> None:
    thing, name = pack
    upon = {"upon": f"{held[0].dot[0]}:{held[0].dot[1]}"} if held else {}
    said = {"thing": thing.value, "name": name, "note": clean_line(note), "by": desk.agent.uid.hex()}
    tx.record(kind, pack_uid(thing, name), {**said, **body, **upon, "at": tx.now_ms})


def need_lead(desk: Desk) -> None:
    """Raises Refused unless this desk may give the team its packs."""
    state = hub.state(desk.store.reader())
    if state is None:
        raise Refused(
            "team.no_hub",
            _("This store joined no hub, so there is nobody to publish to."),
            _("Put the file into the team's folder, or join a hub: csdesk hub join."),
        )
    if state.rank not in ("", LEAD):
        raise Refused(
            "team.not_lead",
            _("Only a lead's desk may change what the team has, and this one is an agent's."),
            _("Give the file to a lead, or ask who runs the hub to enrol this desk as a lead's."),
        )


def packs(desk: Desk, thing: Thing) -> list[Version]:
    """The current version of each pack that was ever published, by name."""
    return published.current(desk.store.reader(), thing)


def held(desk: Desk, thing: Thing, name: str) -> list[Version]:
    """As ``versions``; none for a pack that nobody published."""
    return published.versions(desk.store.reader(), thing, name)


def versions(desk: Desk, thing: Thing, name: str) -> list[Version]:
    """All versions of a pack, the newest first. Raises NotFound."""
    found = held(desk, thing, name)
    if not found:
        raise _unknown(thing, name, [each.name for each in packs(desk, thing)])
    return found


def newest(desk: Desk, thing: Thing, name: str) -> Version:
    """The version of a pack that holds. Raises NotFound."""
    return versions(desk, thing, name)[0]


def version(desk: Desk, thing: Thing, name: str, number: int | None) -> Version:
    """One version of a pack, the current one for None. Raises NotFound."""
    found = versions(desk, thing, name)
    for each in found:
        if number in (None, each.number):
            return each
    raise NotFound(
        "team.no_version",
        _("{name} has no version {number}.").format(name=name, number=number),
        _("It has versions 1 to {last}.").format(last=found[0].number),
    )


def text(desk: Desk, given: Version) -> str:
    """The text of a version."""
    return published.text_of(desk.store.reader(), given.dot)


UNKNOWN: Final = {
    Thing.REPLIES: N_("The team has no pack of quick replies called {name}."),
    Thing.ETIQUETTE: N_("The team has no rules called {name}."),
}


def _unknown(thing: Thing, name: str, known: list[str] | None = None) -> NotFound:
    shown = clean_line(name)[:64]
    hint = _("There are: {names}.").format(names=", ".join(known)) if known else ""
    return NotFound(
        "team.unknown",
        _(UNKNOWN[thing]).format(name=shown),
        hint or _("A lead publishes one: csdesk {area} publish FILE.").format(area=thing.value),
    )
