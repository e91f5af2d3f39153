"""Themes and glyphs: readable on every surface, one meaning each, one cell wide."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.app import App

from csdesk.tui import glyphs, themes

CSS = Path(themes.__file__).with_name("desk.tcss")
MEANINGS = ("accent", "amber", "red", "green", "violet")


@pytest.mark.parametrize("name", ["dark", "light", "contrast"])
@pytest.mark.parametrize("surface", themes.SURFACES)
def test_content_and_detail_are_readable_on_every_surface(name: str, surface: str) -> None:
    colours = themes.THEMES[name]
    ground = getattr(colours, surface)
    for text in ("content", "detail", *MEANINGS):
        assert themes.contrast(getattr(colours, text), ground) >= 4.5, text
    assert themes.contrast(colours.hint, ground) >= 2.8


@pytest.mark.parametrize("surface", themes.SURFACES)
def test_high_contrast_is_seven_to_one(surface: str) -> None:
    colours = themes.CONTRAST
    for text in themes.TEXTS:
        assert themes.contrast(getattr(colours, text), getattr(colours, surface)) >= 7


@pytest.mark.asyncio
@pytest.mark.parametrize("name", list(themes.THEMES))
async def test_each_theme_can_be_chosen_and_gives_the_palette(name: str) -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        themes.register_themes(app)
        app.theme = themes.theme_name(name)
        await pilot.pause()
        assert themes.palette_of(app).name == name
        assert app.theme_variables["pane"] == themes.THEMES[name].pane


def test_styles_are_shared() -> None:
    palette = themes.palette("dark")
    assert palette.style("amber", "pane", bold=True) is palette.style("amber", "pane", bold=True)
    assert themes.palette("terminal").style("content", "selected").bold


def test_the_stylesheet_holds_no_literal_colour() -> None:
    text = re.sub(r"/\*.*?\*/", "", CSS.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"(?:color|background|border[a-z-]*|tint|outline):\s*(?:#|rgb|hsl|[a-z]+;)", text) == []


@pytest.mark.parametrize("chosen", list(glyphs.SETS.values()), ids=lambda chosen: chosen.name)
def test_glyphs_are_one_cell_of_the_basic_plane(chosen: glyphs.Glyphs) -> None:
    two_wide = {"delivered", "read", "urgent"}
    for name, sign in glyphs.all_signs(chosen).items():
        assert cell_len(sign) == (2 if name in two_wide else 1), name
        assert all(ord(character) < 0x10000 for character in sign)
        assert chosen.name != "ascii" or sign.isascii()


def test_choosing_glyphs() -> None:
    try:
        assert glyphs.use_glyphs("ascii").late == "!"
        assert glyphs.glyphs() is glyphs.ASCII
    finally:
        glyphs.use_glyphs("unicode")
