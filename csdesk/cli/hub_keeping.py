"""``csdesk hub snapshot`` and ``csdesk hub fold``: how a hub stays small, and a new desk begins soon."""

from __future__ import annotations

from dataclasses import asdict

import click

from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.progress import progress_bar
from csdesk.cli.start import Start
from csdesk.i18n import _, ngettext

hub_option = click.option(
    "--hub",
    "address",
    metavar="DSN",
    help=_("The hub to run, where it is not the one made last (CSDESK_HUB)."),
)


@click.command(
    name="snapshot",
    help=_(
        "Leave a snapshot of this store on the hub: a new desk begins with it instead of reading everything one by one."
        " It holds what the team may know, and no draft, setting or password. For the desk of a lead, which also does"
        " it by itself while it is open."
    ),
    epilog=examples("csdesk hub snapshot"),
)
@json_option
@pass_start
def snapshot(start: Start, as_json: bool) -> None:
    from csdesk.cli.opening import store_of
    from csdesk.sync import engine

    with store_of(start) as store, progress_bar(_("Making the snapshot")) as progress:
        hub, made = engine.leave_snapshot(store, progress)
    if as_json:
        output.print_json({"hub": hub, "operations": made.operations, "desks": len(made.vector)})
        return
    output.say(
        _("The hub {hub} has a snapshot of {count} operations.").format(hub=hub, count=made.operations)
    )


@click.command(
    name="fold",
    help=_(
        "Keep the hub small: operations that all desks have, that are old, and that a snapshot holds keep their place"
        " there and lose their text. Each snapshot is proved first. A desk that was silent for 30 days is not waited"
        " for; it begins with the snapshot when it comes back, and what it did meanwhile goes up."
    ),
    epilog=examples("csdesk hub fold --plan", "csdesk hub fold --days 180"),
)
@click.option("--plan", "is_plan", is_flag=True, help=_("Only say what would be folded."))
@click.option(
    "--days",
    type=click.IntRange(0, 36_500),
    default=90,
    show_default=True,
    help=_("How old an operation has to be."),
)
@hub_option
@json_option
@pass_start
def fold(start: Start, is_plan: bool, days: int, address: str | None, as_json: bool) -> None:
    from csdesk.sync import folding, known_hub

    running = known_hub.run_by_me(address)
    if is_plan:
        found = folding.plan(running, days)
    else:
        with progress_bar(_("Folding")) as progress:
            found = folding.fold(running, days, progress)
    if as_json:
        output.print_json({"folded": not is_plan, **asdict(found)})
        return
    told = (
        ngettext("{count} operation may be folded.", "{count} operations may be folded.", found.operations)
        if is_plan
        else ngettext("{count} operation was folded.", "{count} operations were folded.", found.operations)
    )
    output.say(told.format(count=found.operations))
    output.print_table(
        [
            [str(each.desk), each.agent, str(each.folded), str(each.upto), str(each.head)]
            for each in found.desks
        ],
        [_("Desk"), _("Agent"), _("Folded before"), _("Up to"), _("Operations")],
    )
    for sentence in found.held_by:
        output.say(f"△ {sentence}")
