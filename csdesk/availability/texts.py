"""The words of automatic texts: the settings' or our own, in the customer's language, filled in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from csdesk.availability.rules import Rule
from csdesk.template import expand, placeholders

OURS: Mapping[Rule, Mapping[str, str]] = {
    Rule.ACK: {
        "zh": "{{contact.name}}您好，您的邮件已收到（编号 {{conversation.ref}}）。"
        "我们会在{{answer.by | 一个工作日内}}给您完整的答复，请您放心。",
        "en": "Hello {{contact.name | there}}, we have your message (number {{conversation.ref}}) and will send you"
        " a full answer {{answer.by | within one working day}}.",
    },
    Rule.HOURS: {
        "zh": "{{contact.name}}您好，感谢您的咨询。现在是休息时间，{{answer.when | 上班后第一时间}}回复您；"
        "您可以先把问题和订单号留在这里，我们不会漏看。",
        "en": "Hello {{contact.name | there}}, thank you for writing. We are closed right now and will answer"
        " {{answer.when | as soon as we are back}}. Please leave your question and order number here:"
        " nothing you write is missed.",
    },
    Rule.AWAY: {
        "zh": "{{contact.name}}您好，感谢您的咨询。客服暂时不在座位上，{{answer.when | 回来后第一时间}}回复您；"
        "您可以先把问题和订单号留在这里，我们不会漏看。",
        "en": "Hello {{contact.name | there}}, thank you for writing. I am away from my desk for a moment and will"
        " answer {{answer.when | as soon as I am back}}. Please leave your question and order number here:"
        " nothing you write is missed.",
    },
    Rule.BUSY: {
        "zh": "{{contact.name}}您好，实在抱歉，现在咨询的客户比较多，回复您可能会慢一点，请您谅解。"
        "您先把问题和订单号发过来，我们按顺序尽快回复您。",
        "en": "Hello {{contact.name | there}}, many customers are writing at the moment, so our answer may take a"
        " little longer. Please send your question and order number: we answer in turn.",
    },
    Rule.WELCOME: {
        "zh": "{{contact.name}}您好，欢迎光临{{shop.name | 本店}}，请问有什么可以帮您？",
        "en": "Hello {{contact.name | there}}, welcome to {{shop.name | our shop}}. How can we help you?",
    },
    Rule.WAIT: {
        "zh": "{{contact.name}}您好，让您久等了，您的消息我们已经看到，请您稍等，马上回复您。",
        "en": "Hello {{contact.name | there}}, sorry to keep you waiting. We have seen your message and will be with"
        " you shortly.",
    },
    Rule.NOTICE: {"zh": "【店铺公告】{{notice}}", "en": "{{notice}}"},
    Rule.CLOSING: {
        "zh": "感谢您的光临，祝您生活愉快！有任何问题随时找我们，欢迎下次光临。",
        "en": "Thank you for writing to us. Should anything else come up, just write here again. Have a good day!",
    },
}
"""What is sent where the settings say nothing else, by language."""


def chosen(texts: Mapping[str, str], inbox: str, rule: Rule, lang: str) -> str:
    """The text of ``rule`` for a customer who reads ``lang`` (``zh-CN`` reads as ``zh``).

    ``texts`` has those of an inbox as ``web.away.zh``, those of all as ``away.zh``; ours come last.
    """
    short = short_of(lang)
    for place in (f"{inbox}.{rule}", str(rule)):
        for spoken in (lang, short):
            if own := texts.get(f"{place}.{spoken}"):
                return own
    return OURS[rule].get(short) or OURS[rule]["en"]


def fill(body: str, values: Mapping[str, str]) -> str:
    """The text filled in. A value nobody knows gives way to its fallback, or vanishes: no open slot ever leaves.

    Raises TemplateError for a text that breaks the grammar.
    """
    optional = {each.path for each in placeholders(body)}
    return expand(body, values, optional=optional).text.strip()


def around(lang: str, at_ms: int, now_ms: int, zone: tzinfo | None = None) -> str:
    """When a person will answer, as the customer's language says it: ``约 14:30 ``, ``around 14:30``."""
    day, clock = _day_and_clock(lang, at_ms, now_ms, zone)
    if short_of(lang) == "zh":
        return f"{day}约 {clock} "
    return f"{day}around {clock}"


def by(lang: str, at_ms: int, now_ms: int, zone: tzinfo | None = None) -> str:
    """Until when there is an answer, as ``around`` says when: ``今天 18:00 前``, ``by 18:00``."""
    day, clock = _day_and_clock(lang, at_ms, now_ms, zone)
    if short_of(lang) == "zh":
        return f"{day or '今天'} {clock} 前"
    return f"{day}by {clock}"


def _day_and_clock(lang: str, at_ms: int, now_ms: int, zone: tzinfo | None) -> tuple[str, str]:
    """The day, empty for today, and the time of day; local to the shop."""
    then, now = (datetime.fromtimestamp(at / 1000, zone) for at in (at_ms, now_ms))
    clock = then.strftime("%H:%M")
    if then.date() == now.date():
        return "", clock
    return (f"{then.month}月{then.day}日" if short_of(lang) == "zh" else f"on {then:%Y-%m-%d} "), clock


def short_of(lang: str) -> str:
    """``zh_CN`` and ``zh-CN`` to ``zh``."""
    return lang.replace("_", "-").split("-")[0].lower()
