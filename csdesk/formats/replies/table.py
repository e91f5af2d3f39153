"""Quick replies in a CSV file: all a reply holds in our own columns, or what another program's columns say.

Column names are told by what people call them in Chinese and English. A list in one cell is divided by
commas, semicolons or ``、``; an entry that holds one of these stands in quotes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from csdesk import template
from csdesk.errors import DataError
from csdesk.formats.csv_table import Row, Table, open_table
from csdesk.formats.replies.mapping import body_of, one_line, plain, refused_record
from csdesk.formats.replies.record import ForeignFile, ForeignReply, Remark, WrittenFile
from csdesk.formats.replies.variables import OURS, Dialect, is_own
from csdesk.i18n import _
from csdesk.model.reply import QuickReply, ReplyAction, Slot, Validity
from csdesk.replies.codes import is_code
from csdesk.replies.titles import title_of_body
from csdesk.text import clean

NAME: Final = "csv"
ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "code": ("shortcut", "shortcode", "keyword", "keywords", "trigger", "编码", "快捷编码", "快捷键", "快捷码", "代码", "关键词", "触发词"),
    "body": ("content", "text", "message", "msg", "reply", "answer", "内容", "快捷短语", "短语", "话术", "话术内容", "回复", "回复内容", "正文", "快捷回复"),
    "title": ("name", "subjectline", "标题", "名称", "话术标题", "问题"),
    "folder": ("category", "group", "categoryname", "groupname", "分组", "分类", "类别", "目录", "文件夹", "分组名称"),
    "id": ("uniqueid", "replyid", "编号"),
    "aliases": ("alias", "别名"),
    "tags": ("tag", "labels", "标签"),
    "stage": ("phase", "阶段"),
    "tier": ("tiers", "level", "客户等级", "客户级别"),
    "channels": ("channel", "渠道"),
    "subject": ("mailsubject", "邮件主题", "主题"),
    "variants": ("variant", "变体", "其他说法"),
    "fallback": ("fallbackmsg", "fallbackmessage", "备用内容", "备用"),
    "from": ("activefrom", "validfrom", "startdate", "开始日期", "生效日期"),
    "until": ("activeto", "validuntil", "enddate", "结束日期", "失效日期"),
    "days": ("weekdays", "星期"),
    "hours": ("时段", "时间段"),
    "actions": ("action", "动作"),
    "note": ("explain", "comment", "remark", "备注", "说明"),
    "slots": ("vars", "变量"),
    "checked": ("etiquettechecked", "已检查"),
}  # fmt: skip
"""Our column to the names that mean it, in small letters, without spaces and signs; ``variants`` may come again."""

_OURS = Dialect(re.compile(OURS), {}, lambda name, _fallback: name, {})
_SIGNS = re.compile(r"[\s_\-./:：()（）*#]+")
_NUMBERED = re.compile(r"(variants?)\d+")
_FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠\t\r]")
_ENTRY = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,，;；、|]+))\s*(?:[,，;；、|]|$)')
_DIVIDER = re.compile(r'[,，;；、|"]')


@dataclass(frozen=True, slots=True)
class Cells:
    """One row by our names of its columns; a column that may come again has all its cells."""

    line: int
    values: Mapping[str, tuple[str, ...]]

    def raw(self, name: str) -> str:
        """The cell as it stands, cleaned, without what guards it from being a formula."""
        return _unguarded(clean(next(iter(self.values.get(name, ())), "")))

    def text(self, name: str) -> str:
        """The cell on one line."""
        return one_line(self.raw(name))

    def listed(self, name: str) -> tuple[str, ...]:
        """The entries of a list in a cell."""
        return entries(self.raw(name))


def read_rows(path: Path, aliases: Mapping[str, tuple[str, ...]]) -> tuple[Table, Iterator[Cells | Remark]]:
    """The rows of a CSV file by the names of ``aliases``; a row that cannot be read comes as a remark.

    Raises DataError when the file is no table, OSError when it cannot be read.
    """
    table = open_table(path)
    places = _places(table.header, aliases)
    return table, (_cells(row, places) for row in table.rows())


def read(path: Path, slots: Collection[str], dialect: Dialect | None = None) -> ForeignFile:
    """Every reply of a CSV file with our columns, or with any that are told by name.

    ``dialect`` tells how its placeholders are written, if not as ours. Raises DataError when the file is no
    table or holds no texts, OSError when it cannot be read.
    """
    table, rows = read_rows(path, ALIASES)
    known = _places(table.header, ALIASES)
    if "body" not in known:
        raise DataError(
            "import.no_text_column",
            _("Line 1: no column holds the text of a reply."),
            _("Name one of them body, content or 内容; there are: {names}.").format(
                names=", ".join(one_line(name) for name in table.header[:20])
            ),
        )
    replies: list[ForeignReply] = []
    refused: list[Remark] = []
    for row in rows:
        if isinstance(row, Remark):
            refused.append(row)
            continue
        try:
            replies.append(_across(_reply(row, known), slots, dialect))
        except ValueError as error:
            refused.append(Remark(row.line, row.text("code") or row.text("title"), str(error)))
    return ForeignFile(tuple(replies), tuple(refused))


def write(replies: Sequence[QuickReply]) -> WrittenFile:
    """All that a reply holds, one a row, as RFC 4180 has it; no cell is a formula to a spreadsheet."""
    variants = max((len(reply.variants) for reply in replies), default=1) or 1
    header = [*(name for name in ALIASES if name != "variants"), *["variant"] * variants]
    lines = [csv_line(header)]
    for reply in replies:
        cells = _row_of(reply)
        more = [*reply.variants, *[""] * (variants - len(reply.variants))]
        lines.append(csv_line([*(cells[name] for name in header if name in cells), *more]))
    return WrittenFile("".join(lines))


def csv_line(cells: Sequence[str]) -> str:
    """One row with its line break."""
    held = io.StringIO()
    csv.writer(held, lineterminator="\r\n").writerow([_guarded(cell) for cell in cells])
    return held.getvalue()


def entries(cell: str) -> tuple[str, ...]:
    """The entries of a list in one cell, each once."""
    found = [
        (each[1].replace('""', '"') if each[1] is not None else each[2].strip())
        for each in _ENTRY.finditer(cell)
    ]
    return tuple(dict.fromkeys(each for each in found if each.strip()))


def joined(values: Sequence[str]) -> str:
    """``values`` as one cell that :func:`entries` reads back."""
    return ", ".join(
        '"' + each.replace('"', '""') + '"' if _DIVIDER.search(each) or each != each.strip() else each
        for each in values
    )


def _places(header: Sequence[str], aliases: Mapping[str, tuple[str, ...]]) -> dict[str, list[int]]:
    """The columns of each field: the field's own name before its aliases, each column once."""
    plain = [_NUMBERED.sub(r"\1", _SIGNS.sub("", name).casefold()) for name in header]
    places: dict[str, list[int]] = {}
    taken: set[int] = set()
    for field, names in aliases.items():
        if field in plain:
            places[field] = [at for at, name in enumerate(plain) if name == field]
            taken.update(places[field])
        for name in names if field not in places or field == "variants" else ():
            found = [at for at, each in enumerate(plain) if each == name and at not in taken]
            if found:
                places.setdefault(field, []).extend(found)
                taken.update(found)
                if field != "variants":
                    break
    return places


