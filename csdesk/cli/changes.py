"""``csdesk changes``: what others did since you looked last."""

from __future__ import annotations

from contextlib import suppress

import click

from csdesk.cli import output, shapes
from csdesk.cli.moments import local_clock, read_moment, read_span
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.pages import name_of
from csdesk.cli.start import Start
from csdesk.desk import changes as cases
from csdesk.desk.changes import Changed, Digest
from csdesk.errors import UsageError
from csdesk.i18n import _, ngettext

DAY_MS = 86_400_000


@click.command(
    name="changes",
    help=_(
        "What others did since you looked last: new conversations, messages, claims, transfers, ends, labels, notes,"
        " erasures; by conversation, yours first. Then it counts as seen.\n\n"
        "With --since it tells what was done since then, and nothing counts as seen: 2h ago, 08:30, or a time as for"
        " `csdesk snooze`."
    ),
    epilog=examples("csdesk changes", "csdesk changes --since 8h", "csdesk changes --json"),
)
@click.option("--since", metavar=_("WHEN"), help=_("Since when: 2h is two hours ago, 08:30 the last one."))
@click.option("--keep", is_flag=True, help=_("Do not count it as seen."))
@json_option
@pass_start
def changes(start: Start, since: str | None, keep: bool, as_json: bool) -> None:
    with open_for(start) as desk:
        now = desk.now_ms()
        found = cases.digest(desk, None if since is None else _moment(since, now))
        if as_json:
            output.print_json(_document(found))
        else:
            _print(found, now)
        if since is None and not keep:
            cases.seen(desk, found)


def _moment(text: str, now_ms: int) -> int:
    """``2h`` is two hours ago, ``08:30`` the last one. Raises UsageError."""
    with suppress(UsageError):
        return now_ms - read_span(text)
    with suppress(UsageError):
        at = read_moment(text, now_ms)
        before = at if at <= now_ms else at - DAY_MS
        if before <= now_ms:
            return before
    raise UsageError(
        "changes.bad_since",
        _("{value} is no time in the past.").format(value=text[:40]),
        _("Write 2h for two hours ago, 08:30, 2026-01-31 or 2026-01-31T14:00."),
    )


def _document(found: Digest) -> shapes.Shape:
    return {
        "items": [
            {
                "conversation": each.conversation.ref,
                "contact": each.conversation.contact_name,
                "status": each.conversation.status,
                "assignee": each.conversation.assignee_name,
                "is_mine": each.is_mine,
                "what": dict(each.what),
                "by": list(each.by),
                "at": shapes.moment(each.at),
            }
            for each in found.talks
        ],
        "more": found.more,
        "besides": found.besides,
        "next": None,
    }


def _print(found: Digest, now_ms: int) -> None:
    if found.is_empty:
        output.say(_("Nobody else did anything since you looked."))
        return
    output.print_table([_row(each, now_ms) for each in found.talks])
    if found.more:
        output.say(_("and {count} more conversations").format(count=f"{found.more:,}"))
    if found.besides:
        said = ngettext("{count} change besides", "{count} changes besides", found.besides)
        output.say(said.format(count=f"{found.besides:,}"))


def _row(each: Changed, now_ms: int) -> list[str]:
    return [
        local_clock(each.at, now_ms),
        f"#{each.conversation.short_ref}",
        name_of(each.conversation.contact_name),
        _("mine") if each.is_mine else each.conversation.assignee_name or "",
        ", ".join(cases.words(each.what)),
        ", ".join(each.by),
    ]
