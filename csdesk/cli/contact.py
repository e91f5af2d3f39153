"""``csdesk contact``: who writes in, and erasing what they wrote."""

from __future__ import annotations

import sys

import click

from csdesk.cli import output, shapes
from csdesk.cli.database import progress_bar
from csdesk.cli.opening import open_for, store_of
from csdesk.cli.options import after_option, examples, json_option, limit_option, pass_start
from csdesk.cli.pages import name_of
from csdesk.cli.start import Start
from csdesk.clock import format_time
from csdesk.desk import contacts as cases
from csdesk.desk import erasing
from csdesk.errors import NeedsPerson, UsageError
from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Tier
from csdesk.model.people import Contact
from csdesk.store import contacts

MOST_ROWS = 5_000
ROWS = 50
REFS_SHOWN = 20

who_argument = click.argument("who", metavar="REF|NAME")


@click.group(
    name="contact",
    help=_("List, show and edit contacts, or erase what one wrote."),
    epilog=examples("csdesk contact list 林"),
)
def contact() -> None:
    """The group itself does nothing."""


@contact.command(
    name="list",
    help=_("List contacts, the newest first. QUERY stands somewhere in the name, e-mail or phone."),
    epilog=examples("csdesk contact list", "csdesk contact list 林 --json"),
)
@click.argument("query", default="")
@limit_option(MOST_ROWS, ROWS)
@after_option
@json_option
@pass_start
def contact_list(start: Start, query: str, limit: int, after: str | None, as_json: bool) -> None:
    place = _place(after)
    with store_of(start) as store:
        found = contacts.page(store.reader(), query.strip(), place, limit + 1)
    rows = found[:limit]
    following = str(rows[-1][0].id) if len(found) > limit else None
    if as_json:
        output.print_json(shapes.listing((shapes.contact_item(who, ref) for who, ref in rows), following))
    elif rows:
        cells = [
            [f"#{ref}" if ref else "", _name(who), who.tier or "", who.email or "", who.phone or ""]
            for who, ref in rows
        ]
        output.print_table(cells, [_("Ref"), _("Name"), _("Tier"), _("E-mail"), _("Phone")])
        if following:
            output.narrate(_("There are more: --after {key}").format(key=following))
    else:
        output.say(_("There is no such contact."))


def _place(after: str | None) -> int | None:
    if after is None:
        return None
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise UsageError(
            "contact.bad_after",
            _("--after is not a place in the list: {value}.").format(value=after[:40]),
            _("Give the value of next."),
        )
    return int(after)


def _name(who: Contact) -> str:
    if who.erased_at is not None and not who.name:
        return _("(erased on {date})").format(date=format_time(who.erased_at)[:10])
    return name_of(who.name)


@contact.command(
    name="show",
    help=_(
        "Show a contact: by the ref of a conversation with them, or their whole e-mail, phone number or name."
    ),
    epilog=examples("csdesk contact show 7K3Q9F", "csdesk contact show lin@example.com --json"),
)
@who_argument
@json_option
@pass_start
def contact_show(start: Start, who: str, as_json: bool) -> None:
    with store_of(start) as store:
        found = contacts.named(store.reader(), who)
        refs = contacts.refs(store.reader(), found.id, REFS_SHOWN)
    if as_json:
        output.print_json({**shapes.contact_item(found, refs[0] if refs else ""), "refs": refs})
        return
    facts = [found.tier, found.email, found.phone, _("blocked") if found.is_blocked else None]
    output.say(" · ".join([_name(found), *filter(None, facts)]))
    if found.note:
        output.say(found.note)
    count = found.conversation_count
    output.say(
        ngettext("{count} conversation: {refs}", "{count} conversations: {refs}", count).format(
            count=count, refs=", ".join(f"#{ref}" for ref in refs)
        )
    )


