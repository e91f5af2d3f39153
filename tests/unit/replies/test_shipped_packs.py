"""The packs that come with the program: valid, complete, and in the tone that the course texts teach."""

from __future__ import annotations

import re
import uuid

import pytest

from csdesk.etiquette.checker import check
from csdesk.etiquette.context import Context
from csdesk.etiquette.ruleset import load as load_rules
from csdesk.model.reply import QuickReply
from csdesk.replies.filling import fill
from csdesk.replies.pack import builtin_folder, load_folder
from csdesk.template import CURSOR, find_unfilled, placeholders

LIBRARY = load_folder([builtin_folder()])
RULES = load_rules()
CHINESE = [reply for reply in LIBRARY.replies if reply.lang == "zh-CN"]
ENGLISH = [reply for reply in LIBRARY.replies if reply.lang == "en"]

each_reply = pytest.mark.parametrize("reply", LIBRARY.replies, ids=lambda reply: reply.code)
each_chinese = pytest.mark.parametrize("reply", CHINESE, ids=lambda reply: reply.code)


def test_the_packs_are_valid_and_large_enough() -> None:
    assert LIBRARY.problems == ()
    assert len(CHINESE) >= 60
    assert len(ENGLISH) >= 60


def test_ids_are_uuids_of_their_own() -> None:
    assert len({uuid.UUID(reply.id) for reply in LIBRARY.replies}) == len(LIBRARY.replies)


@pytest.mark.parametrize(
    "code",
    ["hy", "qdd", "mang", "yh", "bujiang", "fh", "cm", "th", "hh", "tk", "fp", "ts", "jr", "hyxc", "wlyc"],
)
def test_the_codes_an_agent_expects_are_there(code: str) -> None:
    assert LIBRARY.find_code(code) in CHINESE


def test_titles_are_told_apart() -> None:
    assert len({reply.title for reply in LIBRARY.replies}) == len(LIBRARY.replies)


@each_reply
def test_a_reply_is_filled_in_completely(reply: QuickReply) -> None:
    for wording, body in enumerate(reply.wordings):
        paths = [part.path for part in placeholders(body) if part.path != CURSOR]
        values = {path: "七" for path in paths} | {
            slot.name: (slot.choices or ("七",))[0] for slot in reply.slots
        }
        filled = fill(reply, values, wording).expansion
        assert filled.unfilled == ()
        assert find_unfilled(filled.text) == ()
        assert not re.search(r"[{}|]|  |，，|。。", filled.text)
    assert reply.folder
    assert reply.tags


@each_reply
def test_without_values_only_slots_and_orders_stay_open(reply: QuickReply) -> None:
    asked = {slot.name for slot in reply.slots}
    open_names = {slot.name for slot in fill(reply, {"conversation.ref": "7K3Q9F"}).expansion.unfilled}
    assert {name for name in open_names if not name.startswith("order.")} <= asked


@each_chinese
def test_chinese_replies_speak_of_you_not_of_me(reply: QuickReply) -> None:
    """Seed 004: less 我, more 您 and 咱们; seed 001: no flat refusals."""
    for body in reply.wordings:
        assert "我" not in body.replace("我的订单", "")
        assert "你" not in body
        assert not re.search(
            r"不讲价|不还价|没有货|不知道|不清楚|没办法|不行|百分百|绝对|肯定|保证|包您", body
        )


def test_declining_gives_a_reason_and_another_way() -> None:
    for code in ("yh", "yh2", "wj", "thcq", "qh"):
        reply = LIBRARY.find_code(code)
        assert reply is not None
        assert re.search(r"因为|所以|就不公平|已经过了|暂时", reply.body)
        assert re.search(r"可以|不妨|也", reply.body)


NEEDED = (
    ("问候", "greeting"), ("等待", "wait"), ("忙碌", "busy"), ("议价", "bargaining"), ("发货", "shipping"), ("快递", "carrier"),
    ("物流", "parcel"), ("错发", "wrong"), ("破损", "damage"), ("退款", "refund"), ("换货", "exchange"), ("退货", "return"),
    ("发票", "invoice"), ("尺码", "size"), ("库存", "stock"), ("材质", "material"), ("优惠", "discount"), ("优惠券", "coupon"),
    ("地址", "address"), ("付款", "payment"), ("投诉", "complaint"), ("致歉", "apology"), ("跟进", "follow-up"),
    ("宣传", "promotion"), ("告别", "closing"), ("感谢", "thanks"), ("评价", "review"), ("安全", "safety"), ("隐私", "privacy"),
)  # fmt: skip


@pytest.mark.parametrize("pair", NEEDED, ids=lambda pair: pair[1])
def test_a_shop_finds_what_it_needs_from_the_first_day(pair: tuple[str, str]) -> None:
    for word, replies in zip(pair, (CHINESE, ENGLISH), strict=True):
        assert any(
            word in (*reply.tags, reply.title.lower(), reply.folder) or word in reply.title.lower()
            for reply in replies
        )


def test_advice_of_the_course_texts_says_where_it_stands() -> None:
    sourced = [reply for reply in LIBRARY.replies if reply.source]
    assert len(sourced) >= 15
    assert all(re.fullmatch(r"00[0-4]@\d+(, 00[0-4]@\d+)*", reply.source) for reply in sourced)


@each_reply
def test_no_etiquette_rule_has_anything_to_say(reply: QuickReply) -> None:
    values = {slot.name: (slot.choices or ("8",))[0] for slot in reply.slots}
    for wording, _body in enumerate(reply.wordings):
        text = fill(reply, values, wording).expansion.text
        assert check(text, Context(lang=reply.lang), RULES) == ()
