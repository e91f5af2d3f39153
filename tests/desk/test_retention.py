"""What was kept long enough goes; what is open, snoozed, young or of another inbox stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from csdesk.desk import intake, people, retention, work
from csdesk.desk.context import Desk
from csdesk.desk.ports import ContactCard, Incoming
from csdesk.store import conversations, messages
from csdesk.store.verify import verify
from tests.desks import clock_of, hears, open_desk

DAY_MS = 86_400_000


def keeping(desk: Desk, **days: int) -> Desk:
    desk.settings = replace(desk.settings, retention=days)
    return desk


def words(desk: Desk, number: int) -> str:
    return "".join(line.text for line in messages.before(desk.store.reader(), number, None, 9) if line.uid)


def test_only_what_is_due_goes(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with open_desk(path) as desk:
        desk.store.write(lambda tx: people.ensure_inbox(tx, "other"))
        old, open_, asleep, reopened = (hears(desk, name, f"words of {name}") for name in "abcd")
        elsewhere = hears(desk, "e", "words of e", inbox="other")
        for number in (old, reopened, elsewhere):
            work.resolve(desk, number)
        work.reopen(desk, reopened)
        work.snooze(desk, asleep, None)
        clock_of(desk).advance(31 * DAY_MS)
        young = hears(desk, "f", "words of f")
        work.resolve(desk, young)
        keeping(desk, web=30, nowhere=5)
        due, unknown = retention.overdue(desk)
        assert [(each.inbox, each.days, each.conversations) for each in due] == [("web", 30, (old,))]
        assert unknown == ["nowhere"]
        assert words(desk, old) == "words of a"
        done = retention.erase_overdue(desk, due)
        assert (done.conversations, done.contacts, done.is_file_clean) == (1, 1, True)
        assert words(desk, old) == ""
        assert conversations.get(desk.store.reader(), old).contact_name == ""
        for number in (open_, asleep, reopened, elsewhere, young):
            assert words(desk, number).startswith("words of")
        assert retention.overdue(desk)[0][0].conversations == ()
    assert verify(path).problems == ()
    assert b"words of a" not in path.read_bytes()


def test_a_contact_stays_while_something_of_them_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    card = ContactCard("lin", "Lin")
    with open_desk(path) as desk:
        keeping(desk, web=30)
        first, second = (
            intake.receive(desk, Incoming("web", thread, thread, thread * 9, card)).conversation
            for thread in ("t", "u")
        )
        work.resolve(desk, first)
        clock_of(desk).advance(40 * DAY_MS)
        done = retention.erase_overdue(desk, retention.overdue(desk)[0])
        assert (done.conversations, done.contacts) == (1, 0)
        assert words(desk, first) == "" and words(desk, second) == "u" * 9
        assert conversations.get(desk.store.reader(), first).contact_name == "Lin"
        work.resolve(desk, second)
        clock_of(desk).advance(40 * DAY_MS)
        assert retention.erase_overdue(desk, retention.overdue(desk)[0]).contacts == 1
        assert conversations.get(desk.store.reader(), first).contact_name == ""
    assert verify(path).problems == ()
