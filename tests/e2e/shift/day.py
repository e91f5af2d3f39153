"""Runs a shift: starts the program, lets the hands work, kills it, starts it again, and settles the account."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from csdesk.channels.replay import bundled_paths
from csdesk.store import connect
from tests.e2e.shift import plan
from tests.e2e.shift.acts import ACTS, Act
from tests.e2e.shift.books import Books, Stumble
from tests.e2e.shift.checks import Check, all_checks, traces_in
from tests.e2e.shift.clock import ShiftClock
from tests.e2e.shift.hands import AFTER_ESCAPE_S, MODE_LINE, PATIENCE_S, Hands, NothingToDo
from tests.e2e.shift.plan import Incident, Shift
from tests.e2e.shift.watch import Watch
from tests.e2e.terminal import ROOT, Terminal

REAL = ROOT.parent / "shared" / "data" / "crosswoz-val.jsonl"
AGENT = "张敏"
SIZES = ((120, 40), (100, 30), (80, 24), (200, 50), (140, 35))
CONCURRENT = 60
SETTINGS = """
[sending]
hold_chat_s = {hold}
[availability]
capacity = 40
"""
"""A reply is held for HOLD_S of life, so that it can be taken back; capacity for one agent's whole shop."""

HOLD_S = 4
OWN_WORDS = "6"
"""The choice, behind the usual reasons, that asks until when and why."""


