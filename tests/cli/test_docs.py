"""docs/cli.md says what the commands say, and every command shows an example."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click

from csdesk.cli.main import build_root
from csdesk.cli.start import Start
from tests.conftest import ROOT


def test_the_page_is_current() -> None:
    ran = subprocess.run(
        [sys.executable, "scripts/cli_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    yield context.command_path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _commands(inner, click.Context(inner, info_name=name, parent=context))


def test_every_command_has_json_and_an_example() -> None:
    root = build_root()
    found = dict(_commands(root, click.Context(root, info_name="csdesk", obj=Start())))
    assert "csdesk db restore" in found and "csdesk queue" in found
    without_json = {"csdesk completion", "csdesk demo"}
    for path, command in found.items():
        if isinstance(command, click.Group):
            continue
        assert "Example" in (command.epilog or ""), path
        has_json = any("--json" in parameter.opts for parameter in command.params)
        assert has_json or path in without_json, path
