"""``--help`` in the language of now: click's own words translated, lines and columns measured in cells."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from csdesk.i18n import N_, _

PLACEHOLDERS = frozenset({
    N_("ARGS"), N_("CODE"), N_("COMMAND"), N_("DEST"), N_("FILE"), N_("FLOAT"), N_("INTEGER"), N_("INTEGER RANGE"),
    N_("KEY"), N_("NAME"), N_("OPTIONS"), N_("PATH"), N_("QUERY"), N_("REF"), N_("SHELL"), N_("SOURCE"), N_("TEXT"),
})  # fmt: skip
"""Words in capitals that stand for what a person types; click makes some of them from types and names."""

_CLICKS_OWN = (N_("Show this message and exit."), N_("Options"), N_("Commands"))
_CAPITALS = re.compile(r"(?<!\w)[A-Z][A-Z_]+(?: RANGE)?(?!\w)")
_DEFAULT = re.compile(r"(?<=\[)default: ")


def in_words(usage: str) -> str:
    """``usage`` (``REF [TEXT]``) with its placeholders in the language of now."""
    return _CAPITALS.sub(lambda found: _(found[0]) if found[0] in PLACEHOLDERS else found[0], usage)


def cell_width(text: str) -> int:
    """As ``csdesk.text.cell_width``, loaded when help is really shown: a command must start without it."""
    from csdesk import text as texts

    return texts.cell_width(text)


def wrap(text: str, cells: int) -> list[str]:
    """As ``csdesk.text.wrap``, loaded when help is really shown."""
    from csdesk import text as texts

    return texts.wrap(text, cells)


class CellHelpFormatter(click.HelpFormatter):
    """Help whose columns stand straight and whose lines end in time when characters are two cells wide."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        start = " " * self.current_indent + (prefix or _("Usage: ")) + prog + " "
        self._write_hanging(start, in_words(args))

    def write_heading(self, heading: str) -> None:
        self.write(" " * self.current_indent + _("{heading}:").format(heading=_(heading)))
        self.write("\n")

    def write_text(self, text: str) -> None:
        """Paragraphs stand apart by an empty line; one that begins with ``\\b`` keeps its lines."""
        indent = " " * self.current_indent
        paragraphs = []
        for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
            lines = [line.strip() for line in paragraph.split("\n")]
            if lines[0] == "\b":
                kept = paragraph.split("\n")[1:]
            else:
                kept = wrap(" ".join(lines), self.width - self.current_indent)
            paragraphs.append("\n".join(indent + line for line in kept))
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Terms in one column, what they mean in the next; a term over ``col_max`` cells has its line alone."""
        told = [(in_words(term), _meaning(meaning)) for term, meaning in rows]
        fitting = [width for term, _said in told if (width := cell_width(term)) <= col_max]
        second = max(fitting, default=0) + col_spacing
        indent = " " * self.current_indent
        for term, meaning in told:
            start = indent + term + " " * (second - cell_width(term))
            if cell_width(term) > col_max:
                self.write(indent + term + "\n")
                start = indent + " " * second
            self._write_hanging(start, meaning)

    def _write_hanging(self, start: str, text: str) -> None:
        """``start``, then ``text`` to the right of it, its further lines below its first."""
        width = cell_width(start)
        first, *others = wrap(text.replace("\n", " "), max(self.width - width, 20))
        self.write((start + first).rstrip() + "\n")
        for line in others:
            self.write(" " * width + line + "\n")


class HelpContext(click.Context):
    """A context whose help is written in cells."""

    formatter_class = CellHelpFormatter


def _meaning(text: str) -> str:
    """What click says about an option, the parts that are click's own in the language of now."""
    if text in _CLICKS_OWN:
        return _(text)
    return _DEFAULT.sub(_("default: "), text)
