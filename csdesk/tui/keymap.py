"""A person's own keys over the table of keys: read, checked, and written out as docs/keys.md."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from csdesk.errors import UsageError
from csdesk.i18n import N_, _
from csdesk.tui.keys import BY_ID, KEYS, NAMED_KEYS, Key, Place, binding_id, keys_in, place_name, shown

UNBOUND: Final = "unbound"
"""A key name no terminal sends: Textual keeps a binding's own keys when its override is empty."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a key: a clash (``is_error``) or a warning. ``sentence`` is translated."""

    is_error: bool
    key: str
    ids: tuple[str, ...]
    sentence: str


_TAKEN: Final = {
    "ctrl+b": N_("tmux uses it as its prefix"),
    "ctrl+a": N_("screen uses it as its prefix"),
    "ctrl+z": N_("many people expect it to suspend the program"),
    "ctrl+backslash": N_("terminals send a quit signal for it"),
    "ctrl+right_square_bracket": N_("telnet and some terminals use it to escape"),
    "ctrl+space": N_("input methods switch with it"),
    "ctrl+at": N_("input methods switch with it"),
    "ctrl+enter": N_("most terminals send a plain Enter for it"),
    "shift+enter": N_("most terminals send a plain Enter for it"),
    "ctrl+h": N_("terminals send Backspace for it"),
    "ctrl+i": N_("terminals send Tab for it"),
    "ctrl+m": N_("terminals send Enter for it"),
    "ctrl+left_square_bracket": N_("terminals send Esc for it"),
    "f10": N_("desktop terminals open their menu with it"),
    "f11": N_("terminals switch to full screen with it"),
}

_SIGN_NAMES: Final = {
    "?": "question_mark", ",": "comma", "/": "slash", "\\": "backslash", ".": "full_stop", "[": "left_square_bracket",
    "]": "right_square_bracket", "!": "exclamation_mark", "#": "number_sign", "*": "asterisk", ";": "semicolon",
    ":": "colon", "'": "apostrophe", '"': "quotation_mark", "=": "equals_sign", "-": "minus", "+": "plus",
    "_": "underscore", "@": "at", "&": "ampersand", "%": "percent_sign", "$": "dollar_sign", "~": "tilde",
    "<": "less_than_sign", ">": "greater_than_sign", "(": "left_parenthesis", ")": "right_parenthesis",
    "{": "left_curly_bracket", "}": "right_curly_bracket", "|": "vertical_line", "`": "grave_accent",
    "^": "circumflex_accent", " ": "space",
}  # fmt: skip


def taken_by_terminals(key: str) -> str | None:
    """Why ``key`` may never arrive, in the current language; None when it does everywhere we know."""
    reason = _TAKEN.get(key)
    if reason is None and key.startswith("alt+"):
        reason = N_("terminals send another key or a letter for Alt")
    if reason is None and key.startswith("ctrl+shift+"):
        reason = N_("most terminals cannot tell it from the key without Shift, or keep it for themselves")
    return _(reason) if reason else None


def read_keys(id: str, text: str) -> tuple[str, ...]:
    """``text`` of a keymap entry (``f8,ctrl+t,?``) as key names; empty = the action has no key.

    Raises UsageError naming the entry and the key that is none.
    """
    names = []
    for part in text.split(","):
        raw = part if part == " " else part.strip()
        if not raw:
            continue
        name = _SIGN_NAMES.get(raw, raw)
        if not _is_key(name):
            raise UsageError(
                "keys.bad_key",
                _("[keymap] {id}: {key} is not a key.").format(id=id, key=raw[:40]),
                _("Write it as f8, ctrl+t, pagedown, ? or a letter; several with commas."),
            )
        names.append(name)
    return tuple(names)


def _is_key(name: str) -> bool:
    *modifiers, last = name.split("+")
    if any(modifier not in ("ctrl", "shift", "alt") for modifier in modifiers):
        return False
    is_named = last in NAMED_KEYS or last in _SIGN_NAMES.values()
    return is_named or (len(last) == 1 and last.isalnum())


