"""The log file: JSON lines for the one who repairs, without what customers wrote.

Nothing is ever printed, and a log that cannot be written stops nothing. Three rules keep
private matter out, all in ``Redaction``: fields named for it are withheld; addresses, numbers
and secrets are masked by pattern; and since our own log sentences are plain ASCII, any other
script in one is somebody's text and masked whole. An exception is written as its frames, its
type and its message without quoted phrases, never with the values of variables.

The file is opened for each line, under a lock, so that two desks can share it and either may
turn it over when it is full.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from csdesk.clock import format_time
from csdesk.errors import CsdeskError
from csdesk.paths import FILE_MODE, ensure_folder

ROOT = "csdesk"
FULL_AT_BYTES = 2 * 1024 * 1024
KEPT_FILES = 3
READ_MOST = 4000
KEPT_MOST = 2000
WITHHELD = "[withheld]"

PRIVATE_FIELDS = frozenset(
    [
        "address",
        "arg",
        "attachment",
        "authorization",
        "bank",
        "body",
        "card",
        "contact",
        "cookie",
        "customer",
        "data",
        "draft",
        "email",
        "html",
        "key",
        "name",
        "note",
        "password",
        "phone",
        "preview",
        "query",
        "reply",
        "secret",
        "snippet",
        "subject",
        "text",
        "token",
    ]
)
_QUOTED_PHRASE = r"""(?s)(['"])(?:(?!\1)\S)*\s.*\1"""
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def get_logger(name: str) -> logging.Logger:
    """The logger for a module; it writes nowhere until ``start_logging`` was called."""
    root = logging.getLogger(ROOT)
    if not root.handlers:
        root.addHandler(logging.NullHandler())
        root.propagate = False
    return logging.getLogger(name if name == ROOT or name.startswith(f"{ROOT}.") else f"{ROOT}.{name}")


def start_logging(path: Path, level: str = "INFO") -> None:
    """Send what csdesk logs to the file at ``path``, made with mode 0600 at the first line.

    ``level`` is a name of the logging module, any case; one it does not know means INFO.
    Calling it again changes the file.
    """
    root = get_logger(ROOT)
    for handler in list(root.handlers):
        root.removeHandler(handler)
    root.addHandler(LineFile(path))
    wanted = logging.getLevelName(level.strip().upper())
    root.setLevel(wanted if isinstance(wanted, int) else logging.INFO)


@cache
def _masks() -> tuple[tuple[re.Pattern[str], str], ...]:
    """What is masked, by what; compiled when the first line is written."""
    return (
        (re.compile(r"(\b\w{1,20}://[^\s:/@]{0,64}):[^\s/@]{1,200}@"), r"\1:[secret]@"),
        (
            re.compile(
                r"(?i)\b(password|passwd|pwd|secret|token|api_?key|authorization)(\s*[=:]\s*)(?:bearer\s+)?[^\s,;&]+"
            ),
            r"\1\2[secret]",
        ),
        (re.compile(r"[\w.+%-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"), "[email]"),
        (re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])"), "[id card]"),
        (
            re.compile(r"(?<![0-9A-Za-z])\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![0-9A-Za-z])"),
            "[bank card]",
        ),
        (
            re.compile(r"(?<![0-9A-Za-z])(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9A-Za-z])"),
            "[phone]",
        ),
        (re.compile(r"(?<![0-9A-Za-z])\+\d{1,3}[ -]?\d(?:[ -]?\d){5,12}(?![0-9A-Za-z])"), "[phone]"),
        (re.compile(r"(?<![0-9A-Za-z-])0\d{2,3}-\d{7,8}(?![0-9A-Za-z-])"), "[phone]"),
        (re.compile(r"[^\x00-\x7f](?:[ ]*[^\x00-\x7f])*"), "[text]"),
    )


def redact(text: str) -> str:
    """``text`` without addresses, numbers of people, secrets and foreign script; bounded in length."""
    kept = text[:READ_MOST]
    for pattern, stand_in in _masks():
        kept = pattern.sub(stand_in, kept)
    return kept if len(text) <= READ_MOST and len(kept) <= KEPT_MOST else kept[:KEPT_MOST] + " [cut]"


class Redaction(logging.Filter):
    """Rewrites a record so that it can be kept: the message, its fields and its exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(_message(record)), None
        for name, value in list(vars(record).items()):
            if name not in _STANDARD_FIELDS:
                setattr(record, name, _kept_field(name, value))
        if record.exc_info and record.exc_info[1] is not None:
            record.exc_text, record.exc_info = "\n".join(_frames(record.exc_info[1])), None
        return True


class JsonLine(logging.Formatter):
    """A record as one line of JSON: at (UTC), level, logger, pid, said, own fields, error."""

    def format(self, record: logging.LogRecord) -> str:
        import json  # a start has nothing to log

        line: dict[str, Any] = {
            "at": format_time(int(record.created * 1000)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "pid": record.process,
            "said": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if record.exc_text:
            line["error"] = record.exc_text.split("\n")
        return json.dumps(line, ensure_ascii=True, default=str)


class LineFile(logging.Handler):
    """Appends lines to one file shared by processes, and turns it over when it is full."""

    def __init__(self, path: Path, full_at: int = FULL_AT_BYTES, kept: int = KEPT_FILES) -> None:
        super().__init__()
        self.path = path
        self.full_at = full_at
        self.kept = kept
        self.setFormatter(JsonLine())
        self.addFilter(Redaction())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._append(self.format(record).encode("ascii") + b"\n")
        except (OSError, ValueError, CsdeskError):
            return

    def _append(self, line: bytes) -> None:
        handle = self._open_locked()
        try:
            if os.fstat(handle).st_size + len(line) > self.full_at:
                self._turn_over()
                os.close(handle)
                handle = self._open_locked()
            os.write(handle, line)
        finally:
            os.close(handle)

    def _open_locked(self) -> int:
        """The file that bears the name now, locked: another process may just have moved it."""
        ensure_folder(self.path.parent)
        while True:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                if os.fstat(handle).st_ino == self.path.stat().st_ino:
                    return handle
            except FileNotFoundError:
                pass
            os.close(handle)

    def _turn_over(self) -> None:
        for number in range(self.kept - 1, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            if older.exists():
                older.replace(self.path.with_name(f"{self.path.name}.{number + 1}"))
        self.path.replace(self.path.with_name(f"{self.path.name}.1"))


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return str(record.msg)


def _kept_field(name: str, value: object) -> object:
    if name.lower() in PRIVATE_FIELDS:
        return WITHHELD
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _kept_field(str(key), each) for key, each in value.items()}
    return redact(str(value))


def _frames(error: BaseException) -> list[str]:
    """An exception and its causes, oldest first, without one value of a variable."""
    lines: list[str] = []
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    for each in reversed(seen):
        lines += [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(each.__traceback__)]
        said = each.code if isinstance(each, CsdeskError) else re.sub(_QUOTED_PHRASE, "[text]", str(each))
        lines.append(f"{type(each).__name__}: {redact(said)}".replace("\n", " "))
    return lines
