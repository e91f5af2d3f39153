"""docs/automatic-texts.md, made from the table of rules: ``python scripts/rules_docs.py`` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from csdesk.availability.rules import (
    AFTER_AGENT_MS,
    BY_NAME,
    GAP_MS,
    LATE_MS,
    MAIL_PAUSE_MS,
    TABLE,
    Channel,
    Rule,
    Terms,
)
from csdesk.availability.texts import OURS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "automatic-texts.md"
WHERE = {Channel.CHAT: "chat", Channel.MAIL: "mail", Channel.BOTH: "chat and mail"}


def page() -> str:
    """The whole page."""
    lines = [
        "# Automatic texts",
        "",
        "Made from the program by `python scripts/rules_docs.py`. The first rule that may write does, from the top.",
        "",
        "| Rule | When | How often | Where | Not in a wait that was told | By default |",
        "|---|---|---|---|---|---|",
        *(_row(terms) for terms in TABLE),
        "",
        "For every rule:",
        "",
        f"- not within {AFTER_AGENT_MS // 60_000} minutes of an agent's own words;",
        f"- not to who wrote more than {LATE_MS // 60_000} minutes ago, and not later than that out of the outbox;",
        "- not to a machine (an automatic answer, a bounce), and not to a blocked contact;",
        f"- not within {GAP_MS // 1_000} seconds of another automatic text in the conversation;",
        f"- one automatic mail to a contact in {MAIL_PAUSE_MS // 3_600_000} hours;",
        "- not about what came in, and what it tells of, both from before csdesk began to run the inbox;",
        "- only from the process that runs the inbox.",
        "",
        "The wait for *please wait* counts from the customer's message, five minutes after the agent's last words, or"
        " when csdesk began to run the inbox, whichever is last. `csdesk availability why REF` says of a conversation"
        " what becomes of each rule.",
        "",
        "## The words",
        "",
        '`[automatic.texts]` replaces them: `away.en = "..."`, for one inbox `web.away.en = "..."`. Placeholders:'
        " `contact.name`, `agent.name`, `shop.name`, `conversation.ref`, `answer.when` (return or opening time),"
        " `answer.by` (time of the full answer), `notice`; a text behind `|` stands where nothing is known.",
        "",
    ]
    for rule, spoken in OURS.items():
        lines += [
            f"### {BY_NAME[rule].name}",
            "",
            *(f"- {lang}: `{text}`" for lang, text in spoken.items()),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _row(terms: Terms) -> str:
    others = ", ".join(BY_NAME[each].name for each in Rule if each in terms.yields_to) or "-"
    default = "with a text" if terms.rule is Rule.NOTICE else "on" if terms.is_on else "off"
    name = f"{terms.name} (`{terms.rule}`)"
    return f"| {name} | {terms.when} | {terms.once} | {WHERE[terms.where]} | {others} | {default} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
