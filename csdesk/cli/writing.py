"""Commands that write: reply, note, and what has not left yet."""

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
from csdesk.cli.options import examples, json_option, limit_option, pass_start
from csdesk.cli.pages import name_of
from csdesk.cli.queue import message_id
from csdesk.cli.start import Start
from csdesk.cli.wording import DELIVERY, MODE, word
from csdesk.desk import enclosing, sending
from csdesk.desk.context import Desk
from csdesk.desk.quick import local_now
from csdesk.errors import Refused, UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Conversation
from csdesk.model.message import Delivery, Message, Mode, OutboxItem
from csdesk.model.reply import InsertedReply
from csdesk.store import conversations
from csdesk.store import drafts as kept
from csdesk.store import outbox as leaving

MOST_ROWS = 5_000
ROWS = 200

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
        chosen, written = quick_reply(quick, start.settings.replies), ""
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
    name="outbox",
    help=_(
        "List what has not left yet, oldest first. It leaves while a program runs its inbox: the screen, the demo"
        " or the gateway."
    ),
    epilog=examples("csdesk outbox", "csdesk outbox --retry 219512345600"),
)
@click.option("--retry", metavar=_("MESSAGE_ID"), help=_("Send this failed message again."))
@limit_option(MOST_ROWS, ROWS)
@click.option("--after", metavar=_("MESSAGE_ID"), help=_("Go on behind this message: the value of next."))
@json_option
@pass_start
def outbox(start: Start, retry: str | None, limit: int, after: str | None, as_json: bool) -> None:
    behind = None if after is None else message_id(after)
    again = None if retry is None else message_id(retry)
    with open_for(start) as desk:
        if again is not None:
            _retry(desk, again, as_json)
            return
        found = leaving.listed(desk.store.reader(), behind, limit + 1)
        items = [(item, _short(desk, item), _is_run(desk, item.inbox)) for item in found[:limit]]
        now = desk.now_ms()
    following = str(found[limit - 1].message) if len(found) > limit else None
    if as_json:
        output.print_json(shapes.listing((shapes.outbox_item(*each) for each in items), following))
    elif items:
        _print_outbox(items, following, now)
    else:
        output.say(_("The outbox is empty: everything has left."))


def _retry(desk: Desk, message: int, as_json: bool) -> None:
    sending.retry(desk, message)
    item = leaving.get(desk.store.reader(), message)
    if item is None:
        raise Refused("retry.gone", _("That message has left meanwhile."), "")
    if as_json:
        output.print_json(shapes.outbox_item(item, _short(desk, item), _is_run(desk, item.inbox)))
    else:
        output.say(_("It will be sent again."))
        _say_who_sends([(item, "", _is_run(desk, item.inbox))])


def _short(desk: Desk, item: OutboxItem) -> str:
    return conversations.short_ref(desk.store.reader(), item.ref)


def _is_run(desk: Desk, inbox: int) -> bool:
    """Whether some process sends for the inbox now."""
    lease = leaving.lease_of(desk.store.reader(), inbox)
    return lease is not None and lease[1] > desk.now_ms()


def _print_outbox(items: Sequence[tuple[OutboxItem, str, bool]], following: str | None, now_ms: int) -> None:
    rows = [
        [
            str(item.message),
            f"#{short}",
            word(DELIVERY, item.state),
            local_clock(item.release_at, now_ms) if item.state is Delivery.HELD else item.reason or "",
            item.inbox_name,
            item.agent_name,
            item.text,
        ]
        for item, short, _is_run in items
    ]
    output.print_table(
        rows, [_("Message"), _("Ref"), _("State"), _("Until, why"), _("Inbox"), _("Agent"), _("Text")]
    )
    if following is not None:
        output.narrate(_("More: add --after {key}").format(key=following))
    if any(item.state is Delivery.FAILED for item, *_rest in items):
        output.narrate(_("csdesk outbox --retry MESSAGE_ID sends a failed message again."))
    _say_who_sends(items)


def _say_who_sends(items: Sequence[tuple[OutboxItem, str, bool]]) -> None:
    idle = sorted({item.inbox_name for item, _short, is_run in items if not is_run})
    if idle:
        output.narrate(
            _(
                "No program sends for {inboxes} now: replies wait here until the one that runs it is started."
            ).format(inboxes=", ".join(idle))
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
