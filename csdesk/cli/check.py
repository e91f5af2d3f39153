"""``csdesk check``: what the etiquette rules say about a text. Needs no store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec

from csdesk.cli import output
from csdesk.cli.given_text import STANDARD_INPUT, given_text
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.packs_in_use import team_files
from csdesk.cli.start import Start
from csdesk.cli.wording import SEVERITY, word
from csdesk.errors import EXIT_DONE, EXIT_NEEDS_PERSON, UsageError
from csdesk.etiquette import ruleset
from csdesk.etiquette.checker import check
from csdesk.etiquette.context import Context
from csdesk.etiquette.detectors import mood_of
from csdesk.etiquette.reading import LANGS
from csdesk.etiquette.rule import Profile
from csdesk.i18n import _, ngettext
from csdesk.model.conversation import Stage, Tier
from csdesk.model.finding import Finding, Severity
from csdesk.model.published import Thing
from csdesk.template import expand
from csdesk.text import clean


class _Moment(msgspec.Struct, forbid_unknown_fields=True):
    """What --context may tell; ``customer`` is the customer's last message, read for its mood."""

    first_turn: bool | None = None
    closing: bool | None = None
    waited_s: int | None = None
    mood: int | None = None
    stage: Stage | None = None
    tier: Tier | None = None
    customer: str = ""


@click.command(
    name="check",
    help=_(
        "Check the wording of a reply: FILE, or standard input. --context tells the moment, so that rules about"
        " greeting, waiting and closing can speak. Exit code 3 when a finding asks before sending."
    ),
    epilog=examples(
        "csdesk check reply.txt",
        "csdesk check - --json < reply.txt",
        'csdesk check reply.txt --context \'{"first_turn": true, "waited_s": 200}\'',
    ),
)
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--context",
    "moment",
    metavar="JSON",
    help=_("The moment: first_turn, closing, waited_s, mood (-2 to 1), stage, tier, customer."),
)
@click.option("--lang", metavar=_("LANG"), help=_("Language of a text that does not show it: zh or en."))
@click.option(
    "--profile",
    type=click.Choice([each.value for each in Profile]),
    help=_("strict, normal or off; else as in the settings."),
)
@json_option
@pass_start
def check_command(
    start: Start, file: Path | None, moment: str | None, lang: str | None, profile: str | None, as_json: bool
) -> int:
    context = _context(moment, _text_language(lang))
    text = clean(given_text(None, file or Path(STANDARD_INPUT)))
    with team_files(start, Thing.ETIQUETTE) as team:
        rules = ruleset.for_settings(start.settings, team)
    if profile is not None:
        rules = replace(rules, profile=Profile(profile))
    for problem in rules.problems:
        output.narrate(str(problem))
    found = check(text, context, rules)
    if as_json:
        output.print_json({"findings": [_told(each) for each in found]})
    else:
        _say(found)
    return EXIT_NEEDS_PERSON if any(each.severity is Severity.BLOCK for each in found) else EXIT_DONE


def _text_language(lang: str | None) -> str:
    """zh or en of what --lang says; zh_CN and en-GB are fine too. Raises UsageError."""
    named = re.split("[-_.]", (lang or "").lower())[0]
    if named and named not in LANGS:
        raise UsageError(
            "check.language",
            _("There are no rules for {language}.").format(language=lang),
            _("Languages: {languages}.").format(languages=", ".join(LANGS)),
        )
    return named


def _context(moment: str | None, lang: str) -> Context:
    """The moment that --context tells. Raises UsageError."""
    try:
        told = msgspec.json.decode(moment or "{}", type=_Moment)
    except msgspec.DecodeError as error:
        raise UsageError(
            "check.context",
            _("--context is not understood: {reason}.").format(reason=error),
            _("Write it like this: {example}").format(example='{"first_turn": true, "waited_s": 200}'),
        ) from None
    mood = told.mood
    if mood is None and told.customer:
        mood = mood_of(clean(told.customer))
    return Context(
        is_first_turn=told.first_turn,
        is_closing=told.closing,
        waited_s=told.waited_s,
        mood=mood,
        stage=told.stage or "",
        tier=told.tier or "",
        lang=lang,
    )


def _told(finding: Finding) -> Mapping[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "span": list(finding.span),
        "message": finding.message,
        "suggestion": expand(finding.suggestion, {}).text,
        "source": ", ".join(finding.sources),
    }


def _say(found: tuple[Finding, ...]) -> None:
    for each in found:
        start, end = each.span
        output.say(f"{word(SEVERITY, each.severity)}  {each.rule}  {start}-{end}")
        output.say(f"    {each.message}")
        output.say(f"    → {expand(each.suggestion, {}).text}")
        output.say(f"    {', '.join(each.sources)}")
    if not found:
        output.narrate(_("Nothing to say about this text."))
    else:
        said = ngettext("{count} finding.", "{count} findings.", len(found))
        output.narrate(said.format(count=len(found)))
