"""What the keys of the etiquette check do: take the suggestion, not here, why; and the question before sending.

Loaded when one of them is pressed. They act on the gravest finding of what is written.
"""

from __future__ import annotations

from collections.abc import Callable

from csdesk.desk import wording
from csdesk.desk.wording import REASONS
from csdesk.i18n import _
from csdesk.model.finding import Fate, Finding, Fit, Severity
from csdesk.model.message import Mode
from csdesk.tui.panes.composer import Composer
from csdesk.tui.screens.desk_parts import DeskParts
from csdesk.tui.screens.modals import Choice, ChoiceQuestion


def accept(screen: DeskParts) -> None:
    """Put the suggestion where it belongs; one Ctrl+Z takes it back."""
    worst = _worst(screen)
    if worst is None:
        return
    composer, finding = worst
    written = applied(finding, composer.editor.text, wording.suggestion(finding, screen.shown).text)
    _remember(screen, composer, finding, Fate.ACCEPTED)
    composer.editor.rewrite(written)
    composer.light_slots(written)
    composer.slots.go()


def applied(finding: Finding, text: str, suggestion: str) -> str:
    """``text`` with ``suggestion`` where the finding says that it belongs."""
    if finding.fit is Fit.BEFORE:
        return suggestion + text.lstrip()
    if finding.fit is Fit.AFTER:
        return text.rstrip(" 。.!！~，,\n") + suggestion
    if finding.fit is Fit.HIT:
        return text[: finding.start] + suggestion + text[finding.end :]
    return suggestion


def explain(screen: DeskParts) -> None:
    """Say why: the rule, where it comes from, how it is said and how not; with all that can be done."""
    worst = _worst(screen)
    if worst is None:
        return
    composer, finding = worst
    choices = [Choice(_("Go on writing"), ""), Choice(_("Take the suggestion"), "accept")]
    choices += [Choice(_("Not here: {reason}").format(reason=_(said)), key) for key, said in REASONS.items()]
    question = ChoiceQuestion(finding.message, choices, composer.wording.explained(finding))
    screen.app.push_screen(question, lambda chosen: _chosen(screen, composer, finding, chosen))


def ignore(screen: DeskParts) -> None:
    """Not to be told of this again in this conversation, for a reason."""
    worst = _worst(screen)
    if worst is None:
        return
    composer, finding = worst
    choices = [Choice(_(said), key) for key, said in REASONS.items()]
    question = ChoiceQuestion(_("Not here, because:"), choices)
    screen.app.push_screen(question, lambda chosen: _chosen(screen, composer, finding, chosen))


def asked(screen: DeskParts, composer: Composer, send: Callable[[], None]) -> bool:
    """Whether a finding asks before what is written is sent; ``send`` is called if the answer is to send it."""
    found = composer.wording.look() if composer.mode is Mode.REPLY else ()
    if not found or found[0].severity is not Severity.BLOCK:
        return False
    finding, about, text = found[0], composer.conversation, composer.editor.text

    def answered(is_sent: bool | None) -> None:
        if is_sent and (composer.conversation, composer.editor.text) == (about, text):
            _remember(screen, composer, finding, Fate.ANYWAY)
            send()

    choices = [Choice(_("Go on writing"), False), Choice(_("Send it anyway"), True)]
    question = ChoiceQuestion(finding.message, choices, composer.wording.explained(finding))
    screen.app.push_screen(question, answered)
    return True


def _chosen(screen: DeskParts, composer: Composer, finding: Finding, chosen: str | None) -> None:
    if chosen == "accept":
        accept(screen)
    elif chosen:
        _remember(screen, composer, finding, Fate.IGNORED, chosen)
        composer.wording.ignore(finding)


def _worst(screen: DeskParts) -> tuple[Composer, Finding] | None:
    """The composer and its gravest finding; None, and said so, without one."""
    composer = screen.composer
    found = composer.wording.look() if composer is not None else ()
    if composer is None or not found:
        screen.news(_("Nothing to say about this text."))
        return None
    return composer, found[0]


def _remember(screen: DeskParts, composer: Composer, finding: Finding, fate: Fate, reason: str = "") -> None:
    if composer.conversation is not None:
        wording.remember(screen.desk, composer.conversation, finding, fate, reason)
