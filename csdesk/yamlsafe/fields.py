"""Typed values out of a mapping, for a schema that wants every problem named with its place."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from csdesk.i18n import _
from csdesk.yamlsafe.tree import Mapping, Mark, Node, Problem, Scalar, Sequence

_YES = ("true", "yes", "on")
_NO = ("false", "no", "off")


MOST_PROBLEMS = 200
"""Problems of one file that are told. A file with more was not written by hand, and naming them takes time."""


class TooManyProblems(Exception):
    """There is no use in reading on."""


class Problems(list[Problem]):
    """What is wrong in one file. ``append`` raises TooManyProblems once there are MOST_PROBLEMS."""

    def append(self, problem: Problem) -> None:
        super().append(problem)
        if len(self) >= MOST_PROBLEMS:
            raise TooManyProblems


class Fields:
    """Takes typed values out of a mapping; what is wrong goes to ``problems`` and gives the default.

    Call :meth:`finish` last: a key that nobody asked for is a problem that names the nearest one.
    """

    def __init__(self, node: Node, problems: list[Problem]) -> None:
        self.problems = problems
        self.mark = node.mark
        self._asked: list[str] = []
        if isinstance(node, Mapping):
            self._node = node
        else:
            self._node = Mapping(node.mark)
            self.problems = []  # one problem says it all: what is missing in there is not worth telling
            problems.append(
                node.mark.problem(_("keys and values are expected here"), _("Write key: value lines."))
            )
        self._items = self._node.items

    def has(self, key: str) -> bool:
        """Whether ``key`` stands there with something in it."""
        node = self._items.get(key)
        return node is not None and not (type(node) is Scalar and node.is_empty)

    def mark_of(self, key: str) -> Mark:
        """Where the value of ``key`` stands, or the mapping when there is none."""
        node = self._node.items.get(key)
        return node.mark if node is not None else self.mark

    def node(self, key: str) -> Node | None:
        """The node under ``key``; None when absent or empty."""
        self._asked.append(key)
        node = self._items.get(key)
        return None if node is None or (type(node) is Scalar and node.is_empty) else node

    def text(self, key: str, default: str = "", *, is_required: bool = False, longest: int = 200) -> str:
        """One text of at most ``longest`` code points."""
        if not is_required and key not in self._items:  # most keys of most mappings
            self._asked.append(key)
            return default
        node = self.node(key)
        if node is None or (is_required and isinstance(node, Scalar) and not node.text.strip()):
            if is_required:
                self._complain(
                    self.mark,
                    _("“{key}” is missing").format(key=key),
                    _("Add a line “{key}: …”.").format(key=key),
                )
            return default
        if not isinstance(node, Scalar):
            self._complain(
                node.mark, _("“{key}” should be one text").format(key=key), _("Write it in one line.")
            )
            return default
        if len(node.text) > longest:
            reason = _("“{key}” is longer than {limit} characters").format(key=key, limit=longest)
            self._complain(node.mark, reason, _("Shorten it."))
            return default
        return node.text

    def choice(self, key: str, allowed: Collection[str], default: str) -> str:
        """One of ``allowed``."""
        text = self.text(key, default)
        if text in allowed:
            return text
        fix = _("Use one of: {choices}.").format(choices=", ".join(allowed))
        self._complain(
            self.mark_of(key), _("“{text}” is not a known {key}").format(text=text[:40], key=key), fix
        )
        return default

    def integer(self, key: str, default: int, *, least: int = 0, most: int = 1_000_000_000) -> int:
        """A whole number from ``least`` to ``most``."""
        text = self.text(key, str(default))
        if text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most:
            return int(text)
        fix = _("Write a number from {least} to {most}.").format(least=least, most=most)
        self._complain(self.mark_of(key), _("“{key}” is not a whole number").format(key=key), fix)
        return default

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        text = self.text(key, "true" if default else "false")
        if text.lower() in (*_YES, *_NO):
            return text.lower() in _YES
        self._complain(
            self.mark_of(key),
            _("“{key}” is neither true nor false").format(key=key),
            _("Write true or false."),
        )
        return default

    def texts(self, key: str, *, most: int = 50, longest: int = 200) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        node = self.node(key)
        if node is None:
            return ()
        items = [node] if isinstance(node, Scalar) else node.items if isinstance(node, Sequence) else [node]
        if len(items) > most:
            self._complain(
                node.mark,
                _("“{key}” has more than {limit} entries").format(key=key, limit=most),
                _("Remove some."),
            )
            return ()
        found: list[str] = []
        for item in items:
            if isinstance(item, Scalar) and len(item.text) <= longest:
                found.append(item.text)
            else:
                self._complain(
                    item.mark,
                    _("“{key}” should be a list of short texts").format(key=key),
                    _("Write it as [one, two]."),
                )
        return tuple(found)

    def fields(self, key: str) -> Fields | None:
        """The mapping under ``key``; None when absent or empty."""
        node = self.node(key)
        return None if node is None else Fields(node, self.problems)

    def entries(self, key: str) -> Iterator[Node]:
        """The nodes of the list under ``key``."""
        node = self.node(key)
        if isinstance(node, Sequence):
            yield from node.items
        elif node is not None:
            self._complain(
                node.mark, _("“{key}” should be a list").format(key=key), _("Begin each entry with “- ”.")
            )

    def pairs(self) -> Iterator[tuple[str, Mark, Node]]:
        """Every key with its mark and node, for a mapping whose keys are names."""
        for key, node in self._node.items.items():
            self._asked.append(key)
            yield key, self._node.key_marks[key], node

    def finish(self) -> None:
        """Report the keys that nobody asked for."""
        for key in self._node.items:
            if key in self._asked:
                continue
            near = difflib.get_close_matches(key[:60], self._asked, n=1, cutoff=0.5)
            fix = (
                _("Did you mean “{name}”?").format(name=near[0])
                if near
                else _("Known keys: {names}.").format(names=", ".join(dict.fromkeys(self._asked)))
            )
            self._complain(
                self._node.key_marks[key], _("the key “{key}” is not known").format(key=key[:60]), fix
            )

    def complain(self, key: str, reason: str, fix: str) -> None:
        """Report a problem of the caller's own at the value of ``key``."""
        self._complain(self.mark_of(key), reason, fix)

    def _complain(self, mark: Mark, reason: str, fix: str) -> None:
        self.problems.append(mark.problem(reason, fix))
