"""What ``csdesk import`` tells: what a file will be read as, what was new, and what was not taken."""

from __future__ import annotations

import json
from pathlib import Path

from csdesk.cli import output
from csdesk.cli.moments import local_time
from csdesk.cli.wording import SENDER, STATUS, contact_count, conversation_count, message_count, word
from csdesk.errors import EXIT_DONE, EXIT_REFUSED
from csdesk.formats import csv_conversations
from csdesk.formats.csv_columns import Columns
from csdesk.formats.csv_table import Table, open_table
from csdesk.formats.importing import ImportOptions, ImportSummary, preview
from csdesk.formats.jsonl import encode_line
from csdesk.formats.record import Problem
from csdesk.i18n import _, ngettext
from csdesk.model.transcript import Transcript, TranscriptMessage
from csdesk.text import truncate

STOPPED = 130
PROBLEMS_SHOWN = 20
PREVIEWED = 3
LINES_PREVIEWED = 8
TEXT_CELLS = 70


def print_preview(file: Path, options: ImportOptions, as_json: bool) -> int:
    """The first conversations as they would be stored; nothing is written. The exit code."""
    found, problems = preview(file, options, PREVIEWED)
    if as_json:
        output.print_json(_preview_document(file, options, found, problems))
    else:
        tell_columns(file, options)
        for transcript in found:
            _show(transcript)
        _tell_problems(problems, 0)
        output.narrate(_("This is a preview: nothing was written."))
    return EXIT_REFUSED if problems else EXIT_DONE


def tell_columns(file: Path, options: ImportOptions) -> None:
    """For a table, what each column is read as."""
    if options.form != csv_conversations.NAME:
        return
    table, columns = _table(file, options)
    pairs = ", ".join(f"{field} = {column}" for field, column in columns.pairs)
    output.narrate(
        _("Columns ({encoding}): {pairs}.").format(encoding=table.encoding.removesuffix("-sig"), pairs=pairs)
    )
    if columns.unread:
        output.narrate(_("Not read: {columns}.").format(columns=", ".join(columns.unread)))


def print_summary(file: Path, summary: ImportSummary, options: ImportOptions, as_json: bool) -> None:
    """What came of it: the counts on stdout, what was not taken on stderr, or all as one document."""
    if as_json:
        output.print_json(_summary_document(file, summary))
    else:
        new = (
            conversation_count(summary.conversations),
            message_count(summary.messages),
            contact_count(summary.contacts),
        )
        sentence = _("Would be new: {what}.") if options.dry_run else _("New: {what}.")
        output.say(sentence.format(what=", ".join(new)))
        if summary.skipped:
            output.say(_("Already here: {what}.").format(what=conversation_count(summary.skipped)))
        _tell_problems(summary.errors, summary.unlisted)
    if summary.is_stopped:
        output.narrate(_("Stopped. What was read stays; the same command again goes on from there."))


def _table(file: Path, options: ImportOptions) -> tuple[Table, Columns]:
    table = open_table(file, options.reading.encoding)
    return table, csv_conversations.checked_columns(table, options.reading)


def _show(transcript: Transcript) -> None:
    contact = transcript.contact
    people = [contact.name, contact.email, contact.phone, contact.tier] if contact else []
    parts = [
        f"{transcript.source} {transcript.id}",
        *people,
        transcript.subject,
        word(STATUS, transcript.status),
        *transcript.labels,
    ]
    output.say("\n" + " · ".join(str(part) for part in parts if part))
    for message in transcript.messages[:LINES_PREVIEWED]:
        output.say(_line(message))
    more = len(transcript.messages) - LINES_PREVIEWED
    if more > 0:
        output.say("  … " + message_count(more))


def _line(message: TranscriptMessage) -> str:
    when = local_time(message.at) if message.at is not None else " " * 16
    text = truncate(" ".join(message.text.split()), TEXT_CELLS)
    files = "".join(f" [{file.name}]" for file in message.attachments)
    author = f" {message.author}" if message.author else ""
    return f"  {when}  {word(SENDER, message.sender)}{author}: {text}{files}"


def _tell_problems(problems: tuple[Problem, ...] | list[Problem], unlisted: int) -> None:
    for problem in problems[:PROBLEMS_SHOWN]:
        output.narrate(f"{problem.sentence} {problem.hint}".rstrip())
    more = len(problems) + unlisted - PROBLEMS_SHOWN
    if more > 0:
        output.narrate(
            ngettext("{count} more record was bad.", "{count} more records were bad.", more).format(
                count=more
            )
        )


def _preview_document(
    file: Path, options: ImportOptions, found: list[Transcript], problems: list[Problem]
) -> dict[str, object]:
    document: dict[str, object] = {
        "format": options.form,
        "items": [json.loads(encode_line(transcript)) for transcript in found],
        "next": None,
        "errors": [_problem(file, problem) for problem in problems],
    }
    if options.form == csv_conversations.NAME:
        table, columns = _table(file, options)
        document["columns"] = dict(columns.pairs)
        document["unread_columns"] = list(columns.unread)
        document["encoding"] = table.encoding
    return document


def _summary_document(file: Path, summary: ImportSummary) -> dict[str, object]:
    document: dict[str, object] = {
        "conversations": summary.conversations,
        "messages": summary.messages,
        "contacts": summary.contacts,
        "skipped": summary.skipped,
        "errors": [_problem(file, problem) for problem in summary.errors],
    }
    if summary.unlisted:
        document["unlisted_errors"] = summary.unlisted
    if summary.is_stopped:
        document["stopped"] = True
    return document


def _problem(file: Path, problem: Problem) -> dict[str, object]:
    told: dict[str, object] = {
        "file": str(file),
        "line": problem.line,
        "reason": problem.reason,
        "hint": problem.hint,
    }
    return told if problem.record is None else {**told, "record": problem.record}
