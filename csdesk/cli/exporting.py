"""``csdesk export``: conversations out, for another desk, a spreadsheet or a reader."""

from __future__ import annotations

from pathlib import Path

import click

from csdesk.bootstrap import open_desk
from csdesk.cli import output
from csdesk.cli.bars import file_bar
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.cli.wording import conversation_count, message_count
from csdesk.errors import EXIT_DONE, UsageError
from csdesk.formats.exporting import FORMS, ExportOptions, export_file
from csdesk.i18n import _
from csdesk.store import conversations

STANDARD_OUTPUT = "-"
_ENDINGS = {".csv": "csv", ".md": "md", ".markdown": "md", ".html": "html", ".htm": "html"}


@click.command(
    name="export",
    help=_(
        "Write conversations to FILE, or to standard output. jsonl is read back by `csdesk import`; csv has one"
        " row a conversation; md and html are for reading."
    ),
    epilog=examples(
        "csdesk export chats.jsonl",
        "csdesk export november.csv --bom",
        "csdesk export for-the-trainer.html --mask --conversation 7K3Q9F",
        "csdesk --db t.db export - | head -1",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default=STANDARD_OUTPUT)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMS)),
    help=_("The format of the file; without it FILE's ending says it, else jsonl."),
)
@click.option(
    "--mask",
    "is_masked",
    is_flag=True,
    help=_("Hide phone numbers, identity and bank cards and e-mail addresses."),
)
@click.option(
    "--bom", "has_bom", is_flag=True, help=_("Begin with a byte order mark, by which Excel knows UTF-8.")
)
@click.option(
    "--conversation", "refs", metavar=_("REF"), multiple=True, help=_("Only this one; may be given again.")
)
@json_option
@pass_start
def export_command(
    start: Start,
    file: Path,
    form: str | None,
    is_masked: bool,
    has_bom: bool,
    refs: tuple[str, ...],
    as_json: bool,
) -> int:
    path = None if str(file) == STANDARD_OUTPUT else file
    if as_json and path is None:
        raise UsageError(
            "export.json_needs_file",
            _("--json and the conversations cannot both go to standard output."),
            _("Name a FILE to write to."),
        )
    chosen = form or (_ENDINGS.get(file.suffix.lower(), "jsonl"))
    if has_bom and chosen == "jsonl":
        raise UsageError(
            "export.bom_in_jsonl",
            _("A byte order mark has no place in jsonl."),
            _("Leave --bom out, or choose --format csv."),
        )
    with (
        open_desk(start.database, agent=start.agent, settings=start.settings) as desk,
        file_bar(_("Exporting")) as progress,
    ):
        reader = desk.store.reader()
        only = tuple(dict.fromkeys(conversations.by_ref(reader, ref) for ref in refs))
        options = ExportOptions(chosen, is_masked=is_masked, has_bom=has_bom, only=only)
        summary = export_file(desk.store, path, progress, options)
    if as_json:
        output.print_json({"conversations": summary.conversations, "messages": summary.messages})
    else:
        what = ", ".join((conversation_count(summary.conversations), message_count(summary.messages)))
        output.narrate(_("Written: {what}.").format(what=what))
    return EXIT_DONE
