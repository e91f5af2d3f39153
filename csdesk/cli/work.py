"""Commands that change how a conversation stands: claim, transfer, resolve, snooze and their like."""

from __future__ import annotations

from collections.abc import Callable

import click

from csdesk.cli import output, shapes
from csdesk.cli.moments import read_moment
from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.pages import standing
from csdesk.cli.start import Start
from csdesk.cli.wording import UNDONE, word
from csdesk.desk import availability, sending, undoing
from csdesk.desk import work as cases
from csdesk.desk.context import Desk
from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Conversation, Priority
from csdesk.store import conversations

SEPARATOR = " · "
FLAGS = ("--json", "--help", "-h")


def _act(start: Start, ref: str, as_json: bool, act: Callable[[Desk, int], None]) -> None:
    """Do ``act`` to the conversation named, then say how it stands now."""
    with open_for(start) as desk:
        number = conversation_of(desk, ref).id
        act(desk, number)
        _tell(desk, conversations.get(desk.store.reader(), number), as_json)


def _tell(desk: Desk, current: Conversation, as_json: bool) -> None:
    if as_json:
        output.print_json(shapes.conversation_facts(desk, current))
    else:
        output.say(f"#{current.short_ref}  " + SEPARATOR.join(filter(None, standing(current, desk.now_ms()))))


@click.command(
    name="claim",
    help=_(
        "Take a conversation. Refused (exit code 1) when another agent has it; asks for a decision (exit code 3)"
        " when you have as many chats as you take."
    ),
    epilog=examples("csdesk claim 7K3Q9F", 'csdesk claim 7K3Q9F --anyway "knows the case"'),
)
@click.argument("ref", metavar="REF")
@click.option(
    "--anyway", metavar=_("REASON"), help=_("Take one more than you take at once; why becomes a note.")
)
@json_option
@pass_start
def claim(start: Start, ref: str, anyway: str | None, as_json: bool) -> None:
    def act(desk: Desk, number: int) -> None:
        if anyway is None:
            availability.ask_before_claim(desk, number)
        cases.claim(desk, number)
        if anyway:
            sending.note(desk, number, anyway)

    _act(start, ref, as_json, act)


@click.command(
    name="release",
    help=_("Give a conversation back, for anybody to claim."),
    epilog=examples("csdesk release 7K3Q9F"),
)
@click.argument("ref", metavar="REF")
@json_option
@pass_start
def release(start: Start, ref: str, as_json: bool) -> None:
    _act(start, ref, as_json, cases.release)


@click.command(
    name="transfer",
    help=_("Hand a conversation to an agent or to a team, and say why. `csdesk undo` takes it back."),
    epilog=examples(
        'csdesk transfer 7K3Q9F --agent Mia --reason "speaks French"',
        'csdesk transfer 7K3Q9F --team returns --reason "wants a refund"',
    ),
)
@click.argument("ref", metavar="REF")
@click.option("--agent", "to_agent", metavar=_("NAME"), help=_("The agent who gets it."))
@click.option("--team", "to_team", metavar=_("NAME"), help=_("The team that gets it."))
@click.option("--reason", metavar=_("TEXT"), default="", help=_("Why: the receiver reads it first."))
@json_option
@pass_start
def transfer(
    start: Start, ref: str, to_agent: str | None, to_team: str | None, reason: str, as_json: bool
) -> None:
    target = cases.Target(to_agent, to_team)
    _act(start, ref, as_json, lambda desk, number: cases.transfer(desk, number, target, reason))


@click.command(
    name="resolve",
    help=_("End a conversation. `csdesk undo` takes it back, a new message of the customer reopens it."),
    epilog=examples("csdesk resolve 7K3Q9F"),
)
@click.argument("ref", metavar="REF")
@json_option
@pass_start
def resolve(start: Start, ref: str, as_json: bool) -> None:
    _act(start, ref, as_json, cases.resolve)


@click.command(
    name="reopen",
    help=_("Take a resolved or snoozed conversation up again."),
    epilog=examples("csdesk reopen 7K3Q9F"),
)
@click.argument("ref", metavar="REF")
@json_option
@pass_start
def reopen(start: Start, ref: str, as_json: bool) -> None:
    _act(start, ref, as_json, cases.reopen)


