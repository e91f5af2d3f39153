"""One reply of a pack file changed as text. Every comment, and every line that says something else, stays.

The file is read as a tree that knows its lines; only the lines of what changes are replaced. A file that
is written in a way this does not know (lists in brackets, keys side by side) is refused, not rewritten.
Callers read the outcome again before they keep it (:mod:`csdesk.replies.pack_file`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping as Table
from dataclasses import dataclass

from csdesk.errors import Refused
from csdesk.i18n import _
from csdesk.replies.written import KEY_ORDER, SLOT_ORDER, STEP, Written, item_lines, key_lines
from csdesk.yamlsafe import Mapping, Node, Scalar, Sequence, YamlError, loads

_DASH = re.compile(r"( *)-( +)")
_COMMENT = re.compile(r"\s+#")


@dataclass(frozen=True, slots=True)
class Range:
    """Lines ``start`` to before ``end``, counted from 0."""

    start: int
    end: int


class Splicer:
    """The lines of one pack file. Replies are named by their place in ``replies:``, counted from 0.

    A file is read once for any number of changes and removals, so these go from the last place to the first;
    what is added or declared comes after them.
    """

    def __init__(self, text: str, name: str) -> None:
        """Raises YamlError when ``text`` is no YAML of ours."""
        self._name = name
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        self._lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        while self._lines and not self._lines[-1].strip():
            self._lines.pop()
        self._read_again()

    @property
    def text(self) -> str:
        """The file as it is now."""
        return self._mark + self._newline.join([*self._lines, ""])

    def change(self, place: int, before: Written, after: Written) -> None:
        """Write what differs between ``before`` and ``after`` into the reply at ``place``."""
        entry, node = self._places[place]
        if self._char(node) == "{":
            indent = self._dash(node)
            self._lines[entry.start : entry.end] = item_lines(after, indent)
            return
        margin = node.mark.column - 1
        lines = self._lines[entry.start : entry.end]
        head, lines[0] = lines[0][:margin], " " * margin + lines[0][margin:]
        _put(lines, self._keys(node, entry), before, after, margin, KEY_ORDER)
        first = next(at for at, line in enumerate(lines) if line.strip() and not _is_comment(line))
        lines[first] = head + lines[first][margin:]
        self._lines[entry.start : entry.end] = lines

    def add(self, replies: list[Written]) -> None:
        """Write ``replies`` behind the others."""
        self._read_again()
        if self._places:
            last, node = self._places[-1]
            indent = self._dash(node)
            is_apart = len(self._places) > 1 and not self._lines[last.start - 1].strip()
            lines = [line for each in replies for line in ["", *item_lines(each, indent)][not is_apart :]]
            self._lines[last.end : last.end] = lines
            return
        lines = [line for each in replies for line in item_lines(each, len(STEP))]
        root = self._root()
        if "replies" in root.items:
            at = root.key_marks["replies"].line - 1
            comment = _comment_behind(self._lines[at], "replies")
            self._lines[at : at + 1] = [f"replies:{comment}", *lines]
        else:
            self._lines += ["", "replies:", *lines]

    def remove(self, place: int) -> None:
        """Take the reply at ``place`` out. What is commented above it stays."""
        entry, _node = self._places[place]
        end = entry.end
        above_is_blank = entry.start > 0 and not self._lines[entry.start - 1].strip()
        while above_is_blank and end < len(self._lines) and not self._lines[end].strip():
            end += 1
        self._lines[entry.start : end] = []
        self._count -= 1
        if not self._count:
            at = self._replies_line
            self._lines[at] = f"replies: []{_comment_behind(self._lines[at], 'replies')}"

    def place_at(self, line: int) -> int | None:
        """The place of the reply that ``line`` (from 0) is in; None when it is in none."""
        at = bisect_right(self._starts, line) - 1
        return at if at >= 0 and line < self._places[at][0].end else None

    def keys_at(self, place: int) -> tuple[str, ...]:
        """The keys that are written for the reply at ``place``."""
        return tuple(self._places[place][1].items)

    def declare(self, name: str, slot: Written) -> None:
        """Add a slot to ``vars``, which is made before ``replies`` where there is none."""
        root = self._root()
        if "vars" not in root.items:
            at = root.key_marks["replies"].line - 1 if "replies" in root.items else len(self._lines)
            self._lines[at:at] = ["vars:", *key_lines(name, slot, len(STEP)), ""]
            return
        declared = self._declared(root)
        end = self._end_of(root, "vars")
        if declared.items:
            self._lines[end:end] = key_lines(name, slot, declared.mark.column - 1)
            return
        start = root.key_marks["vars"].line - 1
        if end > start + 1:
            raise self._by_hand()
        comment = _comment_behind(self._lines[start], "vars")
        self._lines[start:end] = [f"vars:{comment}", *key_lines(name, slot, len(STEP))]

    def slot_keys(self, name: str) -> tuple[str, ...]:
        """The keys that are written for the slot ``name``."""
        slot = self._declared(self._root()).items[name]
        return tuple(slot.items) if isinstance(slot, Mapping) else ()

    def describe(self, name: str, before: Written, after: Written) -> None:
        """Write what differs between ``before`` and ``after`` into the slot ``name``; one in braces is written out."""
        root = self._root()
        declared = self._declared(root)
        entry, node = self._slot_lines(root, declared, name), declared.items[name]
        if isinstance(node, Mapping) and node.items and self._char(node) != "{":
            inner = Range(node.mark.line - 1, entry.end)
            lines = self._lines[inner.start : inner.end]
            _put(lines, self._keys(node, inner), before, after, node.mark.column - 1, SLOT_ORDER)
            self._lines[inner.start : inner.end] = lines
            return
        held = self._lines[entry.start : entry.end]
        if len(held) > 1 and any(_COMMENT.search(line) for line in held):
            raise self._by_hand()
        margin = declared.mark.column - 1
        self._lines[entry.start : entry.end] = _same_comment(held, key_lines(name, after, margin))

    def undeclare(self, name: str) -> None:
        """Take the slot ``name`` out of ``vars``. What is commented above it stays."""
        root = self._root()
        declared = self._declared(root)
        entry = self._slot_lines(root, declared, name)
        self._lines[entry.start : entry.end] = []
        if len(declared.items) == 1:
            at = root.key_marks["vars"].line - 1
            self._lines[at] = f"vars: {{}}{_comment_behind(self._lines[at], 'vars')}"

    def _declared(self, root: Mapping) -> Mapping:
        """What stands under ``vars``, a slot a line, or nothing in braces."""
        declared = root.items.get("vars")
        if not isinstance(declared, Mapping) or (declared.items and self._char(declared) == "{"):
            raise self._by_hand()
        return declared

    def _slot_lines(self, root: Mapping, declared: Mapping, name: str) -> Range:
        start = declared.key_marks[name].line - 1
        later = [mark.line - 1 for mark in declared.key_marks.values() if mark.line - 1 > start]
        end = min(later, default=self._end_of(root, "vars"))
        return Range(start, self._trimmed(start, end, declared.mark.column - 1))

    def _root(self) -> Mapping:
        root = loads(self.text, self._name)
        if not isinstance(root, Mapping) or self._char(root) == "{":
            raise self._by_hand()
        return root

    def _read_again(self) -> None:
        """Find the replies in the lines as they are now."""
        root = self._root()
        self._places = self._entries(root)
        self._starts = [lines.start for lines, _node in self._places]
        self._count = len(self._places)
        self._replies_line = root.key_marks["replies"].line - 1 if "replies" in root.items else 0

    def _entries(self, root: Mapping) -> list[tuple[Range, Mapping]]:
        """The lines of every reply with its node; comments and blank lines between them belong to none."""
        replies = root.items.get("replies")
        if not isinstance(replies, Sequence) or not replies.items:
            return []
        nodes = [self._entry(node) for node in replies.items]
        if self._char(replies) == "[":
            raise self._by_hand()
        starts = [node.mark.line - 1 for node in nodes]
        ends = [*starts[1:], self._end_of(root, "replies")]
        return [
            (Range(start, self._trimmed(start, end, self._dash(node))), node)
            for start, end, node in zip(starts, ends, nodes, strict=True)
        ]

    def _entry(self, node: Node) -> Mapping:
        if not isinstance(node, Mapping):
            raise self._by_hand()
        self._dash(node)
        return node

    def _end_of(self, root: Mapping, key: str) -> int:
        """The line behind what stands under ``key`` of the file."""
        start = root.key_marks[key].line - 1
        later = [mark.line - 1 for mark in root.key_marks.values() if mark.line - 1 > start]
        return self._trimmed(start, min(later, default=len(self._lines)), 0)

    def _trimmed(self, start: int, end: int, indent: int) -> int:
        """``end`` without the blank lines and comments before it that stand no deeper than ``indent``."""
        while end > start + 1 and _is_outside(self._lines[end - 1], indent):
            end -= 1
        return end

    def _keys(self, node: Mapping, entry: Range) -> dict[str, Range]:
        """The lines of each key of a reply, counted from the reply's first line."""
        margin = node.mark.column - 1
        starts = {key: mark.line - 1 for key, mark in node.key_marks.items()}
        if len(set(starts.values())) < len(starts):
            raise self._by_hand()
        ordered = sorted(starts.items(), key=lambda pair: pair[1])
        ends = [*(start for _key, start in ordered[1:]), entry.end]
        return {
            key: Range(start - entry.start, self._trimmed(start, end, margin) - entry.start)
            for (key, start), end in zip(ordered, ends, strict=True)
        }

    def _dash(self, node: Mapping) -> int:
        """How deep the dash before ``node`` stands."""
        before = self._lines[node.mark.line - 1][: node.mark.column - 1]
        found = _DASH.fullmatch(before)
        if found is None:
            raise self._by_hand()
        return len(found[1])

    def _char(self, node: Node) -> str:
        line = self._lines[node.mark.line - 1]
        return line[node.mark.column - 1 : node.mark.column]

    def _by_hand(self) -> Refused:
        return by_hand(self._name)


