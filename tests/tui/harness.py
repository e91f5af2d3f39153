"""A small screen around our widgets, with sources in memory, for tests, pictures and the bench."""

from __future__ import annotations

import bisect
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from csdesk.model.conversation import Page, Priority, QueueRow, Status
from csdesk.model.message import Delivery, Message, Sender
from csdesk.tui import themes
from csdesk.tui.keys import Place, bindings
from csdesk.tui.panes.status_bar import DeskState, StatusBar
from csdesk.tui.widgets.key_bar import KeyBar
from csdesk.tui.widgets.message_list import MessageList
from csdesk.tui.widgets.queue_list import QueueList
from csdesk.tui.widgets.row_window import END

NOW = 1_795_313_162_000
"""2026-11-22 10:06:02 at UTC+8; the tests set TZ where they read it."""


FIRST_PLACE = 10**11
"""Places of as many digits each: they sort as their keys do."""


def row(id: int, **changes: object) -> QueueRow:
    """A waiting conversation that stands where its id says."""
    base = QueueRow(
        id=id, ref=f"REF{id:07d}", version=1, status=Status.OPEN, waiting_since=NOW - 8_000,
        contact_name=f"客户{id}", tier=None, stage="presale", priority=Priority.NORMAL, subject="",
        preview=f"你好 {id}", preview_from="customer", assignee=None, assignee_name=None, inbox_name="web",
        updated_at=NOW, snooze_until=None, marks=0, place=FIRST_PLACE + id,
    )  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


class MemoryRows:
    """A RowSource over a list; rows are kept in the order of their keys. Counts its reads."""

    def __init__(self, rows: list[QueueRow]) -> None:
        self.reads = 0
        self.set(rows)

    def set(self, rows: list[QueueRow]) -> None:
        self.rows = sorted(rows, key=lambda one: one.key)
        self.keys = [one.key for one in self.rows]

    def page(self, after: str | None, before: str | None, limit: int) -> Page:
        self.reads += 1
        if before is not None:
            end = len(self.keys) if before == END else bisect.bisect_left(self.keys, before)
            start = max(0, end - limit)
            return Page(tuple(self.rows[start:end]), self.keys[start] if start else None)
        start = 0 if after is None else bisect.bisect_right(self.keys, after)
        end = start + limit
        more = self.keys[end - 1] if end < len(self.keys) else None
        return Page(tuple(self.rows[start:end]), more)

    def total(self) -> int:
        return len(self.rows)

    def locate(self, conversation_id: int) -> str | None:
        return next((one.key for one in self.rows if one.id == conversation_id), None)


