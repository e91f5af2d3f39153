"""Four themes by meaning, and the same colours as rich styles for line-drawing widgets.

A colour has one meaning everywhere: ``accent`` what you can do and where you are, ``amber``
waiting or think again, ``red`` too long or failed, ``green`` done or well, ``violet``
automatic or tier A; ``content``, ``detail`` and ``hint`` are the three greys of text. The
surfaces are ``base`` (between panes, conversation), ``pane``, ``raised`` (bars, palette),
``selected``, ``note`` (internal notes) and the grounds of labels. Stylesheets name the same
things as theme variables (``$pane``, ``$detail``); they never hold a literal colour.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rich.color import Color as RichColor
from rich.style import Style
from textual.theme import Theme

if TYPE_CHECKING:
    from textual.app import App


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme's colours: ``#rrggbb``, or a colour of the terminal as ``ansi_...``."""

    base: str
    pane: str
    raised: str
    selected: str
    note: str
    label: str
    label_red: str
    content: str
    detail: str
    hint: str
    accent: str
    amber: str
    red: str
    green: str
    violet: str


SURFACES: Final = ("base", "pane", "raised", "selected", "note", "label", "label_red")
TEXTS: Final = ("content", "detail", "hint", "accent", "amber", "red", "green", "violet")

DARK: Final = Colours(
    base="#11151a",
    pane="#161b22",
    raised="#1c232c",
    selected="#22303c",
    note="#242015",
    label="#26323d",
    label_red="#3a2226",
    content="#d7dde4",
    detail="#949fab",
    hint="#6b7682",
    accent="#5cc8c2",
    amber="#e6b450",
    red="#f2808a",
    green="#7ccf8a",
    violet="#b39df3",
)

LIGHT: Final = Colours(
    base="#fbfbf8",
    pane="#f1f2ee",
    raised="#e4e7e1",
    selected="#d5e6e4",
    note="#f6eed8",
    label="#d9e2ea",
    label_red="#f6dcdc",
    content="#20262c",
    detail="#515c66",
    hint="#78828a",
    accent="#066660",
    amber="#7d5400",
    red="#b71c1c",
    green="#256428",
    violet="#5b41b4",
)

CONTRAST: Final = Colours(
    base="#000000",
    pane="#0a0a0a",
    raised="#1a1a1a",
    selected="#002a33",
    note="#2b2200",
    label="#262626",
    label_red="#4a0f12",
    content="#ffffff",
    detail="#d6d6d6",
    hint="#b8b8b8",
    accent="#5ff5ec",
    amber="#ffd34d",
    red="#ffb0b6",
    green="#8df79a",
    violet="#d2c2ff",
)

TERMINAL: Final = Colours(
    base="ansi_default",
    pane="ansi_default",
    raised="ansi_default",
    selected="ansi_default",
    note="ansi_default",
    label="ansi_default",
    label_red="ansi_default",
    content="ansi_default",
    detail="ansi_default",
    hint="ansi_default",
    accent="ansi_cyan",
    amber="ansi_yellow",
    red="ansi_red",
    green="ansi_green",
    violet="ansi_magenta",
)

THEMES: Final = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST, "terminal": TERMINAL}
DEFAULT_THEME: Final = "dark"
_PREFIX: Final = "csdesk-"


def theme_name(name: str) -> str:
    """What Textual calls our theme ``name`` (``dark``, ``light``, ``contrast``, ``terminal``)."""
    return _PREFIX + name


def textual_theme(name: str) -> Theme:
    """Our theme ``name`` as a Textual theme. Raises KeyError for another name."""
    colours = THEMES[name]
    is_ansi = colours.base.startswith("ansi_")
    return Theme(
        name=theme_name(name),
        primary=colours.accent,
        secondary=colours.violet,
        accent=colours.accent,
        warning=colours.amber,
        error=colours.red,
        success=colours.green,
        foreground=colours.content,
        background=colours.base,
        surface=colours.pane,
        panel=colours.raised,
        dark=name != "light",
        ansi=is_ansi,
        variables=_variables(colours),
    )


