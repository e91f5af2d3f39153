"""Drafts of two sessions, the change feed, refs, and the words of the search index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.desk import people as desk_people
from csdesk.desk import sending, work
from csdesk.errors import NotFound
from csdesk.model.conversation import Mark, View
from csdesk.model.message import Draft, Mode
from csdesk.store import changes, connect, conversations, drafts, queue, tokens
from csdesk.store.changes import ChangeFeed
from csdesk.store.connect import Connection
from tests.desks import Desk, clock_of, hears, open_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as opened:
        yield opened


def save(desk: Desk, session: str, text: str, at: int, seen_at: int = 0, conversation: int = 1) -> None:
    draft = Draft(conversation, desk.agent.id, Mode.REPLY, text, len(text), at)
    desk.store.write(lambda tx: drafts.save(tx.connection, draft, session, seen_at=seen_at))


def held(desk: Desk, conversation: int = 1) -> list[tuple[str, str]]:
    found = drafts.held(desk.store.reader(), conversation, desk.agent.id, Mode.REPLY)
    return [(each.session, each.draft.text) for each in found]


def marks(desk: Desk, conversation: int) -> int:
    row = (
        desk.store.reader().execute("SELECT marks FROM conversation WHERE id = ?", (conversation,)).fetchone()
    )
    return int(row[0])


def test_two_sessions_keep_their_own_text(desk: Desk) -> None:
    hears(desk, "t")
    save(desk, "a", "from a", 10)
    save(desk, "b", "from b", 20)
    save(desk, "a", "from a again", 30)
    assert held(desk) == [("a", "from a again"), ("b", "from b")]


def test_only_what_its_writer_saw_is_replaced(desk: Desk) -> None:
    hears(desk, "t")
    save(desk, "old", "seen", 10)
    save(desk, "other", "not seen", 20)
    save(desk, "new", "seen and more", 30, seen_at=10)
    assert held(desk) == [("new", "seen and more"), ("other", "not seen")]


def test_an_empty_text_removes_the_draft_and_its_sign(desk: Desk) -> None:
    number = hears(desk, "t")
    save(desk, "a", "x", 10, conversation=number)
    assert marks(desk, number) == 1
    save(desk, "a", "", 20, conversation=number)
    assert (held(desk, number), marks(desk, number)) == ([], 0)


def test_typing_repaints_the_row_once(desk: Desk) -> None:
    number = hears(desk, "t")
    feed = ChangeFeed(desk.store.reader())
    save(desk, "a", "x", 10, conversation=number)
    assert feed.poll() == changes.Changes(frozenset({number}))
    save(desk, "a", "xy", 20, conversation=number)
    assert feed.poll() == changes.Changes(frozenset())
    assert feed.poll() is None


def test_what_a_former_run_left_is_gone_once_it_is_sent(desk: Desk) -> None:
    number = hears(desk, "t")
    save(desk, "killed run", "您好 ", 10, conversation=number)
    save(desk, "elsewhere", "something else", 20, conversation=number)
    sending.reply(desk, number, "您好")
    assert held(desk, number) == [("elsewhere", "something else")]
    sending.reply(desk, number, "changed before it was saved", seen_at=20)
    assert held(desk, number) == []
    assert marks(desk, number) == 0


def test_drafts_of_modes_and_agents_stay_apart(desk: Desk) -> None:
    number = hears(desk, "t")
    sending.save_draft(desk, number, Mode.NOTE, "note", 4).result(60)
    sending.save_draft(desk, number, Mode.REPLY, "reply", 5).result(60)
    sending.reply(desk, number, "reply")
    (kept,) = drafts.of_agent(desk.store.reader(), desk.agent.id)
    assert (kept.draft.mode, kept.draft.text, kept.draft.cursor) == (Mode.NOTE, "note", 4)
    sending.note(desk, number, "note")
    assert drafts.of_agent(desk.store.reader(), desk.agent.id) == []
    sending.save_draft(desk, number, Mode.NOTE, "x", 1).result(60)
    sending.drop_draft(desk, number, Mode.NOTE)
    assert drafts.of_agent(desk.store.reader(), desk.agent.id) == []


def test_the_feed_tells_what_changed(desk: Desk) -> None:
    feed = ChangeFeed(desk.store.reader())
    assert feed.poll() is None
    one, two = hears(desk, "one"), hears(desk, "two")
    assert feed.poll() == changes.Changes(frozenset({one, two}))
    assert feed.poll() is None
    work.label(desk, two, add=("x",))
    assert feed.poll() == changes.Changes(frozenset({two}))
    work.label(desk, two, add=("x",))
    found = feed.poll()
    assert found is None or found == changes.Changes(frozenset())


def test_the_feed_sees_other_programs(desk: Desk) -> None:
    feed = ChangeFeed(desk.store.reader())
    with open_desk(desk.store.path, desk.clock, "Bo") as other:
        number = hears(other, "t")
        found = feed.poll()
        assert found is not None and found.conversations == {number}


def test_the_feed_gives_up_naming_when_there_is_too_much(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST", 3)
    feed = ChangeFeed(desk.store.reader())
    last = [hears(desk, f"t{number}") for number in range(4)][-1]
    assert feed.poll() == changes.Changes(None)
    work.label(desk, last, add=("x",))
    assert feed.poll() == changes.Changes(frozenset({last}))


def test_a_renamed_contact_touches_all_of_theirs(desk: Desk) -> None:
    numbers = {hears(desk, f"t{number}") for number in range(3)}
    feed = ChangeFeed(desk.store.reader())
    uid = desk.store.reader().execute("SELECT uid FROM contact WHERE id = 2").fetchone()[0]
    from csdesk.model.operation import Kind

    desk.store.write(lambda tx: tx.record(Kind.CONTACT_EDITED, uid, {"name": "X"}))
    found = feed.poll()
    assert found is not None and found.conversations is not None
    assert len(found.conversations) == 1
    assert found.conversations < numbers


def test_a_ref_is_read_as_people_type_it(desk: Desk) -> None:
    number = hears(desk, "t")
    found = conversations.get(desk.store.reader(), number)
    reader = desk.store.reader()
    for typed in (found.ref, f"#{found.short_ref}", found.short_ref.lower(), found.ref.replace("0", "o")):
        assert conversations.by_ref(reader, typed) == number
    assert found.short_ref == found.ref[:6]
    for typed, code in (("", "ref.unreadable"), ("#7K3Q!", "ref.unreadable"), ("ZZZZZZZZZZ", "ref.unknown")):
        with pytest.raises(NotFound) as raised:
            conversations.by_ref(reader, typed)
        assert raised.value.code == code


def test_an_ambiguous_ref_lists_what_it_could_be(desk: Desk) -> None:
    numbers = [hears(desk, f"t{number}") for number in range(2)]

    def twin(tx: object) -> None:
        for number, ref in zip(numbers, ("7K3Q9FAAAA", "7K3Q9FAAAB"), strict=True):
            desk.store._writing.execute("UPDATE conversation SET ref = ? WHERE id = ?", (ref, number))

    desk.store.write(twin)
    reader = desk.store.reader()
    assert conversations.by_ref(reader, "7k3q9faaab") == numbers[1]
    assert conversations.get(reader, numbers[0]).short_ref == "7K3Q9FAAAA"
    with pytest.raises(NotFound) as raised:
        conversations.by_ref(reader, "#7K3Q")
    assert raised.value.code == "ref.ambiguous"
    assert "#7K3Q9FAAAA, #7K3Q9FAAAB" in raised.value.hint


def test_names_are_one_whatever_their_case(desk: Desk) -> None:
    desk.store.write(lambda tx: desk_people.add_agent(tx, "Zoë"))
    assert desk_people.me(desk.store, "mia").id == desk.agent.id


TEXTS = (
    "快递还没到，都五天了",
    "快，递给我",
    "我的快递",
    "递快",
    "快x递 快",
    "Kindle的快递 refund",
    "ＦＵＬＬ 快递",
    "カメラの快",
    "",
)


@pytest.fixture(scope="module")
def index() -> Iterator[Connection]:
    """The table of words as the schema has it, filled with TEXTS."""
    connection = connect.open_scratch()
    connection.execute(
        "CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0, tokenize='unicode61')"
    )
    for number, text in enumerate(TEXTS):
        connection.execute("INSERT INTO words(rowid, text) VALUES(?, ?)", (number, tokens.index_text(text)))
    yield connection
    connection.close()


def found_by(connection: Connection, needle: str) -> set[int]:
    """Texts with ``needle`` (CJK) as a phrase of its pairs; one character is a term of its own."""
    pairs = [needle[at : at + 2] for at in range(len(needle) - 1)] or [needle]
    rows = connection.execute(
        "SELECT rowid FROM words WHERE words MATCH ?", (f'"{" ".join(pairs)}"',)
    ).fetchall()
    return {row[0] for row in rows}


@pytest.mark.parametrize(
    "needle", ["快", "递", "快递", "递快", "递还", "快递还", "快递还没到", "的快递", "都五天了", "没递"]
)
def test_chinese_is_found_exactly(index: Connection, needle: str) -> None:
    assert found_by(index, needle) == {number for number, text in enumerate(TEXTS) if needle in text}


@given(
    st.lists(st.text("快递我 x，", max_size=8), min_size=1, max_size=6),
    st.text("快递我", min_size=1, max_size=4),
)
def test_any_chinese_is_found_exactly(texts: list[str], needle: str) -> None:
    connection = connect.open_scratch()
    connection.execute(
        "CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0, tokenize='unicode61')"
    )
    for number, text in enumerate(texts):
        connection.execute("INSERT INTO words(rowid, text) VALUES(?, ?)", (number, tokens.index_text(text)))
    assert found_by(connection, needle) == {number for number, text in enumerate(texts) if needle in text}
    connection.close()


def test_latin_words_are_words(index: Connection) -> None:
    def found(word: str) -> set[int]:
        rows = index.execute(
            "SELECT rowid FROM words WHERE words MATCH ?", (f'"{tokens.normalise(word)}"',)
        ).fetchall()
        return {row[0] for row in rows}

    assert found("REFUND") == {5}
    assert found("kindle") == {5}
    assert found("full") == {6}
    assert found("ｆull") == {6}
    assert found("refun") == set()


def test_the_clock_of_a_draft_is_the_desks(desk: Desk) -> None:
    number = hears(desk, "t")
    clock_of(desk).advance(1_234)
    sending.save_draft(desk, number, Mode.REPLY, "x", 1).result(60)
    (kept,) = drafts.held(desk.store.reader(), number, desk.agent.id, Mode.REPLY)
    assert kept.draft.updated_at == desk.now_ms()
    assert kept.session == desk.session


def test_what_is_surely_known_to_the_tokeniser_holds_no_doubtful_character() -> None:
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x30000))))
    assert not [char for char in every if tokens._is_sure(char) and tokens._DOUBTFUL.search(char)]
    assert tokens._is_sure(tokens.normalise("退款会在 3 天内到账，请您留意"))


def test_a_read_that_fails_loses_no_change(desk: Desk) -> None:
    first = hears(desk, "t")
    reader = connect.open_reader(desk.store.path)
    feed = ChangeFeed(reader)
    hears(desk, "t")
    is_shut = True
    reader.set_authorizer(lambda action, *_names: 1 if is_shut and action == READ else 0)
    with pytest.raises(connect.DriverError):
        feed.poll()
    is_shut = False
    assert feed.poll() == changes.Changes(frozenset({first}))
    assert feed.poll() is None
    reader.close()


READ = 20
"""SQLITE_READ of the authorizer (sqlite.org/c3ref/c_alter_table.html)."""


def test_a_thread_that_draws_does_not_wait_long(desk: Desk) -> None:
    desk.store.hurry(30)
    assert desk.store.reader().execute("PRAGMA busy_timeout").fetchone() == (30,)


def test_a_draft_marks_its_row_and_nothing_else_does(tmp_path: Path) -> None:
    with open_desk(tmp_path / "desk.db") as desk:
        held, other = hears(desk, "t"), hears(desk, "u")
        sending.save_draft(desk, held, Mode.REPLY, "草稿", 1).result()
        rows = {row.id: row.marks for row in queue.page(desk.store.reader(), View.WAITING, agent=1).rows}
        assert rows == {held: int(Mark.DRAFT), other: 0}
