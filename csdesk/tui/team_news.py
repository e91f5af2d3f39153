"""What is new among the packs of the team, in a sentence: who gave everybody what."""

from __future__ import annotations

from typing import Final

from csdesk.desk import comparing_packs
from csdesk.desk.context import Desk
from csdesk.errors import DataError
from csdesk.i18n import N_, _
from csdesk.model.published import Thing, Version
from csdesk.store import published
from csdesk.tui.safe import display_line

Pack = tuple[Thing, str]

CHANGED: Final = {
    Thing.REPLIES: N_("{agent} changed the team's pack {pack}: {changes}."),
    Thing.ETIQUETTE: N_("{agent} changed the team's rules {pack}: {changes}."),
}
RETIRED: Final = {
    Thing.REPLIES: N_("{agent} took the team's pack {pack} back."),
    Thing.ETIQUETTE: N_("{agent} took the team's rules {pack} back."),
}


class TeamNews:
    """Remembers which versions were there, and tells of others. Reads texts: for a thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: dict[Pack, Version] | None = None
        self._told: DataError | None = None

    def read(self) -> list[str]:
        """What came since it was asked last, of others; nothing the first time."""
        reader = self._desk.store.reader()
        now = {(thing, each.name): each for thing in Thing for each in published.current(reader, thing)}
        before, self._known = self._known, now
        if before is None:
            return []
        fresh = [pack for pack, each in now.items() if pack not in before or before[pack].dot != each.dot]
        return [
            self._sentence(pack[0], before.get(pack), now[pack])
            for pack in fresh
            if self._is_others(now[pack]) and self._is_whole(now[pack])
        ]

    def _is_whole(self, each: Version) -> bool:
        """What cannot be read is told as trouble, not as news."""
        text = published.text_of(self._desk.store.reader(), each.dot)
        return each.is_retired or comparing_packs.is_whole(Thing(each.thing), text)

    def _is_others(self, each: Version) -> bool:
        return each.dot[0] != self._desk.store.desk

    def _sentence(self, thing: Thing, before: Version | None, now: Version) -> str:
        agent, pack = display_line(now.agent_name), display_line(now.title or now.name)
        if now.is_retired:
            return _(RETIRED[thing]).format(agent=agent, pack=pack)
        said = _(CHANGED[thing]).format(agent=agent, pack=pack, changes=self._changes(thing, before, now))
        own = self._overtaken(thing, now)
        if own is None:
            return said
        mine = _("Your version {number} of it stays in its history.").format(number=own.number)
        return f"{said} {mine}"

    def _changes(self, thing: Thing, before: Version | None, now: Version) -> str:
        reader = self._desk.store.reader()
        old = published.text_of(reader, before.dot) if before is not None else ""
        found = comparing_packs.difference(thing, old, published.text_of(reader, now.dot))
        return found.words

    def _overtaken(self, thing: Thing, now: Version) -> Version | None:
        """The version of this desk whose place ``now`` took without knowing it."""
        held = published.versions(self._desk.store.reader(), thing, now.name)
        return next(
            (each for each in held if each.overtaken_by == now.number and not self._is_others(each)), None
        )

    def trouble(self) -> DataError | None:
        """What is wrong in the team's rules and was not told yet; None when nothing is. Their last good version stays
        in use. Packs of replies tell it themselves (``Shelf.new_problems``)."""
        files = published.files(self._desk.store.reader(), Thing.ETIQUETTE)
        if not files:
            return None
        from csdesk.etiquette.ruleset import read_team_rules

        problems = [problem for file in files for problem in read_team_rules(file).problems]
        if not problems:
            self._told = None
            return None
        first = problems[0]
        sentence = _("Rules of the team cannot be used: {where}: {reason}.").format(
            where=first.where, reason=first.reason
        )
        found = DataError("team.broken_rules", sentence, _("The last good version stays in use."))
        is_told, self._told = str(self._told) == str(found), found
        return None if is_told else found
