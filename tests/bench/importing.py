"""A bulk import against raw ``executemany`` of the same rows into the same tables and indexes.

``python -m tests.bench.importing [FILE.jsonl]``. Times are of the processor, all threads: reading the
file, cleaning, the log's chain, the words for the index are the import's; the raw limit is given the
finished rows.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from csdesk.clock import ManualClock, format_time
from csdesk.formats.importing import BATCH, import_file
from csdesk.store.connect import Connection
from csdesk.store.tokens import index_text
from csdesk.store.writer import Transaction
from tests.bench import builder, words
from tests.bench.row import Row, against, lines
from tests.desks import open_desk

CONVERSATIONS, MESSAGES, ROUNDS = 1_500, 14, 5
MOST = 2.0
"""DESIGN 16: at least half as fast as raw."""

TABLES = (
    "op",
    "contact",
    "contact_key",
    "inbox",
    "label",
    "conversation",
    "conversation_label",
    "message",
    "event",
)
"""In the order of their references; rows that both stores begin with are left out."""
POINTED_AT = ("contact", "inbox", "label", "conversation")
"""Raw writes these in its first commit: what others point at is there."""


def measure(*, quick: bool = False, file: Path | None = None) -> list[Row]:
    """Microseconds a message, imported and raw, into stores that were empty."""
    with tempfile.TemporaryDirectory(prefix="csdesk-bench-", dir=builder.kept_folder()) as name:
        folder = Path(name)
        source = file or _file(folder / "many.jsonl", CONVERSATIONS // (5 if quick else 1))
        imported, raw = [], []
        for number in range(3 if quick else ROUNDS):
            spent, rows = _import(folder / f"{number}.db", source)
            imported.append(spent / len(rows["message"]))
            raw.append(_raw(folder / f"{number}-raw.db", rows) / len(rows["message"]))
    return [_figure("import, a message", imported, raw)]


def into(path: Path, twin: Path, *, quick: bool = False) -> list[Row]:
    """As ``measure``, file after file into the store at ``path``; raw goes into ``twin``, a copy of it."""
    imported, raw = [], []
    for number in range(3 if quick else ROUNDS):
        source = _file(path.with_suffix(f".{number}.jsonl"), CONVERSATIONS // ROUNDS, seed=number)
        spent, rows = _import(path, source)
        imported.append(spent / len(rows["message"]))
        raw.append(_raw(twin, rows) / len(rows["message"]))
        source.unlink()
    return [_figure("import, a message, CPU", imported, raw)]


def _figure(name: str, imported: list[float], raw: list[float]) -> Row:
    limit = "executemany of the same rows"
    return against(name, statistics.median(imported), "us", limit, statistics.median(raw), MOST)


def _file(path: Path, conversations: int, seed: int = 1) -> Path:
    """A file as other systems export it: conversations that take turns, most of them resolved."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for number in range(conversations):
            lang = chance.choice(("zh", "en"))
            at = builder.NOW_MS - (conversations - number) * builder.GAP_MS
            said = []
            for place in range(MESSAGES):
                at += chance.randint(1_000, 400_000)
                sender = "agent" if place % 2 else "customer"
                said.append({"from": sender, "text": words.message(lang, chance), "at": format_time(at)})
            contact = {"name": words.name(lang, chance)}
            talk = {"id": f"{seed}-{number}", "source": "bench", "lang": lang, "contact": contact}
            talk |= {"messages": said} | ({"status": "resolved"} if chance.random() < 0.7 else {})
            file.write(json.dumps(talk, ensure_ascii=False) + "\n")
    return path


def _import(path: Path, source: Path) -> tuple[float, Rows]:
    """Microseconds of an import, and the rows that it left."""
    with open_desk(path, ManualClock(builder.NOW_MS)) as desk:
        reader = desk.store.reader()
        before = {table: _end(reader, table) for table in TABLES}
        spent = _spent_us(lambda: import_file(desk, source))
        return spent, _new_rows(reader, before)


Rows = dict[str, list[tuple[Any, ...]]]
_GROWS_BY = {
    "op": "dseq",
    "contact_key": "contact",
    "conversation_label": "conversation",
    "message": "conversation",
    "event": "conversation",
}
"""The column by which what came later is told; elsewhere the id. Ids of messages are times."""


def _end(connection: Connection, table: str) -> int:
    column = _GROWS_BY.get(table, "id")
    return int(connection.execute(f"SELECT coalesce(max({column}), 0) FROM {table}").fetchone()[0])


def _new_rows(connection: Connection, before: dict[str, int]) -> Rows:
    """What is behind ``before`` in each table, and what the indexes were given for it."""
    rows: Rows = {
        table: connection.execute(
            f"SELECT {_columns(connection, table)} FROM {table} WHERE {_GROWS_BY.get(table, 'id')} > ?",
            (end,),
        ).fetchall()
        for table, end in before.items()
    }
    since = (before["conversation"],)
    texts = connection.execute("SELECT id, text FROM message WHERE conversation > ? ORDER BY id", since)
    rows["message_index"] = [(number, index_text(text)) for number, text in texts]
    headed = connection.execute(
        "SELECT heading, contact_name, subject FROM conversation WHERE id > ? AND heading IS NOT NULL ORDER BY 1",
        since,
    )
    rows["heading_index"] = [
        (number, index_text(name), index_text(subject)) for number, name, subject in headed
    ]
    return rows


def _raw(path: Path, rows: Rows) -> float:
    """Microseconds of writing finished rows, in as many commits as the import had."""
    with open_desk(path, ManualClock(builder.NOW_MS)) as desk:
        columns = {table: _columns(desk.store.reader(), table) for table in rows}
        commits = -(-len(rows["conversation"]) // BATCH)
        return _spent_us(
            lambda: [desk.store.write(_part(rows, columns, at, commits)) for at in range(commits)]
        )


def _columns(connection: Connection, table: str) -> str:
    """Names of what is stored; a contentless index has its rowid besides."""
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})").fetchall()]
    return ", ".join(["rowid", *names] if table.endswith("_index") else names)


def _part(rows: Rows, columns: dict[str, str], at: int, parts: int) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        tx.connection.execute("PRAGMA defer_foreign_keys=ON")
        for table, held in rows.items():
            first, last = len(held) * at // parts, len(held) * (at + 1) // parts
            if table in POINTED_AT:
                first, last = (0, len(held)) if at == 0 else (0, 0)
            share = held[first:last]
            if share:
                places = ", ".join("?" * len(share[0]))
                tx.connection.executemany(f"INSERT INTO {table}({columns[table]}) VALUES({places})", share)

    return work


def _spent_us(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e6


if __name__ == "__main__":
    print("\n".join(lines(measure(file=Path(sys.argv[1]) if len(sys.argv) > 1 else None))))
