"""One setting changed in the settings file. Every comment, and every line that says something else, stays.

The file is read statement by statement, each told apart by the TOML reader itself. Whatever comes out
is read again before it is written: if it does not say exactly what was asked for, because the file is
written in a way this does not know (braces), nothing is written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from csdesk import paths
from csdesk.config import Settings, decode, describe
from csdesk.config_file import as_toml, default_file, example_value
from csdesk.config_reading import Described, bad_value, parse
from csdesk.errors import CsdeskError, Refused, UsageError
from csdesk.i18n import _
from csdesk.whole_file import write_whole

_NAME = r"(?:[A-Za-z0-9_-]+|\"(?:[^\"\\]|\\.)*\"|'[^']*')"
_ASSIGNED = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_MARK = "\ufeff"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Statement:
    """Lines ``start`` to before ``end``: a table's header, or one assignment in ``table``."""

    start: int
    end: int
    table: str
    key: str
    """The whole key, dots between its parts; empty for a header."""


def setting(key: str, settings: Settings | None = None) -> Described:
    """The setting ``key``, or the table it is an entry of. Raises UsageError for another name."""
    told = describe(settings)
    for each in told:
        if key == each.key or (each.kind == "table" and key.startswith(f"{each.key}.")):
            return each
    from difflib import get_close_matches

    near = get_close_matches(key, [each.key for each in told], 1, 0.5)
    raise UsageError(
        "config.unknown_key",
        _("There is no setting {key}.").format(key=key[:60]),
        _("Did you mean {nearest}?").format(nearest=near[0])
        if near
        else _("`csdesk config show` lists all settings."),
    )


def read_typed(key: str, typed: str) -> object:
    """What a person typed for ``key`` as a value of its type. Raises UsageError that says what is allowed."""
    about = setting(key)
    text = typed.strip()
    if about.kind == "choice":
        by_name = {as_toml(option).strip('"'): option for option in about.options}
        plain = text.strip('"').lower()
        found = _WORDS.get(plain) if isinstance(about.default, bool) else by_name.get(plain)
        if plain != "" and found is None:
            found = next((option for name, option in by_name.items() if name.lower() == plain), None)
        if found is None:
            raise bad_value(paths.config_path(), key, typed, about.allowed)
        return found
    if about.kind == "number" or key.startswith("retention."):
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise bad_value(paths.config_path(), key, typed, about.allowed)
        return int(text)
    if about.kind == "table" and key == about.key:
        raise UsageError(
            "config.needs_entry",
            _("{key} is a table: name one of its entries.").format(key=key),
            _("For example {key}.NAME; `csdesk config show` tells what it is for.").format(key=key),
        )
    return text


def change(path: Path, key: str, value: object | None) -> Settings:
    """Write ``value`` for ``key`` into the file at ``path`` (None: the default again); all settings as they are now.

    A missing file is begun with every default explained. Raises UsageError when the value does not fit,
    Refused when the file is written in a way that only a person should touch, CsdeskError when it cannot be written.
    """
    target = path.resolve()
    text = _read(target)
    before = decode(parse(text.encode(), path), path)
    edited = edit(text, key, value)
    if not _is_whole([edited.removeprefix(_MARK)]):
        raise _by_hand(path, key)
    after = decode(parse(edited.encode(), path), path)
    if not _only_differ_in(before, after, key, value):
        raise _by_hand(path, key)
    if edited != text:
        _write(target, edited)
    return after


def edit(text: str, key: str, value: object | None) -> str:
    """``text`` with ``key`` set to ``value``, or with its default in force again (None)."""
    newline = "\r\n" if "\r\n" in text else "\n"
    mark, plain = text[: text.startswith(_MARK)], text.removeprefix(_MARK)
    lines = plain.replace("\r\n", "\n").split("\n")
    found = next((each for each in statements(lines) if each.key == key), None)
    if value is None:
        if found is not None:
            lines[found.start : found.end] = _put_aside(lines[found.start : found.end], key)
    elif found is not None:
        lines[found.start : found.end] = [_assigned(lines[found.start : found.end], value)]
    else:
        _insert(lines, key, value)
    return mark + newline.join(lines)


