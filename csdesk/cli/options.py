"""Options and help that commands share."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, TypeVar

import click

from csdesk.cli.start import Start, speak
from csdesk.i18n import _


class Words(click.types.StringParamType):
    """Text of a person. What the system gave as bytes of no character is refused: nothing could keep it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = super().convert(value, param, ctx)
        if any("\ud800" <= char <= "\udfff" for char in text):
            self.fail(_("it is not UTF-8 text."), param, ctx)
        return text


class Number(click.FloatRange):
    """A number in a range; what is no number (``nan``) is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not isfinite(number):
            self.fail(_("{value} is not a number.").format(value=value), param, ctx)
        return number


Decorated = TypeVar("Decorated", bound=Callable[..., Any])

pass_start = click.make_pass_decorator(Start, ensure=True)


def json_option(function: Decorated) -> Decorated:
    """``--json``, as the argument ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help=_("Print one JSON document."))(function)


def limit_option(most: int, default: int) -> Callable[[Decorated], Decorated]:
    """``--limit``: how many things a page has, 1 to ``most``."""
    return click.option(
        "--limit",
        type=click.IntRange(1, most),
        default=default,
        show_default=True,
        help=_("How many at most."),
    )


def after_option(function: Decorated) -> Decorated:
    """``--after``: where a page begins, as the page before it says in ``next``."""
    shown = click.option("--after", metavar=_("KEY"), help=_("Go on behind this place: the value of next."))
    return shown(function)


def examples(*lines: str) -> str:
    """An epilog for ``--help``: the given command lines, each on its own line."""
    return "\b\n" + _("Example:") + "\n" + "\n".join(f"  {line}" for line in lines)


def global_options(hidden: bool = False) -> list[click.Option]:
    """--db, --as and --lang; they fill in the ``Start`` of the run."""
    shared: dict[str, Any] = {
        "expose_value": False,
        "is_eager": True,
        "hidden": hidden,
        "callback": _remember,
    }
    return [
        click.Option(["--db"], metavar=_("PATH"), help=_("The store to work on."), **shared),
        click.Option(
            ["--as", "agent"], type=Words(), metavar=_("NAME"), help=_("The agent you are."), **shared
        ),
        click.Option(["--lang"], type=Words(), metavar=_("LANG"), help=_("Language: en or zh_CN."), **shared),
    ]


def _remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    if parameter.name == "lang":
        speak(value)
    setattr(context.ensure_object(Start), str(parameter.name), value)
