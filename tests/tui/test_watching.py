"""A trainee's desk and a teacher's watch on one store: what one does, the other sees."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from csdesk.desk import approving, people, sending, watching, work
from csdesk.desk.context import Desk
from csdesk.desk.runner import Runner
from csdesk.errors import CsdeskError
from csdesk.i18n import set_language
from csdesk.model.message import WHISPER, Delivery, Mode, Sender
from csdesk.model.people import Role
from csdesk.store import drafts, messages, outbox
from csdesk.store import people as known
from csdesk.store import watching as stored
from csdesk.text import cell_width
from csdesk.tui.screens.changed_reply import ChangedReply
from csdesk.tui.screens.modals import ChoiceQuestion
from csdesk.tui.screens.watch import WatchScreen
from csdesk.tui.watch_app import WatchApp
from tests.desks import Line, clock_of, hears, open_desk
from tests.tui.test_desk import opened, until, write

HOSTILE = "[/x] \x1b]2;mine\x07 [@click=app.quit]here[/]"


@pytest.fixture
def mia(tmp_path: Path) -> Iterator[Desk]:
    """The trainee's desk."""
    with open_desk(tmp_path / "desk.db") as desk:
        desk.store.write(lambda tx: people.edit_agent(tx, "Mia", {"role": Role.TRAINEE}))
        yield desk


@pytest.fixture
def lee(mia: Desk) -> Iterator[Desk]:
    """The teacher's, with a connection of its own as in another process."""
    with open_desk(mia.store.path, mia.clock, "Lee") as desk:
        yield desk


@asynccontextmanager
async def watched(
    lee: Desk, conversation: int | None = None, size: tuple[int, int] = (120, 40), name: str | None = "Mia"
) -> AsyncIterator[tuple[Pilot[int], WatchScreen]]:
    app = WatchApp(lee, watching.whom(lee, name), conversation)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WatchScreen))
        screen = app.screen
        assert isinstance(screen, WatchScreen)
        await until(pilot, lambda: screen.size.width == size[0] and shown_on(screen) != "")
        yield pilot, screen


def shown_on(screen: WatchScreen) -> str:
    """The whole screen as text."""
    return "\n".join("".join(segment.text for segment in line) for line in screen._compositor.render_strips())


def approved_by_lee(mia: Desk) -> None:
    mia.store.write(lambda tx: people.edit_agent(tx, "Mia", {"approver": "Lee"}))


def notes(desk: Desk, number: int) -> list[tuple[str, str | None]]:
    lines = messages.after(desk.store.reader(), number, None, 50, with_events=False)
    return [(line.text, line.rule) for line in lines if line.sender is Sender.NOTE]


async def test_the_teacher_sees_what_is_open_and_what_is_written(mia: Desk, lee: Desk) -> None:
    hears(mia, "t1", "在吗")
    clock_of(mia).advance(1_000)
    hears(mia, "t2", "快递呢")
    async with opened(mia) as (trainee, desk), watched(lee) as (teacher, screen):
        await until(trainee, lambda: desk.status_bar.watched_by == "Lee")
        await trainee.press("f8")
        await until(teacher, lambda: "在吗" in shown_on(screen))
        await write(trainee, "您好我看看")
        await until(teacher, lambda: "您好我看看" in shown_on(screen))
        await trainee.press("ctrl+down")
        await until(teacher, lambda: "快递呢" in shown_on(screen))
        assert "您好我看看" not in shown_on(screen)
        assert "Lee watches" in str(desk.status_bar.render_line(0).text)
    assert drafts.of_agent(lee.store.reader(), lee.agent.id) == []


