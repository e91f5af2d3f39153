"""Which column of a CSV file holds what: by names people use, in Chinese and English, or as a person says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from csdesk.errors import UsageError
from csdesk.formats.shape import shown
from csdesk.i18n import _

ALIASES: dict[str, tuple[str, ...]] = {
    "id": (
        "conversation", "conversationid", "ticket", "ticketid", "chatid", "sessionid", "session", "threadid", "caseid",
        "会话", "会话id", "会话编号", "会话号", "对话id", "对话编号", "工单号", "工单编号", "咨询id",
    ),
    "from": (
        "sender", "sendertype", "senderrole", "role", "speaker", "direction", "messagetype", "side",
        "发送方", "发送者类型", "发送人类型", "角色", "身份", "消息方向", "方向",
    ),
    "text": (
        "message", "content", "body", "messagetext", "messagebody", "utterance", "comment",
        "内容", "消息", "消息内容", "聊天内容", "文本", "正文", "对话内容", "发送内容",
    ),
    "at": (
        "time", "timestamp", "date", "datetime", "createdat", "sentat", "createdtime", "created",
        "时间", "发送时间", "消息时间", "日期", "创建时间", "聊天时间",
    ),
    "author": (
        "sendername", "fromname", "nickname", "发送者", "发送人", "发言人", "发送者昵称", "发送人昵称", "用户名",
    ),
    "message": ("messageid", "msgid", "消息id", "消息编号"),
    "question": ("customertext", "customermessage", "query", "问题", "提问", "客户问题", "咨询内容", "顾客提问", "买家提问"),
    "answer": ("reply", "response", "agenttext", "agentmessage", "回答", "回复", "答复", "客服回复", "客服回答"),
    "name": (
        "contact", "contactname", "customer", "customername", "client", "buyer", "visitorname", "requester",
        "客户", "客户姓名", "客户名称", "客户昵称", "买家", "买家昵称", "顾客", "顾客姓名", "姓名", "昵称",
    ),
    "email": ("mail", "contactemail", "customeremail", "emailaddress", "邮箱", "电子邮件", "客户邮箱"),
    "phone": ("mobile", "tel", "telephone", "phonenumber", "customerphone", "电话", "手机", "手机号", "联系电话", "客户电话"),
    "tier": ("level", "grade", "class", "vip", "等级", "级别", "客户等级", "客户级别", "分级"),
    "stage": ("phase", "阶段", "售前售后"),
    "subject": ("title", "topic", "主题", "标题"),
    "status": ("state", "状态", "会话状态", "工单状态"),
    "labels": ("label", "tags", "tag", "标签", "会话标签"),
    "inbox": ("channel", "店铺", "渠道", "收件渠道", "来源渠道"),
    "lang": ("language", "locale", "语言"),
}  # fmt: skip
"""Field to the column names that mean it, in small letters, without spaces and signs. The field's own name counts too."""

_SIGNS = re.compile(r"[\s_\-./:：()（）*#]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """The place of each field in a row, the header's names, and those of no field."""

    places: Mapping[str, int]
    header: tuple[str, ...]

    @property
    def unread(self) -> tuple[str, ...]:
        """Columns that stand for no field."""
        taken = set(self.places.values())
        return tuple(name for place, name in enumerate(self.header) if place not in taken and name)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each field with the name of its column, in the order of the file."""
        return [
            (field, self.header[at]) for field, at in sorted(self.places.items(), key=lambda pair: pair[1])
        ]

    def value(self, row: Sequence[str], field: str) -> str:
        """The row's value for ``field``, without space around it; "" when there is none."""
        place = self.places.get(field)
        return row[place].strip() if place is not None and place < len(row) else ""


def columns_of(header: Sequence[str], said: Mapping[str, str]) -> Columns:
    """Where the fields are. ``said`` maps fields to column names, or to numbers from 1, and goes first.

    Raises UsageError when it names what is not there, or when no column holds a text.
    """
    names = tuple(name.strip() for name in header)
    places = {field: _place(names, field, column) for field, column in said.items() if column}
    for field, aliases in ALIASES.items():
        if field in places or field in said:
            continue
        fitting = [at for at, name in enumerate(names) if _plain(name) in (field, *aliases)]
        free = [at for at in fitting if at not in places.values()]
        if free:
            places[field] = min(free, key=lambda at: (_plain(names[at]) != field, at))
    if not places.keys() & {"text", "question", "answer"}:
        raise UsageError(
            "import.no_text_column",
            _("No column is known to hold the text. The columns are: {columns}.").format(
                columns=_listed(names)
            ),
            _(
                "Say which: --map text=COLUMN for one message a row, or --map question=COLUMN --map answer=COLUMN."
            ),
        )
    return Columns(places, names)


def read_mapping(pairs: Sequence[str]) -> dict[str, str]:
    """``field=column`` as a person typed them; an empty column leaves the field out. Raises UsageError."""
    found = {}
    for pair in pairs:
        field, sign, column = pair.partition("=")
        field = field.strip().lower()
        if not sign or field not in ALIASES:
            near = get_close_matches(field, ALIASES, n=1)
            raise UsageError(
                "import.bad_mapping",
                _("--map {pair} does not begin with a field and =.").format(pair=shown(pair)),
                _("Did you mean {near}=?").format(near=near[0])
                if near
                else _("The fields are: {fields}.").format(fields=", ".join(ALIASES)),
            )
        found[field] = column.strip()
    return found


def _place(names: Sequence[str], field: str, column: str) -> int:
    if column in names:
        return names.index(column)
    if column.isdecimal() and 1 <= int(column[:6]) <= len(names):
        return int(column[:6]) - 1
    near = get_close_matches(column, names, n=1)
    raise UsageError(
        "import.no_such_column",
        _("--map {field}={column}: there is no such column. The columns are: {columns}.").format(
            field=field, column=column[:60], columns=_listed(names)
        ),
        _("Did you mean {near}?").format(near=near[0]) if near else _("Write the name as the file has it."),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(shown(name)[1:-1] for name in names[:40])


def _plain(name: str) -> str:
    return _SIGNS.sub("", name).casefold()