def _cells(row: Row, places: Mapping[str, list[int]]) -> Cells | Remark:
    if row.reason:
        return refused_record(row.line, row.reason)
    first = row.line - sum(cell.count("\n") for cell in row.cells)
    return Cells(
        first,
        {
            field: tuple(row.cells[at] for at in found if at < len(row.cells))
            for field, found in places.items()
        },
    )


def _reply(row: Cells, known: Collection[str]) -> ForeignReply:
    """The reply of one row. Raises ValueError with what is off."""
    body = row.raw("body").rstrip("\n")
    if not body.strip():
        raise ValueError(_("there is no text in it"))
    values: dict[str, Any] = {
        "id": row.text("id"),
        "aliases": row.listed("aliases"),
        "title": row.text("title"),
        "folder": row.raw("folder").strip(),
        "tags": row.listed("tags"),
        "stage": row.text("stage") or "any",
        "tier": row.listed("tier"),
        "channels": row.listed("channels"),
        "subject": row.raw("subject"),
        "variants": tuple(
            _unguarded(clean(each)).rstrip("\n") for each in row.values.get("variants", ()) if each.strip()
        ),
        "fallback": row.raw("fallback").rstrip("\n"),
        "actions": tuple(_action(each) for each in row.listed("actions")),
        "note": row.raw("note"),
        "slots": _slots(row.raw("slots")),
        "is_etiquette_checked": row.text("checked").lower() in ("yes", "true", "1", "是"),
    }
    held = {"is_etiquette_checked": "checked"}
    fields = {name: value for name, value in values.items() if held.get(name, name) in known}
    fields["body"] = body
    if any(name in known for name in ("from", "until", "days", "hours")):
        valid = Validity(row.text("from"), row.text("until"), row.listed("days"), row.text("hours"))
        fields["valid"] = valid if valid != Validity() else None
    code = row.text("code")
    for name in ("id", "title"):
        if not fields.get(name):
            fields.pop(name, None)
    title = row.text("title") or (
        code if code and not is_code(code) else title_of_body(_without_braces(body))
    )
    return ForeignReply(row.line, fields, {"title": title}, code)


