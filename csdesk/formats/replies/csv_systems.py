"""Systems whose export is CSV with columns of their own: Zammad's text modules, Live Helper Chat's canned messages.

Shapes: Zammad ``TextModule`` (name, keywords, content in HTML, note, active); Live Helper Chat
``modules/lhcannedmsg/import.php`` (every state field of the model, then subject, tags_plain and
department_ids_front; the header has to match exactly, rows are known by ``unique_id``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from csdesk.errors import DataError
from csdesk.formats.html_text import text_of
from csdesk.formats.replies import mapping
from csdesk.formats.replies.mapping import as_html, body_of, one_line, text_for
from csdesk.formats.replies.record import ForeignFile, ForeignReply, Remark, WrittenFile
from csdesk.formats.replies.table import Cells, csv_line, read_rows
from csdesk.formats.replies.variables import NAME, OURS, Dialect
from csdesk.i18n import _
from csdesk.model.reply import QuickReply, Validity
from csdesk.replies.codes import is_code
from csdesk.replies.titles import title_of_body

ZAMMAD, LIVEHELPERCHAT = "zammad", "livehelperchat"

ZAMMAD_DIALECT: Final = Dialect(
    re.compile(rf"#\{{\s*(?P<name>{NAME})\s*\}}|{OURS}"),
    {
        "ticket.customer.fullname": "contact.name",
        "ticket.customer.firstname": "contact.name",
        "ticket.customer.lastname": "contact.name",
        "ticket.customer.email": "contact.email",
        "ticket.customer.phone": "contact.phone",
        "ticket.customer.mobile": "contact.phone",
        "user.fullname": "agent.name",
        "user.firstname": "agent.name",
        "user.lastname": "agent.name",
        "ticket.number": "conversation.ref",
        "config.organization": "shop.name",
    },
    lambda name, _fallback: f"#{{{name}}}",
    {
        "contact.name": "ticket.customer.fullname",
        "contact.email": "ticket.customer.email",
        "contact.phone": "ticket.customer.phone",
        "agent.name": "user.fullname",
        "conversation.ref": "ticket.number",
        "shop.name": "config.organization",
    },
)
LHC_DIALECT: Final = Dialect(
    re.compile(rf"{OURS}|(?<!\{{)\{{(?P<name>[A-Za-z0-9_]{{1,80}})\}}(?!\}})"),
    {"nick": "contact.name", "email": "contact.email", "phone": "contact.phone", "operator": "agent.name"},
    lambda name, _fallback: f"{{{name}}}",
    {"contact.name": "nick", "contact.email": "email", "contact.phone": "phone", "agent.name": "operator"},
)

_ZAMMAD_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "name": (), "keywords": (), "content": (), "note": (), "active": (), "id": (),
}  # fmt: skip
_LHC_HEADER: Final = (
    "id", "title", "explain", "msg", "fallback_msg", "position", "delay", "department_id", "user_id", "auto_send",
    "attr_int_1", "attr_int_2", "attr_int_3", "languages", "additional_data", "html_snippet", "unique_id",
    "created_at", "updated_at", "active_from", "active_to", "repetitiveness", "days_activity", "disabled",
    "delete_on_exp", "subject", "tags_plain", "department_ids_front",
)  # fmt: skip
_LHC_COLUMNS: Final[dict[str, tuple[str, ...]]] = {name.replace("_", ""): () for name in _LHC_HEADER}
_LHC_ZEROES: Final = frozenset(_LHC_HEADER[5:13]) | {
    "created_at",
    "updated_at",
    "active_from",
    "active_to",
    "disabled",
    "delete_on_exp",
}
_LHC_DAYS: Final = {
    "mod": "mon",
    "tud": "tue",
    "wed": "wed",
    "thd": "thu",
    "frd": "fri",
    "sad": "sat",
    "sud": "sun",
}
_BY_DAY, _BY_DATE = "1", "2"


def read_zammad(path: Path, slots: Collection[str]) -> ForeignFile:
    """The text modules of a CSV export. The first keyword is the code, the others are tags."""
    return _read(path, _ZAMMAD_COLUMNS, ("name", "content"), lambda row: _zammad_reply(row, slots), "active")


def read_livehelperchat(path: Path, slots: Collection[str]) -> ForeignFile:
    """The canned messages of a CSV export. ``unique_id`` is the code where it can be one, else the first tag is."""
    return _read(path, _LHC_COLUMNS, ("msg",), lambda row: _lhc_reply(row, slots), "")


def write_zammad(replies: Sequence[QuickReply]) -> WrittenFile:
    """A CSV file for Zammad's import of text modules."""
    lines = [csv_line(("id", "name", "keywords", "content", "note", "active"))]
    remarks: list[Remark] = []
    for reply in replies:
        text, said = text_for(reply.body, ZAMMAD_DIALECT, "Zammad", reply.code)
        number = mapping.id_for(ZAMMAD, reply)
        words = ", ".join([reply.code, *reply.tags])
        lines.append(csv_line((number, reply.title, words, as_html(text), as_html(reply.note), "true")))
        remarks += [*said, *mapping.not_held(reply, "Zammad", {"tags", "note"})]
    return WrittenFile("".join(lines), tuple(remarks))