class Day:
    """One shift in the folder ``home``; ``tell`` hears each minute that matters."""

    def __init__(self, home: Path, shift: Shift, tell: Callable[[str], None] = lambda _line: None) -> None:
        self.home = home
        self.shift = shift
        self.books = Books()
        self.clock = ShiftClock(shift.speed)
        self.store = home / "data" / "demo.db"
        self.watch = Watch(self.store, AGENT, self.clock.minutes)
        self._tell = tell
        self._chance = random.Random(shift.seed)
        self._due = plan.incidents(shift)
        self._terminals = 0
        self._torn: list[str] = []
        self.hands: Hands

    def run(self) -> list[Check]:
        """The whole shift, and what came of it."""
        self._prepare()
        self._start()
        try:
            while self._due or self.clock.minutes() < self.shift.minutes:
                self._next()
            self._go_home()
        finally:
            self.hands.desk.close()
        traces = [*self._torn, *traces_in(self.home / "state")]
        return all_checks(self.store, self.shift, self.books, self.watch.seen, traces)

    def _prepare(self) -> None:
        sources = [*bundled_paths("zh"), *([REAL] if REAL.exists() else bundled_paths("en"))]
        lines = (line for path in sources for line in path.read_text(encoding="utf-8").splitlines())
        (self.home / "talks.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.home / "config").mkdir(exist_ok=True)
        settings = SETTINGS.format(hold=HOLD_S * self.shift.speed)
        (self.home / "config" / "config.toml").write_text(settings, encoding="utf-8")

    # -- the program

    def _start(self) -> None:
        crowds = plan.crowds(self.shift)
        desk = Terminal(
            self.home, "demo", "--from", str(self.home / "talks.jsonl"),
            "--concurrent", str(CONCURRENT), "--seed", str(self.shift.seed),
            "--burst", str(crowds.size), "--every", str(crowds.every),
            agent=AGENT, variables={"CSDESK_NOW": self.clock.setting()},
        )  # fmt: skip
        self.hands = Hands(desk, self.books, self._chance)
        desk.wait_for(MODE_LINE.search)
        self.watch.follow(desk)

    def _ended(self) -> None:
        desk = self.hands.desk
        self.watch.leave(desk)
        desk.close()
        if b"Traceback" in desk.raw:
            self._torn.append(f"on the screen at minute {self.clock.minutes():.0f}")

    def kill(self) -> None:
        """In the middle of a sentence."""
        with suppress(NothingToDo, AssertionError):  # it comes whatever the hands are at
            ref = self.hands.open_longest()
            token = self.hands.write(ref, "您好，我正在给您写这一句，写到一半就")
            if self._chance.random() < 0.7:
                self.hands.see_saved(token)
        self.hands.desk.process.kill()
        self.books.left(time.monotonic())
        self._ended()
        self._start()

    def _quit(self) -> None:
        self.hands.rest()
        self.books.exits.append(self.hands.desk.quit())
        self.books.left(time.monotonic())
        self._ended()

    def restart(self) -> None:
        self._quit()
        self._start()

    # -- what happens

    def _next(self) -> None:
        """The incident that is due, or an act."""
        if self.hands.desk.process.poll() is not None:
            self.books.crashes.append(f"minute {self.clock.minutes():.0f}: {self.hands.desk.text()[-2000:]}")
            self._ended()
            self._start()
        if self._due and self._due[0][0] <= self.clock.minutes():
            incident = self._due.pop(0)[1]
            self._tell(f"{self.clock.minutes():4.0f} min  {incident}")
            self._try(incident, _INCIDENTS[incident])
        else:
            act = self._choose()
            self._try(act.name, lambda _day: act.do(self.hands))

    def _choose(self) -> Act:
        waiting = self._waiting()
        possible = [act for act in ACTS if act.waiting <= waiting]
        return self._chance.choices(possible, [act.weight for act in possible])[0]

    def _waiting(self) -> int:
        after = self.hands.desk.text().partition("待回复 ")[2]
        number = after.split(maxsplit=1)[0].replace(",", "") if after.strip() else ""
        return int(number) if number.isdigit() else 0

    def _try(self, name: str, do: Callable[[Day], None]) -> None:
        try:
            self.hands.rest()
            do(self)
        except NothingToDo as reason:
            self.books.refused[str(reason)] += 1
            self.hands.pause(AFTER_ESCAPE_S)
        except AssertionError as error:
            story = f"{self._typed()}\n{error}"
            self.books.stumbles.append(Stumble(name, self.clock.minutes(), story))
            self._tell(
                f"{self.clock.minutes():4.0f} min  {name} did not come about: {str(error).splitlines()[0]}"
            )
        else:
            self.books.done[name] += 1

    def _typed(self) -> str:
        """The last keys, each with how long ago it was typed."""
        now = time.monotonic()
        return " ".join(f"{data.decode()!r}(-{now - at:.2f}s)" for at, data in self.hands.desk.sent)

    def resize(self) -> None:
        size = self._chance.choice([size for size in SIZES if size != self.hands.desk.size])
        self.hands.desk.resize(*size)
        self.hands.desk.wait_for(
            lambda seen: "待回复" in seen and MODE_LINE.search(seen), PATIENCE_S, why=f"{size}"
        )

    def fall_idle(self) -> None:
        """Nobody touches a key until the desk says so, and a little longer."""
        longest = self.clock.seconds_for(10) + PATIENCE_S
        self.hands.desk.wait_for("离开（自动）", longest)
        self._let_pass(2)
        self._come_back()

    def _come_back(self) -> None:
        self.hands.desk.press("j")
        self.hands.desk.wait_gone("离开（自动）", PATIENCE_S)
        self.hands.pause(0.2)
        self.hands.rest()

    def say_away(self) -> None:
        self._stand("3", "+30m 午饭", "离开")
        self._let_pass(6)
        self._stand("1", None, "在线")

    def say_busy(self) -> None:
        self._stand("2", "", "忙碌")
        for _number in range(5):
            self._try_act_while_busy()
        self.hands.rest()
        self._stand("1", None, "在线")

    def _try_act_while_busy(self) -> None:
        act = self._choose()
        self._try(act.name, lambda _day: act.do(self.hands))

    def _stand(self, digit: str, reason: str | None, word: str) -> None:
        desk = self.hands.desk
        desk.press("f4")
        desk.wait_for("您的状态", PATIENCE_S)
        desk.press(digit, *([] if reason is None else [OWN_WORDS]))
        if reason is not None:
            desk.wait_for("Enter 接受", PATIENCE_S)
            desk.type(reason)
            desk.wait_for(reason, PATIENCE_S)
            desk.press("enter")
        desk.wait_for(
            lambda seen: word in seen.split("\n", 1)[0] and "您的状态" not in seen, PATIENCE_S, why=word
        )
        self.hands.pause(0.2)
        self.hands.rest()

    def _let_pass(self, minutes: float) -> None:
        """The shift's clock runs on, and nobody does anything."""
        self.hands.pause(self.clock.seconds_for(minutes))

    # -- the end

    def _go_home(self) -> None:
        """Everything that was sent leaves, then the desk is left."""
        self._tell(f"{self.clock.minutes():4.0f} min  the end of the shift")
        self._let_pass(4)
        deadline = time.monotonic() + 2 * PATIENCE_S
        while time.monotonic() < deadline and not is_outbox_empty(self.store):
            self._let_pass(0.5)
        self._quit()


_INCIDENTS: dict[Incident, Callable[[Day], None]] = {
    Incident.KILL: Day.kill,
    Incident.RESTART: Day.restart,
    Incident.RESIZE: Day.resize,
    Incident.IDLE_AWAY: Day.fall_idle,
    Incident.MANUAL_AWAY: Day.say_away,
    Incident.BUSY: Day.say_busy,
}


def is_outbox_empty(store: Path) -> bool:
    connection = connect.open_reader(store)
    try:
        return connection.execute("SELECT 1 FROM outbox LIMIT 1").fetchone() is None
    finally:
        connection.close()
