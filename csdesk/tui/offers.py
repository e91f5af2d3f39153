"""What can be put in for a query in the text, besides quick replies: emoji, values of slots, and colleagues in a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from csdesk.desk.context import Desk
from csdesk.i18n import _, language
from csdesk.model.message import Mode
from csdesk.model.reply import Slot
from csdesk.store import people
from csdesk.tui.widgets.editor_parts import Ask

MOST_RECENT = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to choose: its sign, what it is called, and what goes into the text."""

    sign: str
    title: str
    inserted: str


class Offers:
    """Finds while somebody types; remembers which emoji were used in this run."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._recent: list[str] = []
        self.slot: tuple[Slot, str, date] | None = None
        """The slot being filled in, the language of its reply, and the day of today where the inbox is."""

    def find(self, ask: Ask, query: str, mode: Mode) -> list[Offer]:
        """What fits ``query``, the best first. Customers are not told of colleagues: those only in a note."""
        match ask:
            case Ask.EMOJI:
                return self._emoji(query)
            case Ask.SLOT:
                return self._values(query)
            case Ask.COLLEAGUE if mode is Mode.NOTE:
                return self._colleagues(query)
            case _:
                return []

    def use(self, offer: Offer) -> None:
        """It was put in: among equals it comes first from now on."""
        self._recent = [offer.sign, *(sign for sign in self._recent if sign != offer.sign)][:MOST_RECENT]

    def _emoji(self, query: str) -> list[Offer]:
        from csdesk.replies import emoji

        is_chinese = language().startswith("zh")
        return [
            Offer(each.sign, " ".join(each.names if is_chinese else each.words), each.sign)
            for each in emoji.find(query, self._recent)
        ]

    def _values(self, query: str) -> list[Offer]:
        if self.slot is None:
            return []
        from csdesk.replies import slots

        slot, lang, today = self.slot
        found = slots.offers(slot, query, today, lang)
        is_numbered = slot.kind == "choice" and not query
        return [
            Offer(
                str(number) if is_numbered and number < 10 else "",
                f"{each.value}  {each.note}".rstrip(),
                each.value,
            )
            for number, each in enumerate(found, 1)
        ]

    def _colleagues(self, query: str) -> list[Offer]:
        reader, me, asked = self._desk.store.reader(), self._desk.agent.id, query.casefold()
        named = [(each.name, "") for each in people.agents(reader) if each.is_active and each.id != me]
        named += [(each.name, _("team")) for each in people.teams(reader) if each.is_active]
        fitting = [each for each in named if asked in each[0].casefold()]
        fitting.sort(key=lambda each: not each[0].casefold().startswith(asked))
        return [Offer("@", f"{name}  {kind}".rstrip(), f"@{name} ") for name, kind in fitting]
