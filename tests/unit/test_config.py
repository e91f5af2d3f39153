from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csdesk.config import Settings, WaitLimits, decode, describe, load
from csdesk.errors import UsageError


def _load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def _refusal(tmp_path: Path, text: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        _load(tmp_path, text)
    assert str(tmp_path / "config.toml") in caught.value.sentence
    return caught.value


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml") == Settings()
    assert _load(tmp_path, "") == Settings()


def test_what_is_given_holds_and_the_rest_stays(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        '[ui]\ntheme = "contrast"\nbell = false\n[sending]\nhold_chat_s = 0\n[shop]\nname = "小店"\n',
    )
    assert (settings.ui.theme, settings.ui.bell, settings.ui.density) == ("contrast", False, "cosy")
    assert (settings.sending.hold_chat_s, settings.sending.hold_mail_s) == (0, 30)
    assert settings.shop.name == "小店"


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert _load(tmp_path, '\ufeff[ui]\ntheme = "light"').ui.theme == "light"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().ui.bell = False  # type: ignore[misc]
    with pytest.raises(TypeError):
        Settings().keymap["a"] = "b"  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "key", "nearest"),
    [
        ('[ui]\nthem = "dark"', "ui.them", "ui.theme"),
        ("[qeue]\nred_after_s = 1", "qeue", "queue"),
        ("[queue]\namber_after = 1", "queue.amber_after", "queue.amber_after_s"),
        ("[queue.tiers.a]\nred_after_s = 200", "queue.tiers.a", "queue.tiers.A"),
        ('theme = "dark"', "theme", "ui.theme"),
    ],
)
def test_an_unknown_key_names_the_nearest(tmp_path: Path, text: str, key: str, nearest: str) -> None:
    error = _refusal(tmp_path, text)
    assert error.code == "config.unknown_key"
    assert error.exit_code == 2
    assert error.sentence.endswith(f" {key}.")
    assert nearest in error.hint


def test_an_unknown_key_like_no_other_lists_what_is_known(tmp_path: Path) -> None:
    assert "shop.name" in _refusal(tmp_path, "[shop]\nzzzz = 1").hint


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ('[ui]\ntheme = "blue"', "ui.theme", '"dark", "light", "contrast", "terminal"'),
        ("[ui]\nbell = 1", "ui.bell", "true or false"),
        ("[ui]\nbell = [1]", "ui.bell", "true or false"),
        ("[queue]\nred_after_s = true", "queue.red_after_s", "from 0 to 86400"),
        ("[queue]\nred_after_s = -1", "queue.red_after_s", "from 0 to 86400"),
        ("[queue]\nred_after_s = 2.5", "queue.red_after_s", "from 0 to 86400"),
        ("[sending]\nhold_chat_s = 601", "sending.hold_chat_s", "from 0 to 600"),
        ("[agent]\nname = 7", "agent.name", "a text"),
        ("ui = 3", "ui", "a table"),
        ("keymap = 3", "keymap", "a table of texts"),
        ("[keymap]\nqueue.longest = 3", "keymap.queue.longest", "a text"),
    ],
)
def test_a_wrong_value_says_what_is_allowed(tmp_path: Path, text: str, key: str, allowed: str) -> None:
    error = _refusal(tmp_path, text)
    assert error.code == "config.bad_value"
    assert f" {key} cannot be " in error.sentence
    assert allowed in error.hint


def test_red_comes_after_amber(tmp_path: Path) -> None:
    assert "red_after_s" in _refusal(tmp_path, "[queue]\nred_after_s = 60").sentence
    assert "queue.tiers.B" in _refusal(tmp_path, "[queue.tiers.B]\namber_after_s = 200").sentence


@pytest.mark.parametrize(
    ("text", "place"), [("[ui\n", "line 1, column 4"), ('a = 1\nb = "x\n', "line 2, column 7")]
)
def test_broken_toml_names_line_and_column(tmp_path: Path, text: str, place: str) -> None:
    error = _refusal(tmp_path, text)
    assert error.code == "config.broken"
    assert place in error.sentence
    assert "(at " not in error.sentence


def test_not_utf8_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('[ui]\n# 小店\nlanguage = "en"\n'.encode("gbk"))
    with pytest.raises(UsageError) as caught:
        load(path)
    assert "line 2" in caught.value.sentence


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path)
    assert caught.value.code == "config.unreadable"


