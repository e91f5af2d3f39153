"""Doing one thing to many conversations: one commit, one undo, and a list of those that refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from csdesk.desk import traces, undoing
from csdesk.desk.context import Desk
from csdesk.desk.moves import Move
from csdesk.errors import CsdeskError, NotFound, Refused
from csdesk.i18n import _, ngettext
from csdesk.model.undo import UndoKind
from csdesk.store import conversations
from csdesk.store.writer import Transaction

MOST = 1_000
"""How many at once: what one commit does in about a second, and a person still answers for."""

ASK_OVER = 20
"""From more than so many on, a person is asked first."""

TELL_EVERY = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """A conversation that was left as it is, and why."""

    conversation: int
    ref: str
    error: CsdeskError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of many: ``done`` are as wanted now (some may have been before)."""

    kind: UndoKind
    done: tuple[int, ...]
    refused: tuple[Refusal, ...]

    @property
    def total(self) -> int:
        return len(self.done) + len(self.refused)


class Cancelled(CsdeskError):
    """A person stopped the work: nothing was done."""

    def __init__(self) -> None:
        super().__init__("many.cancelled", _("Stopped. Everything is as it was."), "")


def _nothing(_done: int, _total: int) -> None:
    """Tells nobody."""


def do(
    desk: Desk,
    chosen: Sequence[int],
    move: Move,
    *,
    progress: Callable[[int, int], None] = _nothing,
    is_cancelled: Callable[[], bool] = bool,
) -> Outcome:
    """Make one move of every conversation ``chosen`` in one commit, and note one undo for all of them.

    Those that refuse stay as they are and are listed. ``progress`` hears how many of how many are done;
    it is called on the writer's thread. Raises Cancelled, with nothing done, soon after ``is_cancelled``.
    """
    return desk.store.write(lambda tx: _do(tx, desk, chosen, move, progress, is_cancelled))


def _do(
    tx: Transaction,
    desk: Desk,
    chosen: Sequence[int],
    move: Move,
    progress: Callable[[int, int], None],
    is_cancelled: Callable[[], bool],
) -> Outcome:
    done: list[int] = []
    refused: list[Refusal] = []
    found: dict[int, traces.Trace] = {}
    wanted = list(dict.fromkeys(chosen))
    for number, conversation in enumerate(wanted):
        if number % TELL_EVERY == 0:
            if is_cancelled():
                raise Cancelled
            progress(number, len(wanted))
        current = conversations.get(tx.connection, conversation)
        try:
            trace = undoing.make_traced(tx, desk.agent, current, move)
        except (Refused, NotFound) as error:
            refused.append(Refusal(conversation, current.ref, error))
            continue
        done.append(conversation)
        if trace:
            found[conversation] = trace
    if found:
        undoing.remember(tx, desk.agent, move.kind, found, undoing.MANY_MS)
    return Outcome(move.kind, tuple(done), tuple(refused))


def question(kind: UndoKind, number: int) -> str:
    """What a person is asked before so many are changed."""
    asked = {
        UndoKind.CLAIM: ngettext("Claim {count} conversation?", "Claim {count} conversations?", number),
        UndoKind.RELEASE: ngettext("Release {count} conversation?", "Release {count} conversations?", number),
        UndoKind.RESOLVE: ngettext("Resolve {count} conversation?", "Resolve {count} conversations?", number),
        UndoKind.REOPEN: ngettext("Reopen {count} conversation?", "Reopen {count} conversations?", number),
        UndoKind.TRANSFER: ngettext(
            "Transfer {count} conversation?", "Transfer {count} conversations?", number
        ),
        UndoKind.OFFER: ngettext(
            "Offer {count} conversation to the colleague?",
            "Offer {count} conversations to the colleague?",
            number,
        ),
        UndoKind.SNOOZE: ngettext("Snooze {count} conversation?", "Snooze {count} conversations?", number),
        UndoKind.LABEL: ngettext(
            "Set the labels of {count} conversation?", "Set the labels of {count} conversations?", number
        ),
        UndoKind.PRIORITY: ngettext(
            "Set the priority of {count} conversation?", "Set the priority of {count} conversations?", number
        ),
    }[kind]
    return asked.format(count=f"{number:,}")


def said(outcome: Outcome) -> str:
    """What was done, in one sentence: ``37 resolved.``"""
    number = len(outcome.done)
    return _done_sentence(outcome.kind, number).format(count=number)


def _done_sentence(kind: UndoKind, number: int) -> str:
    return {
        UndoKind.CLAIM: ngettext("{count} claimed.", "{count} claimed.", number),
        UndoKind.RELEASE: ngettext("{count} released.", "{count} released.", number),
        UndoKind.RESOLVE: ngettext("{count} resolved.", "{count} resolved.", number),
        UndoKind.REOPEN: ngettext("{count} opened again.", "{count} opened again.", number),
        UndoKind.TRANSFER: ngettext("{count} transferred.", "{count} transferred.", number),
        UndoKind.OFFER: ngettext("{count} offered.", "{count} offered.", number),
        UndoKind.SNOOZE: ngettext("{count} snoozed.", "{count} snoozed.", number),
        UndoKind.LABEL: ngettext("{count} labelled.", "{count} labelled.", number),
        UndoKind.PRIORITY: ngettext("{count} prioritised.", "{count} prioritised.", number),
    }[kind]


def reasons(outcome: Outcome) -> list[str]:
    """Why others were left, each reason once with its number: ``3 of 40 were claimed by others.``"""
    numbers = Counter(each.error.code for each in outcome.refused)
    sentences = {each.error.code: each.error.sentence for each in outcome.refused}
    return [
        _reason(code, sentences[code], number).format(count=number, total=outcome.total)
        for code, number in numbers.most_common()
    ]


def _reason(code: str, sentence: str, number: int) -> str:
    if code in ("claim.taken", "conversation.not_yours"):
        return ngettext(
            "{count} of {total} was claimed by others.", "{count} of {total} were claimed by others.", number
        )
    if code == "conversation.resolved":
        return ngettext(
            "{count} of {total} is resolved already.", "{count} of {total} are resolved already.", number
        )
    plain = sentence.replace("{", "{{").replace("}", "}}")
    return f"{{count}}/{{total}}: {plain}"
