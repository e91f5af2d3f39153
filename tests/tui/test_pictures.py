"""The pictures in the docs show what the program shows, and ask nothing of the network."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def pictures() -> ModuleType:
    """scripts/make_screenshots.py as a module."""
    spec = importlib.util.spec_from_file_location(
        "make_screenshots", ROOT / "scripts" / "make_screenshots.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_pictures_are_current() -> None:
    ran = subprocess.run(
        [sys.executable, "scripts/make_screenshots.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_another_text_is_noticed_and_another_font_is_not(pictures: ModuleType) -> None:
    name = pictures.ALL[0].name
    committed = (pictures.PICTURES / f"{name}.svg").read_text("utf-8")
    assert pictures.difference(name, committed, committed.replace("monospace", "serif")) == []
    changed = re.sub(r">待<", ">代<", committed, count=1)
    assert changed != committed
    assert any("代" in line for line in pictures.difference(name, committed, changed))


def test_committed_pictures_fetch_nothing(pictures: ModuleType) -> None:
    for picture in pictures.ALL:
        svg = (pictures.PICTURES / f"{picture.name}.svg").read_text("utf-8")
        assert pictures.addresses_in(svg) == []
    assert pictures.addresses_in('url("https://example.com/a.woff2")') == ["https://example.com/a.woff2"]
    assert pictures.addresses_in("href='//example.com/a'") == ["//example.com/a"]
