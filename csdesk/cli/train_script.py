"""``csdesk train --script``: recorded attempts, played and scored without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csdesk.cli import output
from csdesk.cli.start import Start
from csdesk.cli.train_shapes import score_item
from csdesk.clock import clock_from_environment
from csdesk.i18n import _
from csdesk.trainer import attempts as kept
from csdesk.trainer import wording
from csdesk.trainer.library import Library
from csdesk.trainer.rubric import weights_with
from csdesk.trainer.scorer import score
from csdesk.trainer.scripts import read_script


def grade(start: Start, library: Library, script: Path, is_kept: bool, as_json: bool) -> None:
    """Play and score every attempt in ``script``; print them, and keep them when asked to."""
    weights = weights_with(start.settings.trainer.weights)
    now_ms = clock_from_environment().now_ms()
    items: list[dict[str, Any]] = []
    rows: list[list[str]] = []
    for scripted in read_script(script, library):
        practice = scripted.play()
        result = score(practice, weights)
        if is_kept:
            agent = scripted.agent or _("unnamed")
            kept.keep(kept.attempt_of(practice, result, agent=agent, at=now_ms + len(rows), mode="script"))
        items.append({"agent": scripted.agent, **score_item(practice, result)} if as_json else {})
        fatal = ", ".join(wording.fatal(slip) for slip in result.fatal)
        rows.append(
            [f"{result.total:.1f}", scripted.scenario.id, result.outcome.value, scripted.agent, fatal]
        )
    if as_json:
        output.print_json({"items": items, "next": None})
    elif rows:
        output.print_table(rows, [_("Points"), _("Scenario"), _("Outcome"), _("Agent"), _("Fatal")])
