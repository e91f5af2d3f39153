"""``csdesk demo``: the desk with customers who arrive, write, wait and go on by themselves."""

from __future__ import annotations

from pathlib import Path

import click

from csdesk import paths
from csdesk.bootstrap import open_desk
from csdesk.channels.arrivals import bursts_of
from csdesk.channels.customer import ResumePoint
from csdesk.channels.replay import DEMO_INBOX, ReplayChannel, bundled_paths
from csdesk.cli.options import examples, pass_start
from csdesk.cli.start import Start, need_terminal
from csdesk.desk import people
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.errors import DataError, Refused
from csdesk.formats.jsonl import load_transcripts
from csdesk.i18n import _, language
from csdesk.model.transcript import Transcript
from csdesk.store import people as stored_people
from csdesk.store import threads
from csdesk.store.log import head_path

CHANNEL = "replay"
BESIDE = ("-wal", "-shm")


@click.command(
    name="demo",
    help=_(
        "Open the desk on a store of its own, with customers who write by themselves: they arrive, wait for"
        " your answer, and go on when they have it. What you did is kept until --fresh."
    ),
    epilog=examples(
        "csdesk demo",
        "csdesk demo --from chats.jsonl --concurrent 5 --speed 10",
        "csdesk demo --concurrent 20 --burst 10 --every 15",
    ),
)
@click.option("--from", "source", type=click.Path(path_type=Path), help=_("Transcripts to play (jsonl)."))
@click.option(
    "--concurrent", type=int, default=3, show_default=True, help=_("How many customers are there at a time.")
)
@click.option(
    "--speed", type=float, default=1.0, show_default=True, help=_("10 makes them ten times as fast.")
)
@click.option(
    "--burst", type=int, help=_("How many come at once, then nobody for a while; without it, no lulls.")
)
@click.option(
    "--every",
    type=float,
    default=30.0,
    show_default=True,
    help=_("Minutes from one burst to the next, at speed 1."),
)
@click.option("--seed", type=int, default=0, show_default=True, help=_("Another number, another order."))
@click.option("--fresh", is_flag=True, help=_("Begin again: the demo's store is deleted first."))
@pass_start
def demo(
    start: Start,
    source: Path | None,
    concurrent: int,
    speed: float,
    burst: int | None,
    every: float,
    seed: int,
    fresh: bool,
) -> int:
    need_terminal()
    transcripts = _transcripts(source)
    # a wrong number is refused before a store is made
    ReplayChannel(transcripts, concurrent=concurrent, speed=speed)
    bursts = bursts_of(burst, every, speed)
    database = paths.demo_database_path() if start.db is None else paths.database_path(start.db)
    if fresh:
        _delete(database)
    with open_desk(database, agent=start.agent, create=True, settings=start.settings) as desk:
        _prepare(desk)
        channel = ReplayChannel(
            transcripts, seed=seed, concurrent=concurrent, speed=speed, bursts=bursts, resume=_resume(desk)
        )
        runner = Runner(desk, [channel])
        runner.start()
        try:
            return _open_screen(desk)
        finally:
            runner.close()


def _open_screen(desk: Desk) -> int:
    from csdesk.tui.start import run_desk

    return run_desk(desk)


def _transcripts(source: Path | None) -> list[Transcript]:
    chosen = bundled_paths(language()) if source is None else (source,)
    try:
        return [transcript for path in chosen for transcript in load_transcripts(path)]
    except OSError as error:
        raise DataError(
            "demo.cannot_read",
            _("Cannot read {path}: {reason}.").format(path=source, reason=error.strerror or error),
            _("Check the path and the file's rights."),
        ) from None


def _prepare(desk: Desk) -> None:
    """The demo's inbox, and a colleague to transfer to. Refused on a store that real customers use."""
    others = [each.name for each in stored_people.inboxes(desk.store.reader()) if each.channel != CHANNEL]
    if others:
        raise Refused(
            "demo.real_store",
            _("{path} holds real conversations; the demo would mix its own into them.").format(
                path=desk.store.path
            ),
            _("Leave --db out: the demo has a store of its own."),
        )
    hold_ms = desk.settings.sending.hold_chat_s * 1000
    desk.store.write(lambda tx: people.ensure_inbox(tx, DEMO_INBOX, CHANNEL, hold_ms))
    colleague = _("Wei Li")
    if len(stored_people.agents(desk.store.reader())) < 2 and colleague != desk.agent.name:
        desk.store.write(lambda tx: people.add_agent(tx, colleague))


def _resume(desk: Desk) -> dict[str, ResumePoint]:
    return {
        known.thread: ResumePoint(known.customer_messages, known.is_answered)
        for known in threads.progress(desk.store.reader(), DEMO_INBOX)
    }


def _delete(database: Path) -> None:
    """Delete the demo's store, and only a demo's: anything else is refused before it is touched."""
    if not database.exists():
        return
    with open_desk(database) as desk:
        _prepare(desk)
    for path in (database, head_path(database), *(database.with_name(database.name + end) for end in BESIDE)):
        path.unlink(missing_ok=True)
