"""Where the process begins: terminal environment first, then the TUI or a command.

Bare ``csdesk`` (or with ``--db``, ``--as``, ``--lang`` only) opens the TUI without loading
click; anything else is a command. Imports stand inside functions because the order matters:
Textual reads its variables once, when it is first imported, and the first frame should wait
for nothing it does not need. Nothing a person does ends in a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from csdesk import __version__

if TYPE_CHECKING:
    from csdesk.config import Settings
    from csdesk.errors import CsdeskError

EXIT_BROKEN_PIPE = 141
COMPLETION_VARIABLE = "_CSDESK_COMPLETE"
GLOBAL_OPTIONS = {"--db": "db", "--as": "agent", "--lang": "lang"}


@dataclass(slots=True)
class TuiWish:
    """The TUI was asked for: on which store, as whom, in which language."""

    db: str | None = None
    agent: str | None = None
    lang: str | None = None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run csdesk with ``arguments`` (the process's own when left out); the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:
        sys.stdout.write(f"csdesk {__version__}\n")
        return 0
    _speak_utf8()
    return _guarded(given, lambda: _run(given))


def read_wish(arguments: Sequence[str]) -> tuple[TuiWish, list[str]]:
    """The global options at the head of ``arguments``, and what follows them.

    Nothing follows when the TUI is meant. An option without its value is left for the command
    line, which says so better.
    """
    wish, rest = TuiWish(), list(arguments)
    while rest:
        name, equals, value = rest[0].partition("=")
        if name not in GLOBAL_OPTIONS or not (equals or len(rest) > 1):
            break
        setattr(wish, GLOBAL_OPTIONS[name], value if equals else rest[1])
        rest = rest[1:] if equals else rest[2:]
    return wish, rest


def prepare_terminal(settings: Settings | None) -> None:
    """Set what Textual reads when it is imported; the person's own TEXTUAL_FPS stands.

    The kitty keyboard protocol is off unless asked for: with it a Chinese input method's longer
    commits arrive as garbage keys. 240 frames, because back-to-back keys wait for the frame timer.
    """
    if settings is not None and settings.terminal.kitty_keys == "on":
        os.environ.pop("TEXTUAL_DISABLE_KITTY_KEY", None)
    else:
        os.environ["TEXTUAL_DISABLE_KITTY_KEY"] = "1"
    os.environ.setdefault("TEXTUAL_FPS", "240")


def _run(arguments: list[str]) -> int:
    wish, rest = read_wish(arguments)
    opens_tui = not rest and COMPLETION_VARIABLE not in os.environ
    settings = _settings(must_be_right=opens_tui)
    prepare_terminal(settings)
    _choose_language(wish.lang, settings)
    if opens_tui:
        return _open_tui(wish)
    from csdesk.cli.main import run

    return run(arguments)


def _settings(must_be_right: bool) -> Settings | None:
    """The settings; None when the file is wrong and a command should say so itself, or mend it."""
    from csdesk import config, paths
    from csdesk.errors import UsageError

    try:
        return config.load(paths.config_path())
    except UsageError:
        if must_be_right:
            raise
        return None


def _choose_language(asked: str | None, settings: Settings | None) -> None:
    """--lang, then CSDESK_LANG, then the settings, then the locale."""
    from csdesk import i18n

    named = os.environ.get("CSDESK_LANG", "")
    if not named and settings is not None and settings.ui.language != "auto":
        named = settings.ui.language
    i18n.set_language(named or i18n.language_from_environment())
    if asked is not None:
        from csdesk.cli.start import speak

        speak(asked)


def _open_tui(wish: TuiWish) -> int:
    import gc

    from csdesk.cli.start import need_terminal
    from csdesk.errors import CsdeskError
    from csdesk.i18n import _

    need_terminal()
    gc.disable()
    try:
        from csdesk.tui.start import run
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("csdesk"):
            raise
        raise CsdeskError(
            "tui.missing",
            _("This copy of csdesk has no screen: {module} is missing.").format(module=error.name),
            _("Install csdesk again."),
        ) from error
    return run(wish.db, wish.agent, wish.lang)


def _guarded(arguments: Sequence[str], act: Callable[[], int]) -> int:
    """Do ``act`` and turn whatever stops it into a sentence and an exit code."""
    from csdesk.errors import EXIT_INTERRUPTED, CsdeskError

    try:
        code = act()
        sys.stdout.flush()
        return code
    except CsdeskError as error:
        return _tell(error, as_json=_wants_json(arguments))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return EXIT_BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last door: what is not known here is logged
        return _tell(_unexpected(error), as_json=_wants_json(arguments))


def _wants_json(arguments: Sequence[str]) -> bool:
    own = list(arguments)
    return "--json" in (own[: own.index("--")] if "--" in own else own)


def _tell(error: CsdeskError, as_json: bool) -> int:
    from csdesk.cli.output import narrate_error

    try:
        narrate_error(error, as_json)
    except OSError:
        _drop_output()
    return error.exit_code


def _unexpected(error: Exception) -> CsdeskError:
    """A failure nobody foresaw: its frames go to the log, a sentence to the person."""
    from csdesk import log, paths
    from csdesk.errors import CsdeskError
    from csdesk.i18n import _

    if isinstance(error, OSError):
        _drop_output()
        about = f" ({error.filename})" if error.filename else ""
        sentence = _("The system refused: {reason}.").format(reason=f"{error.strerror or error}{about}")
    else:
        sentence = _("Something went wrong inside csdesk ({kind}).").format(kind=type(error).__name__)
    log.start_logging(paths.log_path())
    log.get_logger("csdesk").error("unexpected failure", exc_info=error)
    hint = _("Nothing acknowledged is lost. The details are in {log}.").format(log=paths.log_path())
    return CsdeskError("internal", sentence, hint)


def _speak_utf8() -> None:
    """UTF-8 out, whatever the locale says; a character that cannot be written never stops a command."""
    streams: tuple[TextIO, ...] = (sys.stdout, sys.stderr)
    foreign = ""
    for stream in streams:
        encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-")
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
        if encoding not in ("utf-8", "utf8"):
            foreign = encoding
    if foreign and sys.stderr.isatty():
        from csdesk.i18n import _

        sys.stderr.write(
            _(
                "csdesk: the locale says {encoding}, csdesk writes UTF-8; `export LANG=C.UTF-8` settles it."
            ).format(encoding=foreign)
            + "\n"
        )


def _drop_output() -> None:
    """Nobody reads on: let the interpreter flush into nothing instead of complaining at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(nowhere, stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
