"""The texts that are measured on, in two halves by a hash: one to tune on, one to report."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CROSSWOZ = "crosswoz-val.jsonl"
STANFORD = "politeness/stanford-wikipedia.csv"
BITEXT = "bitext-customer-support.csv"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; ``acts`` are the corpus's labels, ``is_reported`` tells the half of its dialogue."""

    text: str
    lang: str
    is_agent: bool
    acts: frozenset[str]
    is_reported: bool


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with a number (a rating, or 1 and 0)."""

    text: str
    value: float
    is_reported: bool


def is_reported(key: str) -> bool:
    """The half of ``key``: SHA-256, so that it stays whatever else is in the set."""
    return hashlib.sha256(key.encode()).digest()[0] % 2 == 1


def digest(text: str) -> str:
    """How a text is named in labels, without its words."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def turns(path: Path) -> list[Turn]:
    """Dialogues, one JSON object a line: ``id``, ``lang``, ``messages[] {from, text, acts}``."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        dialogue = json.loads(line)
        reported = is_reported(str(dialogue["id"]))
        for message in dialogue["messages"]:
            acts = frozenset(message.get("acts", ()))
            is_agent = message["from"] == "agent"
            found.append(Turn(message["text"], dialogue.get("lang", ""), is_agent, acts, reported))
    return found


def more_turns(folder: Path) -> Iterator[tuple[str, list[Turn]]]:
    """Every set of dialogues in a folder, by the name of its file."""
    for path in sorted(folder.glob("*.jsonl")):
        yield path.stem, turns(path)


def requests(path: Path) -> list[Labelled]:
    """The top and the bottom quarter of rated requests (1 and 0), as Danescu-Niculescu-Mizil et al. 2013 do."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [(row["Request"], float(row["Normalized Score"]), row["Id"]) for row in csv.DictReader(stream)]
    rows.sort(key=lambda row: row[1])
    quarter = len(rows) // 4
    kept = [(row, 0.0) for row in rows[:quarter]] + [(row, 1.0) for row in rows[-quarter:]]
    return [Labelled(text, value, is_reported(key)) for (text, _score, key), value in kept]


def questions(path: Path, tag: str) -> list[Labelled]:
    """Customers' questions; 1 where they carry ``tag`` (W offensive, P polite)."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            Labelled(row["instruction"], float(tag in row["tags"]), is_reported(row["instruction"]))
            for row in csv.DictReader(stream)
        ]