async def test_a_whisper_is_seen_at_once_and_stays_between_the_two(mia: Desk, lee: Desk) -> None:
    number = hears(mia, "t1", "在吗")
    async with opened(mia) as (trainee, desk), watched(lee) as (teacher, screen):
        await trainee.press("f8")
        await until(teacher, lambda: "在吗" in shown_on(screen))
        await write(teacher, "先问候")
        await teacher.press("enter")
        await until(trainee, lambda: desk.card.is_open)
        assert "Lee whispers: 先问候" in str(desk.card.render())
        lines = desk.conversation.lines
        await until(trainee, lambda: lines.window_messages[-1].rule == WHISPER)
        assert screen.line.value == ""
    assert notes(mia, number) == [("先问候", WHISPER)]
    preview = mia.store.reader().execute("SELECT preview FROM conversation").fetchone()[0]
    assert preview == "在吗", "the queue goes on showing what the customer asks"


async def test_a_reply_waits_until_the_teacher_approves_it(mia: Desk, lee: Desk) -> None:
    hears(mia, "t1", "在吗")
    line = Line()
    runner = Runner(mia, [line])
    async with opened(mia) as (trainee, desk), watched(lee) as (teacher, screen):
        await trainee.press("f8")
        await teacher.press("f4")
        assert desk.composer is not None
        await until(trainee, lambda: desk.composer.mode_line.approver == "Lee")  # type: ignore[union-attr]
        await write(trainee, "马上发货")
        await trainee.press("ctrl+s")
        await until(teacher, lambda: screen.pending is not None)
        lines = desk.conversation.lines
        await until(trainee, lambda: lines.window_messages[-1].delivery is Delivery.APPROVAL)
        assert desk.status_bar.state.unapproved == 1
        clock_of(mia).advance(3_600_000)
        runner.step()
        assert line.asked == []
        await teacher.press("ctrl+s")
        await until(teacher, lambda: screen.pending is None)
        runner.step()
        assert list(line.delivered.values()) == ["马上发货"]
        await until(trainee, lambda: lines.window_messages[-1].delivery is Delivery.SENT)


async def test_a_returned_reply_is_in_the_composer_again(mia: Desk, lee: Desk) -> None:
    number = hears(mia, "t1", "在吗")
    approved_by_lee(mia)
    async with opened(mia) as (trainee, desk), watched(lee) as (teacher, screen):
        await trainee.press("f8")
        await write(trainee, "没有")
        await trainee.press("ctrl+s")
        await until(teacher, lambda: screen.pending is not None)
        await teacher.press("ctrl+r")
        assert screen.pending is not None and "Ctrl+R" in str(screen.card.render())
        await write(teacher, "说明原因")
        await teacher.press("ctrl+r")
        await until(trainee, lambda: desk.composer is not None and desk.composer.editor.text == "没有")
        assert screen.line.value == ""
        assert "说明原因" in str(desk.card.render())
        await trainee.press("end")
        await write(trainee, "了给您换一款")
        await trainee.press("ctrl+s")
        await until(teacher, lambda: screen.pending is not None and "换一款" in screen.pending.text)
    assert notes(mia, number) == [("说明原因", WHISPER)]
    assert drafts.of_agent(mia.store.reader(), mia.agent.id) == []


async def test_what_is_written_meanwhile_goes_first_and_the_returned_one_comes_back(
    mia: Desk, lee: Desk
) -> None:
    number = hears(mia, "t1", "在吗")
    approved_by_lee(mia)
    sent = sending.reply(mia, number, "没有")
    async with opened(mia) as (trainee, desk):
        await trainee.press("f8")
        composer = desk.composer
        assert composer is not None
        await write(trainee, "另外")
        approving.give_back(lee, sent.id, "why")
        await until(trainee, lambda: composer.mode_line.others == 1)
        assert composer.editor.text == "另外"
        await trainee.press("ctrl+s")
        await until(trainee, lambda: composer.editor.text == "没有")
        await until(trainee, lambda: composer.mode_line.others == 0)
    assert [each.text for each in outbox.unapproved(mia.store.reader())] == ["另外"]
    assert [each.draft.text for each in drafts.of_agent(mia.store.reader(), mia.agent.id)] == ["没有"]


