"""Commands that change how conversations stand: claim, transfer, resolve, snooze and their like.

Each takes one REF or several. Several are done in one commit with one undo; those that refuse are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from csdesk.cli import output, shapes
from csdesk.cli.moments import read_moment
from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.pages import standing
from csdesk.cli.start import Start
from csdesk.cli.wording import UNDONE, word
from csdesk.clock import clock_from_environment
from csdesk.desk import availability, many, moves, offers, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.desk.moves import Move
from csdesk.errors import EXIT_REFUSED, NotFound, UsageError
from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Conversation, Priority
from csdesk.model.undo import UndoKind
from csdesk.store import conversations

SEPARATOR = " · "
FLAGS = ("--json", "--help", "-h")

refs_argument = click.argument("refs", metavar="REF...", nargs=-1, required=True)


Beside = Callable[[Desk, Sequence[int]], None]
"""What goes with a move: told of the conversations that are to be moved, or were."""


def _nothing(_desk: Desk, _numbers: Sequence[int]) -> None:
    """Most moves stand alone."""


def _act(
    start: Start,
    refs: Sequence[str],
    as_json: bool,
    given: Move | Callable[[Desk], Move],
    before: Beside = _nothing,
    after: Beside = _nothing,
) -> int:
    """Make a move of the conversations named, then say how they stand; the exit code."""
    with open_for(start) as desk:
        move = given if isinstance(given, Move) else given(desk)
        if len(refs) > 1:
            return _act_on_many(desk, refs, as_json, move, before, after)
        number = conversation_of(desk, refs[0]).id
        before(desk, [number])
        work.do(desk, number, move)
        after(desk, [number])
        tell(desk, conversations.get(desk.store.reader(), number), as_json)
    return 0


def _act_on_many(
    desk: Desk, refs: Sequence[str], as_json: bool, move: Move, before: Beside, after: Beside
) -> int:
    """A ref that names nothing is one more refusal: the others are done all the same."""
    known: dict[int, str] = {}
    unknown: list[shapes.Shape] = []
    for ref in refs:
        try:
            found = conversation_of(desk, ref)
            known[found.id] = found.ref
        except NotFound as error:
            unknown.append({"ref": ref, "code": error.code, "sentence": error.sentence})
    if len(known) > many.MOST:
        raise UsageError(
            "many.too_many",
            _("{count} are too many at once.").format(count=f"{len(known):,}"),
            _("Name at most {most} at a time.").format(most=f"{many.MOST:,}"),
        )
    before(desk, list(known))
    outcome = many.do(desk, list(known), move)
    after(desk, outcome.done)
    refused = [*unknown, *(shapes.refusal_item(each) for each in outcome.refused)]
    if as_json:
        done = [known[number] for number in outcome.done]
        output.print_json({"done": done, "refused": refused})
    else:
        output.say(many.said(outcome))
        for each in refused:
            output.narrate(f"{each['ref']}: {each['sentence']}")
    return EXIT_REFUSED if refused else 0


def tell(desk: Desk, current: Conversation, as_json: bool) -> None:
    """Say how a conversation stands now."""
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
@refs_argument
@click.option(
    "--anyway", metavar=_("REASON"), help=_("Take one more than you take at once; why becomes a note.")
)
@json_option
@pass_start
def claim(start: Start, refs: tuple[str, ...], anyway: str | None, as_json: bool) -> int:
    def ask(desk: Desk, numbers: Sequence[int]) -> None:
        if anyway is None:
            availability.ask_before_claim(desk, *numbers)

    def note(desk: Desk, numbers: Sequence[int]) -> None:
        for number in numbers if anyway else ():
            sending.note(desk, number, anyway or "")

    return _act(start, refs, as_json, moves.claim(), ask, note)


@click.command(
    name="release",
    help=_("Give a conversation back, for anybody to claim."),
    epilog=examples("csdesk release 7K3Q9F", "csdesk release 7K3Q9F 9M2XWT"),
)
@refs_argument
@json_option
@pass_start
def release(start: Start, refs: tuple[str, ...], as_json: bool) -> int:
    return _act(start, refs, as_json, moves.release())


@click.command(
    name="transfer",
    help=_(
        "Hand a conversation to an agent or to a team, and say why. `csdesk undo` takes it back.\n\n"
        "With a team's hub, or where `transfer.ask` says so, an agent is asked first, and it stays with you until they"
        " take it. Asks for a decision (exit code 3) when they are away, offline or have as many chats as they take."
    ),
    epilog=examples(
        'csdesk transfer 7K3Q9F --agent Mia --reason "speaks French"',
        'csdesk transfer 7K3Q9F --agent Mia --reason "speaks French" --ask',
        'csdesk transfer 7K3Q9F --team returns --reason "wants a refund"',
    ),
)
@refs_argument
@click.option("--agent", "to_agent", metavar=_("NAME"), help=_("The agent who gets it."))
@click.option("--team", "to_team", metavar=_("NAME"), help=_("The team that gets it."))
@click.option("--reason", metavar=_("TEXT"), default="", help=_("Why: the receiver reads it first."))
@click.option(
    "--ask/--at-once",
    "asks",
    default=None,
    help=_("Ask the agent first, or do not; else as transfer.ask says."),
)
@click.option(
    "--anyway", metavar=_("REASON"), help=_("Ask them although they are not there; why becomes a note.")
)
@json_option
@pass_start
def transfer(
    start: Start,
    refs: tuple[str, ...],
    to_agent: str | None,
    to_team: str | None,
    reason: str,
    asks: bool | None,
    anyway: str | None,
    as_json: bool,
) -> int:
    target = moves.Target(to_agent, to_team)

    def move(desk: Desk) -> Move:
        return offers.hand_on(desk, target, reason, asks=asks)

    def ask(desk: Desk, _numbers: Sequence[int]) -> None:
        if anyway is None and to_agent is not None and move(desk).kind is UndoKind.OFFER:
            offers.ask_before(desk, to_agent)

    def note(desk: Desk, numbers: Sequence[int]) -> None:
        for number in numbers if anyway else ():
            sending.note(desk, number, anyway or "")
        if numbers and move(desk).kind is UndoKind.OFFER:
            output.narrate(
                _("{agent} is asked. It stays as it is until they take it.").format(agent=to_agent)
            )

    return _act(start, refs, as_json, move, ask, note)


@click.command(
    name="resolve",
    help=_(
        "End conversations. `csdesk undo` takes it back, a new message of the customer reopens one.\n\n"
        "Several are done together; those that refuse are listed, and the exit code is 1."
    ),
    epilog=examples("csdesk resolve 7K3Q9F", "csdesk resolve 7K3Q9F 9M2XWT 4HD0RS --json"),
)
@refs_argument
@json_option
@pass_start
def resolve(start: Start, refs: tuple[str, ...], as_json: bool) -> int:
    return _act(start, refs, as_json, moves.resolve())


@click.command(
    name="reopen",
    help=_("Take a resolved or snoozed conversation up again."),
    epilog=examples("csdesk reopen 7K3Q9F"),
)
@refs_argument
@json_option
@pass_start
def reopen(start: Start, refs: tuple[str, ...], as_json: bool) -> int:
    return _act(start, refs, as_json, moves.reopen())


@click.command(
    name="snooze",
    help=_(
        "Put a conversation off, until a time or until the customer writes.\n\n"
        "WHEN is +30m, +2h, +1d or +1d12h from now; 18:30, the next time it is that late; tomorrow (at nine) or"
        ' "tomorrow 14:00"; 2026-01-31 (at nine) or 2026-01-31T14:00, local time; or a time with Z or an offset.'
    ),
    epilog=examples("csdesk snooze 7K3Q9F --until +2h", "csdesk snooze 7K3Q9F --until-reply"),
)
@refs_argument
@click.option("--until", metavar=_("WHEN"), help=_("Come back at this time."))
@click.option("--until-reply", is_flag=True, help=_("Come back when the customer writes."))
@json_option
@pass_start
def snooze(start: Start, refs: tuple[str, ...], until: str | None, until_reply: bool, as_json: bool) -> int:
    if (until is None) != until_reply:
        raise UsageError(
            "snooze.no_end",
            _("Snooze until a time or until the customer writes."),
            _("Give exactly one of --until WHEN and --until-reply."),
        )

    now_ms = clock_from_environment().now_ms()
    return _act(start, refs, as_json, moves.snooze(None if until is None else read_moment(until, now_ms)))


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
@click.argument("refs", metavar="REF... [+NAME] [-NAME]", nargs=-1, required=True)
@click.option("--add", multiple=True, metavar=_("NAME"), help=_("Put this label on; may be repeated."))
@click.option("--remove", multiple=True, metavar=_("NAME"), help=_("Take this label off; may be repeated."))
@json_option
@pass_start
def label(
    start: Start, refs: tuple[str, ...], add: tuple[str, ...], remove: tuple[str, ...], as_json: bool
) -> int:
    if not add and not remove:
        raise UsageError(
            "label.none", _("No label is named."), _("Write +name to put one on, -name to take one off.")
        )
    return _act(start, refs, as_json, moves.label(add, remove))


@click.command(
    name="priority",
    help=_("Say how soon a conversation should be taken, next to others."),
    epilog=examples("csdesk priority 7K3Q9F urgent"),
)
@refs_argument
@click.argument(
    "level", type=click.Choice([priority.word for priority in Priority]), metavar="low|normal|high|urgent"
)
@json_option
@pass_start
def priority(start: Start, refs: tuple[str, ...], level: str, as_json: bool) -> int:
    return _act(start, refs, as_json, moves.prioritise(Priority.from_word(level)))


@click.command(
    name="undo",
    help=_(
        "Take back what you did last, in conversation REF or anywhere: a reply while it is held, anything else"
        " for a moment. What was done to many goes back at once, or with REF for that one."
    ),
    epilog=examples("csdesk undo", "csdesk undo 7K3Q9F --json"),
)
@click.argument("ref", metavar="[REF]", required=False)
@json_option
@pass_start
def undo(start: Start, ref: str | None, as_json: bool) -> None:
    with open_for(start) as desk:
        undone = undoing.undo(desk, None if ref is None else conversation_of(desk, ref).id)
        if undone.kind is UndoKind.VIEW or undone.count + undone.left > 1:
            _tell_undone(undone, as_json)
            return
        current = conversations.get(desk.store.reader(), undone.conversation)
        if as_json:
            facts = shapes.conversation_facts(desk, current)
            output.print_json({**facts, "undone": undone.kind, "text": undone.text or None})
            return
        output.say(word(UNDONE, undone.kind))
        tell(desk, current, as_json=False)


def _tell_undone(undone: undoing.Undone, as_json: bool) -> None:
    """What is not about one conversation."""
    if as_json:
        output.print_json(
            {"undone": undone.kind, "text": undone.text or None, "count": undone.count, "left": undone.left}
        )
        return
    output.say(word(UNDONE, undone.kind))
    if undone.left:
        output.narrate(
            ngettext(
                "{count} has changed since and stays as it is.",
                "{count} have changed since and stay as they are.",
                undone.left,
            ).format(count=undone.left)
        )
