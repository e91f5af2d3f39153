"""With a question over the desk, a second that ticks costs what it costs without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual._compositor import ChopsUpdate, LayoutUpdate

from csdesk.clock import ManualClock
from csdesk.tui.app import DeskApp
from csdesk.tui.compositor import Below
from csdesk.tui.screens.desk import DeskScreen
from csdesk.tui.screens.desk_parts import APART_S
from csdesk.tui.screens.modals import Choice, ChoiceQuestion, LineQuestion
from csdesk.tui.screens.over import Over
from tests.desks import hears, open_desk
from tests.tui.test_desk import opened, until

pytestmark = pytest.mark.usefixtures("drawn_at_once")

SIZE = (120, 40)


def bytes_of(update: Any, app: DeskApp) -> int:
    """How much the terminal is sent for an update."""
    if isinstance(update, ChopsUpdate):
        return len(update.render_segments(app.console).encode())
    assert isinstance(update, LayoutUpdate)
    return len(update.render_segments(app.console).encode())


async def test_a_tick_below_a_question_draws_only_what_ticks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(1_795_313_162_000)
    with open_desk(tmp_path / "desk.db", clock) as desk:
        for number in range(4):
            hears(desk, f"t{number}")
        async with opened(desk, SIZE) as (pilot, ground):
            app = ground.app
            assert isinstance(app, DeskApp)
            await until(pilot, lambda: ground.shown is not None)
            await pilot.pause()
            sent: list[int] = []
            genuine = app._display

            def display(screen: Any, update: Any) -> None:
                if update is not None:
                    sent.append(bytes_of(update, app))
                genuine(screen, update)

            monkeypatch.setattr(app, "_display", display)

            async def cost_of_a_second() -> int:
                sent.clear()
                clock.advance(1_000)
                ground.tick()
                await until(pilot, lambda: bool(sent))
                await pilot.pause(3 * APART_S)
                await pilot.pause()
                return sum(sent)

            await cost_of_a_second()  # the first finds out which ages are in sight
            alone = await cost_of_a_second()
            assert 0 < alone < 3_000
            for deep in (1, 2):
                app.push_screen(
                    ChoiceQuestion("Which?", [Choice("one", 1)]) if deep == 1 else LineQuestion("Why?")
                )
                await pilot.pause()
                assert await cost_of_a_second() <= 1.5 * alone
                shown = [strip.text for strip in app.screen._compositor.render_strips(app.screen.size)]
                assert ground.status_bar.render_line(0).text == shown[0]
            await pilot.press("escape", "escape")
            await until(pilot, lambda: app.screen is ground)


def test_every_card_over_the_desk_draws_so() -> None:
    import importlib
    import pkgutil

    from textual.command import CommandPalette
    from textual.screen import ModalScreen

    import csdesk.tui.screens as screens

    for module in pkgutil.iter_modules(screens.__path__):
        importlib.import_module(f"csdesk.tui.screens.{module.name}")
    assert issubclass(DeskScreen, Below)

    def below(kind: type[Any]) -> list[type[Any]]:
        return [kind, *(deeper for each in kind.__subclasses__() for deeper in below(each))]

    ours = [
        kind
        for kind in below(ModalScreen)
        if kind.__module__.startswith("csdesk.") and not issubclass(kind, CommandPalette)
    ]
    assert ours and all(issubclass(kind, Over) for kind in ours), ours
