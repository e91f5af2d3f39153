"""The few words of the desk as other people's tables write them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from csdesk.errors import DataError
from csdesk.formats.shape import shown
from csdesk.i18n import _
from csdesk.model.conversation import Stage, Status, Tier
from csdesk.model.message import Sender

Word = TypeVar("Word", bound=StrEnum)

SENDERS: dict[Sender, tuple[str, ...]] = {
    Sender.CUSTOMER: (
        "customer", "client", "user", "visitor", "contact", "buyer", "guest", "incoming", "inbound", "in", "received",
        "end-user", "requester", "客户", "顾客", "买家", "用户", "访客", "客人", "接收", "收到", "进",
    ),
    Sender.AGENT: (
        "agent", "seller", "operator", "support", "staff", "admin", "assistant", "outgoing", "outbound", "out", "sent",
        "客服", "卖家", "商家", "店家", "店小二", "坐席", "座席", "我", "我方", "发送", "发出", "出",
    ),
    Sender.NOTE: ("note", "private", "internal", "备注", "内部备注", "私密备注", "内部"),
    Sender.SYSTEM: (
        "system", "bot", "robot", "auto", "automatic", "activity", "event",
        "系统", "机器人", "自动", "自动回复", "系统消息", "智能客服",
    ),
}  # fmt: skip
STATUSES: dict[Status, tuple[str, ...]] = {
    Status.OPEN: (
        "open",
        "new",
        "pending",
        "active",
        "处理中",
        "未解决",
        "进行中",
        "待处理",
        "待回复",
        "打开",
    ),
    Status.SNOOZED: ("snoozed", "on hold", "hold", "waiting", "稍后", "挂起", "暂停"),
    Status.RESOLVED: (
        "resolved",
        "closed",
        "solved",
        "done",
        "已解决",
        "已关闭",
        "已完成",
        "已结束",
        "关闭",
        "结束",
    ),
}
STAGES: dict[Stage, tuple[str, ...]] = {
    Stage.PRESALE: ("presale", "pre-sale", "presales", "售前"),
    Stage.INSALE: ("insale", "in-sale", "售中"),
    Stage.AFTERSALE: ("aftersale", "after-sale", "aftersales", "售后"),
}
TIERS: dict[Tier, tuple[str, ...]] = {
    tier: (tier.value.lower(), f"{tier.value.lower()}类", f"{tier.value.lower()}级") for tier in Tier
}


def word_of(text: str, field: str, words: Mapping[Word, tuple[str, ...]]) -> Word | None:
    """Our word for ``text``; None when there is no text. Raises DataError when it is none of them."""
    plain = text.strip().casefold()
    if not plain:
        return None
    for word, others in words.items():
        if plain in others:
            return word
    raise DataError(
        "import.wrong_value",
        _('"{key}" is {value}, which is not one of its words.').format(key=field, value=shown(text)),
        _("Use one of: {words}.").format(words=", ".join(words)),
    )
