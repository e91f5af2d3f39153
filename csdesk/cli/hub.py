"""``csdesk hub``: make the team's hub, let desks in, keep them out."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from csdesk.cli import hub_keeping, output
from csdesk.cli.hub_keeping import hub_option
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.shapes import listing, moment
from csdesk.cli.start import Start
from csdesk.errors import UsageError
from csdesk.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from csdesk.sync.desks import Status

RANKS = {"agent": N_("agent"), "lead": N_("lead")}
STATES = {"active": N_("may come"), "fenced": N_("fenced"), "retired": N_("retired")}

rank_option = click.option(
    "--role",
    "rank",
    type=click.Choice(list(RANKS)),
    default="agent",
    show_default=True,
    help=_("What they may do."),
)
scope_option = click.option(
    "--scope",
    type=click.IntRange(0, 2**31 - 1),
    default=0,
    show_default=True,
    help=_("The number of the team that sees what this desk does; 0 is everybody."),
)
desk_argument = click.argument("desk", metavar="DESK", type=click.IntRange(1, 2**31 - 1))


@click.group(
    name="hub",
    help=_("Run the team's hub, where desks meet: make it, let desks in, keep them out."),
    epilog=examples("csdesk hub local", "csdesk hub enrol --name 张敏", "csdesk hub status"),
)
def hub() -> None:
    """The group itself does nothing."""


@hub.command(
    name="init",
    help=_(
        "Make a hub in the PostgreSQL database at DSN, or bring an older one up to date. The database should be"
        " empty; the login must be allowed to make roles. Over a network the server has to prove who it is (TLS)."
    ),
    epilog=examples("csdesk hub init postgresql://postgres@hub.example/desk"),
)
@click.argument("dsn", metavar="[DSN]", required=False)
@click.option(
    "--portable/--trigger",
    "is_portable",
    default=None,
    help=_(
        "For an engine that speaks PostgreSQL's protocol and has no transition tables; see docs/scaling.md."
    ),
)
@json_option
@pass_start
def init(start: Start, dsn: str | None, is_portable: bool | None, as_json: bool) -> None:
    from csdesk.sync import hub as cases
    from csdesk.sync import known_hub
    from csdesk.sync.dsn import place

    address = known_hub.run_by_me(dsn)
    made = cases.init(address, is_portable=is_portable)
    kept = known_hub.remember(address)
    if as_json:
        output.print_json(
            {
                "hub": place(address),
                "number": made.number,
                "version": made.version,
                "applied": list(made.applied),
            }
        )
        return
    if made.applied:
        output.say(
            _("The hub {place} is ready (schema {version}).").format(
                place=place(address), version=made.version
            )
        )
    else:
        output.say(_("The hub {place} was ready already.").format(place=place(address)))
    if kept:
        output.narrate(_("The password lies {where}.").format(where=kept))
    output.narrate(_("Next, on each desk: csdesk hub enrol --name NAME"))


@hub.command(
    name="enrol",
    help=_(
        "Let this store share its work through the hub, with a login of its own. --invite makes the login for a"
        " desk on another machine instead, and prints one line for `csdesk hub join` there."
    ),
    epilog=examples("csdesk hub enrol --name 张敏", "csdesk hub enrol --name Bo --role lead --invite"),
)
@click.option("--name", required=True, metavar=_("NAME"), help=_("The agent whose desk this is."))
@rank_option
@scope_option
@click.option("--invite", is_flag=True, help=_("For a desk on another machine."))
@click.option("--again", is_flag=True, help=_("This store was enrolled before, and its password is lost."))
@hub_option
@json_option
@pass_start
def enrol(
    start: Start,
    name: str,
    rank: str,
    scope: int,
    invite: bool,
    again: bool,
    address: str | None,
    as_json: bool,
) -> None:
    from csdesk.cli import hub_desk
    from csdesk.desk.people import clean_name
    from csdesk.sync import hub as cases
    from csdesk.sync import invitation, known_hub

    if invite and again:
        raise UsageError(
            "hub.invite_again",
            _("--invite is for a new desk, --again for one that was enrolled."),
            _("Leave one of them out."),
        )
    wanted = cases.Wanted(clean_name(name), rank, scope)
    running = known_hub.run_by_me(address)
    if again:
        hub_desk.enrol_again(start, running, as_json)
    elif not invite:
        hub_desk.enrol(start, running, wanted, as_json)
    else:
        line = invitation.written(cases.invite(running, wanted))
        if as_json:
            output.print_json({"agent": name, "role": rank, "scope": scope, "invitation": line})
            return
        output.say(line)
        told = _("Send this line to {name} by a way that only they read; it is good for one desk.")
        output.narrate(told.format(name=name))
        output.narrate(_("There: csdesk hub join, and paste it."))


@hub.command(
    name="join",
    help=_(
        "Let this store share its work through a hub that invited it. Reads the invitation from the terminal or stdin."
    ),
    epilog=examples("csdesk hub join", "csdesk hub join < invitation.txt"),
)
@json_option
@pass_start
def join(start: Start, as_json: bool) -> None:
    from csdesk.cli import hub_desk
    from csdesk.sync import invitation

    typed = (
        click.prompt(_("The invitation"), hide_input=True, err=True)
        if sys.stdin.isatty()
        else sys.stdin.read(65_536)
    )
    hub_desk.join(start, invitation.read(typed), as_json)


@hub.command(
    name="status",
    help=_("Who is in, how far, and what is weak."),
    epilog=examples("csdesk hub status --json"),
)
@hub_option
@json_option
@pass_start
def status(start: Start, address: str | None, as_json: bool) -> None:
    from csdesk.sync import desks, known_hub
    from csdesk.sync.dsn import place

    running = known_hub.run_by_me(address)
    found = desks.status(running)
    if as_json:
        output.print_json({"hub": place(running), **_shape_of(found)})
        return
    output.say(
        _("{place}: schema {version}, PostgreSQL {postgres}, {count} operations, {size} MB.").format(
            place=place(running),
            version=found.version,
            postgres=found.postgres,
            count=found.operations,
            size=f"{found.size / 1e6:.1f}",
        )
    )
    if found.desks:
        _print_desks(found)
    else:
        output.say(_("No desk is enrolled yet: csdesk hub enrol --name NAME"))
    for agent in found.invited:
        output.say(_("{name} is invited and has not come yet.").format(name=agent))
    for sentence in found.weak:
        output.say(f"△ {sentence}")


def _print_desks(found: Status) -> None:
    rows = [
        [
            str(desk.desk),
            desk.agent,
            _(RANKS[desk.rank]),
            str(desk.scope) if desk.scope else "",
            str(desk.head),
            str(desk.behind),
            moment(desk.at) or _("never"),
            str(desk.sessions),
            _(STATES[desk.state]),
        ]
        for desk in found.desks
    ]
    head = [_("Desk"), _("Agent"), _("Role"), _("Team"), _("Operations"), _("To receive")]
    output.print_table(rows, [*head, _("Last here"), _("Sessions"), _("State")])


def _shape_of(found: Status) -> dict[str, object]:
    items = [
        {
            "desk": desk.desk,
            "agent": desk.agent,
            "role": desk.rank,
            "scope": desk.scope,
            "head": desk.head,
            "behind": desk.behind,
            "at": moment(desk.at),
            "sessions": desk.sessions,
            "state": desk.state,
        }
        for desk in found.desks
    ]
    facts = {
        "number": found.number,
        "version": found.version,
        "postgres": found.postgres,
        "dialect": found.dialect,
    }
    counts = {"operations": found.operations, "bytes": found.size}
    return {**facts, **counts, "invited": list(found.invited), "weak": list(found.weak), **listing(items)}


@hub.command(
    name="fence",
    help=_(
        "Keep a desk out until --lift: a lost laptop, a copied store. What it does meanwhile waits on it."
    ),
    epilog=examples("csdesk hub fence 1804289383", "csdesk hub fence 1804289383 --lift"),
)
@desk_argument
@click.option("--lift", is_flag=True, help=_("Let it come again."))
@hub_option
@json_option
@pass_start
def fence(start: Start, desk: int, lift: bool, address: str | None, as_json: bool) -> None:
    from csdesk.sync import desks, known_hub

    running = known_hub.run_by_me(address)
    if lift:
        desks.lift(running, desk)
        _tell(desk, "active", 0, _("Desk {desk} may come again.").format(desk=desk), as_json)
        return
    ended = desks.fence(running, desk)
    _tell(desk, "fenced", ended, _("Desk {desk} is kept out.").format(desk=desk), as_json)


@hub.command(
    name="retire",
    help=_("Keep a desk out for good: an agent who left, a machine that is gone. What it did stays."),
    epilog=examples("csdesk hub retire 1804289383"),
)
@desk_argument
@hub_option
@json_option
@pass_start
def retire(start: Start, desk: int, address: str | None, as_json: bool) -> None:
    from csdesk.sync import desks, known_hub

    ended = desks.retire(known_hub.run_by_me(address), desk)
    _tell(desk, "retired", ended, _("Desk {desk} is retired.").format(desk=desk), as_json)


def _tell(desk: int, state: str, ended: int, sentence: str, as_json: bool) -> None:
    if as_json:
        output.print_json({"desk": desk, "state": state, "ended_sessions": ended})
        return
    output.say(sentence)
    if ended:
        output.say(
            ngettext("{count} open session ended.", "{count} open sessions ended.", ended).format(count=ended)
        )


@hub.command(
    name="local",
    help=_(
        "Start a private PostgreSQL on this machine with a hub in it, and a desk with a store of its own for each"
        " NAME: two desks on one laptop. The first is a lead's. It listens on no network, and runs until --stop."
    ),
    epilog=examples("csdesk hub local 张敏 Bo", "csdesk hub local --stop"),
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--stop", is_flag=True, help=_("Stop it; what it has stays."))
@json_option
@pass_start
def local(start: Start, names: tuple[str, ...], stop: bool, as_json: bool) -> None:
    from csdesk.cli.hub_desk import try_desk, try_files
    from csdesk.sync import known_hub, local_hub

    if stop:
        was_running = local_hub.stop()
        if as_json:
            output.print_json({"running": False})
        else:
            output.say(
                _("The private hub is stopped.") if was_running else _("The private hub was not running.")
            )
        return
    files = try_files(names)
    begun = local_hub.start()
    ranks = ["lead", *["agent"] * len(files)]
    made = [
        (name, try_desk(known_hub.run_by_me(), name, rank, file))
        for (name, file), rank in zip(files.items(), ranks, strict=False)
    ]
    if as_json:
        stores = [{"agent": name, "db": str(file)} for name, file in made]
        facts = {"new": begun.is_new, "hub": begun.place, "folder": str(begun.folder)}
        output.print_json({"running": True, **facts, "desks": stores})
        return
    output.say(_("The private hub is running: {place}.").format(place=begun.place))
    output.narrate(_("Its files are in {folder}.").format(folder=begun.folder))
    for name, file in made:
        output.say(_("{name} works with: {command}").format(name=name, command=_opening(name, file)))
    if not made:
        output.narrate(_("Next, on each desk: csdesk hub enrol --name NAME"))


def _opening(name: str, file: Path) -> str:
    return shlex.join(["csdesk", "--db", str(file), "--as", name])


hub.add_command(hub_keeping.snapshot)
hub.add_command(hub_keeping.fold)
