"""``python -m tests.e2e.shift [--hours 8] [--conversations 300] [--seed 1] [--speed 60] [--keep DIR] [--json]``.

Plays a shift in a real terminal, prints what came of it, and leaves with 0 only when all of it holds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.shift import summary
from tests.e2e.shift.day import Day
from tests.e2e.shift.plan import Shift


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.shift", description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0, help="how long the shift is (8)")
    parser.add_argument("--conversations", type=int, default=300, help="at least so many (300)")
    parser.add_argument("--seed", type=int, default=1, help="another number, another shift")
    parser.add_argument("--speed", type=int, default=60, help="how many times as fast as life (60)")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the store, the log and the stumbles there"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args(arguments)
    shift = Shift(chosen.hours, chosen.conversations, chosen.seed, chosen.speed)
    if chosen.keep is not None:
        chosen.keep.mkdir(parents=True)
        return _play(chosen.keep.resolve(), shift, is_json=chosen.json)
    with tempfile.TemporaryDirectory() as folder:
        return _play(Path(folder), shift, is_json=chosen.json)


def _play(home: Path, shift: Shift, *, is_json: bool) -> int:
    began = time.monotonic()
    day = Day(home, shift, lambda line: print(line, file=sys.stderr, flush=True))
    checks = day.run()
    took_s = time.monotonic() - began
    stories = [f"== {each.act}, minute {each.minute:.1f}\n{each.story}\n" for each in day.books.stumbles]
    (home / "stumbles.txt").write_text("\n".join(stories), encoding="utf-8")
    if is_json:
        print(
            json.dumps(
                summary.as_data(shift, checks, day.books, day.watch.seen.memory, took_s),
                ensure_ascii=False,
                indent=1,
            )
        )
    else:
        print(summary.as_text(shift, checks, day.books, day.watch.seen.memory, took_s))
    return 0 if summary.is_good(checks) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
