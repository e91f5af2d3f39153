"""Two people in two real terminals, both without the hub, answer one customer: who is heard, and what the other sees."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from csdesk.clock import SystemClock
from csdesk.desk import intake
from csdesk.desk.people import ensure_inbox
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.desk.runner import Runner
from csdesk.errors import Refused
from csdesk.store import hub as hub_state
from csdesk.store import sending_up
from csdesk.store.hub import HubState
from csdesk.sync import engine
from csdesk.tui.following import Following, command
from tests.desks import Line, open_desk
from tests.e2e import evidence
from tests.e2e.terminal import Terminal
from tests.store.relay import Rows, said_by
from tests.sync import conftest as sync_fixtures
from tests.sync.conftest import TestHub

postgres = sync_fixtures.postgres
fresh_hub = sync_fixtures.fresh_hub

INBOX = "shop"
MINE = "林女士您好，我是张敏，正在帮您查快递。"
THEIRS = "您好，我是李雷，快递今晚就到。"
PATIENCE_S = 90.0
"""A desk that found no hub asks again after up to a minute."""


class _Wire(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Cable:
    """The wire between one desk and the hub: ``port`` is ours at once, and nobody listens until it is plugged in."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._wire = self._bound(0)
        self.port = int(self._wire.server_address[1])
        self._is_plugged = False

    def _bound(self, port: int) -> _Wire:
        target = ("127.0.0.1", self._server_port)

        class Ends(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(target) as far:
                    back = threading.Thread(target=_carry, args=(far, self.request), daemon=True)
                    back.start()
                    _carry(self.request, far)

        wire = _Wire(("127.0.0.1", port), Ends, bind_and_activate=False)
        wire.server_bind()
        return wire

    def plug(self) -> None:
        self._wire.server_activate()
        threading.Thread(target=self._wire.serve_forever, daemon=True).start()
        self._is_plugged = True

    def unplug(self) -> None:
        if self._is_plugged:
            self._is_plugged = False
            self._wire.shutdown()
            self._wire.server_close()
            self._wire = self._bound(self.port)


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65_536):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)


@dataclass
class Seat:
    """Somebody's machine: their home, their store, and their cable."""

    name: str
    home: Path
    store: Path
    cable: Cable

    def sit_down(self) -> Terminal:
        return Terminal(self.home, "--db", str(self.store), agent=self.name)


@contextmanager
def seat(folder: Path, hub: TestHub, name: str) -> Iterator[Seat]:
    """A machine that joined the hub, its cable plugged in."""
    home = folder / name
    home.mkdir()
    cable = Cable(hub.server.port)
    made = Seat(name, home, home / "desk.db", cable)
    with open_desk(made.store, SystemClock(), name) as desk:
        dsn = hub.enrolled(name, desk=desk.store.desk, tcp=True)
        own = dsn.replace(f"port={hub.server.port}", f"port={cable.port}")
        assert own != dsn
        desk.store.write(lambda tx: hub_state.join(tx, HubState("店铺", own)))
    cable.plug()
    try:
        yield made
    finally:
        cable.unplug()


def sync(where: Seat) -> None:
    """One round by hand, once the process that followed the hub here has let go of the store."""
    deadline = time.monotonic() + PATIENCE_S
    with open_desk(where.store, SystemClock(), where.name) as desk:
        while time.monotonic() < deadline:
            try:
                engine.once(desk.store, desk.clock)
                return
            except Refused:
                time.sleep(0.2)
    raise AssertionError(f"the store of {where.name} is never free")


def go_offline(where: Seat) -> None:
    """The cable is out, and has been for a minute."""
    where.cable.unplug()
    with open_desk(where.store, SystemClock(), where.name) as desk:
        desk.store.write(lambda tx: hub_state.update(tx, contact_at=tx.now_ms - 60_000))


