"""Search keys: computed by a child, kept by content, never a reason to fail."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from csdesk.errors import CsdeskError
from csdesk.replies import keys as keys_module
from csdesk.replies.finder import Finder
from csdesk.replies.keys import NO_KEYS, compute_in_child, load_keys, missing, title_hash, tokens
from csdesk.replies.pack import Library, builtin_folder, load_folder
from csdesk.replies.pinyin import MAX_SPELLINGS, spell


@pytest.fixture(scope="module")
def library() -> Library:
    return load_folder([builtin_folder()])


@pytest.fixture(scope="module")
def cache(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cache") / "deep" / "keys.json"
    compute_in_child(missing(library, NO_KEYS), path, library)
    return path


def test_what_the_child_computed_is_in_the_cache(library: Library, cache: Path) -> None:
    keys = load_keys(library, cache)
    assert missing(library, keys) == ()
    assert keys.of("不讲价的解释") == ("bu jiang jia de jie shi",)
    assert len(keys.fold) > 3000
    assert oct(cache.stat().st_mode & 0o777) == "0o600"
    assert [path.name for path in cache.parent.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("bjj", "yh"), ("bujiangjia", "yh"), ("qnsd", "qdd"), ("shaod", "qdd"), ("dengle", "jd"),
        ("xcgl", "hyxc"), ("huanhuol", "hh"), ("退貨", "th"), ("發票", "fpcx"), ("tousushou", "ts"), ("vvvvvv", ""),
    ],
)  # fmt: skip
def test_shipped_replies_are_found_by_pinyin(query: str, code: str, library: Library, cache: Path) -> None:
    found = Finder(library, load_keys(library, cache)).find(query, lang="zh")
    assert (found[0].reply.code if found else "") == code


def test_only_new_titles_are_missing(library: Library, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(cache.read_bytes())
    title = "还没发货（催单）VIP"
    keys = compute_in_child([title], path)
    assert list(keys.spellings) == [title_hash(title)]
    assert keys.of(title)[0] == "hai mei fa huo cui dan vip"
    assert missing(library, load_keys(library, path)) == ()


@pytest.mark.parametrize(
    "held",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000,
        b'{"version": 0, "spellings": {}, "fold": ["", ""]}',
        b'{"version": 1, "spellings": [], "fold": ["", ""]}',
        b'{"version": 1, "spellings": {"a": 1}, "fold": ["", ""]}',
        b'{"version": 1, "spellings": {"a": [1]}, "fold": ["", ""]}',
        b'{"version": 1, "spellings": {}, "fold": ["a", ""]}',
        b'{"version": 1, "spellings": {}, "fold": [1, 2]}',
        b'{"version": 1, "spellings": {}}',
    ],
)  # fmt: skip
def test_a_broken_cache_counts_as_empty(held: bytes, library: Library, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(held)
    assert load_keys(library, path) == NO_KEYS
    assert len(missing(library, NO_KEYS)) > 40


def test_a_cache_that_cannot_be_written_is_no_failure(library: Library, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert compute_in_child(["退货"], tmp_path / "file" / "keys.json").of("退货") == ("tui huo",)


def test_a_child_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no dictionary here' >&2\nexit 3\n")
    broken.chmod(0o755)
    for program, said in ((str(broken), "no dictionary here"), (str(tmp_path / "none"), "FileNotFoundError")):
        monkeypatch.setattr(keys_module.sys, "executable", program)
        with pytest.raises(CsdeskError) as failed:
            compute_in_child(["退货"], tmp_path / "keys.json")
        assert said in failed.value.sentence
        assert failed.value.hint
    assert not (tmp_path / "keys.json").exists()


def test_the_child_runs_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert compute_in_child(["运费"], tmp_path / "keys.json").of("运费") == ("yun fei",)
    assert json.loads((tmp_path / "keys.json").read_text("utf-8"))["version"] == keys_module.VERSION
    assert os.listdir(tmp_path) == ["keys.json"]


def test_latin_titles_need_no_child(tmp_path: Path) -> None:
    assert NO_KEYS.of("Please wait (VIP)") == ("please wait vip",)
    assert NO_KEYS.of("——") == ()
    assert NO_KEYS.of("退货") == ()


def test_tokens_are_characters_and_words() -> None:
    title = "VIP会员（5折）ok_1 㐀"
    assert [title[start:end] for start, end in tokens(title)] == [
        "VIP",
        "会",
        "员",
        "5",
        "折",
        "ok",
        "1",
        "㐀",
    ]


@pytest.mark.parametrize(
    ("title", "spellings"),
    [
        ("还款", ["hai kuan", "huan kuan"]),
        ("重新发货", ["chong xin fa huo", "zhong xin fa huo"]),
        ("银行卡", ["yin hang ka", "yin xing ka", "yin hang qia", "yin xing qia"]),
        ("绿色", ["lv se", "lv shai"]),
        ("Hi 您好", ["hi nin hao"]),
        ("", [""]),
    ],
)
def test_spelling_accepts_common_readings(title: str, spellings: list[str]) -> None:
    assert spell(title) == spellings


def test_spellings_are_few_whatever_the_title() -> None:
    assert len(spell("还重长行" * 20)) == MAX_SPELLINGS
    assert spell("\U00020000\U0003ffff々") == [spell("\U00020000")[0] + " 々"]
