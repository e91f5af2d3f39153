"""What agents promised customers, and by when: found in their messages by a rule a person can follow.

A sentence is a promise when it says that something will be done, and one of its clauses names a time to come
(``due``). It is none when it is a question or a refusal ("will not"); and a clause does not count that says what
the customer may do ("within 7 days you can ...") or what is done already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from csdesk.desk.due import find_due

_SENTENCE = re.compile(r"[^。！!？?；;\n]+[？?]?")
_CLAUSE = re.compile(r"(?:[^，,、：:]|[：:](?=\d\d))+")
_QUESTION = ("？", "?", "吗", "么", "呢")

_WILL = re.compile(
    r"(?<![机社协])会(?![员话])|将|[给帮为]您|答复|回复|回电|联系您|通知您|处理|安排|跟进|核实"
    r"|发货|发出|寄出|补发|送达|送到|到货|到账|退款|退还|退回|解决|反馈"
    r"|\b(?:we|i|it|they|you|he|she)['’]ll\b|\bwill\b|\bgoing to\b|\bpromise\b",
    re.IGNORECASE,
)
_WILL_NOT = re.compile(r"不会|不能|无法|没法|\bwill not\b|\bwon['’]?t\b|\bcan(?:not|['’]t)\b", re.IGNORECASE)
_DONE = re.compile(
    r"已|刚刚|刚才|昨|\balready\b|\byesterday\b|\bha(?:s|ve) been\b|\bwas\b|\bwere\b", re.IGNORECASE
)
_OFFER = re.compile(r"可以|可申请|可退|可换|支持|无理由|请您|\byou (?:can|may)\b|\bplease\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Promise:
    """What was said, in one sentence, and by when it is to be done (UTC ms)."""

    quote: str
    due_at: int


def find_promises(text: str, at_ms: int) -> tuple[Promise, ...]:
    """The promises in an agent's message of ``at_ms``, in the order of the text; times are local."""
    return tuple(_promises(text, datetime.fromtimestamp(at_ms / 1000).astimezone()))


def _promises(text: str, said_at: datetime) -> Iterator[Promise]:
    for sentence in _SENTENCE.findall(text):
        if not _is_promise(sentence):
            continue
        clauses = (clause for clause in _CLAUSE.findall(sentence) if not _speaks_of_else(clause))
        dues = (find_due(clause, said_at) for clause in clauses)
        due = next((found for found in dues if found is not None), None)
        if due is not None:
            yield Promise(sentence.strip(), int(due.timestamp() * 1000))


def _is_promise(sentence: str) -> bool:
    if sentence.rstrip().endswith(_QUESTION):
        return False
    return bool(_WILL.search(sentence)) and not _WILL_NOT.search(sentence)


def _speaks_of_else(clause: str) -> bool:
    """Whether a clause tells what was done, or what the customer may do."""
    return bool(_DONE.search(clause) or _OFFER.search(clause))
