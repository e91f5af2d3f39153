"""Commands that write: reply and note, and the drafts of what was begun."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from csdesk.cli import output, shapes
from csdesk.cli.given_text import (
    given_text,
    must_be_filled,
    must_be_proper,
    must_be_valid,
    quick_reply,
    quick_text,
    read_slots,
)
from csdesk.cli.moments import local_clock
from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.pages import name_of
from csdesk.cli.start import Start
from csdesk.cli.wording import MODE, awaits, word
from csdesk.desk import enclosing, sending
from csdesk.desk.context import Desk
from csdesk.desk.quick import local_now
from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Conversation
from csdesk.model.message import Delivery, Message, Mode
from csdesk.model.reply import InsertedReply
from csdesk.store import conversations
from csdesk.store import drafts as kept

file_option = click.option(
    "--file",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar=_("FILE"),
    help=_("Read the text from FILE."),
)


@click.command(
    name="reply",
    help=_(
        "Answer the customer with TEXT (- reads standard input). The reply is held for the inbox's hold time, in"
        " which `csdesk undo` takes it back. Exit code 3 when it has open slots such as {eta}, or when"
        " the etiquette check asks first."
    ),
    epilog=examples(
        'csdesk reply 7K3Q9F "It left this morning."',
        "csdesk reply 7K3Q9F - < answer.txt",
        "csdesk reply 7K3Q9F --quick eta --slot day=Friday",
        'csdesk reply 7K3Q9F "Here is your invoice." --attach invoice.pdf',
    ),
)
@click.argument("ref", metavar="REF")
@click.argument("text", metavar="[TEXT]", required=False)
@file_option
@click.option("--quick", metavar=_("CODE"), help=_("Take the text of this quick reply."))
@click.option(
    "--slot", "slots", multiple=True, metavar=_("NAME=VALUE"), help=_("Fill a slot of the quick reply.")
)
@click.option(
    "--attach",
    "attached",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar=_("FILE"),
    help=_("Send FILE with it; may be given several times, and without TEXT."),
)
@click.option(
    "--anyway",
    metavar=_("REASON"),
    help=_("Send it though slots are open or the etiquette check asks; the reason is noted beside it."),
)
@json_option
@pass_start
def reply(
    start: Start,
    ref: str,
    text: str | None,
    file: Path | None,
    quick: str | None,
    slots: tuple[str, ...],
    attached: tuple[Path, ...],
    anyway: str | None,
    as_json: bool,
) -> None:
    if quick is None:
        has_text = text is not None or file is not None or not attached
        chosen, written = None, given_text(text, file) if has_text else ""
        _must_be_empty(slots)
    else:
        chosen, written = quick_reply(quick, start), ""
        if text is not None or file is not None:
            raise UsageError(
                "text.two_sources",
                _("--quick takes its own text."),
                _("Leave TEXT and --file out, or --quick."),
            )
    with open_for(start) as desk:
        current = conversation_of(desk, ref)
        used: tuple[InsertedReply, ...] = ()
        remarks: tuple[str, ...] = ()
        if chosen is not None:
            prepared = quick_text(desk, current, chosen, read_slots(slots))
            written, used = prepared.expansion.text, (prepared.note,)
            remarks = must_be_valid(chosen, local_now(desk, current), anyway)
        remarks += must_be_filled(written, anyway) + must_be_proper(desk, current, written, anyway)
        remark = "\n".join(remarks) or None
        with enclosing.taken_in(desk, attached) as files:
            message = sending.reply(desk, current.id, written, remark=remark, quick=used, enclosed=files)
        _tell_written(desk, current, message, as_json)


def _must_be_empty(slots: Sequence[str]) -> None:
    if slots:
        raise UsageError(
            "slot.no_quick", _("--slot goes with --quick only."), _("Write the value into the text.")
        )


@click.command(
    name="note",
    help=_("Write a note that only the team sees (- reads standard input). Needs no claim."),
    epilog=examples('csdesk note 7K3Q9F "Called back, no answer."', "csdesk note 7K3Q9F --file call.txt"),
)
@click.argument("ref", metavar="REF")
@click.argument("text", metavar="[TEXT]", required=False)
@file_option
@json_option
@pass_start
def note(start: Start, ref: str, text: str | None, file: Path | None, as_json: bool) -> None:
    written = given_text(text, file)
    with open_for(start) as desk:
        current = conversation_of(desk, ref)
        _tell_written(desk, current, sending.note(desk, current.id, written), as_json)


def _tell_written(desk: Desk, current: Conversation, message: Message, as_json: bool) -> None:
    if as_json:
        refs = {"ref": current.ref, "short_ref": current.short_ref}
        output.print_json({**refs, **shapes.message_item(message)})
    elif message.delivery is Delivery.APPROVAL:
        waits = awaits(message.reason or "")
        output.say(_("Held: {waits}. csdesk undo takes it back.").format(waits=waits))
    elif message.release_at is None:
        output.say(_("Noted in #{ref}.").format(ref=current.short_ref))
    else:
        time = local_clock(message.release_at, desk.now_ms())
        output.say(
            _("Held until {time}; csdesk undo takes it back.").format(time=time)
            if message.release_at > desk.now_ms()
            else _("On its way.")
        )


@click.command(
    name="drafts",
    help=_("List your unsent drafts, newest first; with REF, show what is drafted there, or drop it."),
    epilog=examples("csdesk drafts", "csdesk drafts 7K3Q9F --drop"),
)
@click.argument("ref", metavar="[REF]", required=False)
@click.option("--drop", is_flag=True, help=_("Forget the drafts of REF."))
@json_option
@pass_start
def drafts(start: Start, ref: str | None, drop: bool, as_json: bool) -> None:
    if drop and ref is None:
        raise UsageError(
            "drafts.no_ref", _("Which draft to drop is not said."), _("Name it: csdesk drafts REF --drop")
        )
    with open_for(start) as desk:
        only = None if ref is None else conversation_of(desk, ref).id
        reader = desk.store.reader()
        mine = [held.draft for held in kept.of_agent(reader, desk.agent.id)]
        found = [
            (draft, conversations.get(reader, draft.conversation))
            for draft in mine
            if only in (None, draft.conversation)
        ]
        if drop and only is not None:
            for mode in Mode:
                sending.drop_draft(desk, only, mode)
        now = desk.now_ms()
    if as_json:
        output.print_json(shapes.listing(shapes.draft_item(draft, current) for draft, current in found))
    elif not found:
        output.say(_("There is no draft. What you type on the screen is kept as one."))
    elif drop:
        output.say(_("Dropped."))
    elif only is not None:
        for draft, _current in found:
            output.say(draft.text)
    else:
        rows = [
            [
                f"#{current.short_ref}",
                name_of(current.contact_name),
                word(MODE, draft.mode),
                local_clock(draft.updated_at, now),
                draft.text,
            ]
            for draft, current in found
        ]
        output.print_table(rows, [_("Ref"), _("Contact"), _("Kind"), _("Written"), _("Text")])
