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
from tests.bench import builder
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
    """Microseconds a message, imported and raw."""
    with tempfile.TemporaryDirectory(prefix="csdesk-bench-", dir=builder.paths.cache_folder()) as name:
        folder = Path(name)
        source = file or _file(folder / "many.jsonl", CONVERSATIONS // (5 if quick else 1))
        imported, raw = [], []
        for number in range(3 if quick else ROUNDS):
            spent, rows = _import(folder / f"{number}.db", source)
            imported.append(spent / len(rows["message"]))
            raw.append(_raw(folder / f"{number}-raw.db", rows) / len(rows["message"]))
    name = "executemany of the same rows"
    return [
        against("import, a message", statistics.median(imported), "us", name, statistics.median(raw), MOST)
    ]


def _file(path: Path, conversations: int) -> Path:
    """A file as other systems export it: conversations that take turns, most of them resolved."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(conversations):
            lang = chance.choice(("zh", "en"))
            at = builder.NOW_MS - (conversations - number) * builder.GAP_MS
            said = []
            for place in range(MESSAGES):
                sender, models = (
                    ("customer", builder.CUSTOMER) if place % 2 == 0 else ("agent", builder.AGENT)
                )
                at += chance.randint(1_000, 400_000)
                text = chance.choice(models[lang]).format(n=chance.randint(1, 9_999))
                said.append({"from": sender, "text": text, "at": format_time(at)})
            contact = {"name": f"{chance.choice(builder.NAMES[lang])} {number}"}
            talk = {"id": str(number), "source": "bench", "lang": lang, "contact": contact, "messages": said}
            talk |= {"status": "resolved"} if chance.random() < 0.7 else {}
            file.write(json.dumps(talk, ensure_ascii=False) + "\n")
    return path


def _import(path: Path, source: Path) -> tuple[float, dict[str, list[tuple[Any, ...]]]]:
    """Microseconds of an import, and the rows that it left."""
    with open_desk(path, ManualClock(builder.NOW_MS)) as desk:
        before = {table: set(_all(desk.store.reader(), table)) for table in TABLES}
        spent = _spent_us(lambda: import_file(desk, source))
        reader = desk.store.reader()
        rows = {table: [row for row in _all(reader, table) if row not in before[table]] for table in TABLES}
        rows["message_index"] = [
            (number, index_text(text)) for number, text in reader.execute("SELECT id, text FROM message")
        ]
        rows["heading_index"] = [
            (number, index_text(name), index_text(subject))
            for number, name, subject in reader.execute(
                "SELECT heading, contact_name, subject FROM conversation WHERE heading IS NOT NULL ORDER BY 1"
            )
        ]
        return spent, rows


def _all(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    return list(connection.execute(f"SELECT {_columns(connection, table)} FROM {table}").fetchall())


def _raw(path: Path, rows: dict[str, list[tuple[Any, ...]]]) -> float:
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


def _part(
    rows: dict[str, list[tuple[Any, ...]]], columns: dict[str, str], at: int, parts: int
) -> Callable[[Transaction], None]:
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
