"""The editor of the composer: where a reply or a note is written.

It knows text, caret, pastes and the Enter key, and says what happened by messages; quick
replies, drafts and sending belong to the composer around it. Offsets in its messages and
methods are code points from the start of the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from csdesk import text as texts
from csdesk.tui.widgets.editor_parts import QUERY_KEYS, TRIGGERS, Ask, KeyRhythm, asked_by, query_at
from csdesk.tui.widgets.in_order import InOrder, act_in_order
from csdesk.tui.widgets.span_area import SpanArea

PASTE_LIMIT = 20_000
"""Characters of one paste that are kept."""

ENTER_WAIT_S = 0.012
"""How long an Enter waits for a key right behind it before it sends, in seconds."""

NEWLINE_KEYS = frozenset({"ctrl+j", "shift+enter"})
"""Always a new line. Taken as they come, not by a Binding, which would act behind the keys after it."""

OFFERED_KEYS = frozenset({"up", "down", "escape", *"123456789"})
"""Keys the composer may take before the editor does."""

_JOINERS = "\u200c\u200d"
_RELEASED = frozenset({"f6", "f7", "ctrl+d"})


def _editing_bindings() -> list[BindingType]:
    """Textual's editing keys but the F keys, which are the desk's; each with an id for the keymap."""
    found: list[BindingType] = []
    for binding in TextArea.BINDINGS:
        if not isinstance(binding, Binding):
            continue
        keys = ",".join(key for key in binding.key.split(",") if key not in _RELEASED)
        if keys:
            name = binding.action.replace("(True)", "_select")
            found.append(replace(binding, key=keys, id=f"editor.{name}"))
    return found


class ReplyEditor(InOrder, SpanArea, inherit_bindings=False):
    """Text in, messages out. ``enter_sends`` decides what Enter does; Ctrl+J is always a new line."""

    BINDINGS: ClassVar[list[BindingType]] = _editing_bindings()

    @dataclass
    class Edited(Message):
        """The person changed the text; a burst arrives as its last state."""

        text: str
        cursor: int

        def can_replace(self, message: Message) -> bool:
            """Whether this one makes a waiting ``message`` needless."""
            return isinstance(message, ReplyEditor.Edited)

    @dataclass
    class QueryChanged(Message):
        """What stands between a trigger for ``ask`` and the caret; None when the query ended."""

        query: str | None
        ask: Ask

    @dataclass
    class QueryKey(Message):
        """A key that moves or chooses in what was found; it comes behind what was said of the query."""

        key: str

    @dataclass
    class PasteTruncated(Message):
        """A paste was longer than the limit: characters ``kept`` and ``dropped``."""

        kept: int
        dropped: int

    enter_sends: bool = True

    def __init__(
        self,
        submit: Callable[[], None] | None = None,
        *,
        finds: Callable[[Ask, str], bool] = lambda ask, _query: ask is Ask.REPLY,
        takes: Callable[[str], bool] = lambda _key: False,
        enter_sends: bool = True,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """``submit`` is called at the Enter that sends, before a key behind it can change what is written.

        ``finds`` says whether a query has anything to choose from: while it has not, it is plain text and
        its keys are the editor's. ``takes`` is offered the arrows and Esc first, and True when it acted.
        """
        self._submit = submit or (lambda: None)
        self._finds = finds
        self._takes = takes
        self._rhythm = KeyRhythm()
        self._enter_waits = 0  # 0 = no Enter waits, else its number
        self._enters = 0
        self._trigger: int | None = None
        self._query: str | None = None
        self._ask = Ask.REPLY
        self._query_end: int | None = None  # where the query ended when a reply was chosen for it
        super().__init__(id=id, classes=classes, compact=True, highlight_cursor_line=False)
        self.enter_sends = enter_sends
        self.cursor_blink = False
        self.match_cursor_bracket = False

    # -- what the composer does with it

    def load(self, text: str, cursor: int | None = None) -> None:
        """Show ``text`` with the caret at ``cursor`` (None: the end) and no history; says nothing by message.

        The text is cleaned and a tab becomes four spaces. A cursor outside is put at the nearest end.
        """
        at = len(text) if cursor is None else min(max(0, cursor), len(text))
        head, tail = _typeable(text[:at]), _typeable(text[at:])
        self._enter_waits = 0
        self.end_query()
        self.highlight_spans(())
        with self.prevent(TextArea.Changed):
            self.load_text(head + tail)
        self.move_cursor(self.location_of(len(head)))

    def rewrite(self, text: str) -> None:
        """Have ``text`` stand here instead, as one edit that Ctrl+Z takes back; the caret is at its end."""
        self.history.checkpoint()
        self.replace(_typeable(text), (0, 0), self.document.end, maintain_selection_offset=False)
        self.move_cursor(self.document.end)
        self.history.checkpoint()

    @property
    def is_choosing(self) -> bool:
        """Whether what stands at the caret asks for something to choose, and is no text of a reply yet."""
        return self._query is not None

    def replace_query(self, text: str, cursor_offset: int | None = None) -> int:
        """Put ``text`` where the trigger and query stand, or at the caret or selection when there is none.

        The caret goes ``cursor_offset`` code points into it (None: behind it), and before it what was
        typed since the reply was chosen. Returns where it begins.
        """
        start, end = sorted(self.selection)
        typed_since = ""
        if self._trigger is None and self.slot_range is not None:
            start, end = map(self.location_of, self.slot_range)
        elif self._trigger is not None:
            start, end = self.location_of(self._trigger), self.cursor_location
            typed_since = self.text[self._query_end : self.cursor_index] if self._query_end else ""
        begin, at = self.index_of(start), len(text) if cursor_offset is None else max(0, cursor_offset)
        inserted = _typeable(text[:at]) + typed_since + _typeable(text[at:])
        offset = len(_typeable(text[:at]) + typed_since)
        self.history.checkpoint()
        self.end_query()
        self.replace(inserted, start, end, maintain_selection_offset=False)
        self.move_cursor(self.location_of(begin + min(offset, len(inserted))))
        return begin

    def end_query(self) -> None:
        """Take the trigger for plain text from now on, and no slot as being filled in."""
        self._trigger = self._query_end = self._slot = None
        self._say_query(None, self._ask)

    # -- keys and pastes

    async def _on_key(self, event: events.Key) -> None:
        is_close = self._settle_enter(event.time)
        if self.read_only:
            return
        if event.key in QUERY_KEYS and self._is_asking(is_close):
            _take(event)
            self._press_in_query(event.key)
        elif event.key in OFFERED_KEYS and self._takes(event.key):
            _take(event)
        elif event.key == "enter" and self.enter_sends and not is_close:
            _take(event)
            self._wait_behind_enter()
        elif event.key == "enter" or event.key in NEWLINE_KEYS:
            _take(event)
            self.action_newline()
        elif event.character and event.character in _JOINERS:
            _take(event)
            self._replace_via_keyboard(event.character, *self.selection)
        elif event.character and event.is_printable:
            self._note_trigger(event.character)
        elif event.key not in ("tab", "shift+tab"):  # the composer goes to another slot
            await act_in_order(self, event)

    async def _on_paste(self, event: events.Paste) -> None:
        _take(event)
        self._settle_enter(event.time)
        self._paste(event.text)

    def action_paste(self) -> None:
        """Insert what was cut or copied here."""
        self._paste(self.app.clipboard)

    def action_newline(self) -> None:
        """Begin a new line, whatever Enter does."""
        self._replace_via_keyboard("\n", *self.selection)

    def _paste(self, text: str) -> None:
        cleaned = _typeable(text)
        kept = cleaned[: _paste_end(cleaned)]
        if not self.read_only and (result := self._replace_via_keyboard(kept, *self.selection)):
            self.move_cursor(result.end_location)
            if len(kept) < len(cleaned):
                self.post_message(self.PasteTruncated(len(kept), len(cleaned) - len(kept)))

    def _settle_enter(self, at: float) -> bool:
        """Decide the Enter that waits, now that a key came at ``at``; whether the two were close."""
        is_close = self._rhythm.is_close(at)
        if self._enter_waits:
            self._enter_waits = 0
            if is_close:
                self.action_newline()
            else:
                self._submit()
        return is_close

    def _wait_behind_enter(self) -> None:
        self._enters += 1
        self._enter_waits = number = self._enters
        # Keys that came meanwhile are still on their way through the app: let them pass first.
        self.set_timer(ENTER_WAIT_S, lambda: self.app.call_later(self.call_later, self._send_after, number))

    def _send_after(self, number: int) -> None:
        """Send, if the Enter of that number still waits."""
        if self._enter_waits == number:
            self._enter_waits = 0
            self._submit()

    # -- the query behind a trigger

    def _note_trigger(self, character: str) -> None:
        row, column = min(self.selection)
        if character in TRIGGERS and asked_by(self.document[row][:column], character):
            self._trigger = self.index_of((row, column))

    def _is_asking(self, is_close: bool) -> bool:
        """Whether a key is the query's: also when the screen, behind in its work, has not shown it yet.

        A key too close for fingers is part of a paste, unless the query was known before it.
        """
        was_known = self._query is not None
        self._follow_query()
        return self._query is not None and (was_known or not is_close)

    def _press_in_query(self, key: str) -> None:
        if key in ("enter", "tab"):
            self._query_end = self.cursor_index
        self.post_message(self.QueryKey(key))

    def _on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._follow_query()
        self.post_message(self.Edited(self.text, self.cursor_index))

    def _on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._follow_query()

    def _follow_query(self) -> None:
        if self._trigger is None:
            self.follow_slot()
            return
        text = self.text
        query = query_at(text, self._trigger, self.cursor_index)
        if query is None:
            self._trigger = None
            self._say_query(None, self._ask)
        else:
            ask = TRIGGERS[text[self._trigger]]
            self._say_query(query if self._finds(ask, query) else None, ask)

    def follow_slot(self) -> None:
        """Say what is typed in the slot being filled in, if there is anything to choose for it."""
        query = self.slot_query
        self._say_query(query if query is not None and self._finds(Ask.SLOT, query) else None, Ask.SLOT)

    def _say_query(self, query: str | None, ask: Ask) -> None:
        if (query, ask) != (self._query, self._ask):
            was_asked, self._query, self._ask = self._query is not None, query, ask
            if was_asked or query is not None:
                self.post_message(self.QueryChanged(query, ask))


def _take(event: events.Event) -> None:
    """Keep ``event`` from TextArea and from everything above us."""
    event.stop()
    event.prevent_default()


def _typeable(text: str) -> str:
    """``text`` as the editor holds it: cleaned, tabs as spaces."""
    return texts.clean(text).replace("\t", "    ")


def _paste_end(text: str) -> int:
    """Where to cut a paste: at the limit, never inside a grapheme."""
    if len(text) <= PASTE_LIMIT:
        return len(text)
    return PASTE_LIMIT if texts.is_boundary(text, PASTE_LIMIT) else texts.previous_boundary(text, PASTE_LIMIT)
