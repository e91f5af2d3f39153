"""The settings file as csdesk writes it: once, with every default explained, never over another."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from csdesk import paths
from csdesk.config import describe
from csdesk.config_reading import Described
from csdesk.errors import CsdeskError, Refused
from csdesk.i18n import _

EXAMPLE_NUMBERS = {"amber_after_s": "60", "red_after_s": "120", "discount_percent": "10", "return_days": "7"}
"""What a number that has no default may look like."""


def write_new(path: Path, chosen: Mapping[str, str] | None = None) -> None:
    """Write the settings file, with the values of ``chosen`` (by key, such as ``ui.language``) in force.

    Raises Refused when there is one already, CsdeskError when it cannot be written.
    """
    paths.ensure_folder(path.parent)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, paths.FILE_MODE)
    except FileExistsError:
        raise Refused(
            "config.exists",
            _("{file} exists already, and is left as it is.").format(file=path),
            _("Edit it, or move it away first."),
        ) from None
    except OSError as error:
        raise CsdeskError(
            "config.unwritable",
            _("{file} cannot be written: {reason}.").format(file=path, reason=error.strerror),
            _("Check the folder, or name another with CSDESK_CONFIG_DIR."),
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(default_file(chosen))


def default_file(chosen: Mapping[str, str] | None = None) -> str:
    """The settings file: each default behind a ``#`` with what it is for; what was ``chosen`` without it."""
    given = chosen or {}
    lines = ["# " + _("Settings of csdesk. `csdesk config check` says whether they are right."), ""]
    table = ""
    for each in describe():
        place, _dot, name = each.key.rpartition(".")
        if isinstance(each.default, dict):
            place, name = each.key, EXAMPLE_ENTRIES[each.key][0]
        if place != table:
            lines += [f"[{place}]"]
            table = place
        setting = f"# {name} = {example_value(each)}"
        if each.key in given:
            setting = f"{name} = {as_toml(given[each.key])}"
        lines += [f"# {each.doc} ({each.allowed})", setting, ""]
    return "\n".join(lines)


EXAMPLE_ENTRIES = {
    "automatic.open": ("all", '"mon-fri 09:00-18:00, sat 10:00-16:00"'),
    "automatic.inboxes": ("web", '"welcome, wait, away, hours"'),
    "automatic.texts": ("away.en", '"Back {{answer.when | soon}}. Please leave your question here."'),
    "keymap": ('"queue.longest"', '"f8"'),
    "retention": ("web", "365"),
    "trainer.weights": ("answered", "40"),
}
"""An entry of each free table: its name and its value."""


def example_entry(key: str) -> str:
    """An entry for the free table ``key`` as a person may write it; empty for another setting."""
    return " = ".join(EXAMPLE_ENTRIES[key]) if key in EXAMPLE_ENTRIES else ""


def example_value(each: Described) -> str:
    """What stands behind the ``#``: the default, or an example where there is none."""
    if isinstance(each.default, dict):
        return EXAMPLE_ENTRIES[each.key][1]
    if each.default is None:
        return EXAMPLE_NUMBERS.get(each.key.rpartition(".")[2], "60")
    return as_toml(each.default)


def as_toml(value: object) -> str:
    """A value as TOML writes it; nothing set is a dash."""
    if value is None or value == {}:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f'"{key}" = {as_toml(each)}' for key, each in value.items())
    return json.dumps(value, ensure_ascii=False)
