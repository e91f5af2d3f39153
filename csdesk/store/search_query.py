"""What a person types to search, read: words, phrases in quotes, and filters such as ``from:林女士``.

Nothing typed reaches the index as syntax: words become terms (``search_terms``), filters become values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Final, NoReturn, TypeVar

from csdesk.errors import UsageError
from csdesk.i18n import _
from csdesk.model.conversation import Stage, Status, Tier
from csdesk.model.mention import SIGNS
from csdesk.model.message import Sender
from csdesk.store.search_terms import LEAST_PREFIX, Term, terms_of
from csdesk.store.tokens import CJK

T = TypeVar("T")

MOST_CHARS: Final = 400
MOST_TERMS: Final = 24
WAITING: Final = "waiting"

ALIASES: Final = {
    "客户": "from", "来自": "from", "客服": "agent", "渠道": "inbox", "标签": "label", "状态": "status",
    "阶段": "stage", "等级": "tier", "类别": "tier", "之前": "before", "之后": "after", "含": "has", "排序": "sort", "会话": "in",
    "提到": "mentions",
}  # fmt: skip
FILTERS: Final = ("from", "agent", "inbox", "label", "status", "stage", "tier", "before", "after", "has",
                  "in", "sort", "mentions")  # fmt: skip
SENDERS: Final = {
    **{sender.value: sender for sender in Sender},
    "客户": Sender.CUSTOMER, "客服": Sender.AGENT, "备注": Sender.NOTE, "自动": Sender.AUTO, "系统": Sender.SYSTEM,
}  # fmt: skip
STATUSES: Final = {
    **{status.value: status.value for status in Status}, WAITING: WAITING,
    "处理中": "open", "稍后": "snoozed", "已解决": "resolved", "待回复": WAITING,
}  # fmt: skip
STAGES: Final = {**{stage.value: stage.value for stage in Stage},
                 "售前": "presale", "售中": "insale", "售后": "aftersale"}  # fmt: skip
TIERS: Final = {spelling: tier.value for tier in Tier for spelling in (tier.value.lower(),)}
HAS: Final = {"note": "note", "备注": "note"}
SORTS: Final = {"newest": False, "relevance": True, "最新": False, "相关": True}
ME: Final = frozenset({"me", "我"})
NOBODY: Final = frozenset({"none", "nobody", "无"})

_CLOSING: Final = {'"': '"', "“": "”", "”": "”", "「": "」", "『": "』", "＂": "＂"}
_FILTER = re.compile("([A-Za-z]{2,12}|[\u4e00-\u9fff]{1,4})[:：]")
_GLUED_FILTER = re.compile(f"(?:{'|'.join(FILTERS)})[:：]", re.IGNORECASE)
_is_cjk = re.compile(f"[{CJK}]").match
_BLANK = re.compile(r"\s*")
_DAYS_AGO = re.compile(r"(\d{1,4})([dw天周])")
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")


class QueryError(UsageError):
    """A query that cannot be read. ``column`` is where, the first character being 1."""

    def __init__(self, code: str, column: int, sentence: str, hint: str) -> None:
        super().__init__(code, sentence, hint)
        self.column = column


@dataclass(frozen=True, slots=True)
class Named:
    """A thing named in a filter: as typed, and where. ``filter_name`` is the English word."""

    filter_name: str
    text: str
    column: int

    @property
    def is_nobody(self) -> bool:
        return self.text.lower() in NOBODY


@dataclass(frozen=True, slots=True)
class Query:
    """All of it must hold. ``before`` and ``after`` in UTC ms (before exclusive, after inclusive).

    ``sender`` and ``author`` are two readings of ``from:`` (a kind of sender, or a name); ``status``
    may be ``waiting`` too; ``conversation`` is the ref of ``in:``; ``mentioned`` a colleague or a team that
    a note names behind an ``@``.
    """

    terms: tuple[Term, ...] = ()
    sender: Sender | None = None
    author: Named | None = None
    agent: Named | None = None
    inbox: Named | None = None
    labels: tuple[Named, ...] = ()
    conversation: Named | None = None
    mentioned: Named | None = None
    status: str | None = None
    stage: str | None = None
    tier: str | None = None
    before: int | None = None
    after: int | None = None
    has_note: bool = False
    by_relevance: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return replace(self, by_relevance=False) == Query()


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a phrase or a filter's value, where it begins, and whether it was in quotes."""

    name: str
    text: str
    column: int
    is_quoted: bool


