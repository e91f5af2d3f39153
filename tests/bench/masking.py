"""``python -m tests.bench.masking [FILE]``: how often masks hide what identifies, and what does not.

Numbers of each kind, and decoys (orders, parcels, dates), are put into lines of FILE (jsonl of conversations)
or of a few sentences of our own. Recall is the share of identifying ones that were hidden; a false hit is a
decoy that was changed, or a line of the file that was changed without anything put in.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from csdesk import masks
from tests.unit.test_masks import identity, luhn, mobile

COUNT = 4_000
OWN = ("我的快递还没到，麻烦查一下", "Where is my parcel? Thanks", "好的，谢谢您", "please call me back")
Make = Callable[[random.Random], str]


def digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


PLANTED: dict[str, Make] = {
    "mobile": mobile,
    "mobile +86": lambda chance: "+86 " + mobile(chance),
    "landline": lambda chance: (
        f"0{chance.choice(('10', '21', '755', '571'))}-{chance.randint(2, 8)}{digits(chance, 7)}"
    ),
    "identity card": identity,
    "bank card 16": lambda chance: luhn(chance, 16),
    "bank card 19": lambda chance: luhn(chance, 19),
    "e-mail": lambda chance: (
        f"{chance.choice('abc')}{digits(chance, 6)}@mail{chance.randint(1, 9)}.example.cn"
    ),
}
DECOYS: dict[str, Make] = {
    **{
        f"{size} digits": (lambda chance, size=size: digits(chance, size))
        for size in (8, 10, 12, 15, 16, 18, 19)
    },
    "16 digits, 订单号": lambda chance: "订单号：" + digits(chance, 16),
    "date and 10 digits": lambda chance: (
        f"2026{chance.randint(1, 12):02}{chance.randint(1, 28):02}{digits(chance, 10)}"
    ),
    "parcel SF": lambda chance: "SF" + digits(chance, 13),
    "price": lambda chance: f"{chance.randint(1, 99999)}.{digits(chance, 2)}元",
}


def lines_of(path: Path | None) -> list[str]:
    """Texts of messages, from a file of conversations or our own."""
    return list(OWN) if path is None else list(_texts(path))


def _texts(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            for message in json.loads(line).get("messages", ()):
                if text := str(message.get("text", "")):
                    yield text


def share_changed(make: Make, lines: list[str], chance: random.Random) -> float:
    """The share of ``COUNT`` values that are not in a masked line any more."""
    gone = 0
    for _number in range(COUNT):
        value, line = make(chance), chance.choice(lines)
        place = chance.randint(0, len(line))
        gap = chance.choice(("", " ")) if not line[:place][-1:].isascii() else " "
        text = f"{line[:place]}{gap}{value} {line[place:]}"
        gone += value not in masks.mask(text)
    return gone / COUNT


def main(arguments: list[str]) -> int:
    lines = lines_of(Path(arguments[0]) if arguments else None)
    chance = random.Random(1)
    hidden = {name: share_changed(make, lines, chance) for name, make in PLANTED.items()}
    wrong = {name: share_changed(make, lines, chance) for name, make in DECOYS.items()}
    for name, share in hidden.items():
        print(f"recall       {name:20} {100 * share:6.2f} %")
    for name, share in wrong.items():
        print(f"false hits   {name:20} {100 * share:6.2f} %")
    right, false = sum(hidden.values()), sum(wrong.values())
    print(f"precision    {100 * right / (right + false):.2f} %, as many of each kind")
    changed = [line for line in lines if masks.mask(line) != line]
    print(f"lines changed as they are: {len(changed)} of {len(lines)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
