"""NO_COLOR in a real terminal: nothing but greys is sent, and what is chosen still shows."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from tests.desks import hears, open_desk
from tests.pty_app import PtyApp

RUN = "import sys; from csdesk.__main__ import main; main(sys.argv[1:])"
_sgr = re.compile(rb"\x1b\[([0-9;]*)m")


def _sets_colour(parameters: bytes) -> bool:
    """Whether a Select Graphic Rendition has a colour: a grey has none (Textual draws NO_COLOR in greys)."""
    codes = [int(each) for each in parameters.split(b";") if each]
    while codes:
        code, *codes = codes
        if code in (38, 48):
            kind, *codes = codes
            if kind != 2 or len(set(codes[:3])) != 1:
                return True
            codes = codes[3:]
        elif 30 <= code <= 37 or 40 <= code <= 47 or 90 <= code <= 107:
            return True
    return False


def test_no_colour_is_sent_and_the_chosen_command_has_a_bar(tmp_path: Path) -> None:
    database = tmp_path / "desk.db"
    with closing(open_desk(database)) as desk:
        hears(desk, "c")
    surroundings = {
        f"CSDESK_{each}_DIR": str(tmp_path / each) for each in ("CONFIG", "DATA", "STATE", "CACHE")
    }
    surroundings |= {"CSDESK_AGENT": "Mia", "CSDESK_LANG": "en", "NO_COLOR": "1"}
    with PtyApp(RUN, "--db", str(database), environment=surroundings) as app:
        app.read_until(b"Customer c")
        app.read_until(b"Reply")
        before = len(app.output)
        app.send(b"\x10")
        app.read_until(b"hat do you want to do?", after=before)
        app.read_until("▌".encode(), after=before)
        app.send(b"\x1b[B")
        app.read_until("▌".encode(), after=len(app.output))
        app.send(b"\x1b")
        assert _sets_colour(b"1;38;2;215;119;87")
        assert [each for each in _sgr.findall(app.output) if _sets_colour(each)] == []