def test_limits_by_tier(tmp_path: Path) -> None:
    queue = _load(tmp_path, "[queue.tiers.A]\namber_after_s = 30\n[queue.tiers.C]\nred_after_s = 600").queue
    assert queue.limits() == WaitLimits(100_000, 180_000)
    assert queue.limits("A") == WaitLimits(30_000, 180_000)
    assert queue.limits("B") == queue.limits(None)
    assert queue.limits("C") == WaitLimits(100_000, 600_000)


def test_keys_may_be_written_with_or_without_quotes(tmp_path: Path) -> None:
    quoted = _load(tmp_path, '[keymap]\n"queue.longest" = "f8"')
    assert quoted.keymap == {"queue.longest": "f8"}
    assert _load(tmp_path, '[keymap]\nqueue.longest = "f8"') == quoted


def test_automatic_texts_are_read_like_quick_replies(tmp_path: Path) -> None:
    settings = _load(tmp_path, '[automatic.texts]\nweb.away.zh = "{{answer.when | 稍后}}回复您"')
    assert settings.automatic.texts == {"web.away.zh": "{{answer.when | 稍后}}回复您"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[automatic.texts]\naway.zh = "{{answer.when"', "texts.away.zh"),
        ('[automatic.texts]\ngone.zh = "x"', "texts.gone.zh"),
        ('[automatic.texts]\nzh = "x"', "texts.zh"),
        ('[automatic.open]\nweb = "always"', "open.web"),
        ('[automatic.open]\nweb = "mon 09:00-10:00 Mars/Base"', "open.web"),
        ('[automatic.inboxes]\nweb = "welcome, goodbye"', "inboxes.web"),
        ('[automatic]\nholidays = "soon"', "holidays"),
        ('[automatic]\nworkdays = "2026-10-10=pay"', "workdays"),
        ('[automatic]\nnotice_until = "11.11"', "notice_until"),
        ('[automatic]\nnotice = "{{"', "notice"),
    ],
)
def test_what_automatic_texts_could_not_follow_is_refused(tmp_path: Path, text: str, key: str) -> None:
    refused = _refusal(tmp_path, text)
    assert f"automatic.{key}: " in refused.sentence and refused.hint


def test_the_wait_of_a_tier(tmp_path: Path) -> None:
    waits = _load(tmp_path, "[automatic]\nwait_after_s = 90\n[automatic.wait_tiers]\nA = 30").automatic
    assert [waits.wait_ms(tier) for tier in ("A", "B", None)] == [30_000, 90_000, 90_000]


def test_every_setting_is_described() -> None:
    told = describe()
    assert len({each.key for each in told}) == len(told) == 67
    assert all(each.doc and each.allowed for each in told)
    assert {each.key: each.default for each in told}["queue.tiers.A.red_after_s"] is None


def test_describe_shows_the_value_beside_the_default(tmp_path: Path) -> None:
    told = {each.key: each for each in describe(_load(tmp_path, '[ui]\ntheme = "light"'))}
    assert (told["ui.theme"].default, told["ui.theme"].value) == ("dark", "light")


_toml = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from([each.key.split(".")[0] for each in describe()]) | st.text(max_size=6)


@given(st.dictionaries(_names, _toml, max_size=4))
def test_whatever_stands_there_is_read_or_refused(data: dict[str, object]) -> None:
    try:
        settings = decode(data, Path("config.toml"))
    except UsageError as error:
        assert error.sentence.startswith("config.toml: ")
        assert "\n" not in error.sentence
        assert error.hint
    else:
        assert isinstance(settings, Settings)


@pytest.mark.parametrize("days", ["0", "-1", "1.5", '"365"', "true", "99999999"])
def test_days_of_retention_are_whole_numbers(tmp_path: Path, days: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[retention]\nweb = {days}\n")
    with pytest.raises(UsageError) as raised:
        load(file)
    assert raised.value.code == "config.bad_value" and "retention.web" in raised.value.sentence


def test_retention_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[retention]\nweb = 365\n"客服 邮箱" = 30\n')
    assert dict(load(file).retention) == {"web": 365, "客服 邮箱": 30}
