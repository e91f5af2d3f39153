"""``csdesk replies``: find a quick reply, check packs, exchange them with other systems."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from csdesk import paths
from csdesk.cli import output, replies_exchange, replies_stats, team_packs
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.packs_in_use import library_in_use, team_files
from csdesk.cli.replies_manners import inspector
from csdesk.cli.start import Start
from csdesk.clock import clock_from_environment
from csdesk.errors import EXIT_DONE, EXIT_REFUSED, CsdeskError
from csdesk.i18n import _, language, ngettext
from csdesk.model.conversation import Stage, Tier
from csdesk.model.published import Thing
from csdesk.model.reply import FoundReply
from csdesk.replies.finder import Finder
from csdesk.replies.keys import Keys, compute_in_child, load_keys, missing
from csdesk.replies.linting import Gravity, LintFinding, lint_packs
from csdesk.replies.pack import Library, pack_folders, read_packs
from csdesk.replies.schema import CHANNELS

MOST_RESULTS = 5000
STAGES = [stage.value for stage in Stage]


@click.group(
    name="replies",
    help=_("Find, check, import and export quick replies, and share them with the team."),
    epilog=examples("csdesk replies find bujiang", "csdesk replies lint my-pack.yaml"),
)
def replies() -> None:
    """The group itself does nothing."""


@replies.command(
    name="find",
    help=_("Find quick replies by code, pinyin, title, tag or text; no store is needed."),
    epilog=examples("csdesk replies find bjj", "csdesk replies find 退货 --lang zh --json"),
)
@click.argument("query", nargs=-1, required=True, metavar=_("QUERY..."))
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_RESULTS),
    default=30,
    show_default=True,
    help=_("How many replies at most."),
)
@click.option("--lang", metavar=_("LANG"), help=_("Only replies in this language: zh, en ..."))
@click.option("--stage", type=click.Choice(STAGES), help=_("Those for this stage of the sale first."))
@click.option(
    "--tier", type=click.Choice([tier.value for tier in Tier]), help=_("Those for this tier first.")
)
@click.option("--channel", type=click.Choice(CHANNELS), help=_("Those for this kind of channel first."))
@click.option("--any-time", is_flag=True, help=_("Also those that may not be used at this time."))
@click.option(
    "--after",
    type=click.IntRange(0, MOST_RESULTS),
    default=0,
    metavar=_("NEXT"),
    help=_("Go on after a page: the “next” of its JSON."),
)
@json_option
@pass_start
def find_command(
    start: Start,
    query: Sequence[str],
    limit: int,
    lang: str | None,
    stage: str | None,
    tier: str | None,
    channel: str | None,
    any_time: bool,
    after: int,
    as_json: bool,
) -> None:
    library = library_in_use(start)
    for problem in library.problems:
        output.narrate(str(problem))
    finder = Finder(library, _keys_of(library), prefer=language())
    end = after + limit
    found = finder.find(
        " ".join(query),
        limit=end + 1,
        lang=lang,
        stage=stage,
        tier=tier,
        channel=channel,
        now=None if any_time else _local_now(),
    )
    page, follows = found[after:end], len(found) > end
    if as_json:
        output.print_json({"items": [_told(each) for each in page], "next": str(end) if follows else None})
        return
    if not page:
        output.narrate(_("No quick reply matches. Try its code, a word of its text, or pinyin initials."))
    shown = [(each.reply.code, each.reply.title, _one_line(each.reply.body)) for each in page]
    output.print_table(shown)
    if follows:
        output.narrate(_("There are more: raise --limit."))


@replies.command(
    name="lint",
    help=_("Check packs: files or folders. Without a path, those in use are checked."),
    epilog=examples("csdesk replies lint", "csdesk replies lint quick_replies/zh-core.yaml --json"),
)
@click.argument("targets", nargs=-1, type=click.Path(path_type=Path), metavar=_("[PATH]..."))
@json_option
@pass_start
def lint_command(start: Start, targets: tuple[Path, ...], as_json: bool) -> int:
    folders = pack_folders(start.settings.replies)
    chosen = targets or tuple(folder.path for folder in folders if paths.is_there(folder.path))
    today = time.localtime(clock_from_environment().now_ms() // 1000)
    with team_files(start, Thing.ETIQUETTE) as rules:
        inspect = inspector(rules)
    found = lint_packs(read_packs(chosen, folders), date(*today[:3]), inspect)
    if as_json:
        output.print_json({"items": [_told_finding(each) for each in found], "next": None})
    else:
        for each in found:
            output.say(
                f"{each.problem.where}: {gravity_word(each.gravity)}: {each.problem.reason}\n    {each.problem.fix}"
            )
        output.narrate(_summary(paths.count_data_files(chosen), found))
    return EXIT_REFUSED if any(each.gravity is Gravity.ERROR for each in found) else EXIT_DONE


def gravity_word(gravity: Gravity) -> str:
    """How grave a finding is, in a word."""
    return {Gravity.ERROR: _("error"), Gravity.WARNING: _("warning"), Gravity.NOTE: _("note")}[gravity]


replies.add_command(replies_exchange.import_command)
replies.add_command(replies_exchange.export_command)
replies.add_command(replies_stats.stats_command)
team_packs.add_to(replies, Thing.REPLIES)


def _keys_of(library: Library) -> Keys:
    """Keys from the cache, completed when titles are new; finding works without, so trouble is only told."""
    cache = paths.cache_folder() / "reply-keys.json"
    keys = load_keys(library, cache)
    lacking = missing(library, keys)
    if not lacking:
        return keys
    try:
        return compute_in_child(lacking, cache, library)
    except CsdeskError as error:
        output.narrate(error.sentence)
        return keys


def _local_now() -> datetime:
    return datetime.fromtimestamp(clock_from_environment().now_ms() / 1000).astimezone()


def _told(found: FoundReply) -> dict[str, Any]:
    reply = found.reply
    return {
        "code": reply.code,
        "title": reply.title,
        "pack": reply.pack,
        "score": found.score,
        "body": reply.body,
    }


def _told_finding(found: LintFinding) -> dict[str, Any]:
    problem = found.problem
    return {
        "severity": found.gravity.value,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "reason": problem.reason,
        "fix": problem.fix,
    }


def _summary(files: int, found: Sequence[LintFinding]) -> str:
    wrong = sum(each.gravity is Gravity.ERROR for each in found)
    warned = sum(each.gravity is Gravity.WARNING for each in found)
    checked = ngettext("{count} pack checked", "{count} packs checked", files).format(count=files)
    problems = ngettext("{count} problem", "{count} problems", wrong).format(count=wrong)
    warnings = ngettext("{count} warning", "{count} warnings", warned).format(count=warned)
    return _("{checked}, {wrong}, {warned}.").format(checked=checked, wrong=problems, warned=warnings)


def _one_line(body: str) -> str:
    return " ".join(body.split())
