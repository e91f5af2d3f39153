"""Every screen, in both languages: whole lines, one language, and the way back. Larger sizes with ``--long``."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po
from rich.cells import cell_len

from csdesk.i18n import LOCALE_FOLDER
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def draw_screens() -> ModuleType:
    """scripts/draw_screens.py as a module."""
    spec = importlib.util.spec_from_file_location("draw_screens", ROOT / "scripts" / "draw_screens.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def foreign(language: str) -> list[str]:
    """Our own texts as they stand in the other language, those that say something in it."""
    with (LOCALE_FOLDER / "zh_CN" / "LC_MESSAGES" / "csdesk.po").open("rb") as file:
        pairs = [(each.id, each.string) for each in read_po(file) if each.id and isinstance(each.id, str)]
    if language == "en":
        return [chinese for _english, chinese in pairs if re.fullmatch(r"[\u4e00-\u9fff]{4,}", chinese)]
    texts = [english for english, chinese in pairs if english != chinese]
    return [text for text in texts if re.fullmatch(r"[A-Z][a-z]+( [a-z]+)+\.?", text)]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize(
    "size",
    [
        (80, 24),
        pytest.param((120, 40), marks=pytest.mark.long),
        pytest.param((200, 50), marks=pytest.mark.long),
    ],
)
async def test_every_screen(
    tmp_path: Path, draw_screens: ModuleType, size: tuple[int, int], language: str
) -> None:
    wrong, seen, others = [], [], foreign(language)
    async for name, _svg, lines in draw_screens.walk(tmp_path, size, language):
        seen.append(name)
        assert len(lines) == size[1]
        wrong += [f"{name}: {cell_len(line)} cells: {line}" for line in lines if cell_len(line) != size[0]]
        wrong += [f"{name}: {text}" for text in others for line in lines if text in line]
    assert wrong == []
    assert seen == [stop.name for stop in draw_screens.WALK]