def _variables(colours: Colours) -> dict[str, str]:
    named = {field.name.replace("_", "-"): str(getattr(colours, field.name)) for field in fields(colours)}
    return named | {
        "text": colours.content,
        "text-muted": colours.detail,
        "text-disabled": colours.hint,
        "block-cursor-foreground": colours.content,
        "block-cursor-background": colours.selected,
        "block-cursor-text-style": "bold",
        "border": colours.accent,
        "border-blurred": colours.hint,
        "scrollbar": colours.hint,
        "scrollbar-hover": colours.detail,
        "scrollbar-active": colours.accent,
        "scrollbar-background": colours.pane,
        "scrollbar-background-hover": colours.pane,
        "scrollbar-background-active": colours.pane,
        "scrollbar-corner-color": colours.pane,
        "ansi-background": colours.base,
        "ansi-foreground": colours.content,
    }


def register_themes(app: App[Any]) -> None:
    """Make the four themes known to ``app``; choose one with ``app.theme = theme_name("dark")``."""
    for name in THEMES:
        app.register_theme(textual_theme(name))


@lru_cache(maxsize=64)
def _rich_colour(name: str) -> RichColor:
    if name.startswith("ansi_"):
        plain = name.removeprefix("ansi_")
        return RichColor.parse("default" if plain == "default" else plain)
    return RichColor.parse(name)


class Palette:
    """Rich styles by meaning for one theme: ``palette.style("amber", "pane", bold=True)``.

    Styles are made once and shared, so that strips built from them compare and cache well.
    ``is_plain`` is True for the terminal's own colours, where surfaces do not differ: what
    a surface says elsewhere (selected, secondary) is then said by bold and dim.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.colours = THEMES[name]
        self.is_plain = self.colours.base.startswith("ansi_")
        self._styles: dict[tuple[str, str, bool, bool, bool], Style] = {}

    def style(
        self,
        text: str = "content",
        ground: str = "base",
        *,
        bold: bool = False,
        italic: bool = False,
        underline: bool = False,
    ) -> Style:
        """The style for ``text`` (one of TEXTS) on ``ground`` (one of SURFACES)."""
        key = (text, ground, bold, italic, underline)
        found = self._styles.get(key)
        if found is None:
            found = self._styles[key] = self._make(text, ground, bold, italic, underline)
        return found

    def _make(self, text: str, ground: str, bold: bool, italic: bool, underline: bool) -> Style:
        is_dim = self.is_plain and text == "hint"
        is_strong = bold or (self.is_plain and ground == "selected" and text == "content")
        return Style(
            color=_rich_colour(getattr(self.colours, text)),
            bgcolor=_rich_colour(getattr(self.colours, ground)),
            bold=is_strong or None,
            italic=italic or None,
            underline=underline or None,
            dim=is_dim or None,
        )

    def filled(self, ground: str) -> Style:
        """Text in the colour of the base on a ground of a meaning (``amber``): a lit slot or badge."""
        if self.is_plain:
            return Style(color=_rich_colour(getattr(self.colours, ground)), reverse=True)
        return Style(
            color=_rich_colour(self.colours.base),
            bgcolor=_rich_colour(getattr(self.colours, ground)),
            bold=True,
        )

    @property
    def selection(self) -> Style:
        """Text that a person marked to copy it."""
        return Style(reverse=True)


@lru_cache(maxsize=8)
def palette(name: str) -> Palette:
    """The palette of our theme ``name``; the default one for a name that is not ours."""
    return Palette(name if name in THEMES else DEFAULT_THEME)


def palette_of(app: App[Any]) -> Palette:
    """The palette that goes with the theme ``app`` shows now."""
    return palette(app.theme.removeprefix(_PREFIX))


def contrast(one: str, other: str) -> float:
    """WCAG 2.1 contrast ratio (1 to 21) of two ``#rrggbb`` colours."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
