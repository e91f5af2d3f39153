"""Pictures: Chinese on its own cells, no font from the network."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

from tests.tui.harness import harness

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "screenshot.py"
spec = importlib.util.spec_from_file_location("screenshot", SCRIPT)
assert spec is not None
assert spec.loader is not None
screenshot = importlib.util.module_from_spec(spec)
spec.loader.exec_module(screenshot)


async def test_wide_characters_get_two_cells_and_fonts_are_local(tmp_path: Path) -> None:
    app = harness()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        svg = screenshot.corrected(app.export_screenshot())
    assert "cdnjs" not in svg
    assert 'url("http' not in svg
    lengths = re.findall(r'x="([\d.]+)" y="[\d.]+" textLength="([\d.]+)"[^>]*>快<', svg)
    narrow = re.search(r'textLength="([\d.]+)"[^>]*>A1024<', svg)
    assert narrow is not None
    cell = float(narrow[1]) / 5
    assert lengths
    assert all(float(length) == pytest.approx(2 * cell, abs=0.01) for _x, length in lengths)
    path = tmp_path / "desk.svg"
    path.write_text(svg, "utf-8")
    can_draw = any(
        shutil.which(name) for name in ("rsvg-convert", "chromium", "chromium-browser", "google-chrome")
    )
    assert screenshot.to_png(path, tmp_path / "desk.png") is can_draw
    assert (tmp_path / "desk.png").exists() is can_draw
