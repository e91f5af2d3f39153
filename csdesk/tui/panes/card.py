"""A card at the foot of the screen: what went wrong and what to do next, until Esc or the next act."""

from __future__ import annotations

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from csdesk.errors import CsdeskError
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display

NEWS_S = 6.0
"""How long good news stays: longer than an undo may be taken."""


class Card(Static):
    """Hidden unless there is something to say."""

    DEFAULT_CSS = """
    Card { dock: bottom; height: auto; max-height: 6; margin: 0 0 1 0; padding: 0 2; background: $label-red; display: none; }
    Card.-open { display: block; }
    Card.-good { background: $selected; }
    """

    def __init__(self) -> None:
        super().__init__(id="card")
        self._fade: Timer | None = None
        self._shown: CsdeskError | None = None

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    def show_error(self, error: CsdeskError) -> None:
        """The sentence, then the next step."""
        self.close()
        self._shown = error
        self.add_class("-open")
        self.update(
            Content.assemble(
                Content.styled(f"{glyphs().failed} {display(error.sentence)}", "bold $red"),
                Content.styled(f"\n  {display(error.hint)}" if error.hint else "", "$content"),
            )
        )

    def show_news(self, sentence: str, hint: str = "") -> None:
        """Something that is well, and how to take it back; it goes away by itself."""
        self.close()
        self.add_class("-open", "-good")
        self._fade = self.set_timer(NEWS_S, self.close)
        self.update(
            Content.assemble(
                Content.styled(f"{glyphs().done} {display(sentence)}", "bold $green"),
                Content.styled(f"   {display(hint)}" if hint else "", "$detail"),
            )
        )

    def settle(self, error: CsdeskError | None) -> None:
        """Hide it if it still says ``error``, which is no longer so."""
        if error is not None and self._shown is error:
            self.close()

    def on_click(self) -> None:
        self.close()

    def close(self) -> None:
        """Hide it."""
        self._shown = None
        if self._fade is not None:
            self._fade.stop()
            self._fade = None
        self.remove_class("-open", "-good")
