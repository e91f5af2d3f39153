"""The packs that a team shares through the hub: ``publish``, ``versions``, ``show``, ``diff`` and ``retire``, the same
for quick replies and for the rules of the etiquette check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from csdesk import paths
from csdesk.cli import output
from csdesk.cli.moments import local_clock
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.shapes import Shape
from csdesk.cli.start import Start
from csdesk.clock import format_time
from csdesk.desk import comparing_packs, publishing
from csdesk.desk.comparing_packs import Difference
from csdesk.desk.context import Desk
from csdesk.errors import NotFound, UsageError
from csdesk.i18n import N_, _
from csdesk.model.published import Thing, Version
from csdesk.text import clean_line

ABOUT: Final = {
    "publish": N_(
        "Give FILE to the whole team through the hub, as the next version of its pack. With --version N a pack goes"
        " back to what it was: PACK is its name then. Only a lead's desk may."
    ),
    "versions": N_(
        "List the versions of a pack of the team: number, when, who, note. Without PACK all packs of the team."
    ),
    "show": N_("Print a pack of the team as it is, or as it was in --version N."),
    "diff": N_("Show what a version of a pack changed, or what publishing --file would change."),
    "retire": N_("Take a pack from the team; its versions stay. Only a lead's desk may."),
}
WORDS: Final = {Thing.REPLIES: "replies", Thing.ETIQUETTE: "etiquette"}

note_option = click.option("--note", default="", metavar=_("TEXT"), help=_("What changed, for the others."))
version_option = click.option(
    "--version", "number", type=click.IntRange(1), metavar="N", help=_("This version, not the current one.")
)


def add_to(group: click.Group, thing: Thing) -> None:
    """Give ``group`` the commands about the team's packs of ``thing``."""
    for make in (_publish, _versions, _show, _diff, _retire):
        group.add_command(make(thing))


def _about(command: str) -> str:
    return _(ABOUT[command])


def _epilog(thing: Thing, *lines: str) -> str:
    return examples(*(f"csdesk {WORDS[thing]} {line}" for line in lines))


def _publish(thing: Thing) -> click.Command:
    file = "shop.yaml"

    @click.command(
        name="publish",
        help=_about("publish"),
        epilog=_epilog(thing, f'publish {file} --note "prices of May"', "publish shop --version 3"),
    )
    @click.argument("pack", metavar="FILE|PACK")
    @version_option
    @click.option(
        "--name", default="", metavar=_("NAME"), help=_("What rules are called; without it as the file is.")
    )
    @note_option
    @json_option
    @pass_start
    def command(start: Start, pack: str, number: int | None, name: str, note: str, as_json: bool) -> None:
        with open_for(start) as desk:
            if number is not None:
                done = publishing.publish_again(desk, thing, pack, number, note)
            else:
                given = publishing.manuscript(thing, _file(desk, thing, pack), name)
                done = publishing.publish(desk, given, note)
            _tell_done(desk, thing, done, as_json)

    return command


def _file(desk: Desk, thing: Thing, pack: str) -> Path:
    """The file that is meant: by its path, or a pack of quick replies in one of the own folders by its id."""
    path = paths.expanded(pack)
    if paths.is_file(path):
        return path
    found = publishing.own_file(desk, pack) if thing is Thing.REPLIES else None
    if found is None:
        raise NotFound(
            "team.no_file",
            _("There is no file {file}.").format(file=clean_line(pack)[:200]),
            _("Name the file to publish; to bring an earlier version back, add --version N."),
        )
    return found


def _tell_done(desk: Desk, thing: Thing, done: Version, as_json: bool) -> None:
    held = publishing.versions(desk, thing, done.name)
    before = publishing.text(desk, held[1]) if len(held) > 1 else ""
    changes = comparing_packs.difference(thing, before, publishing.text(desk, done))
    if as_json:
        output.print_json({**_told(done), **_changes(changes)})
        return
    said = _("{name} is version {number} now: {changes}.")
    output.say(said.format(name=done.name, number=done.number, changes=changes.words))
    output.narrate(_("The others have it with their next sync."))


