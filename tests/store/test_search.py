"""Search against a plain scan of the same rows: everything is found, nothing else is, each thing once."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.desk import import_texts, importing, people, sending, undoing, work
from csdesk.desk.context import Desk
from csdesk.errors import UsageError
from csdesk.model.message import Sender
from csdesk.model.operation import Kind
from csdesk.model.search import FoundIn, Hit
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.store import connect
from csdesk.store.rows import SEQUENCE_BITS
from csdesk.store.search import COUNTED_TO, count, search
from csdesk.store.search_candidates import IS_MILESTONE, MILESTONE, is_milestone
from csdesk.store.search_query import QueryError, parse
from csdesk.store.verify import verify
from tests.conftest import ROOT
from tests.desks import START_MS, clock_of, hears, open_desk

SHARED = ROOT.parent / "shared"
CORPUS = SHARED / "data" / "crosswoz-val.jsonl"
LONG_MS = 60_000
DAY_MS = 86_400_000


def plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def found(desk: Desk, typed: str, *, limit: int = 5_000) -> list[Hit]:
    """Every hit, read in pages of ``limit``."""
    query, hits, after = parse(typed, desk.now_ms()), list[Hit](), None
    while True:
        page = search(desk.store.reader(), query, after=after, limit=limit, deadline_ms=LONG_MS)
        assert page.is_complete
        hits += page.hits
        if page.next is None:
            return hits
        after = page.next


def ids(hits: list[Hit]) -> list[int]:
    return [hit.message for hit in hits]


def rows_of(desk: Desk) -> list[tuple[int, str]]:
    return list(desk.store.reader().execute("SELECT id, text FROM message ORDER BY id DESC").fetchall())


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Real Chinese dialogues, and the lines of course texts."""
    if not CORPUS.exists():
        pytest.skip(f"no {CORPUS}")
    lines = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()[:300]]
    with open_desk(tmp_path_factory.mktemp("search") / "desk.db") as desk:
        talks = [
            Transcript(
                line["id"],
                tuple(
                    TranscriptMessage(Sender(each["from"]), each["text"], START_MS + 1000 * (n * 50 + at))
                    for at, each in enumerate(line["messages"])
                ),
                source="crosswoz",
            )
            for n, line in enumerate(lines)
        ]
        for at, seed in enumerate(sorted((SHARED / "seeds").glob("*.txt"))):
            said = [line for line in seed.read_text(encoding="utf-8").splitlines() if line.strip()]
            talks.append(
                Transcript(
                    seed.name,
                    tuple(
                        TranscriptMessage(Sender.CUSTOMER, line, START_MS + 1000 * (at + n * 5))
                        for n, line in enumerate(said)
                    ),
                )
            )
        for start in range(0, len(talks), 50):
            part = [import_texts.cleaned(talk) for talk in talks[start : start + 50]]
            desk.store.write(lambda tx, part=part: importing.import_in(tx, part))  # type: ignore[misc]
        yield desk


def test_real_chinese_is_found_as_a_scan_finds_it(corpus: Desk, request: pytest.FixtureRequest) -> None:
    pick = random.Random(11)
    rows = [(number, plain(text)) for number, text in rows_of(corpus)]
    runs = [run for _id, text in rows for run in re.findall("[\u4e00-\u9fff]+", text)]
    for _round in range(2_000 if request.config.getoption("--long") else 250):
        run = pick.choice(runs)
        size = min(len(run), pick.randint(1, 8))
        at = pick.randint(0, len(run) - size)
        needle = run[at : at + size]
        wanted = [number for number, text in rows if needle in text]
        assert ids(found(corpus, needle)) == wanted, needle
        if pick.random() < 0.1:
            assert (
                ids(found(corpus, needle, limit=pick.choice((1, 7, 50)) if len(wanted) < 60 else 50))
                == wanted
            )


