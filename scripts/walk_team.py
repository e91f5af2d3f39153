"""Stops of the walk that a colleague has a hand in, and a picture that a customer sent.

The colleague works on the same store through the same use cases as at a desk of their own: they ask, hand over, and
change what was worked on here.
"""

from __future__ import annotations

import asyncio
import itertools
import struct
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from picture_desk import CASTS

if TYPE_CHECKING:
    from csdesk.desk.context import Desk
    from csdesk.tui.screens.desk import DeskScreen

LONGEST_S = 60.0
WORDS = {
    "zh": {
        "why": "您熟悉这位客户",
        "said": "手上已经满了",
        "picture": "灯罩.jpg",
    },
    "en": {
        "why": "you know the case",
        "said": "I have three already",
        "picture": "shade.jpg",
    },
}


def _words() -> dict[str, str]:
    from csdesk.i18n import language

    return WORDS[language()[:2]]


def _colleague(desk: Desk) -> Desk:
    """Who works at the same store."""
    from csdesk.desk import people

    cast = next(each for each in CASTS.values() if each.agent == desk.agent.name)
    return replace(desk, agent=people.me(desk.store, cast.colleague))


async def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.02)


# -- a picture


def _png(width: int, height: int) -> bytes:
    """A lamp shade with a stain, small."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            is_shade = abs(x - width / 2) < 6 + y * (width / 2 - 10) / height
            is_stain = (x - width * 0.62) ** 2 + (y - height * 0.6) ** 2 < 60
            rows += bytes(
                (150, 104, 60) if is_stain and is_shade else (236, 214, 170) if is_shade else (46, 52, 64)
            )

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + part(b"IHDR", head)
        + part(b"IDAT", zlib.compress(bytes(rows)))
        + part(b"IEND", b"")
    )


def picture(ground: DeskScreen) -> None:
    from csdesk.tui.screens.picture import PictureScreen

    ground.app.push_screen(PictureScreen(_png(64, 48), _words()["picture"]))


# -- offers


def ask(ground: DeskScreen) -> None:
    """The colleague takes the last of the unassigned and asks the agent to have it."""
    from csdesk.desk import offers, work
    from csdesk.desk.moves import Target

    beside = _colleague(ground.desk)
    number = _unassigned(ground.desk)[-1]
    work.claim(beside, number)
    work.do(
        beside,
        number,
        offers.hand_on(beside, Target(agent=ground.desk.agent.name), _words()["why"], asks=True),
    )
    _watch(ground).read()


def ask_no_longer(ground: DeskScreen) -> None:
    from csdesk.desk import offers, work

    beside = _colleague(ground.desk)
    for each in offers.to_me(ground.desk):
        offers.take_back(beside, each.conversation)
        work.release(beside, each.conversation)
    _watch(ground).read()


def give(ground: DeskScreen) -> None:
    """The agent asks the colleague to have the conversation that is shown."""
    from csdesk.desk import offers, work
    from csdesk.desk.moves import Target

    desk = ground.desk
    to = Target(agent=_colleague(desk).agent.name)
    work.do(desk, _shown(ground), offers.hand_on(desk, to, _words()["why"], asks=True))
    _watch(ground).read()
    _above(ground).show_line()


def give_no_longer(ground: DeskScreen) -> None:
    from csdesk.desk import offers

    offers.take_back(ground.desk, _shown(ground))
    _watch(ground).read()
    _above(ground).show_line()


def _unassigned(desk: Desk) -> list[int]:
    rows = desk.store.reader().execute(
        "SELECT id FROM conversation WHERE status = 'open' AND assignee IS NULL ORDER BY waiting_since"
    )
    return [number for (number,) in rows]


def _shown(ground: DeskScreen) -> int:
    if ground.shown is None:
        raise LookupError("no conversation is shown")
    return ground.shown.id


def _watch(ground: Any) -> Any:
    return ground.offer_watch


def _above(ground: Any) -> Any:
    return ground.hub_watch


# -- what others did


def beside(ground: DeskScreen) -> None:
    """The colleague sees the same conversation, and writes in it."""
    watch = _above(ground)
    watch._present = [
        {"agent": _colleague(ground.desk).agent.name, "conversation": ground.shown.ref, "is_writing": True}
    ]  # type: ignore[union-attr]
    watch.show_line()


def nobody_beside(ground: DeskScreen) -> None:
    _above(ground)._present = []
    _above(ground).show_line()


def cards(ground: DeskScreen) -> None:
    """Cards of two conversations: who was first, and to whom one went."""
    from csdesk.model.operation import Kind
    from csdesk.store import cards as stored
    from csdesk.store.cards import Conflict

    desk, by = ground.desk, _colleague(ground.desk).agent.name
    other = _unassigned(desk)[0]
    resolved = {"by": by, "fact": int(Kind.CONVERSATION_RESOLVED)}
    declined = {"by": by, "said": _words()["said"], "agent": desk.agent.id}

    def put(tx: Any) -> None:
        stored.put(tx.connection, other, Conflict.STATUS_CHANGED, tx.now_ms - 240_000, resolved)
        stored.put(tx.connection, _shown(ground), Conflict.OFFER_RETURNED, tx.now_ms - 60_000, declined)

    desk.store.write(put)
    _above(ground).look()


def cards_seen(ground: DeskScreen) -> None:
    from csdesk.desk import looking

    for met in looking.met(ground.desk):
        looking.dismiss(ground.desk, met.conversation.id)
    _above(ground).look()


# -- the handover


async def handover(ground: DeskScreen) -> None:
    """What is left of this shift, above what the colleague handed over before it."""
    from csdesk.desk import handover as cases

    if not cases.recent(ground.desk):
        other, count = _colleague(ground.desk), itertools.count(1)
        composed = cases.compose_now(other)
        with patch.object(cases, "new_uid", lambda _now: next(count).to_bytes(16, "big")):
            cases.write(other, composed.text, composed.left)
    await _handovers(ground)


async def _handovers(ground: Any) -> Any:
    """The screen, once it has read what there is."""
    ground.action_hand_over()
    await _until(lambda: len(getattr(ground.app.screen, "handovers", ())) > 1)
    return ground.app.screen


async def handover_written(ground: DeskScreen) -> None:
    """The form, with the text as it comes from the data."""
    (await _handovers(ground)).action_write()


async def handover_taken(ground: DeskScreen) -> None:
    """The colleague's, taken over by the agent, who has dealt with the first of it."""
    from csdesk.desk import handover as cases

    (given,) = cases.recent(ground.desk)
    cases.sign(ground.desk, given.handover.ref)
    cases.tick(ground.desk, given.handover.ref, 0, is_done=True)
    screen = await _handovers(ground)
    screen.handovers.action_step(1)
    screen.action_switch()


async def handover_read(ground: DeskScreen) -> None:
    """Its whole text."""
    screen = await _handovers(ground)
    screen.handovers.action_step(1)
    screen.action_read()


# -- quick replies, kept


async def replies(ground: Any) -> None:
    """All there are; the first of them is marked."""
    ground.action_manage_replies()
    await _until(lambda: len(getattr(ground.app.screen, "list", ())) > 1)


async def reply_form(ground: Any) -> None:
    """A new one, empty."""
    await replies(ground)
    ground.app.screen.action_new()


async def reply_offered(ground: Any) -> None:
    """When a new one is offered."""
    await _opened(ground, "offered")


async def reply_after(ground: Any) -> None:
    """What happens once a new one is sent."""
    await _opened(ground, "after")


async def _opened(ground: Any, name: str) -> None:
    """What opens from a field of a new one."""
    await reply_form(ground)
    await _until(lambda: name in getattr(ground.app.screen, "fields", ()))
    ground.app.screen.fields[name].focus()
    ground.app.screen.fields[name].action_open()
