"""``csdesk queue`` and ``csdesk show``: reading the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from csdesk.cli import output, shapes
from csdesk.cli.moments import local_clock, read_span
from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.options import after_option, examples, json_option, limit_option, pass_start
from csdesk.cli.pages import heading, name_of, transcript
from csdesk.cli.start import Start
from csdesk.cli.wording import STAGE, STATUS, word
from csdesk.desk.context import Desk
from csdesk.desk.filtering import read_filter
from csdesk.errors import NotFound, UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Page, QueueRow, Sort, Stage, Tier, View
from csdesk.model.message import Message
from csdesk.store import contacts, conversations, messages, people, saved_views
from csdesk.store.queue import page
from csdesk.store.queue_filters import SORTABLE, QueueFilter
from csdesk.tui.times import wait_text

MOST_ROWS = 5_000
ROWS = 50
MOST_MESSAGES = 10_000
MESSAGES = 200
WAIT_ORDERED = (View.WAITING, View.UNASSIGNED, View.MINE)
"""Views whose rows come with the longest wait first: the others hold no order by waiting."""


@click.command(
    name="queue",
    help=_(
        "List conversations of a view, the longest wait first. Page on with --after and the value of next."
    ),
    epilog=examples(
        "csdesk queue", "csdesk queue --view mine --waiting 100s", "csdesk queue --view all --limit 37 --json"
    ),
)
@click.option(
    "--view",
    metavar=f"{'|'.join(View)}|NAME",
    default=View.WAITING.value,
    show_default=True,
    help=_("Which list: a built-in view, or one of your own by its name."),
)
@click.option(
    "--sort",
    type=click.Choice([sort.value for sort in Sort]),
    help=_("By wait, priority or tier; for views of open conversations, drafts and failed."),
)
@limit_option(MOST_ROWS, ROWS)
@after_option
@click.option("--waiting", metavar=_("TIME"), help=_("Only who has waited at least so long: 100s, 5m."))
@click.option("--label", metavar=_("NAME"), help=_("Only with this label."))
@click.option("--tier", type=click.Choice([tier.value for tier in Tier]), help=_("Only of this tier."))
@click.option("--stage", type=click.Choice([stage.value for stage in Stage]), help=_("Only of this stage."))
@click.option("--inbox", metavar=_("NAME"), help=_("Only from this inbox."))
@click.option("--contact", "who", metavar="REF|NAME", help=_("Only with this contact."))
@json_option
@pass_start
def queue(
    start: Start,
    view: str,
    sort: str | None,
    limit: int,
    after: str | None,
    waiting: str | None,
    label: str | None,
    tier: str | None,
    stage: str | None,
    inbox: str | None,
    who: str | None,
    as_json: bool,
) -> None:
    asked = {"label": label, "tier": tier, "stage": stage, "inbox": inbox}
    with open_for(start) as desk:
        chosen, narrowed = _view_named(desk, view)
        narrowed = replace(narrowed, **{name: value for name, value in asked.items() if value is not None})  # type: ignore[arg-type]
        least_ms = _least_wait(waiting, chosen, sort)
        _must_be_inbox(desk, inbox)
        if who is not None:
            narrowed = replace(narrowed, contact=contacts.named(desk.store.reader(), who).id)
        found = page(
            desk.store.reader(),
            chosen,
            agent=desk.agent.id,
            after=after,
            limit=limit,
            narrowed=narrowed,
            sort=_sort_for(chosen, sort),
        )
        if least_ms is not None:
            found = _long_waits(found, desk.now_ms() - least_ms)
        refs = [conversations.short_ref(desk.store.reader(), row.ref) for row in found.rows]
        now = desk.now_ms()
    if as_json:
        items = [shapes.queue_item(row, short, now) for row, short in zip(found.rows, refs, strict=True)]
        output.print_json(shapes.listing(items, found.next))
    elif found.rows:
        _print_rows(found, refs, now)
    else:
        is_narrowed = after is not None or waiting is not None or not narrowed.is_empty
        output.say(_nothing(chosen, is_narrowed))


def _view_named(desk: Desk, name: str) -> tuple[View, QueueFilter]:
    """A built-in view, or one of the agent's own with its filter. Raises NotFound."""
    if name.lower() in {view.value for view in View}:
        return View(name.lower()), QueueFilter()
    saved = saved_views.named(desk.store.reader(), desk.agent.id, name)
    return saved.view, read_filter(saved.query)


def _sort_for(view: View, sort: str | None) -> Sort:
    if sort is not None and view not in SORTABLE:
        raise UsageError(
            "queue.no_sort",
            _("--sort does not go with the view {view}.").format(view=view.value),
            _("It is sorted by time. Use it with waiting, unassigned, mine, drafts or failed."),
        )
    return Sort(sort) if sort is not None else Sort.WAIT


def _least_wait(waiting: str | None, view: View, sort: str | None) -> int | None:
    if waiting is None:
        return None
    if view not in WAIT_ORDERED or sort not in (None, Sort.WAIT):
        raise UsageError(
            "queue.no_waits",
            _("--waiting does not go with the view {view}.").format(view=view.value),
            _("Use it with the view waiting, unassigned or mine, sorted by wait."),
        )
    return read_span(waiting)


