"""``csdesk config``: where the settings are, what they are, and whether they are right."""

from __future__ import annotations

import json
import os

import click

from csdesk import paths
from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.config import Described, describe, load
from csdesk.errors import CsdeskError, Refused
from csdesk.i18n import _

EXAMPLE_SECONDS = {"amber": "60", "red": "120"}


@click.group(
    name="config",
    help=_("Show and check the settings; they are a TOML file that you edit yourself."),
    epilog=examples("csdesk config show"),
)
def config() -> None:
    """The group itself does nothing."""


@config.command(
    name="path", help=_("Print the path of the settings file."), epilog=examples("csdesk config path")
)
@json_option
def path(as_json: bool) -> None:
    found = paths.config_path()
    if as_json:
        output.print_json({"path": str(found), "exists": found.exists()})
    else:
        output.say(str(found))


@config.command(
    name="show",
    help=_("Print every setting and its value. * marks what is not the default."),
    epilog=examples("csdesk config show --json"),
)
@json_option
@pass_start
def show(start: Start, as_json: bool) -> None:
    told = describe(start.settings)
    if as_json:
        items = [
            {
                "key": each.key,
                "value": each.value,
                "default": each.default,
                "allowed": each.allowed,
                "about": each.doc,
            }
            for each in told
        ]
        output.print_json({"items": items, "next": None})
        return
    rows = [[_marked(each), _toml(each.value), each.doc] for each in told]
    output.print_table(rows, [_("Setting"), _("Value"), _("About")])


@config.command(
    name="check",
    help=_("Check the settings file. Exit code 2 when it is wrong."),
    epilog=examples("csdesk config check"),
)
@json_option
def check(as_json: bool) -> None:
    found = paths.config_path()
    load(found)
    if as_json:
        output.print_json({"path": str(found), "exists": found.exists(), "ok": True})
    elif found.exists():
        output.say(_("{file} is right.").format(file=found))
    else:
        output.say(_("There is no {file}: the defaults hold.").format(file=found))


@config.command(
    name="init",
    help=_("Write a settings file of comments. One that exists is left alone."),
    epilog=examples("csdesk config init"),
)
@json_option
def init(as_json: bool) -> None:
    found = paths.config_path()
    paths.ensure_folder(found.parent)
    try:
        handle = os.open(found, os.O_WRONLY | os.O_CREAT | os.O_EXCL, paths.FILE_MODE)
    except FileExistsError:
        raise Refused(
            "config.exists",
            _("{file} exists already, and is left as it is.").format(file=found),
            _("Edit it, or move it away first."),
        ) from None
    except OSError as error:
        raise CsdeskError(
            "config.unwritable",
            _("{file} cannot be written: {reason}.").format(file=found, reason=error.strerror),
            _("Check the folder, or name another with CSDESK_CONFIG_DIR."),
        ) from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(default_file())
    if as_json:
        output.print_json({"path": str(found)})
    else:
        output.say(_("Wrote {file}. Take the # away from what you change.").format(file=found))


def default_file() -> str:
    """The settings file that changes nothing: each default behind a ``#``, with what it is for."""
    lines = ["# " + _("Settings of csdesk. `csdesk config check` says whether they are right."), ""]
    table = ""
    for each in describe():
        place, _dot, name = each.key.rpartition(".")
        if isinstance(each.default, dict):
            place, name = each.key, '"queue.longest"'
        if place != table:
            lines += [f"[{place}]"]
            table = place
        lines += [f"# {each.doc} ({each.allowed})", f"# {name} = {_example_value(each)}", ""]
    return "\n".join(lines)


def _example_value(each: Described) -> str:
    if isinstance(each.default, dict):
        return '"f8"'
    if each.default is None:
        return EXAMPLE_SECONDS[each.key.rpartition(".")[2].removesuffix("_after_s")]
    return _toml(each.default)


def _marked(each: Described) -> str:
    return f"{each.key} *" if each.value != each.default else each.key


def _toml(value: object) -> str:
    """A value as TOML writes it; nothing set is a dash."""
    if value is None or value == {}:
        return "-"
    if isinstance(value, dict):
        return ", ".join(f'"{key}" = {_toml(each)}' for key, each in value.items())
    return json.dumps(value, ensure_ascii=False)
