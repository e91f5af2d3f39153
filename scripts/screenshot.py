"""Pictures of the program that are true: CJK two cells wide, no font from the network.

``rich`` writes each run of text with a ``textLength`` made from ``len``, so that Chinese is
squeezed to half its width, and names fonts on a CDN. ``corrected`` lays every wide character
on its own cells and names fonts of the machine. ``to_png`` draws an SVG with ``rsvg-convert``
or a headless Chromium when one of them is there.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

from rich.cells import cell_len, split_graphemes

NARROW_FONTS = "'DejaVu Sans Mono', 'Menlo', 'Consolas', monospace"
WIDE_FONTS = "'Noto Sans Mono CJK SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"

_SPACES = " \u00a0"
_FONT_FACE = re.compile(r"@font-face\s*{[^}]*}\s*", re.DOTALL)
_TEXT = re.compile(
    r'<text class="(?P<cls>[^"]+)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)" '
    r'textLength="(?P<length>[\d.]+)"(?P<rest>[^>]*)>(?P<text>.*?)</text>',
    re.DOTALL,
)


def corrected(svg: str) -> str:
    """``svg`` as exported by Textual or rich, with true widths and local fonts only."""
    plain = _FONT_FACE.sub("", svg)
    plain = plain.replace("font-variant-east-asian: full-width;", "white-space: pre;")
    plain = re.sub(r"font-family: Fira Code, monospace;", f"font-family: {NARROW_FONTS};", plain)
    plain = plain.replace("</style>", f"    .wide {{ font-family: {WIDE_FONTS}; }}\n    </style>", 1)
    return _TEXT.sub(_laid_out, plain)


def _laid_out(match: re.Match[str]) -> str:
    text = html.unescape(match["text"])
    if not text:
        return match[0]
    cell = float(match["length"]) / len(text)
    x, parts = float(match["x"]), []
    for run in _runs(text):
        ink = run.strip(_SPACES)
        if ink:
            name = match["cls"] + (" wide" if cell_len(ink) > len(ink) else "")
            start = x + cell_len(run[: len(run) - len(run.lstrip(_SPACES))]) * cell
            shown = html.escape(ink, quote=False).replace(" ", "\u00a0")
            parts.append(
                f'<text class="{name}" x="{start:.2f}" y="{match["y"]}" '
                f'textLength="{cell_len(ink) * cell:.2f}"{match["rest"]}>{shown}</text>'
            )
        x += cell_len(run) * cell
    return "".join(parts)


def _runs(text: str) -> list[str]:
    """Neighbouring narrow characters together, each wide grapheme on its own."""
    runs: list[str] = []
    spans, _width = split_graphemes(text)
    for start, end, cells in spans:
        piece = text[start:end]
        if runs and cells == 1 and cell_len(runs[-1]) == len(runs[-1]) and piece not in "✓◆▲●○":
            runs[-1] += piece
        else:
            runs.append(piece)
    return runs


def to_png(svg_path: Path, png_path: Path, width: int = 1200) -> bool:
    """Draw ``svg_path`` into ``png_path``; False when the machine has nothing to draw with."""
    if program := shutil.which("rsvg-convert"):
        command = [program, "-w", str(width), "-o", str(png_path), str(svg_path)]
    elif (
        program := shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    ):
        command = [
            program,
            "--headless",
            "--no-sandbox",
            f"--screenshot={png_path}",
            svg_path.resolve().as_uri(),
        ]
    else:
        return False
    subprocess.run(command, check=True, capture_output=True)
    return True


def main(paths: list[str]) -> int:
    """Correct each SVG in place and draw a PNG next to it."""
    for name in paths:
        path = Path(name)
        path.write_text(corrected(path.read_text("utf-8")), "utf-8")
        to_png(path, path.with_suffix(".png"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