def write_livehelperchat(replies: Sequence[QuickReply]) -> WrittenFile:
    """A CSV file for Live Helper Chat's import of canned messages; its header has to be exactly this one."""
    lines = [csv_line(_LHC_HEADER)]
    remarks: list[Remark] = []
    for reply in replies:
        text, said = text_for(reply.body, LHC_DIALECT, "Live Helper Chat", reply.code)
        fallback, more = text_for(reply.fallback, LHC_DIALECT, "Live Helper Chat", reply.code)
        cells = dict.fromkeys(_LHC_HEADER, "") | dict.fromkeys(_LHC_ZEROES, "0") | {
            "title": reply.title,
            "explain": reply.note,
            "msg": text,
            "fallback_msg": fallback,
            "unique_id": reply.code,
            "tags_plain": ", ".join([reply.code, *reply.tags]),
            "repetitiveness": "0",
            **_lhc_times(reply.valid),
        }  # fmt: skip
        lines.append(csv_line(list(cells.values())))
        held = {"tags", "note", "fallback", "valid"}
        remarks += [*said, *more, *mapping.not_held(reply, "Live Helper Chat", held)]
        if reply.valid and reply.valid.days and (reply.valid.first_day or reply.valid.last_day):
            remarks.append(
                Remark(
                    0, reply.code, _("Live Helper Chat takes days or dates, not both; the dates are written")
                )
            )
    return WrittenFile("".join(lines), tuple(remarks))


def _read(
    path: Path,
    columns: dict[str, tuple[str, ...]],
    needed: tuple[str, ...],
    reply_of: Callable[[Cells], ForeignReply | Remark],
    switch: str,
) -> ForeignFile:
    """The replies of a CSV file with ``columns``; rows that are switched off are told and passed over."""
    table, rows = read_rows(path, columns)
    names = {name.strip().casefold() for name in table.header}
    lacking = [name for name in needed if name not in names]
    if lacking:
        raise DataError(
            "import.no_text_column",
            _("Line 1: there is no column {name}.").format(name=lacking[0]),
            _("Is it the right format? A CSV file of another kind is read with --format csv."),
        )
    replies: list[ForeignReply] = []
    refused: list[Remark] = []
    remarks: list[Remark] = []
    for row in rows:
        if isinstance(row, Remark):
            refused.append(row)
        elif row.text(switch).lower() in ("false", "no", "0") or row.text("disabled") == "1":
            label = row.text("name") or row.text("title")
            remarks.append(Remark(row.line, label, _("it is switched off there; passed over")))
        else:
            made = reply_of(row)
            (refused if isinstance(made, Remark) else replies).append(made)  # type: ignore[arg-type]
    return ForeignFile(tuple(replies), tuple(refused), tuple(remarks))


def _zammad_reply(row: Cells, slots: Collection[str]) -> ForeignReply | Remark:
    title = row.text("name")
    body, remarks = body_of(text_of(row.raw("content")), ZAMMAD_DIALECT, slots, row.line, title)
    if not body.strip():
        return Remark(row.line, title, _("there is no text in it"))
    words = row.raw("keywords")
    named = [each.strip() for each in (words.split(",") if "," in words else words.split())]
    named = [each for each in named if each]
    has_code = bool(named) and is_code(named[0].lower())
    fields: dict[str, Any] = {
        "body": body,
        "title": title or title_of_body(body),
        "tags": tuple(dict.fromkeys(each[:40] for each in named[has_code:])),
        "note": text_of(row.raw("note")),
    }
    if row.text("id"):
        fields["id"] = mapping.foreign_id(ZAMMAD, row.text("id"))
    return ForeignReply(row.line, fields, code=named[0] if has_code else "", remarks=tuple(remarks))


