"""``csdesk attachment``: the files of a conversation, listed and saved."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from csdesk.cli import output, shapes
from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.desk import enclosed, fetching, saving
from csdesk.desk.context import Desk
from csdesk.desk.enclosed import EnclosedFile
from csdesk.errors import NotFound
from csdesk.i18n import _
from csdesk.model.attachment import sort_name, sort_of
from csdesk.text import clean_line
from csdesk.text.size import size_of


@click.group(
    name="attachment",
    help=_("List and save the files that came with messages."),
    epilog=examples("csdesk attachment list 7K3Q9F"),
)
def attachment() -> None:
    """The group itself does nothing."""


@attachment.command(
    name="list",
    help=_("List the files of a conversation, the newest first, each with its number."),
    epilog=examples("csdesk attachment list 7K3Q9F", "csdesk attachment list 7K3Q9F --json"),
)
@click.argument("ref", metavar="REF")
@json_option
@pass_start
def attachment_list(start: Start, ref: str, as_json: bool) -> None:
    with open_for(start) as desk:
        found = enclosed.files_of(desk, conversation_of(desk, ref).id)
    if as_json:
        output.print_json(shapes.listing((_item(place, each) for place, each in enumerate(found, 1)), None))
    elif found:
        rows = [
            [
                str(place),
                clean_line(each.file.name),
                sort_name(sort_of(each.file.name, each.file.kind)),
                size_of(each.file.size),
                _where(each),
            ]
            for place, each in enumerate(found, 1)
        ]
        output.print_table(rows, [_("Number"), _("Name"), _("Kind"), _("Size"), ""])
    else:
        output.say(_("No files in this conversation."))


def _where(each: EnclosedFile) -> str:
    """What is to be said of where the content is; nothing where it is here."""
    if each.is_here:
        return ""
    return _("at the hub") if each.comes else _("name only")


def _fetched(desk: Desk, wanted: Sequence[EnclosedFile]) -> None:
    """Have the contents of those that are at the hub come here, showing how far. Raises CsdeskError."""
    coming = [each.file for each in wanted if each.comes]
    if not coming:
        return
    from csdesk.cli.progress import progress_bar
    from csdesk.sync import engine

    fetching.ask_for(desk, coming)
    with progress_bar(_("Fetching files"), rate=_("{rate} bytes a second")) as progress:
        engine.carry(desk.store, desk.agent.name, 0, progress)
    for each in coming:
        left = fetching.standing(desk, each)
        if left is not None:
            name = clean_line(each.name)[:60]
            raise NotFound(
                "attachment.not_here_yet",
                _("{name} is not here yet: {reason}").format(name=name, reason=_(left.reason))
                if left.reason
                else _("{name} is not here yet.").format(name=name),
                _("Try again later, or ask who got it to sync: csdesk sync."),
            )


def _item(place: int, each: EnclosedFile) -> dict[str, object]:
    file = each.file
    return {
        "number": place,
        "message": str(each.message),
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "sha256": file.sha256,
        "is_here": each.is_here,
        "is_at_hub": each.comes,
    }


@attachment.command(
    name="save",
    help=_(
        "Save files of a conversation: those of the numbers or names that list shows, or all. Names are made"
        " harmless, and nothing is overwritten."
    ),
    epilog=examples("csdesk attachment save 7K3Q9F", "csdesk attachment save 7K3Q9F 1 --to ~/returns --json"),
)
@click.argument("ref", metavar="REF")
@click.argument("which", metavar=_("[NUMBER|NAME]..."), nargs=-1)
@click.option("--to", "folder", type=click.Path(path_type=Path), help=_("The folder to save in."))
@json_option
@pass_start
def attachment_save(start: Start, ref: str, which: Sequence[str], folder: Path | None, as_json: bool) -> None:
    with open_for(start) as desk:
        found = enclosed.files_of(desk, conversation_of(desk, ref).id)
        chosen = [_chosen(found, each) for each in which] or [
            each for each in found if each.is_here or each.comes
        ]
        if not chosen:
            raise NotFound(
                "attachment.none",
                _("No file of this conversation has its content in the store."),
                _("csdesk attachment list REF lists what there is."),
            )
        _fetched(desk, chosen)
        places = [saving.save(desk, each.file, folder) for each in dict.fromkeys(chosen)]
    if as_json:
        output.print_json({"paths": [str(place) for place in places]})
    else:
        for place in places:
            output.say(_("Saved: {path}").format(path=place))


def _chosen(found: Sequence[EnclosedFile], said: str) -> EnclosedFile:
    """The file of this number, or of this name where only one has it. Raises NotFound."""
    if said.isdecimal() and 0 < int(said) <= len(found):
        return found[int(said) - 1]
    named = [each for each in found if each.file.name == said]
    if len(named) != 1:
        raise NotFound(
            "attachment.unknown",
            _("There is no file {name} here.").format(name=clean_line(said)[:60])
            if not named
            else _("There are several files {name}.").format(name=clean_line(said)[:60]),
            _("Give its number: csdesk attachment list REF shows it."),
        )
    return named[0]
