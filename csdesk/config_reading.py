"""Tables of the settings file to frozen dataclasses, and a clear sentence for what does not fit.

A walk over the dataclasses' own fields: each has a type and, in its metadata, the highest number it
takes (``most``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from csdesk.errors import UsageError
from csdesk.i18n import _

USUAL_MOST = 86_400
"""A number without a bound of its own is seconds: at most a day."""
SHOWN_MOST = 60


@dataclass(frozen=True, slots=True)
class Described:
    """One setting for a person: ``key`` is its place (``ui.theme``), ``allowed`` and ``doc`` are translated.

    ``kind`` is ``choice`` (one of ``options``), ``number``, ``text`` or ``table`` (named entries).
    """

    key: str
    allowed: str
    default: object
    value: object
    doc: str
    kind: str
    options: tuple[object, ...] = ()


class Reader:
    """Reads the tables of one file into dataclasses, and says exactly what does not fit.

    ``known`` gives the keys of all settings, for a guess at what was meant.
    """

    def __init__(self, path: Path, known: Callable[[], list[str]]) -> None:
        self.path = path
        self._known = known

    def table(self, kind: Any, data: object, prefix: str) -> Any:
        """An instance of the dataclass ``kind``; what ``data`` leaves out keeps its default."""
        if not isinstance(data, Mapping):
            raise self._bad_value(prefix.removesuffix("."), data, _("a table"))
        hints = get_type_hints(kind)
        known = {each.name: each for each in fields(kind)}
        values = {}
        for name, given in data.items():
            if name not in known:
                raise self._unknown(f"{prefix}{name}", [f"{prefix}{each}" for each in known])
            hint = hints[name]
            if is_dataclass(hint):
                values[name] = self.table(hint, given, f"{prefix}{name}.")
            else:
                values[name] = self._value(f"{prefix}{name}", given, hint, known[name].metadata["most"])
        return kind(**values)

    def _value(self, key: str, given: object, hint: Any, most: int | None) -> object:
        if hint == Mapping[str, int]:
            return MappingProxyType(dict(self._numbers(key, given, hint, most)))
        if get_origin(hint) is Mapping:
            return MappingProxyType(dict(self._texts(key, given, "")))
        if get_origin(hint) is Literal:
            fits = given in get_args(hint)
        elif hint is bool or hint is str:
            fits = isinstance(given, hint)
        else:
            fits = type(given) is int and 0 <= given <= (USUAL_MOST if most is None else most)
        if not fits:
            raise self._bad_value(key, given, allowed(hint, most))
        return given

    def _numbers(self, key: str, given: object, hint: Any, most: int | None) -> Iterator[tuple[str, int]]:
        """Entries of a free table of whole numbers, from 1."""
        if not isinstance(given, dict):
            raise self._bad_value(key, given, allowed(hint, most))
        for name, value in given.items():
            if type(value) is not int or not 1 <= value <= (most or USUAL_MOST):
                raise self._bad_value(f"{key}.{name}", value, allowed(hint, most))
            yield name, value

    def _texts(self, key: str, given: object, prefix: str) -> Iterator[tuple[str, str]]:
        """Entries of a free table. TOML reads a bare ``a.b`` as a table in a table: join it again."""
        if not isinstance(given, dict):
            raise self._bad_value(key, given, _("a table of texts"))
        for name, value in given.items():
            if isinstance(value, dict):
                yield from self._texts(key, value, f"{prefix}{name}.")
            elif isinstance(value, str):
                yield f"{prefix}{name}", value
            else:
                raise self._bad_value(f"{key}.{prefix}{name}", value, allowed(str, None))

    def _bad_value(self, key: str, given: object, fitting: str) -> UsageError:
        return bad_value(self.path, key, given, fitting)

    def _unknown(self, key: str, siblings: list[str]) -> UsageError:
        nearest = _nearest(key, siblings, self._known())
        return UsageError(
            "config.unknown_key",
            _("{file}: there is no setting {key}.").format(file=self.path, key=key),
            _("Did you mean {nearest}?").format(nearest=nearest)
            if nearest
            else _("Known here: {keys}.").format(keys=", ".join(siblings)),
        )


def bad_value(path: Path, key: str, given: object, fitting: str) -> UsageError:
    """``given`` does not fit the setting ``key``; ``fitting`` says what does."""
    return UsageError(
        "config.bad_value",
        _("{file}: {key} cannot be {given}.").format(file=path, key=key, given=_shown(given)),
        _("Allowed: {allowed}.").format(allowed=fitting),
    )


def _nearest(key: str, siblings: list[str], everywhere: list[str]) -> str | None:
    """The known key most like ``key``: among its siblings first, then by last name anywhere."""
    from difflib import get_close_matches

    by_name = {each.rsplit(".", 1)[-1]: each for each in reversed(everywhere)}
    last = key.rsplit(".", 1)[-1]
    same = [each for each in siblings if each.casefold() == key.casefold()]
    near = same or get_close_matches(key, siblings, 1, 0.75) or get_close_matches(key, everywhere, 1, 0.75)
    return (
        near[0] if near else next((by_name[each] for each in get_close_matches(last, by_name, 1, 0.75)), None)
    )


def allowed(hint: Any, most: int | None) -> str:
    """What a field of type ``hint`` takes, in a few translated words."""
    if get_origin(hint) is Literal:
        return ", ".join(f'"{each}"' for each in get_args(hint))
    if hint == Mapping[str, int]:
        return _("a table of whole numbers from 1 to {most}").format(most=most)
    if get_origin(hint) is Mapping:
        return _("a table of texts")
    if hint is bool:
        return _("true or false")
    if hint is str:
        return _("a text in double quotes")
    return _("a whole number from 0 to {most}").format(most=USUAL_MOST if most is None else most)


def described(default: Any, current: Any, prefix: str) -> Iterator[Described]:
    """Each field of the dataclass ``default``, and of those in it, with its value in ``current``."""
    hints = get_type_hints(type(default))
    for each in fields(default):
        key, hint = f"{prefix}{each.name}", hints[each.name]
        was, now = getattr(default, each.name), getattr(current, each.name)
        if is_dataclass(was):
            yield from described(was, now, f"{key}.")
        else:
            kind, options = _kind(hint)
            about, fitting = each.metadata["doc"], allowed(hint, each.metadata["most"])
            yield Described(key, fitting, _plain(was), _plain(now), _(about), kind, options)


def _kind(hint: Any) -> tuple[str, tuple[object, ...]]:
    if get_origin(hint) is Literal:
        return "choice", get_args(hint)
    if get_origin(hint) is Mapping:
        return "table", ()
    if hint is bool:
        return "choice", (True, False)
    return ("text" if hint is str else "number"), ()


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value


def _shown(given: object) -> str:
    """A wrong value, short and in one line."""
    if isinstance(given, Mapping):
        return _("a table")
    text = repr(given) if not isinstance(given, bool) else str(given).lower()
    return text if len(text) <= SHOWN_MOST else text[:SHOWN_MOST] + "…"


def parse(raw: bytes, path: Path) -> dict[str, Any]:
    """The tables of a settings file. Raises UsageError that names the line."""
    import tomllib

    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(
            "config.not_utf8",
            _("{file}: line {line} is not UTF-8 text.").format(
                file=path, line=raw.count(b"\n", 0, error.start) + 1
            ),
            _("Save the file as UTF-8."),
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), raw, path) from None


def _not_toml(reason: str, raw: bytes, path: Path) -> UsageError:
    """tomllib tells the place only inside its sentence: take it out of there."""
    found = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", reason)
    said, line, column = found.groups() if found else (reason, str(raw.count(b"\n") + 1), "1")
    return UsageError(
        "config.broken",
        _("{file}, line {line}, column {column}: this is not TOML ({reason}).").format(
            file=path, line=line, column=column, reason=said.removesuffix(" (at end of document)")
        ),
        _(
            "Texts stand in double quotes and a table begins with [name]; `csdesk config show` lists all settings."
        ),
    )
