"""Leaving with work that is not sent: a person is told of it once, then it is their business."""

from __future__ import annotations

from csdesk.desk import unsent
from csdesk.desk.unsent import Unsent
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.tui.screens.desk_parts import DeskParts


def news_of_unsent(screen: DeskParts, told: Unsent) -> Unsent | None:
    """What is unsent beyond what the person was ``told`` of: says so on the screen. None when nothing is."""
    found = unsent.look(screen.desk)
    if found.is_within(told):
        return None
    screen.card.show_error(
        Refused(
            "leave.unsent",
            _("Not sent yet: {what}.").format(what=unsent.in_words(found)),
            _("All of it is kept. Ctrl+Q again leaves; V shows drafts and failed messages."),
        )
    )
    return found
