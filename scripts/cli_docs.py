"""Write docs/cli.md from the commands themselves: ``python scripts/cli_docs.py``; ``--check`` only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import click  # noqa: E402

from csdesk.cli.main import build_root  # noqa: E402
from csdesk.cli.start import Start  # noqa: E402
from csdesk.i18n import set_language  # noqa: E402

PAGE = ROOT / "docs" / "cli.md"
WIDTH = 100
HEAD = """# Command line

Made from the commands by `python scripts/cli_docs.py`; do not edit.

Answers go to standard output (`--json`: one JSON document), narration to standard error. Exit codes:
0 done, 1 refused or not found, 2 usage, 3 needs a person's decision.
"""


def page() -> str:
    """The whole page, in English, whatever the terminal."""
    set_language("en")
    root = build_root()
    with click.Context(
        root, info_name="csdesk", obj=Start(), terminal_width=WIDTH, max_content_width=WIDTH
    ) as context:
        return HEAD + "".join(_sections(root, context))


def _sections(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"\n## {context.command_path}\n\n```text\n{_help(command, context)}\n```\n"
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        if inner is None or inner.hidden:
            continue
        with click.Context(
            inner, info_name=name, parent=context, terminal_width=WIDTH, max_content_width=WIDTH
        ) as place:
            yield from _sections(inner, place)


def _help(command: click.Command, context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())


def main() -> int:
    text = page()
    if "--check" in sys.argv[1:]:
        is_current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        if not is_current:
            print(f"{PAGE.relative_to(ROOT)} is out of date: run python scripts/cli_docs.py")
        return 0 if is_current else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
