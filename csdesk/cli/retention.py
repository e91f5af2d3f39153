"""``csdesk retention``: what was kept long enough by the settings, and erasing it."""

from __future__ import annotations

import click

from csdesk.cli import output, shapes
from csdesk.cli.contact import tell_erased
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.progress import progress_bar
from csdesk.cli.start import Start
from csdesk.desk import retention as cases
from csdesk.i18n import _, ngettext


@click.command(
    name="retention",
    help=_(
        "Count the resolved conversations that are older than the setting [retention] of their inbox says. With"
        " --apply their words are erased for good, as by contact erase; open and snoozed ones never."
    ),
    epilog=examples("csdesk retention", "csdesk retention --apply --json"),
)
@click.option("--apply", "is_applied", is_flag=True, help=_("Erase them now."))
@json_option
@pass_start
def retention(start: Start, is_applied: bool, as_json: bool) -> None:
    with open_for(start) as desk:
        due, unknown = cases.overdue(desk)
        done = None
        if is_applied:
            with progress_bar(_("Erasing")) as progress:
                done = cases.erase_overdue(desk, due, progress)
    for name in unknown:
        output.narrate(_("There is no inbox named {name}, which [retention] speaks of.").format(name=name))
    if as_json:
        items = [
            {"inbox": each.inbox, "days": each.days, "conversations": len(each.conversations)} for each in due
        ]
        erased = shapes.erased_item(done) if done else None
        output.print_json({"items": items, "next": None, "unknown": unknown, "erased": erased})
    elif done is not None:
        tell_erased(done)
    else:
        _tell_due(due)


def _tell_due(due: list[cases.Overdue]) -> None:
    if not due:
        output.say(_("No inbox has a time: write [retention] into the settings, such as web = 365."))
    for each in due:
        count = len(each.conversations)
        output.say(
            ngettext(
                "{inbox}: {count} conversation resolved more than {days} days ago.",
                "{inbox}: {count} conversations resolved more than {days} days ago.",
                count,
            ).format(inbox=each.inbox, count=count, days=each.days)
        )
    if any(each.conversations for each in due):
        output.say(_("Nothing was changed; csdesk retention --apply erases their words."))
