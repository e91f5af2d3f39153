"""Automatic texts: which, when, and once; who is there; what they say."""

from __future__ import annotations

import runpy
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from csdesk.availability import texts
from csdesk.availability.autoreply import Block, Decision, decide, is_late, judge
from csdesk.availability.facts import (
    Colleague,
    Doors,
    Moment,
    Notice,
    Policy,
    Presence,
    Reach,
    Talk,
    Told,
    reach,
)
from csdesk.availability.rules import (
    AFTER_AGENT_MS,
    BUSY_AFTER_MS,
    GAP_MS,
    LATE_MS,
    MAIL_PAUSE_MS,
    TABLE,
    Rule,
)
from csdesk.config import AutomaticSettings
from csdesk.config_checks import RULES
from csdesk.model.availability import NEVER_HERE, Availability, Cause, Standing

ROOT = Path(__file__).parents[3]
NOW = 1_795_313_162_000
MINUTE = 60_000
ALL = Policy(frozenset(Rule))
HERE = Reach(Presence.HERE)
GONE = Reach(Presence.AWAY, 1, NOW - MINUTE)
SHUT = Reach(Presence.CLOSED, 0, NOW - 3_600_000, NOW + 3_600_000)
WROTE = Talk(customer_at=NOW - 30_000, since=NOW - 30_000)
MOMENT = Moment(NOW)


def stands(status: Availability, at: int = NOW, agent: int = 1, *, is_full: bool = False) -> Colleague:
    episode = at if status in (Availability.AWAY, Availability.OFFLINE) else None
    return Colleague(agent, Standing(status, Cause.IDLE, at, episode), is_full)


def block(rule: Rule, talk: Talk, at: Reach, moment: Moment = MOMENT, policy: Policy = ALL) -> Block | None:
    return next(each.block for each in judge(talk, at, policy, moment) if each.rule is rule)


def told(rule: Rule, agent: int = 0, episode: int = 0, *, wait: int | None = None, ago: int = MINUTE) -> Told:
    return Told(rule, agent, episode, wait, NOW - ago)


def test_the_table_is_the_settings_table() -> None:
    assert [terms.rule for terms in TABLE] == list(Rule) == [Rule(name) for name in RULES]
    usual = AutomaticSettings()
    for terms in TABLE:
        if terms.rule is not Rule.NOTICE:
            assert getattr(usual, terms.rule) is terms.is_on
    assert Policy().wait_ms("A") == usual.wait_ms("A")


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        (WROTE, None),
        (replace(WROTE, is_from_machine=True), Block.MACHINE),
        (replace(WROTE, is_blocked=True), Block.BLOCKED),
        (replace(WROTE, told=(told(Rule.AWAY, 1, NOW - MINUTE),)), Block.TOLD),
        (replace(WROTE, told=(told(Rule.AWAY, 1, 5), told(Rule.AWAY, 2, NOW - MINUTE))), None),
        (replace(WROTE, customer_at=NOW - LATE_MS), None),
        (replace(WROTE, customer_at=NOW - LATE_MS - 1), Block.LATE),
        (replace(WROTE, agent_at=NOW - AFTER_AGENT_MS + 1), Block.AGENT),
        (replace(WROTE, agent_at=NOW - AFTER_AGENT_MS), None),
        (replace(WROTE, agent_at=NOW + 5), Block.AGENT),
        (replace(WROTE, is_mail=True, mailed_at=NOW - MAIL_PAUSE_MS + 1), Block.MAILED),
        (replace(WROTE, is_mail=True, mailed_at=NOW - MAIL_PAUSE_MS), None),
        (replace(WROTE, told=(told(Rule.WAIT, ago=GAP_MS - 1),)), Block.GAP),
        (replace(WROTE, is_mail=True, told=(told(Rule.ACK, wait=WROTE.since),)), Block.OTHER_TOLD),
        (replace(WROTE, is_mail=True, told=(told(Rule.ACK, wait=5),)), None),
        (replace(WROTE, since=None), Block.NO_OCCASION),
    ],
)
def test_who_is_told_of_an_absence(talk: Talk, why: Block | None) -> None:
    assert block(Rule.AWAY, talk, GONE) is why


