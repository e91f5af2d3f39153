"""Linting packs: errors keep a reply out, warnings are worth mending, notes only tell."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from csdesk.model.reply import PackScope
from csdesk.replies.linting import Gravity, lint_packs
from csdesk.replies.pack import PackFolder, builtin_folder, read_packs

TODAY = date(2026, 11, 23)


def found(folder: Path, *replies: str, vars: str = "") -> list[tuple[str, str]]:
    text = f"schema: csdesk.pack/1\npack: {{id: p, title: T, lang: en}}\n{vars}replies:\n"
    path = folder / "p.yaml"
    path.write_text(text + "".join(f"  - {reply}\n" for reply in replies), encoding="utf-8")
    told = lint_packs(read_packs([path]), TODAY)
    return [(each.gravity.value, each.problem.reason) for each in told]


@pytest.mark.parametrize(
    ("reply", "gravity", "said"),
    [
        ("{code: A, title: T, body: B}", "error", "is no good code"),
        ("{code: a, title: T, body: '{{nobody}}'}", "error", "not a known placeholder"),
        ("{code: averylongcode, title: T, body: B}", "warning", "long to type"),
        ("{code: a1b2c, title: T, body: B}", "warning", "hard to type"),
        ("{code: a_b, title: T, body: B}", "warning", "hard to type"),
        ("{code: xaaaay, title: T, body: B}", "warning", "hard to type"),
        ("{code: a, title: T, body: B, variants: [B]}", "warning", "says the same"),
        ("{code: a, title: T, body: B, variants: [C, ' C ']}", "warning", "says the same"),
        ("{code: a, title: T, body: B, valid: {until: 2026-11-22}}", "warning", "valid no longer"),
        (
            "{code: a, title: T, body: B, valid: {from: 2026-11-23, until: 2026-11-24, days: [sun]}}",
            "warning",
            "no day fits",
        ),
        ("{code: a, title: T, body: '{{contact.name}}{{cursor}}'}", "note", "nothing but placeholders"),
    ],
)
def test_what_is_found(tmp_path: Path, reply: str, gravity: str, said: str) -> None:
    ((grave, reason),) = found(tmp_path, reply)
    assert (grave, said in reason) == (gravity, True), reason


@pytest.mark.parametrize(
    "reply",
    [
        "{code: yh, title: T, body: B, variants: [C]}",
        "{code: averylongcode, aliases: [av], title: T, body: B}",
        "{code: a, title: T, body: B, valid: {until: 2026-11-23}}",
        "{code: a, title: T, body: B, valid: {from: 2026-11-23, until: 2026-11-29, days: [sun]}}",
    ],
)
def test_what_is_fine(tmp_path: Path, reply: str) -> None:
    assert found(tmp_path, reply) == []


def test_a_slot_that_is_never_used(tmp_path: Path) -> None:
    slots = "vars: {eta: {prompt: When}, size: {prompt: Size}}\n"
    assert found(tmp_path, "{code: a, title: T, body: 'In {{eta}}'}", vars=slots) == [
        ("warning", "the slot “size” is declared and never used")
    ]


def test_the_same_code_is_an_error_within_a_scope_and_a_note_between_them(tmp_path: Path) -> None:
    head = "schema: csdesk.pack/1\npack: {{id: {id}, title: T, lang: en, scope: {scope}}}\nreplies:\n"
    for name, scope in (("a", "personal"), ("b", "personal"), ("c", "team")):
        text = head.format(id=name, scope=scope) + "  - {code: yh, title: T, body: B}\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    told = lint_packs(read_packs([tmp_path], [PackFolder(tmp_path, PackScope.PERSONAL)]), TODAY)
    assert [(each.gravity, Path(each.problem.file).name) for each in told] == [
        (Gravity.ERROR, "b.yaml"),
        (Gravity.NOTE, "c.yaml"),
    ]
    assert "a.yaml:4" in told[1].problem.reason


def test_another_check_joins(tmp_path: Path) -> None:
    found(tmp_path, "{code: a, title: T, body: shouting}")
    told = lint_packs(
        read_packs([tmp_path / "p.yaml"]),
        TODAY,
        lambda reply: [(Gravity.WARNING, f"says {reply.body}", "Be kind.")],
    )
    assert [each.problem.reason for each in told] == ["says shouting"]


def test_the_shipped_packs_pass() -> None:
    told = lint_packs(read_packs([builtin_folder()]), TODAY)
    assert [str(each.problem) for each in told if each.gravity is not Gravity.NOTE] == []
