"""``csdesk replies stats``: how quick replies do, and which answers are worth becoming one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from csdesk.bootstrap import open_desk
from csdesk.cli import output
from csdesk.cli.bars import file_bar
from csdesk.cli.moments import local_time
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.packs_in_use import library_in_use
from csdesk.cli.start import Start
from csdesk.clock import format_time
from csdesk.desk.learning import Progress, Proposal, ReplyRecord, proposals, records
from csdesk.i18n import _, ngettext

MOST_SHOWN = 100


@click.command(
    name="stats",
    help=_(
        "Which quick replies are used, how they do, and which answers written by hand are worth becoming one."
        " “Asked again” counts uses after which the customer asked the same within ten minutes."
    ),
    epilog=examples("csdesk replies stats", "csdesk replies stats --limit 50 --json"),
)
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_SHOWN),
    default=10,
    show_default=True,
    help=_("How many replies and proposals at most; JSON has all replies."),
)
@click.option(
    "--no-proposals", is_flag=True, help=_("Do not look through all messages for frequent answers.")
)
@json_option
@pass_start
def stats_command(start: Start, /, limit: int, no_proposals: bool, as_json: bool) -> None:
    with open_desk(start.database, agent=start.agent, settings=start.settings) as desk:
        replies = library_in_use(start).replies
        found = records(desk, replies)
        proposed: list[Proposal] = []
        if not no_proposals:
            with _bar() as progress:
                proposed = proposals(desk, replies, progress)[:limit]
    if as_json:
        items = [_told(each) for each in found]
        output.print_json({"items": items, "next": None, "proposals": [_proposed(each) for each in proposed]})
    else:
        _print(found, proposed, limit)


@contextmanager
def _bar() -> Iterator[Progress | None]:
    with file_bar(_("Reading messages")) as told:
        if told is None:
            yield None
            return

        def progress(done: int, total: int) -> bool:
            told(done, total)
            return True

        yield progress


def _print(found: list[ReplyRecord], proposed: list[Proposal], limit: int) -> None:
    used = [each for each in found if each.uses]
    _print_used(_("Used most"), used[:limit])
    again = sorted((each for each in used if each.asked_again), key=lambda each: -each.again_rate)
    _print_used(_("Often asked again"), again[:limit])
    unused = len(found) - len(used)
    output.say(
        ngettext("{count} reply was never used.", "{count} replies were never used.", unused).format(
            count=unused
        )
    )
    if proposed:
        output.say()
        output.say(_("Frequent answers that are no quick reply yet"))
        output.print_table([(str(each.count), " ".join(each.body.split())) for each in proposed])


def _print_used(title: str, found: list[ReplyRecord]) -> None:
    if not found:
        return
    output.say(title)
    rows = [
        (
            each.reply.code,
            each.reply.title,
            str(each.uses),
            local_time(each.last_ms) if each.last_ms is not None else "",
            f"{each.again_rate:.0%}",
            str(each.resolved),
            f"{each.rating:.1f}" if each.rating is not None else "",
        )
        for each in found
    ]
    heads = (_("code"), _("title"), _("uses"), _("last"), _("asked again"), _("resolved after"), _("rating"))
    output.print_table(rows, heads)
    output.say()


def _told(each: ReplyRecord) -> dict[str, Any]:
    return {
        "code": each.reply.code,
        "title": each.reply.title,
        "pack": each.reply.pack,
        "scope": each.reply.scope.value,
        "uses": each.uses,
        "last_used_at": format_time(each.last_ms) if each.last_ms is not None else None,
        "followed": each.followed,
        "asked_again": each.asked_again,
        "resolved": each.resolved,
        "rating": each.rating,
    }


def _proposed(each: Proposal) -> dict[str, Any]:
    return {"body": each.body, "count": each.count}