def test_what_nobody_watched_is_not_told_afterwards() -> None:
    """A message and an absence from before: no. A new message of an old absence, or the reverse: yes."""
    since = Moment(NOW, WROTE.customer_at + 1)
    assert block(Rule.AWAY, WROTE, GONE, since) is Block.UNWATCHED
    assert block(Rule.AWAY, WROTE, GONE, Moment(NOW, WROTE.customer_at)) is None
    assert block(Rule.AWAY, WROTE, replace(GONE, episode=NOW - 5), since) is None


def test_who_has_waited_is_asked_to_wait_by_tier() -> None:
    policy = replace(ALL, wait_ms=lambda tier: 20_000 if tier == "A" else 100_000)
    assert block(Rule.WAIT, replace(WROTE, tier="A"), HERE, policy=policy) is None
    assert block(Rule.WAIT, WROTE, HERE, policy=policy) is Block.NOT_YET
    late = Moment(NOW + 70_000)
    assert block(Rule.WAIT, WROTE, HERE, late, policy) is None
    answered = replace(WROTE, agent_at=WROTE.customer_at - 1_000)
    assert block(Rule.WAIT, answered, HERE, Moment(NOW + 300_000), policy) is Block.NOT_YET
    assert block(Rule.WAIT, answered, HERE, Moment(NOW + 369_000), policy) is None
    assert block(Rule.WAIT, WROTE, HERE, Moment(NOW + 70_000, NOW), policy) is Block.NOT_YET
    assert block(Rule.WAIT, WROTE, GONE, late, policy) is Block.NO_OCCASION


def test_busy_by_choice_and_on_hold() -> None:
    chosen = reach([stands(Availability.BUSY), stands(Availability.ONLINE, agent=2, is_full=True)], Doors())
    assert chosen == Reach(Presence.BUSY, 1, NOW)
    full = reach([stands(Availability.ONLINE, is_full=True), stands(Availability.AWAY, agent=2)], Doors())
    assert full == Reach(Presence.BUSY)
    assert block(Rule.BUSY, replace(WROTE, since=NOW - BUSY_AFTER_MS + 1), full) is Block.NOT_YET
    assert decide(WROTE, full, ALL, MOMENT) == Decision(Rule.BUSY, 0, NOW - 30_000)
    assert decide(WROTE, chosen, ALL, MOMENT) == Decision(Rule.BUSY, 1, NOW)
    assert (
        block(Rule.BUSY, replace(WROTE, told=(told(Rule.WAIT, wait=WROTE.since),)), full) is Block.OTHER_TOLD
    )


def test_who_is_there() -> None:
    away, offline = stands(Availability.AWAY, NOW), stands(Availability.OFFLINE, NOW, 2)
    never = Colleague(3, NEVER_HERE)
    shut = Doors(False, NOW - 5, NOW + 5)
    assert reach([away, offline, stands(Availability.ONLINE, NOW, 3)], shut).presence is Presence.HERE
    assert reach([away, offline, never], Doors()) == Reach(Presence.AWAY, 1, NOW)
    assert reach([away, offline], shut) == Reach(Presence.CLOSED, 0, NOW - 5, NOW + 5)
    assert reach([offline], Doors()) == Reach(Presence.CLOSED, 0, NOW)
    assert reach([never], shut) == reach([], Doors()) == Reach(Presence.NOBODY)
    later = stands(Availability.AWAY, NOW + 5, 4)
    assert reach([later, away], Doors()) == Reach(Presence.AWAY, 4, NOW + 5)


def test_what_goes_first_and_where() -> None:
    mail = replace(WROTE, is_mail=True)
    assert decide(mail, SHUT, ALL, MOMENT) == Decision(Rule.ACK, 0, WROTE.since or 0)
    assert decide(WROTE, SHUT, ALL, MOMENT) == Decision(Rule.HOURS, 0, NOW - 3_600_000)
    assert decide(WROTE, HERE, ALL, MOMENT) == Decision(Rule.WELCOME, 0, 0)
    assert decide(WROTE, HERE, Policy(), MOMENT) is None
    assert decide(WROTE, Reach(Presence.NOBODY), ALL, MOMENT) is None
    for only_chat in (Rule.BUSY, Rule.WELCOME, Rule.WAIT, Rule.CLOSING):
        assert block(only_chat, mail, HERE) is Block.CHANNEL
    assert block(Rule.ACK, WROTE, HERE) is Block.CHANNEL


