"""Words and filters in any mixture, against a scan: whatever place is walked, and wherever it is cut off."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from csdesk.desk import import_texts, importing, people
from csdesk.desk.context import Desk
from csdesk.model.message import Sender
from csdesk.model.transcript import Transcript, TranscriptContact, TranscriptMessage
from csdesk.store.connect import Connection
from csdesk.store.search import search
from csdesk.store.search_candidates import Candidates
from csdesk.store.search_few import FewConversations
from csdesk.store.search_filters import narrowing
from csdesk.store.search_query import QueryError, parse
from tests.desks import START_MS, open_desk

MENTIONS = (
    "@Mia",
    "＠mia看一下",
    "@Mia Chen",
    "Mia",
    "@Miami",
    "a@mia",
    "请@李伟看",
    "李伟",
    "@MIA_é",
    "@Miaé",
    "@Zoë",
    "@ZOË",
)
WORDS = ("退款", "订单", "快递", "发票", "refund", "order", "A1024", "在吗")
NAMES = ("林女士", "Anna Lee", "王先生", "")
DAY_MS = 86_400_000
CONVERSATIONS = 240
LONG_MS = 60_000

_ROWS = """
SELECT m.id, m.conversation, m.text, m.sender, m.author, m.at, c.tier, c.stage, c.status, c.inbox, c.assignee,
  c.waiting_since, c.contact_name, (SELECT group_concat(l.name) FROM conversation_label cl JOIN label l
  ON l.id = cl.label WHERE cl.conversation = c.id), EXISTS(SELECT 1 FROM message n WHERE n.conversation = c.id
  AND n.sender = 'note')
