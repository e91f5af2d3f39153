"""``csdesk handover``: what a shift leaves to the next, signed by both sides."""

from __future__ import annotations

from pathlib import Path

import click

from csdesk.cli import output
from csdesk.cli.given_text import given_text
from csdesk.cli.moments import local_clock
from csdesk.cli.opening import open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.pages import name_of
from csdesk.cli.shapes import Shape
from csdesk.cli.start import Start
from csdesk.clock import format_time
from csdesk.desk import handover as cases
from csdesk.desk.context import Desk
from csdesk.desk.handover import Composed, Looked
from csdesk.desk.handover_text import Entry
from csdesk.i18n import N_, _, ngettext
from csdesk.model.handover import ItemState
from csdesk.store.handovers import ItemRow
from csdesk.text import clean_line

STATES = {ItemState.OPEN: N_("to do"), ItemState.DONE: N_("done"), ItemState.MISSED: N_("missed")}
SIGNS = {ItemState.OPEN: "○", ItemState.DONE: "✓", ItemState.MISSED: "✗"}


@click.group(
    name="handover",
    invoke_without_command=True,
    help=_(
        "Hand a shift over: who waits, what was promised and by when, complaints, drafts, what could not be sent."
        " Without a command it shows what your shift would hand over now."
    ),
    epilog=examples(
        "csdesk handover", "csdesk handover write --to Bo", "csdesk --as Bo handover sign 7K3Q9F"
    ),
)
@click.option("--text", "as_text", is_flag=True, help=_("Print the text alone, as handover write takes it."))
@json_option
@click.pass_context
def handover(context: click.Context, as_text: bool, as_json: bool) -> None:
    if context.invoked_subcommand is not None:
        return
    with open_for(context.ensure_object(Start)) as desk:
        composed = cases.compose_now(desk)
        if as_json:
            output.print_json(_composed(composed))
            return
        output.say(composed.text.rstrip("\n"))
        if not as_text and cases.draft(desk) is not None:
            output.narrate(_("A handover you began is kept; the screen goes on with it (H)."))


@handover.command(
    name="write",
    help=_(
        "Write the handover and sign it as its giver. TEXT, - or --file give its text; without one the text of"
        " `csdesk handover` is taken. A conversation that the text does not name is not handed over."
    ),
    epilog=examples(
        "csdesk handover write", "csdesk handover --text > left.txt; csdesk handover write --file left.txt"
    ),
)
@click.argument("text", required=False)
@click.option("--file", type=click.Path(path_type=Path), help=_("Read the text from this file."))
@click.option("--to", metavar=_("NAME"), help=_("The agent it is meant for."))
@json_option
@pass_start
def write_command(start: Start, text: str | None, file: Path | None, to: str | None, as_json: bool) -> None:
    given = None if text is None and file is None else given_text(text, file)
    with open_for(start) as desk:
        composed = cases.compose_now(desk)
        written = cases.write(desk, composed.text if given is None else given, composed.left, to=to)
        looked = cases.look(desk, written)
        if as_json:
            output.print_json(document(looked))
        else:
            output.say(_said(looked))


def _said(looked: Looked) -> str:
    sentence = ngettext(
        "Handover {ref} is written and signed by you: {count} item.",
        "Handover {ref} is written and signed by you: {count} items.",
        len(looked.items),
    )
    return sentence.format(ref=looked.handover.short_ref, count=len(looked.items))


@handover.command(
    name="sign",
    help=_("Take a handover over: sign it as the one who goes on."),
    epilog=examples("csdesk --as Bo handover sign 7K3Q9F"),
)
@click.argument("ref")
@json_option
@pass_start
def sign_command(start: Start, ref: str, as_json: bool) -> None:
    with open_for(start) as desk:
        looked = cases.look(desk, cases.sign(desk, ref))
        if as_json:
            output.print_json(document(looked))
        else:
            output.say(_("You took over handover {ref}.").format(ref=looked.handover.short_ref))


@handover.command(
    name="list",
    help=_("List handovers, the newest first, and how much of each was missed."),
    epilog=examples("csdesk handover list", "csdesk handover list --json"),
)
@json_option
@pass_start
def list_command(start: Start, as_json: bool) -> None:
    with open_for(start) as desk:
        found = cases.recent(desk)
        if as_json:
            output.print_json({"items": [document(each) for each in found], "next": None})
        elif found:
            output.print_table([_row(desk, each) for each in found])
        else:
            output.say(_("There is no handover yet: csdesk handover write makes the first."))