def bare(text: str) -> str:
    """``plain`` without accents: a Latin word is found with and without them."""
    return "".join(
        char for char in unicodedata.normalize("NFD", plain(text)) if not unicodedata.combining(char)
    )


def test_latin_words_are_found_whole(corpus: Desk, request: pytest.FixtureRequest) -> None:
    rows = [(number, bare(text)) for number, text in rows_of(corpus)]
    words = sorted(
        {word for _id, text in rows for word in re.findall("(?<![a-z0-9])[a-z0-9]{1,12}(?![a-z0-9])", text)}
    )
    assert len(words) > 50
    if not request.config.getoption("--long"):
        words = random.Random(5).sample(words, min(120, len(words)))
    for word in words:
        wanted = [
            n
            for n, text in rows
            if re.search(f"(?<![^\\W_\u4e00-\u9fff]){word}(?![^\\W_\u4e00-\u9fff])", text)
        ]
        assert ids(found(corpus, word)) == wanted, word


def test_several_words_must_all_be_there(corpus: Desk) -> None:
    rows = [(number, plain(text)) for number, text in rows_of(corpus)]
    wanted = [number for number, text in rows if "酒店" in text and "电话" in text]
    assert wanted and ids(found(corpus, "酒店 电话")) == wanted
    asked = dict(corpus.store.reader().execute("SELECT id, sender FROM message").fetchall())
    by_customer = [number for number in wanted if asked[number] == "customer"]
    assert ids(found(corpus, "电话 from:customer 酒店")) == by_customer
    exact = [number for number, text in rows if "酒店的电话" in text]
    assert exact and ids(found(corpus, '"酒店的电话"')) == exact
    signs = [number for number, text in rows if "!" in text]
    assert signs and ids(found(corpus, "！")) == signs
    query = parse("的", corpus.now_ms())
    assert count(corpus.store.reader(), query, deadline_ms=LONG_MS).number == COUNTED_TO
    assert not count(corpus.store.reader(), query, deadline_ms=LONG_MS).is_exact


def test_relevance_orders_the_newest_and_pages_each_once(corpus: Desk) -> None:
    newest = ids(found(corpus, "酒店"))[:1_000]
    best = ids(found(corpus, "酒店 sort:relevance", limit=37))
    assert best != newest and sorted(best) == sorted(newest)
    texts = dict(rows_of(corpus))
    assert texts[best[0]].count("酒店") > 1


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("texts") / "desk.db") as desk:
        yield desk


@given(
    st.lists(st.text("退货订单ab1 ，\U0001f914", min_size=1, max_size=10), min_size=1, max_size=6), st.data()
)
def test_any_texts_any_part_of_them(scratch: Desk, texts: list[str], data: st.DataObject) -> None:
    for text in texts:
        if text.strip():
            hears(scratch, "t", text)
    run = data.draw(st.sampled_from(re.findall("[退货订单]+", "".join(texts)) or ["退"]))
    start = data.draw(st.integers(0, len(run) - 1))
    needle = run[start : data.draw(st.integers(start + 1, len(run)))]
    wanted = [number for number, text in rows_of(scratch) if needle in plain(text)]
    assert ids(found(scratch, needle)) == wanted


@given(st.text(st.characters(codec="utf-8") | st.sampled_from('"“「:：*()\\-^ from:label:'), max_size=30))
def test_no_query_raises_but_a_refusal(scratch: Desk, typed: str) -> None:
    try:
        found(scratch, typed)
    except QueryError as error:
        assert error.sentence and error.column >= 1


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path / "desk.db") as desk:
        yield desk


def talk(name: str, *lines: str, subject: str | None = None, contact: str | None = None) -> Transcript:
    kinds = {"c": Sender.CUSTOMER, "a": Sender.AGENT, "n": Sender.NOTE}
    return Transcript(
        name,
        tuple(
            TranscriptMessage(kinds[line[0]], line[3:], START_MS + at * 1000) for at, line in enumerate(lines)
        ),
        subject=subject,
        contact=TranscriptContact(name=contact) if contact else None,
    )


