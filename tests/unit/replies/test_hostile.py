"""Packs that mean harm are refused or harmless: quickly, within little memory, and with a place to look at."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from csdesk.desk.reply_actions import moves_of
from csdesk.replies.filling import fill
from csdesk.replies.pack import Library, load_folder
from csdesk.text import clean
from tests.conftest import ROOT
from tests.unit.replies.hostile_packs import packs

LONGEST_S = 0.2
MOST_MEMORY_MB = 200
TRIES = 8
"""A slow one is tried again: what counts is the work, not who else had the machine."""

HOSTILE = dict(packs())

MEMORY = """
import json, resource, sys
from pathlib import Path
from csdesk.replies.pack import load_folder
from tests.unit.replies.hostile_packs import packs
path = Path(sys.argv[1])
for _name, raw in packs():
    path.write_bytes(raw)
    load_folder([path])
status = Path("/proc/self/status")
if status.exists():  # ru_maxrss begins with what the parent had at the fork
    peak = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 10)
print(json.dumps(peak / (1 << 10)))
"""


def test_there_are_two_hundred() -> None:
    assert len(HOSTILE) >= 200


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_refused_or_harmless(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_bytes(HOSTILE[name])
    library, spent = _load(path)
    assert spent < LONGEST_S
    for problem in library.problems:
        assert (problem.file, problem.reason, problem.fix) == (
            str(path),
            problem.reason.strip(),
            problem.fix.strip(),
        )
        assert problem.line >= 1 and problem.column >= 1 and problem.reason and problem.fix
        assert len(problem.reason) < 400
    for reply in library.replies:
        moves_of(reply.actions, 0)
        for wording, _body in enumerate(reply.wordings):
            text = fill(reply, {"contact.name": "{{agent.name}}\\x1b"}, wording).expansion.text
            assert clean(text) == text
            assert len(text) < 100_000


def _load(path: Path) -> tuple[Library, float]:
    best = float("inf")
    for _attempt in range(TRIES):
        started = time.thread_time()
        library = load_folder([path])
        best = min(best, time.thread_time() - started)
        if best < LONGEST_S:
            break
    return library, best


@pytest.mark.parametrize("text", ["0123456", "1e5", "yes", "2026-01-01", "12:30", "0x1F"])
def test_what_looks_like_a_number_or_a_date_stays_text(text: str, tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    head = "schema: csdesk.pack/1\npack: {id: h, title: T, lang: en}\n"
    path.write_text(
        f"{head}replies:\n  - {{code: a, title: {text}, body: {text}, tags: [{text}], note: {text}}}\n"
    )
    (reply,) = load_folder([path]).replies
    assert (reply.title, reply.body, reply.tags, reply.note) == (text, text, (text,), text)


def test_all_of_them_need_little_memory(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path / "p.yaml")], cwd=ROOT, capture_output=True, check=True
    )
    assert json.loads(ran.stdout) < MOST_MEMORY_MB
