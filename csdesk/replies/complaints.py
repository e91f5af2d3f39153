"""What the schema of packs has against a quick reply, told by the field that it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from csdesk.i18n import N_, _
from csdesk.model.reply import PackScope, QuickReply, Slot
from csdesk.replies.schema import SCHEMA, read_tree
from csdesk.replies.schema_parts import read_slots
from csdesk.replies.written import Value, Written, written_reply, written_slot
from csdesk.yamlsafe import Fields, Mark, Problems, Scalar, Sequence
from csdesk.yamlsafe import Mapping as Node
from csdesk.yamlsafe import Node as AnyNode

REQUIRED: Final = ("code", "title", "body")
LONGEST_WORD: Final = {"aliases": 32, "tags": 40}
_PLAINLY: Final = {
    "from": (N_("“{text}” is no day"), N_("Write 2026-11-25, 11-25, friday or +3d.")),
    "until": (N_("“{text}” is no day"), N_("Write 2026-11-25, 11-25, friday or +3d.")),
    "hours": (N_("“{text}” are no hours"), N_("Write 09:00-18:00, or 22:00-06:00 over midnight.")),
    "code": (
        N_("“{text}” is no good code"),
        N_("Small letters and digits, then . _ or - too: 32 at most, such as yh or ship-late."),
    ),
}
"""Where a value does not fit its pattern: in a form, not in the words of a file."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a field, and what may stand there."""

    reason: str
    fix: str

    @property
    def told(self) -> str:
        """Both in one line."""
        return " ".join((_("{reason}.").format(reason=self.reason), self.fix))


@dataclass(slots=True)
class _Places:
    """The names of fields, by the line that stands for each in the tree that is read."""

    names: list[str] = field(default_factory=lambda: [""])

    def mark(self, name: str) -> Mark:
        self.names.append(name)
        return Mark("", len(self.names) - 1, 1)


def complaints(reply: QuickReply, slots: Iterable[Slot]) -> dict[str, Complaint]:
    """The first complaint about each field of ``reply``, which may ask for ``slots``; in reading order.

    A field is named as in :mod:`csdesk.replies.said`, or as its key in a pack.
    """
    told = written_reply(reply)
    empty = [name for name in REQUIRED if not str(told.get(name, "")).strip()]
    found = {
        name: Complaint(_("Nothing is written here yet"), _("It has to be filled in.")) for name in empty
    }
    for name, most in LONGEST_WORD.items():
        long = next((each for each in getattr(reply, name) if len(each) > most), None)
        if long is not None:
            reason = _("“{text}…” is longer than {limit} characters").format(text=long[:20], limit=most)
            found[name] = Complaint(reason, _("Shorten it."))
    places = _Places()
    root = _pack(told, slots, places)
    for problem in read_tree(root, "", PackScope.PERSONAL).problems:
        name = places.names[problem.line]
        if name or not found:  # without a name it is that something is missing, which was told
            found.setdefault(name, _plainly(name, reply, Complaint(problem.reason, problem.fix)))
    return found


def slot_complaints(name: str, told: Written) -> dict[str, Complaint]:
    """The first complaint about each key of the slot ``name`` of which a pack says ``told``; "name" about that."""
    places = _Places()
    mark = places.mark("name")
    slot = _mapping({key: _node(value, places.mark(key)) for key, value in told.items()}, mark)
    problems = Problems()
    named: dict[str, AnyNode] = {
        name: slot,
        "of_a_good_name": slot,
    }  # under a bad one nothing else is looked at
    read_slots(Fields(_mapping({"vars": _mapping(named, mark)}, mark), problems))
    found: dict[str, Complaint] = {}
    for problem in problems:
        found.setdefault(places.names[problem.line], Complaint(problem.reason, problem.fix))
    if found.pop("type", None):
        missing = Complaint(_("Nothing is written here yet"), _("Write the choices, one a line."))
        found.setdefault("choices", missing)
    return found


def _plainly(name: str, reply: QuickReply, complaint: Complaint) -> Complaint:
    if name not in _PLAINLY:
        return complaint
    valid = reply.valid
    texts = {"from": valid.first_day, "until": valid.last_day, "hours": valid.hours} if valid else {}
    text = {"code": reply.code, **texts}.get(name, "")[:40]
    if complaint.reason != _("“{text}” is no good {key}").format(text=text, key=name):
        return complaint
    reason, fix = _PLAINLY[name]
    return Complaint(_(reason).format(text=text), _(fix))


def _pack(told: Written, slots: Iterable[Slot], places: _Places) -> Node:
    """A pack of that one reply, as the reader of YAML would give it."""
    top = Mark("", 0, 1)
    about: Written = {"id": "form", "title": "form", "lang": "en"}
    described: Written = {slot.name: written_slot(slot) for slot in slots}
    whole: Written = {"schema": SCHEMA, "pack": about, "vars": described}
    node = _mapping({key: _node(value, top) for key, value in whole.items()}, top)
    entry = _mapping({key: _field(key, value, places) for key, value in told.items()}, top)
    node.items["replies"] = Sequence(top, [entry])
    node.key_marks["replies"] = top
    return node


def _field(key: str, value: Value, places: _Places) -> AnyNode:
    """The value of a reply's ``key``: times of validity and actions are fields of their own."""
    mark = places.mark(key)
    if key == "valid" and isinstance(value, Mapping):
        return _mapping({name: _node(each, places.mark(name)) for name, each in value.items()}, mark)
    if key == "actions" and isinstance(value, tuple):
        entries = [each for each in value if isinstance(each, Mapping)]
        return Sequence(mark, [_action(entry, places) for entry in entries])
    return _node(value, mark)


def _action(entry: Mapping[str, str], places: _Places) -> AnyNode:
    items: dict[str, AnyNode] = {kind: Scalar(places.mark(kind), text, False) for kind, text in entry.items()}
    return _mapping(items, next(iter(items.values())).mark)


def _node(value: Value, mark: Mark) -> AnyNode:
    if isinstance(value, Mapping):
        return _mapping({key: _node(each, mark) for key, each in value.items()}, mark)
    if isinstance(value, tuple):
        return Sequence(mark, [_node(each, mark) for each in value])
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return Scalar(mark, text.lower() if isinstance(value, bool) else text, False)


def _mapping(items: dict[str, AnyNode], mark: Mark) -> Node:
    return Node(mark, items, dict.fromkeys(items, mark))