def bring(desk: Desk, *talks: Transcript) -> None:
    desk.store.write(lambda tx: importing.import_in(tx, [import_texts.cleaned(each) for each in talks]))


@pytest.mark.parametrize("rarely", [0, 200])
def test_names_and_subjects_find_the_first_message_and_are_no_second_hit(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, rarely: int
) -> None:
    monkeypatch.setattr("csdesk.store.search_candidates.SAID_RARELY", rarely)
    bring(
        desk,
        talk("1", "c: 在吗", "a: 您好", subject="快递破损", contact="林女士"),
        talk("2", "c: 快递破损了怎么办", subject="快递破损了怎么办", contact="王先生"),
        talk("3", "c: 在", "c: 林女士推荐的", contact="林女士"),
    )
    by_subject = found(desk, "快递破损")
    assert sorted((hit.snippet, hit.found_in) for hit in by_subject) == [
        ("快递破损", FoundIn.SUBJECT),
        ("快递破损了怎么办", FoundIn.TEXT),
    ]
    by_name = found(desk, "林女士")
    assert sorted((hit.snippet, hit.found_in) for hit in by_name) == [
        ("在吗", FoundIn.CONTACT),
        ("林女士推荐的", FoundIn.TEXT),
    ]
    assert [hit.snippet for hit in found(desk, "女士 破损")] == ["快递破损"]
    assert found(desk, "林女士 from:agent") == []
    assert {hit.snippet for hit in found(desk, "from:林女士")} == {"在吗", "在", "林女士推荐的"}
    assert ids(found(desk, "林女士", limit=1)) == ids(by_name)


def test_a_renamed_contact_and_a_new_subject_are_found_by_the_new_words_only(desk: Desk) -> None:
    bring(desk, talk("1", "c: 在吗", subject="快递", contact="Lin"))
    reader = desk.store.reader()
    contact, conversation = (
        bytes(reader.execute(f"SELECT uid FROM {t}").fetchone()[0]) for t in ("contact", "conversation")
    )
    at = desk.now_ms()
    desk.store.write(lambda tx: tx.record(Kind.CONTACT_EDITED, contact, {"name": "Chen", "at": at}))
    desk.store.write(
        lambda tx: tx.record(Kind.CONVERSATION_EDITED, conversation, {"subject": "退款", "at": at})
    )
    assert [len(found(desk, word)) for word in ("Lin", "快递", "Chen", "退款")] == [0, 0, 1, 1]
    assert verify(desk.store.path).problems == ()


def test_what_is_taken_back_leaves_no_word_in_the_index(desk: Desk) -> None:
    conversation = hears(desk, "one", "还没到")
    sending.reply(desk, conversation, "独一无二 unmistakable")
    assert len(found(desk, "独一无二 unmistakable")) == 1
    undoing.undo(desk)
    assert found(desk, "unmistakable") == []
    path = desk.store.path
    connection = connect.open_writer(path)
    connection.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab('main', 'message_index', 'row')")
    assert connection.execute(
        "SELECT count(*) FROM temp.v WHERE term IN ('unmistakable', '独一')"
    ).fetchone() == (0,)
    connection.close()
    assert verify(path).problems == ()


