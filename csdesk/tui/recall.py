"""What an agent sent recently, stepped through with the arrows from an empty composer."""

from __future__ import annotations

from csdesk.desk.context import Desk
from csdesk.model.message import Mode, Sender
from csdesk.store import messages

MOST = 50


class Recall:
    """Read when it is first asked for, newest first: this conversation's, then others'."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._texts: list[str] = []
        self._place = -1  # -1 = nothing is recalled

    def step(
        self, key: str, text: str, conversation: int, mode: Mode, *, is_at_end: bool = True
    ) -> str | None:
        """What the editor, holding ``text``, is to show after ``key``; None when the key is not ours.

        A recalled text that was changed is the agent's own, and so is one with the caret moved into it
        (not ``is_at_end``): its arrows move the caret.
        """
        if key != "escape" and not is_at_end:
            return None
        if text != self._shown():
            self._place = -1
        if text != self._shown() or (self._place < 0 and key != "up"):
            return None
        if self._place < 0:
            self._texts = self._read(conversation, mode)
        moved = {"up": self._place + 1, "down": self._place - 1, "escape": -1}[key]
        self._place = min(moved, len(self._texts) - 1)
        return self._shown() if self._texts else None

    def _shown(self) -> str:
        return self._texts[self._place] if self._place >= 0 else ""

    def _read(self, conversation: int, mode: Mode) -> list[str]:
        sender = Sender.NOTE if mode is Mode.NOTE else Sender.AGENT
        reader, agent = self._desk.store.reader(), self._desk.agent.id
        here = messages.written_in(reader, conversation, agent, sender, MOST)
        return list(dict.fromkeys([*here, *messages.written_lately(reader, agent, sender, MOST)]))