@contact.command(
    name="edit",
    help=_("Change what is known of a contact; an empty text takes a value away."),
    epilog=examples("csdesk contact edit 7K3Q9F --name 林女士 --tier A"),
)
@who_argument
@click.option("--name", metavar=_("NAME"), help=_("The new name."))
@click.option("--email", metavar=_("TEXT"), help=_("The e-mail address."))
@click.option("--phone", metavar=_("TEXT"), help=_("The phone number."))
@click.option("--tier", type=click.Choice([tier.value for tier in Tier]), help=_("The class of customer."))
@click.option("--note", metavar=_("TEXT"), help=_("What colleagues should know."))
@json_option
@pass_start
def contact_edit(
    start: Start,
    who: str,
    name: str | None,
    email: str | None,
    phone: str | None,
    tier: str | None,
    note: str | None,
    as_json: bool,
) -> None:
    given = {"name": name, "email": email, "phone": phone, "tier": tier, "note": note}
    changes: dict[str, str | bool | None] = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise UsageError("edit.nothing", _("There is nothing to change."), _("See the options: add --help."))
    with open_for(start) as desk:
        found = contacts.named(desk.store.reader(), who)
        edited = cases.edit(desk, found.id, changes)
        ref = contacts.newest_ref(desk.store.reader(), found.id)
    if as_json:
        output.print_json(shapes.contact_item(edited, ref))
    else:
        output.say(_("{name} is saved.").format(name=_name(edited)))


@contact.command(
    name="erase",
    help=_(
        "Erase a person for good: name, addresses, and the words of every conversation with them, from the rows,"
        " the log, the search index and the file. When who wrote and who answered stays. It cannot be undone."
    ),
    epilog=examples(
        "csdesk contact erase 7K3Q9F",
        "csdesk contact erase lin@example.com --yes --json",
        "csdesk contact erase --resume",
    ),
)
@click.argument("who", metavar="REF|NAME", required=False)
@click.option("--yes", "is_sure", is_flag=True, help=_("Do not ask."))
@click.option("--resume", "is_resumed", is_flag=True, help=_("Finish what a kill left unfinished."))
@json_option
@pass_start
def contact_erase(start: Start, who: str | None, is_sure: bool, is_resumed: bool, as_json: bool) -> None:
    if (who is None) != is_resumed:
        raise UsageError("erase.who", _("Say whom to erase, or --resume."), _("See the options: add --help."))
    with open_for(start) as desk:
        if who is None:
            with progress_bar(_("Erasing")) as progress:
                done = erasing.resume(desk, progress) or erasing.Erased()
        else:
            found = contacts.named(desk.store.reader(), who)
            if not is_sure:
                _ask(found)
            with progress_bar(_("Erasing")) as progress:
                done = erasing.erase_contact(desk, found.id, progress)
    if as_json:
        output.print_json(shapes.erased_item(done))
    else:
        tell_erased(done)


def _ask(found: Contact) -> None:
    """Raises NeedsPerson unless a person at the terminal says yes."""
    question = ngettext(
        "Erase {name} and the words of {count} conversation for good?",
        "Erase {name} and the words of {count} conversations for good?",
        found.conversation_count,
    ).format(name=output.harmless(_name(found)), count=found.conversation_count)
    if sys.stdin.isatty() and click.confirm(question, err=True):
        return
    raise NeedsPerson("erase.unconfirmed", _("Nothing was erased."), _("Say --yes to erase without asking."))


def tell_erased(done: erasing.Erased) -> None:
    """What an erasure did, and what it could not reach."""
    output.say(
        ngettext(
            "Erased: the words of {count} conversation.",
            "Erased: the words of {count} conversations.",
            done.conversations,
        ).format(count=done.conversations)
    )
    if not done.is_file_clean:
        output.narrate(
            _("Another program has the store open: the words leave the file when the last one closes it.")
        )
    for path in done.copies:
        output.narrate(
            _("{path} is a copy from before and may still hold them: remove it, or make it anew.").format(
                path=path
            )
        )
    output.narrate(_("Backups that were made before and lie elsewhere still hold them too."))
