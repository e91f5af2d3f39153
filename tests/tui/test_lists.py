"""The queue: paging by key, a cursor that stays on its conversation, and only what changed drawn again."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.events import MouseScrollDown

from csdesk.i18n import set_language
from csdesk.model.conversation import Status, View
from csdesk.store.queue_filters import QueueFilter
from csdesk.tui.glyphs import use_glyphs
from csdesk.tui.sources import QueueSource
from csdesk.tui.times import wait_text
from csdesk.tui.widgets.queue_list import QueueList
from csdesk.tui.widgets.row_view import RowView
from csdesk.tui.widgets.row_window import MOST
from tests.desks import hears, open_desk
from tests.tui.harness import FIRST_PLACE, NOW, SAMPLE_ROWS, Harness, MemoryRows, harness, row
from tests.tui.test_desk import click


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    set_language("en")


def texts(app: Harness) -> list[str]:
    queue = app.desk.query_one(QueueList)
    return [queue.render_line(y).text for y in range(queue.size.height)]


def view_of(count: int, height: int = 30, row_height: int = 3) -> tuple[RowView, MemoryRows]:
    source = MemoryRows([row(number) for number in range(1, count + 1)])
    return RowView(source, row_height, height), source


# Where the list stands


def test_walking_down_and_up_visits_each_row_once_in_a_bounded_window() -> None:
    view, _source = view_of(1_700)
    seen = [view.selected.id] if view.selected else []
    for _ in range(1_800):
        view.move_by(1)
        assert view.selected is not None
        if view.selected.id != seen[-1]:
            seen.append(view.selected.id)
        assert len(view.window) <= MOST + 100
        assert 0 <= view.cursor * 3 - view.top <= 30 - 3
    assert seen == list(range(1, 1_701))
    for _ in range(1_800):
        view.move_by(-1)
    assert view.selected is not None
    assert (view.selected.id, view.top, view.window.start) == (1, 0, 0)


def test_home_and_end_jump_without_reading_what_lies_between() -> None:
    view, source = view_of(100_000)
    source.reads = 0
    view.to_last()
    assert view.selected is not None
    assert view.selected.id == 100_000
    assert view.extent()[1] == 1.0
    assert source.reads <= 3
    view.to_first()
    assert view.selected.id == 1
    assert view.extent()[0] == 0.0


def test_the_scroll_mark_tells_the_place_after_a_jump_into_the_middle() -> None:
    view, _source = view_of(10_000)
    assert view.select(5_000)
    assert view.selected is not None
    assert view.selected.id == 5_000
    assert not view.select(20_000)


def test_cursor_stays_on_its_conversation_when_rows_come_and_go_above() -> None:
    view, source = view_of(50)
    view.move_by(20)
    before = view.shown()
    source.set([*source.rows[3:], row(100, place=0)])
    view.reload()
    after = view.shown()
    assert view.selected is not None
    assert view.selected.id == 21
    assert after.rows == before.rows
    assert after.selected == before.selected


def test_cursor_follows_its_conversation_when_it_moves_far_away() -> None:
    view, source = view_of(3_000)
    view.move_by(5)
    moved = replace(source.rows[5], place=999_999_999_999, version=2)
    source.set([*source.rows[:5], *source.rows[6:], moved])
    view.reload()
    assert view.selected == moved
    assert view.top <= view.cursor * 3 < view.top + 30


def test_cursor_goes_to_the_next_row_when_its_conversation_leaves() -> None:
    view, source = view_of(10)
    view.move_by(4)
    source.set([one for one in source.rows if one.id != 5])
    view.reload()
    assert view.selected is not None
    assert view.selected.id == 6
    source.set([])
    view.reload()
    assert view.selected is None


def test_any_sequence_of_moves_and_changes_keeps_the_view_inside_the_rows() -> None:
    pick = random.Random(5)
    view, source = view_of(900, height=17)
    fresh = 10_000
    for _ in range(600):
        step = pick.choice(["move", "move", "scroll", "first", "last", "remove", "add", "reorder"])
        if step == "move":
            view.move_by(pick.choice([-40, -1, 1, 7, 90]))
        elif step == "scroll":
            view.scroll_by(pick.choice([-90, -3, 3, 90]))
        elif step in ("first", "last"):
            view.to_first() if step == "first" else view.to_last()
        else:
            rows = list(source.rows)
            if step == "remove" and rows:
                rows = rows[:-1] if pick.random() < 0.2 else [r for r in rows if pick.random() > 0.02]
            elif step == "add":
                fresh += 1
                rows.append(row(fresh, place=FIRST_PLACE + pick.randrange(10_000)))
            else:
                place = pick.randrange(len(rows))
                rows[place] = replace(rows[place], version=2, place=FIRST_PLACE + pick.randrange(10_000))
            kept = view.selected
            source.set(rows)
            view.reload()
            if kept is not None and any(one.id == kept.id for one in rows):
                assert view.selected is not None
                assert view.selected.id == kept.id
        count = len(view.window)
        assert 0 <= view.top <= max(0, count * 3 - 17)
        assert 0 <= view.cursor < max(1, count)
        keys = [one.key for one in view.window.rows]
        assert keys == sorted(set(keys))
        start = source.keys.index(keys[0])
        assert keys == source.keys[start : start + count]


# What is drawn


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00"),
        (192, "03:12"),
        (3_723, "1:02:03"),
        (50_700, "14h05"),
        (273_600, "3d04h"),
        (35_596_800, "412d"),
    ],
)
def test_waits_are_short_and_plain(seconds: int, text: str) -> None:
    assert wait_text(seconds * 1000) == text


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24), (60, 20)])
async def test_each_line_is_exactly_as_wide_as_the_list(size: tuple[int, int]) -> None:
    app = harness()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        width = app.desk.query_one(QueueList).size.width
        assert {cell_len(text) for text in texts(app)} == {width}


async def test_rows_say_who_how_long_and_what() -> None:
    app = harness()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        lines = texts(app)
        assert lines[0].startswith("▌ ◆ 03:12  林女士 A")
        assert lines[0].rstrip().endswith("after-sale")
        assert lines[1].startswith("▌   快递怎么还没到？都五天了！")
        assert lines[2].strip() == ""
        assert lines[3].startswith("  ▲ 01:52  王先生 B")
        assert lines[9].startswith("    00:58  访客")
        assert "✎" in lines[10]
        assert "✗ failed" in lines[16]
        assert "!!" in lines[18]
        assert "Reply: 好的" in lines[22]


async def test_compact_rows_take_one_line() -> None:
    app = harness(density="compact")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        lines = texts(app)
        assert lines[0].startswith("▌ ◆ 03:12  林女士 A  快递")
        assert lines[1].startswith("  ▲ 01:52  王先生 B")


async def test_ascii_glyphs_replace_every_sign_of_ours() -> None:
    use_glyphs("ascii")
    try:
        app = harness([row(1, contact_name="Ann", preview="hi", marks=3, waiting_since=NOW - 200_000)])
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            assert all(line.isascii() for line in texts(app))
    finally:
        use_glyphs("unicode")


async def test_hostile_names_and_previews_stay_text_of_the_right_width() -> None:
    nasty = "\x1b]52;c;AAAA\x07[/x][@click=app.quit]\u202eevil\u202c 👨‍👩‍👧 \x9b31m"
    app = harness([row(1, contact_name=nasty, preview=nasty), row(2)])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for text in texts(app):
            assert all(ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0 and c != "\u202e" for c in text)
            assert cell_len(text) == app.desk.query_one(QueueList).size.width


# Keys, mouse, ticks


async def test_moving_opening_and_telling_the_screen() -> None:
    app = harness()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j", "down", "ｊ", "k", "enter")
        await pilot.pause()
        assert app.desk.events[-1] == ("opened", 3)
        assert ("highlighted", 3) in app.desk.events
        await pilot.press("G")
        assert app.desk.query_one(QueueList).selected_id == 10
        await pilot.press("home")
        assert app.desk.query_one(QueueList).selected_id == 1


async def test_mouse_selects_then_opens_and_the_wheel_scrolls() -> None:
    app = harness([row(number) for number in range(1, 200)])
    async with app.run_test(size=(120, 40)) as pilot:
        queue = app.desk.query_one(QueueList)
        await click(pilot, QueueList, offset=(5, 4))
        assert queue.selected_id == 2
        assert ("opened", 2) not in app.desk.events
        await click(pilot, QueueList, offset=(5, 4))
        await pilot.pause()
        assert ("opened", 2) in app.desk.events
        await pilot._post_mouse_events([MouseScrollDown], QueueList)
        assert queue.top == 3
        assert queue.selected_id == 2


async def test_a_tick_draws_only_ages_that_look_different(monkeypatch: pytest.MonkeyPatch) -> None:
    app = harness([*SAMPLE_ROWS[:3], row(9, status=Status.RESOLVED, waiting_since=None)])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        queue = app.desk.query_one(QueueList)
        queue.tick(NOW)
        drawn: list[object] = []
        monkeypatch.setattr(queue, "refresh", lambda *regions, **_options: drawn.append(regions))
        queue.tick(NOW + 400)
        assert drawn == []
        queue.tick(NOW + 1_000)
        assert len(drawn) == 3
        assert {region.width for (region,) in drawn} == {8}  # type: ignore[misc]
        assert queue.render_line(0).text.startswith("▌ ◆ 03:13")


async def test_nothing_is_drawn_when_nothing_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = harness()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        queue = app.desk.query_one(QueueList)
        drawn: list[object] = []
        monkeypatch.setattr(queue, "refresh", lambda *regions, **_options: drawn.append(regions))
        queue.refresh_rows()
        queue.refresh_rows(set())
        assert drawn == []
        rows = app.desk.rows
        rows.set([replace(one, preview="新", version=2) if one.id == 2 else one for one in rows.rows])
        queue.refresh_rows({2})
        assert [region.y for (region,) in drawn] == [3]  # type: ignore[misc]


async def test_an_empty_queue_teaches() -> None:
    app = harness([])
    async with app.run_test(size=(120, 40)) as pilot:
        app.desk.query_one(QueueList).say_when_empty("No one is waiting.")
        await pilot.pause()
        assert any("No one is waiting." in text for text in texts(app))
        await pilot.press("j", "enter", "end", "pageup")
        assert app.desk.query_one(QueueList).selected_id is None


def test_a_filtered_list_counts_what_the_filter_leaves(tmp_path: Path) -> None:
    with closing(open_desk(tmp_path / "desk.db")) as desk:
        for number in range(5):
            hears(desk, f"t{number}", "return" if number < 2 else "hello")
        assert QueueSource(desk, View.WAITING).total() == 5
        assert QueueSource(desk, View.WAITING, QueueFilter(words=("return",))).total() == 2
