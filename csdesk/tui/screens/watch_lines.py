"""The lines around a watched conversation: who is watched, what they write, what waits for approval, which keys."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from csdesk.desk.context import Desk
from csdesk.desk.watching import View
from csdesk.i18n import _, ngettext
from csdesk.model.message import Mode, OutboxItem
from csdesk.text import cell_width, truncate, wrap
from csdesk.tui.glyphs import glyphs
from csdesk.tui.safe import display, display_line
from csdesk.tui.times import clock_time, wait_text

NAME_CELLS = 20
DRAFT_LINES = 8
"""The end of a longer draft is shown: that is where it is written on."""


def head_line(view: View, desk: Desk, is_following: bool, width: int) -> Content:
    """Whom, whether they are there and how their replies leave; on the right what waits, and the time."""
    name = truncate(display_line(view.agent.name), NAME_CELLS)
    badge = Content.styled(_(" You watch {name} ").format(name=name), "bold reverse $amber")
    facts = [
        _("working") if view.is_here else _("not here"),
        _("{name} approves").format(name=display_line(view.agent.approver)) if view.agent.approver else _("replies leave by themselves"),
        "" if is_following else _("this conversation stays"),
    ]  # fmt: skip
    count = len(view.waiting)
    waits = ngettext("{count} waits for approval", "{count} wait for approval", count).format(count=count)
    right = Content.assemble(
        Content.styled(f"{glyphs().clock} {waits}  " if count else "", "bold $amber"),
        Content.styled(f"{clock_time(desk.now_ms())} ", "$detail"),
    )
    room = width - cell_width(badge.plain) - cell_width(right.plain) - 3
    left = truncate(f" {glyphs().dot} ".join(filter(None, facts)), max(0, room))
    gap = " " * max(1, width - cell_width(badge.plain) - cell_width(right.plain) - cell_width(left) - 1)
    return Content.assemble(badge, Content(" "), Content.styled(left, "$content"), Content(gap), right)


def waiting_lines(view: View, desk: Desk, pending: OutboxItem | None, width: int) -> Content:
    """Everything that waits for approval, the longest first; what is shown beside it has a bar in front."""
    lines = [Content.styled(_("Waiting for approval"), "bold $accent")]
    if not view.waiting:
        lines += [Content(), *(Content.styled(line, "$detail") for line in wrap(_("Nothing. F4 makes the replies of who is watched wait here until you approve them."), width))]  # fmt: skip
    for each in view.waiting:
        is_shown = each == pending
        age = wait_text(desk.now_ms() - each.release_at)
        who = truncate(display_line(each.agent_name), width - cell_width(age) - 4)
        mark = glyphs().bar if is_shown else " "
        gap = " " * max(1, width - cell_width(mark) - 1 - cell_width(who) - cell_width(age))
        style = "bold $content" if is_shown else "$content"
        lines += [
            Content(),
            Content.assemble(
                Content.styled(f"{mark} ", "$accent"),
                Content.styled(who, style),
                Content(gap),
                Content.styled(age, "$amber"),
            ),
            Content.styled(f"  {truncate(display_line(each.text), width - 2)}", "$detail"),
        ]
    return Content("\n").join(lines)


def draft_lines(view: View, width: int) -> Iterable[Content]:
    """What is being written in the shown conversation, as it is written."""
    name = display_line(view.agent.name)
    if view.writing is None:
        yield Content.styled(_("{name} writes nothing now").format(name=name), "$hint")
        return
    mode, text = view.writing
    said = _("{name} writes a note") if mode is Mode.NOTE else _("{name} writes a reply")
    yield Content.styled(said.format(name=name), "bold $accent")
    lines = [part for line in display(text).split("\n") for part in wrap(line, width) or [""]]
    if len(lines) > DRAFT_LINES:
        yield Content.styled(glyphs().ellipsis, "$hint")
    yield from (Content(line.rstrip()) for line in lines[-DRAFT_LINES:])


def task_line(pending: OutboxItem | None, now_ms: int, width: int) -> Content:
    """That a reply of this conversation waits, for how long, and what can be done."""
    if pending is None:
        return Content("")
    age = wait_text(now_ms - pending.release_at)
    said = _("{name}'s reply waits for you").format(name=display_line(pending.agent_name))
    left = Content.styled(f"{glyphs().clock} {truncate(said, max(8, width - 9))} {age}", "bold $amber")
    keys = _keys(
        [("^S", _("Approve")), ("^O", _("Change")), ("^R", _("Return"))], width - cell_width(left.plain) - 3
    )
    gap = " " * max(1, width - cell_width(left.plain) - cell_width(keys.plain))
    return Content.assemble(left, Content(gap), keys)


def foot_line(width: int) -> Content:
    """The keys that work all the time, as many as fit; those of a reply that waits stand beside it."""
    keys = [
        ("Enter", _("Whisper")),
        ("F8", _("Next to approve")),
        ("F4", _("Approval on/off")),
        ("F7", _("Whom")),
        ("^Q", _("Quit")),
        ("Esc", _("Follow")),
        ("PgUp", _("Page up")),
    ]
    return Content.assemble(Content(" "), _keys(keys, width - 1))


def _keys(keys: Iterable[tuple[str, str]], width: int) -> Content:
    parts: list[Content] = []
    used = 0
    for key, label in keys:
        cells = cell_width(key) + 1 + cell_width(label) + (3 if parts else 0)
        if used + cells > width:
            continue
        parts += [
            Content("   " if parts else ""),
            Content.styled(key, "bold $accent"),
            Content.styled(f" {label}", "$detail"),
        ]
        used += cells
    return Content.assemble(*parts)
