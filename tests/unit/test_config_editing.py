"""Changing one setting: comments stay, nothing else changes, what is not understood is left alone."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.config import Settings, decode, describe, load
from csdesk.config_editing import change, edit, read_typed
from csdesk.config_file import default_file
from csdesk.errors import Refused, UsageError

FILE = """\
# my settings, do not touch
[ui]  # how it looks
theme = "dark"   # for the night # really
# density = "cosy"
language = \"\"\"en\"\"\"

[queue]
amber_after_s=90#tight
# red is the default

[automatic.texts]
away.en = \"\"\"
Back # soon.
Please leave a note.\"\"\" # two lines

[keymap]
"queue.longest" = "f8"
help.show = 'f1'
"""


def test_a_value_changes_and_its_comment_stays() -> None:
    after = edit(FILE, "ui.theme", "light")
    assert 'theme = "light"   # for the night # really\n' in after
    assert after.replace('"light"', '"dark"', 1) == FILE
    assert "amber_after_s= 60#tight\n" in edit(FILE, "queue.amber_after_s", 60)
    assert 'away.en = "Gone." # two lines\n' in edit(FILE, "automatic.texts.away.en", "Gone.")
    assert 'help.show = "f2"\n' in edit(FILE, "keymap.help.show", "f2")


def test_a_new_value_takes_the_place_of_its_default_in_a_comment() -> None:
    after = edit(FILE, "ui.density", "compact")
    assert after == FILE.replace('# density = "cosy"', 'density = "compact"')
    assert edit(after, "ui.density", None) == FILE


def test_a_new_value_goes_into_its_table_or_a_new_one() -> None:
    assert "amber_after_s=90#tight\nred_after_s = 200\n# red is" in edit(FILE, "queue.red_after_s", 200)
    assert edit(FILE, "retention.web", 365) == FILE + "\n[retention]\nweb = 365\n"
    assert '"work.undo" = "f12"' in edit(FILE, "keymap.work.undo", "f12")


def test_reset_puts_the_line_aside() -> None:
    assert '# theme = "dark"   # for the night # really\n' in edit(FILE, "ui.theme", None)
    assert '# away.en = """\n# Back # soon.\n' in edit(FILE, "automatic.texts.away.en", None)
    assert edit(FILE, "ui.bell", None) == FILE


def test_line_ends_and_the_mark_at_the_head_stay() -> None:
    text = "\ufeff" + FILE.replace("\n", "\r\n")
    after = edit(text, "ui.theme", "light")
    assert after == text.replace('theme = "dark"', 'theme = "light"')


def test_a_missing_file_is_begun_with_every_default_explained(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert change(path, "ui.theme", "contrast").ui.theme == "contrast"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text("utf-8") == default_file().replace('# theme = "dark"', 'theme = "contrast"')
    assert change(path, "ui.theme", None) == Settings()
    assert path.read_text("utf-8") == default_file()


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text(FILE, "utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    change(link, "ui.theme", "light")
    assert link.is_symlink()
    assert load(real).ui.theme == "light"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@pytest.mark.parametrize("text", ['ui = {theme = "dark"} # brief\n', 'ui.theme = "dark"\n'])
def test_other_ways_of_writing_work_or_are_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    try:
        assert change(path, "ui.theme", "light").ui.theme == "light"
    except Refused as error:
        assert "ui.theme" in error.hint
        assert path.read_text("utf-8") == text
    else:
        assert "{" not in text


def test_a_value_that_does_not_fit_the_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FILE, "utf-8")
    with pytest.raises(UsageError, match="amber"):
        change(path, "queue.red_after_s", 10)
    assert path.read_text("utf-8") == FILE


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [("ui.bell", "Off", False), ("ui.language", "zh_cn", "zh_CN"), ("sending.hold_chat_s", " 5 ", 5),
     ("shop.name", "小店", "小店"), ("retention.web", "30", 30), ("keymap.help.show", "f1", "f1")],
)  # fmt: skip
def test_typed_values(key: str, typed: str, value: object) -> None:
    assert read_typed(key, typed) == value


@pytest.mark.parametrize("key", ["ui.theme", "ui.bell", "queue.red_after_s", "retention.web"])
@pytest.mark.parametrize("typed", ["", "maybe", "-1", "1.5"])
def test_typed_values_that_do_not_fit(key: str, typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_typed(key, typed)
    assert caught.value.hint


_choices = [(each.key, option) for each in describe() if each.kind == "choice" for option in each.options]


@given(st.lists(st.sampled_from(_choices), max_size=8), st.booleans())
def test_any_changes_say_what_was_asked_and_go_back(wanted: list[tuple[str, object]], is_fresh: bool) -> None:
    start = default_file() if is_fresh else FILE
    text = start
    for key, value in wanted:
        text = edit(text, key, value)
    told = {each.key: each.value for each in describe(decode(tomllib.loads(text), Path("c.toml")))}
    assert all(told[key] == value for key, value in dict(wanted).items())
    for key, _value in wanted:
        text = edit(text, key, None)
    told = {each.key: each.value for each in describe(decode(tomllib.loads(text), Path("c.toml")))}
    assert all(told[each.key] == each.default for each in describe() if each.key in dict(wanted))
    assert is_fresh is False or text == start
