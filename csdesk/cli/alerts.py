"""``csdesk alerts``: how waiting customers make themselves heard, what was told lately, and a trial."""

from __future__ import annotations

import os
import sys

import click

from csdesk.availability.alerts import Level
from csdesk.cli import output
from csdesk.cli.moments import local_clock
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.shapes import Shape
from csdesk.cli.start import Start
from csdesk.clock import format_time
from csdesk.config import AlertSettings
from csdesk.desk import alerts as cases
from csdesk.desk.context import Desk
from csdesk.errors import EXIT_DONE, EXIT_REFUSED
from csdesk.i18n import N_, _
from csdesk.store.announced import Announcement
from csdesk.tui import notices
from csdesk.tui.notices import Protocol
from csdesk.tui.times import wait_text

TEST = "test"
SHOWN = 10
LEVELS = {Level.AMBER: N_("amber"), Level.RED: N_("red")}


@click.command(
    name="alerts",
    help=_(
        "Show how you are told of customers who wait, and what you were told lately. `test` rings the bell and"
        " asks this terminal for a notification, so that you know before it matters."
    ),
    epilog=examples("csdesk alerts", "csdesk alerts test", "csdesk alerts --json"),
)
@click.argument("wish", required=False, metavar="[test]", type=click.Choice([TEST]))
@json_option
@pass_start
def alerts(start: Start, wish: str | None, as_json: bool) -> int:
    settings = start.settings.alerts
    if wish == TEST:
        return _test(settings)
    with open_for(start) as desk:
        found = cases.recent(desk, SHOWN)
        if as_json:
            output.print_json(_document(settings, found))
            return EXIT_DONE
        output.say(" ".join([how_told(settings), *_exceptions(settings)]))
        if found:
            output.say()
            output.print_table([_row(desk, each) for each in found])
    return EXIT_DONE


def how_told(settings: AlertSettings) -> str:
    """What this terminal makes of an alert, in a sentence."""
    if not settings.is_on:
        return _("Alerts are off (alerts.is_on).")
    protocol = notices.protocol_for(settings.notify, os.environ)
    if protocol is not Protocol.NONE:
        return _("Alerts: a line, the bell, and notifications ({protocol}).").format(protocol=protocol.value)
    if settings.notify == "off":
        return _("Alerts: a line and the bell; notifications are off (alerts.notify).")
    return _("Alerts: a line and the bell. This terminal is not known to show notifications.")


def _exceptions(settings: AlertSettings) -> list[str]:
    if not settings.is_on or not settings.quiet_hours:
        return []
    return [_("Quiet hours: {hours}.").format(hours=settings.quiet_hours.strip())]


def _row(desk: Desk, each: Announcement) -> list[str]:
    return [
        local_clock(each.at, desk.now_ms()),
        f"#{each.short_ref}",
        _(LEVELS.get(each.level, LEVELS[Level.RED])),
        wait_text(each.at - each.since),
    ]


def _document(settings: AlertSettings, found: list[Announcement]) -> Shape:
    return {
        "is_on": settings.is_on,
        "notify": notices.protocol_for(settings.notify, os.environ).value,
        "quiet_hours": settings.quiet_hours,
        "told": [
            {
                "conversation": each.ref,
                "level": each.level.name.lower(),
                "waiting_since": format_time(each.since),
                "at": format_time(each.at),
            }
            for each in found
        ],
    }


def _test(settings: AlertSettings) -> int:
    """Ring and notify now, whatever the settings say about when."""
    if not sys.stdout.isatty():
        output.say(_("No terminal here: run it in the window you work in."))
        return EXIT_REFUSED
    protocol = notices.protocol_for(settings.notify, os.environ)
    sequence = notices.notification(
        protocol, _("This is what an alert looks like."), is_in_tmux=bool(os.environ.get("TMUX"))
    )
    sys.stdout.write(notices.BEL + sequence)
    sys.stdout.flush()
    output.say(_("You should have heard the bell."))
    if protocol is Protocol.NONE:
        output.say(how_told(settings))
        output.say(_('If it can, name how: alerts.notify = "osc9", "osc777" or "osc99" in the settings.'))
        return EXIT_DONE
    output.say(_("You should see a notification ({protocol}).").format(protocol=protocol.value))
    if os.environ.get("TMUX"):
        output.say(_("In tmux it needs: set -g allow-passthrough on"))
    return EXIT_DONE
