"""How titles may be typed: kept in a cache by content, so that no screen ever loads a pinyin dictionary.

The cache is one JSON file. What it lacks is computed by a child process (:mod:`csdesk.replies.pinyin`);
until then replies are found by code, title, tag and body. A cache that is broken, of another version or
gone counts as empty: everything in it can be computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from csdesk.errors import CsdeskError
from csdesk.i18n import _
from csdesk.paths import ensure_folder
from csdesk.replies.pack import Library

VERSION = 1
MAX_KEPT = 50_000
CHILD_SECONDS = 60

_HAN_BLOCKS = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN = re.compile(f"[{_HAN_BLOCKS}]")
_TOKEN = re.compile(f"[{_HAN_BLOCKS}]|[^\\W_{_HAN_BLOCKS}]+")


@dataclass(frozen=True, slots=True)
class Keys:
    """``spellings`` by :func:`title_hash`; ``fold`` from traditional to simplified code points."""

    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fold: Mapping[int, int] = field(default_factory=dict)

    def of(self, title: str) -> tuple[str, ...]:
        """The spellings of ``title``: words or syllables joined by spaces. None known: an empty tuple."""
        if not _HAN.search(title):
            words = [title[start:end].lower() for start, end in tokens(title)]
            return (" ".join(words),) if words else ()
        return self.spellings.get(title_hash(title), ())


NO_KEYS = Keys()


def tokens(title: str) -> list[tuple[int, int]]:
    """The parts of ``title`` that are typed, as code-point ranges: each Chinese character, each other word."""
    return [found.span() for found in _TOKEN.finditer(title)]


def is_han(text: str) -> bool:
    """Whether ``text`` begins with a Chinese character."""
    return _HAN.match(text) is not None


def title_hash(title: str) -> str:
    """The name of ``title`` in the cache."""
    return hashlib.sha256(title.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def missing(library: Library, keys: Keys) -> tuple[str, ...]:
    """Titles with Chinese characters whose spellings are not known yet, each once."""
    titles = dict.fromkeys(reply.title for reply in library.replies)
    return tuple(title for title in titles if is_chinese(title) and title_hash(title) not in keys.spellings)


def is_chinese(title: str) -> bool:
    """Whether ``title`` holds a Chinese character."""
    return _HAN.search(title) is not None


def load_keys(library: Library, cache_path: Path) -> Keys:
    """What the cache knows of the titles in ``library``. Raises nothing: see :func:`missing`."""
    known, fold = _read_cache(cache_path)
    wanted = {title_hash(reply.title) for reply in library.replies}
    return Keys(
        {name: tuple(spellings) for name, spellings in known.items() if name in wanted}, _as_table(fold)
    )


def compute_in_child(titles: Iterable[str], cache_path: Path, library: Library | None = None) -> Keys:
    """Compute the spellings of ``titles`` in a child process and add them to the cache.

    Takes half a second and more: call it from a worker. Gives the keys of ``library``, or of ``titles``
    alone. A cache that cannot be written is no failure. Raises CsdeskError when the child fails.
    """
    chosen = list(titles)
    answer = _ask_child(chosen)
    added = {title_hash(title): answer.spellings[title] for title in chosen}
    known, _old_fold = _read_cache(cache_path)
    merged = {**known, **added} if len(known) + len(added) <= MAX_KEPT else added
    _write_cache(cache_path, merged, answer.fold)
    wanted = set(added) if library is None else {title_hash(reply.title) for reply in library.replies}
    return Keys({name: tuple(merged[name]) for name in wanted & merged.keys()}, _as_table(answer.fold))


@dataclass(frozen=True, slots=True)
class _Answer:
    spellings: dict[str, list[str]]
    fold: tuple[str, str]


def _ask_child(titles: list[str]) -> _Answer:
    package_parent = str(Path(__file__).resolve().parent.parent.parent)
    before = os.environ.get("PYTHONPATH", "")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(part for part in (package_parent, before) if part),
    }
    try:
        child = subprocess.run(
            [sys.executable, "-m", "csdesk.replies.pinyin"],
            input=json.dumps(titles).encode("ascii"),
            capture_output=True,
            timeout=CHILD_SECONDS,
            check=True,
            env=environment,
            process_group=0,  # a Ctrl+C meant for an editor in the same terminal is none of its business
        )
        told = json.loads(child.stdout)
        answer = _Answer(told["spellings"], (told["fold"][0], told["fold"][1]))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").strip().splitlines()
        raise CsdeskError(
            "replies.no_pinyin",
            _("The pinyin of the reply titles could not be computed ({reason}).").format(
                reason=said[-1][:200] if said else type(error).__name__
            ),
            _("Replies are still found by code, title and text. Run `csdesk doctor`."),
        ) from error
    return answer


def _read_cache(path: Path) -> tuple[dict[str, list[str]], tuple[str, str]]:
    try:
        held = json.loads(path.read_bytes())
        if held["version"] == VERSION and _is_table(held["spellings"]) and _is_fold(held["fold"]):
            return held["spellings"], (held["fold"][0], held["fold"][1])
    except (OSError, ValueError, RecursionError, LookupError, TypeError):
        pass
    return {}, ("", "")


def _is_table(known: object) -> bool:
    return isinstance(known, dict) and all(
        isinstance(spellings, list) and all(isinstance(each, str) for each in spellings)
        for spellings in known.values()
    )


def _is_fold(fold: object) -> bool:
    if not isinstance(fold, list) or len(fold) != 2:
        return False
    before, after = fold
    return isinstance(before, str) and isinstance(after, str) and len(before) == len(after)


def _as_table(fold: tuple[str, str]) -> dict[int, int]:
    return {ord(before): ord(after) for before, after in zip(*fold, strict=True)}


def _write_cache(path: Path, spellings: Mapping[str, list[str]], fold: tuple[str, str]) -> None:
    text = json.dumps({"version": VERSION, "fold": fold, "spellings": spellings}, ensure_ascii=False)
    try:
        ensure_folder(path.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, path)
    except (OSError, CsdeskError):
        return
