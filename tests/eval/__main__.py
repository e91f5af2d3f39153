"""``python -m tests.eval etiquette --data ../shared/data [--more DIR] [--write]``: how often the check is right.

``--more`` adds sets of dialogues (``*.jsonl``: id, lang, messages[] {from, text, acts}) for false alarms.
``--write`` puts the tables into docs/etiquette.md. Leaves with 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.eval import etiquette, page


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.eval", description=__doc__)
    parser.add_argument("part", choices=("etiquette",))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="DIR")
    parser.add_argument("--more", type=Path, metavar="DIR")
    parser.add_argument("--write", action="store_true", help="write docs/etiquette.md")
    chosen = parser.parse_args(arguments)
    if not chosen.data.is_dir():
        print(f"there is no folder {chosen.data}: give --data", file=sys.stderr)
        return 2
    report = etiquette.measure(chosen.data, chosen.more)
    print("\n".join(page.figure_lines(report)))
    if chosen.write:
        text = page.PAGE.read_text("utf-8")
        text = page.put(text, page.RULES, page.rule_lines())
        page.PAGE.write_text(page.put(text, page.FIGURES, page.figure_lines(report)), encoding="utf-8")
    return 0 if report.is_met else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
