"""Text at the border and on the screen: cleaning, cell widths, graphemes, words, Chinese wrapping."""

from csdesk.text.clean import clean, clean_line, listed
from csdesk.text.graphemes import each_grapheme, graphemes, is_boundary, next_boundary, previous_boundary
from csdesk.text.narrow import narrow
from csdesk.text.width import cell_width, fit, truncate
from csdesk.text.words import next_word, previous_word
from csdesk.text.wrap import wrap, wrap_offsets

__all__ = [
    "cell_width",
    "clean",
    "clean_line",
    "each_grapheme",
    "fit",
    "graphemes",
    "is_boundary",
    "listed",
    "narrow",
    "next_boundary",
    "next_word",
    "previous_boundary",
    "previous_word",
    "truncate",
    "wrap",
    "wrap_offsets",
]
