"""All that a quick reply may say, written in its form by keys alone, and saved without a trace of what is empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from textual.pilot import Pilot

from csdesk.desk.context import Desk
from csdesk.tui.screens.modals import ChoiceQuestion, Question
from csdesk.tui.screens.reply_form import LABELS, ReplyForm
from csdesk.tui.screens.reply_parts import FallbackForm
from csdesk.tui.screens.reply_terms import AfterForm, OfferForm
from tests.desks import open_desk
from tests.tui.test_desk import opened, three_wait, until
from tests.tui.test_replies_screen import PACK, form, manager, own, wrong_at

Q = TypeVar("Q", bound=Question)  # type: ignore[type-arg]

BODY = "    body: Good to see you.  # kept\n"
TERMS = """\
    stage: aftersale
    tier: [A, C]
    channels: [email]
    body: Good to see you.  # kept
    valid:
      until: '2030-01-31'
      days: [mon, sun]
      hours: '09:00-18:00'
    actions: [{label: refund}, {label: late}, {snooze: 2h}, {priority: high}]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    own().parent.mkdir(parents=True)
    own().write_text(PACK, "utf-8")
    opened_desk = open_desk(tmp_path / "desk.db")
    three_wait(opened_desk)
    yield opened_desk
    opened_desk.close()


async def on_top(pilot: Pilot[int], kind: type[Q]) -> Q:
    await until(pilot, lambda: isinstance(pilot.app.screen, kind))
    shown = pilot.app.screen
    assert isinstance(shown, kind)
    return shown


async def edited(pilot: Pilot[int]) -> ReplyForm:
    await pilot.press("e")
    return await form(pilot)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_the_arrows_walk_every_field_and_the_one_they_are_at_is_seen(
    desk: Desk, size: tuple[int, int]
) -> None:
    async with opened(desk, size) as (pilot, screen):
        await manager(pilot, screen)
        asked = await edited(pilot)
        names = [*LABELS]
        for name in names:
            assert asked.focused_name == name
            field = asked.fields[name].region
            assert field.height and asked.query_one("#fields").region.contains_region(field)
            assert asked.region.contains_region(asked.foot.region)
            await pilot.press("down")
        assert asked.focused_name == names[0]
        for name in reversed(names):
            await pilot.press("up")
            assert asked.focused_name == name
        if size != (40, 12):
            assert asked.query_one("#fields").max_scroll_y == 0, "all of it is seen at once"


@pytest.mark.parametrize("size", [(40, 12), (80, 24)])
@pytest.mark.parametrize(("ups", "kind"), [(2, OfferForm), (1, AfterForm)])
async def test_the_forms_behind_are_walked_at_any_size(
    desk: Desk, size: tuple[int, int], ups: int, kind: type[OfferForm | AfterForm]
) -> None:
    async with opened(desk, size) as (pilot, screen):
        await manager(pilot, screen)
        await edited(pilot)
        await pilot.press(*["up"] * ups, "enter")
        asked = await on_top(pilot, kind)
        for name in asked.LABELS:
            assert asked.focused_name == name
            field = asked.fields[name].region
            assert field.height and asked.query_one("#fields").region.contains_region(field)
            assert asked.region.contains_region(asked.foot.region)
            await pilot.press("enter")


async def test_when_it_is_offered_and_what_happens_after_are_written_by_keys(desk: Desk) -> None:
    async with opened(desk, (80, 24)) as (pilot, screen):
        shown = await manager(pilot, screen)
        asked = await edited(pilot)
        await pilot.press("up", "up", "enter")
        await on_top(pilot, OfferForm)
        await pilot.press("left", "down")  # the last stage
        await pilot.press("space", "3", "down")
        await pilot.press("right", "space", "down")
        await pilot.press("down", *"2030/1/31", "down")
        await pilot.press("1", "left", "space", "down")
        await pilot.press(*"9-18", "ctrl+s")
        await form(pilot)
        assert asked.focused_name == "offered"
        told = str(asked.fields["offered"].render())
        assert told.startswith("after-sale · A C · mail · until 2030-01-31, 09:00-18:00 · Mo")
        await pilot.press("down", "enter")
        await on_top(pilot, AfterForm)
        await pilot.press(*"refund, late", "down", *"2 hours", "down", "down", "3", "ctrl+s")
        await form(pilot)
        told = str(asked.fields["after"].render())
        assert told == "label refund · label late · snooze 2h · priority high"
        assert own().read_text("utf-8") == PACK
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown)
        assert own().read_text("utf-8") == PACK.replace(BODY, TERMS)
        await pilot.press("z")
        await until(pilot, lambda: own().read_text("utf-8") == PACK)


async def test_what_is_emptied_leaves_the_file(desk: Desk) -> None:
    more = "    aliases: [z2]\n    fallback: Good day.\n    subject: Hello\n"
    full = PACK.replace(BODY, TERMS + more)
    own().write_text(full, "utf-8")
    async with opened(desk, (80, 24)) as (pilot, screen):
        shown = await manager(pilot, screen)
        asked = await edited(pilot)
        await pilot.press("up", "up", "enter")
        await on_top(pilot, OfferForm)
        for _field in range(7):
            await pilot.press("end", *["backspace"] * 16, "down")
        await pilot.press("ctrl+s")
        await form(pilot)
        assert str(asked.fields["offered"].render()) == "always"
        await pilot.press("down", "enter")
        await on_top(pilot, AfterForm)
        for _field in range(4):
            await pilot.press("end", *["backspace"] * 16, "down")
        await pilot.press("ctrl+s")
        await form(pilot)
        assert str(asked.fields["after"].render()) == "nothing else"
        for name in ("aliases", "subject"):
            asked.fields[name].focus()
            await pilot.press("end", *["backspace"] * 8)
        asked.fields["fallback"].focus()
        await pilot.press("enter")
        await on_top(pilot, FallbackForm)
        await pilot.press("end", *["backspace"] * 12, "ctrl+s")
        await form(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown)
        assert own().read_text("utf-8") == PACK
        await pilot.press("z")
        await until(pilot, lambda: own().read_text("utf-8") == full)


