"""Drawing one line of a conversation: author's bar, names, times, what became of a message."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip

from csdesk.i18n import N_, _
from csdesk.model.message import WHISPER, Delivery, Message, Sender
from csdesk.text import cell_width
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display_line
from csdesk.tui.themes import Palette
from csdesk.tui.times import clock_time, day_text
from csdesk.tui.widgets.line import Piece, build_line, centred
from csdesk.tui.widgets.message_blocks import Block, Kind

_BARS = {Sender.CUSTOMER: "hint", Sender.AGENT: "accent", Sender.AUTO: "violet", Sender.NOTE: "amber"}


def draw(block: Block, number: int, palette: Palette, width: int, now_ms: int, is_marked: bool) -> Strip:
    """Line ``number`` of ``block``, ``width`` cells wide."""
    line, message = block.lines[number], block.message
    base = palette.style("content", "base")
    if line.kind is Kind.AIR:
        return build_line(width, base, [(" " * width, base)])
    if line.kind is Kind.DAY:
        text = day_text(message.at, now_ms)
        return centred(width, base, text, palette.style("hint", "base"))
    if line.kind is Kind.SYSTEM:
        return centred(width, base, line.text.rstrip(), palette.style("hint", "base"))
    ground = "note" if message.sender is Sender.NOTE else "selected" if is_marked else "base"
    gutter = _gutter(message, palette, ground)
    if line.kind is Kind.HEAD:
        pieces = _head(message, palette, ground, now_ms)
        if is_marked and message.delivery in _HINTS:
            hint = "  " + _(_HINTS[message.delivery])
            if sum(cell_width(text) for text, _style in [*gutter, *pieces, (hint, base)]) <= width:
                pieces.append((hint, palette.style("detail", ground)))
    elif line.kind is Kind.FILE:
        pieces = [(f"{glyphs().pin} {line.text}", palette.style("accent", ground))]
    else:
        pieces = [(line.text.rstrip(), _body_style(message, palette, ground))]
    return build_line(width, palette.style("content", ground), [*gutter, *pieces])


_HINTS = {Delivery.FAILED: N_("y again · Enter rewrite"), Delivery.LOOK: N_("L decides · Enter rewrite")}


def head_depends_on_time(message: Message) -> bool:
    """True for a message whose head counts down."""
    return message.delivery is Delivery.HELD


def _gutter(message: Message, palette: Palette, ground: str) -> list[Piece]:
    colour = "red" if message.delivery is Delivery.FAILED else _BARS.get(message.sender, "hint")
    outer = palette.style("content", "base")
    return [
        (" ", outer),
        (glyphs().author_bar, palette.style(colour, ground)),
        (" ", palette.style("content", ground)),
    ]


def _body_style(message: Message, palette: Palette, ground: str) -> Style:
    if message.erased_at is not None:
        return palette.style("hint", ground, italic=True)
    if message.sender is Sender.AUTO:
        return palette.style("detail", ground, italic=True)
    return palette.style("content", ground)


def _head(message: Message, palette: Palette, ground: str, now_ms: int) -> list[Piece]:
    name = display_line(message.author_name)
    pieces: list[Piece]
    time_colour = "hint"
    if message.sender is Sender.AUTO:
        time_colour = "violet"
        from csdesk.availability.rules import rule_name  # a screen without an automatic text does without it

        rule = rule_name(message.rule)
        label = _joined(_joined(_("Automatic"), rule), name)
        pieces = [(label, palette.style("violet", ground))]
    elif message.sender is Sender.NOTE:
        time_colour = "amber"
        is_whisper = message.rule == WHISPER
        label = _("Whisper") if is_whisper else _("Note")
        pieces = [(_joined(label, name), palette.style("amber", ground, bold=is_whisper))]
    elif message.sender is Sender.AGENT:
        pieces = [(name or _("Agent"), palette.style("accent", ground, bold=True))]
    else:
        pieces = [(name or _("visitor"), palette.style("amber", ground, bold=True))]
    if not message.is_time_assumed:
        pieces.append((" " + clock_time(message.at), palette.style(time_colour, ground)))
    return pieces + _delivery(message, palette, ground, now_ms)


def _joined(first: str, second: str) -> str:
    return f"{first} {glyphs().dot} {second}" if second else first


def _delivery(message: Message, palette: Palette, ground: str, now_ms: int) -> list[Piece]:
    """Glyph and word for how far an outgoing message has come; nothing for the others."""
    sign = glyphs()
    state = message.delivery
    if state is None:
        return []
    if state is Delivery.HELD:
        left_s = max(0, -(-((message.release_at or now_ms) - now_ms) // 1000))
        return [(f" {sign.held} " + _("{seconds}s").format(seconds=left_s), palette.style("amber", ground))]
    if state is Delivery.APPROVAL:
        name = display_line(message.reason or "")
        text = _("waits for {name}'s approval").format(name=name) if name else _("waits for approval")
        return [(f" {sign.clock} {text}", palette.style("amber", ground))]
    if state is Delivery.LOOK:
        return [(f" {sign.warm} " + _("needs another look"), palette.style("amber", ground, bold=True))]
    if state is Delivery.FAILED:
        reason = display_line(message.reason or "")
        text = _("failed: {reason}").format(reason=reason) if reason else _("failed")
        return [(f" {sign.failed} {text}", palette.style("red", ground))]
    shown = {
        Delivery.QUEUED: (sign.clock + " " + _("queued"), "amber"),
        Delivery.SENDING: (sign.clock + " " + _("sending"), "detail"),
        Delivery.SENT: (sign.sent, "detail"),
        Delivery.DELIVERED: (sign.delivered, "green"),
        Delivery.READ: (sign.read + " " + _("read"), "green"),
    }
    text, colour = shown[state]
    return [(f" {text}", palette.style(colour, ground))]
