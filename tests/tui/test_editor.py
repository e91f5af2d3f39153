"""The reply editor in an app: what it inserts, deletes, posts and draws."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Button

from csdesk.text import cell_width, is_boundary
from csdesk.tui.safe import ControlGuard
from csdesk.tui.widgets.editor import PASTE_LIMIT, ReplyEditor
from csdesk.tui.widgets.editor_parts import Ask
from tests.pty_app import ROOT

PATIENCE_S = 60.0
"""How long something may take on a busy machine before it counts as never."""
OURS = (
    ReplyEditor.Edited,
    ReplyEditor.QueryChanged,
    ReplyEditor.QueryKey,
    ReplyEditor.PasteTruncated,
)


class Bench(App[None]):
    """One editor and what it said."""

    CSS = "ReplyEditor { height: 10; }"

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Message] = []
        self.released: list[str] = []
        self.sent: list[str] = []
        self.clock = 0.0

    def compose(self) -> ComposeResult:
        yield ReplyEditor(lambda: self.sent.append(self.editor.text))
        yield Button("next")

    def get_line_filters(self) -> list[Any]:
        return [*super().get_line_filters(), ControlGuard()]

    def on_mount(self) -> None:
        self.editor.focus()

    @property
    def editor(self) -> ReplyEditor:
        return self.query_one(ReplyEditor)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event.is_forwarded:
            self.released.append(event.key)
        await super().on_event(event)

    def note(self, message: Message) -> None:
        if isinstance(message, OURS) and not any(said is message for said in self.said):
            self.said.append(message)

    def told(self, kind: type[Message]) -> list[Any]:
        return [message for message in self.said if isinstance(message, kind)]

    def press(self, *keys: str, gap_s: float = 0.1) -> None:
        """Type ``keys`` on a clock of our own: a text is typed letter by letter, ``<name>`` is one key."""
        for key in keys:
            for name, character in _presses(key):
                event = events.Key(name, character)
                self.clock += gap_s
                event.time = self.clock
                event.set_sender(self)
                assert self._driver is not None
                self._driver.send_message(event)

    async def type(self, pilot: Pilot[None], *keys: str) -> None:
        """Press each of ``keys`` and let it act."""
        for key in keys:
            self.press(key)
            await pilot.pause()

    async def paste(self, pilot: Pilot[None], text: str) -> None:
        event = events.Paste(text)
        self.clock += 1
        event.time = self.clock
        event.set_sender(self)
        assert self._driver is not None
        self._driver.send_message(event)
        await pilot.pause()


def _presses(key: str) -> list[tuple[str, str | None]]:
    if key.startswith("<") and key.endswith(">"):
        name = key[1:-1]
        return [(name, {"enter": "\r", "tab": "\t"}.get(name))]
    names = {"\r": "enter", "\n": "ctrl+j"}
    return [(names.get(character, f"key_{ord(character)}"), character) for character in key]


def in_bench(script: Callable[[Bench, Pilot[None]], Coroutine[Any, Any, None]]) -> None:
    """Run ``script`` in a bench that notes every message the editor posts."""

    async def run() -> None:
        bench = Bench()
        async with bench.run_test(size=(40, 20), message_hook=bench.note) as pilot:
            await pilot.pause()
            await script(bench, pilot)

    asyncio.run(run())


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the app run until ``holds``."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        await pilot.pause(0.005)


def test_letters_chinese_and_full_width_all_insert() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.type(pilot, "Hi 您好！ａ１／x")
        assert bench.editor.text == "Hi 您好！ａ１／x"
        assert bench.editor.cursor_index == len(bench.editor.text)
        assert bench.told(ReplyEditor.Edited)[-1] == ReplyEditor.Edited("Hi 您好！ａ１／x", 10)

    in_bench(script)


@pytest.mark.parametrize("whole", ["👨\u200d👩\u200d👧", "🇨🇳", "e\u0301", "👍🏽", "❤️", "您"])
def test_caret_and_delete_take_whole_graphemes(whole: str) -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        editor = bench.editor
        editor.load(f"a{whole}b", 1)
        await bench.type(pilot, "<right>")
        assert editor.cursor_index == 1 + len(whole)
        await bench.type(pilot, "<left>")
        assert editor.cursor_index == 1
        await bench.type(pilot, "<shift+right>")
        assert editor.selected_text == whole
        await bench.type(pilot, "<right>", "<backspace>")
        assert editor.text == "ab"
        editor.load(f"a{whole}b", 1)
        await bench.type(pilot, "<delete>")
        assert editor.text == "ab"

    in_bench(script)


def test_an_emoji_typed_by_code_points_stays_whole_in_the_middle_of_a_line() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.editor.load("ab", 1)
        await bench.type(pilot, "👨\u200d👩\u200d👧")
        assert bench.editor.text == "a👨\u200d👩\u200d👧b"

    in_bench(script)


def test_word_steps_stop_at_clauses() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        editor = bench.editor
        editor.load("您好，请问有货吗？谢谢 size M")
        stops = []
        for _step in range(5):
            await bench.type(pilot, "<ctrl+left>")
            stops.append(editor.cursor_index)
        assert stops == [17, 12, 9, 3, 0]
        await bench.type(pilot, "<ctrl+right>")
        assert editor.cursor_index == 3
        await bench.type(pilot, "<alt+delete>")
        assert editor.text == "您好，谢谢 size M"
        await bench.type(pilot, "<end>", "<ctrl+w>", "<ctrl+w>")
        assert editor.text == "您好，谢谢 "

    in_bench(script)


def test_lines_wrap_the_chinese_way_and_arrows_follow_them() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        editor = bench.editor
        editor.load("您好" * 9 + "，请稍等", 0)
        await pilot.pause()
        assert editor.wrap_width in (36, 37), "18 characters fit, a comma behind them does not"
        assert editor.wrapped_document.get_sections(0) == ["您好" * 8 + "您", "好，请稍等"]
        await bench.type(pilot, "<down>")
        assert editor.cursor_index == editor.wrapped_document.get_offsets(0)[0]

    in_bench(script)


def test_the_terminal_cursor_follows_the_caret() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.type(pilot, "您好a")
        content = bench.editor.content_region
        assert bench.cursor_position == (content.x + 5, content.y)
        await bench.type(pilot, "<ctrl+j>", "好")
        assert bench.cursor_position == (content.x + 2, content.y + 1)
        await bench.type(pilot, " " * 60)
        assert bench.cursor_position.x < content.right

    in_bench(script)


def test_enter_sends_and_ctrl_j_is_a_new_line() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.type(pilot, "好的", "<ctrl+j>", "谢谢", "<enter>")
        await until(pilot, lambda: bool(bench.sent))
        assert bench.sent == ["好的\n谢谢"]
        assert bench.editor.text == "好的\n谢谢"

    in_bench(script)


def test_enter_is_a_new_line_where_the_setting_says_so() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.editor.enter_sends = False
        await bench.type(pilot, "a", "<enter>", "b")
        assert bench.editor.text == "a\nb"
        assert bench.sent == []

    in_bench(script)


@pytest.mark.parametrize("line_end", ["\r", "\n"])
@pytest.mark.parametrize("gap_s", [0.0, 0.001, 0.0099])
def test_an_unbracketed_paste_of_ten_lines_is_one_draft(gap_s: float, line_end: str) -> None:
    lines = "\n".join(f"第{number}行" for number in range(10))

    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.press("x")
        bench.press(line_end + lines.replace("\n", line_end) + line_end, gap_s=gap_s)
        await until(pilot, lambda: bench.editor.text == f"x\n{lines}\n")
        await pilot.pause(0.05)
        assert bench.sent == []

    in_bench(script)


def test_an_enter_first_in_a_paste_waits_for_what_follows() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.press("x", "<enter>")
        bench.press("y", gap_s=0.002)
        await until(pilot, lambda: bench.editor.text == "x\ny")
        await pilot.pause(0.05)
        assert bench.sent == []

    in_bench(script)


def test_a_key_well_behind_enter_does_not_change_what_is_sent() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.press("x", "<enter>", "y")
        await until(pilot, lambda: bench.editor.text == "xy")
        await pilot.pause(0.05)
        assert bench.sent == ["x"]

    in_bench(script)


def test_loading_another_text_forgets_an_enter_that_waits() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.type(pilot, "x")
        bench.editor._wait_behind_enter()
        bench.editor.load("another conversation's draft")
        await pilot.pause(0.05)
        assert bench.sent == []

    in_bench(script)


def test_the_desk_keys_are_released() -> None:
    keys = [f"f{number}" for number in range(1, 13)] + ["ctrl+s", "ctrl+l", "ctrl+r", "ctrl+g", "escape"]

    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.editor.load("您好\n在吗")
        await bench.type(pilot, *(f"<{key}>" for key in keys))
        assert bench.released == keys
        assert bench.editor.text == "您好\n在吗" and bench.editor.selection.is_empty
        bound = {key for binding in ReplyEditor.BINDINGS for key in binding.key.split(",")}  # type: ignore[union-attr]
        assert not bound & {*keys, "ctrl+p", "tab", "shift+tab"}
        await bench.type(pilot, "<tab>")
        assert bench.focused is bench.query_one(Button)

    in_bench(script)


def test_keys_of_a_query_are_told_behind_it_however_fast_they_come() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.press("/yh", "<down>", "<enter>", "好")
        await pilot.pause()
        told = [message for message in bench.said if not isinstance(message, ReplyEditor.Edited)]
        assert told[:3] == [
            ReplyEditor.QueryChanged("yh", Ask.REPLY),
            ReplyEditor.QueryKey("down"),
            ReplyEditor.QueryKey("enter"),
        ]
        assert bench.sent == [] and bench.editor.text == "/yh好" and bench.released == []
        bench.editor.replace_query("优惠")
        assert bench.editor.text == "优惠好"

    in_bench(script)


def test_a_pasted_query_and_its_line_end_are_text() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.press("/yh", "<enter>", "ok", gap_s=0.001)
        await pilot.pause()
        assert bench.editor.text == "/yh\nok"
        assert bench.told(ReplyEditor.QueryKey) == []

    in_bench(script)


def test_what_finds_nothing_is_text_and_its_enter_sends() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.type(pilot, "好 :xiao", "<enter>")
        await until(pilot, lambda: bench.sent == ["好 :xiao"])
        assert bench.told(ReplyEditor.QueryChanged) == []

    in_bench(script)


def test_pastes_are_cleaned_and_keep_their_lines() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.paste(pilot, "一\r\n二\t三\x1b[31m\x07\u202e四")
        assert bench.editor.text == "一\n二    三␛[31m␇⟨202E⟩四"
        assert bench.told(ReplyEditor.PasteTruncated) == []
        assert bench.told(ReplyEditor.QueryChanged) == []

    in_bench(script)


def test_a_long_paste_is_cut_and_said() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.paste(pilot, "好" * (PASTE_LIMIT - 1) + "e\u0301" + "尾" * 5)
        assert bench.editor.text == "好" * (PASTE_LIMIT - 1)
        assert bench.told(ReplyEditor.PasteTruncated) == [ReplyEditor.PasteTruncated(PASTE_LIMIT - 1, 7)]

    in_bench(script)


def test_undo_and_redo() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.type(pilot, "您好")
        await bench.paste(pilot, "，在吗")
        await bench.type(pilot, "<ctrl+z>")
        assert bench.editor.text == "您好"
        await bench.type(pilot, "<ctrl+y>")
        assert bench.editor.text == "您好，在吗"

    in_bench(script)


def test_a_trigger_starts_a_query_that_a_reply_replaces() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.type(pilot, "亲，/yh")
        assert [message.query for message in bench.told(ReplyEditor.QueryChanged)][-1] == "yh"
        await bench.type(pilot, "<backspace>")
        assert bench.told(ReplyEditor.QueryChanged)[-1].query == "y"
        begin = bench.editor.replace_query("非常抱歉，{eta}前答复", 5)
        await pilot.pause()
        assert begin == 2
        assert bench.editor.text == "亲，非常抱歉，{eta}前答复"
        assert bench.editor.cursor_index == 7
        assert bench.told(ReplyEditor.QueryChanged)[-1].query is None
        await bench.type(pilot, "<ctrl+z>")
        assert bench.editor.text == "亲，/y"

    in_bench(script)


def test_a_reply_without_a_query_goes_to_the_caret() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.editor.load("您好！再见", 3)
        assert bench.editor.replace_query("请稍等。") == 3
        assert bench.editor.text == "您好！请稍等。再见"
        assert bench.editor.cursor_index == 7

    in_bench(script)


@pytest.mark.parametrize(
    ("typed", "then"), [("/", "<backspace>"), ("/ab", "<home>"), ("/", " "), ("/a", "<ctrl+j>")]
)
def test_a_query_ends_when_its_trigger_is_left(typed: str, then: str) -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        await bench.type(pilot, typed)
        assert bench.told(ReplyEditor.QueryChanged)[-1].query is not None
        await bench.type(pilot, then)
        assert bench.told(ReplyEditor.QueryChanged)[-1].query is None

    in_bench(script)


def test_slots_are_drawn_selected_and_filled() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        editor = bench.editor
        editor.load("约{eta}到，共{n}件", 0)
        editor.highlight_spans([(1, 6, "slot"), (9, 12, "slot"), (0, 1, "hint")])
        await pilot.pause()
        plain = editor.get_component_rich_style("text-span--slot", partial=True)
        drawn = "".join(
            segment.text
            for segment in editor.render_line(0)
            if segment.style and segment.style.bgcolor == plain.bgcolor
        )
        assert drawn == "{eta}{n}"
        assert editor.select_slot() == "eta" and editor.selected_text == "{eta}"
        await bench.type(pilot, "明天")
        assert editor.text == "约明天到，共{n}件"
        assert [span.style for span in editor.spans] == ["hint", "slot"]
        assert editor.select_slot() == "n" and editor.selected_text == "{n}"
        await bench.type(pilot, "2")
        assert editor.select_slot() is None

    in_bench(script)


def test_a_flag_under_the_caret_is_drawn_whole() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        for text in ("🇨🇳x", "❤️x", "👨\u200d👩\u200d👧x"):
            bench.editor.load(text, 0)
            await pilot.pause()
            strip = bench.editor.render_line(0)
            assert text[:-1] in [segment.text for segment in strip]
            assert sum(cell_width(segment.text) for segment in strip) == strip.cell_length

    in_bench(script)


def test_a_selection_over_lines_is_drawn_with_its_line_ends() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        editor = bench.editor
        editor.load("一二\n\n三四", 1)
        await bench.type(pilot, "<shift+down>", "<shift+down>")
        style = editor._theme.selection_style
        assert style is not None and editor.selected_text == "二\n\n三"
        drawn = [
            "".join(
                part.text
                for part in editor.render_line(row)
                if part.style and part.style.bgcolor == style.bgcolor
            )
            for row in range(3)
        ]
        assert drawn == ["二 ", " ", "三"]

    in_bench(script)


def test_the_caret_is_drawn_only_with_focus() -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        bench.editor.load("ab", 0)
        await pilot.pause()
        with_caret = list(bench.editor.render_line(0))
        bench.query_one(Button).focus()
        await pilot.pause()
        assert list(bench.editor.render_line(0)) != with_caret

    in_bench(script)


PIECES = [
    "a",
    "您",
    "，",
    " ",
    "\n",
    "👨\u200d👩\u200d👧",
    "🇨🇳",
    "e\u0301",
    "/",
    "word ",
    "<left>",
    "<right>",
    "<backspace>",
]
PIECES += [
    "<delete>",
    "<up>",
    "<down>",
    "<home>",
    "<end>",
    "<ctrl+left>",
    "<ctrl+w>",
    "<ctrl+z>",
    "<ctrl+y>",
    "<ctrl+j>",
]


@settings(max_examples=25, deadline=None)
@given(
    st.text(st.sampled_from("ab您，\n 👍🏽"), max_size=40),
    st.integers(-3, 60),
    st.lists(st.sampled_from(PIECES), max_size=25),
)
def test_any_editing_keeps_text_caret_and_wrapping_in_step(text: str, cursor: int, keys: list[str]) -> None:
    async def script(bench: Bench, pilot: Pilot[None]) -> None:
        editor = bench.editor
        editor.load(text, cursor)
        assert editor.text == text
        assert abs(editor.cursor_index - min(max(0, cursor), len(text))) <= 1
        for key in keys:
            bench.press(key)
            await pilot.pause()
        lines = editor.text.split("\n")
        assert list(editor.document.lines) == lines
        assert ["".join(editor.wrapped_document.get_sections(row)) for row in range(len(lines))] == lines
        row, column = editor.cursor_location
        assert is_boundary(lines[row], column)
        assert 0 <= editor.cursor_index <= len(editor.text)
        assert editor.location_of(editor.cursor_index) == editor.cursor_location
        assert editor.text[: editor.cursor_index] == "\n".join([*lines[:row], lines[row][:column]])
        edited = bench.told(ReplyEditor.Edited)
        assert not edited or edited[-1].text == editor.text

    in_bench(script)


def test_the_editor_loads_no_highlighter() -> None:
    code = (
        "import sys, csdesk.tui.widgets.editor\n"
        "heavy = {'tree_sitter', 'pygments', 'markdown_it', 'pypinyin'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, timeout=60, check=True)
    assert done.stdout.strip() == b"[]"
