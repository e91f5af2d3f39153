"""The desk in the pictures: our own customers, one fixed morning, the same rows on every machine.

The conversations stand in ``scripts/pictures/<language>.jsonl``. They come in through the import, so
that their numbers follow from their names; what agents did goes through the same use cases as anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from csdesk.bootstrap import open_desk
from csdesk.channels.replay import bundled_paths
from csdesk.clock import ManualClock, parse_time
from csdesk.config import Settings, UiSettings
from csdesk.desk import people, sending, work
from csdesk.desk.context import Desk
from csdesk.desk.import_texts import cleaned
from csdesk.desk.importing import import_in
from csdesk.desk.ports import Incoming, Outgoing, Receipt, Sent
from csdesk.desk.runner import Runner
from csdesk.formats.jsonl import load_transcripts
from csdesk.model.conversation import Status
from csdesk.model.message import Delivery
from csdesk.model.transcript import Transcript, assign_times
from csdesk.store import conversations

FOLDER = Path(__file__).resolve().parent / "pictures"
SOURCE = "pictures"
NOW_MS = parse_time("2026-11-22T02:06:02Z")
LAST_WEEK_MS = parse_time("2026-11-15T01:00:00Z")
ANSWERED_MS = parse_time("2026-11-22T02:01:40Z")
NOTED_MS = parse_time("2026-11-22T02:02:15Z")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is at work in one language, and what they had written before the picture."""

    agent: str
    colleague: str
    conversation: str
    mine: tuple[str, ...]
    reply: str
    note: str


CASTS = {
    "zh_CN": Cast(
        "张敏",
        "李伟",
        "lin",
        ("chen",),
        "林女士您好，欢迎光临，我帮您查一下，请稍等。",
        "中转站积压，预计周五 18 点前到，可送 8 元券。",
    ),
    "en": Cast(
        "Mia",
        "Omar",
        "nora",
        ("chen",),
        "Hello Nora, thank you for writing. Let me look that up for you.",
        "Stuck at the depot, due by Friday 18:00. We may offer a voucher.",
    ),
}


class _Delivers:
    """A channel that hands over whatever it is given."""

    def __init__(self, inboxes: Sequence[str]) -> None:
        self.inboxes = inboxes

    def poll(self, now_ms: int) -> list[Incoming | Receipt]:
        return []

    def send(self, message: Outgoing, now_ms: int) -> Sent:
        return Sent(state=Delivery.DELIVERED)

    def close(self) -> None:
        """Nothing is open."""


def picture_desk(folder: Path, language: str, theme: str) -> Desk:
    """A desk on a new store in ``folder`` at ten past ten on the morning of the pictures; the caller closes it."""
    cast, clock = CASTS[language], ManualClock(LAST_WEEK_MS)
    settings = Settings(ui=UiSettings(language=language, theme=theme))  # type: ignore[arg-type]
    desk = open_desk(folder / "desk.db", agent=cast.agent, create=True, clock=clock, settings=settings)
    desk.store.write(lambda tx: people.add_agent(tx, cast.colleague))
    _resolved_last_week(desk)
    customers = load_transcripts(FOLDER / f"{language.partition('_')[0]}.jsonl")
    _goes_on(desk, clock, customers, ANSWERED_MS)
    sending.reply(desk, _number(desk, cast.conversation), cast.reply)
    _goes_on(desk, clock, customers, NOTED_MS)
    _deliver(desk, customers)
    colleague = replace(desk, agent=people.me(desk.store, cast.colleague))
    sending.note(colleague, _number(desk, cast.conversation), cast.note)
    _goes_on(desk, clock, customers, NOW_MS)
    for name in cast.mine:
        work.claim(desk, _number(desk, name))
    return desk


def _resolved_last_week(desk: Desk) -> None:
    """The conversations that come with the program, all of them answered."""
    bundled = [each for path in bundled_paths() for each in load_transcripts(path)]
    done = [replace(each, status=Status.RESOLVED) for each in assign_times(bundled, LAST_WEEK_MS)]
    desk.store.write(lambda tx: import_in(tx, [cleaned(each) for each in done]))


def _goes_on(desk: Desk, clock: ManualClock, customers: Sequence[Transcript], until_ms: int) -> None:
    """It is ``until_ms``, and everything written by then is here."""
    clock.advance(until_ms - clock.now_ms())
    arrived = [_until(each, until_ms) for each in customers]
    desk.store.write(lambda tx: import_in(tx, [cleaned(each) for each in arrived if each.messages]))


def _until(transcript: Transcript, until_ms: int) -> Transcript:
    return replace(
        transcript, messages=tuple(each for each in transcript.messages if (each.at or 0) <= until_ms)
    )


def _deliver(desk: Desk, customers: Sequence[Transcript]) -> None:
    runner = Runner(desk, [_Delivers(sorted({each.inbox or "" for each in customers}))])
    runner.step()
    runner.close()


def _number(desk: Desk, name: str) -> int:
    number = conversations.by_source(desk.store.reader(), SOURCE, name)
    if number is None:
        raise LookupError(name)
    return number
