"""A small scenario for tests: a customer asks a price, then says goodbye."""

from __future__ import annotations

from csdesk.trainer.reading import ReadScenario, read_text
from csdesk.trainer.scenario import Scenario

SMALL = """\
schema: csdesk.scenario/1
id: zh.small
title: 问价格
lang: zh
theme: presale
stage: presale
difficulty: 1
seeds: ["004@4342"]
lesson: 答价格，好好告别。
customer: 小李
mood: 0
facts:
  price: {card: 69元, worth: 2, said: ['69'], wrong: ['59(?:元|块)'], fatal: invented}
never:
  - {said: [骗子], why: 不骂人。}
nodes:
  open:
    say: [多少钱？, 什么价？, 请问价格]
    need: [greet, price]
    model: 您好，这件69元。
    next:
      - {if: [price], mood: 1, goto: bye}
      - {say: [我问价格], max: 1, mood: -1}
      - {goto: gone}
  bye:
    say: [好，谢谢]
    model: 谢谢您，还有什么需要吗？欢迎您下次光临。
    end: solved
  gone:
    say: [算了]
    end: lost
transcripts:
  good: [您好，69元。, 谢谢您，还有别的需要吗？随时联系我。]
  mediocre: [69元, 嗯]
  bad: [不知道, 自己看]
"""


def read_small(*changes: tuple[str, str]) -> ReadScenario:
    """The scenario with parts of its text replaced; each part has to be there."""
    text = SMALL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_text(text.encode(), "small.yaml")


def small(*changes: tuple[str, str]) -> Scenario:
    """The same, sound."""
    read = read_small(*changes)
    assert read.scenario is not None, [str(problem) for problem in read.problems]
    return read.scenario
