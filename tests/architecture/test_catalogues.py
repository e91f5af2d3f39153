"""The catalogues are whole: what CI checks with scripts/i18n.py."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog

from csdesk import i18n

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def catalogues() -> ModuleType:
    """scripts/i18n.py as a module."""
    spec = importlib.util.spec_from_file_location("i18n_script", ROOT / "scripts" / "i18n.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_translation_would_break(catalogues: ModuleType) -> None:
    assert list(catalogues.problems_of_files()) == []


def test_everything_is_translated(catalogues: ModuleType) -> None:
    assert list(catalogues.problems_of_completeness()) == []


def test_the_languages_are_those_of_the_program(catalogues: ModuleType) -> None:
    assert set(catalogues.LANGUAGES) == set(i18n.LANGUAGES)


@pytest.mark.parametrize(
    ("source", "translation", "problems"),
    [
        ("{count} left", "还有 {count} 个", 0),
        ("{count} left", "还有 {n} 个", 1),
        ("{count} left", "还有一些", 1),
        ("{{ shop.name }} here", "{{ shop.name }} 在", 0),
        ("{{ shop.name }} here", "{{ 店名 }} 在", 1),
        (("{n} row", "{n} rows"), ("{n} 行",), 0),
        ("a line\n", "一行", 1),
    ],
)
def test_other_placeholders_are_seen(
    catalogues: ModuleType, source: str | tuple[str, str], translation: str | tuple[str], problems: int
) -> None:
    catalogue = Catalog(locale="zh_CN")
    message = catalogue.add(source, translation)
    assert len(list(catalogues._mismatches(message))) == problems


def test_a_switch_of_language_is_heard() -> None:
    i18n.set_language("zh")
    assert i18n._("Show the version.") == "显示版本号。"
    i18n.set_language("en")
    assert i18n._("Show the version.") == "Show the version."
