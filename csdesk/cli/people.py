"""``csdesk agent``, ``team`` and ``inbox``: who answers, and through what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from csdesk.cli import output, shapes
from csdesk.cli.opening import store_of
from csdesk.cli.options import Number, examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.cli.wording import ROLE, word
from csdesk.desk import people as cases
from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.people import MAIL_CHANNELS, Agent, Inbox, Role, Team
from csdesk.store import people as known
from csdesk.store.writer import Transaction

MOST_CAPACITY = 100
MOST_HOLD_S = 3_600
CHANNELS = ("chat", "web", "mail", "demo")

role_choice = click.Choice([role.value for role in Role])
active_option = click.option(
    "--active/--inactive", "is_active", default=None, help=_("Take part again, or no more.")
)
rename_option = click.option("--name", "new_name", metavar=_("NAME"), help=_("The new name."))
hold_option = click.option(
    "--hold", type=Number(0, MOST_HOLD_S), metavar=_("SECONDS"), help=_("How long a reply is held.")
)


def _write(start: Start, work: Callable[[Transaction], Any], *, create: bool = False) -> Any:
    with store_of(start, create=create) as store:
        return store.write(work)


def _changes(**given: Any) -> dict[str, Any]:
    """What was asked to change. Raises UsageError when it is nothing."""
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise UsageError("edit.nothing", _("There is nothing to change."), _("See the options: add --help."))
    return changes


def _answer(item: shapes.Shape, as_json: bool) -> None:
    if as_json:
        output.print_json(item)
    else:
        output.say(_("{name} is saved.").format(name=item["name"]))


def _activity(is_active: bool) -> str:
    return _("active") if is_active else _("inactive")


@click.group(
    name="agent", help=_("Add, list and edit agents."), epilog=examples("csdesk agent add Mia --role lead")
)
def agent() -> None:
    """The group itself does nothing."""


@agent.command(
    name="add",
    help=_("Add an agent. Makes the store when there is none."),
    epilog=examples("csdesk agent add 张敏", "csdesk agent add Mia --role lead --capacity 5"),
)
@click.argument("name", metavar="NAME")
@click.option(
    "--role", type=role_choice, default=Role.AGENT.value, show_default=True, help=_("What they may do.")
)
@click.option(
    "--capacity",
    type=click.IntRange(1, MOST_CAPACITY),
    default=3,
    show_default=True,
    help=_("How many chats at once."),
)
@json_option
@pass_start
def agent_add(start: Start, name: str, role: str, capacity: int, as_json: bool) -> None:
    plain = cases.clean_name(name)  # before a store is made for it
    added: Agent = _write(start, lambda tx: cases.add_agent(tx, plain, Role(role), capacity), create=True)
    _answer(shapes.agent_item(added), as_json)


@agent.command(name="list", help=_("List the agents."), epilog=examples("csdesk agent list --json"))
@json_option
@pass_start
def agent_list(start: Start, as_json: bool) -> None:
    with store_of(start) as store:
        found = known.agents(store.reader())
    if as_json:
        output.print_json(shapes.listing(map(shapes.agent_item, found)))
    elif found:
        rows = [
            [a.name, word(ROLE, a.role), str(a.capacity), _activity(a.is_active), a.approver or ""]
            for a in found
        ]
        output.print_table(
            rows, [_("Name"), _("Role"), _("Chats at once"), _("State"), _("Replies approved by")]
        )
    else:
        output.say(_("There is no agent yet. Add one: csdesk agent add NAME"))


@agent.command(
    name="edit",
    help=_("Change an agent."),
    epilog=examples(
        "csdesk agent edit Mia --capacity 2 --role lead", "csdesk agent edit 小王 --approver 李老师"
    ),
)
@click.argument("name", metavar="NAME")
@rename_option
@click.option("--role", type=role_choice, help=_("What they may do."))
@click.option("--capacity", type=click.IntRange(1, MOST_CAPACITY), help=_("How many chats at once."))
@click.option(
    "--approver",
    metavar=_("NAME"),
    help=_("Their replies leave only when NAME, or a colleague, approves them."),
)
@click.option("--no-approver", is_flag=True, help=_("Their replies leave by themselves again."))
@active_option
@json_option
@pass_start
def agent_edit(
    start: Start,
    name: str,
    new_name: str | None,
    role: str | None,
    capacity: int | None,
    approver: str | None,
    no_approver: bool,
    is_active: bool | None,
    as_json: bool,
) -> None:
    changes = _changes(
        name=new_name,
        role=role,
        capacity=capacity,
        is_active=is_active,
        approver="" if no_approver else approver,
    )
    edited: Agent = _write(start, lambda tx: cases.edit_agent(tx, name, changes))
    _answer(shapes.agent_item(edited), as_json)


@click.group(
    name="team",
    help=_("Add, list and edit teams."),
    epilog=examples("csdesk team add returns --member Mia --member 张敏"),
)
def team() -> None:
    """The group itself does nothing."""


@team.command(
    name="add", help=_("Add a team."), epilog=examples("csdesk team add returns --member Mia --member 张敏")
)
@click.argument("name", metavar="NAME")
@click.option(
    "--member", "members", multiple=True, metavar=_("NAME"), help=_("An agent of the team; may be repeated.")
)
@json_option
@pass_start
def team_add(start: Start, name: str, members: tuple[str, ...], as_json: bool) -> None:
    added: Team = _write(start, lambda tx: cases.add_team(tx, name, members))
    _answer(shapes.team_item(added), as_json)


@team.command(name="list", help=_("List the teams."), epilog=examples("csdesk team list --json"))
@json_option
@pass_start
def team_list(start: Start, as_json: bool) -> None:
    with store_of(start) as store:
        found = known.teams(store.reader())
    if as_json:
        output.print_json(shapes.listing(map(shapes.team_item, found)))
    elif found:
        rows = [[each.name, _activity(each.is_active), ", ".join(each.members)] for each in found]
        output.print_table(rows, [_("Name"), _("State"), _("Members")])
    else:
        output.say(_("There is no team yet. Add one: csdesk team add NAME --member AGENT"))


@team.command(
    name="edit",
    help=_("Change a team."),
    epilog=examples("csdesk team edit returns --add-member Leo --remove-member Mia"),
)
@click.argument("name", metavar="NAME")
@rename_option
@click.option("--add-member", "adding", multiple=True, metavar=_("NAME"), help=_("Who joins."))
@click.option("--remove-member", "removing", multiple=True, metavar=_("NAME"), help=_("Who leaves."))
@active_option
@json_option
@pass_start
def team_edit(
    start: Start,
    name: str,
    new_name: str | None,
    adding: tuple[str, ...],
    removing: tuple[str, ...],
    is_active: bool | None,
    as_json: bool,
) -> None:
    moves = (adding or removing) or None
    changes = _changes(name=new_name, is_active=is_active, members=moves)
    changes.pop("members", None)

    def work(tx: Transaction) -> Team:
        current = known.team_named(tx.connection, name)
        members = _membership(current.members if current else (), adding, removing) if moves else None
        return cases.edit_team(tx, name, changes, members)

    edited: Team = _write(start, work)
    _answer(shapes.team_item(edited), as_json)


def _membership(
    current: tuple[str, ...], adding: tuple[str, ...], removing: tuple[str, ...]
) -> tuple[str, ...]:
    """The members after both changes; names are compared in any case of letters."""
    gone = {name.casefold() for name in (*adding, *removing)}
    stay = tuple(name for name in current if name.casefold() not in gone)
    leaving = {name.casefold() for name in removing}
    return stay + tuple(name for name in dict.fromkeys(adding) if name.casefold() not in leaving)


@click.group(
    name="inbox", help=_("Add, list and edit inboxes."), epilog=examples("csdesk inbox add shop --hold 5")
)
def inbox() -> None:
    """The group itself does nothing."""


@inbox.command(
    name="add",
    help=_("Add an inbox. Replies are held as the settings say, unless --hold is given."),
    epilog=examples("csdesk inbox add shop", "csdesk inbox add support --channel mail --hold 60"),
)
@click.argument("name", metavar="NAME")
@click.option(
    "--channel",
    type=click.Choice(CHANNELS),
    default="chat",
    show_default=True,
    help=_("The kind of channel."),
)
@hold_option
@json_option
@pass_start
def inbox_add(start: Start, name: str, channel: str, hold: float | None, as_json: bool) -> None:
    sending = start.settings.sending
    usual = sending.hold_mail_s if channel in MAIL_CHANNELS else sending.hold_chat_s
    hold_ms = round((usual if hold is None else hold) * 1000)
    added: Inbox = _write(start, lambda tx: cases.add_inbox(tx, name, channel, hold_ms))
    _answer(shapes.inbox_item(added), as_json)


@inbox.command(name="list", help=_("List the inboxes."), epilog=examples("csdesk inbox list --json"))
@json_option
@pass_start
def inbox_list(start: Start, as_json: bool) -> None:
    with store_of(start) as store:
        found = known.inboxes(store.reader())
    if as_json:
        output.print_json(shapes.listing(map(shapes.inbox_item, found)))
    elif found:
        rows = [
            [each.name, each.channel, f"{each.hold_ms / 1000:g} s", _activity(each.is_active)]
            for each in found
        ]
        output.print_table(rows, [_("Name"), _("Channel"), _("Held"), _("State")])
    else:
        output.say(_("There is no inbox yet. Add one: csdesk inbox add NAME"))


@inbox.command(name="edit", help=_("Change an inbox."), epilog=examples("csdesk inbox edit shop --hold 0"))
@click.argument("name", metavar="NAME")
@rename_option
@hold_option
@active_option
@json_option
@pass_start
def inbox_edit(
    start: Start,
    name: str,
    new_name: str | None,
    hold: float | None,
    is_active: bool | None,
    as_json: bool,
) -> None:
    hold_ms = None if hold is None else round(hold * 1000)
    changes = _changes(name=new_name, hold_ms=hold_ms, is_active=is_active)
    edited: Inbox = _write(start, lambda tx: cases.edit_inbox(tx, name, changes))
    _answer(shapes.inbox_item(edited), as_json)