def change_place_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go over to the conversations that a filter leaves behind the first candidate."""
    monkeypatch.setattr("csdesk.store.search.FIRST_BATCH", 1)
    for name, value in {"FIRST_LOOK": 1, "SHARE": 1e-3, "TEXT_COST": 1e-6}.items():
        monkeypatch.setattr(f"csdesk.store.search_candidates.{name}", value)


def filters(desk: Desk) -> dict[str, int]:
    """Three conversations that differ in every filter; their numbers by thread."""
    desk.store.write(lambda tx: people.add_agent(tx, "Bo"))
    desk.store.write(lambda tx: people.ensure_inbox(tx, "mail"))
    talks = {"a": hears(desk, "a", "退款 one"), "b": hears(desk, "b", "退款 two", inbox="mail")}
    clock_of(desk).advance(3 * DAY_MS)
    talks["c"] = hears(desk, "c", "退款 three")
    work.claim(desk, talks["a"])
    work.label(desk, talks["a"], add=("VIP", "old"))
    work.label(desk, talks["b"], add=("old",))
    sending.note(desk, talks["b"], "退款 noted")
    work.resolve(desk, talks["b"])
    work.snooze(desk, talks["c"], None)
    work.transfer(desk, talks["c"], work.Target(agent="Bo"), "yours")
    return talks


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("agent:Mia", "a"), ("agent:bo", "c"), ("agent:none", "bb"), ("inbox:MAIL", "bb"), ("label:vip", "a"),
        ("label:old", "bab"), ("label:old label:VIP", "a"), ("status:open", "a"), ("status:waiting", "a"),
        ("status:snoozed", "c"), ("状态:已解决", "bb"), ("has:note", "bb"), ("from:note", "b"),
        ("after:2026-01-03", "bc"), ("before:2026-01-03", "ab"), ("from:customer before:2026-01-03 label:old", "ab"),
        ('from:"Customer a"', "a"), ("from:Customer", "abc"), ("from:Mia", "b"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", ["退款", ""])
@pytest.mark.parametrize("is_walked", [True, False])
def test_filters(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, typed: str, wanted: str, words: str, is_walked: bool
) -> None:
    """The same from the index and from the conversations' own messages."""
    if is_walked:
        change_place_at_once(monkeypatch)
    talks = filters(desk)
    hits = found(desk, f"{words} {typed}")
    assert sorted(hit.conversation for hit in hits) == sorted(talks[letter] for letter in wanted)
    assert ids(hits) == sorted(ids(hits), reverse=True)
    assert ids(found(desk, f"{typed} {words}", limit=1)) == ids(hits)


def test_one_conversation(desk: Desk) -> None:
    talks = filters(desk)
    ref = (
        desk.store.reader().execute("SELECT ref FROM conversation WHERE id = ?", (talks["b"],)).fetchone()[0]
    )
    assert {hit.conversation for hit in found(desk, f"退款 in:#{ref}")} == {talks["b"]}


@pytest.mark.parametrize(
    ("typed", "column", "said"),
    [
        ("退款 agent:Nemo", 4, "Mia"),
        ("label:none", 1, "VIP"),
        ("x inbox:fax", 3, "mail"),
        ("in:???", 1, "ref"),
        ("退款 mentions:Nemo", 4, "Bo"),
        ("mentions:@", 1, "Mia"),
        ("", 1, "words"),
        ('""', 1, "words"),
    ],
)
def test_an_unknown_name_is_a_slip_with_what_there_is(desk: Desk, typed: str, column: int, said: str) -> None:
    filters(desk)
    with pytest.raises(QueryError) as caught:
        found(desk, typed)
    assert caught.value.column == column and said in caught.value.sentence + caught.value.hint


@pytest.mark.parametrize("key", ["", "x", "1.x", "99999999999999999999", "-1.5", "2000.7"])
def test_a_place_that_no_page_gave_is_refused(desk: Desk, key: str) -> None:
    with pytest.raises(UsageError):
        search(desk.store.reader(), parse("退款", START_MS), after=key)


def test_a_full_second_runs_over_and_before_still_finds_it(desk: Desk) -> None:
    with_time = [TranscriptMessage(Sender.CUSTOMER, f"退款 {n}", START_MS) for n in range(1_100)]
    bring(desk, Transcript("many", tuple(with_time)))
    moment = START_MS + 1_000
    query = parse("退款", desk.now_ms())
    before = search(desk.store.reader(), replace(query, before=moment), limit=5_000, deadline_ms=LONG_MS)
    assert len(before.hits) == 1_100
    after = search(desk.store.reader(), replace(query, after=moment), limit=5_000, deadline_ms=LONG_MS)
    assert after.hits == ()


