"""Reading YAML that a stranger may have written: small, shallow, plain, and every value with its place.

What YAML allows and a data file does not need is refused (aliases, anchors, merge keys, tags, several
documents, keys given twice), so a file costs no more memory than its size and means what it shows.
Every scalar stays the text it was written as: ``no`` is a word, ``0012`` keeps its zeros, and a schema
decides what it is. Each node knows its line and column, so a schema can point at what is wrong
(:class:`Fields`).
"""

from csdesk.yamlsafe.fields import MOST_PROBLEMS, Fields, Problems, TooManyProblems
from csdesk.yamlsafe.parse import MAX_BYTES, MAX_DEPTH, load, loads
from csdesk.yamlsafe.tree import Mapping, Mark, Node, Problem, Scalar, Sequence, YamlError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MOST_PROBLEMS",
    "Fields",
    "Mapping",
    "Mark",
    "Node",
    "Problem",
    "Problems",
    "Scalar",
    "Sequence",
    "TooManyProblems",
    "YamlError",
    "load",
    "loads",
]
