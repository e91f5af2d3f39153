"""From bytes to a tree, refusing everything a data file has no use for."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from csdesk.i18n import N_, _
from csdesk.yamlsafe.tree import Mapping, Mark, Node, Problem, Scalar, Sequence, YamlError

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
MAX_NODES = 40_000
"""Entries of a file: texts, keys included, and twice for each list or mapping, which costs twice as much. That is 2,000
replies of seven keys, and an eighth of a second's reading."""

MOST_DIRECTIVES = 10

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = yaml.ScalarEvent
_new_tuple: Any = tuple.__new__
"""A named tuple without the call that names its fields: there is one for each word of a file."""
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_QUOTED = ("'", '"', "|", ">")
_DIRECTIVE = re.compile(r"^%(?:TAG|YAML)\b", re.MULTILINE)


def load(path: Path) -> Node:
    """The tree in the file at ``path``. Raises YamlError, also when the file cannot be read."""
    start = Mark(str(path), 1, 1)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = _("the file cannot be read ({reason})").format(reason=error.strerror or type(error).__name__)
        raise YamlError(start.problem(reason, _("Check the path and its permissions."))) from None
    return loads(raw, str(path))


def loads(source: str | bytes, name: str = "<text>") -> Node:
    """The tree in ``source``; ``name`` is what errors call it. Raises YamlError."""
    return _Builder(name).build(_as_text(source, name))