FROM message m JOIN conversation c ON c.id = m.conversation ORDER BY m.id DESC
"""
_FACTS = (
    "id", "conversation", "text", "sender", "author", "at", "tier", "stage", "status", "inbox", "assignee",
    "waiting_since", "contact_name", "labels", "has_note",
)  # fmt: skip

Fact = dict[str, object]
FILTERS: dict[str, Callable[[Fact], bool]] = {
    "tier:A": lambda row: row["tier"] == "A",
    "类别:b": lambda row: row["tier"] == "B",
    "stage:presale": lambda row: row["stage"] == "presale",
    "阶段:售后": lambda row: row["stage"] == "aftersale",
    "status:open": lambda row: row["status"] == "open",
    "status:resolved": lambda row: row["status"] == "resolved",
    "状态:待回复": lambda row: row["waiting_since"] is not None,
    "status:snoozed": lambda row: row["status"] == "snoozed",
    "渠道:post": lambda row: row["inbox"] == 99,
    "agent:Mia": lambda row: row["assignee"] == 1,
    "客服:无": lambda row: row["assignee"] is None,
    "标签:vip": lambda row: "vip" in str(row["labels"]).split(","),
    "label:rare": lambda row: "rare" in str(row["labels"]).split(","),
    "has:note": lambda row: bool(row["has_note"]),
    "from:note": lambda row: row["sender"] == "note",
    "from:客户": lambda row: row["sender"] == "customer",
    "from:auto": lambda row: row["sender"] == "auto",
    "from:林女士": lambda row: row["sender"] == "customer" and row["contact_name"] == "林女士",
    "来自:Mia": lambda row: row["author"] == 1,
    "mentions:me": lambda row: row["sender"] == "note" and names(row, r"mia(?! chen)(?![a-z0-9])"),
    "提到：“Mia Chen”": lambda row: row["sender"] == "note" and names(row, "mia chen(?![a-z0-9])"),
    "mentions:李": lambda row: row["sender"] == "note" and names(row, "李伟"),
    "mentions:Zoë": lambda row: row["sender"] == "note" and names(row, "zoë"),
    "after:2026-01-05": lambda row: int(str(row["at"])) >= START_MS - START_MS % DAY_MS + 3 * DAY_MS,
    "before:2026-01-04": lambda row: int(str(row["at"])) < START_MS - START_MS % DAY_MS + 2 * DAY_MS,
}

MATCHES = {
    "mentions:me": '(("mia" *))',
    "提到：“Mia Chen”": '(("mia chen" *))',
    "mentions:李": '(("李伟"))',
    "mentions:Zoë": "",
}
"""What the index is asked for: nothing where a letter has more forms than one."""


def names(row: Fact, name: str) -> bool:
    """Whether somebody is named behind an @ that is not inside of a mail address."""
    return re.search(f"(?<![a-z0-9])[@＠]{name}", str(row["text"]).lower()) is not None


def talk(number: int, chance: random.Random) -> Transcript:
    senders = [Sender.CUSTOMER] * 5 + [Sender.AGENT] * 3 + [Sender.NOTE] * (9 * (number % 9 == 0))
    start = START_MS + number * 2_000_000
    lines = [
        TranscriptMessage(
            chance.choice(senders),
            " ".join(chance.choices(WORDS, k=chance.randint(1, 3)) + chance.choices(MENTIONS, k=at % 2)),
            start + at * 700,
        )
        for at in range(chance.randint(1, 12))
    ]
    name = chance.choice(NAMES)
    return Transcript(str(number), tuple(lines), contact=TranscriptContact(name=name) if name else None)


def scatter(connection: Connection, chance: random.Random) -> None:
    """Facts at random, as use cases would have left them."""
    connection.execute("INSERT INTO label(name) VALUES('vip'), ('rare')")
    connection.execute(
        "INSERT INTO inbox(id, uid, name, channel, hold_ms) VALUES(99, x'77', 'post', 'mail', 0)"
    )
    for number in range(1, CONVERSATIONS + 1):
        status = chance.choice(("open", "open", "snoozed", "resolved"))
        connection.execute(
            "UPDATE conversation SET tier=?, stage=?, status=?, inbox=?, assignee=?, waiting_since=? WHERE id=?",
            (
                chance.choice((None, None, "A", "B")),
                chance.choice((None, "presale", "aftersale")),
                status,
                99 if chance.random() < 0.04 else 1,
                chance.choice((None, 1)),
                START_MS if status == "open" and chance.random() < 0.5 else None,
                number,
            ),
        )
        for label, share in ((1, 0.2), (2, 0.02)):
            if chance.random() < share:
                connection.execute(
                    "INSERT INTO conversation_label(conversation, label) VALUES(?, ?)", (number, label)
                )
    connection.execute("UPDATE message SET author = 1 WHERE sender = 'agent' AND id % 7 = 0")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, list[Fact]]]:
    chance = random.Random(3)
    with open_desk(tmp_path_factory.mktemp("places") / "desk.db") as desk:
        talks = [import_texts.cleaned(talk(number, chance)) for number in range(CONVERSATIONS)]
        desk.store.write(lambda tx: importing.import_in(tx, talks))
        for name in ("Mia Chen", "李伟", "Zoë"):
            desk.store.write(lambda tx, name=name: people.add_agent(tx, name))  # type: ignore[misc]
        desk.store.write(lambda tx: scatter(tx.connection, chance))
        rows = desk.store.reader().execute(_ROWS).fetchall()
        yield desk, [dict(zip(_FACTS, row, strict=True)) for row in rows]


def queries(number: int, seed: int) -> list[tuple[list[str], list[str]]]:
    """Words and filters that may stand together, at random."""
    chance = random.Random(seed)
    found = []
    while len(found) < number:
        filters = chance.sample(sorted(FILTERS), chance.choice((1, 1, 2, 3)))
        words = chance.sample(WORDS, chance.choice((0, 1, 1, 2)))
        try:
            parse(" ".join(words + filters), START_MS, me="Mia")
        except QueryError:  # one filter twice
            continue
        found.append((words, filters))
    return found


def scanned(rows: list[Fact], words: list[str], filters: list[str]) -> list[object]:
    """Messages alone: none of these queries fits a heading that has no message with its words."""
    return [
        row["id"]
        for row in rows
        if all(word in str(row["text"]) for word in words) and all(FILTERS[name](row) for name in filters)
    ]


def paged(desk: Desk, typed: str, chance: random.Random, *, steps: int | None) -> list[int]:
    """Every hit, page by page; each page is stopped when the clock was looked at ``steps`` times."""
    found: list[int] = []
    after, cuts = None, 0
    while True:
        ticks = count()
        page = search(
            desk.store.reader(), parse(typed, START_MS, me="Mia"), after=after, limit=chance.choice((1, 3, 50, 5_000)),
            deadline_ms=LONG_MS if steps is None else (steps + cuts) * 1_000,
            timer=lambda ticks=ticks: 0.0 if steps is None else float(next(ticks)),
        )  # type: ignore[misc]  # fmt: skip
        found += [hit.message for hit in page.hits]
        cuts += not page.is_complete  # as the screen does: a longer time for each part that was cut off
        if page.next is None:
            return found
        after = page.next


def put_off(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    for name, value in values.items():
        module = "search" if name.endswith("BATCH") else "search_candidates"
        monkeypatch.setattr(f"csdesk.store.{module}.{name}", value)


PLACES = {
    "as it is": {},
    "never changed": {"FIRST_LOOK": 1 << 40},
    "changed at once": {"FIRST_LOOK": 1, "SHARE": 1e-3, "TEXT_COST": 1e-6, "FIRST_BATCH": 1, "LEAST_BATCH": 1, "FIRST_FAILING": 1, "MOST_FAILING": 1},
    "changed on the way": {"FIRST_LOOK": 20, "SHARE": 1e-3, "TEXT_COST": 1e-6, "FIRST_BATCH": 7, "MOST_BATCH": 9},
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("steps", [None, 3])
def test_any_mixture_is_found_as_a_scan_finds_it(
    filled: tuple[Desk, list[Fact]], monkeypatch: pytest.MonkeyPatch, place: str, steps: int | None
) -> None:
    desk, rows = filled
    put_off(monkeypatch, **PLACES[place])
    if steps is not None:
        monkeypatch.setattr("csdesk.store.search.STEPS", 2_000)
    chance = random.Random(8)
    found_any = 0
    for words, filters in queries(60, seed=len(place)):
        wanted = scanned(rows, words, filters)
        typed = words + filters
        chance.shuffle(typed)
        assert paged(desk, " ".join(typed), chance, steps=steps) == wanted, typed
        found_any += bool(wanted)
    assert found_any > 20


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_alone_and_with_a_word(
    filled: tuple[Desk, list[Fact]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    desk, rows = filled
    put_off(monkeypatch, **PLACES["changed at once"])
    for words in ([], ["退款"], ["refund"]):
        typed = " ".join([*words, name])
        assert paged(desk, typed, random.Random(1), steps=None) == scanned(rows, words, [name]), typed


@pytest.mark.parametrize(
    "name", [name for name in FILTERS if not name.startswith(("after", "before", "from:客户"))]
)
def test_what_a_filter_leaves_can_be_listed(filled: tuple[Desk, list[Fact]], name: str) -> None:
    """By an index of its own: the driver names it, and the database refuses where that holds too little."""
    desk, rows = filled
    found = narrowing(desk.store.reader(), parse(name, START_MS, me="Mia"))
    assert len(found.drivers) == 1
    driver = found.drivers[0]
    listed = desk.store.reader().execute(driver.listing, {**driver.values, "most": 10_000}).fetchall()
    wanted = {row["conversation"] for row in rows if FILTERS[name](row)}
    assert wanted <= {number for (number,) in listed} and len(listed) == len(set(listed))
    counted = desk.store.reader().execute(driver.counted, {**driver.values, "most": 10_000}).fetchall()
    assert len(counted) >= len(listed)
    few = FewConversations(desk.store.reader(), found).within(10_000, 100_000)
    assert few is not None and wanted <= set(few.conversations) <= {number for (number,) in listed}
    values = {**driver.values, "most": 1}
    plan = desk.store.reader().execute(f"EXPLAIN QUERY PLAN {driver.listing}", values).fetchall()
    assert not any(str(step[-1]).startswith("SCAN message") for step in plan if "INDEX" not in str(step[-1]))


def test_a_rare_filter_reads_little_of_what_says_a_common_word(
    filled: tuple[Desk, list[Fact]], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, rows = filled
    put_off(monkeypatch, FIRST_LOOK=50)
    taken: list[int] = []
    take = Candidates.take

    def counted(self: Candidates, size: int) -> dict[int, bool]:
        found = take(self, size)
        taken.append(len(found))
        return found

    monkeypatch.setattr(Candidates, "take", counted)
    page = search(desk.store.reader(), parse("退款 label:rare", START_MS, me="Mia"), deadline_ms=LONG_MS)
    saying = sum("退款" in str(row["text"]) for row in rows)
    left = sum(FILTERS["label:rare"](row) for row in rows)
    assert [hit.message for hit in page.hits] == scanned(rows, ["退款"], ["label:rare"])
    assert sum(taken) <= 64 + left < saying


@pytest.mark.parametrize("name", [name for name in FILTERS if name.startswith(("mentions", "提到"))])
def test_a_mention_is_told_from_what_only_looks_like_one(filled: tuple[Desk, list[Fact]], name: str) -> None:
    """A name alone, a longer name, a mail address, and what is no note are there to be taken for it."""
    desk, rows = filled
    hits = [hit.message for hit in search(desk.store.reader(), parse(name, START_MS, me="Mia")).hits]
    assert hits and hits == scanned(rows, [], [name])[: len(hits)]
    assert narrowing(desk.store.reader(), parse(name, START_MS, me="Mia")).match == MATCHES[name]
