"""The person's own editor, in a real terminal: it gets the screen, and gives it back with the text."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from tests.e2e import evidence
from tests.e2e.shop import small_shop
from tests.e2e.terminal import Terminal

MODE_LINE = "回复  备注"


def editor(home: Path, body: str) -> dict[str, str]:
    """EDITOR as a script that has the ``path`` it is given."""
    script = home / "editor.py"
    script.write_text(
        f"import os, pathlib, sys, time\npath = pathlib.Path(sys.argv[1])\n{body}\n", encoding="utf-8"
    )
    return {"EDITOR": f"{sys.executable} {script}"}


def open_longest(desk: Terminal) -> None:
    desk.wait_for(MODE_LINE)
    desk.press("f8")
    desk.wait_for("^S 发送")


def test_a_text_goes_out_and_comes_back_and_keys_work_on(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    body = (
        "print('EDITOR IS UP', flush=True)\n"
        "answer = input()\n"
        "path.write_text(path.read_text(encoding='utf-8').rstrip() + answer + '\\n第二行\\n', encoding='utf-8')"
    )
    with Terminal(tmp_path, variables=editor(tmp_path, body)) as desk:
        open_longest(desk)
        desk.type("马上查")
        desk.press("ctrl+o")
        desk.wait_for("EDITOR IS UP")
        (folder,) = (tmp_path / "state").glob("writing-*")
        (path,) = folder.iterdir()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert evidence.drafts(store) == ["马上查"]
        desk.type("，稍等\n")
        desk.wait_for(lambda seen: MODE_LINE in seen and "第二行" in seen)
        assert not folder.exists()
        desk.type("。")
        desk.wait_for(lambda _seen: evidence.drafts(store) == ["马上查，稍等\n第二行。"], why="the draft")
        desk.press("ctrl+s")
        desk.wait_for(lambda _seen: evidence.messages(store, "马上查，稍等"), why="the reply")
        assert desk.quit() == 0
    evidence.assert_sound(store)


def test_an_editor_that_fails_or_empties_the_file_leaves_the_draft(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    body = (
        "path.write_text('')\n"
        "if not (mark := path.parent.parent / 'was-here').exists():\n"
        "    mark.touch()\n"
        "    sys.exit(4)"
    )
    with Terminal(tmp_path, variables=editor(tmp_path, body)) as desk:
        open_longest(desk)
        desk.type("马上查")
        desk.press("ctrl+o")
        desk.wait_for(lambda seen: "4" in seen and "草稿" in seen and "马上查" in seen)
        desk.press("ctrl+o")
        desk.wait_for("没有带回内容")
        desk.type("的")
        desk.wait_for(lambda _seen: evidence.drafts(store) == ["马上查的"], why="the draft")
        assert desk.quit() == 0


def test_ctrl_c_is_the_editors_and_an_editor_may_be_missing(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    body = (
        "try:\n"
        "    print('EDITOR IS UP', flush=True)\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    path.write_text('打断了', encoding='utf-8')"
    )
    with Terminal(tmp_path, variables=editor(tmp_path, body)) as desk:
        open_longest(desk)
        desk.press("ctrl+o")
        desk.wait_for("EDITOR IS UP")
        desk.send(b"\x03")
        desk.wait_for("打断了")
        assert desk.quit() == 0
    with Terminal(tmp_path, variables={"EDITOR": "no-such-editor"}) as desk:
        open_longest(desk)
        desk.press("ctrl+o")
        desk.wait_for("no-such-editor")
        desk.wait_for(lambda _seen: evidence.drafts(store) == ["打断了"], why="the draft")
        assert desk.quit() == 0


def test_a_kill_while_the_editor_is_open_keeps_the_draft(tmp_path: Path) -> None:
    store = small_shop(tmp_path)
    body = "print('EDITOR IS UP', os.getpid(), flush=True)\ntime.sleep(60)"
    with Terminal(tmp_path, variables=editor(tmp_path, body)) as desk:
        open_longest(desk)
        desk.send("马上查\x0f".encode())
        desk.wait_for("EDITOR IS UP")
        child = int(desk.text().partition("EDITOR IS UP ")[2].split()[0])
        desk.kill9()
        os.kill(child, 9)
    assert evidence.drafts(store) == ["马上查"]
    with Terminal(tmp_path) as desk:
        desk.wait_for(MODE_LINE)
        desk.press("f8")
        desk.wait_for(lambda seen: "马上查" in seen.partition(MODE_LINE)[2])
        assert desk.quit() == 0
