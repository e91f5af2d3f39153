"""Acts are seen where they are, and a right refusal is not taken for the slip it refuses."""

from __future__ import annotations

import pytest

from csdesk.etiquette.context import Context
from csdesk.etiquette.reading import read
from csdesk.trainer import acts
from csdesk.trainer.acts import acts_in
from csdesk.trainer.judging import hear
from csdesk.trainer.library import SHIPPED, load_library

LIBRARY = load_library([SHIPPED])
SLIPS = {acts.PROMISE, acts.BLAME, acts.DEFLECT, acts.IMPATIENT, acts.ABUSE, acts.OFF_PLATFORM}


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("加我微信吧", acts.OFF_PLATFORM),
        ("您直接转给我", acts.OFF_PLATFORM),
        ("明天肯定到", acts.PROMISE),
        ("我保证明天送到", acts.PROMISE),
        ("这是快递的问题", acts.BLAME),
        ("是您自己拍错了", acts.BLAME),
        ("你去问快递吧", acts.DEFLECT),
        ("您自己联系物流处理", acts.DEFLECT),
        ("不是告诉您了吗", acts.IMPATIENT),
        ("滚！", acts.ABUSE),
        ("你有病吧", acts.ABUSE),
        ("add me on WhatsApp", acts.OFF_PLATFORM),
        ("that's the courier's fault", acts.BLAME),
        ("it will definitely arrive", acts.PROMISE),
        ("请稍等两分钟", acts.WAIT),
        ("請您見諒，實在抱歉", acts.APOLOGISE),
        ("换成我也会着急", acts.EMPATHISE),
        ("还有什么可以帮您", acts.MORE),
    ],
)
def test_what_is_done_is_seen(text: str, act: str) -> None:
    found = acts_in(read(text))
    assert act in found
    start, end = found[act]
    assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "抱歉，不方便加微信",
        "平台规定不能加微信，也没法私下转账给我",
        "我们没有办法加您的微信",
        "不敢跟您保证明天送到",
        "没法保证一定到",
        "物流的问题由我们来解决，您放心",
        "不是快递的问题，是我们没发出去",
        "我们帮您联系快递处理",
        "我去问快递公司解决",
        "两种颜色您自己选就好",
        "在平台付款您才能享受售后",
        "您家里有病人，我们优先发",
        "虫子确实恶心，太对不起了",
        "裤子翻滚着洗也没关系",
        "I'm afraid I can't add you on WhatsApp or give you my personal number",
        "we do not guarantee it arrives tomorrow",
    ],
)
def test_a_refusal_is_no_slip(text: str) -> None:
    assert not acts_in(read(text)).keys() & SLIPS


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        ("zh.invoice-more", "很抱歉，我们不能给您开1200的发票"),
        ("zh.cash-review", "我们不能好评返现"),
        ("zh.unknown-detail", "这款不能随便泡，也没有IPX7那么高"),
        ("zh.whose-address", "我没法告诉您地址是哪里"),
        ("en.whose-order", "I cannot tell you where it goes to"),
    ],
)
def test_nothing_is_fatal_in_refusing_what_is_fatal(scenario: str, text: str) -> None:
    heard = hear(LIBRARY.by_id[scenario], text, Context())
    assert not heard.wrong and not heard.nevers


@pytest.mark.parametrize(
    ("scenario", "text", "wrong"),
    [
        ("zh.invoice-more", "可以给您开1200", "paid"),
        ("zh.unknown-detail", "不好意思让您久等，完全防水的", "ipx5"),
        ("zh.refund-size", "拆了就不能退", "yes"),
    ],
)
def test_what_is_wrong_stays_wrong(scenario: str, text: str, wrong: str) -> None:
    assert wrong in hear(LIBRARY.by_id[scenario], text, Context()).wrong


@pytest.mark.parametrize(
    ("scenario", "text", "fact", "is_told"),
    [
        ("zh.late-parcel", "给您补8元券", "remedy", True),
        ("zh.late-parcel", "我们没有优惠券", "remedy", False),
        ("zh.late-parcel", "不能给您优惠券", "remedy", False),
        ("zh.late-parcel", "没有优惠券了，哦有的，8元券", "remedy", True),
        ("zh.size-advice", "不合身7天内可以换", "change", True),
        ("zh.add-wechat", "私下交易没有保障", "protect", True),
        ("en.late-parcel", "I cannot give you a voucher", "remedy", False),
        ("en.late-parcel", "here is a voucher", "remedy", True),
    ],
)
def test_what_is_denied_is_not_told(scenario: str, text: str, fact: str, is_told: bool) -> None:
    assert (fact in hear(LIBRARY.by_id[scenario], text, Context()).facts) is is_told
