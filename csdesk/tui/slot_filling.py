"""Filling in the open slots of a text: which one is being filled, what it may be, and on to the next.

A slot is filled by choosing (choices, days) or by typing over it; Tab and Shift+Tab walk. What is typed for a
day or a number is read when the slot is left, so that 周五 stands in the message as a date.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from csdesk.errors import UsageError
from csdesk.model.reply import Slot
from csdesk.template import find_unfilled, slot_marker
from csdesk.tui.offers import Offers
from csdesk.tui.widgets.editor import ReplyEditor

FindSlot = Callable[[str], tuple[Slot, str] | None]
"""A slot by its name, and the language of its reply."""


class SlotFilling:
    """``find`` knows the declared slots, ``today`` the day at the inbox, ``say`` writes below the editor."""

    def __init__(
        self,
        editor: ReplyEditor,
        offers: Offers,
        find: FindSlot,
        today: Callable[[], date],
        say: Callable[[str, str], None],
    ) -> None:
        self._editor, self._offers, self._find, self._today, self._say = editor, offers, find, today, say
        self._name = ""

    @property
    def is_active(self) -> bool:
        """Whether the caret is in a slot that is being filled in."""
        return bool(self._name) and self._editor.slot_range is not None

    @property
    def is_typed(self) -> bool:
        """Whether something was typed over the slot."""
        return self.is_active and self._typed() not in ("", slot_marker(self._name))

    def go(self, *, back: bool = False) -> bool:
        """Select the next open slot (``back``: the one before) and offer its choices; False when none is open."""
        name = self._editor.select_slot(back=back)
        self._name = name or ""
        known = self._find(name) if name else None
        self._offers.slot = (*known, self._today()) if known else None
        if name:
            self._editor.follow_slot()
        return name is not None

    def walk(self, *, back: bool = False) -> bool:
        """Leave the slot for the next one, as Tab does; False when Tab means nothing here."""
        was_active = self.is_active
        if was_active and not self._settle():
            return True
        return self.go(back=back) or was_active

    def fill(self, value: str) -> None:
        """Put a chosen value into the slot, and everywhere else where the same is asked; on to the next."""
        name = self._name
        self._editor.replace_query(value)
        self._fill_others(name, value)
        self._name = ""
        if not self.go():
            self._editor.move_cursor(self._editor.document.end)

    def choose(self, digit: str) -> bool:
        """Take the choice of that number, while nothing is typed over a slot that has choices."""
        slot = self._offers.slot
        if slot is None or not self.is_active or self.is_typed or slot[0].kind != "choice":
            return False
        place = int(digit) - 1
        if not 0 <= place < len(slot[0].choices):
            return False
        self.fill(slot[0].choices[place])
        return True

    def _settle(self) -> bool:
        """Read what was typed; False, said why, when it does not fit."""
        if not self.is_typed:
            return True
        from csdesk.replies.slots import read_value

        name, value, slot = self._name, self._typed(), self._offers.slot
        if slot is not None and slot[0].kind in ("date", "number"):
            try:
                value = read_value(slot[0], value, slot[2], slot[1])
            except UsageError as error:
                self._say(f"{error.sentence} {error.hint}", "$red")
                return False
            self._editor.replace_query(value)
        self._fill_others(name, value)
        self._name = ""
        return True

    def settle_before_sending(self) -> bool:
        """Read what was typed in the slot that is active; False when the text is not to be sent yet."""
        if not self.is_typed:
            return True
        return self._settle() and not (find_unfilled(self._editor.text) and self.go())

    def _typed(self) -> str:
        start, end = self._editor.slot_range or (0, 0)
        return self._editor.text[start:end]

    def _fill_others(self, name: str, value: str) -> None:
        """The same slot may stand in the text several times."""
        editor, marker = self._editor, slot_marker(name)
        while (at := editor.text.find(marker)) >= 0 and marker not in value:
            start, end = editor.location_of(at), editor.location_of(at + len(marker))
            editor.replace(value, start, end, maintain_selection_offset=True)
