"""The first start: who are you, and in which language? Enter twice keeps what is filled in."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from csdesk import paths
from csdesk.config_file import write_new
from csdesk.desk import people
from csdesk.desk.context import Desk
from csdesk.errors import CsdeskError
from csdesk.i18n import LANGUAGES, _, language
from csdesk.tui.screens.modals import Choice, ChoiceQuestion, LineQuestion

if TYPE_CHECKING:
    from textual.app import App


async def welcome(app: App[int], desk: Desk) -> None:
    """Ask, rename the agent that was made for the login, and keep both answers in the settings."""
    order = sorted(LANGUAGES, key=lambda code: code != language())
    chosen = await app.push_screen_wait(
        ChoiceQuestion(_("Language"), [Choice(LANGUAGES[code], code) for code in order])
    )
    if chosen is not None:
        from csdesk.tui.preferences import speak

        speak(app, chosen)
    await _name_agent(app, desk)
    await _keep_answers(app, desk)
    await app.run_action("screen.show_tour")


async def _keep_answers(app: App[int], desk: Desk) -> None:
    try:
        write_new(paths.config_path(), {"agent.name": desk.agent.name, "ui.language": language()})
    except CsdeskError:
        return  # there is a settings file already: it is the person's, and stands
    await app.run_action("screen.refresh")


async def _name_agent(app: App[int], desk: Desk) -> None:
    """Ask until the desk takes the name; Esc keeps the one there is."""
    hint, typed = _("It can be changed at any time (Ctrl+P)."), desk.agent.name
    while True:
        question = LineQuestion(_("Your name, as customers and colleagues see it"), hint, typed)
        name = await app.push_screen_wait(question)
        if name is None or name.strip() == desk.agent.name:
            return
        edit = partial(people.edit_agent, name=desk.agent.name, changes={"name": name})
        try:
            desk.agent = await asyncio.to_thread(desk.store.write, edit)
            return
        except CsdeskError as error:
            hint, typed = error.sentence, name