def test_a_deadline_gives_what_was_found_so_far_and_going_on_finds_the_rest_once(desk: Desk) -> None:
    bring(desk, *[talk(str(n), *[f"c: 退款 {n} {m}" for m in range(40)]) for n in range(100)])
    query = parse("退款 from:agent", desk.now_ms())
    ticks = iter(range(1_000_000))
    cut = search(desk.store.reader(), query, deadline_ms=2_000, timer=lambda: float(next(ticks)))
    assert cut.hits == () and cut.next is not None and not cut.is_complete
    query, seen, after, cuts = parse("退款 from:customer", desk.now_ms()), list[int](), None, 0
    while True:
        ticks = iter(range(1_000_000))
        page = search(desk.store.reader(), query, after=after, limit=1_500, deadline_ms=9_000,
                      timer=lambda ticks=ticks: float(next(ticks)))  # type: ignore[misc]  # fmt: skip
        seen += [hit.message for hit in page.hits]
        cuts += not page.is_complete
        if page.next is None:
            break
        after = page.next
    assert cuts > 1
    assert seen == [number for number, _text in rows_of(desk)]
    assert desk.store.reader().execute("SELECT count(*) FROM message").fetchone() == (4_000,)


def test_a_walk_that_meets_nothing_goes_on_from_page_to_page(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The filter leaves everything out inside the database; that the walk went on is told by milestones."""
    monkeypatch.setattr("csdesk.store.search_candidates.FIRST_LOOK", 1 << 40)
    bring(desk, *[talk(str(n), *[f"c: 退款 {n} {m}" for m in range(40)]) for n in range(100)])
    for typed in ("退款 from:agent", "退款 tier:A", "？ from:agent", "from:Nobody"):
        places, after = list[int](), None
        while True:
            ticks = iter(range(1_000_000))
            page = search(desk.store.reader(), parse(typed, desk.now_ms()), after=after, deadline_ms=20_000,
                          timer=lambda ticks=ticks: float(next(ticks)))  # type: ignore[misc]  # fmt: skip
            assert page.hits == ()
            if page.next is None:
                break
            places.append(int(page.next))
            assert places[-1:] != places[-2:-1], typed
            after = page.next
        assert page.is_complete and places == sorted(set(places), reverse=True)
        assert len(places) > 1 or typed == "from:Nobody"  # whose name no heading says


@pytest.mark.parametrize("step_s", [1, 7, 60, 3_600, 86_400, 604_800])
def test_round_times_have_milestones_like_others(step_s: int) -> None:
    numbers = [at << SEQUENCE_BITS for at in range(200_000_000, 200_000_000 + 4_000 * step_s, step_s)]
    told = [number for number in numbers if is_milestone(number)]
    assert 4_000 // (2 * MILESTONE) < len(told) < 4_000 * 2 // MILESTONE
    assert max(after - before for before, after in pairwise(told)) < 20 * MILESTONE * (
        step_s << SEQUENCE_BITS
    )
    connection = connect.open_scratch()
    sql = f"SELECT m.id FROM (SELECT value AS id FROM json_each(?)) m WHERE {IS_MILESTONE}"
    assert [number for (number,) in connection.execute(sql, (json.dumps(numbers),))] == told
    connection.close()


def test_the_words_are_lit_where_they_stand(desk: Desk) -> None:
    hears(desk, "t", "开头" + "很长的一段话，" * 40 + "ＲＥＦＵＮＤ\n退款 ，再退款" + "后面" * 100)
    (hit,) = found(desk, "退款 refund")
    assert [hit.snippet[start:end] for start, end in hit.spans] == ["ＲＥＦＵＮＤ", "退款", "退款"]
    assert len(hit.snippet) <= 162 and "\n" not in hit.snippet and hit.snippet.startswith("…")
    assert hit.sender is Sender.CUSTOMER and hit.author_name == "Customer t"
