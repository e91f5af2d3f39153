"""``csdesk contact``: who writes in, and erasing what they wrote."""

from __future__ import annotations

import sys

import click

from csdesk.cli import contact_work, output, shapes
from csdesk.cli.contact_pages import contact_card, contact_name
from csdesk.cli.opening import open_for, store_of
from csdesk.cli.options import after_option, examples, json_option, limit_option, pass_start
from csdesk.cli.progress import progress_bar
from csdesk.cli.start import Start
from csdesk.clock import format_time
from csdesk.desk import contacts as cases
from csdesk.desk import erasing
from csdesk.errors import NeedsPerson, UsageError
from csdesk.i18n import _, ngettext
from csdesk.ids import REF_SHOWN
from csdesk.model.conversation import Tier
from csdesk.model.people import Contact, Lifecycle
from csdesk.store import contacts

MOST_ROWS = 5_000
ROWS = 50
REFS_SHOWN = 20
STAGES_SHOWN = 20

who_argument = click.argument("who", metavar="REF|NAME")


@click.group(
    name="contact",
    help=_("List, show, edit, merge and block contacts, or erase what one wrote."),
    epilog=examples("csdesk contact list 林"),
)
def contact() -> None:
    """The group itself does nothing."""


for command in (
    contact_work.merge,
    contact_work.unmerge,
    contact_work.block,
    contact_work.unblock,
    contact_work.start_conversation,
    contact_work.call,
):
    contact.add_command(command)


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
            [f"#{ref}" if ref else "", contact_name(who), who.tier or "", who.email or "", who.phone or ""]
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
        stages = contacts.stages(store.reader(), found.id, STAGES_SHOWN)
    if as_json:
        reached = [{"at": format_time(each.at), "stage": each.stage, "ref": each.ref} for each in stages]
        item = shapes.contact_item(found, refs[0] if refs else "")
        output.print_json({**item, "refs": refs, "stages": reached})
        return
    for line in contact_card(found, refs, stages):
        output.say(line)


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
@click.option("--source", metavar=_("TEXT"), help=_("Where they came from."))
@click.option(
    "--lifecycle",
    type=click.Choice([""] + [each.value for each in Lifecycle]),
    help=_("How far they came as a customer."),
)
@click.option("--birthday", metavar="[YYYY-]MM-DD", help=_("The birthday, with or without the year."))
@click.option("--note", metavar=_("TEXT"), help=_("What colleagues should know."))
@click.option("--label", "add", multiple=True, metavar=_("NAME"), help=_("Put a label on them."))
@click.option("--unlabel", "remove", multiple=True, metavar=_("NAME"), help=_("Take a label off them."))
@json_option
@pass_start
def contact_edit(
    start: Start,
    /,
    who: str,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    as_json: bool,
    **given: str | None,
) -> None:
    changes: dict[str, str | bool | None] = {key: value for key, value in given.items() if value is not None}
    if not changes and not add and not remove:
        raise UsageError("edit.nothing", _("There is nothing to change."), _("See the options: add --help."))
    with open_for(start) as desk:
        edited = contacts.named(desk.store.reader(), who)
        if changes:
            edited = cases.edit(desk, edited.id, changes)
        if add or remove:
            edited = cases.set_labels(desk, edited.id, tuple({*edited.labels, *add} - {*remove}))
        ref = contacts.newest_ref(desk.store.reader(), edited.id)
    if as_json:
        output.print_json(shapes.contact_item(edited, ref))
    else:
        output.say(_("{name} is saved.").format(name=contact_name(edited)))


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
    finished = None
    with open_for(start) as desk:
        if who is None:
            with progress_bar(_("Erasing")) as progress:
                finished = erasing.resume(desk, progress)
            done = finished or erasing.Erased()
        else:
            found = contacts.named(desk.store.reader(), who)
            if not is_sure:
                _ask(found)
            with progress_bar(_("Erasing")) as progress:
                done = erasing.erase_contact(desk, found.id, progress)
    if as_json:
        output.print_json(shapes.erased_item(done))
    elif is_resumed and finished is None:
        output.say(_("No erasure was left unfinished."))
    else:
        tell_erased(done)


def _ask(found: Contact) -> None:
    """Raises NeedsPerson unless a person at the terminal says yes."""
    question = ngettext(
        "Erase {name} and the words of {count} conversation for good?",
        "Erase {name} and the words of {count} conversations for good?",
        found.conversation_count,
    ).format(name=output.harmless(contact_name(found)), count=found.conversation_count)
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
    if done.handovers:
        refs = ", ".join(f"#{ref[:REF_SHOWN]}" for ref in done.handovers)
        output.narrate(
            _(
                "The name still stands in handovers where somebody wrote it by hand: {refs}. No erasure reaches it there."
            ).format(refs=refs)
        )
    for path in done.copies:
        output.narrate(
            _("{path} is a copy from before and may still hold them: remove it, or make it anew.").format(
                path=path
            )
        )
    output.narrate(_("Backups that were made before and lie elsewhere still hold them too."))
