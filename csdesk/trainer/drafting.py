"""A finished conversation as the draft of a scenario, with everything that identifies a person taken out.

What the customer said becomes nodes in a row, what was answered their model replies. A teacher then writes
the facts, what each reply needs, and the ways the talk can take; ``draft: true`` goes when that is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from csdesk import masks
from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.model.conversation import Stage
from csdesk.model.message import Message, Sender
from csdesk.trainer.reading import LONGEST_LINE, MOST_NODES, SCHEMA
from csdesk.trainer.scenario import Theme

LONGEST_MODEL = 1500
CUSTOMER = {"zh": "客户", "en": "the customer"}
_SHORTEST_NAME = 2
_HAN = re.compile("[\u4e00-\u9fff]")
_NAME_ZH = re.compile("[\u4e00-\u9fff]{2,4}")
_POLITE = "女士|先生|小姐|太太|老师|老板|总|姐|哥|阿姨|叔叔|经理|医生"
_LONG_NUMBER = re.compile(r"\d{6,}")
_ADDRESS = re.compile(
    "[\u4e00-\u9fff]{1,8}(?:路|街|巷|弄|大道)\\d{1,5}号(?:[\u4e00-\u9fffA-Za-z0-9]{0,12}(?:室|单元|楼|栋))?"
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the customer said without a break, and what was answered."""

    asked: str
    answered: str


def redacted(text: str, names: Iterable[str], lang: str) -> str:
    """``text`` without phone numbers, cards, mail addresses, street addresses, long numbers, and without
    ``names`` and the polite forms of their surnames."""
    plain = masks.mask(text)
    plain = _ADDRESS.sub("***", plain)
    plain = _LONG_NUMBER.sub(lambda found: found.group()[:2] + "*" * (len(found.group()) - 2), plain)
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) >= _SHORTEST_NAME:
            plain = re.sub(re.escape(name), CUSTOMER[lang], plain, flags=re.IGNORECASE)
        if _NAME_ZH.fullmatch(name):
            plain = re.sub(f"[小老]?{name[0]}(?:{_POLITE})", CUSTOMER[lang], plain)
    return plain


def exchanges(messages: Sequence[Message], names: Iterable[str], lang: str) -> tuple[Exchange, ...]:
    """The talk between customer and agent in turns, redacted. Notes, events and automatic texts are left out."""
    kept = list(names)
    found: list[Exchange] = []
    asked: list[str] = []
    answered: list[str] = []
    for message in messages:
        text = redacted(message.text, kept, lang).strip() if message.erased_at is None else ""
        if not text or message.sender not in (Sender.CUSTOMER, Sender.AGENT):
            continue
        if message.sender is Sender.CUSTOMER and answered:
            found.append(Exchange("\n".join(asked), "\n".join(answered)))
            asked, answered = [], []
        (asked if message.sender is Sender.CUSTOMER else answered).append(text)
    if asked:
        found.append(Exchange("\n".join(asked), "\n".join(answered)))
    return tuple(each for each in found if each.asked)


def draft(messages: Sequence[Message], names: Iterable[str], ref: str, stage: Stage | None) -> str:
    """The draft in YAML, as the loader takes it; ``names`` are taken out wherever they stand.

    Raises Refused when no customer says anything.
    """
    lang = "zh" if any(_HAN.search(message.text) for message in messages) else "en"
    talk = exchanges(messages, names, lang)[: MOST_NODES - 1]
    if not talk:
        raise Refused(
            "trainer.nothing_to_draft",
            _("In this conversation no customer says anything."),
            _("Choose another one: csdesk queue --view resolved"),
        )
    at_stage = stage or Stage.AFTERSALE
    lesson = _text(_("What does this conversation teach? Write it here."))
    about = _text(_("What does the agent know? Write it here, and the facts under facts."))
    head = [
        f"schema: {SCHEMA}",
        "draft: true",
        f"id: {lang}.draft-{ref.lower()}",
        f"title: {_text(talk[0].asked[:40])}",
        f"lang: {lang}",
        f"theme: {_theme(at_stage)}",
        f"stage: {at_stage.value}",
        "difficulty: 1",
        f"lesson: {lesson}",
        f"customer: {_text(CUSTOMER[lang])}",
        f"about: {about}",
        "mood: 0",
        "facts: {}",
        "start: n1",
        "nodes:",
    ]
    last = len(talk)
    for number, each in enumerate(talk, 1):
        head += [f"  n{number}:", f"    say: [{_text(each.asked[:LONGEST_LINE])}]", "    need: []"]
        head += [f"    model: {_text((each.answered or '…')[:LONGEST_MODEL])}"]
        head += ["    end: solved"] if number == last else ["    next:", f"      - {{goto: n{number + 1}}}"]
    return "\n".join(head) + "\n"


def _theme(stage: Stage) -> Theme:
    return {Stage.PRESALE: Theme.PRESALE, Stage.INSALE: Theme.INSALE, Stage.AFTERSALE: Theme.AFTERSALE}[stage]


def _text(text: str) -> str:
    """A text as a YAML scalar in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", " ")
    return f'"{escaped}"'
