"""What holds for every test: own folders, English, no network, and few but fixed examples."""

from __future__ import annotations

import gc
import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

# Textual reads these once, when it is first imported; csdesk.__main__ sets them for people.
os.environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
os.environ.setdefault("TEXTUAL_FPS", "240")

import pytest
from hypothesis import HealthCheck, settings

from csdesk import i18n, ids
from csdesk.desk import context
from csdesk.store import database

ROOT = Path(__file__).resolve().parent.parent
ROOMY = 4 << 30
"""As many bytes free in memory as the tests' folders need, several times over."""

FOLDERS = {
    "CSDESK_CONFIG_DIR": "config",
    "CSDESK_DATA_DIR": "data",
    "CSDESK_STATE_DIR": "state",
    "CSDESK_CACHE_DIR": "cache",
}
FORGOTTEN = [
    "CSDESK_DB",
    "CSDESK_AGENT",
    "CSDESK_NOW",
    "CSDESK_LANG",
    "CSDESK_LOG_LEVEL",
    "_CSDESK_COMPLETE",
    "LANGUAGE",
    "LC_ALL",
    "LC_MESSAGES",
    "LC_CTYPE",
    "NO_COLOR",
    "COLORTERM",
    "TMUX",
    "COLUMNS",
    "LINES",
    "SSH_CONNECTION",
    "SSH_TTY",
]

settings.register_profile(
    "quick", derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long", max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def _in_memory() -> bool:
    """Whether this machine has a folder in memory that is large enough for the tests' folders."""
    memory = Path("/dev/shm")
    return os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOMY


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", default=False, help="also run what takes minutes")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("long" if config.getoption("--long") else "quick")
    # A store waits for the disk at every commit; what a killed process leaves is the same in memory.
    if _in_memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", "/dev/shm")
    # The processes that tests start would compile all of csdesk each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # What is loaded by now stays: the collector need not go through it again, thousands of times a run.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    if config.getoption("--long"):
        return
    for item in items:
        if "long" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="takes minutes: --long"))


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Folders of its own, a known locale and terminal, and nothing of the one who runs the tests."""
    for name in FORGOTTEN:
        monkeypatch.delenv(name, raising=False)
    for name, folder in FOLDERS.items():
        monkeypatch.setenv(name, str(tmp_path / folder))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm-256color")
    i18n.set_language("en")
    yield
    i18n.set_language("en")


@pytest.fixture(autouse=True)
def same_chances(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ids and desk numbers that a test meets are drawn by its name: what passes here passes elsewhere.

    A ref may begin with what a filter is given, two desks may come in either order: by chance with ``--long``.
    """
    _draw_by(request.node.nodeid, request.config, monkeypatch)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> object:
    """So are those that several tests share: of whichever test is the first to ask for them."""
    if fixturedef.scope == "function":
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        _draw_by(f"{fixturedef.baseid}::{fixturedef.argname}", request.config, patch)
        return (yield)


def _draw_by(name: str, config: pytest.Config, patch: pytest.MonkeyPatch) -> None:
    if config.getoption("--long"):
        return
    drawn = random.Random(name).randbytes
    for module in (ids, context, database):
        patch.setattr(module, "urandom", drawn)
    random.seed(name)


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """A test that reaches for another machine fails instead of waiting."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX and str(address[0]) not in ("127.0.0.1", "::1", "localhost"):  # type: ignore[index]
            raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


RunCsdesk = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_csdesk(tmp_path: Path) -> RunCsdesk:
    """``run_csdesk("queue", "--json", env={...})``: the real program, in its own process."""

    def run(
        *arguments: str, env: dict[str, str] | None = None, timeout: float = 60, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "csdesk", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    return run
