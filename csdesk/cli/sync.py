"""``csdesk sync``: once, as a plan, or live."""

from __future__ import annotations

import json
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.progress import progress_bar
from csdesk.cli.start import Start
from csdesk.clock import clock_from_environment
from csdesk.errors import EXIT_DONE, EXIT_INTERRUPTED, UsageError
from csdesk.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from csdesk.store.carried import OnTheirWay
    from csdesk.store.database import Store
    from csdesk.sync.engine import Outcome
    from csdesk.sync.follow import Pulse
    from csdesk.sync.planning import Plan

ABOUT = {
    "owner": N_("both sides changed who has it"),
    "status": N_("both sides changed its status"),
    "message": N_("you wrote in it, others changed it"),
}


@click.command(
    name="sync",
    help=_(
        "Send what this desk did to the team's hub, and take in what others did. Nothing waits for it: without the"
        " hub everything is kept here. An open desk does this by itself."
    ),
    epilog=examples("csdesk sync", "csdesk sync --plan", "csdesk sync --follow --json"),
)
@click.option("--plan", "is_plan", is_flag=True, help=_("Only say what would go up and come down."))
@click.option(
    "--follow", "is_live", is_flag=True, help=_("Go on until stopped, and keep both sides in step.")
)
@click.option(
    "--attached",
    "is_attached",
    is_flag=True,
    hidden=True,
    help=_("With --follow: end with standard input; its last line (JSON) is what colleagues see of us."),
)
@json_option
@pass_start
def sync(start: Start, is_plan: bool, is_live: bool, is_attached: bool, as_json: bool) -> int:
    from csdesk.cli.opening import store_of

    if is_plan and is_live:
        raise UsageError(
            "usage.value", _("--plan and --follow do not go together."), _("See `csdesk sync --help`.")
        )
    with store_of(start) as store:
        if is_plan:
            return _plan(store, as_json)
        return _follow(store, start, as_json, is_attached) if is_live else _once(store, start, as_json)


def _once(store: Store, start: Start, as_json: bool) -> int:
    from csdesk.store import carried
    from csdesk.sync import engine

    try:
        with progress_bar(_("Syncing"), rate=_("{rate} operations a second")) as progress:
            done = engine.once(store, clock_from_environment(), progress)
        with progress_bar(_("Files"), rate=_("{rate} bytes a second")) as progress:
            exchanged = engine.carry(store, _who(start), _fetch_limit(start), progress)
    except KeyboardInterrupt:
        output.narrate(_("Stopped. What was exchanged stays; the next sync goes on from there."))
        return EXIT_INTERRUPTED
    if as_json:
        way = asdict(carried.on_their_way(store.reader()))
        files = {"files_sent": exchanged.brought, "files_received": exchanged.fetched}
        files |= {f"files_{where}": count for where, count in way.items()}
        output.print_json({**asdict(done), "set_aside": list(done.set_aside), **files})
    else:
        for sentence in _told(done):
            output.say(sentence)
        if exchanged.brought or exchanged.fetched:
            told = _("Contents of files: {sent} sent, {received} received.")
            output.say(told.format(sent=exchanged.brought, received=exchanged.fetched))
        if left := _files(carried.on_their_way(store.reader())):
            output.say(left.strip())
    return EXIT_DONE


def _files(way: OnTheirWay) -> str:
    """A sentence about files on their way, with a space before it; "" where there are none."""
    from csdesk.desk import fetching

    said = fetching.sentence(way)
    return " " + _("Files on their way: {files}.").format(files=said) if said else ""


def _who(start: Start) -> str:
    """The agent whose conversations' files come by themselves."""
    return start.agent or start.settings.agent.name


def _fetch_limit(start: Start) -> int:
    """Bytes up to which a file comes without being asked for."""
    return start.settings.attachments.fetch_limit_mb * 1024 * 1024