async def test_the_returned_one_is_taken_behind_what_is_written(mia: Desk, lee: Desk) -> None:
    number = hears(mia, "t1", "在吗")
    approved_by_lee(mia)
    sent = sending.reply(mia, number, "没有")
    async with opened(mia) as (trainee, desk):
        await trainee.press("f8")
        composer = desk.composer
        assert composer is not None
        await write(trainee, "另外")
        approving.give_back(lee, sent.id, "why")
        await until(trainee, lambda: composer.mode_line.others == 1)
        desk.action_take_other_draft()
        await until(trainee, lambda: composer.editor.text == "没有\n另外")
        await until(trainee, lambda: len(drafts.of_agent(mia.store.reader(), mia.agent.id)) == 1)
        await trainee.press("ctrl+s")
        await until(trainee, lambda: composer.editor.text == "")
    assert drafts.of_agent(mia.store.reader(), mia.agent.id) == []


async def test_the_trainee_takes_a_waiting_reply_back_long_after(mia: Desk, lee: Desk) -> None:
    number = hears(mia, "t1", "在吗")
    approved_by_lee(mia)
    sending.reply(mia, number, "写错了")
    clock_of(mia).advance(600_000)
    async with opened(mia) as (trainee, desk):
        await trainee.press("f8")
        await trainee.press("ctrl+g")
        await until(trainee, lambda: desk.composer is not None and desk.composer.editor.text == "写错了")
    assert outbox.unapproved(mia.store.reader()) == []


async def test_the_teacher_changes_a_reply_before_it_leaves(mia: Desk, lee: Desk) -> None:
    number = hears(mia, "t1", "在吗")
    approved_by_lee(mia)
    sending.reply(mia, number, "在")
    async with watched(lee, number) as (teacher, screen):
        await until(teacher, lambda: screen.pending is not None)
        await teacher.press("ctrl+o")
        await until(teacher, lambda: isinstance(teacher.app.screen, ChangedReply))
        await teacher.press("escape")
        await until(teacher, lambda: teacher.app.screen is screen)
        assert screen.pending is not None
        await teacher.press("ctrl+o")
        await until(teacher, lambda: isinstance(teacher.app.screen, ChangedReply))
        await write(teacher, "的您请说")
        await teacher.press("ctrl+s")
        await until(teacher, lambda: screen.pending is None and teacher.app.screen is screen)
    (going,) = outbox.listed(mia.store.reader())
    assert (going.text, going.agent_name, going.state) == ("在的您请说", "Mia", Delivery.QUEUED)


async def test_what_was_decided_meanwhile_is_said(mia: Desk, lee: Desk) -> None:
    number = hears(mia, "t1", "在吗")
    approved_by_lee(mia)
    sent = sending.reply(mia, number, "在")
    async with watched(lee, number) as (teacher, screen):
        await until(teacher, lambda: screen.pending is not None)
        old = screen._view
        approving.approve(Desk(mia.store, mia.clock, mia.settings, people.me(mia.store, "Ann")), sent.id)
        await until(teacher, lambda: screen.pending is None)
        screen._view = old  # pressed before the feed had told
        screen.action_approve()
        await until(teacher, lambda: "does not wait" in str(screen.card.render()))
    assert [each.state for each in outbox.listed(mia.store.reader())] == [Delivery.QUEUED]


async def test_the_next_that_waits_is_anybodys(mia: Desk, lee: Desk) -> None:
    bo = Desk(mia.store, mia.clock, mia.settings, people.me(mia.store, "Bo"))
    approved_by_lee(mia)
    mia.store.write(lambda tx: people.edit_agent(tx, "Bo", {"approver": "Lee"}))
    first, second = hears(mia, "t1", "first asks"), hears(mia, "t2", "second asks")
    sending.reply(mia, first, "from Mia")
    clock_of(mia).advance(5_000)
    sending.reply(bo, second, "from Bo")
    async with watched(lee) as (teacher, screen):
        await until(teacher, lambda: "first asks" in shown_on(screen))
        assert "from Bo" in shown_on(screen), "the list beside it names both"
        await teacher.press("f8")
        await until(teacher, lambda: "second asks" in shown_on(screen) and screen.agent.name == "Bo")
        await teacher.press("f8")
        await until(teacher, lambda: "first asks" in shown_on(screen) and screen.agent.name == "Mia")
        await teacher.press("f7")
        await until(teacher, lambda: isinstance(teacher.app.screen, ChoiceQuestion))
        await teacher.press("1")
        await until(teacher, lambda: screen.agent.name == "Bo")


