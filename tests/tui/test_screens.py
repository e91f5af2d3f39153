"""Every screen, at three sizes in both languages: as it was last looked at, whole lines, and one language only.

``--long`` also draws the two wider ones. What a screen shows is kept in ``tests/tui/prints``.
"""

from __future__ import annotations

import importlib
import re
import sys
import time
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po
from rich.cells import cell_len

from csdesk import paths
from csdesk.i18n import LOCALE_FOLDER
from csdesk.tui.themes import contrast
from tests.conftest import ROOT

SCRIPTS = ROOT / "scripts"
KEEP = "If that is how it shall look: python scripts/draw_screens.py --keep, then look at the difference."
QUICK_WIDTH = 80
"""The widest that every run draws again: each size more costs a minute of the processor."""

ALLOWED_IN_CHINESE = {
    *["Kitty", "ascii", "compact", "express", "delivery", "relevance"],
    *[
        "csdesk",
        "English",
        "Ctrl",
        "Shift",
        "Alt",
        "Enter",
        "Esc",
        "Tab",
        "Space",
        "Home",
        "End",
        "PgUp",
        "PgDn",
        "Del",
        "Ins",
        "Backspace",
        "VISUAL",
        "EDITOR",
        "UTC",
    ],
    *[
        "true",
        "false",
        "from",
        "label",
        "after",
        "before",
        "status",
        "open",
        "agent",
        "inbox",
        "stage",
        "tier",
        "has",
        "mentions",
        "note",
        "customer",
        "vip",
        "ref",
    ],
}
"""Names, keys, and the words of filters and settings, which are typed so in any language."""


@pytest.fixture(scope="module")
def scripts() -> Iterator[None]:
    sys.path.insert(0, str(SCRIPTS))
    yield
    sys.path.remove(str(SCRIPTS))


@pytest.fixture
def walking(scripts: None) -> ModuleType:
    return importlib.import_module("walk_screens")


@pytest.fixture
def drawing(scripts: None) -> ModuleType:
    return importlib.import_module("draw_screens")


@pytest.fixture
def morning(monkeypatch: pytest.MonkeyPatch, drawing: ModuleType) -> Iterator[None]:
    """The time zone and the path that the prints show."""
    monkeypatch.setattr(paths, "config_path", lambda: Path(drawing.CONFIG_SHOWN))
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
async def test_every_screen_is_as_it_was_looked_at(
    tmp_path: Path,
    walking: ModuleType,
    drawing: ModuleType,
    morning: None,
    language: str,
    request: pytest.FixtureRequest,
) -> None:
    is_long = bool(request.config.getoption("--long"))
    sizes = tuple(size for size in (*walking.SIZES, *walking.SMALL) if is_long or size[0] <= QUICK_WIDTH)

    def expected(name: str, size: tuple[int, int]) -> str | None:
        path = drawing.kept_at(language, size, name)
        return path.read_text("utf-8") if path.exists() else None

    wrong: list[str] = []
    async for name, size, shown in walking.walk(tmp_path, language, sizes=sizes, expected=expected):
        kept, now = expected(name, size) or "", shown.write()
        place = f"{drawing.kept_at(language, size, name).relative_to(ROOT)}"
        wrong += list(
            unified_diff(kept.splitlines(), now.splitlines(), place, "the program now", lineterm="")
        )
        assert [cell_len(text) for text in shown.texts] == [size[0]] * size[1], name
    assert wrong == [], "\n".join([*wrong, KEEP])


def test_every_screen_is_kept(walking: ModuleType, drawing: ModuleType) -> None:
    wanted = {
        drawing.kept_at(language, size, stop.name)
        for language in walking.LANGUAGES
        for stop in walking.WALK
        for size in stop.sizes
    }
    assert set(drawing.PRINTS.rglob("*.txt")) == wanted


def test_a_print_is_read_as_it_was_written(drawing: ModuleType) -> None:
    read = importlib.import_module("screen_print").read
    for path in sorted(drawing.PRINTS.glob("*-80x24/*.txt")):
        written = path.read_text("utf-8")
        assert read(written).write() == written, path.name


def texts_of(drawing: ModuleType, language: str) -> dict[str, str]:
    """What is written on every kept screen of a language, by its place."""
    read = importlib.import_module("screen_print").read
    return {
        f"{path.parent.name}/{path.stem}": "\n".join(read(path.read_text("utf-8")).texts)
        for path in sorted(drawing.PRINTS.glob(f"{language}-*/*.txt"))
    }


def written_by(paths: list[Path], pattern: str) -> set[str]:
    """What fits ``pattern`` in the data on the screens: customers, quick replies, the walk's own words."""
    return {found for path in paths for found in re.findall(pattern, path.read_text("utf-8"))}


