"""Reading agents, teams and inboxes, and whom a channel knows."""

from __future__ import annotations

from csdesk.model.people import Agent, Inbox, Role, Team
from csdesk.store.connect import Connection
from csdesk.store.words import Words

_AGENT = (
    "SELECT id, uid, name, role, capacity, is_active,"
    " (SELECT name FROM agent other WHERE other.id = agent.approver) FROM agent"
)
_INBOX = "SELECT id, uid, name, channel, hold_ms, is_active FROM inbox"
_TEAM = "SELECT id, uid, name, is_active FROM team"


def agents(connection: Connection) -> list[Agent]:
    """All agents, by name."""
    return [_agent(row) for row in connection.execute(f"{_AGENT} ORDER BY name").fetchall()]


def agent_named(connection: Connection, name: str) -> Agent | None:
    """The agent with this name, in any case of letters."""
    row = connection.execute(f"{_AGENT} WHERE name = ?", (name,)).fetchone()
    return _agent(row) if row else None


def agent(connection: Connection, number: int) -> Agent | None:
    """The agent with this local id."""
    row = connection.execute(f"{_AGENT} WHERE id = ?", (number,)).fetchone()
    return _agent(row) if row else None


def approver_of(connection: Connection, agent: int) -> Agent | None:
    """Who approves an agent's replies before they leave; None: nobody has to."""
    row = connection.execute(
        f"{_AGENT} WHERE id = (SELECT approver FROM agent WHERE id = ?)",  # noqa: S608 - fixed texts
        (agent,),
    ).fetchone()
    return _agent(row) if row else None


_ROLES = Words(Role)


def _agent(row: tuple[int, bytes, str, str, int, int, str | None]) -> Agent:
    return Agent(row[0], row[1], row[2], _ROLES[row[3]], row[4], bool(row[5]), row[6])


def inboxes(connection: Connection) -> list[Inbox]:
    """All inboxes, by name."""
    return [_inbox(row) for row in connection.execute(f"{_INBOX} ORDER BY name").fetchall()]


def inbox_named(connection: Connection, name: str) -> Inbox | None:
    """The inbox with this name, in any case of letters."""
    row = connection.execute(f"{_INBOX} WHERE name = ?", (name,)).fetchone()
    return _inbox(row) if row else None


def inbox(connection: Connection, number: int) -> Inbox | None:
    """The inbox with this local id."""
    row = connection.execute(f"{_INBOX} WHERE id = ?", (number,)).fetchone()
    return _inbox(row) if row else None


def _inbox(row: tuple[int, bytes, str, str, int, int]) -> Inbox:
    return Inbox(row[0], row[1], row[2], row[3], row[4], bool(row[5]))


def teams(connection: Connection) -> list[Team]:
    """All teams with their members' names, by name."""
    rows = connection.execute(f"{_TEAM} ORDER BY name").fetchall()
    return [_team(connection, row) for row in rows]


def names(connection: Connection) -> list[str]:
    """The names of all agents and teams there are or were: what an old note may name."""
    rows = connection.execute("SELECT name FROM agent UNION ALL SELECT name FROM team").fetchall()
    return [name for (name,) in rows]


def team_named(connection: Connection, name: str) -> Team | None:
    """The team with this name, in any case of letters."""
    row = connection.execute(f"{_TEAM} WHERE name = ?", (name,)).fetchone()
    return _team(connection, row) if row else None


def _team(connection: Connection, row: tuple[int, bytes, str, int]) -> Team:
    members = connection.execute(
        "SELECT agent.name FROM team_member JOIN agent ON agent.id = team_member.agent"
        " WHERE team = ? ORDER BY agent.name",
        (row[0],),
    ).fetchall()
    return Team(row[0], row[1], row[2], tuple(name for (name,) in members), bool(row[3]))


def members(connection: Connection, team: int) -> list[int]:
    """Local ids of a team's agents."""
    rows = connection.execute(
        "SELECT agent FROM team_member WHERE team = ? ORDER BY agent", (team,)
    ).fetchall()
    return [agent for (agent,) in rows]


def contact_by_key(connection: Connection, key: str) -> int | None:
    """Local id of the contact whom a channel knows by ``key``."""
    row = connection.execute("SELECT contact FROM contact_key WHERE key = ?", (key,)).fetchone()
    return int(row[0]) if row else None


def labels(connection: Connection) -> list[str]:
    """Every label in use."""
    return [name for (name,) in connection.execute("SELECT name FROM label ORDER BY name").fetchall()]
