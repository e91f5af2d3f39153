"""The pages for people are true: links lead somewhere, commands exist, examples say what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from csdesk.cli.main import COMMANDS, build_root
from csdesk.cli.start import Start
from csdesk.config import describe
from csdesk.errors import UsageError
from csdesk.replies.pack import load_folder
from csdesk.tui.keymap import apply_keymap
from csdesk.tui.keys import KEYS
from tests.conftest import ROOT

GUIDES = ("docs/guide/en.md", "docs/guide/zh.md")
EXAMPLES = ("README.md", "docs/import-format.md", *GUIDES)
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if not path.is_relative_to(ROOT / "docs" / "decisions") or path.name[0].isdigit()
)
MOMENT = "2026-11-22T02:06:02Z"
SHELL_SIGNS = {"|", "<", ">", "&&", "#"}

_FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`(csdesk [^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def _page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _blocks(name: str, kind: str) -> list[str]:
    return [found["body"] for found in _FENCE.finditer(_page(name)) if found["kind"] == kind]


def _examples(name: str) -> Iterator[str]:
    """Every command line that the page shows, in blocks and within sentences."""
    text = _page(name)
    for block in _FENCE.finditer(text):
        for line in block["body"].splitlines():
            plain = line.removeprefix("$ ").strip()
            if plain.startswith("csdesk "):
                yield plain
    yield from _INLINE.findall(_FENCE.sub("", text))


def _words(line: str) -> list[str]:
    """The words behind ``csdesk``, up to what belongs to the shell."""
    words = shlex.split(line, comments=False)[1:]
    end = next((at for at, word in enumerate(words) if word in SHELL_SIGNS), len(words))
    return words[:end]


def _parse(words: list[str]) -> None:
    """Parse as a start would, down to the last command, and run nothing. Raises what click raises."""
    command: click.Command = build_root()
    context = command.make_context("csdesk", list(words), obj=Start())
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        if not rest:
            return
        _name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        command = found
        if not rest and any(parameter.required for parameter in command.params):
            return  # a sentence that only names the command
        context = command.make_context(command.name, rest, parent=context)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_parse(name: str) -> None:
    lines = list(_examples(name))
    assert lines
    for line in lines:
        try:
            _parse(_words(line))
        except click.exceptions.NoArgsIsHelpError:
            continue  # a group that is only named
        except (click.ClickException, UsageError) as error:
            pytest.fail(f"{name}: {line}: {error}")


@pytest.mark.parametrize("wrong", ["csdesk quue", "csdesk queue --vew all", "csdesk db verfy"])
def test_a_wrong_example_is_noticed(wrong: str) -> None:
    with pytest.raises((click.ClickException, UsageError)):
        _parse(_words(wrong))


def test_links_lead_somewhere() -> None:
    assert len(PAGES) > 12
    for page in PAGES:
        for found in _LINK.finditer(_FENCE.sub("", page.read_text("utf-8"))):
            target, _sign, anchor = found["target"].partition("#")
            if "://" in target:
                continue
            place = (page.parent / target).resolve() if target else page
            assert place.exists(), f"{page.relative_to(ROOT)} links to {target}"
            if anchor:
                assert anchor in _anchors(place), f"{page.relative_to(ROOT)} links to #{anchor}"


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_every_page_is_in_the_index() -> None:
    index = _page("docs/README.md")
    linked = {(ROOT / "docs" / found["target"]).resolve() for found in _LINK.finditer(index)}
    missing = [page for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in linked]
    assert [page.name for page in missing if page.name != "README.md"] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_knows_every_command_and_setting(guide: str) -> None:
    text = _page(guide)
    assert [name for name in COMMANDS if f"`csdesk {name}" not in text] == []
    assert [each.key for each in describe() if f"`{each.key}`" not in text] == []


def test_the_pages_know_every_key() -> None:
    page = _page("docs/keys.md")
    assert [key.id for key in KEYS if f"`{key.id}`" not in page] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_the_pack_in_the_guide_is_sound(guide: str, tmp_path: Path) -> None:
    (block,) = _blocks(guide, "yaml")
    pack = tmp_path / "my-pack.yaml"
    pack.write_text(block, "utf-8")
    library = load_folder([pack])
    assert library.problems == ()
    assert len(library.replies) == 3


@pytest.mark.parametrize("guide", GUIDES)
def test_the_keymap_in_the_guide_is_sound(guide: str) -> None:
    import tomllib

    (block,) = _blocks(guide, "toml")
    assert apply_keymap(tomllib.loads(block)["keymap"])


def test_the_two_commands_are_there_as_ci_takes_them() -> None:
    readme = _page("README.md")
    assert re.search(r"<!-- demo -->\n```sh\n.*/csdesk demo\n```", readme)
    found = re.search(r"<!-- test -->\n```sh\n(.+)\n```", readme)
    assert found is not None
    ran = subprocess.run(
        ["bash", "-c", "sed -n '/<!-- test -->/,/^```$/p' README.md | grep pytest"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == found[1]
    assert "<!-- test -->" in (ROOT / ".ci" / "run").read_text("utf-8")


def _session(name: str) -> Iterator[tuple[str, str]]:
    """Commands and what the page shows below each."""
    for block in _blocks(name, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _newline, answer = part.partition("\n")
            yield command, answer


def _answer(command: str, folder: Path) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "csdesk", *_words(command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CSDESK_NOW": MOMENT, "TZ": "UTC", "COLUMNS": "110"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return ran.stdout


@pytest.mark.parametrize(
    ("name", "kind", "file"),
    [("README.md", "json", "chats.jsonl"), ("docs/import-format.md", "", "bad.jsonl")],
)
def test_shown_answers_are_the_answers(name: str, kind: str, file: str, tmp_path: Path) -> None:
    lines = _blocks(name, kind)[0] if kind else '{"id": "1", "mesages": []}\n'
    (tmp_path / file).write_text(lines, "utf-8")
    steps = list(_session(name))
    assert steps
    for command, answer in steps:
        assert _answer(command, tmp_path) == answer, command


def test_the_format_example_is_read(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text(_blocks("docs/import-format.md", "json")[0], "utf-8")
    assert _answer("csdesk import one.jsonl", tmp_path) == "New: 1 conversation, 2 messages, 1 contact.\n"


def test_each_decision_has_a_number_of_its_own_and_says_it() -> None:
    numbers = [path.name[:4] for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))]
    assert numbers == [f"{place:04}" for place in range(1, len(numbers) + 1)]
    for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        assert path.read_text("utf-8").startswith(f"# {path.name[:4]} "), path.name
