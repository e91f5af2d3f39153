"""``csdesk replies import`` and ``replies export``: quick replies from and for other systems."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.packs_in_use import library_in_use
from csdesk.cli.start import Start
from csdesk.errors import EXIT_DONE, EXIT_REFUSED, CsdeskError, DataError, UsageError
from csdesk.formats.importing import open_readable
from csdesk.formats.replies.forms import FORMS, detect
from csdesk.formats.replies.record import ForeignFile, Remark
from csdesk.i18n import _, language, ngettext
from csdesk.model.reply import PackScope, QuickReply
from csdesk.replies.merging import Added, Changed, Incoming, Plan, plan
from csdesk.replies.pack import PackFolder, load_packs, pack_folders
from csdesk.replies.pack_file import PackFile, edited, open_pack, pack_path, save
from csdesk.whole_file import write_whole

STANDARD_OUTPUT = "-"
BOM = "\ufeff"
REMARKS_SHOWN = 40

_scope_option = click.option(
    "--team", "is_team", is_flag=True, help=_("The team's pack; without it your own is meant.")
)


@click.command(
    name="import",
    help=_(
        "Read quick replies of another system from FILE. Without --apply only the differences are shown; nothing"
        " is ever deleted without --prune."
    ),
    epilog=examples(
        "csdesk replies import canned_responses.json",
        "csdesk replies import 快捷短语.csv --apply",
        "csdesk replies import text_modules.csv --format zammad --team --apply",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    help=_("The format of the file; without it the file's beginning tells."),
)
@_scope_option
@click.option("--apply", "does_apply", is_flag=True, help=_("Write the differences into the pack."))
@click.option("--prune", "does_prune", is_flag=True, help=_("Delete replies of the pack that FILE has not."))
@json_option
@pass_start
def import_command(
    start: Start,
    /,
    file: Path,
    form: str | None,
    is_team: bool,
    does_apply: bool,
    does_prune: bool,
    as_json: bool,
) -> int:
    open_readable(file).close()
    with _naming(file):
        chosen = form or _detected(file, as_json)
    folder = _folder(start, is_team)
    pack = open_pack(pack_path(folder), folder.scope, language().replace("_", "-"))
    known = {slot.name for slot in (pack.read.pack.slots if pack.read.pack else ())}
    with _naming(file):
        found = FORMS[chosen].read(file, known)
    planned = plan(pack, _incoming(found), _taken_elsewhere(pack, folder), _spell)
    edits = planned.edits(prune=does_prune)
    after = edited(pack, edits) if edits else pack
    if does_apply and edits:
        save(after)
    told = _Told(file, chosen, pack.path, found, planned, does_prune, does_apply)
    _print_document(told) if as_json else _print_diff(told)
    return EXIT_REFUSED if found.refused or planned.conflicts else EXIT_DONE


@click.command(
    name="export",
    help=_("Write quick replies for another system, to a file or to standard output."),
    epilog=examples(
        "csdesk replies export --to replies.csv --bom",
        "csdesk replies export --format chatwoot --team",
        "csdesk replies export --all --format livehelperchat --to canned.csv",
    ),
)
@click.option("--format", "form", type=click.Choice(list(FORMS)), help=_("The format; csv without it."))
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, allow_dash=True),
    default=STANDARD_OUTPUT,
    help=_("The file to write."),
)
@_scope_option
@click.option("--all", "is_all", is_flag=True, help=_("Every reply in use, those that come with csdesk too."))
@click.option(
    "--bom", "has_bom", is_flag=True, help=_("Begin with a byte order mark, by which Excel knows UTF-8.")
)
@json_option
@pass_start
def export_command(
    start: Start, /, form: str | None, target: Path, is_team: bool, is_all: bool, has_bom: bool, as_json: bool
) -> int:
    is_piped = str(target) == STANDARD_OUTPUT
    chosen = form or "csv"
    if as_json and is_piped:
        raise UsageError(
            "export.json_needs_file",
            _("--json and the replies cannot both go to standard output."),
            _("Name a file with --to."),
        )
    if has_bom and FORMS[chosen].ending != ".csv":
        raise UsageError(
            "export.bom_in_json", _("A byte order mark has no place in JSON."), _("Leave --bom out.")
        )
    replies = library_in_use(start).replies if is_all else _of_scope(_folder(start, is_team))
    written = FORMS[chosen].write(replies)
    text = (BOM if has_bom else "") + written.text
    if is_piped:
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()
    else:
        _write(target, text)
    if as_json:
        output.print_json(
            {
                "file": str(target),
                "format": chosen,
                "replies": len(replies),
                "remarks": _listed(written.remarks),
            }
        )
        return EXIT_DONE
    _tell_remarks(written.remarks)
    count = ngettext("{count} reply", "{count} replies", len(replies)).format(count=len(replies))
    output.narrate(_("Written: {what}.").format(what=count))
    return EXIT_DONE


@dataclass(frozen=True, slots=True)
class _Told:
    """One import, for telling."""

    file: Path
    form: str
    pack: Path
    found: ForeignFile
    plan: Plan
    does_prune: bool
    is_applied: bool

    @property
    def remarks(self) -> list[Remark]:
        return [*self.found.remarks, *(remark for reply in self.found.replies for remark in reply.remarks)]


def _detected(file: Path, as_json: bool) -> str:
    form = detect(file)
    if not as_json:
        output.narrate(
            _("Read as {format}; if it is something else, say so with --format.").format(format=form)
        )
    return form


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Have what cannot be read said with the name of ``file``."""
    try:
        yield
    except DataError as error:
        raise DataError(
            error.code, _("{file}: {problem}").format(file=file, problem=error.sentence), error.hint
        ) from error


