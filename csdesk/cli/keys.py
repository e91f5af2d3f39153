"""``csdesk keys``: list the keys, look for clashes, write the page of docs."""

from __future__ import annotations

import json

import click

from csdesk import config, paths
from csdesk.errors import EXIT_DONE, EXIT_REFUSED
from csdesk.i18n import N_, _
from csdesk.tui import keymap


@click.command(
    "keys",
    help=N_("List the keys of the workstation, or check your own.\n\nExample: csdesk keys --check"),
)
@click.option("--check", "is_check", is_flag=True, help=N_("Look for clashes and keys that terminals take."))
@click.option("--markdown", "is_markdown", is_flag=True, help=N_("Print the page docs/keys.md."))
@click.option("--json", "is_json", is_flag=True, help=N_("Print one JSON document."))
@click.pass_context
def keys(context: click.Context, is_check: bool, is_markdown: bool, is_json: bool) -> None:
    """Exit code 1 when ``--check`` finds a clash, 2 when ``[keymap]`` itself is wrong."""
    chosen = keymap.read_keymap(config.load(paths.config_path()).keymap)
    if is_check:
        context.exit(_check(chosen, is_json))
    elif is_json:
        click.echo(json.dumps({"items": keymap.key_rows(chosen), "next": None}, ensure_ascii=False))
    elif is_markdown:
        click.echo(keymap.as_markdown(chosen), nl=False)
    else:
        _print_table(chosen)


def _check(chosen: dict[str, tuple[str, ...]], is_json: bool) -> int:
    problems = keymap.check(chosen)
    has_errors = any(problem.is_error for problem in problems)
    if is_json:
        items = [
            {
                "severity": "error" if p.is_error else "warning",
                "key": p.key,
                "ids": p.ids,
                "message": p.sentence,
            }
            for p in problems
        ]
        click.echo(json.dumps({"items": items, "next": None}, ensure_ascii=False))
    else:
        for problem in problems:
            weight = _("clash") if problem.is_error else _("warning")
            click.echo(f"{weight}: {problem.sentence}")
        if not has_errors:
            click.echo(_("No clashes."))
    return EXIT_REFUSED if has_errors else EXIT_DONE


def _print_table(chosen: dict[str, tuple[str, ...]]) -> None:
    for row in keymap.key_rows(chosen):
        names = "  ".join(str(name) for name in row["shown"])  # type: ignore[attr-defined]
        click.echo(f"{names:<18} {row['id']:<24} {row['text']}")