def statements(lines: list[str]) -> Iterator[Statement]:
    """The headers and assignments of a TOML file, in order; comments and blank lines are none."""
    table, at = "", 0
    while at < len(lines):
        stripped = lines[at].strip()
        if not stripped or stripped.startswith("#"):
            at += 1
            continue
        end = at + 1
        while not _is_whole(lines[at:end]) and end < len(lines):
            end += 1
        if stripped.startswith("["):
            table = ".".join(_path_of("\n".join(lines[at:end])))
            yield Statement(at, end, table, "")
        elif left := _ASSIGNED.match(lines[at]):
            key = ".".join(_path_of(f"{left[1]} = 0"))
            yield Statement(at, end, table, f"{table}.{key}" if table else key)
        at = end


def _is_whole(lines: list[str]) -> bool:
    try:
        tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _path_of(text: str) -> Iterator[str]:
    """The names along the one branch that ``text`` makes."""
    branch: Any = tomllib.loads(text)
    while isinstance(branch, dict) and branch:
        name = next(iter(branch))
        yield name
        branch = branch[name]


def _assigned(lines: list[str], value: object) -> str:
    """The assignment of ``lines`` with another value; the comment behind it stays."""
    left = _ASSIGNED.match(lines[0])
    head = lines[0][: left.end()] if left else ""
    comment = _comment_behind("\n".join(lines)[len(head) :])
    return f"{head} {as_toml(value)}{comment}"


def _comment_behind(rest: str) -> str:
    """The comment behind a value, with the blanks before it: the first # that a whole value stands before."""
    for found in re.finditer("#", rest):
        if _is_whole([f"a = {rest[: found.start()]}"]):
            value = rest[: found.start()].rstrip()
            return rest[len(value) :]
    return ""


def _put_aside(lines: list[str], key: str) -> list[str]:
    """An assignment as a comment: with the default where it has one line, as it was where it has more."""
    about = setting(key)
    if len(lines) == 1 and about.key == key and about.default is not None:
        return ["# " + _assigned(lines, about.default).lstrip()]
    return [f"# {line}" for line in lines]


def _insert(lines: list[str], key: str, value: object) -> None:
    """Add an assignment: where it stands as a comment, else at the end of its table, else in a new one."""
    about = setting(key)
    table, name = (
        (about.key, key[len(about.key) + 1 :]) if about.kind == "table" else key.rpartition(".")[::2]
    )
    written = f"{name if _BARE.fullmatch(name) else as_toml(name)} = {as_toml(value)}"
    known = list(statements(lines))
    inside = [each for each in known if each.table == table]
    if not inside:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += ["", f"[{table}]", written, ""] if lines else [f"[{table}]", written, ""]
        return
    after = next((each.start for each in known if each.start > inside[-1].start), len(lines))
    aside = f"# {name} = {example_value(about)}"
    for place in range(inside[0].start, after):
        if lines[place].strip() == aside:
            lines[place] = written
            return
    lines.insert(inside[-1].end, written)


def _only_differ_in(before: Settings, after: Settings, key: str, value: object | None) -> bool:
    """Whether ``after`` says ``value`` for ``key``, and of everything else the same as ``before``."""
    wanted, told = dict(_flat(before)), dict(_flat(after))
    wanted.pop(key, None)
    about = setting(key)
    if value is not None:
        wanted[key] = value
    elif about.key == key:
        wanted[key] = about.default
    return wanted == told


def _flat(settings: Settings) -> Iterator[tuple[str, object]]:
    for each in describe(settings):
        if isinstance(each.value, dict):
            yield from ((f"{each.key}.{name}", value) for name, value in each.value.items())
        else:
            yield each.key, each.value


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return default_file()
    except UnicodeDecodeError:
        parse(path.read_bytes(), path)  # says where
        raise
    except OSError as error:
        raise _unwritable(path, error) from error


def _write(path: Path, text: str) -> None:
    """The whole file or nothing: what is half written never stands under its name."""
    try:
        write_whole(path, text.encode("utf-8"))
    except OSError as error:
        raise _unwritable(path, error) from error


def _by_hand(path: Path, key: str) -> Refused:
    return Refused(
        "config.by_hand",
        _("{file} is written in a way that csdesk does not change.").format(file=path),
        _("Change {key} there yourself; csdesk reads it the next time it starts.").format(key=key),
    )


def _unwritable(path: Path, error: OSError) -> CsdeskError:
    return CsdeskError(
        "config.unwritable",
        _("{file} cannot be written: {reason}.").format(file=path, reason=error.strerror),
        _("Check the folder, or name another with CSDESK_CONFIG_DIR."),
    )
