"""``csdesk watch``: beside a colleague at work, with whispers and approvals."""

from __future__ import annotations

from pathlib import Path

import click

from csdesk.cli import output, shapes
from csdesk.cli.opening import conversation_of, open_for
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start, need_terminal
from csdesk.desk import approving, watching
from csdesk.desk.context import Desk
from csdesk.errors import EXIT_DONE, NotFound, UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Conversation
from csdesk.store import conversations


@click.command(
    name="watch",
    help=_(
        "Follow a colleague at work on the same store, read only: the conversation that they have open (or REF) and"
        " what they write, as they write it. Enter whispers to them; F4 makes their replies wait until you approve them"
        " (Ctrl+S), change them (Ctrl+O) or return them (Ctrl+R). They see that you watch. It is for one machine and"
        " one account; csdesk outbox decides without a screen."
    ),
    epilog=examples(
        "csdesk --as 李老师 watch",
        "csdesk --as 李老师 watch --agent 小王",
        'csdesk --as 李老师 watch 7K3Q9F --whisper "先道歉，再说原因"',
        "csdesk --as 李老师 watch --practice",
    ),
)
@click.argument("ref", metavar="[REF]", required=False)
@click.option(
    "--agent", "watched", metavar=_("NAME"), help=_("Whom to watch; else who has REF, else who is there.")
)
@click.option("--whisper", metavar=_("TEXT"), help=_("Whisper TEXT in REF, without a screen."))
@click.option("--practice", is_flag=True, help=_("Watch a practice (csdesk train) that goes on now."))
@json_option
@pass_start
def watch(
    start: Start, ref: str | None, watched: str | None, whisper: str | None, practice: bool, as_json: bool
) -> int:
    if whisper is not None and ref is None:
        raise UsageError(
            "watch.no_ref",
            _("In which conversation to whisper is not said."),
            _("Name it: csdesk watch REF --whisper TEXT"),
        )
    if practice:
        start.db = str(_practice_of(watched))
    with open_for(start) as desk:
        current = None if ref is None else conversation_of(desk, ref)
        if whisper is not None and current is not None:
            _whisper(desk, current, whisper, as_json)
            return EXIT_DONE
        assignee = None if current is None else current.assignee
        agent = watching.whom(desk, watched, assignee)
        if as_json:
            _tell(desk, watching.look(desk, agent.id, current.id if current else None))
            return EXIT_DONE
        need_terminal()
        from csdesk.tui.watch_app import watch as follow

        code = follow(desk, agent, current.id if current else None)
        if practice and not desk.store.path.exists():
            output.narrate(_("The practice has ended."))
        return code


def _practice_of(agent: str | None) -> Path:
    """The store of a practice that goes on now: of the agent named, else the one that began last."""
    from csdesk.trainer import journal

    found = [each for each in journal.running() if agent is None or each.agent.casefold() == agent.casefold()]
    if not found:
        raise NotFound(
            "watch.no_practice",
            _("Nobody practises on this account now.")
            if agent is None
            else _("{name} does not practise on this account now.").format(name=agent),
            _("Start csdesk train in another window first."),
        )
    return found[-1].store_path


def _whisper(desk: Desk, current: Conversation, text: str, as_json: bool) -> None:
    message = approving.whisper(desk, current.id, text)
    if as_json:
        refs = {"ref": current.ref, "short_ref": current.short_ref}
        output.print_json({**refs, **shapes.message_item(message)})
    else:
        output.say(_("Whispered in #{ref}.").format(ref=current.short_ref))


def _tell(desk: Desk, view: watching.View) -> None:
    reader = desk.store.reader()
    shown = None if view.conversation is None else conversations.get(reader, view.conversation)
    output.print_json(
        {
            "agent": shapes.agent_item(view.agent),
            "is_here": view.is_here,
            "ref": shown.ref if shown else None,
            "writing": {"mode": view.writing[0], "text": view.writing[1]} if view.writing else None,
            "waiting": [
                shapes.outbox_item(each, conversations.short_ref(reader, each.ref), False)
                for each in view.waiting
            ],
        }
    )