@click.command(
    name="snooze",
    help=_(
        "Put a conversation off, until a time or until the customer writes.\n\n"
        "WHEN is +30m, +2h, +1d or +1d12h from now; 18:30, the next time it is that late; tomorrow (at nine) or"
        ' "tomorrow 14:00"; 2026-01-31 (at nine) or 2026-01-31T14:00, local time; or a time with Z or an offset.'
    ),
    epilog=examples("csdesk snooze 7K3Q9F --until +2h", "csdesk snooze 7K3Q9F --until-reply"),
)
@click.argument("ref", metavar="REF")
@click.option("--until", metavar=_("WHEN"), help=_("Come back at this time."))
@click.option("--until-reply", is_flag=True, help=_("Come back when the customer writes."))
@json_option
@pass_start
def snooze(start: Start, ref: str, until: str | None, until_reply: bool, as_json: bool) -> None:
    if (until is None) != until_reply:
        raise UsageError(
            "snooze.no_end",
            _("Snooze until a time or until the customer writes."),
            _("Give exactly one of --until WHEN and --until-reply."),
        )

    def act(desk: Desk, number: int) -> None:
        cases.snooze(desk, number, None if until is None else read_moment(until, desk.now_ms()))

    _act(start, ref, as_json, act)


class SignedLabels(click.Command):
    """Reads ``+name`` and ``-name`` as --add and --remove, which click would take for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, signs_to_options(args))


def signs_to_options(args: list[str]) -> list[str]:
    """``["REF", "+vip", "-new"]`` to ``["REF", "--add", "vip", "--remove", "new"]``; values of options stand."""
    plain: list[str] = []
    is_value = False
    for place, arg in enumerate(args):
        if arg == "--":
            return plain + args[place:]
        if is_value or arg in FLAGS or len(arg) < 2 or arg[0] not in "+-":
            is_value = False
            plain.append(arg)
        elif arg.startswith("--"):
            is_value = "=" not in arg
            plain.append(arg)
        else:
            plain += ["--add" if arg[0] == "+" else "--remove", arg[1:]]
    return plain


@click.command(
    name="label",
    cls=SignedLabels,
    help=_("Put labels on a conversation (+name), or take them off (-name)."),
    epilog=examples("csdesk label 7K3Q9F +refund -new", "csdesk label 7K3Q9F --add refund --remove new"),
)
@click.argument("ref", metavar="REF [+NAME] [-NAME]")
@click.option("--add", multiple=True, metavar=_("NAME"), help=_("Put this label on; may be repeated."))
@click.option("--remove", multiple=True, metavar=_("NAME"), help=_("Take this label off; may be repeated."))
@json_option
@pass_start
def label(start: Start, ref: str, add: tuple[str, ...], remove: tuple[str, ...], as_json: bool) -> None:
    if not add and not remove:
        raise UsageError(
            "label.none", _("No label is named."), _("Write +name to put one on, -name to take one off.")
        )
    _act(start, ref, as_json, lambda desk, number: cases.label(desk, number, add, remove))


@click.command(
    name="priority",
    help=_("Say how soon a conversation should be taken, next to others."),
    epilog=examples("csdesk priority 7K3Q9F urgent"),
)
@click.argument("ref", metavar="REF")
@click.argument(
    "level", type=click.Choice([priority.word for priority in Priority]), metavar="low|normal|high|urgent"
)
@json_option
@pass_start
def priority(start: Start, ref: str, level: str, as_json: bool) -> None:
    _act(start, ref, as_json, lambda desk, number: cases.prioritise(desk, number, Priority.from_word(level)))


@click.command(
    name="undo",
    help=_(
        "Take back your last send, resolve or transfer, in conversation REF or anywhere, while it is held."
    ),
    epilog=examples("csdesk undo", "csdesk undo 7K3Q9F --json"),
)
@click.argument("ref", metavar="[REF]", required=False)
@json_option
@pass_start
def undo(start: Start, ref: str | None, as_json: bool) -> None:
    with open_for(start) as desk:
        undone = undoing.undo(desk, None if ref is None else conversation_of(desk, ref).id)
        current = conversations.get(desk.store.reader(), undone.conversation)
        if as_json:
            facts = shapes.conversation_facts(desk, current)
            output.print_json({**facts, "undone": undone.kind, "text": undone.text or None})
            return
        output.say(word(UNDONE, undone.kind))
        _tell(desk, current, as_json=False)