def _long_waits(found: Page, latest: int) -> Page:
    """The head of a page whose longest waits come first: those who wait since ``latest`` or longer."""
    rows = tuple(row for row in found.rows if row.waiting_since is not None and row.waiting_since <= latest)
    return found if len(rows) == len(found.rows) else replace(found, rows=rows, next=None)


def _must_be_inbox(desk: Desk, name: str | None) -> None:
    if name is not None and people.inbox_named(desk.store.reader(), name) is None:
        raise NotFound(
            "inbox.unknown",
            _("There is no inbox named {name}.").format(name=name[:60]),
            _("csdesk inbox list shows them."),
        )


def _print_rows(found: Page, refs: Sequence[str], now_ms: int) -> None:
    rows = [_cells(row, short, now_ms) for row, short in zip(found.rows, refs, strict=True)]
    output.print_table(
        rows, [_("Wait"), _("Ref"), _("Contact"), _("Tier"), _("Stage"), _("Agent"), _("Last message")], 20
    )
    if found.next is not None:
        output.narrate(_("More: add --after {key}").format(key=found.next))


def _cells(row: QueueRow, short: str, now_ms: int) -> list[str]:
    if row.waiting_since is not None:
        wait = wait_text(now_ms - row.waiting_since)
    elif row.snooze_until is not None:
        wait = local_clock(row.snooze_until, now_ms)
    else:
        wait = word(STATUS, row.status)
    return [
        wait,
        f"#{short}",
        name_of(row.contact_name),
        row.tier or "",
        word(STAGE, row.stage),
        row.assignee_name or "",
        row.preview or row.subject,
    ]


def _nothing(view: View, is_narrowed: bool) -> str:
    """What an empty list means, and where to look next."""
    if is_narrowed:
        return _("Nothing here fits. Leave out a filter, or try csdesk queue --view all.")
    return {
        View.WAITING: _("No one is waiting. csdesk queue --view all lists every conversation."),
        View.UNASSIGNED: _("Everything open has an agent. csdesk queue --view mine lists yours."),
        View.MINE: _(
            "You have no open conversation. csdesk queue --view unassigned lists what can be claimed."
        ),
        View.ALL: _("The desk is empty. Import something: csdesk import FILE, or try csdesk demo."),
        View.SNOOZED: _("Nothing is snoozed. csdesk snooze REF --until +2h puts a conversation off."),
        View.RESOLVED: _("Nothing is resolved yet. csdesk resolve REF ends a conversation."),
        View.DRAFTS: _("You have no draft. csdesk drafts shows the text of each."),
        View.FAILED: _("Nothing failed to leave. csdesk outbox shows what is on its way."),
    }[view]


@click.command(
    name="show",
    help=_("Show one conversation: its facts, then its newest messages, oldest of them first."),
    epilog=examples("csdesk show 7K3Q9F", "csdesk show 7K3Q9F --limit 20 --json"),
)
@click.argument("ref", metavar="REF")
@click.option(
    "--limit",
    type=click.IntRange(1, MOST_MESSAGES),
    default=MESSAGES,
    show_default=True,
    help=_("How many messages at most."),
)
@click.option("--before", metavar=_("MESSAGE_ID"), help=_("Only what stands before this message."))
@json_option
@pass_start
def show(start: Start, ref: str, limit: int, before: str | None, as_json: bool) -> None:
    end = None if before is None else message_id(before)
    with open_for(start) as desk:
        current = conversation_of(desk, ref)
        lines = messages.before(desk.store.reader(), current.id, end, limit)
        earlier = _earlier(desk, current.id, lines)
        if as_json:
            facts = shapes.conversation_facts(desk, current)
            output.print_json({**facts, **shapes.history(lines), "earlier": earlier})
            return
        now = desk.now_ms()
    for line in heading(current, now):
        output.say(line)
    for line in transcript(lines, now):
        output.say(line)
    if earlier is not None:
        output.narrate(_("Earlier messages: add --before {id}").format(id=earlier))


def message_id(typed: str) -> int:
    """A message's id as JSON gives it. Raises UsageError."""
    try:
        number = int(typed)
    except ValueError:
        number = 1 << 63
    if not -(1 << 63) <= number < 1 << 63:
        raise UsageError(
            "message.bad_id",
            _("{id} is not the id of a message.").format(id=typed[:40]),
            _("csdesk show REF --json and csdesk outbox --json tell the ids."),
        )
    return number


def _earlier(desk: Desk, conversation: int, lines: Sequence[Message]) -> str | None:
    """The id to pass to --before for what stands ahead of ``lines``; None at the beginning."""
    first = next((line.id for line in lines if not shapes.is_event(line)), None)
    if first is None:
        return None
    ahead = messages.before(desk.store.reader(), conversation, first, 1, with_events=False)
    return str(first) if ahead else None
