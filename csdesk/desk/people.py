"""Agents, teams and inboxes: who answers, and through what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from csdesk.errors import NotFound, Refused
from csdesk.i18n import _
from csdesk.ids import new_uid
from csdesk.model.operation import Kind
from csdesk.model.people import MAIL_CHANNELS, Agent, Inbox, Role, Team
from csdesk.store import people
from csdesk.store.connect import Connection
from csdesk.store.database import Store
from csdesk.store.writer import Transaction
from csdesk.text import clean_line

NAME_CHARS = 60
CHAT_HOLD_MS = 3_000
MAIL_HOLD_MS = 30_000

Thing = TypeVar("Thing")


def clean_name(name: str) -> str:
    """A name as it is stored. Raises Refused when nothing is left of it, or it is too long."""
    plain = clean_line(name).strip()
    if not plain:
        raise Refused("name.empty", _("A name cannot be empty."), _("Give one, such as 张敏 or Mia."))
    if len(plain) > NAME_CHARS:
        raise Refused(
            "name.too_long",
            _("The name {name} is longer than {most} characters.").format(name=plain[:20], most=NAME_CHARS),
            _("Shorten it."),
        )
    return plain


def me(store: Store, name: str | None) -> Agent:
    """The agent who works here: the one named, else one named after the login, made on first use."""
    wanted = clean_name(name or _login_name())

    def work(tx: Transaction) -> Agent:
        return people.agent_named(tx.connection, wanted) or add_agent(tx, wanted)

    return people.agent_named(store.reader(), wanted) or store.write(work)


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "agent"


def agent_named(connection: Connection, name: str) -> Agent:
    """The agent of that name. Raises NotFound."""
    return _found(people.agent_named(connection, name), name)


def add_agent(tx: Transaction, name: str, role: Role = Role.AGENT, capacity: int = 3) -> Agent:
    """A new agent. Raises Refused when the name is taken."""
    plain = clean_name(name)
    if people.agent_named(tx.connection, plain):
        raise _taken(plain)
    uid = new_uid(tx.now_ms)
    tx.record(Kind.AGENT_ADDED, uid, {"name": plain, "role": role, "capacity": capacity})
    return _found(people.agent_named(tx.connection, plain), plain)


def edit_agent(tx: Transaction, name: str, changes: Mapping[str, Any]) -> Agent:
    """Change some of name, role, capacity, is_active and approver (the name of who approves the replies, "" for
    nobody). Raises NotFound, or Refused on a taken name and on who is to approve their own."""
    agent = agent_named(tx.connection, name)
    fresh = _with_clean_name(tx, changes, agent.id, people.agent_named)
    if "approver" in fresh:
        fresh["approver"] = _approver_for(tx, agent, fresh["approver"])
    tx.record(Kind.AGENT_EDITED, agent.uid, fresh)
    return _found(people.agent(tx.connection, agent.id), name)


def _approver_for(tx: Transaction, agent: Agent, name: str) -> str | None:
    """The uid, in hex, of who is to approve what ``agent`` writes."""
    if not name:
        return None
    found = _found(people.agent_named(tx.connection, name), name)
    if found.id == agent.id or found.role is Role.TRAINEE:
        raise Refused(
            "approver.unfit",
            _("{name} cannot approve the replies of {agent}.").format(name=found.name, agent=agent.name),
            _("Name a colleague who is not a trainee."),
        )
    return found.uid.hex()


def add_team(tx: Transaction, name: str, members: tuple[str, ...] = ()) -> Team:
    """A new team of agents named in ``members``. Raises Refused or NotFound."""
    plain = clean_name(name)
    if people.team_named(tx.connection, plain):
        raise _taken(plain)
    tx.record(Kind.TEAM_ADDED, new_uid(tx.now_ms), {"name": plain, "members": _uids(tx, members)})
    return _found(people.team_named(tx.connection, plain), plain)


def edit_team(
    tx: Transaction, name: str, changes: Mapping[str, Any], members: tuple[str, ...] | None = None
) -> Team:
    """Change a team's name, activity, or the whole list of its members."""
    team = _found(people.team_named(tx.connection, name), name)
    fresh = _with_clean_name(tx, changes, team.id, people.team_named)
    if members is not None:
        fresh["members"] = _uids(tx, members)
    tx.record(Kind.TEAM_EDITED, team.uid, fresh)
    return _found(people.team_named(tx.connection, fresh.get("name", team.name)), name)


def _uids(tx: Transaction, names: tuple[str, ...]) -> list[str]:
    return [_found(people.agent_named(tx.connection, name), name).uid.hex() for name in names]


def default_hold_ms(channel: str) -> int:
    """How long a reply of this kind of channel can be taken back, unless its inbox says otherwise."""
    return MAIL_HOLD_MS if channel in MAIL_CHANNELS else CHAT_HOLD_MS


def add_inbox(tx: Transaction, name: str, channel: str = "chat", hold_ms: int | None = None) -> Inbox:
    """A new inbox. Raises Refused when the name is taken."""
    plain = clean_name(name)
    if people.inbox_named(tx.connection, plain):
        raise _taken(plain)
    held = default_hold_ms(channel) if hold_ms is None else hold_ms
    tx.record(Kind.INBOX_ADDED, new_uid(tx.now_ms), {"name": plain, "channel": channel, "hold_ms": held})
    return _found(people.inbox_named(tx.connection, plain), plain)


def ensure_inbox(tx: Transaction, name: str, channel: str = "chat", hold_ms: int | None = None) -> Inbox:
    """The inbox of this name, made if there is none."""
    return people.inbox_named(tx.connection, clean_name(name)) or add_inbox(tx, name, channel, hold_ms)


def edit_inbox(tx: Transaction, name: str, changes: Mapping[str, Any]) -> Inbox:
    """Change some of name, channel, hold_ms, is_active."""
    inbox = _found(people.inbox_named(tx.connection, name), name)
    fresh = _with_clean_name(tx, changes, inbox.id, people.inbox_named)
    tx.record(Kind.INBOX_EDITED, inbox.uid, fresh)
    return _found(people.inbox(tx.connection, inbox.id), name)


def _with_clean_name(
    tx: Transaction,
    changes: Mapping[str, Any],
    number: int,
    named: Callable[[Connection, str], Agent | Team | Inbox | None],
) -> dict[str, Any]:
    """``changes`` of the thing ``number`` as they are recorded. Raises Refused when another has the new name."""
    if "name" not in changes:
        return dict(changes)
    plain = clean_name(changes["name"])
    twin = named(tx.connection, plain)
    if twin is not None and twin.id != number:
        raise _taken(plain)
    return {**changes, "name": plain}


def _taken(name: str) -> Refused:
    return Refused(
        "name.taken", _("The name {name} is taken.").format(name=name), _("Choose another, or edit that one.")
    )


def _found(thing: Thing | None, name: str) -> Thing:
    if thing is None:
        raise NotFound(
            "name.unknown",
            _("There is nobody and nothing named {name}.").format(name=name[:NAME_CHARS]),
            _("csdesk agent list, team list and inbox list show the names."),
        )
    return thing
