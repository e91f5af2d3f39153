"""A session of this desk with its hub: who we are, how far the hub has us, and whether both agree on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.store import log
from csdesk.store.connect import Connection
from csdesk.sync.line import Line

PROTOCOL = 1
"""What this csdesk speaks; the hub answers with what both do."""
PORTABLE = "portable"
"""The dialect of a hub whose engine has no transition tables (docs/scaling.md)."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The hub's answer: how far it has this desk and the sum there, its time, and which history it lives in."""

    head: int
    tip: bytes
    hub_ms: int
    timeline: int
    protocol: int
    has_snapshots: bool = False
    """Whether it is new enough to keep snapshots, and to fold what they hold."""


def hello(line: Line, desk: int) -> Hello:
    """Begin a session, or begin it anew: from now on older sessions of this desk are refused.

    Raises HubRefusal: CS003 when this desk is not registered, CS005 when this csdesk is too old.
    """
    ((head, tip, inc, now_ms, timeline, protocol),) = line.rows(
        "SELECT head, tip, inc, now_ms, timeline, protocol FROM csdesk.hello(%s::int, %s::int)",
        (desk, PROTOCOL),
    )
    ((_inc, dialect, snapshots),) = line.rows(
        "SELECT set_config('csdesk.inc', %s::text, false), csdesk.setting('dialect'), csdesk.setting('snapshots')",
        (inc,),
    )
    line.is_portable, line.reached = dialect == PORTABLE, None
    return Hello(head, bytes(tip), int(now_ms), timeline, protocol, snapshots is not None)


class Standing(Enum):
    """What the hub has of this desk, compared with what is here."""

    AHEAD = "ahead"
    """We have all that it has, and perhaps more to tell."""
    BEHIND = "behind"
    """It has more of this desk than is here, and both agree so far: the store came back from a backup."""


def standing(connection: Connection, desk: int, line: Line, met: Hello) -> Standing:
    """How this store stands to what the hub has of it.

    Raises Refused when they differ: the store is a copy, and both went on. HubRefusal when the line breaks.
    """
    own = log.tip(connection, desk)
    if met.head <= own.dseq:
        agree, result = log.sum_at(connection, desk, met.head) == met.tip, Standing.AHEAD
    else:
        there = log.START_SUM if own.dseq == 0 else _sum_there(line, desk, own.dseq)
        agree, result = there == own.sum, Standing.BEHIND
    if not agree:
        raise Refused(
            "sync.copied_store",
            _(
                "The hub knows other work under this desk's number: this store is a copy of one that went on elsewhere."
            ),
            _("Only one of them can go on. Export what is only here, and begin with a new store."),
        )
    return result


def _sum_there(line: Line, desk: int, dseq: int) -> bytes | None:
    """The hub's sum of one operation of this desk; None when it does not show it."""
    found = line.rows("SELECT sum FROM csdesk.op_v WHERE desk = %s::int AND dseq = %s::int8", (desk, dseq))
    return bytes(found[0][0]) if found else None
