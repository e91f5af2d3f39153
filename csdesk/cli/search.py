"""``csdesk search``: find messages, names and subjects."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

import click

from csdesk.cli import output, shapes
from csdesk.cli.moments import local_time
from csdesk.cli.opening import open_for
from csdesk.cli.options import after_option, examples, json_option, limit_option, pass_start
from csdesk.cli.start import Start
from csdesk.cli.wording import SENDER, word
from csdesk.desk.context import Desk
from csdesk.i18n import N_, _
from csdesk.model.search import Hit, SearchPage
from csdesk.store import search as finding
from csdesk.store.search_query import Query, parse
from csdesk.text import cell_width, truncate

HITS = 20
MOST_HITS = 5_000
DEADLINE_MS = 10_000
"""A script waits longer than a person who types: what is common is found in milliseconds all the same."""
LIT, PLAIN = "\x1b[1;36m", "\x1b[0m"
REF_SHOWN = 6
NAME_CELLS = 20
LEAST_ROOM = 20


@click.command(
    name="search",
    help=N_(
        'Find messages, the newest first, by words, "phrases", ref* and filters: from: agent: inbox: label: status:'
        " stage: tier: before: after: has:note mentions:me in:REF sort:relevance. All of it must hold. Page on with --after"
        " and the value of next."
    ),
    epilog=examples(
        "csdesk search 退货",
        "csdesk search '\"不讲价\" from:customer' --json",
        "csdesk search refund label:vip after:7d --count",
    ),
)
@click.argument("query", metavar="QUERY...", nargs=-1, required=True)
@limit_option(MOST_HITS, HITS)
@after_option
@click.option("--count", "is_count", is_flag=True, help=N_("Only say how many there are, up to 1000."))
@json_option
@pass_start
def search(
    start: Start, query: Sequence[str], limit: int, after: str | None, is_count: bool, as_json: bool
) -> None:
    with open_for(start) as desk:
        asked = parse(" ".join(query), desk.now_ms(), me=desk.agent.name)
        if is_count:
            _print_count(desk, asked, as_json)
            return
        found = finding.search(desk.store.reader(), asked, after=after, limit=limit, deadline_ms=DEADLINE_MS)
    if as_json:
        output.print_json(shapes.listing((shapes.hit_item(hit) for hit in found.hits), found.next))
    else:
        _print_hits(found)


def _print_count(desk: Desk, asked: Query, as_json: bool) -> None:
    counted = finding.count(desk.store.reader(), asked, deadline_ms=DEADLINE_MS)
    if as_json:
        output.print_json({"count": counted.number, "is_exact": counted.is_exact})
    else:
        output.say(f"{counted.number}{'' if counted.is_exact else '+'}")


def _print_hits(found: SearchPage) -> None:
    is_lit = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    leads = output.table_lines([[*_facts(hit), "."] for hit in found.hits], widest=NAME_CELLS)
    for line, hit in zip(leads, found.hits, strict=True):
        lead = line.removesuffix(".")
        rest = None if room is None else max(LEAST_ROOM, room - cell_width(lead))
        sys.stdout.write(lead + _snippet(hit, rest, is_lit) + "\n")
    if not found.is_complete:
        output.narrate(_("Found so far; there may be more: add --after {key}").format(key=found.next))
    elif found.next is not None:
        output.narrate(_("More: add --after {key}").format(key=found.next))
    elif not found.hits:
        output.narrate(_("Nothing says that. Try fewer words, or leave out a filter."))


def _facts(hit: Hit) -> list[str]:
    who = hit.author_name or word(SENDER, hit.sender)
    return [f"#{hit.ref[:REF_SHOWN]}", local_time(hit.at), who]


def _snippet(hit: Hit, room: int | None, is_lit: bool) -> str:
    """The snippet in at most ``room`` cells, what fits the query in bold."""
    parts: list[str] = []
    used = last = 0
    for start, end in (*hit.spans, (len(hit.snippet), len(hit.snippet))):
        for text, is_hit in ((hit.snippet[last:start], False), (hit.snippet[start:end], True)):
            shown = output.harmless(text)
            if room is not None and cell_width(shown) > room - used:
                shown = truncate(shown, room - used)
                room = 0
            used += cell_width(shown)
            parts.append(f"{LIT}{shown}{PLAIN}" if is_hit and is_lit and shown else shown)
            if room == 0:
                return "".join(parts)
        last = end
    return "".join(parts)
