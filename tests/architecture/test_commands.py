"""Every command that is announced exists, and explains itself with an example."""

from __future__ import annotations

import click
import pytest

from csdesk.cli import main

WITHOUT_JSON = {"demo", "completion"}
NOT_YET = [name for name, door in main.COMMANDS.items() if not main.module_exists(door.module)]


def _command(name: str) -> click.Command:
    context = click.Context(main.build_root())
    command = main.build_root().get_command(context, name)
    assert command is not None, f"csdesk.cli.{main.COMMANDS[name].module} is missing"
    return command


def _leaves(command: click.Command) -> list[click.Command]:
    if isinstance(command, click.Group):
        return [leaf for inner in command.commands.values() for leaf in _leaves(inner)]
    return [command]


@pytest.mark.skipif(
    "demo" in NOT_YET, reason="csdesk demo is not written yet: the command line is incomplete"
)
def test_every_command_is_there() -> None:
    assert NOT_YET == []


@pytest.mark.parametrize("name", [name for name in main.COMMANDS if name not in NOT_YET])
def test_a_command_has_help_an_example_and_json(name: str) -> None:
    command = _command(name)
    assert command.help
    example = command.epilog or ""
    assert "csdesk" in example and name in example, "an example is missing"
    for leaf in _leaves(command):
        options = {option for parameter in leaf.params for option in parameter.opts}
        assert leaf.help, f"{name} {leaf.name}"
        assert name in WITHOUT_JSON or "--json" in options, f"{name} {leaf.name} has no --json"