def parse(typed: str, now_ms: int, *, me: str = "", is_unfinished: bool = False) -> Query:
    """Read ``typed``; dates are local, ``today`` is the day of ``now_ms``, and ``me`` the name of who asks.

    ``is_unfinished`` is for what is still being typed: a quote left open ends with the text, and a
    filter without a value yet narrows nothing. Raises QueryError.
    """
    if len(typed) > MOST_CHARS:
        raise QueryError(
            "search.too_long", MOST_CHARS + 1,
            _("The query is longer than {count} characters.").format(count=MOST_CHARS),
            _("Search for a few words of the text."),
        )  # fmt: skip
    query = Query()
    given: set[str] = set()
    for token in _tokens(typed, is_unfinished):
        if token.name and not token.text.strip():
            if is_unfinished:
                continue
            _refuse_empty(token)
        if token.name in given and token.name != "label":
            raise QueryError(
                "search.filter_twice", token.column,
                _("Column {column}: {name}: stands there twice.").format(column=token.column, name=token.name),
                _("Leave one of them out."),
            )  # fmt: skip
        given.add(token.name or "label")
        if token.name == "mentions":
            query = replace(query, mentioned=_mentioned(token, me))
        else:
            query = _with_filter(query, token, now_ms) if token.name else _with_words(query, token)
    return query


def _tokens(typed: str, is_unfinished: bool) -> list[_Token]:
    found: list[_Token] = []
    at = _skip_blank(typed, 0)
    while at < len(typed):
        begin = at
        name, at = _filter_at(typed, at)
        text, at, is_quoted = _value_at(typed, at, begin, is_unfinished)
        found.append(_Token(name, text, begin + 1, is_quoted))
        at = _skip_blank(typed, at)
    return found


def _skip_blank(typed: str, at: int) -> int:
    found = _BLANK.match(typed, at)
    return found.end() if found else at


def _filter_at(typed: str, at: int) -> tuple[str, int]:
    """The filter that begins at ``at`` and where its value begins; "" when a word begins there."""
    found = _FILTER.match(typed, at)
    if found is None:
        return "", at
    word = found[1].lower()
    name = ALIASES.get(word, word)
    if name in FILTERS:
        return name, found.end()
    near = get_close_matches(word, [*FILTERS, *ALIASES], n=1, cutoff=0.75)
    if near and not typed.startswith("//", found.end()):
        raise QueryError(
            "search.unknown_filter", at + 1,
            _("Column {column}: there is no filter {name}:.").format(column=at + 1, name=word),
            _("Did you mean {near}:? Put it in quotes to search for the text itself.").format(near=near[0]),
        )  # fmt: skip
    return "", at


def _value_at(typed: str, at: int, begin: int, is_unfinished: bool) -> tuple[str, int, bool]:
    """The text from ``at``, where it ends, and whether it stood in quotes."""
    closing = _CLOSING.get(typed[at : at + 1])
    if closing is None:
        end = at
        while end < len(typed) and not typed[end].isspace() and (end == begin or typed[end] not in _CLOSING):
            end += 1
            if _is_cjk(typed[end - 1]) and _GLUED_FILTER.match(typed, end):
                break  # Chinese is written without spaces: 退货from:客户
        return typed[at:end], end, False
    end = typed.find(closing, at + 1)
    if end >= 0:
        return typed[at + 1 : end], end + 1, True
    if is_unfinished:
        return typed[at + 1 :], len(typed), True
    raise QueryError(
        "search.unclosed", at + 1,
        _("Column {column}: the quote {sign} is not closed.").format(column=at + 1, sign=typed[at]),
        _("End the phrase with {sign}.").format(sign=closing),
    )  # fmt: skip


