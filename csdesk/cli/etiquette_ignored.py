"""``csdesk etiquette ignored``: which rules agents do not follow, and why."""

from __future__ import annotations

import click

from csdesk.cli import output
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.i18n import _, ngettext
from csdesk.model.finding import Ignored

DAY_MS = 86_400_000
SHOWN = 20


@click.command(
    name="ignored",
    help=_(
        "The rules that were ignored most often while writing, with the reasons that were given: what to talk about"
        " with a trainee, and which rules do not fit the shop."
    ),
    epilog=examples("csdesk etiquette ignored", "csdesk etiquette ignored --agent Mia --days 30 --json"),
)
@click.option("--agent", "who", metavar=_("NAME"), help=_("Only this agent."))
@click.option("--days", type=click.IntRange(1, 3650), help=_("Only the last so many days."))
@json_option
@pass_start
def ignored(start: Start, who: str | None, days: int | None, as_json: bool) -> None:
    from csdesk.desk import people, wording

    with open_for(start) as desk:
        agent = people.agent_named(desk.store.reader(), who).id if who else None
        since = desk.now_ms() - days * DAY_MS if days else 0
        found = wording.often_ignored(desk, agent, since=since)
    if as_json:
        output.print_json({"items": [_item(each) for each in found], "next": None})
        return
    rows = [
        [each.rule, str(each.times), str(each.accepted), wording.reasons_told(each.reasons)]
        for each in found[:SHOWN]
    ]
    if rows:
        output.print_table(rows, [_("Rule"), _("Ignored"), _("Taken"), _("Reasons")])
    output.narrate(
        ngettext("{count} rule was ignored", "{count} rules were ignored", len(found)).format(
            count=len(found)
        )
    )


def _item(each: Ignored) -> dict[str, object]:
    return {
        "rule": each.rule,
        "ignored": each.times,
        "accepted": each.accepted,
        "reasons": dict(each.reasons),
    }