def by_hand(file: str) -> Refused:
    """The refusal to touch a file whose layout only a person should change."""
    return Refused(
        "replies.by_hand",
        _("{file} is written in a way that csdesk does not change.").format(file=file),
        _("Change it in your own editor, one “key: value” a line; csdesk reads it again by itself."),
    )


def _put(
    lines: list[str],
    keys: Table[str, Range],
    before: Written,
    after: Written,
    margin: int,
    order: tuple[str, ...],
) -> None:
    """Write what differs into ``lines``, where each of ``keys`` stands; a new key goes behind the one that
    usually stands before it."""
    for key in reversed(list(keys)):
        if after.get(key) == before.get(key):
            continue
        held = lines[keys[key].start : keys[key].end]
        new = _same_comment(held, key_lines(key, after[key], margin)) if key in after else []
        lines[keys[key].start : keys[key].end] = new
    for key, value in after.items():
        if key not in keys:
            at = _place_for(key, lines, margin, order)
            lines[at:at] = key_lines(key, value, margin)


def _place_for(key: str, lines: list[str], margin: int, order: tuple[str, ...]) -> int:
    """The line behind the last key that comes before ``key`` in the usual ``order``."""
    earlier = set(order[: order.index(key)])
    own = [at for at, line in enumerate(lines) if _key_of(line, margin)]
    found = 0
    for number, at in enumerate(own):
        if _key_of(lines[at], margin) in earlier:
            end = own[number + 1] if number + 1 < len(own) else len(lines)
            while end > at + 1 and _is_outside(lines[end - 1], margin):
                end -= 1
            found = max(found, end)
    return found