def data() -> list[Path]:
    return [
        *(SCRIPTS / "pictures").glob("*.jsonl"),
        *(ROOT / "csdesk").rglob("*.jsonl"),
        *(ROOT / "quick_replies").glob("*.yaml"),
        SCRIPTS / "picture_desk.py",
    ]


def test_a_chinese_screen_has_no_english_words(drawing: ModuleType) -> None:
    """A word at an ellipsis or below a card may be half of one; a number of a conversation looks like one."""
    known = written_by(data(), r"[A-Za-z]{2,}") | ALLOWED_IN_CHINESE | settings_words()
    not_words = re.compile(r"#\w+|\S*…|/home/\S+|https://\S+")
    wrong = {
        f"{place}: {word}"
        for place, text in texts_of(drawing, "zh_CN").items()
        for word in re.findall(r"[A-Za-z]{3,}", not_words.sub("", text))
        if not word.isupper() and not any(each.startswith(word) or each.endswith(word) for each in known)
    }
    assert wrong == set()


def test_a_chinese_screen_shows_no_sentence_of_ours_in_english(drawing: ModuleType) -> None:
    with (LOCALE_FOLDER / "zh_CN" / "LC_MESSAGES" / "csdesk.po").open("rb") as file:
        ours = [each.id for each in read_po(file) if isinstance(each.id, str) and each.id != each.string]
    sentences = [text for text in ours if re.fullmatch(r"[A-Z][a-z]+( [a-z]+)+\.?", text)]
    assert len(sentences) > 300
    shown = texts_of(drawing, "zh_CN")
    assert [(place, text) for place, screen in shown.items() for text in sentences if text in screen] == []


def test_an_english_screen_has_no_chinese(drawing: ModuleType) -> None:
    allowed = "".join(written_by(data(), r"[\u3400-\u9fff]")) + "简体中文"
    ours = "".join(
        written_by([ROOT / "csdesk" / "locale" / "zh_CN" / "LC_MESSAGES" / "csdesk.po"], "[\u3400-\u9fff]")
    )
    assert ours
    wrong = {
        f"{place}: {found}"
        for place, text in texts_of(drawing, "en").items()
        for found in re.findall(r"[\u3400-\u9fff]+", text)
        if not set(found) <= set(allowed)
    }
    assert wrong == set()


def settings_words() -> set[str]:
    """Names and values of settings: they are written so in the file, in any language."""
    from csdesk.config import Settings, describe

    said = " ".join(f"{each.key} {each.default}" for each in describe(Settings()))
    return set(re.findall(r"[A-Za-z]{2,}", said))


@pytest.mark.parametrize(
    ("stop", "is_there", "is_not"),
    [
        ("queue", "›Waiting 6", "›Unassigned"),
        ("queue-unassigned", "›Unassigned 4", "›Waiting"),
        ("composer-written", "›Reply  Note", "›Note"),
        ("composer-note", " Reply ›Note", "›Reply"),
        ("status", "▌1  ●", "▌2"),
        ("help", "▌Keys here", "▌First steps"),
        ("help-page", "▌The queue", "▌Keys here"),
        ("queue-selected", "✚", "›Failed"),
        ("card-error", "✗ Something", "✓ Something"),
        ("card-news", "✓ #7K3Q9F", "✗ #"),
    ],
)
def test_states_are_told_apart_without_colour_and_weight(
    drawing: ModuleType, stop: str, is_there: str, is_not: str
) -> None:
    texts = texts_of(drawing, "en")
    for size in ("80x24", "120x40"):
        text = texts[f"en-{size}/{stop}"]
        assert is_there in text
        assert is_not not in text


async def test_high_contrast_holds_on_what_is_drawn(
    tmp_path: Path, walking: ModuleType, morning: None
) -> None:
    names = {"queue", "queue-selected", "queue-resolved", "composer-written", "composer-note", "replies-typed",
             "replies-slots", "find", "search", "alert", "card-error", "card-news"}  # fmt: skip
    stops = tuple(stop for stop in walking.WALK if stop.name in names)
    low, looked_at = set(), 0
    async for name, _size, shown in walking.walk(
        tmp_path, "en", sizes=((80, 24),), theme="contrast", stops=stops
    ):
        for style, text in (run for line in shown.lines for run in line if run[1].strip()):
            found = re.match("(#[0-9a-f]{6}) on (#[0-9a-f]{6})", style)
            if found is None:
                low.add((name, text.strip(), style))
                continue
            looked_at += 1
            if contrast(*found.groups()) < 7:
                low.add((name, text.strip(), style))
    assert looked_at > 500
    assert low == set()