def _folder(start: Start, is_team: bool) -> PackFolder:
    """Where the packs of the chosen scope are."""
    scope = PackScope.TEAM if is_team else PackScope.PERSONAL
    return next(folder for folder in pack_folders(start.settings.replies) if folder.scope is scope)


def _of_scope(folder: PackFolder) -> tuple[QuickReply, ...]:
    """The replies of all packs in ``folder``, also those that others override."""
    return tuple(reply for pack in load_packs([folder]).packs for reply in pack.replies)


def _incoming(found: ForeignFile) -> list[Incoming]:
    return [Incoming(each.line, each.fields, each.suggested, each.code) for each in found.replies]


def _taken_elsewhere(pack: PackFile, folder: PackFolder) -> set[str]:
    """Codes and aliases that other packs of the same scope have."""
    return {
        name
        for other in load_packs([folder]).packs
        if other.path != str(pack.path)
        for reply in other.replies
        for name in (reply.code, *reply.aliases)
    }


def _spell(title: str) -> str:
    from csdesk.replies.pinyin import spell

    return spell(title)[0]


def _write(target: Path, text: str) -> None:
    try:
        write_whole(target.absolute(), text.encode("utf-8"))
    except OSError as error:
        raise CsdeskError(
            "export.cannot_write",
            _("Cannot write {path}: {reason}.").format(path=target, reason=error.strerror or error),
            _("Choose a folder you can write to; nothing was left behind."),
        ) from None


def _print_diff(told: _Told) -> None:
    """The differences on stdout as a person reads them, what was noticed on stderr."""
    for added in told.plan.added:
        output.say(f"+ {added.reply.code}  {added.reply.title}{_was(added)}")
    for changed in told.plan.changed:
        output.say(f"~ {changed.after.code}  {changed.after.title}")
        for line in changed.diff():
            output.say(f"    {line}")
    for reply in told.plan.absent if told.does_prune else ():
        output.say(f"- {reply.code}  {reply.title}")
    for conflict in told.plan.conflicts:
        output.say(f"! {conflict.code}  {_at(conflict.line)}{conflict.reason}")
    for remark in told.found.refused:
        output.say(f"! {remark.reply}  {_at(remark.line)}{remark.said}")
    _tell_remarks(told.remarks)
    output.narrate(_summary(told))
    if not told.is_applied and told.plan.edits(prune=told.does_prune):
        output.narrate(_("Nothing was written. With --apply it goes into {file}.").format(file=told.pack))


def _was(added: Added) -> str:
    return "  " + _("(was {code})").format(code=added.code_was) if added.code_was else ""


def _summary(told: _Told) -> str:
    planned = told.plan
    told_counts = _(
        "{added} new, {changed} changed, {unchanged} unchanged, {removed} deleted, {refused} not taken."
    )
    return told_counts.format(
        added=len(planned.added),
        changed=len(planned.changed),
        unchanged=len(planned.unchanged),
        removed=len(planned.absent) if told.does_prune else 0,
        refused=len(planned.conflicts) + len(told.found.refused),
    )


def _tell_remarks(remarks: Sequence[Remark]) -> None:
    for remark in remarks[:REMARKS_SHOWN]:
        output.narrate(f"{_at(remark.line)}{remark.reply}: {remark.said}")
    more = len(remarks) - REMARKS_SHOWN
    if more > 0:
        output.narrate(ngettext("and {count} more", "and {count} more", more).format(count=more))


def _at(line: int) -> str:
    return _("line {line}: ").format(line=line) if line else ""


def _listed(remarks: Sequence[Remark]) -> list[dict[str, Any]]:
    return [{"line": each.line or None, "reply": each.reply, "said": each.said} for each in remarks]


def _print_document(told: _Told) -> None:
    planned = told.plan
    output.print_json(
        {
            "file": str(told.file),
            "format": told.form,
            "pack": str(told.pack),
            "applied": told.is_applied,
            "added": [_of_added(each) for each in planned.added],
            "changed": [_of_changed(each) for each in planned.changed],
            "unchanged": len(planned.unchanged),
            "deleted": [reply.code for reply in planned.absent] if told.does_prune else [],
            "conflicts": [
                {"line": each.line, "code": each.code, "reason": each.reason} for each in planned.conflicts
            ],
            "remarks": _listed(told.remarks),
            "errors": _listed(told.found.refused),
        }
    )


def _of_added(added: Added) -> dict[str, Any]:
    reply = added.reply
    return {"line": added.line, "code": reply.code, "title": reply.title, "was": added.code_was or None}


def _of_changed(changed: Changed) -> dict[str, Any]:
    return {
        "line": changed.line,
        "code": changed.after.code,
        "keys": list(changed.keys),
        "diff": changed.diff(),
    }
