"""The etiquette check while somebody writes: after a pause, never in the middle of a word, never in a note.

Rules are read in a thread when the first conversation is written in; until then nothing is said. A check takes
about a millisecond and runs in the pause in which the draft is saved. What ends at the caret waits for a longer
rest, because it may be half of something harmless.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.content import Content
from textual.timer import Timer

from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import language
from csdesk.model.message import Mode
from csdesk.store import conversations
from csdesk.store.connect import DriverError
from csdesk.tui.draft_keeper import PAUSE_MS
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import plain_line

if TYPE_CHECKING:
    from csdesk.config import EtiquetteSettings, ShopSettings
    from csdesk.etiquette.context import Context
    from csdesk.etiquette.rule import Source
    from csdesk.etiquette.ruleset import RuleSet
    from csdesk.model.finding import Finding
    from csdesk.tui.panes.composer_parts import ComposerParts

REST_MS = 1200
"""Without a key for so long, what stands at the caret is taken for finished."""

EXAMPLES = 2
"""Examples in an explanation of how not to say it."""


class Wording:
    """Checks what the composer holds, and has it shown."""

    def __init__(self, desk: Desk, composer: ComposerParts) -> None:
        self._desk = desk
        self._composer = composer
        self._rules: RuleSet | None = None
        self._read_for: tuple[EtiquetteSettings, ShopSettings] | None = None
        self._is_loading = False
        self._timer: Timer | None = None
        self._place: int | None = None
        self._moment: Context | None = None

    def note(self) -> None:
        """The composer holds something else, or is in another place: look at it after a pause."""
        if self._place != self._composer.conversation:
            self._place, self._moment = self._composer.conversation, None
        if not self._is_wanted() or self._composer.editor.is_choosing:
            self._stop()
            self._composer.show_findings(())
            return
        settings = self._desk.settings
        if self._read_for != (settings.etiquette, settings.shop):
            self._read_for, self._rules, self._moment = (settings.etiquette, settings.shop), None, None
        if self._rules is None:
            self._load()
        self._later(PAUSE_MS, is_rested=False)

    def forget(self) -> None:
        """The rules are others by now: they are read again before anything more is said."""
        self._read_for = None
        self.note()

    def look(self, *, is_rested: bool = True) -> tuple[Finding, ...]:
        """Check now; what is found, the gravest first. Nothing until the rules are read."""
        self._stop()
        rules, text = self._rules, self._composer.editor.text
        if rules is None or not self._is_wanted():
            return ()
        from csdesk.etiquette.checker import check, settled

        try:
            moment = self._now()
        except (CsdeskError, DriverError):
            return ()  # the conversation is gone or cannot be read now: others say so
        found = check(text, moment, self._rules or rules)
        shown = found if is_rested else settled(found, text, self._composer.editor.cursor_index)
        self._composer.show_findings(shown)
        if len(shown) < len(found):
            self._later(REST_MS - PAUSE_MS, is_rested=True)
        return found

    def ignore(self, finding: Finding) -> None:
        """Say nothing of this any more in this conversation."""
        from csdesk.etiquette.ruleset import ignore_key

        if self._rules is not None:
            self._rules = self._rules.ignoring([ignore_key(finding)])
        self.look()

    def explained(self, finding: Finding) -> Content:
        """Why a finding is one: the reason, the place in the course texts, how it may be said."""
        rule = self._rules.find(finding.rule, finding.lang) if self._rules is not None else None
        lines = [Content.styled(finding.hit.strip()[:60], "$amber")] if finding.hit.strip() else []
        if rule is not None:
            lines.append(plain_line(rule.why))
            lines += [Content.styled(_source_line(source), "$hint") for source in rule.sources]
            bad = [each.text for each in rule.must_match[:EXAMPLES]]
            lines += [plain_line(f"{glyphs().failed} {text}").stylize("$hint") for text in bad]
            lines.append(plain_line(f"{glyphs().done} {self._suggestion(finding)}"))
        return Content("\n").join(lines)

    def prompt(self, name: str) -> str | None:
        """What an open slot of a suggestion asks for; None for a slot that no suggestion has."""
        return self._rules.prompts.get((language()[:2], name)) if self._rules is not None else None

    @staticmethod
    def _suggestion(finding: Finding) -> str:
        from csdesk.desk import wording

        return wording.suggestion(finding, None).text

    def _is_wanted(self) -> bool:
        composer = self._composer
        is_on = self._desk.settings.etiquette.profile != "off"
        is_reply = composer.conversation is not None and composer.mode is Mode.REPLY
        return is_on and is_reply and bool(composer.editor.text.strip())

    def _now(self) -> Context:
        """The moment of this reply: read once for each place, the wait each time."""
        from csdesk.desk import wording

        place = self._place if self._place is not None else 0
        current = conversations.get(self._desk.store.reader(), place)
        if self._moment is None:
            self._moment = wording.moment_of(self._desk, current)
            if self._rules is not None:
                mine = wording.ignored(self._desk, place)
                self._rules = replace(self._rules, ignored=mine)
        since = current.waiting_since
        waited = None if since is None else max(0, self._desk.now_ms() - since) // 1000
        return replace(self._moment, waited_s=waited)

    def _load(self) -> None:
        if not self._is_loading:
            self._is_loading = True
            self._composer.run_worker(self._read, thread=True, group="etiquette", exit_on_error=False)

    def _read(self) -> None:
        """In a thread: read the rules, try them once so that every pattern is ready, and look."""
        from csdesk.desk import wording

        self._rules = wording.rules_of(self._desk)
        self._is_loading = False
        self._composer.app.call_from_thread(self.note)

    def _later(self, ms: int, *, is_rested: bool) -> None:
        self._stop()
        self._timer = self._composer.set_timer(ms / 1000, lambda: self._when_due(is_rested))

    def _when_due(self, is_rested: bool) -> None:
        self._timer = None
        self.look(is_rested=is_rested)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None


def _source_line(source: Source) -> str:
    """A source with the few words that stand there."""
    return f"{source}  {source.quote}" if source.quote else str(source)
