"""What a person types to narrow the queue: words, and facts as ``label:x tier:A``."""

from __future__ import annotations

from dataclasses import replace

from csdesk.ids import read_ref
from csdesk.model.conversation import Priority
from csdesk.store.queue_filters import QueueFilter
from csdesk.text import clean_line

_STAGES = {"售前": "presale", "售中": "insale", "售后": "aftersale"}
_FACTS = {
    "label": "label",
    "标签": "label",
    "tier": "tier",
    "等级": "tier",
    "类别": "tier",
    "stage": "stage",
    "阶段": "stage",
    "inbox": "inbox",
    "渠道": "inbox",
    "priority": "priority",
    "优先级": "priority",
    "contact": "contact",
    "客户": "contact",
}


def read_filter(typed: str) -> QueueFilter:
    """The filter for ``typed``; a fact whose value is not complete yet narrows nothing."""
    words: list[str] = []
    narrowed = QueueFilter()
    for part in clean_line(typed).split():
        name, colon, value = part.replace("：", ":").partition(":")
        fact = _FACTS.get(name.lower()) if colon else None
        if fact is None:
            words.append(part.removeprefix("#"))
        elif value:
            narrowed = _with_fact(narrowed, fact, value)
    return replace(narrowed, words=tuple(words))


def _with_fact(narrowed: QueueFilter, fact: str, value: str) -> QueueFilter:
    match fact:
        case "tier":
            return replace(narrowed, tier=value.upper())
        case "stage":
            return replace(narrowed, stage=_STAGES.get(value, value.lower()))
        case "label":
            return replace(narrowed, label=value)
        case "inbox":
            return replace(narrowed, inbox=value)
        case "contact":
            return replace(narrowed, contact_of=read_ref(value) or narrowed.contact_of)
    try:
        return replace(narrowed, priority=int(Priority.from_word(value)))
    except KeyError:
        return narrowed
