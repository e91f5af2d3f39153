"""No hostile text commands the terminal, crashes the app or becomes a link, in any widget."""

from __future__ import annotations

import json

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from csdesk.text import cell_width
from csdesk.tui.safe import ControlGuard, display, display_line, plain
from tests.payloads import CONTROLS, MARKUP, PAYLOADS, Payload
from tests.pty_app import PtyApp

GALLERY = """
import json, sys
from rich.segment import Segment
from rich.text import Text
from textual.app import App
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import (Button, Checkbox, Collapsible, DataTable, Input, Label, Log, OptionList,
    RichLog, SelectionList, Static, Tab, Tabs, TextArea, Tree)
from csdesk.tui.safe import ControlGuard, display_line, plain

kinds, way = sys.argv[1].split(), sys.argv[2]
texts = json.loads(sys.argv[3])
make = plain if way == "plain" else Content

class Raw(Widget):
    def __init__(self, text):
        super().__init__()
        self.raw = text
        self.styles.height = 1
    def render_line(self, y):
        return Strip([Segment(self.raw)])

def build(kind, text):
    raw = display_line(text) if way == "plain" else text
    if kind == "static": return Static(make(text))
    if kind == "label": return Label(make(text))
    if kind == "button": return Button(make(text))
    if kind == "checkbox": return Checkbox(make(text))
    if kind == "optionlist": return OptionList(make(text))
    if kind == "selectionlist": return SelectionList((make(text), 1))
    if kind == "collapsible": return Collapsible(Static("x"), title="t")
    if kind == "tabs": return Tabs(Tab(make(text)))
    if kind == "input": return Input(value=raw)
    if kind == "placeholder": return Input(placeholder=raw)
    if kind == "textarea": return TextArea(raw)
    if kind == "log":
        log = Log(); log.styles.height = 3; log.write_line(raw); return log
    if kind == "richlog":
        log = RichLog(); log.styles.height = 3; log.write(Text(raw)); return log
    if kind == "tree": return Tree(Text(raw))
    if kind == "border":
        box = Static("x"); box.styles.border = ("round", "white"); box.border_title = make(text)
        box.border_subtitle = make(text); return box
    if kind == "table":
        table = DataTable(); table.add_column(Text(raw)); table.add_row(Text(raw)); return table
    if kind == "raw": return Raw(raw)
    raise SystemExit(kind)

class Gallery(App):
    CSS = "Screen > * { height: auto; max-height: 4; } Raw { height: 1; }"
    guard = ControlGuard()
    def get_line_filters(self):
        return [*super().get_line_filters(), *([] if way == "bare" else [self.guard])]
    def compose(self):
        for kind in kinds:
            if kind != "notify":
                yield from (build(kind, text) for text in texts)
    def on_mount(self):
        if "notify" in kinds:
            for text in texts:
                raw = display_line(text) if way == "plain" else text
                self.notify(raw, title=raw, markup=False, timeout=120)
        self.set_timer(0.3, lambda: self.call_after_refresh(self.call_after_refresh, self.exit))

Gallery().run()
print("gallery-done")
"""

KINDS = (
    "static label button checkbox",
    "optionlist selectionlist tabs border",
    "input placeholder textarea tree",
    "log richlog table raw",
    "notify",
)


def run_gallery(kinds: str, way: str, payloads: tuple[Payload, ...]) -> bytes:
    """What the gallery of ``kinds``, each showing every payload, writes to its terminal."""
    texts = json.dumps([payload.text for payload in payloads])
    with PtyApp(GALLERY, kinds, way, texts, size=(100, 160 * len(kinds.split()))) as app:
        output = app.read_to_end()
        assert app.process.wait(60) == 0, output[-3000:]
    assert b"gallery-done" in output and b"Traceback" not in output
    return output


def leaks(output: bytes, payloads: tuple[Payload, ...]) -> list[str]:
    return [payload.name for payload in payloads if payload.needle and payload.needle in output]


@pytest.mark.parametrize("way", ["plain", "guard"])
@pytest.mark.parametrize("kinds", KINDS)
def test_no_payload_reaches_the_terminal(kinds: str, way: str) -> None:
    output = run_gallery(kinds, way, CONTROLS)
    assert output.count(b"Q") >= len(CONTROLS), "nothing was painted"
    assert leaks(output, CONTROLS) == []


def test_without_both_layers_they_do_reach_it() -> None:
    leaked = leaks(run_gallery("static raw", "bare", CONTROLS), CONTROLS)
    assert {payload.name for payload in CONTROLS} - set(leaked) <= {"surrogate"}


@pytest.mark.parametrize("kinds", ["static button tabs", "optionlist border", "table tree", "notify"])
def test_markup_is_shown_as_it_was_written(kinds: str) -> None:
    output = run_gallery(kinds, "plain", MARKUP)
    for payload in MARKUP:
        assert output.count(payload.text.encode()) >= len(kinds.split()), payload.name
    assert b"\x1b]8;" not in output


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
def test_display_leaves_no_needle(payload: Payload) -> None:
    shown = display(payload.text)
    if payload.needle is None:
        assert shown == payload.text
    else:
        assert payload.needle not in shown.encode()
    assert plain(payload.text).plain == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\U0001f44d\U0001f3fd ok", "\U0001f44d ok"),
        ("1\ufe0f\u20e3", "1"),
        ("\u2764\ufe0f\u200d\U0001f525!", "\u2764!"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468"),
        ("\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f3f3"),
        ("\U0001fae8\u0378", "\u25a1\u25a1"),
        ("a\tb", "a    b"),
        ("क्‍ष", "क्ष"),
        ("您好\n在吗", "您好\n在吗"),
    ],
)
def test_display_keeps_what_terminals_agree_on(text: str, shown: str) -> None:
    assert display(text) == shown


def test_display_line_is_one_line() -> None:
    assert display_line("您好\n\t在吗") == "您好 在吗"


@pytest.mark.parametrize("payload", CONTROLS, ids=lambda payload: payload.name)
def test_the_guard_alone_keeps_the_width(payload: Payload) -> None:
    guarded = ControlGuard().apply([Segment("ok"), Segment(payload.text)], Color(0, 0, 0))
    assert payload.needle is not None
    assert guarded[0] == Segment("ok")
    assert cell_width(guarded[1].text) == cell_width(payload.text)
    assert payload.needle not in guarded[1].text.encode()


def test_the_guard_leaves_ordinary_lines_alone() -> None:
    segments = [Segment("您好，快递到了"), Segment("ok", Style(bold=True))]
    assert ControlGuard().apply(segments, Color(0, 0, 0)) is segments


def test_the_guard_drops_a_link_that_smuggles_a_control() -> None:
    smuggler = Segment("x", Style(link="http://e.x\x1b\\\x1b]52;c;UFdO"))
    (guarded,) = ControlGuard().apply([smuggler], Color(0, 0, 0))
    assert guarded.style is not None and guarded.style.link is None
