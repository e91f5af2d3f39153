"""``csdesk import`` and ``csdesk export``: conversations in and out, as JSON lines."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from csdesk.bootstrap import open_desk
from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.clock import parse_time
from csdesk.desk.context import Desk
from csdesk.errors import EXIT_DONE, EXIT_REFUSED, UsageError
from csdesk.formats.exporting import ExportSummary, export_file
from csdesk.formats.importing import ImportOptions, ImportSummary, import_file, open_readable
from csdesk.formats.shape import EARLIEST_MS, LATEST_MS
from csdesk.i18n import _, ngettext

PROBLEMS_SHOWN = 20
STANDARD_OUTPUT = "-"

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl"]),
    default="jsonl",
    show_default=True,
    help=_("The format of the file."),
)


@click.command(
    name="import",
    help=_(
        "Read conversations from FILE. What is in the store already is not read again."
        " A bad line is named, the rest is read, and the exit code is 1."
    ),
    epilog=examples(
        "csdesk import chats.jsonl",
        "csdesk --db t.db import chats.jsonl --format jsonl --starting 2026-01-01T09:00:00Z --json",
    ),
)
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@click.option("--lenient", is_flag=True, help=_("Skip unknown keys."))
@click.option(
    "--starting",
    metavar=_("TIME"),
    default="2000-01-01T00:00:00Z",
    show_default=True,
    help=_("When messages without a time began."),
)
@click.option("--dry-run", is_flag=True, help=_("Only count what would be new."))
@json_option
@pass_start
def import_command(
    start: Start, file: Path, form: str, lenient: bool, starting: str, dry_run: bool, as_json: bool
) -> int:
    options = ImportOptions(lenient=lenient, starting_ms=_starting_ms(starting), dry_run=dry_run)
    open_readable(file).close()
    with _desk(start, dry_run) as desk, _bar(_("Importing")) as progress:
        summary = import_file(desk, file, options, progress)
    if as_json:
        output.print_json(_import_document(summary))
    else:
        _tell_import(summary, dry_run)
    return EXIT_REFUSED if summary.errors else EXIT_DONE


@click.command(
    name="export",
    help=_("Write every conversation to FILE, or to standard output. `csdesk import` reads it back."),
    epilog=examples(
        "csdesk export chats.jsonl",
        "csdesk export --mask for-the-trainer.jsonl",
        "csdesk --db t.db export - | head -1",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True), default=STANDARD_OUTPUT)
@format_option
@click.option(
    "--mask",
    "is_masked",
    is_flag=True,
    help=_("Hide phone numbers, identity and bank cards and e-mail addresses."),
)
@json_option
@pass_start
def export_command(start: Start, file: Path, form: str, is_masked: bool, as_json: bool) -> int:
    path = None if str(file) == STANDARD_OUTPUT else file
    if as_json and path is None:
        raise UsageError(
            "export.json_needs_file",
            _("--json and the conversations cannot both go to standard output."),
            _("Name a FILE to write to."),
        )
    with (
        open_desk(start.database, agent=start.agent, settings=start.settings) as desk,
        _bar(_("Exporting")) as progress,
    ):
        summary = export_file(desk.store, path, progress, is_masked=is_masked)
    if as_json:
        output.print_json({"conversations": summary.conversations, "messages": summary.messages})
    else:
        _tell_export(summary)
    return EXIT_DONE


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


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on stderr when a person is there to see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr, update_min_steps=1) as bar:

        def progress(done: int, total: int) -> None:
            step = max(total // 200, 1)
            if done - bar.pos >= step or done >= total:
                bar.length = max(total, 1)
                bar.update(done - bar.pos)

        yield progress


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


def _import_document(summary: ImportSummary) -> dict[str, object]:
    document: dict[str, object] = {
        "conversations": summary.conversations,
        "messages": summary.messages,
        "contacts": summary.contacts,
        "skipped": summary.skipped,
        "errors": [
            {"line": problem.line, "reason": problem.reason, "hint": problem.hint}
            for problem in summary.errors
        ],
    }
    if summary.unlisted:
        document["unlisted_errors"] = summary.unlisted
    return document


def _tell_import(summary: ImportSummary, dry_run: bool) -> None:
    new = _conversations(summary.conversations), _messages(summary.messages), _contacts(summary.contacts)
    sentence = _("Would be new: {what}.") if dry_run else _("New: {what}.")
    output.say(sentence.format(what=", ".join(new)))
    if summary.skipped:
        output.say(_("Already here: {what}.").format(what=_conversations(summary.skipped)))
    for problem in summary.errors[:PROBLEMS_SHOWN]:
        output.narrate(f"{problem.sentence} {problem.hint}".rstrip())
    more = len(summary.errors) + summary.unlisted - PROBLEMS_SHOWN
    if more > 0:
        output.narrate(
            ngettext("{count} more line was bad.", "{count} more lines were bad.", more).format(count=more)
        )


def _tell_export(summary: ExportSummary) -> None:
    what = ", ".join((_conversations(summary.conversations), _messages(summary.messages)))
    output.narrate(_("Written: {what}.").format(what=what))


def _conversations(count: int) -> str:
    return ngettext("{count} conversation", "{count} conversations", count).format(count=count)


def _messages(count: int) -> str:
    return ngettext("{count} message", "{count} messages", count).format(count=count)


def _contacts(count: int) -> str:
    return ngettext("{count} contact", "{count} contacts", count).format(count=count)
