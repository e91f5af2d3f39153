"""Why an agent stands as they stand, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from csdesk.i18n import N_, _, ngettext
from csdesk.model.availability import NEVER_HERE, Availability, Cause, Standing

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
}
"""What made it so, in a few words (msgids)."""

Clock = Callable[[int], str]


def name(status: Availability) -> str:
    """The word for ``status`` in the language of now."""
    return _(NAMES[status])


def sentences(standing: Standing, clock: Clock, *, load: int, capacity: int, is_on_hold: bool) -> list[str]:
    """How somebody stands, why, what ends it, and what it means for new chats. ``clock`` writes a time."""
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
    return [*said, *([ending] if ending else []), _room(load, capacity, is_on_hold)]


def _ending(standing: Standing, clock: Clock) -> str:
    if standing.until is not None:
        return _("At {time} you are online again by yourself.").format(time=clock(standing.until))
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