async def test_the_other_codes_the_subject_and_the_fallback_are_written(desk: Desk) -> None:
    async with opened(desk, (80, 24)) as (pilot, screen):
        shown = await manager(pilot, screen)
        asked = await edited(pilot)
        await pilot.press("down", "down", *"hello, HI")
        asked.fields["fallback"].focus()
        await pilot.press("enter")
        await on_top(pilot, FallbackForm)
        await pilot.press(*"Good day.", "ctrl+s")
        await form(pilot)
        assert str(asked.fields["fallback"].render()) == "Good day."
        await pilot.press("down", *"Your order", "ctrl+s")
        await until(pilot, lambda: pilot.app.screen is shown)
        text = own().read_text("utf-8")
        assert "  - code: zz\n    aliases: [hello, hi]\n    title: First\n" in text
        assert (
            "    subject: Your order\n    body: Good to see you.  # kept\n    fallback: Good day.\n" in text
        )


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("code", " !", "Small letters and digits"),
        ("aliases", "zy", "Choose another alias."),
        ("aliases", "zz", "other than the code"),
        ("tags", "x" * 41, "40"),
        ("subject", "{{contact.nam}}", "contact.name"),
        ("body", "{{contact.nam}}", "contact.name"),
    ],
)
async def test_what_is_no_good_is_told_below_its_field_until_it_is_changed(
    desk: Desk, field: str, typed: str, told: str
) -> None:
    async with opened(desk, (80, 24)) as (pilot, screen):
        await manager(pilot, screen)
        asked = await edited(pilot)
        asked.fields[field].focus()
        await pilot.press("end", *typed)
        asked.fields["note"].focus()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: told in wrong_at(asked, field))
        assert (pilot.app.screen, asked.focused_name) == (asked, field)
        assert asked.query_one("#fields").region.contains_region(asked.rows[field].region)
        assert [name for name in LABELS if wrong_at(asked, name)] == [field]
        assert own().read_text("utf-8") == PACK
        await pilot.press("x")
        await until(pilot, lambda: not wrong_at(asked, field))


@pytest.mark.parametrize(
    ("down", "typed", "field", "told"),
    [
        (3, "someday", "from", "2026-11-25"),
        (4, "2026-02-30", "until", "calendar"),
        (6, "mornings", "hours", "22:00-06:00 over midnight"),
    ],
)
async def test_a_day_or_an_hour_that_is_none_says_how_they_are_written(
    desk: Desk, down: int, typed: str, field: str, told: str
) -> None:
    async with opened(desk, (80, 24)) as (pilot, screen):
        await manager(pilot, screen)
        await edited(pilot)
        await pilot.press("up", "up", "enter")
        asked = await on_top(pilot, OfferForm)
        await pilot.press(*["down"] * down, *typed, "up", "ctrl+s")
        await until(pilot, lambda: told in wrong_at(asked, field))
        assert asked.focused_name == field
        assert asked.is_changed


async def test_days_in_the_wrong_order_and_what_excludes_each_other_are_refused(desk: Desk) -> None:
    async with opened(desk, (80, 24)) as (pilot, screen):
        await manager(pilot, screen)
        await edited(pilot)
        await pilot.press("up", "up", "enter")
        offer = await on_top(pilot, OfferForm)
        await pilot.press("down", "down", "down", *"2026-11-11", "down", *"2026-11-01", "ctrl+s")
        await until(pilot, lambda: "before" in wrong_at(offer, "until"))
        await pilot.press("end", "backspace", "backspace", "2", "8", "ctrl+s")
        await form(pilot)
        await pilot.press("down", "enter")
        after = await on_top(pilot, AfterForm)
        await pilot.press("down", *"soon", "down", "right", "ctrl+s")
        await until(pilot, lambda: "30m, 2h, 1d or reply" in wrong_at(after, "snooze"))
        assert "both" in wrong_at(after, "status")
        await pilot.press("end", *["backspace"] * 4, "ctrl+s")
        await form(pilot)


async def test_a_day_is_shown_as_it_is_read_once_its_field_is_left(desk: Desk) -> None:
    async with opened(desk, (80, 24)) as (pilot, screen):
        await manager(pilot, screen)
        await edited(pilot)
        await pilot.press("up", "up", "enter")
        asked = await on_top(pilot, OfferForm)
        await pilot.press("down", "down", "down", *"2030.1.31", "down")
        await until(pilot, lambda: asked.texts["from"] == "2030-01-31")


async def test_esc_asks_before_it_drops_what_was_chosen_there(desk: Desk) -> None:
    async with opened(desk, (80, 24)) as (pilot, screen):
        await manager(pilot, screen)
        asked = await edited(pilot)
        await pilot.press("up", "enter")
        await on_top(pilot, AfterForm)
        await pilot.press("escape")
        assert await form(pilot) is asked
        await pilot.press("enter")
        await on_top(pilot, AfterForm)
        await pilot.press("up", "right", "escape")
        await on_top(pilot, ChoiceQuestion)
        await pilot.press("3")
        assert await form(pilot) is asked
        assert not asked.is_changed
        await pilot.press("enter")
        await on_top(pilot, AfterForm)
        await pilot.press("up", "right", "escape")
        await on_top(pilot, ChoiceQuestion)
        await pilot.press("1")
        assert await form(pilot) is asked
        assert str(asked.fields["after"].render()) == "priority low"