def _lhc_reply(row: Cells, slots: Collection[str]) -> ForeignReply | Remark:
    label = row.text("title") or row.text("uniqueid")
    snippet = row.raw("htmlsnippet")
    text = row.raw("msg") or text_of(snippet)
    body, remarks = body_of(text, LHC_DIALECT, slots, row.line, label)
    if not body.strip():
        return Remark(row.line, label, _("there is no text in it"))
    fallback, more = body_of(row.raw("fallbackmsg"), LHC_DIALECT, slots, row.line, label)
    valid, said = _lhc_validity(row)
    if row.text("autosend") == "1":
        said.append(_("it is sent by itself there; here it is not"))
    if snippet and row.raw("msg"):
        said.append(_("its HTML is left out"))
    tags = tuple(one_line(each)[:40] for each in row.raw("tagsplain").split(",") if each.strip())
    unique = row.text("uniqueid")
    code = unique if is_code(unique) and not unique.isdigit() else next(iter(tags), "")
    fields: dict[str, Any] = {
        "body": body,
        "fallback": fallback,
        "tags": tuple(dict.fromkeys(each for each in tags if each != code)),
        "note": row.raw("explain"),
        "valid": valid,
    }
    if row.text("title"):
        fields["title"] = row.text("title")
    if unique.isdigit():
        fields["id"] = mapping.foreign_id(LIVEHELPERCHAT, unique)
    said_remarks = [Remark(row.line, label, each) for each in said]
    return ForeignReply(
        row.line,
        fields,
        {"title": title_of_body(body)},
        code,
        (*remarks, *more, *said_remarks),
    )


def _lhc_validity(row: Cells) -> tuple[Validity | None, list[str]]:
    """When the message may be used, and what cannot be said of that here."""
    kind = row.text("repetitiveness")
    if kind == _BY_DATE:
        first, last = (_day(row.text(name)) for name in ("activefrom", "activeto"))
        return (Validity(first, last) if first or last else None), []
    if kind == _BY_DAY:
        return _lhc_week(row.raw("daysactivity"))
    return None, [_("its yearly dates are left out")] if kind == "3" else []


def _lhc_week(cell: str) -> tuple[Validity | None, list[str]]:
    try:
        week = json.loads(cell)
        spans = {
            _LHC_DAYS[day]: f"{_clock(span['start'])}-{_clock(span['end'])}"
            for day, span in week.items()
            if span
        }
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None, [_("its days cannot be read; they are left out")]
    hours = set(spans.values())
    days = tuple(day for day in _LHC_DAYS.values() if day in spans)
    if not days:
        return None, []
    whole = {"00:00-24:00", "00:00-23:59"}
    if len(hours) > 1:
        return Validity(days=days), [_("its hours differ by day; they are left out")]
    only = hours.pop()
    return Validity(days=days if len(days) < 7 else (), hours="" if only in whole else only), []


def _lhc_times(valid: Validity | None) -> dict[str, str]:
    if valid is None:
        return {}
    if valid.first_day or valid.last_day:
        return {
            "repetitiveness": _BY_DATE,
            "active_from": str(_epoch(valid.first_day, 0)) if valid.first_day else "0",
            "active_to": str(_epoch(valid.last_day, 1) - 1) if valid.last_day else "0",
        }
    begin, _sign, end = (valid.hours or "00:00-24:00").replace(":", "").partition("-")
    week = {
        name: {"start": int(begin), "end": int(end)}
        for name, day in _LHC_DAYS.items()
        if not valid.days or day in valid.days
    }
    return {"repetitiveness": _BY_DAY, "days_activity": json.dumps(week)}


def _clock(number: object) -> str:
    """900 or "0900" as 09:00. Raises ValueError."""
    digits = f"{int(str(number)):04d}"
    return f"{digits[:-2]}:{digits[-2:]}"


def _day(epoch: str) -> str:
    """The day of a moment in seconds, UTC; "" for none."""
    if not epoch.isdigit() or len(epoch) > 11 or int(epoch) == 0:
        return ""
    return datetime.fromtimestamp(int(epoch), UTC).date().isoformat()


def _epoch(day: str, days_on: int) -> int:
    at = date.fromisoformat(day) + timedelta(days=days_on)
    return int(datetime(at.year, at.month, at.day, tzinfo=UTC).timestamp())
