"""Why an agent stands as they stand, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from csdesk.availability.autoreply import Block, Verdict
from csdesk.availability.facts import Presence, Reach
from csdesk.availability.state import Rules, Wait
from csdesk.i18n import N_, _, ngettext
from csdesk.model.availability import NEVER_HERE, Availability, Cause, Standing

SECOND_MS = 1_000
MINUTE_MS = 60_000

NAMES: Mapping[Availability, str] = {
    Availability.ONLINE: N_("online"),
    Availability.BUSY: N_("busy"),
    Availability.AWAY: N_("away"),
    Availability.OFFLINE: N_("offline"),
}
"""The words for how somebody stands (msgids)."""

CAUSES: Mapping[Cause, str] = {
    Cause.CHOSEN: N_("chosen"),
    Cause.IDLE: N_("no key was pressed for too long"),
    Cause.ASLEEP: N_("the machine slept"),
    Cause.RETURNED: N_("a key was pressed"),
    Cause.OVER: N_("the chosen time is over"),
    Cause.STARTED: N_("csdesk was opened"),
    Cause.LEFT: N_("csdesk was closed"),
    Cause.NO_HUB: N_("the team's hub is out of reach; nothing automatic is sent"),
}
"""What made it so, in a few words (msgids)."""

Clock = Callable[[int], str]


def name(status: Availability) -> str:
    """The word for ``status`` in the language of now."""
    return _(NAMES[status])


def sentences(
    standing: Standing,
    clock: Clock,
    *,
    load: int,
    capacity: int,
    is_on_hold: bool,
    wait: Wait | None = None,
    rules: Rules | None = None,
) -> list[str]:
    """How somebody stands, why, what ends it, what a ``wait`` on them changes by ``rules``, and what it means for
    new chats. ``clock`` writes a time."""
    if standing == NEVER_HERE:
        said = [_("You have not opened csdesk yet: offline.")]
    else:
        said = [
            _("You are {status} since {time}: {cause}.").format(
                status=name(standing.status), time=clock(standing.at), cause=_(CAUSES[standing.cause])
            )
        ]
    if standing.reason:
        said.append(_("You said: {reason}").format(reason=standing.reason))
    ending = _ending(standing, clock)
    hurried = _hurried(standing, clock, wait, rules)
    return [*said, *filter(None, (ending, hurried)), _room(load, capacity, is_on_hold)]


def _hurried(standing: Standing, clock: Clock, wait: Wait | None, rules: Rules | None) -> str:
    """What one who waits does to the time without a key; empty where it does nothing."""
    if wait is None or rules is None or standing.status is not Availability.ONLINE:
        return ""
    if not rules.is_on or rules.short_idle_ms >= rules.idle_ms:
        return ""
    who = (
        _("A customer of tier {tier} waits on you since {time}; the limit of that tier is {limit} s.").format(
            tier=wait.tier, time=clock(wait.since), limit=wait.limit_ms // SECOND_MS
        )
        if wait.tier
        else _("A customer waits on you since {time}; the limit is {limit} s.").format(
            time=clock(wait.since), limit=wait.limit_ms // SECOND_MS
        )
    )
    return f"{who} " + _(
        "From {time} on, {short} min without a key are enough for away, not {usual}."
    ).format(
        time=clock(wait.long_at),
        short=rules.short_idle_ms // MINUTE_MS,
        usual=rules.idle_ms // MINUTE_MS,
    )


def _ending(standing: Standing, clock: Clock) -> str:
    if standing.cause is Cause.NO_HUB:
        return _("When the hub is back you stand as before.")
    if standing.until is not None:
        said = _("You mean to be back at {time}; the desk reminds you.").format(time=clock(standing.until))
        return said + " " + _("Only you end it: no key does. F4, or csdesk availability online.")
    if standing.status is Availability.ONLINE:
        return ""
    if standing.is_automatic and standing.status is Availability.AWAY:
        return _("The first key ends it.")
    if standing.is_automatic:
        return _("Opening csdesk ends it.")
    return _("Only you end it: no key does. F4, or csdesk availability online.")


def _room(load: int, capacity: int, is_on_hold: bool) -> str:
    said = ngettext(
        "You have {count} chat of the {most} you take.",
        "You have {count} chats of the {most} you take.",
        load,
    ).format(count=load, most=capacity)
    return said + " " + _("On hold: new ones go to others, yours stay.") if is_on_hold else said


PRESENCES: Mapping[Presence, str] = {
    Presence.HERE: N_("Somebody is there for it."),
    Presence.BUSY: N_("Everybody who could answer it is busy or on hold."),
    Presence.AWAY: N_("Everybody who could answer it is away."),
    Presence.CLOSED: N_("Nobody is there for it, and it is closed or all are offline."),
    Presence.NOBODY: N_("Nobody who could answer it ever opened csdesk."),
}
"""Who is there for a conversation (msgids)."""

BLOCKS: Mapping[Block, str] = {
    Block.OFF: N_("switched off"),
    Block.CHANNEL: N_("not for this channel"),
    Block.NO_OCCASION: N_("no occasion now"),
    Block.MACHINE: N_("a machine wrote last"),
    Block.BLOCKED: N_("the contact is blocked"),
    Block.TOLD: N_("was told already"),
    Block.OTHER_TOLD: N_("another text told it in this wait"),
    Block.LATE: N_("the customer wrote too long ago"),
    Block.UNWATCHED: N_("csdesk did not run then"),
    Block.AGENT: N_("a person of ours wrote just now"),
    Block.MAILED: N_("an automatic mail went to the contact in the last 24 hours"),
    Block.GAP: N_("another automatic text went just now"),
    Block.NOT_YET: N_("not yet"),
}
"""Why a rule does not write, in a few words (msgids)."""


def for_conversation(answering: Reach, clock: Clock) -> str:
    """Who is there for a conversation, and until when."""
    said = _(PRESENCES[answering.presence])
    if answering.until is None:
        return said
    return said + " " + _("From {time} on somebody is.").format(time=clock(answering.until))


def outcome(verdict: Verdict, clock: Clock, told_at: int | None) -> str:
    """What becomes of a rule now: it goes, or why not and until when; when it went last, if it did."""
    said = _("goes now") if verdict.block is None else _(BLOCKS[verdict.block])
    if verdict.at is not None:
        said = _("{reason}, until {time}").format(reason=said, time=clock(verdict.at))
    if told_at is not None:
        said = _("{outcome}; sent {time}").format(outcome=said, time=clock(told_at))
    return said
