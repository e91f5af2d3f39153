"""What a colleague asks you to take: ``csdesk accept``, ``decline`` and ``take-back``."""

from __future__ import annotations

from collections.abc import Callable

import click

from csdesk.cli import output, shapes
from csdesk.cli.moments import local_clock
from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.pages import name_of
from csdesk.cli.start import Start
from csdesk.cli.work import tell
from csdesk.desk import offers
from csdesk.desk.context import Desk
from csdesk.i18n import _
from csdesk.store import conversations
from csdesk.store.offers import Offer


@click.command(
    name="accept",
    help=_(
        "Take a conversation that a colleague asks you to take. Without REF, list what you are asked to take.\n\n"
        "Refused (exit code 1) when nobody asks you, or the time to answer is over."
    ),
    epilog=examples("csdesk accept", "csdesk accept 7K3Q9F"),
)
@click.argument("ref", metavar="[REF]", required=False)
@json_option
@pass_start
def accept(start: Start, ref: str | None, as_json: bool) -> None:
    if ref is not None:
        _answer(start, ref, as_json, offers.accept)
        return
    with open_for(start) as desk:
        asked = offers.to_me(desk)
        if as_json:
            output.print_json({"items": [_item(desk, each) for each in asked], "next": None})
        elif asked:
            output.print_table([_row(desk, each) for each in asked])
        else:
            output.say(_("Nobody asks you to take a conversation."))


@click.command(
    name="decline",
    help=_("Say that you cannot take a conversation: it stays with who asked you, who reads why."),
    epilog=examples("csdesk decline 7K3Q9F", 'csdesk decline 7K3Q9F --reason "I am about to leave"'),
)
@click.argument("ref", metavar="REF")
@click.option("--reason", metavar=_("TEXT"), default="", help=_("Why, for who asked."))
@json_option
@pass_start
def decline(start: Start, ref: str, reason: str, as_json: bool) -> None:
    _answer(start, ref, as_json, lambda desk, number: offers.decline(desk, number, reason))


@click.command(
    name="take-back",
    help=_("No longer ask a colleague to take a conversation: it stays with you."),
    epilog=examples("csdesk take-back 7K3Q9F"),
)
@click.argument("ref", metavar="REF")
@json_option
@pass_start
def take_back(start: Start, ref: str, as_json: bool) -> None:
    _answer(start, ref, as_json, offers.take_back)


def _answer(start: Start, ref: str, as_json: bool, answer: Callable[[Desk, int], None]) -> None:
    with open_for(start) as desk:
        number = conversation_of(desk, ref).id
        answer(desk, number)
        tell(desk, conversations.get(desk.store.reader(), number), as_json)


def _item(desk: Desk, offer: Offer) -> shapes.Shape:
    current = conversations.get(desk.store.reader(), offer.conversation)
    return {
        "conversation": current.ref,
        "contact": current.contact_name,
        "from": offer.by_name,
        "reason": offer.reason,
        "at": shapes.moment(offer.at),
        "until": shapes.moment(offer.until),
    }


def _row(desk: Desk, offer: Offer) -> list[str]:
    current = conversations.get(desk.store.reader(), offer.conversation)
    until = _("until {time}").format(time=local_clock(offer.until, desk.now_ms()))
    return [f"#{current.short_ref}", name_of(current.contact_name), offer.by_name, until, offer.reason]