@handover.command(
    name="show",
    help=_("Show a handover: its text, and what became of each item."),
    epilog=examples("csdesk handover show 7K3Q9F"),
)
@click.argument("ref")
@json_option
@pass_start
def show_command(start: Start, ref: str, as_json: bool) -> None:
    with open_for(start) as desk:
        looked = cases.find(desk, ref)
        if as_json:
            output.print_json(document(looked))
        else:
            _print(desk, looked)


@handover.command(
    name="tick",
    help=_(
        "Say that an item is dealt with; --undo says that it is not. NUMBER is its number in `handover show`."
    ),
    epilog=examples("csdesk handover tick 7K3Q9F 2"),
)
@click.argument("ref")
@click.argument("number", type=click.IntRange(1, 10_000))
@click.option("--undo", "is_undone", is_flag=True, help=_("It is not dealt with."))
@json_option
@pass_start
def tick_command(start: Start, ref: str, number: int, is_undone: bool, as_json: bool) -> None:
    with open_for(start) as desk:
        looked = cases.tick(desk, ref, number - 1, is_done=not is_undone)
        if as_json:
            output.print_json(document(looked))
        else:
            _print_items(desk, looked)


def _row(desk: Desk, each: Looked) -> list[str]:
    found = each.handover
    takers = ", ".join(signature.agent_name for signature in found.takers)
    missed = ngettext("{count} missed", "{count} missed", each.missed).format(count=each.missed)
    return [
        found.short_ref,
        local_clock(found.at, desk.now_ms()),
        found.giver_name,
        _("taken by {names}").format(names=takers) if takers else _("not taken yet"),
        ngettext("{count} item", "{count} items", len(each.items)).format(count=len(each.items)),
        missed if each.missed else "",
    ]


def _print(desk: Desk, looked: Looked) -> None:
    found = looked.handover
    output.say(found.text or _("(its text was erased with a customer it named)"))
    output.say()
    for signature in found.signatures:
        role = _("given by {name}") if signature.role == "giver" else _("taken by {names}")
        output.say(
            f"{role.format(name=signature.agent_name, names=signature.agent_name)}"
            f"  {local_clock(signature.at, desk.now_ms())}"
        )
    _print_items(desk, looked)


def _print_items(desk: Desk, looked: Looked) -> None:
    output.print_table([_item_row(desk, row, state) for row, state in looked.items])


def _item_row(desk: Desk, row: ItemRow, state: ItemState) -> list[str]:
    due = row.item.due_at
    return [
        str(row.place + 1),
        f"{SIGNS[state]} {_(STATES[state])}",
        row.item.section.heading,
        f"#{row.named.ref}" if row.named.ref else "",
        name_of(row.named.contact_name),
        "" if due is None else local_clock(due, desk.now_ms()),
        clean_line(row.named.said)[:80],
    ]


def _composed(composed: Composed) -> Shape:
    left = composed.left
    return {
        "agent": left.agent_name,
        "since": format_time(left.since),
        "at": format_time(left.at),
        "conversations": left.totals.conversations,
        "received": left.totals.received,
        "replied": left.totals.replied,
        "resolved": left.totals.resolved,
        "open": left.totals.open,
        "waiting": left.totals.waiting,
        "items": [_entry(entry) for entry in left.entries],
        "remarks": list(left.remarks),
        "text": composed.text,
    }


def _entry(entry: Entry) -> Shape:
    due = entry.item.due_at
    return {
        "section": entry.item.section.value,
        "conversation": entry.ref,
        "contact": entry.contact_name,
        "due_at": None if due is None else format_time(due),
        "said": entry.said,
    }


def document(looked: Looked) -> Shape:
    """A handover in JSON."""
    found = looked.handover
    return {
        "ref": found.ref,
        "since": format_time(found.since),
        "at": format_time(found.at),
        "giver": found.giver_name,
        "to": found.to,
        "text": found.text,
        "missed": looked.missed,
        "signatures": [
            {"as": each.role.value, "agent": each.agent_name, "at": format_time(each.at)}
            for each in found.signatures
        ],
        "items": [_item(row, state) for row, state in looked.items],
    }


def _item(row: ItemRow, state: ItemState) -> Shape:
    due = row.item.due_at
    return {
        "number": row.place + 1,
        "section": row.item.section.value,
        "conversation": row.named.ref or None,
        "contact": row.named.contact_name,
        "due_at": None if due is None else format_time(due),
        "said": row.named.said,
        "state": state.value,
    }
