"""``csdesk contact merge|unmerge|block|unblock|start|call``: what is done with a contact besides editing."""

from __future__ import annotations

from collections.abc import Callable

import click

from csdesk.cli import output, shapes
from csdesk.cli.contact_pages import contact_card, contact_name
from csdesk.cli.given_text import given_text
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.desk import calls
from csdesk.desk import contacts as cases
from csdesk.desk.context import Desk
from csdesk.i18n import _
from csdesk.model.people import Contact
from csdesk.store import contacts, conversations

who_argument = click.argument("who", metavar="REF|NAME")


@click.command(
    name="merge",
    help=_(
        "Say that two contacts are one person: GONE becomes part of SURVIVOR, who is found under both names and"
        " has the conversations of both. `csdesk undo` takes it back at once, `csdesk contact unmerge` at any time."
    ),
    epilog=examples(
        "csdesk contact merge 7K3Q9F lin@example.com --dry-run", "csdesk contact merge 林 林女士"
    ),
)
@click.argument("gone", metavar="GONE")
@click.argument("survivor", metavar="SURVIVOR")
@click.option("--dry-run", "is_dry", is_flag=True, help=_("Only show what it would make of them."))
@json_option
@pass_start
def merge(start: Start, gone: str, survivor: str, is_dry: bool, as_json: bool) -> None:
    with open_for(start) as desk:
        reader = desk.store.reader()
        one, other = contacts.named(reader, gone).id, contacts.named(reader, survivor).id
        made = cases.preview_merge(reader, one, other) if is_dry else cases.merge(desk, one, other)
        refs = [contacts.newest_ref(reader, each.id) for each in (made.gone, made.survivor)]
    if as_json:
        output.print_json(
            {
                "gone": shapes.contact_item(made.gone, refs[0]),
                "survivor": shapes.contact_item(made.survivor, refs[1]),
                "whole": shapes.contact_item(made.whole, refs[1] or refs[0]),
                "is_done": not is_dry,
            }
        )
        return
    for line in contact_card(made.whole, [ref for ref in refs if ref], ()):
        output.say(line)
    if is_dry:
        output.narrate(_("Nothing was changed: leave --dry-run out to merge them."))
    else:
        output.narrate(_("Merged. csdesk undo takes it back now, csdesk contact unmerge at any time."))


@click.command(
    name="unmerge",
    help=_("Take the last merge of a contact apart: both are again what they were."),
    epilog=examples("csdesk contact unmerge 7K3Q9F"),
)
@who_argument
@json_option
@pass_start
def unmerge(start: Start, who: str, as_json: bool) -> None:
    _change(
        start, who, as_json, cases.unmerge, lambda name: _("{name} stands alone again.").format(name=name)
    )


@click.command(
    name="block",
    help=_("Keep what they write, but let nobody wait for it: no place among who waits, no bell, no text."),
    epilog=examples("csdesk contact block 7K3Q9F"),
)
@who_argument
@json_option
@pass_start
def block(start: Start, who: str, as_json: bool) -> None:
    _change(start, who, as_json, cases.block, lambda name: _("{name} is blocked.").format(name=name))


@click.command(
    name="unblock",
    help=_("Let them be a customer like others; what they wrote meanwhile waits."),
    epilog=examples("csdesk contact unblock 7K3Q9F"),
)
@who_argument
@json_option
@pass_start
def unblock(start: Start, who: str, as_json: bool) -> None:
    _change(start, who, as_json, cases.unblock, lambda name: _("{name} is not blocked.").format(name=name))


def _change(
    start: Start,
    who: str,
    as_json: bool,
    case: Callable[[Desk, int], Contact],
    said: Callable[[str], str],
) -> None:
    with open_for(start) as desk:
        reader = desk.store.reader()
        changed = case(desk, contacts.named(reader, who).id)
        ref = contacts.newest_ref(reader, changed.id)
    if as_json:
        output.print_json(shapes.contact_item(changed, ref))
    else:
        output.say(said(contact_name(changed)))


@click.command(
    name="start",
    help=_("Open a conversation with a contact through an inbox; it is yours."),
    epilog=examples('csdesk contact start lin@example.com shop --subject "您的订单"'),
)
@who_argument
@click.argument("inbox", metavar="INBOX")
@click.option("--subject", metavar=_("TEXT"), default="", help=_("What it is about."))
@json_option
@pass_start
def start_conversation(start: Start, who: str, inbox: str, subject: str, as_json: bool) -> None:
    _open(start, who, as_json, lambda desk, number: calls.start(desk, number, inbox, subject))


@click.command(
    name="call",
    help=_("Keep a telephone call with a contact: a conversation with a note of what was said (- reads it)."),
    epilog=examples('csdesk contact call 13800000001 "答应周五前发货"'),
)
@who_argument
@click.argument("text", metavar="TEXT")
@click.option(
    "--inbox", metavar=_("NAME"), help=_("The inbox it is kept in; else the one for telephone calls.")
)
@json_option
@pass_start
def call(start: Start, who: str, text: str, inbox: str | None, as_json: bool) -> None:
    said = given_text(text, None)
    _open(start, who, as_json, lambda desk, number: calls.log_call(desk, number, said, inbox))


def _open(start: Start, who: str, as_json: bool, case: Callable[[Desk, int], int]) -> None:
    with open_for(start) as desk:
        reader = desk.store.reader()
        number = case(desk, contacts.named(reader, who).id)
        current = conversations.get(reader, number)
        if as_json:
            output.print_json(shapes.conversation_facts(desk, current))
        else:
            output.say(_("#{ref} is open and yours.").format(ref=current.short_ref))
