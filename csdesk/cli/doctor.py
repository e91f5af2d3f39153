"""``csdesk doctor``: what on this machine could trouble the desk, and what to do about it."""

from __future__ import annotations

import click

from csdesk.cli import output
from csdesk.cli.checks import Check, State, run_checks
from csdesk.cli.options import examples, json_option, pass_start
from csdesk.cli.start import Start
from csdesk.errors import EXIT_DONE, EXIT_REFUSED
from csdesk.i18n import N_, _

SIGNS = {State.OK: "✓", State.WARN: "△", State.FAIL: "✗"}
WORDS = {State.OK: N_("ok"), State.WARN: N_("warning"), State.FAIL: N_("problem")}
WIDTH_SAMPLES = (
    (N_("Chinese"), "您好，世界", 10),
    (N_("emoji"), "😀👍📦", 6),
    (N_("signs"), "●▸△✓│─", 6),
    (N_("ambiguous"), "“”…—", 4),
)


@click.command(
    help=_("Check this machine, the terminal and the store. Exit code 1 when something must be mended."),
    epilog=examples("csdesk doctor", "csdesk --db desk.db doctor --json"),
)
@json_option
@pass_start
def doctor(start: Start, as_json: bool) -> int:
    checks = run_checks(start)
    failed = any(each.state is State.FAIL for each in checks)
    if as_json:
        items = [
            {"check": each.name, "state": each.state.value, "said": each.said, "remedy": each.remedy}
            for each in checks
        ]
        output.print_json({"items": items, "next": None, "ok": not failed})
    else:
        for each in checks:
            _print_check(each)
        _print_ruler()
    return EXIT_REFUSED if failed else EXIT_DONE


def _print_check(check: Check) -> None:
    verdict = _("{state}: {said}").format(state=_(WORDS[check.state]), said=check.said)
    output.say(f"{SIGNS[check.state]} {verdict}")
    if check.remedy:
        output.say(f"  → {check.remedy}")


def _print_ruler() -> None:
    """Samples of known width before a bar: where a terminal disagrees, its bar stands elsewhere."""
    output.say()
    output.say(_("The bars below stand in one line when your terminal and csdesk agree on widths:"))
    for name, sample, cells in WIDTH_SAMPLES:
        output.say(f"  {sample}{' ' * (12 - cells)}| {_(name)}")
