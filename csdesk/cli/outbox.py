"""``csdesk outbox``: what has not left yet, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from csdesk.cli import output, shapes
from csdesk.cli.moments import local_clock
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, limit_option, pass_start
from csdesk.cli.queue import message_id
from csdesk.cli.start import Start
from csdesk.cli.wording import DELIVERY, awaits, word
from csdesk.desk import approving, looking, sending
from csdesk.desk.context import Desk
from csdesk.errors import Refused, UsageError
from csdesk.i18n import _
from csdesk.model.message import Delivery, OutboxItem
from csdesk.store import conversations
from csdesk.store import outbox as leaving

MOST_ROWS = 5_000
ROWS = 200


@click.command(
    name="outbox",
    help=_(
        "List what has not left yet, oldest first. It leaves while a program runs its inbox: the screen, the demo"
        " or the gateway. A reply that waits for approval leaves when a colleague of its writer approves it."
    ),
    epilog=examples(
        "csdesk outbox",
        "csdesk outbox --retry 219512345600",
        "csdesk --as 李老师 outbox --approve 219512345600",
        'csdesk --as 李老师 outbox --return 219512345600 --whisper "先问候一声"',
    ),
)
@click.option(
    "--retry", metavar=_("MESSAGE_ID"), help=_("Send a message that failed, or needs another look.")
)
@click.option("--approve", metavar=_("MESSAGE_ID"), help=_("Let this reply go, which waits for approval."))
@click.option("--text", metavar=_("TEXT"), help=_("With --approve: send this text in its place."))
@click.option(
    "--return", "returned", metavar=_("MESSAGE_ID"), help=_("Make this reply its writer's draft again.")
)
@click.option(
    "--edit",
    "edited",
    metavar=_("MESSAGE_ID"),
    help=_("Make a reply that failed, or needs another look, my draft."),
)
@click.option(
    "--drop", "dropped", metavar=_("MESSAGE_ID"), help=_("Take back a reply that needs another look.")
)
@click.option("--whisper", metavar=_("TEXT"), help=_("With --return: why; it is whispered to its writer."))
@limit_option(MOST_ROWS, ROWS)
@click.option("--after", metavar=_("MESSAGE_ID"), help=_("Go on behind this message: the value of next."))
@json_option
@pass_start
def outbox(
    start: Start,
    retry: str | None,
    approve: str | None,
    text: str | None,
    returned: str | None,
    edited: str | None,
    dropped: str | None,
    whisper: str | None,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    _must_fit((retry, approve, returned, edited, dropped), text and not approve, whisper and not returned)
    behind = None if after is None else message_id(after)
    with open_for(start) as desk:
        if retry is not None:
            _retry(desk, message_id(retry), as_json)
        elif approve is not None:
            approving.approve(desk, message_id(approve), text)
            _say(as_json, approve, "approved", _("Approved: it is on its way."))
        elif returned is not None:
            approving.give_back(desk, message_id(returned), whisper or "")
            _say(as_json, returned, "returned", _("Returned: it is its writer's draft again."))
        elif edited is not None:
            sending.rewrite_failed(desk, message_id(edited))
            _say(as_json, edited, "edited", _("It is your draft again; nothing is sent before you send it."))
        elif dropped is not None:
            looking.drop(desk, message_id(dropped))
            _say(as_json, dropped, "dropped", _("The customer will not get it."))
        else:
            _list(desk, behind, limit, as_json)


def _must_fit(wishes: Sequence[str | None], *strays: object) -> None:
    """Raises UsageError for options that do not go together."""
    if sum(each is not None for each in wishes) > 1 or any(strays):
        raise UsageError(
            "outbox.options",
            _(
                "--retry, --edit, --drop, --approve and --return are five things; --text goes with --approve,"
                " --whisper with --return."
            ),
            _("See `csdesk outbox --help`."),
        )


def _say(as_json: bool, message: str, done: str, sentence: str) -> None:
    if as_json:
        output.print_json({"id": message, "done": done})
    else:
        output.say(sentence)


def _list(desk: Desk, behind: int | None, limit: int, as_json: bool) -> None:
    found = leaving.listed(desk.store.reader(), behind, limit + 1)
    items = [(item, _short(desk, item), _is_run(desk, item.inbox)) for item in found[:limit]]
    following = str(found[limit - 1].message) if len(found) > limit else None
    if as_json:
        output.print_json(shapes.listing((shapes.outbox_item(*each) for each in items), following))
    elif items:
        _print(items, following, desk.now_ms())
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


def _print(items: Sequence[tuple[OutboxItem, str, bool]], following: str | None, now_ms: int) -> None:
    rows = [
        [
            str(item.message),
            f"#{short}",
            *_standing(item, now_ms),
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
    states = {item.state for item, *_rest in items}
    if Delivery.FAILED in states:
        output.narrate(_("csdesk outbox --retry MESSAGE_ID sends a failed message again."))
    if Delivery.LOOK in states:
        output.narrate(
            _(
                "Others worked on it since it was written: --retry sends it, --edit makes it a draft, --drop takes it back."
            )
        )
    if Delivery.APPROVAL in states:
        output.narrate(_("csdesk outbox --approve MESSAGE_ID lets one go that waits for approval."))
    _say_who_sends(items)


def _standing(item: OutboxItem, now_ms: int) -> tuple[str, str]:
    """State, and until when or why."""
    if item.state is Delivery.APPROVAL:
        return awaits(item.reason or ""), local_clock(item.release_at, now_ms)
    until = local_clock(item.release_at, now_ms) if item.state is Delivery.HELD else item.reason or ""
    return word(DELIVERY, item.state), until


def _say_who_sends(items: Sequence[tuple[OutboxItem, str, bool]]) -> None:
    idle = sorted({item.inbox_name for item, _short, is_run in items if not is_run})
    if idle:
        output.narrate(
            _(
                "No program sends for {inboxes} now: replies wait here until the one that runs it is started."
            ).format(inboxes=", ".join(idle))
        )
