"""The etiquette of quick replies for ``replies lint``: here, since packs and etiquette do not know each other."""

from __future__ import annotations

from collections.abc import Iterable

from csdesk import template
from csdesk.etiquette.checker import check
from csdesk.etiquette.context import Context
from csdesk.etiquette.ruleset import load
from csdesk.i18n import _
from csdesk.model.finding import Severity
from csdesk.model.published import TeamFile
from csdesk.model.reply import QuickReply
from csdesk.replies.linting import Gravity, Inspect, Said

GRAVITIES = {Severity.BLOCK: Gravity.ERROR, Severity.WARN: Gravity.WARNING}
"""Hints are for the moment of writing, and say nothing of a text that waits in a pack."""


def inspector(team: Iterable[TeamFile] = ()) -> Inspect:
    """What the etiquette rules in use (with those of the ``team``) say of a reply: each of its wordings as it reads
    with its fallbacks."""
    rules = load(team=team)

    def inspect(reply: QuickReply) -> Iterable[Said]:
        context = Context(
            stage="" if reply.stage == "any" else reply.stage, lang=reply.lang.partition("-")[0]
        )
        told = set()
        for body in (*reply.wordings, *([reply.fallback] if reply.fallback else [])):
            for finding in check(template.expand(body, {}).text, context, rules):
                if finding.severity in GRAVITIES and (finding.rule, finding.hit) not in told:
                    told.add((finding.rule, finding.hit))
                    fix = finding.suggestion or _("Say it in other words.")
                    yield GRAVITIES[finding.severity], f"{finding.hit}: {finding.message}", fix

    return inspect