def _across(reply: ForeignReply, slots: Collection[str], dialect: Dialect | None) -> ForeignReply:
    """``reply`` with the placeholders of its body as ours; what is a body of ours already stays as it is."""
    body = reply.fields["body"]
    own = {slot.name for slot in reply.fields.get("slots", ())}
    if dialect is None and _is_ours(body, {*slots, *own}):
        return reply
    label = reply.code or reply.suggested["title"]
    mapped, remarks = body_of(
        plain(body) if dialect else body, dialect or _OURS, {*slots, *own}, reply.line, label
    )
    return replace(reply, fields={**reply.fields, "body": mapped}, remarks=(*reply.remarks, *remarks))


def _is_ours(body: str, slots: Collection[str]) -> bool:
    try:
        return all(is_own(part.path, slots) for part in template.placeholders(body))
    except template.TemplateError:
        return False


def _without_braces(body: str) -> str:
    """A text that may not be a template, for making a title of."""
    return re.sub(r"\{\{[^{}]*\}\}|[{}]", "", body)


def _action(entry: str) -> ReplyAction:
    kind, sign, value = entry.partition("=")
    if not sign:
        raise ValueError(_("“{text}” is no action; write label=NAME or snooze=1d").format(text=entry[:40]))
    return ReplyAction(kind.strip(), value.strip())


def _slots(cell: str) -> tuple[Slot, ...]:
    """The declared slots of a row, as JSON. Raises ValueError."""
    if not cell.strip():
        return ()
    try:
        return msgspec.json.decode(cell, type=tuple[Slot, ...])
    except (msgspec.MsgspecError, ValueError):
        raise ValueError(_("the column of slots is not as an export writes it")) from None


def _row_of(reply: QuickReply) -> dict[str, str]:
    valid = reply.valid or Validity()
    return {
        "code": reply.code,
        "body": reply.body,
        "title": reply.title,
        "folder": reply.folder,
        "id": reply.id,
        "aliases": joined(reply.aliases),
        "tags": joined(reply.tags),
        "stage": "" if reply.stage == "any" else reply.stage,
        "tier": joined(reply.tier),
        "channels": joined(reply.channels),
        "subject": reply.subject,
        "fallback": reply.fallback,
        "from": valid.first_day,
        "until": valid.last_day,
        "days": joined(valid.days),
        "hours": valid.hours,
        "actions": joined([f"{each.kind}={each.value}" for each in reply.actions]),
        "note": reply.note,
        "slots": msgspec.json.encode(reply.slots).decode() if reply.slots else "",
        "checked": "yes" if reply.is_etiquette_checked else "",
    }


def _guarded(text: str) -> str:
    """``text`` with a quote before what a spreadsheet would take for a formula (OWASP, CSV injection)."""
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
