"""What a start may load: measured in a fresh interpreter, not read from the source."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATABASES = {"sqlite3", "sqlcipher3", "sqlite_utils"}
NOT_BEFORE_THE_FRAME = {
    "click",
    "markdown_it",
    "pygments",
    "pypinyin",
    "rapidfuzz",
    "sqlite_utils",
    "sqlite3",
    "textual.widgets._text_area",
    "yaml",
}
MODULES_MOST = 480


def _loaded_after(script: str) -> set[str]:
    """Modules that are loaded when ``script`` has run in a new interpreter."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{script}\nimport sys\nprint('\\nLOADED', *sys.modules)"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].split()[1:])


def test_version_loads_almost_nothing() -> None:
    loaded = _loaded_after("from csdesk.__main__ import main; main(['--version'])")
    assert not loaded & (DATABASES | {"click", "textual", "rich", "msgspec", "gettext", "logging"})
    assert {each for each in loaded if each.startswith("csdesk")} == {"csdesk", "csdesk.__main__"}


def test_help_loads_no_command() -> None:
    loaded = _loaded_after("from csdesk.__main__ import main; assert main(['--help']) == 0")
    assert not loaded & (
        DATABASES | {"textual", "csdesk.bootstrap", "csdesk.cli.doctor", "csdesk.cli.config"}
    )


@pytest.mark.parametrize("module", ["csdesk.tui.app", "csdesk.tui.start"])
def test_first_frame_loads_nothing_heavy(module: str) -> None:
    loaded = _loaded_after(f"import csdesk.__main__, csdesk.config, csdesk.paths, {module}")
    assert not loaded & NOT_BEFORE_THE_FRAME


def test_few_modules_before_the_first_frame() -> None:
    assert len(_loaded_after("import csdesk.__main__, csdesk.tui.start")) <= MODULES_MOST