def answer(terminal: Terminal, text: str) -> None:
    terminal.wait_for("离线值班")
    terminal.press("f8")
    terminal.wait_for("^S 发送")
    terminal.type(text)
    terminal.wait_for(text)
    terminal.press("ctrl+s")
    terminal.wait_for(lambda seen: text in seen.partition("回复  备注")[0])


def said_in(where: Seat) -> set[str]:
    return {each.text for each in evidence.messages(where.store) if each.sender == "agent"}


def owners(*seats: Seat) -> set[str | None]:
    found = set()
    for each in seats:
        with open_desk(each.store, SystemClock(), each.name) as desk:
            row = desk.store.reader().execute(
                "SELECT agent.name FROM conversation c LEFT JOIN agent ON agent.id = c.assignee"
            )
            found |= {name for (name,) in row.fetchall()}
    return found


def test_two_people_answer_one_customer(tmp_path: Path, hub: TestHub) -> None:
    with seat(tmp_path, hub, "张敏") as mine, seat(tmp_path, hub, "李雷") as theirs:
        _one_customer(mine)
        for each in (mine, theirs):
            sync(each)
        for each in (mine, theirs):
            go_offline(each)
        with mine.sit_down() as here, theirs.sit_down() as there:
            answer(here, MINE)
            answer(there, THEIRS)
            theirs.cable.plug()
            there.wait_gone("离线值班", PATIENCE_S)
            mine.cable.plug()
            here.wait_for("李雷先接入了", PATIENCE_S)
            here.wait_for("请再看一眼")
            there.wait_for(MINE, PATIENCE_S)
            assert here.quit() == there.quit() == 0
        assert said_in(mine) == said_in(theirs) == {MINE, THEIRS}
        assert owners(mine, theirs) == {"李雷"}
        assert heard_by_the_customer(1, mine, theirs) == [THEIRS]
        with mine.sit_down() as here:
            _drop_mine(here)
            assert here.quit() == 0
        assert heard_by_the_customer(0, mine, theirs) == []
        assert said_in(mine) == said_in(theirs) == {THEIRS}
        assert len({str(rows_of(each)) for each in (mine, theirs)}) == 1
        for each in (mine, theirs):
            evidence.assert_sound(each.store)


def _one_customer(where: Seat) -> None:
    with open_desk(where.store, SystemClock(), where.name) as desk:
        desk.store.write(lambda tx: ensure_inbox(tx, INBOX, hold_ms=1_000))
        card = ContactCard("c1", name="林女士")
        intake.receive(desk, Incoming(INBOX, "t1", "1", "快递怎么还没到？", card, at=desk.now_ms() - 60_000))


def _drop_mine(here: Terminal) -> None:
    """L, and the third choice: do not send it."""
    here.wait_for("请再看")
    here.press("4")
    here.wait_for("李雷先接入了")
    here.press("L")
    here.wait_for("不发这条回复")
    here.press("3")
    here.wait_gone("请再看")


def heard_by_the_customer(least: int, *seats: Seat) -> list[str]:
    """What the customer gets when both machines run the shop's channel, and both follow the hub, until they have
    got ``least`` answers and neither machine has anything left to say."""
    line, deadline = Line(INBOX), time.monotonic() + PATIENCE_S
    with ExitStack() as stack:
        desks = [stack.enter_context(open_desk(each.store, SystemClock(), each.name)) for each in seats]
        runners = [stack.enter_context(closing(Runner(desk, [line]))) for desk in desks]
        for desk in desks:
            following = Following(command(desk.store.path, desk.agent.name), lambda _pulse: None)
            following.begin()
            stack.callback(following.end)
        while len(line.asked) < least or any(sending_up.count_unsent(desk.store.reader()) for desk in desks):
            assert time.monotonic() < deadline, f"the customer heard {[each.text for each in line.asked]}"
            for runner in runners:
                runner.step()
            time.sleep(0.2)
    for each in (*seats, *seats):
        sync(each)
    return [each.text for each in line.asked]


def rows_of(where: Seat) -> Rows:
    with open_desk(where.store, SystemClock(), where.name) as desk:
        return said_by(desk.store)