class MemoryMessages:
    """A MessageSource over a list."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages

    def before(self, message_id: int | None, limit: int) -> list[Message]:
        found = [one for one in self.messages if message_id is None or one.id < message_id]
        return found[-limit:]

    def after(self, message_id: int, limit: int) -> list[Message]:
        return [one for one in self.messages if one.id > message_id][:limit]


def message(id: int, sender: Sender, text: str, **changes: object) -> Message:
    """A message one minute after its neighbour."""
    base = Message(id=id, uid=bytes([id % 256]) * 16, conversation=1, sender=sender,
                   author_name={"customer": "林女士", "agent": "张敏", "note": "李伟（售后组）", "auto": "离开"}.get(
                       sender.value, ""), text=text, at=NOW - 302_000 + id * 60_000)  # fmt: skip
    return replace(base, **changes)  # type: ignore[arg-type]


SAMPLE_ROWS = [
    row(1, contact_name="林女士", tier="A", stage="aftersale", preview="快递怎么还没到？都五天了！", waiting_since=NOW - 192_000),
    row(2, contact_name="王先生", tier="B", preview="在吗？这款有没有5寸的", waiting_since=NOW - 112_000),
    row(3, contact_name="陈晓", tier="A", stage="aftersale", preview="收到的颜色和图片不一样", waiting_since=NOW - 101_000),
    row(4, contact_name="访客", preview="尺码怎么选，身高172", waiting_since=NOW - 58_000, marks=1),
    row(5, contact_name="Mia Chen", tier="C", stage="insale", preview="Can I change the address?", waiting_since=NOW - 40_000),
    row(6, contact_name="赵女士", tier="B", preview="再便宜点我就拍了", waiting_since=NOW - 21_000, marks=2),
    row(7, contact_name="访客", preview="你好", priority=Priority.URGENT),
    row(8, contact_name="孙先生", preview="好的，谢谢", waiting_since=None, preview_from="agent"),
    row(9, contact_name="周女士", status=Status.SNOOZED, waiting_since=None, snooze_until=NOW + 7_200_000, preview="下午再联系"),
    row(10, contact_name="吴先生", status=Status.RESOLVED, waiting_since=None, preview="欢迎下次光临", preview_from="agent"),
]  # fmt: skip

SAMPLE_MESSAGES = [
    message(1, Sender.CUSTOMER, "你好", at=NOW - 300_000),
    message(2, Sender.CUSTOMER, "我上周六拍的那条裙子，订单 A1024", at=NOW - 290_000),
    message(3, Sender.AGENT, "林女士您好，欢迎光临，我帮您查一下，请稍等。", at=NOW - 280_000, delivery=Delivery.DELIVERED),
    message(4, Sender.AUTO, "您好，客服暂时不在座位，约 10:05 回来，会尽快回复您。", at=NOW - 240_000),
    message(5, Sender.NOTE, "中转站积压，预计周五 18 点前到，可送 8 元券。", at=NOW - 230_000),
    message(6, Sender.CUSTOMER, "快递怎么还没到？都五天了！", at=NOW - 192_000),
    message(7, Sender.SYSTEM, "张敏接入了会话", at=NOW - 190_000),
    message(8, Sender.AGENT, "非常抱歉让您久等了，包裹预计周五 18 点前送达，送您 8 元券表示歉意，您看可以吗？", at=NOW - 5_000,
            delivery=Delivery.HELD, release_at=NOW + 3_000),
]  # fmt: skip


class HarnessScreen(Screen[None]):
    """Status bar, queue, conversation, footer: the shape of the desk without its pane titles."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.ANYWHERE)]
    DEFAULT_CSS = """
    HarnessScreen { background: $base; }
    #queue-pane { background: $pane; width: 36; margin-right: 1; }
    HarnessScreen.-narrow #queue-pane { width: 26; }
    """

    def __init__(self, rows: MemoryRows, messages: MemoryMessages, density: str = "cosy") -> None:
        super().__init__()
        self.rows, self.messages, self.density = rows, messages, density
        self.events: list[object] = []

    def compose(self) -> ComposeResult:
        yield StatusBar()
        with Horizontal():
            with Vertical(id="queue-pane"):
                yield QueueList(self.rows, density=self.density, now_ms=NOW)
            yield MessageList(self.messages, now_ms=NOW)
        yield KeyBar()

    def on_mount(self) -> None:
        self.set_class(self.app.size.width < 100, "-narrow")
        self.query_one(QueueList).focus()
        self.query_one(StatusBar).show(
            DeskState(
                agent_name="张敏",
                availability="在线",
                waiting=7,
                mine=3,
                longest_since=NOW - 192_000,
                now_ms=NOW,
            )
        )

    def on_row_list_row_highlighted(self, event: QueueList.RowHighlighted) -> None:
        self.events.append(("highlighted", event.conversation_id))

    def on_row_list_row_opened(self, event: QueueList.RowOpened) -> None:
        self.events.append(("opened", event.conversation_id))

    def action_send(self) -> None:
        self.events.append("send")

    def action_longest_wait(self) -> None:
        self.events.append("longest")

    def action_pick_reply(self) -> None:
        self.events.append("pick")


class Harness(App[None]):
    """The screen in an app with our themes."""

    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = str(Path(themes.__file__).with_name("desk.tcss"))

    def __init__(self, screen: HarnessScreen, theme: str = "dark") -> None:
        super().__init__()
        themes.register_themes(self)
        self.theme = themes.theme_name(theme)
        self.desk = screen

    def get_default_screen(self) -> Screen[None]:
        return self.desk


def harness(
    rows: list[QueueRow] | None = None,
    messages: list[Message] | None = None,
    *,
    theme: str = "dark",
    density: str = "cosy",
) -> Harness:
    """A Harness over samples or the given rows and messages."""
    chosen_rows = SAMPLE_ROWS if rows is None else rows
    chosen_messages = SAMPLE_MESSAGES if messages is None else messages
    return Harness(HarnessScreen(MemoryRows(chosen_rows), MemoryMessages(chosen_messages), density), theme)