def _key_of(line: str, margin: int) -> str:
    """The key that begins on ``line``; empty where a value goes on."""
    if line[:margin].strip() or len(line) <= margin or line[margin] in " #-":
        return ""
    name, sign, _rest = line[margin:].partition(":")
    return name.strip().strip("'\"") if sign else ""


def _same_comment(held: list[str], new: list[str]) -> list[str]:
    """``new`` with the comment that stood behind the value of ``held``, when that was one line."""
    if len(held) != 1:
        return new
    key = _key_of(held[0], len(held[0]) - len(held[0].lstrip()))
    return [new[0] + _comment_behind(held[0], key), *new[1:]]


def _comment_behind(line: str, key: str) -> str:
    """The comment at the end of ``key: value``, with the space before it."""
    margin = len(line) - len(line.lstrip())
    whole = _value_of(line[margin:], key)
    for found in _COMMENT.finditer(line):
        if whole is not None and _value_of(line[margin : found.start()], key) == whole:
            return line[found.start() :]
    return ""


def _value_of(line: str, key: str) -> object:
    """What ``line`` says of ``key``, in a form to compare; None when it is not YAML alone."""
    try:
        root = loads(line)
    except YamlError:
        return None
    return _plain(root.items[key]) if isinstance(root, Mapping) and key in root.items else None


def _plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [_plain(each) for each in node.items]
    return {key: _plain(each) for key, each in node.items.items()}


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _is_outside(line: str, indent: int) -> bool:
    """A blank line, or a comment no deeper than ``indent``: it belongs to what follows."""
    stripped = line.lstrip()
    return not stripped or (stripped.startswith("#") and len(line) - len(stripped) <= indent)