def _with_words(query: Query, token: _Token) -> Query:
    text, is_prefix = token.text, False
    if not token.is_quoted and len(text) > 1 and text[-1] in "*＊":
        text = text.rstrip("*＊")
        is_prefix = text[-1:].isalnum()
        _refuse_short_prefix(text, token)
    terms = (*query.terms, *terms_of(text, is_phrase=token.is_quoted, is_prefix=is_prefix))
    if len(terms) > MOST_TERMS:
        raise QueryError(
            "search.too_many", token.column,
            _("Column {column}: more than {count} words.").format(column=token.column, count=MOST_TERMS),
            _("Search for a few words of the text."),
        )  # fmt: skip
    return replace(query, terms=terms)


def _refuse_short_prefix(text: str, token: _Token) -> None:
    letters = re.search("[A-Za-z0-9]+$", text)
    if letters is not None and len(letters.group()) < LEAST_PREFIX:
        raise QueryError(
            "search.short_prefix", token.column,
            _("Column {column}: {word}* is too short.").format(column=token.column, word=text[-40:]),
            _("Give at least {count} letters before the *.").format(count=LEAST_PREFIX),
        )  # fmt: skip


def _with_filter(query: Query, token: _Token, now_ms: int) -> Query:
    value = token.text.strip()
    named = Named(token.name, value, token.column)
    match token.name:
        case "from":
            sender = None if token.is_quoted else SENDERS.get(value.lower())
            return replace(query, sender=sender) if sender else replace(query, author=named)
        case "agent":
            return replace(query, agent=named)
        case "inbox":
            return replace(query, inbox=named)
        case "label":
            return replace(query, labels=(*query.labels, named))
        case "in":
            return replace(query, conversation=named)
        case "status":
            return replace(query, status=_one_of(token, value, STATUSES))
        case "stage":
            return replace(query, stage=_one_of(token, value, STAGES))
        case "tier":
            return replace(query, tier=_one_of(token, value, TIERS))
        case "before":
            return replace(query, before=_day(token, value, now_ms))
        case "after":
            return replace(query, after=_day(token, value, now_ms))
        case "has":
            return replace(query, has_note=_one_of(token, value, HAS) == "note")
    return replace(query, by_relevance=_one_of(token, value, SORTS))


def _mentioned(token: _Token, me: str) -> Named:
    """Who is to be named; ``me`` in quotes is a name like any other."""
    value = token.text.strip()
    is_me = not token.is_quoted and value.lower() in ME
    return Named(token.name, me if me and is_me else value.lstrip(SIGNS), token.column)


def _one_of(token: _Token, value: str, allowed: dict[str, T]) -> T:
    try:
        return allowed[value.lower()]
    except KeyError:
        _refuse_value(token, value, ", ".join(allowed))


def _refuse_value(token: _Token, value: str, allowed: str) -> NoReturn:
    raise QueryError(
        "search.filter_value", token.column,
        _("Column {column}: {name}: cannot be {value}.").format(
            column=token.column, name=token.name, value=value[:40]
        ),
        _("Give one of: {allowed}.").format(allowed=allowed),
    )  # fmt: skip


def _refuse_empty(token: _Token) -> NoReturn:
    raise QueryError(
        "search.filter_empty", token.column,
        _("Column {column}: {name}: has no value.").format(column=token.column, name=token.name),
        _("Write it right behind the colon, in quotes when it has spaces."),
    )  # fmt: skip


def _day(token: _Token, value: str, now_ms: int) -> int:
    """Where the named local day (or month) begins, in UTC ms."""
    try:
        day = _read_day(value.lower(), datetime.fromtimestamp(now_ms / 1000).date())
        return round(datetime(day.year, day.month, day.day).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        _refuse_value(token, value, _("2026-01-31, 2026-01, today, yesterday, 7d (days ago)"))


def _read_day(value: str, today: date) -> date:
    if value in ("today", "今天"):
        return today
    if value in ("yesterday", "昨天"):
        return today - timedelta(days=1)
    if ago := _DAYS_AGO.fullmatch(value):
        return today - timedelta(days=int(ago[1]) * (7 if ago[2] in "w周" else 1))
    if found := _DAY.fullmatch(value):
        return date(int(found[1]), int(found[2]), int(found[3] or 1))
    raise ValueError(value)
