"""``csdesk hub snapshot`` and ``csdesk hub fold``: how a hub stays small, and a new desk begins soon."""

from __future__ import annotations

import click

from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.progress import progress_bar
from csdesk.cli.start import Start
from csdesk.i18n import _

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
