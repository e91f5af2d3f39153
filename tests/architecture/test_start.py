"""What a start may load: measured in a fresh interpreter, not read from the source."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.desks import hears, open_desk
from tests.pty_app import PtyApp

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


_TELL_AT_FIRST_FRAME = """
import sys
from csdesk.__main__ import main, prepare_terminal
answer, *arguments = sys.argv[1:]
prepare_terminal(None)
from textual.app import App
display = App._display
def told(self, screen, renderable):
    with open(answer, "w") as file:
        file.write(" ".join(sys.modules))
    App._display = display
    display(self, screen, renderable)
App._display = told
main(arguments)
"""


def test_few_modules_before_the_first_frame(tmp_path: Path) -> None:
    """As a person starts it, on a store with customers in it: what is loaded when the first frame is drawn."""
    database, answer = tmp_path / "desk.db", tmp_path / "loaded"
    with closing(open_desk(database)) as desk:
        for number in range(3):
            hears(desk, f"c{number}")
    surroundings = {
        f"CSDESK_{each}_DIR": str(tmp_path / each) for each in ("CONFIG", "DATA", "STATE", "CACHE")
    }
    surroundings |= {"CSDESK_AGENT": "Mia", "CSDESK_LANG": "en"}
    with PtyApp(_TELL_AT_FIRST_FRAME, str(answer), "--db", str(database), environment=surroundings) as app:
        app.read_until(b"Customer c0")
    loaded = set(answer.read_text().split())
    assert "csdesk.tui.screens.desk" in loaded
    assert not loaded & (NOT_BEFORE_THE_FRAME | {"json", "csdesk.tui.panes.composer"})
    assert len(loaded) <= MODULES_MOST
