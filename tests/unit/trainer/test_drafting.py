"""A conversation becomes a draft that the loader takes, without what identifies a person."""

from __future__ import annotations

import pytest

from csdesk.errors import Refused
from csdesk.model.conversation import Stage
from csdesk.model.message import Message, Sender
from csdesk.trainer.drafting import draft
from csdesk.trainer.playing import play_model
from csdesk.trainer.reading import read_text
from csdesk.trainer.soundness import problems_of

TALK = (
    (Sender.CUSTOMER, "我是林晓梅，订单202611220001怎么还没到？"),
    (Sender.CUSTOMER, '电话13812345678，"快点"\n住人民路12号3单元'),
    (Sender.NOTE, "她上次也投诉过"),
    (Sender.AUTO, "稍等"),
    (Sender.AGENT, "林晓梅您好，林女士马上查：一会儿发到 lin@example.com"),
    (Sender.CUSTOMER, "好的 # 谢谢 {x} [y] 林晓梅"),
)


def _messages(talk: tuple[tuple[Sender, str], ...]) -> list[Message]:
    return [Message(at, b"", 1, sender, "Mia", text, at) for at, (sender, text) in enumerate(talk)]


def test_a_draft_is_redacted_and_taken_by_the_loader() -> None:
    text = draft(_messages(TALK), ["林晓梅", "Mia", ""], "7K3Q9FAB12", Stage.AFTERSALE)
    for secret in (
        "林晓梅",
        "13812345678",
        "202611220001",
        "lin@example.com",
        "人民路12号",
        "投诉过",
        "稍等",
    ):
        assert secret not in text
    read = read_text(text.encode(), "draft.yaml")
    assert read.problems == () and read.scenario is not None
    scenario = read.scenario
    assert scenario.is_draft and scenario.id == "zh.draft-7k3q9fab12" and problems_of(scenario) == ()
    assert [node.says[0].count("\n") for node in scenario.nodes.values()] == [2, 0]
    assert scenario.nodes["n2"].says == ("好的 # 谢谢 {x} [y] 客户",)
    assert [turn.node for turn in play_model(scenario).turns] == ["n1", "n2"]


def test_an_english_one_stays_english() -> None:
    text = draft(
        _messages(((Sender.CUSTOMER, "Where is it? Ann Lee"), (Sender.AGENT, "Hi Ann Lee"))),
        ["Ann Lee"],
        "AB",
        None,
    )
    assert "lang: en" in text and "the customer" in text and "Ann" not in text


@pytest.mark.parametrize("talk", [(), ((Sender.AGENT, "您好"),), ((Sender.CUSTOMER, "  "),)])
def test_nobody_spoke(talk: tuple[tuple[Sender, str], ...]) -> None:
    with pytest.raises(Refused):
        draft(_messages(talk), [], "AB", None)