def _as_text(source: str | bytes, name: str) -> str:
    start = Mark(name, 1, 1)
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(raw) > MAX_BYTES:
        reason = _("the file is larger than {limit} KiB").format(limit=MAX_BYTES // 1024)
        raise YamlError(start.problem(reason, _("Split it into several files.")))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mark = _mark_at(name, raw[: error.start].decode("utf-8", "replace"))
        raise YamlError(mark.problem(_("this is not UTF-8 text"), _("Save the file as UTF-8."))) from None
    return text


def _mark_at(name: str, before: str) -> Mark:
    return Mark(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


class _Builder:
    """Builds the tree from parser events with a stack of its own, so depth never recurses."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stack: list[Sequence | Mapping] = []
        self._keys: list[tuple[str, Mark] | None] = []
        self._root: Node | None = None
        self._documents = 0
        self._left = MAX_NODES
        self._has_escapes = False

    def build(self, text: str) -> Node:
        directives = list(islice(_DIRECTIVE.finditer(text), MOST_DIRECTIVES + 1))
        if len(directives) > MOST_DIRECTIVES:  # the parser would compare each with all others
            raise self._refusal_at(_mark_at(self._name, text[: directives[-1].start()]), _DIRECTIVES)
        self._has_escapes = "\\" in text
        try:
            next_event = _Loader(text).get_event
            while (event := next_event()) is not None:
                if type(event) is _TEXT:
                    self._take_text(event)
                else:
                    self._take(event)
        except yaml.YAMLError as error:
            raise YamlError(self._syntax_problem(error, text)) from None
        except RecursionError:
            raise self._refusal(None, _TOO_DEEP) from None
        if self._root is None:
            raise YamlError(
                Mark(self._name, 1, 1).problem(_("the file is empty"), _("Write something into it."))
            )
        return self._root

    def _take_text(self, event: Any) -> None:
        """A text or a key: nearly all events of a large file, so a key becomes no node first."""
        self._left -= 1
        if self._left < 0 or event.anchor is not None or event.tag is not None:
            raise self._refusal(event, self._why_not(event))
        text, style = event.value, event.style
        if (
            self._has_escapes and style == '"' and _HALF_CHARACTER.search(text)
        ):  # only an escape can write one
            raise self._refusal(event, _HALF)
        start = event.start_mark
        mark = _new_tuple(Mark, (self._name, start.line + 1, start.column + 1))
        if self._stack and self._keys[-1] is None and isinstance(parent := self._stack[-1], Mapping):
            self._keys[-1] = self._key(parent, text, mark, style not in _QUOTED)
        else:
            self._add(Scalar(mark, text, style not in _QUOTED))

    def _take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.SequenceStartEvent:
            self._open(Sequence(self._mark(event)), event)
        elif kind is yaml.MappingStartEvent:
            self._open(Mapping(self._mark(event)), event)
        elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
            self._stack.pop()
            self._keys.pop()
        elif kind is yaml.AliasEvent:
            raise self._refusal(event, _ALIAS)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if event.tags:
                raise self._refusal(event, _TAG)
            if self._documents > 1:
                raise self._refusal(event, _SECOND_DOCUMENT)

    def _why_not(self, event: Any) -> tuple[str, str]:
        """Why a node is refused: one too many, or one with an anchor or a tag."""
        if self._left < 0:
            return _TOO_MANY
        return _TAG if event.anchor is None else _ALIAS

    def _open(self, node: Sequence | Mapping, event: Any) -> None:
        self._left -= 2
        if self._left < 0 or event.anchor is not None or event.tag is not None:
            raise self._refusal(event, self._why_not(event))
        if len(self._stack) >= MAX_DEPTH:
            raise self._refusal(event, _TOO_DEEP)
        self._add(node)
        self._stack.append(node)
        self._keys.append(None)

    def _add(self, node: Node) -> None:
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        waiting = self._keys[-1]
        if waiting is None:
            raise YamlError(
                node.mark.problem(
                    _("a key is not a plain word"), _("Quote it if it holds braces or brackets.")
                )
            )
        key, mark = waiting
        parent.items[key] = node
        parent.key_marks[key] = mark
        self._keys[-1] = None

    def _key(self, parent: Mapping, text: str, mark: Mark, is_plain: bool) -> tuple[str, Mark]:
        if is_plain and text == "<<":
            raise self._refusal_at(mark, _MERGE)
        if text in parent.items:
            first = parent.key_marks[text].line
            reason = _("the key “{key}” is already given in line {line}").format(key=text[:60], line=first)
            raise YamlError(mark.problem(reason, _("Remove one of the two.")))
        return text, mark

    def _mark(self, event: Any) -> Mark:
        start = event.start_mark
        return Mark(self._name, start.line + 1, start.column + 1)

    def _refusal(self, event: Any, words: tuple[str, str]) -> YamlError:
        return self._refusal_at(Mark(self._name, 1, 1) if event is None else self._mark(event), words)

    def _refusal_at(self, mark: Mark, words: tuple[str, str]) -> YamlError:
        return YamlError(mark.problem(_(words[0]), _(words[1])))

    def _syntax_problem(self, error: yaml.YAMLError, text: str) -> Problem:
        spot = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "")
        if spot is not None:
            mark = Mark(self._name, spot.line + 1, spot.column + 1)
        else:
            position = getattr(error, "position", None)
            mark = _mark_at(self._name, text[: position if isinstance(position, int) else 0])
        for beginning, reason, fix in _SYNTAX:
            if beginning in said:
                return mark.problem(_(reason), _(fix))
        reason = (
            _("this is not valid YAML ({reason})").format(reason=said)
            if said
            else _("this is not valid YAML")
        )
        return mark.problem(reason, _("Check quotes, colons and indentation here and in the line above."))


_ALIAS = (N_("anchors and aliases (& and *) are not read"), N_("Write the value out, or quote the text."))
_TAG = (N_("tags (!) are not read"), N_("Remove the tag, or quote the text."))
_DIRECTIVES = (N_("there are too many directives (%)"), N_("Remove them."))
_TOO_MANY = (N_("the file has more entries than can be read"), N_("Split it into several files."))
_MERGE = (N_("merge keys (<<) are not read"), N_("Write the keys out."))
_HALF = (N_("half a character"), N_("Write the whole character."))
_TOO_DEEP = (N_("this is nested too deeply"), N_("Keep lists and keys to 20 levels."))
_SECOND_DOCUMENT = (N_("a second document begins here"), N_("Keep one document in a file: remove the ---."))

_SYNTAX = (
    (
        "mapping values are not allowed",
        N_("a colon in an unquoted text"),
        N_("Put the whole text in quotes."),
    ),
    (
        "could not find expected ':'",
        N_("a key without its colon"),
        N_("Write key: value; check the indentation and quotes above."),
    ),
    (
        "did not find expected ',' or",
        N_("a bracket that is never closed"),
        N_("Close it, or quote the text if it is one."),
    ),
    (
        "did not find expected alphabetic or numeric character",
        N_("anchors and aliases (& and *) are not read"),
        N_("Quote a text that begins with & or *."),
    ),
    (
        "did not find expected node content",
        N_("a value that cannot stand here"),
        N_("Quote it if it holds braces or brackets."),
    ),
    (
        "did not find expected '-' indicator",
        N_("this does not continue the list above"),
        N_("Check the indentation."),
    ),
    (
        "did not find expected key",
        N_("this does not continue the lines above"),
        N_("Check the indentation, and that quotes are closed."),
    ),
    (
        "cannot start any token",
        N_("a character that cannot stand here"),
        N_("Use spaces, not tabs, and quote texts that begin with @, ` or %."),
    ),
    (
        "unexpected end of stream",
        N_("a quote or bracket that is never closed"),
        N_("Close it."),
    ),
    (
        "control characters are not allowed",
        N_("a control character"),
        N_("Delete it: the file should be plain UTF-8 text."),
    ),
    (
        "special characters are not allowed",
        N_("a control character"),
        N_("Delete it: the file should be plain UTF-8 text."),
    ),
    (
        "unknown escape character",
        N_("an unknown \\ escape in double quotes"),
        N_("Use single quotes, or write \\\\ for a backslash."),
    ),
    (
        "exceeded max nesting",
        N_("this is nested too deeply"),
        N_("Keep lists and keys to 20 levels."),
    ),
)
