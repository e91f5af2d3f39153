"""Following a colleague at work on this store: the watcher's side and that of who is watched."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass

from csdesk.desk.context import Desk
from csdesk.errors import NotFound, Refused
from csdesk.i18n import _
from csdesk.model.message import Mode, OutboxItem
from csdesk.model.people import Agent, Role
from csdesk.store import availability, outbox, people
from csdesk.store import watching as stored


@dataclass(frozen=True, slots=True)
class Whispered:
    """A whisper that came just now: who whispered, in which conversation (its ref), what."""

    who: str
    ref: str
    text: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Who stands beside an agent: the watchers' names, and who approves their replies."""

    me: Agent
    watchers: tuple[str, ...]
    whispers: tuple[Whispered, ...]
    seen: stored.Newest


def beside_me(desk: Desk, seen: stored.Newest, here: int | None) -> Beside:
    """What the acting agent is to know of being watched; whispers are those that came since ``seen``.

    ``here`` is the conversation that they have open.
    """
    reader, agent = desk.store.reader(), desk.agent
    newest = stored.newest(reader)
    found = [] if newest == seen else stored.whispers(reader, agent.id, seen, here or 0)
    return Beside(
        people.agent(reader, agent.id) or agent,
        stored.watchers(reader, agent.id, desk.now_ms()),
        tuple(Whispered(*each) for each in found),
        newest,
    )


def tell_open(desk: Desk, conversation: int | None) -> Future[None]:
    """Tell the watchers which conversation is open here."""
    return desk.store.submit(
        lambda tx: stored.tell_open(tx.connection, desk.agent.id, desk.session, conversation)
    )


@dataclass(frozen=True, slots=True)
class View:
    """What a watcher sees besides the conversation itself.

    ``conversation`` is the one that is shown (None: none is known), ``writing`` what is being written in it,
    ``is_here`` whether the agent has a window open; ``waiting`` are the replies of everybody that wait for approval.
    """

    agent: Agent
    is_here: bool
    conversation: int | None
    writing: tuple[Mode, str] | None
    waiting: tuple[OutboxItem, ...]


def watch(desk: Desk, agent: int) -> Future[None]:
    """Say that the acting agent follows another one: at first, and again every few seconds."""
    return desk.store.submit(
        lambda tx: stored.watch(tx.connection, desk.session, desk.agent.id, agent, tx.now_ms)
    )


def leave(desk: Desk) -> Future[None]:
    """Say that the acting agent follows nobody any more."""
    return desk.store.submit(lambda tx: stored.leave(tx.connection, desk.session))


def look(desk: Desk, agent: int, conversation: int | None = None, *, last: int | None = None) -> View:
    """What ``agent`` does now; in ``conversation``, or (None) in the one that they have open.

    Where they have none open it is the ``last`` one that they had, else the one whose reply waits longest.
    """
    reader = desk.store.reader()
    who = people.agent(reader, agent) or desk.agent
    waiting = tuple(outbox.unapproved(reader))
    theirs = next((each.conversation for each in waiting if each.author == agent), None)
    shown = conversation or stored.opened_by(reader, agent) or last or theirs
    writing = None if shown is None else stored.written_now(reader, shown, agent)
    is_here = availability.is_seen(reader, agent, desk.now_ms())
    return View(who, is_here, shown, writing, waiting)


def whom(desk: Desk, name: str | None, assignee: int | None = None) -> Agent:
    """Whom the acting agent is to follow: the one named, else who has the conversation (``assignee``), else who is
    here and is a trainee, else whoever else is here.

    Raises Refused when that is themselves or nobody, NotFound for an unknown name.
    """
    reader, now = desk.store.reader(), desk.now_ms()
    others = [each for each in people.agents(reader) if each.is_active and each.id != desk.agent.id]
    if name is not None:
        found = people.agent_named(reader, name)
        if found is None:
            raise NotFound(
                "name.unknown",
                _("There is nobody and nothing named {name}.").format(name=name[:60]),
                _("csdesk agent list, team list and inbox list show the names."),
            )
    elif assignee is not None:
        found = people.agent(reader, assignee)
    else:
        here = [each for each in others if availability.is_seen(reader, each.id, now)]
        trainees = [each for each in others if each.role is Role.TRAINEE or each.approver]
        likeliest = [each for each in here if each in trainees] or here or trainees
        is_here = availability.is_seen(reader, desk.agent.id, now)
        found = likeliest[0] if likeliest else desk.agent if is_here else None
    if found is None:
        raise Refused(
            "watch.nobody",
            _("Nobody but you works on this store now."),
            _("Start the trainee's desk first, or name somebody: csdesk watch --agent NAME"),
        )
    if found.id == desk.agent.id:
        raise Refused(
            "watch.self",
            _("You are {name} yourself.").format(name=found.name),
            _("Say who you are: csdesk --as TEACHER watch --agent {name}").format(name=found.name),
        )
    return found
