"""``csdesk db``: prove the store right, copy it, put a copy back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.progress import progress_bar, progress_line
from csdesk.cli.start import Start
from csdesk.clock import clock_from_environment
from csdesk.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_REFUSED
from csdesk.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from csdesk.store.file_copies import FileCopies
    from csdesk.store.verify import Report


@click.group(name="db", help=_("Verify, back up and restore the store."), epilog=examples("csdesk db verify"))
def db() -> None:
    """The group itself does nothing."""


@db.command(
    name="verify",
    help=_(
        "Rebuild everything from the log beside the store, and compare. Exit code 1 when a row differs; the rows"
        " are named. --deep also compares each word of the search index, the counters, the waits and attachments."
    ),
    epilog=examples("csdesk db verify", "csdesk --db desk.db db verify --deep --json"),
)
@click.option(
    "--deep", is_flag=True, help=_("Look at each word, counter and wait too; it takes four times as long.")
)
@json_option
@pass_start
def verify(start: Start, deep: bool, as_json: bool) -> int:
    from csdesk.cli.opening import upgrade
    from csdesk.store.presence import bring_up_to_date
    from csdesk.store.verify import verify as check

    upgrade(start)
    bring_up_to_date(start.database, clock_from_environment())
    share = ""

    def remember(done: int, total: int) -> None:
        nonlocal share
        share = f"{100 * done // max(total, 1)} %"
        line.tell(done, total)

    def at_stage(name: str, done: int, of: int) -> None:
        line.at_stage(_(_STAGES[name]), done, of)

    try:
        with progress_line(_("Verifying")) as line:
            report = check(start.database, remember, deep=deep, stage=at_stage)
    except KeyboardInterrupt:
        output.narrate(
            _("Stopped at {share}; nothing was found out, nothing was changed.").format(share=share)
        )
        return EXIT_INTERRUPTED
    if as_json:
        output.print_json(_shape_of(report))
    elif report.is_clean:
        output.say(
            ngettext(
                "{count} operation; every row says what the log says.",
                "{count} operations; every row says what the log says.",
                report.operations,
            ).format(count=report.operations)
        )
    else:
        for problem in report.problems:
            output.say(problem)
        if report.is_log_whole:
            output.narrate(
                ngettext(
                    "The log is whole: its {count} operation can be read, and none is lost.",
                    "The log is whole: all its {count} operations can be read, and none is lost.",
                    report.operations,
                ).format(count=report.operations)
            )
        output.narrate(_("The store is not sound. csdesk db restore SOURCE puts a backup back."))
    return EXIT_DONE if report.is_clean else EXIT_REFUSED


_STAGES: Mapping[str, str] = {
    "witness": N_("log"),
    "chain": N_("log"),
    "file": N_("pages"),
    "references": N_("references"),
    "replay": N_("operations replayed"),
    "rows": N_("rows compared"),
    "words": N_("messages of the search index"),
    "message_index": N_("messages of the search index"),
    "heading_index": N_("names of the search index"),
    "view_count": N_("counters"),
    "waiting": N_("waits"),
    "outbox": N_("outbox"),
    "draft": N_("drafts"),
    "attachment": N_("attachments"),
}
"""What a person reads while each check of ``verify`` is at work."""


def _shape_of(report: Report) -> dict[str, object]:
    checks = [
        {
            "name": check.name,
            "ok": not check.problems,
            "checked": check.looked_at,
            "problems": list(check.problems),
        }
        for check in report.checks
    ]
    return {
        "ok": report.is_clean,
        "operations": report.operations,
        "unknown": report.unknown,
        "problems": list(report.problems),
        "checks": checks,
    }


@db.command(
    name="backup",
    help=_(
        "Copy the store to DEST while it is in use. The copy is checked before it has that name; the same command"
        " goes on with one that was stopped. Attachments go to the folder DEST.files."
    ),
    epilog=examples("csdesk db backup desk-friday.db", "csdesk db backup /mnt/usb/desk.db --force --json"),
)
@click.argument("dest", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help=_("Overwrite DEST."))
@json_option
@pass_start
def backup(start: Start, dest: Path, force: bool, as_json: bool) -> int:
    from csdesk.store import backup as copies

    try:
        with progress_bar(_("Copying")) as progress:
            made = copies.backup(
                start.database, dest, clock_from_environment(), is_forced=force, progress=progress
            )
    except KeyboardInterrupt:
        output.narrate(
            _("Stopped; {path} is as it was. The same command goes on from here.").format(path=dest)
        )
        return EXIT_INTERRUPTED
    if as_json:
        facts = {"operations": made.operations, "bytes": made.size, "kept_bytes": made.kept}
        facts |= _shape_of_files(made.files)
        output.print_json({"path": str(made.path), **facts})
        return EXIT_DONE
    output.say(
        _("Copied to {path}: {count} operations, {size} MB.").format(
            path=made.path, count=made.operations, size=_megabytes(made.size)
        )
    )
    if made.kept:
        output.say(
            _("{size} MB of it were there from a backup that was stopped.").format(size=_megabytes(made.kept))
        )
    _tell_files(made.files)
    return EXIT_DONE


def _shape_of_files(files: FileCopies) -> dict[str, int]:
    return {"files": files.count, "file_bytes": files.size, "broken_files": files.broken}


def _tell_files(files: FileCopies) -> None:
    """The attachments, where there are any."""
    if files.count:
        output.say(
            ngettext(
                "{count} attachment beside it, {size} MB.",
                "{count} attachments beside it, {size} MB.",
                files.count,
            ).format(count=files.count, size=_megabytes(files.size))
        )
    if files.broken:
        output.narrate(
            ngettext(
                "{count} attachment had changed on the disk and was left out: see csdesk db verify --deep.",
                "{count} attachments had changed on the disk and were left out: see csdesk db verify --deep.",
                files.broken,
            ).format(count=files.broken)
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"


@db.command(
    name="restore",
    help=_(
        "Put the backup SOURCE in the place of the store. SOURCE is verified first, and the store from before is"
        " kept beside it. Refused while another program has the store open."
    ),
    epilog=examples(
        "csdesk db restore desk-friday.db", "csdesk --db new.db db restore desk-friday.db --json"
    ),
)
@click.argument("source", type=click.Path(path_type=Path))
@json_option
@pass_start
def restore(start: Start, source: Path, as_json: bool) -> None:
    from csdesk.store import backup as copies

    with progress_bar(_("Restoring")) as progress:
        done = copies.restore(source, start.database, clock_from_environment(), progress=progress)
    if as_json:
        output.print_json(
            {
                "path": str(done.copy.path),
                "operations": done.copy.operations,
                "kept": str(done.kept) if done.kept else None,
                "stopped_messages": done.stopped,
                **_shape_of_files(done.copy.files),
            }
        )
        return
    output.say(_("Restored: {count} operations.").format(count=done.copy.operations))
    _tell_files(done.copy.files)
    if done.kept:
        output.say(_("The store from before is {path}.").format(path=done.kept))
    if done.stopped:
        output.say(
            ngettext(
                "{count} message was on its way then and may have been sent since: see csdesk outbox.",
                "{count} messages were on their way then and may have been sent since: see csdesk outbox.",
                done.stopped,
            ).format(count=done.stopped)
        )
