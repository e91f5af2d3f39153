"""``csdesk etiquette``: the rules of the etiquette check that a team shares."""

from __future__ import annotations

import click

from csdesk.cli import team_packs
from csdesk.cli.etiquette_ignored import ignored
from csdesk.cli.options import examples
from csdesk.i18n import _
from csdesk.model.published import Thing


@click.group(
    name="etiquette",
    help=_(
        "The rules of the etiquette check: publish the team's own, look at their versions, take them back, and see"
        " which ones are ignored."
    ),
    epilog=examples(
        "csdesk etiquette publish shop.yaml", "csdesk etiquette versions", "csdesk etiquette ignored"
    ),
)
def etiquette() -> None:
    """The group itself does nothing."""


team_packs.add_to(etiquette, Thing.ETIQUETTE)
etiquette.add_command(ignored)
