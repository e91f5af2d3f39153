"""``csdesk completion``: the script that completes commands in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from csdesk.cli.main import COMPLETION_VARIABLE, build_root
from csdesk.cli.options import examples
from csdesk.cli.output import say
from csdesk.i18n import _


@click.command(
    help=_("Print the completion script of SHELL; load it from the shell's start-up file."),
    epilog=examples('eval "$(csdesk completion bash)"', "csdesk completion fish | source"),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def completion(shell: str) -> None:
    complete = get_completion_class(shell)
    if complete is None:
        raise LookupError(shell)
    template = complete(build_root(), {}, "csdesk", COMPLETION_VARIABLE)
    say(template.source_template % template.source_vars())