def _versions(thing: Thing) -> click.Command:
    @click.command(
        name="versions", help=_about("versions"), epilog=_epilog(thing, "versions", "versions shop --json")
    )
    @click.argument("pack", required=False)
    @json_option
    @pass_start
    def command(start: Start, pack: str | None, as_json: bool) -> None:
        with open_for(start) as desk:
            found = publishing.packs(desk, thing) if pack is None else publishing.versions(desk, thing, pack)
            if as_json:
                output.print_json({"items": [_told(each) for each in found], "next": None})
            elif found:
                output.print_table([_row(desk, each, is_list=pack is None) for each in found])
            else:
                output.say(_("Nobody published anything to the team yet."))

    return command


def _row(desk: Desk, each: Version, *, is_list: bool) -> list[str]:
    named = [each.name] if is_list else []
    when = local_clock(each.at, desk.now_ms())
    return [*named, str(each.number), _state(each), when, each.agent_name, each.note or each.title]


def _state(each: Version) -> str:
    if each.overtaken_by is not None:
        return _("overtaken by {number}").format(number=each.overtaken_by)
    if each.is_retired:
        return _("retired")
    return _("current") if each.is_current else ""


def _show(thing: Thing) -> click.Command:
    @click.command(
        name="show", help=_about("show"), epilog=_epilog(thing, "show shop", "show shop --version 2")
    )
    @click.argument("pack")
    @version_option
    @json_option
    @pass_start
    def command(start: Start, pack: str, number: int | None, as_json: bool) -> None:
        with open_for(start) as desk:
            found = publishing.version(desk, thing, pack, number)
            text = publishing.text(desk, found)
            if as_json:
                output.print_json({**_told(found), "text": text})
            elif found.is_retired:
                output.say(_("Version {number} took the pack away.").format(number=found.number))
            else:
                output.say(text.rstrip("\n"))

    return command


def _diff(thing: Thing) -> click.Command:
    @click.command(
        name="diff", help=_about("diff"), epilog=_epilog(thing, "diff shop", "diff shop --file shop.yaml")
    )
    @click.argument("pack")
    @version_option
    @click.option(
        "--file", type=click.Path(path_type=Path), help=_("Compare the current version with this file.")
    )
    @json_option
    @pass_start
    def command(start: Start, pack: str, number: int | None, file: Path | None, as_json: bool) -> None:
        if file is not None and number is not None:
            raise UsageError(
                "team.two_sides", _("--version and --file are two different questions."), _("Leave one out.")
            )
        with open_for(start) as desk:
            before, after = _sides(desk, thing, pack, number, file)
        changes = comparing_packs.difference(thing, before, after)
        lines = comparing_packs.lines(before, after)
        if as_json:
            output.print_json({"name": pack, **_changes(changes), "lines": lines})
            return
        for line in lines:
            output.say(line)
        output.narrate(changes.words)

    return command


def _sides(desk: Desk, thing: Thing, pack: str, number: int | None, file: Path | None) -> tuple[str, str]:
    """The two texts that are compared."""
    found = publishing.version(desk, thing, pack, number)
    if file is not None:
        return publishing.text(desk, found), publishing.manuscript(thing, file, pack).text
    earlier = [each for each in publishing.versions(desk, thing, pack) if each.number == found.number - 1]
    return publishing.text(desk, earlier[0]) if earlier else "", publishing.text(desk, found)


def _retire(thing: Thing) -> click.Command:
    @click.command(name="retire", help=_about("retire"), epilog=_epilog(thing, "retire shop"))
    @click.argument("pack")
    @note_option
    @json_option
    @pass_start
    def command(start: Start, pack: str, note: str, as_json: bool) -> None:
        with open_for(start) as desk:
            done = publishing.retire(desk, thing, pack, note)
            if as_json:
                output.print_json(_told(done))
            else:
                output.say(_("{name} is taken from the team.").format(name=done.name))

    return command


def _told(each: Version) -> Shape:
    return {
        "name": each.name,
        "version": each.number,
        "title": each.title,
        "digest": each.digest or None,
        "note": each.note,
        "at": format_time(each.at),
        "agent": each.agent_name,
        "state": "retired" if each.is_retired else "published",
        "is_current": each.is_current,
        "overtaken_by": each.overtaken_by,
    }


def _changes(changes: Difference) -> Shape:
    named: dict[str, Sequence[str]] = {"new": changes.new, "changed": changes.changed, "gone": changes.gone}
    return {key: list(names) for key, names in named.items()}