def test_a_goodbye_comes_when_the_agents_own_has_had_its_time() -> None:
    closed = Talk(NOW - 400_000, agent_at=NOW - 299_000, resolved_at=NOW - 290_000)
    assert block(Rule.CLOSING, closed, HERE) is Block.AGENT
    assert decide(closed, HERE, ALL, Moment(NOW + 1_000)) == Decision(Rule.CLOSING, 0, NOW - 290_000)
    assert block(Rule.CLOSING, replace(closed, agent_at=None), HERE) is Block.NO_OCCASION
    assert block(Rule.CLOSING, closed, HERE, Moment(NOW + LATE_MS)) is Block.LATE


def test_a_notice_goes_below_another_text_or_alone_and_never_stale() -> None:
    notice = Notice(77, NOW, NOW + LATE_MS)
    policy = replace(ALL, notice=notice)
    assert decide(WROTE, HERE, policy, MOMENT) == Decision(Rule.WELCOME, 0, 0, notice=77)
    alone = replace(policy, rules=frozenset({Rule.NOTICE}))
    assert decide(WROTE, HERE, alone, MOMENT) == Decision(Rule.NOTICE, 0, 77)
    assert decide(replace(WROTE, is_mail=True), HERE, alone, MOMENT) is None
    assert (
        block(Rule.NOTICE, replace(WROTE, told=(told(Rule.NOTICE, 0, 77),)), HERE, policy=policy)
        is Block.TOLD
    )
    assert block(Rule.NOTICE, replace(WROTE, agent_at=5), HERE, policy=policy) is Block.NO_OCCASION
    for stale in (Moment(NOW + 1), Moment(NOW - 1)):
        assert block(Rule.NOTICE, WROTE, HERE, stale, policy) is Block.NO_OCCASION


def test_a_text_that_waited_too_long_does_not_leave() -> None:
    assert not is_late(NOW - LATE_MS, NOW)
    assert is_late(NOW - LATE_MS - 1, NOW)


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is UTC+8."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("shanghai")
def test_times_in_the_customers_language() -> None:
    hour, day = 3_600_000, 86_400_000
    assert texts.around("zh-CN", NOW + hour, NOW) == "约 11:06 "
    assert texts.around("en", NOW + hour, NOW) == "around 11:06"
    assert texts.around("zh", NOW + day, NOW) == "11月23日约 10:06 "
    assert texts.around("en", NOW + day, NOW) == "on 2026-11-23 around 10:06"
    assert texts.by("zh", NOW + hour, NOW) == "今天 11:06 前"
    assert texts.by("en", NOW + day, NOW) == "on 2026-11-23 by 10:06"


@pytest.mark.parametrize("rule", Rule)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_our_texts_leave_no_slot_open(rule: Rule, lang: str) -> None:
    said = texts.fill(texts.chosen({}, "web", rule, lang), {})
    assert "{" not in said and "}" not in said and (said or rule is Rule.NOTICE)


def test_an_own_text_goes_before_ours_the_inboxs_first() -> None:
    own = {"away.zh": "一般", "web.away.zh": "网页{{no.such}}", "away.zh-TW": "繁體"}
    assert texts.fill(texts.chosen(own, "web", Rule.AWAY, "zh_CN"), {}) == "网页"
    assert texts.chosen(own, "app", Rule.AWAY, "zh-CN") == "一般"
    assert texts.chosen(own, "app", Rule.AWAY, "zh-TW") == "繁體"
    assert "away from my desk" in texts.chosen(own, "web", Rule.AWAY, "fr")


def test_a_name_is_not_read_as_a_template() -> None:
    said = texts.fill(texts.chosen({}, "web", Rule.AWAY, "zh"), {"contact.name": "{{agent.phone}}"})
    assert said.startswith("{{agent.phone}}您好")


def test_the_page_of_rules_is_made_from_them() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "rules_docs.py"))["page"]()
    assert (ROOT / "docs" / "automatic-texts.md").read_text("utf-8") == page
