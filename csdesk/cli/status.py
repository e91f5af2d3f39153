"""``csdesk status``: an overview, and one line of it for a status bar.

The one line is asked for every few seconds: what it does not need is imported where the rest needs it.
"""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

import click

from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.cli.wording import DELIVERY, VIEW, word
from csdesk.clock import clock_from_environment
from csdesk.i18n import _, ngettext
from csdesk.store.glance import Glance, glance
from csdesk.store.presence import bring_up_to_date, is_being_upgraded
from csdesk.tui.times import wait_text

if TYPE_CHECKING:
    from csdesk.cli.shapes import Shape
    from csdesk.config import WaitLimits
    from csdesk.desk.context import Desk

SEPARATOR = " · "
UNDERWAY = ("held", "approval", "queued", "sending", "failed", "look")


@click.command(
    name="status",
    help=_("An overview of the desk. --short is one line, quick enough for the status bar of tmux."),
    epilog=examples(
        "csdesk status", "tmux set -g status-right '#(csdesk status --short --tmux)'", "csdesk status --json"
    ),
)
@click.option("--short", "is_short", is_flag=True, help=_("One line."))
@click.option("--tmux", "in_tmux", is_flag=True, help=_("With --short: the colours of tmux's status line."))
@json_option
@pass_start
def status(start: Start, is_short: bool, in_tmux: bool, as_json: bool) -> None:
    if is_short and not as_json:
        clock = clock_from_environment()
        if is_being_upgraded(start.database):
            output.say(_("upgrading"))
            return
        bring_up_to_date(start.database, clock)
        limits = start.settings.queue.limits() if in_tmux else None
        output.say(_short(glance(start.database, _agent_name(start)), clock.now_ms(), limits))
        return
    from csdesk.cli.opening import open_for

    with open_for(start) as desk:
        seen = glance(desk.store.path, desk.agent.name)
        if as_json:
            output.print_json(_document(desk, seen))
        else:
            _print_overview(desk, seen)


def _agent_name(start: Start) -> str:
    """Who asks, by the rule of ``open_desk``; nobody is made for a mere look."""
    named = start.agent or os.environ.get("CSDESK_AGENT") or start.settings.agent.name
    try:
        return named or getpass.getuser()
    except (KeyError, OSError):
        return ""


def _short(seen: Glance, now_ms: int, limits: WaitLimits | None = None) -> str:
    """``waiting 7 · mine 3/3 · longest 02:41 · ✗ 1``: what asks for nothing is left out.

    With ``limits`` the longest wait and failures stand in the colours of tmux.
    """
    mine = str(seen.views.get("mine", 0)) + (f"/{seen.capacity}" if seen.capacity else "")
    parts = [
        _("waiting {count}").format(count=seen.views.get("waiting", 0)),
        _("mine {count}").format(count=mine),
    ]
    if seen.longest_since is not None:
        age_ms = now_ms - seen.longest_since
        colour = ""
        if limits is not None:
            colour = "red" if age_ms >= limits.red_ms else "yellow" if age_ms >= limits.amber_ms else ""
        parts.append(_coloured(_("longest {time}").format(time=wait_text(age_ms)), colour))
    if seen.outbox.get("approval"):
        parts.append(_("to approve {count}").format(count=seen.outbox["approval"]))
    if seen.outbox.get("failed"):
        parts.append(_coloured(f"✗ {seen.outbox['failed']}", "red" if limits else ""))
    if seen.outbox.get("look"):
        parts.append(_coloured(f"▲ {seen.outbox['look']}", "yellow" if limits else ""))
    return SEPARATOR.join(parts)


def _coloured(text: str, colour: str) -> str:
    return f"#[fg={colour}]{text}#[default]" if colour else text


def _document(desk: Desk, seen: Glance) -> Shape:
    from csdesk.cli import shapes
    from csdesk.desk import availability
    from csdesk.store import conversations

    longest = None if seen.longest is None else conversations.get(desk.store.reader(), seen.longest)
    return {
        "me": {**shapes.agent_item(desk.agent), **shapes.standing_facts(availability.reach(desk).standing)},
        "store": str(desk.store.path),
        "counts": {view: seen.views.get(view, 0) for view in VIEW},
        "longest_wait": None if longest is None else shapes.conversation_facts(desk, longest),
        "outbox": {state: seen.outbox.get(state, 0) for state in UNDERWAY},
        "drafts": seen.drafts,
        "lost_operations": desk.store.lost.count if desk.store.lost else 0,
        "hub": _hub(desk),
    }


def _hub(desk: Desk) -> Shape | None:
    """How the desk stands with the team's hub; None where it joined none. ``up`` operations are not there yet, and the
    contents of ``files_up`` files; those of ``files_down`` are to come."""
    from csdesk.cli import shapes
    from csdesk.desk import fetching
    from csdesk.store import hub, joined, sending_up

    reader = desk.store.reader()
    state = hub.state(reader)
    if state is None:
        return None
    way = fetching.on_their_way(desk)
    return {
        "name": state.name,
        "in_reach": not joined.is_out_of_reach(reader, desk.now_ms()),
        "contact_at": shapes.moment(state.contact_at),
        "up": sending_up.count_unsent(reader),
        "files_up": way.up,
        "files_down": way.down,
        "files_refused": way.refused,
    }


def _standing(desk: Desk) -> str:
    """How the agent stands, and for others during an offline shift."""
    from csdesk.cli.availability import sentences
    from csdesk.desk import availability

    return sentences(desk, availability.reach(desk))[0]


def _print_overview(desk: Desk, seen: Glance) -> None:
    from csdesk.desk import fetching

    output.say(f"{desk.agent.name}{SEPARATOR}{desk.store.path}")
    output.say(_standing(desk))
    output.print_table([[_(name), str(seen.views.get(view, 0))] for view, name in VIEW.items()])
    output.say(_longest(desk, seen))
    leaving = [f"{word(DELIVERY, state)} {seen.outbox[state]}" for state in UNDERWAY if state in seen.outbox]
    if leaving:
        output.say(_("Outbox: {states}").format(states=SEPARATOR.join(leaving)))
    if hub := _hub(desk):
        said = _("Hub {name}: in reach") if hub["in_reach"] else _("Hub {name}: out of reach")
        up = _("to send {count}").format(count=hub["up"])
        files = fetching.sentence(fetching.on_their_way(desk))
        parts = [said.format(name=hub["name"]), up, files]
        output.say(SEPARATOR.join(part for part in parts if part))
    if seen.drafts:
        output.say(ngettext("{count} draft", "{count} drafts", seen.drafts).format(count=seen.drafts))
    if desk.store.lost:
        output.narrate(desk.store.lost.sentence)


def _longest(desk: Desk, seen: Glance) -> str:
    if seen.longest is None or seen.longest_since is None:
        return _("No one is waiting.")
    from csdesk.cli.pages import name_of
    from csdesk.store import conversations

    current = conversations.get(desk.store.reader(), seen.longest)
    return _("Longest wait: {time}, {contact}. See it: csdesk show {ref}").format(
        time=wait_text(desk.now_ms() - seen.longest_since),
        contact=name_of(current.contact_name),
        ref=current.short_ref,
    )
