"""``csdesk keys``: list the keys, look for clashes, write the page of docs."""

from __future__ import annotations

import click

from csdesk.cli import output
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.errors import EXIT_DONE, EXIT_REFUSED
from csdesk.i18n import _
from csdesk.tui import keymap


@click.command(
    name="keys",
    help=_("List the keys of the workstation, or check your own."),
    epilog=examples("csdesk keys", "csdesk keys --check"),
)
@click.option("--check", "is_check", is_flag=True, help=_("Look for clashes and keys that terminals take."))
@click.option("--markdown", "is_markdown", is_flag=True, help=_("Print the page docs/keys.md."))
@json_option
@pass_start
@click.pass_context
def keys(context: click.Context, start: Start, is_check: bool, is_markdown: bool, as_json: bool) -> None:
    """Exit code 1 when ``--check`` finds a clash, 2 when ``[keymap]`` itself is wrong."""
    chosen = keymap.read_keymap(start.settings.keymap)
    if is_check:
        context.exit(_check(chosen, as_json))
    if as_json:
        output.print_json({"items": keymap.key_rows(chosen), "next": None})
    elif is_markdown:
        output.say(keymap.as_markdown(chosen).rstrip("\n"))
    else:
        rows = keymap.key_rows(chosen)
        shown = ["  ".join(map(str, row["shown"])) for row in rows]  # type: ignore[call-overload]
        output.print_table(
            [[names, str(row["id"]), str(row["text"])] for names, row in zip(shown, rows, strict=True)]
        )


def _check(chosen: dict[str, tuple[str, ...]], as_json: bool) -> int:
    problems = keymap.check(chosen)
    has_errors = any(problem.is_error for problem in problems)
    if as_json:
        items = [
            {
                "severity": "error" if p.is_error else "warning",
                "key": p.key,
                "ids": p.ids,
                "message": p.sentence,
            }
            for p in problems
        ]
        output.print_json({"items": items, "next": None})
    else:
        for problem in problems:
            weight = _("clash") if problem.is_error else _("warning")
            output.say(f"{weight}: {problem.sentence}")
        if not has_errors:
            output.say(_("No clashes."))
    return EXIT_REFUSED if has_errors else EXIT_DONE
