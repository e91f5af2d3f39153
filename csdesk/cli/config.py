"""``csdesk config``: where the settings are, what they are, and whether they are right."""

from __future__ import annotations

import click

from csdesk import paths
from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.config import Described, describe, load
from csdesk.config_file import as_toml, write_new
from csdesk.i18n import _


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
    rows = [[_marked(each), as_toml(each.value), each.doc] for each in told]
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
    write_new(found)
    if as_json:
        output.print_json({"path": str(found)})
    else:
        output.say(_("Wrote {file}. Take the # away from what you change.").format(file=found))


def _marked(each: Described) -> str:
    return f"{each.key} *" if each.value != each.default else each.key