def read_keymap(mapping: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """A ``[keymap]`` table as action id to key names. Raises UsageError for an unknown id or key."""
    chosen = {}
    for id, text in mapping.items():
        if id not in BY_ID:
            near = difflib.get_close_matches(id, BY_ID, n=1)
            raise UsageError(
                "keys.unknown_action",
                _("[keymap] names no action: {id}.").format(id=id[:60]),
                _("Did you mean {near}? csdesk keys lists them all.").format(near=near[0])
                if near
                else _("csdesk keys lists them all."),
            )
        chosen[id] = read_keys(id, text)
    return chosen


def apply_keymap(mapping: Mapping[str, str]) -> dict[str, str]:
    """A ``[keymap]`` table as what ``App.set_keymap`` takes: binding id to keys.

    A typed key of the entry acts in lists only, the others wherever the action does.
    Raises UsageError for an unknown action, a key that is none, or a clash.
    """
    chosen = read_keymap(mapping)
    for problem in check(chosen):
        if problem.is_error:
            raise UsageError(
                "keys.clash", problem.sentence, _("Run csdesk keys --check, then change [keymap].")
            )
    return {
        binding_id(BY_ID[id], place): ",".join(keys_in(BY_ID[id], place, names)) or UNBOUND
        for id, names in chosen.items()
        for place in BY_ID[id].places
    }


def check(chosen: Mapping[str, tuple[str, ...]] | None = None) -> list[Problem]:
    """Clashes (two actions on one key in one place), then warnings (keys terminals take or hide)."""
    own = chosen or {}
    owners: dict[Place, dict[str, list[Key]]] = {place: {} for place in Place}
    for key in KEYS:
        for place in key.places:
            for name in keys_in(key, place, own.get(key.id)):
                owners[place].setdefault(name, []).append(key)
    return [*_clashes(owners), *_hidden(owners), *_taken(own)]


def _clashes(owners: Mapping[Place, Mapping[str, list[Key]]]) -> Iterable[Problem]:
    for place, keys in owners.items():
        for name, holders in keys.items():
            if len(holders) > 1:
                ids = tuple(key.id for key in holders)
                sentence = _("{key} stands for {ids} in one place ({place}).").format(
                    key=shown(name), ids=", ".join(ids), place=place_name(place)
                )
                yield Problem(True, name, ids, sentence)


def _hidden(owners: Mapping[Place, Mapping[str, list[Key]]]) -> Iterable[Problem]:
    for name, holders in owners[Place.ANYWHERE].items():
        for place in Place:
            for inner in owners[place].get(name, []) if place is not Place.ANYWHERE else []:
                ids = (holders[0].id, inner.id)
                sentence = _("{key} is {inner} in one place ({place}) and {outer} elsewhere.").format(
                    key=shown(name), inner=inner.id, place=place_name(place), outer=holders[0].id
                )
                yield Problem(False, name, ids, sentence)


def _taken(own: Mapping[str, tuple[str, ...]]) -> Iterable[Problem]:
    for key in KEYS:
        names = own.get(key.id, key.keys)
        if not names:
            yield Problem(False, "", (key.id,), _("{id} has no key left; Ctrl+P finds it.").format(id=key.id))
        for name in names:
            if reason := taken_by_terminals(name):
                sentence = _("{key} ({id}): {reason}.").format(key=shown(name), id=key.id, reason=reason)
                yield Problem(False, name, (key.id,), sentence)


def key_rows(chosen: Mapping[str, tuple[str, ...]] | None = None) -> list[dict[str, object]]:
    """Every action as plain data (for ``--json``, help and the docs): id, keys, text, places, terminal warnings."""
    own = chosen or {}
    return [
        {
            "id": key.id,
            "keys": list(own.get(key.id, key.keys)),
            "shown": [shown(name) for name in own.get(key.id, key.keys)],
            "text": _(key.text),
            "places": [place.value for place in key.places],
            "is_own": key.id in own,
        }
        for key in KEYS
    ]


def as_markdown(chosen: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """The keys as a page of Markdown, one table for each place, in the current language."""
    own = chosen or {}
    lines = [
        "# " + _("Keys"),
        "",
        _("Made by `csdesk keys --markdown`; the source is `csdesk/tui/keys.py`."),
        "",
        _(
            "Letters and signs act where nothing is typed (lists, the conversation), also in the full-width "
            "form an input method sends. Every action is in the command palette (Ctrl+P) too. Own keys: "
            "`[keymap]` in the settings file, by id; `csdesk keys --check` looks for clashes."
        ),
    ]
    for place in Place:
        rows = [key for key in KEYS if key.places[0] is place]
        if rows:
            head = " | ".join((_("Keys"), _("What it does"), _("Id")))
            lines += ["", f"## {place_name(place)}", "", f"| {head} |"]
            lines += ["|---|---|---|", *(_markdown_row(key, own.get(key.id, key.keys)) for key in rows)]
    return "\n".join(lines) + "\n"


def _markdown_row(key: Key, names: Iterable[str]) -> str:
    keys = " ".join("`" + shown(name).replace("|", "\\|") + "`" for name in names)
    return f"| {keys} | {_(key.text)} | `{key.id}` |"
