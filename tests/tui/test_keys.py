"""The table of keys: no clashes, dead letters while writing, a person's own keys, current docs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from csdesk.errors import UsageError
from csdesk.i18n import set_language
from csdesk.tui import keymap
from csdesk.tui.keys import BY_ID, KEYS, TYPING_PLACES, Place, bindings, is_typed, keys_in, shown, with_forms

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def english() -> None:
    set_language("en")


def test_our_own_table_has_neither_clashes_nor_warnings() -> None:
    hidden = [p for p in keymap.check() if p.is_error or keymap.taken_by_terminals(p.key)]
    assert hidden == []


def test_ids_are_unique_and_shaped() -> None:
    assert len(BY_ID) == len(KEYS)
    assert all(key.id.count(".") == 1 and key.id.islower() for key in KEYS)


def test_no_letter_acts_while_somebody_writes() -> None:
    for place in (*TYPING_PLACES, Place.ANYWHERE):
        typed = [name for key in KEYS for name in keys_in(key, place) if is_typed(name)]
        assert typed == []


def test_lists_answer_to_what_an_input_method_sends() -> None:
    assert "fullwidth_question_mark" in keys_in(BY_ID["help.show"], Place.LIST)
    assert "ideographic_comma" in keys_in(BY_ID["search.open"], Place.LIST)
    assert "ｅ" in keys_in(BY_ID["work.resolve_next"], Place.LIST)
    assert with_forms("E") == ("E", "Ｅ")


def test_every_action_with_only_letters_is_reachable_otherwise_through_the_palette() -> None:
    assert BY_ID["palette.open"].keys == ("ctrl+p",)
    assert all(key.text for key in KEYS)


def test_bindings_carry_ids_and_priorities() -> None:
    drawer = next(binding for binding in bindings(Place.ANYWHERE) if binding.id == "contact.toggle@anywhere")
    assert (drawer.key, drawer.action, drawer.priority) == ("f6", "screen.toggle_contact", True)
    assert not any(binding.priority for binding in bindings(Place.LIST))


def test_own_keys_split_into_typed_and_not() -> None:
    applied = keymap.apply_keymap({"queue.longest": "f12, m"})
    assert applied == {
        "queue.longest@anywhere": "f12",
        "queue.longest@list": "m,ｍ",
        "queue.longest@conversation": "m,ｍ",
    }


def test_an_empty_entry_takes_the_keys_away() -> None:
    assert keymap.apply_keymap({"work.label": ""}) == {
        "work.label@list": keymap.UNBOUND,
        "work.label@conversation": keymap.UNBOUND,
    }


@pytest.mark.parametrize(
    ("mapping", "code", "word"),
    [
        ({"queue.longst": "f7"}, "keys.unknown_action", "queue.longest"),
        ({"queue.longest": "hyper+q"}, "keys.bad_key", "hyper+q"),
        ({"queue.longest": "f9"}, "keys.clash", "work.resolve_next"),
        ({"work.label": "e"}, "keys.clash", "work.resolve_next"),
    ],
)
def test_wrong_own_keys_are_refused_with_a_sentence(mapping: dict[str, str], code: str, word: str) -> None:
    with pytest.raises(UsageError) as caught:
        keymap.apply_keymap(mapping)
    assert caught.value.code == code
    assert word in caught.value.sentence + caught.value.hint


@pytest.mark.parametrize(
    "key", ["alt+e", "ctrl+enter", "f11", "f10", "ctrl+b", "ctrl+backslash", "ctrl+shift+a"]
)
def test_keys_that_terminals_take_are_warned_of(key: str) -> None:
    problems = keymap.check(keymap.read_keymap({"work.label": key}))
    assert [(p.is_error, p.key) for p in problems if p.ids == ("work.label",)] == [(False, key)]


@pytest.mark.parametrize(
    ("key", "long", "short"),
    [
        ("ctrl+s", "Ctrl+S", "^S"),
        ("f8", "F8", "F8"),
        ("question_mark", "?", "?"),
        ("e", "e", "e"),
        ("up", "↑", "↑"),
    ],
)
def test_keys_as_people_read_them(key: str, long: str, short: str) -> None:
    assert (shown(key), shown(key, is_short=True)) == (long, short)


def test_docs_page_is_current() -> None:
    assert (ROOT / "docs" / "keys.md").read_text("utf-8") == keymap.as_markdown()


def test_the_command_lists_checks_and_fails_on_a_clash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from csdesk.cli.keys import keys

    monkeypatch.setenv("CSDESK_CONFIG_DIR", str(tmp_path))
    run = CliRunner().invoke
    items = json.loads(run(keys, ["--json"]).stdout)["items"]
    assert {item["id"] for item in items} == set(BY_ID)
    assert run(keys, ["--check"]).exit_code == 0
    (tmp_path / "config.toml").write_text('[keymap]\n"work.label" = "e"\n', "utf-8")
    clash = run(keys, ["--check", "--json"])
    assert clash.exit_code == 1
    assert json.loads(clash.stdout)["items"][0]["severity"] == "error"


def test_the_command_does_not_load_textual() -> None:
    code = "import sys, csdesk.cli.keys; print([m for m in sys.modules if m.split('.')[0] in ('textual', 'rich')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