def _told(done: Outcome) -> list[str]:
    """The tally in sentences: the first always, the others where there is something to say."""
    sent = ngettext("Sent {count} operation", "Sent {count} operations", done.sent).format(count=done.sent)
    told = [_("{sent}, received {count}. Hub: {hub}.").format(sent=sent, count=done.received, hub=done.hub)]
    if done.begun_with:
        told.append(
            ngettext(
                "{count} operation came with a snapshot.",
                "{count} operations came with a snapshot.",
                done.begun_with,
            ).format(count=done.begun_with)
        )
    if done.unused_snapshot:
        told.append(done.unused_snapshot)
    if done.restored:
        told.append(_("{count} own operations came back from the hub.").format(count=done.restored))
    if done.redated:
        told.append(
            _("This machine's clock is {seconds} s off: {count} operations were dated anew.").format(
                seconds=f"{done.offset_ms / 1000:+.0f}", count=done.redated
            )
        )
    if done.conflicts:
        told.append(
            ngettext(
                "{count} conversation was changed by others too: it shows a card.",
                "{count} conversations were changed by others too: they show a card.",
                done.conflicts,
            ).format(count=done.conflicts)
        )
    if done.unknown:
        told.append(
            _("{count} come from a newer csdesk; they are kept until this one is upgraded.").format(
                count=done.unknown
            )
        )
    if done.parked:
        told.append(_("{count} wait for something that is not here yet.").format(count=done.parked))
    if done.set_aside:
        told.append(
            _("The hub would not have {count} of them; they stay here: {numbers}.").format(
                count=len(done.set_aside), numbers=", ".join(map(str, done.set_aside[:10]))
            )
        )
    return told


def _plan(store: Store, as_json: bool) -> int:
    from csdesk.sync import planning

    found = planning.plan(store)
    if as_json:
        output.print_json(_plan_shape(found))
        return EXIT_DONE
    output.say(
        _("To send: {up}. To receive: {down}. Hub: {hub}.").format(
            up=sum(found.up.values()), down=sum(found.down.values()), hub=found.hub
        )
        + _files(found.files)
    )
    output.print_table([[kind, str(count)] for kind, count in sorted(found.up.items())])
    for each in found.conflicts:
        output.say(f"#{each.ref}  {_(ABOUT[each.about])}")
    return EXIT_DONE


def _plan_shape(found: Plan) -> dict[str, object]:
    return {
        "hub": found.hub,
        "up": sum(found.up.values()),
        "up_kinds": found.up,
        "down": sum(found.down.values()),
        "files_up": found.files.up,
        "files_down": found.files.down,
        "down_desks": [{"desk": desk, "operations": count} for desk, count in found.down.items()],
        "conflicts": [{"conversation": each.ref, "about": each.about} for each in found.conflicts],
    }


def _follow(store: Store, start: Start, as_json: bool, is_attached: bool) -> int:
    """Live until a signal; each change of the state is one line on stdout."""
    from threading import Thread

    from csdesk.sync import engine, line, turn, visit
    from csdesk.sync.carrying import Carrier
    from csdesk.sync.follow import Follower

    address = engine.address(visit.need_hub(store))
    shown = _Shown(as_json)
    here: dict[str, object] = {"agent": _who(start)}
    follower = Follower(
        store,
        clock_from_environment(),
        lambda: line.connect(address),
        random.SystemRandom().uniform,
        tell=shown.tell,
        here=lambda: dict(here),
        carrier=lambda line: Carrier(store, line, agent=_who(start), most_bytes=_fetch_limit(start)),
    )
    if is_attached:
        Thread(target=_listen, args=(here, follower.is_over.set), daemon=True).start()

    def end(*_signal: object) -> None:
        follower.is_over.set()
        shown.cut_off()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    with turn.of(store.path):
        try:
            follower.run()
        except _CutOff:
            output.drop_the_rest()
    return EXIT_DONE


def _listen(here: dict[str, object], end: Callable[[], None]) -> None:
    """Take what the program that began us says of who works there, until it is gone."""
    for line in sys.stdin:
        try:
            here.update(json.loads(line))
        except (ValueError, TypeError):
            continue  # half a line of one that was killed
    end()


class _CutOff(BaseException):
    """Asked to leave while somebody is told something."""


class _Shown:
    """What a person or a program that supervises is told, and only when it differs from the last."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._last = ""
        self._is_telling = False

    def tell(self, pulse: Pulse) -> None:
        from csdesk.store import carried

        if self._as_json:
            text = json.dumps(asdict(pulse))
        elif pulse.state == "live":
            text = _("In step: sent {sent}, received {received}, to send {up}, to receive {down}.").format(
                **asdict(pulse)
            )
            text += _files(carried.OnTheirWay(pulse.files_up, pulse.files_down, pulse.files_refused))
        else:
            text = pulse.reason
        if text != self._last:
            self._last = text
            self._is_telling = True
            output.say(text)
            sys.stdout.flush()
            self._is_telling = False

    def cut_off(self) -> None:
        """Called by a signal. Raises _CutOff in the midst of telling: perhaps nobody reads, and it would wait for ever."""
        if self._is_telling:
            raise _CutOff