async def test_who_leaves_watches_no_more(mia: Desk, lee: Desk) -> None:
    hears(mia, "t1", "在吗")
    async with opened(mia) as (trainee, desk):
        async with watched(lee) as (teacher, _screen):
            await until(trainee, lambda: desk.status_bar.watched_by == "Lee")
            await teacher.press("ctrl+q")
        watching.leave(lee).result(60)
        await until(trainee, lambda: desk.status_bar.watched_by == "")


def test_a_watcher_that_was_killed_is_gone_after_a_while(mia: Desk, lee: Desk) -> None:
    watching.watch(lee, mia.agent.id).result(60)
    assert watching.beside_me(mia, (0, 0), None).watchers == ("Lee",)
    clock_of(mia).advance(stored.GONE_MS)
    assert watching.beside_me(mia, (0, 0), None).watchers == ()


def test_nobody_who_is_not_watched_writes_what_they_have_open(mia: Desk) -> None:
    number = hears(mia, "t1")
    assert stored.opened_by(mia.store.reader(), mia.agent.id) is None
    stored_before = mia.store.reader().execute("SELECT count(*) FROM presence").fetchone()
    watching.tell_open(mia, number).result(60)  # without a window there is nothing to say it in
    assert mia.store.reader().execute("SELECT count(*) FROM presence").fetchone() == stored_before


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_nothing_a_customer_or_a_trainee_wrote_breaks_the_screen(
    mia: Desk, lee: Desk, size: tuple[int, int]
) -> None:
    number = hears(mia, "t1", HOSTILE * 3)
    approved_by_lee(mia)
    sending.reply(mia, number, HOSTILE)
    sending.save_draft(mia, number, Mode.REPLY, (HOSTILE + "\n") * 20, 3).result(60)
    async with watched(lee, number, size) as (teacher, screen):
        await until(teacher, lambda: screen.pending is not None)
        await teacher.pause(0.1)
        lines = shown_on(screen).split("\n")
        assert [cell_width(line) for line in lines] == [size[0]] * size[1]
        assert "\x1b" not in shown_on(screen)


async def test_in_chinese(mia: Desk, lee: Desk) -> None:
    set_language("zh_CN")
    number = hears(mia, "t1", "在吗")
    approved_by_lee(mia)
    sending.reply(mia, number, "在")
    async with watched(lee, number) as (teacher, screen):
        await until(teacher, lambda: screen.pending is not None)
        await until(teacher, lambda: "等待Lee批准" in shown_on(screen).replace(" ", ""))
        assert "悄悄话" in shown_on(screen)


def test_whom_to_watch(mia: Desk, lee: Desk) -> None:
    assert watching.whom(lee, "mia").name == "Mia"
    assert watching.whom(lee, None).name == "Mia", "the trainee, though no window is open"
    bo = people.me(mia.store, "Bo")
    number = hears(mia, "t1")
    work.claim(Desk(mia.store, mia.clock, mia.settings, bo), number)
    assert watching.whom(lee, None, bo.id).name == "Bo"
    agent = known.agent_named(lee.store.reader(), "Lee")
    assert agent is not None
    for name, code in (("Lee", "watch.self"), ("nobody", "name.unknown")):
        with pytest.raises(CsdeskError) as refused:
            watching.whom(lee, name)
        assert refused.value.code == code


async def test_a_practice_that_ends_takes_its_watcher_along(mia: Desk, lee: Desk) -> None:
    hears(mia, "t1", "在吗")
    async with watched(lee) as (teacher, _screen):
        mia.store.path.rename(mia.store.path.with_name("gone.db"))
        await until(teacher, lambda: teacher.app.return_code == 0)
    mia.store.path.with_name("gone.db").rename(mia.store.path)
