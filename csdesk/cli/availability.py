"""``csdesk availability``: say whether you are there, and ask why the desk thinks what it thinks."""

from __future__ import annotations

import click

from csdesk.availability import why
from csdesk.availability.rules import rule_name
from csdesk.cli import output, shapes
from csdesk.cli.moments import local_clock, read_moment
from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.desk import automatic
from csdesk.desk import availability as cases
from csdesk.desk.availability import Reach
from csdesk.desk.context import Desk
from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.availability import Availability, Change

WHY = "why"
SHOWN = 10


@click.command(
    name="availability",
    help=_(
        "Say how you stand: online, busy, away or offline. Without a word, show it; `why` explains it and lists"
        " what changed it lately.\n\n"
        "What you choose stands until you choose again; --until only reminds. An away that came by itself ends"
        " with the next key. WHEN is written as for `csdesk snooze`."
    ),
    epilog=examples(
        "csdesk availability",
        'csdesk availability away --until 14:30 --reason "lunch"',
        "csdesk availability why --json",
        "csdesk availability why 7K3Q9F",
    ),
)
@click.argument(
    "state",
    required=False,
    metavar="[online|busy|away|offline|why]",
    type=click.Choice([*(each.value for each in Availability), WHY]),
)
@click.argument("ref", required=False, metavar="[REF]")
@click.option(
    "--until", metavar=_("WHEN"), help=_("When you mean to be back: customers are told, you are reminded.")
)
@click.option("--reason", metavar=_("TEXT"), default="", help=_("Why, for your colleagues."))
@json_option
@pass_start
def availability(
    start: Start, state: str | None, ref: str | None, until: str | None, reason: str, as_json: bool
) -> None:
    is_chosen = state not in (None, WHY)
    if ref is not None and state != WHY:
        raise UsageError(
            "availability.no_why",
            _("A conversation goes with why."),
            _("Write csdesk availability why 7K3Q9F."),
        )
    if (until or reason) and not is_chosen:
        raise UsageError(
            "availability.no_state",
            _("--until and --reason go with a state."),
            _("Write csdesk availability away --until 14:30."),
        )
    with open_for(start) as desk:
        if ref is not None:
            _explain(desk, ref, as_json)
            return
        if state is not None and is_chosen:
            wanted = None if until is None else read_moment(until, desk.now_ms())
            cases.choose(desk, Availability(state), wanted, reason)
        _tell(desk, as_json, with_history=state == WHY)


def _tell(desk: Desk, as_json: bool, *, with_history: bool) -> None:
    mine = cases.reach(desk)
    history = cases.history(desk, SHOWN) if with_history else []
    said = sentences(desk, mine)
    if as_json:
        told = _document(desk, mine)
        if with_history:
            told |= {"why": said, "changes": [_change(change) for change in history]}
        output.print_json(told)
        return
    for sentence in said if with_history else said[:1]:
        output.say(sentence)
    if history:
        output.say()
        now = desk.now_ms()
        output.print_table([_row(change, now) for change in history])


def _explain(desk: Desk, ref: str, as_json: bool) -> None:
    """What becomes of each automatic text in a conversation, and why."""
    current = conversation_of(desk, ref)
    found, now = automatic.verdicts(desk, current.id), desk.now_ms()
    judged, answering = found if found is not None else ([], None)
    last = automatic.last_told(desk, current.id)

    def clock(at: int) -> str:
        return local_clock(at, now)

    said = [why.outcome(each, clock, last.get(each.rule)) for each in judged]
    if as_json:
        items = [
            {
                "rule": each.rule,
                "goes": each.block is None,
                "because": each.block,
                "until": shapes.moment(each.at),
                "sent_at": shapes.moment(last.get(each.rule)),
            }
            for each in judged
        ]
        there = answering.presence.name.lower() if answering is not None else None
        output.print_json({"ref": current.ref, "presence": there, "items": items, "next": None})
        return
    if answering is None:
        output.say(_("No customer wrote in it: there is nothing to say."))
        return
    output.say(why.for_conversation(answering, clock))
    output.print_table([[rule_name(each.rule), text] for each, text in zip(judged, said, strict=True)])


def sentences(desk: Desk, mine: Reach) -> list[str]:
    """How an agent stands and why, what that means for customers, and what ends it."""
    now = desk.now_ms()
    return why.sentences(
        mine.standing,
        lambda at: local_clock(at, now),
        load=mine.load,
        capacity=mine.capacity,
        is_on_hold=mine.is_on_hold,
        wait=cases.wait_on(desk),
        rules=cases.rules_for(desk),
    )


def _row(change: Change, now_ms: int) -> list[str]:
    was = why.name(change.was) if change.was else "-"
    ends = _("until {time}").format(time=local_clock(change.now.until, now_ms)) if change.now.until else ""
    because = _(why.CAUSES[change.now.cause])
    return [
        local_clock(change.now.at, now_ms),
        f"{was} → {why.name(change.now.status)}",
        " · ".join(filter(None, (because, ends, change.now.reason))),
    ]


def _document(desk: Desk, mine: Reach) -> shapes.Shape:
    rules, wait = cases.rules_for(desk), cases.wait_on(desk)
    return {
        "agent": desk.agent.name,
        **shapes.standing_facts(mine.standing),
        "on_hold": mine.is_on_hold,
        "chats": mine.load,
        "capacity": mine.capacity,
        "auto_away": rules.is_on,
        "idle_s": rules.idle_ms // 1000,
        "idle_when_waiting_s": rules.short_idle_ms // 1000,
        "waiting": None
        if wait is None
        else {
            "since": shapes.moment(wait.since),
            "tier": wait.tier,
            "limit_s": wait.limit_ms // 1000,
            "long_at": shapes.moment(wait.long_at),
        },
        "countdown_s": rules.countdown_ms // 1000,
    }


def _change(change: Change) -> shapes.Shape:
    return {"was": change.was, **shapes.standing_facts(change.now)}
