"""``csdesk import``: conversations in, from our own format, other desks, tables and mailboxes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from csdesk.bootstrap import open_desk
from csdesk.cli import output
from csdesk.cli.bars import file_bar
from csdesk.cli.import_report import STOPPED, print_preview, print_summary, tell_columns
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.clock import parse_time
from csdesk.desk.context import Desk
from csdesk.errors import EXIT_DONE, EXIT_REFUSED, UsageError
from csdesk.formats.csv_columns import read_mapping
from csdesk.formats.detect import JSONL, detect
from csdesk.formats.importing import ImportOptions, import_file, open_readable
from csdesk.formats.options import ReadOptions
from csdesk.formats.readers import READERS
from csdesk.formats.shape import EARLIEST_MS, LATEST_MS
from csdesk.i18n import _

WITHOUT_ZONE = "UTC"


@click.command(
    name="import",
    help=_(
        "Read conversations from FILE. What is in the store already is not read again."
        " A bad record is named, the rest is read, and the exit code is 1."
    ),
    epilog=examples(
        "csdesk import chats.jsonl",
        "csdesk import tickets.json --format freshdesk --dry-run",
        "csdesk import 聊天记录.csv --map text=内容 --map from=发送方 --zone +08:00 --preview",
        "csdesk import archive.mbox --me service@shop.example",
        "csdesk --db t.db import chats.jsonl --starting 2026-01-01T09:00:00Z --json",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(READERS)),
    help=_("The format of the file; without it the file's beginning tells."),
)
@click.option(
    "--map",
    "mapping",
    metavar=_("FIELD=COLUMN"),
    multiple=True,
    help=_("csv: which column holds a field, by name or number; may be given again."),
)
@click.option(
    "--encoding", metavar=_("NAME"), help=_("csv: the character set, when it is not UTF-8 or GB18030.")
)
@click.option(
    "--zone",
    metavar=_("ZONE"),
    default=WITHOUT_ZONE,
    show_default=True,
    help=_("csv, mbox: the zone of times without one, such as +08:00 or Asia/Shanghai."),
)
@click.option(
    "--me",
    metavar=_("ADDRESS"),
    multiple=True,
    help=_("mbox: an address of ours, or @domain; csv: a name of ours. May be given again."),
)
@click.option("--keep-quotes", is_flag=True, help=_("mbox: keep what a reply quotes at its end."))
@click.option("--source", metavar=_("NAME"), help=_("The source that conversations are known by."))
@click.option("--inbox", metavar=_("NAME"), help=_("The inbox of conversations that name none."))
@click.option("--lenient", is_flag=True, help=_("jsonl: skip unknown keys."))
@click.option(
    "--starting",
    metavar=_("TIME"),
    default="2000-01-01T00:00:00Z",
    show_default=True,
    help=_("When messages without a time began."),
)
@click.option(
    "--preview", "is_preview", is_flag=True, help=_("Only show the first conversations as they are read.")
)
@click.option("--dry-run", is_flag=True, help=_("Only count what would be new."))
@json_option
@pass_start
def import_command(
    start: Start, /, file: Path, form: str | None, is_preview: bool, as_json: bool, **said: Any
) -> int:
    open_readable(file).close()
    options = _options(form or _detected(file), said)
    if is_preview:
        return print_preview(file, options, as_json)
    if not as_json:
        tell_columns(file, options)
    with _desk(start, options.dry_run) as desk, file_bar(_("Importing")) as progress:
        summary = import_file(desk, file, options, progress)
    print_summary(file, summary, options, as_json)
    if summary.is_stopped:
        return STOPPED
    return EXIT_REFUSED if summary.errors else EXIT_DONE


def _detected(file: Path) -> str:
    """The format the file seems to have; said, unless it is our own."""
    form = detect(file)
    if form != JSONL:
        output.narrate(
            _("Read as {format}; if it is something else, say so with --format.").format(format=form)
        )
    return form


def _options(form: str, said: dict[str, Any]) -> ImportOptions:
    reading = ReadOptions(
        lenient=said["lenient"],
        columns=read_mapping(said["mapping"]),
        encoding=said["encoding"],
        zone=_zone(said["zone"]),
        me=tuple(said["me"]),
        keep_quotes=said["keep_quotes"],
    )
    return ImportOptions(
        form, reading, said["source"], said["inbox"], _starting_ms(said["starting"]), said["dry_run"]
    )


@contextmanager
def _desk(start: Start, dry_run: bool) -> Iterator[Desk]:
    """The desk to import into; for a dry run without a store, one that is thrown away."""
    if not dry_run or start.database.exists():
        with open_desk(
            start.database, agent=start.agent, create=not dry_run, settings=start.settings
        ) as desk:
            yield desk
        return
    with (
        tempfile.TemporaryDirectory(prefix="csdesk-") as folder,
        open_desk(
            Path(folder) / "dry-run.db", agent=start.agent, create=True, settings=start.settings
        ) as desk,
    ):
        yield desk


def _zone(text: str) -> tzinfo:
    """An offset such as +08:00, or a name of the tz database. Raises UsageError."""
    if text.upper() in (WITHOUT_ZONE, "Z"):
        return UTC
    try:
        if text[:1] in ("+", "-"):
            offset = datetime.strptime(text, "%z").utcoffset()
            return timezone(offset or timedelta())
        return ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        raise UsageError(
            "import.bad_zone",
            _("--zone is no zone: {value}.").format(value=text[:40]),
            _("Write +08:00 or Asia/Shanghai."),
        ) from None


def _starting_ms(text: str) -> int:
    try:
        at = parse_time(text)
    except (ValueError, OverflowError):
        at = -1
    if not EARLIEST_MS <= at < LATEST_MS:
        raise UsageError(
            "import.bad_starting",
            _("--starting is not a time from 1970 to 2999: {value}.").format(value=text[:40]),
            _("Give it as 2026-01-02T03:04:05Z."),
        )
    return at
