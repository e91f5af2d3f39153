"""``csdesk config``: where the settings are, what they are, and whether they are right."""

from __future__ import annotations

import click

from csdesk import paths
from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.config import describe, load
from csdesk.config_file import as_toml, write_new
from csdesk.config_reading import Described
from csdesk.i18n import _


@click.group(
    name="config",
    help=_("Show and check the settings; they are a TOML file with comments that stay."),
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


@config.command(
    name="set",
    help=_("Change one setting in the file; comments stay. An entry of a table is named after a dot."),
    epilog=examples("csdesk config set ui.theme light", "csdesk config set retention.web 365"),
)
@click.argument("key", metavar=_("KEY"))
@click.argument("value", metavar=_("VALUE"))
@json_option
def set_one(key: str, value: str, as_json: bool) -> None:
    from csdesk.config_editing import read_typed

    typed = read_typed(key, value)
    if key.startswith("keymap."):
        from csdesk.tui.keymap import apply_keymap

        apply_keymap({key.removeprefix("keymap."): str(typed)})
    _change(key, typed, as_json)


@config.command(
    name="reset",
    help=_("Let the default of one setting hold again; its line becomes a comment."),
    epilog=examples("csdesk config reset ui.theme"),
)
@click.argument("key", metavar=_("KEY"))
@json_option
def reset(key: str, as_json: bool) -> None:
    _change(key, None, as_json)


def _change(key: str, value: object | None, as_json: bool) -> None:
    from csdesk.config_editing import change, setting

    setting(key)
    found = paths.config_path()
    told = setting(key, change(found, key, value))
    now = told.value.get(key[len(told.key) + 1 :]) if isinstance(told.value, dict) else told.value
    if as_json:
        output.print_json({"key": key, "value": now, "path": str(found)})
    else:
        output.say(f"{key} = {as_toml(now)}")


def _marked(each: Described) -> str:
    return f"{each.key} *" if each.value != each.default else each.key
