"""Packs that change while the program runs: read again, never half, and the last good one stays."""

from __future__ import annotations

import os
from pathlib import Path

from csdesk.model.reply import PackScope
from csdesk.replies.pack import PackFolder
from csdesk.replies.watch import PackWatch

HEAD = "schema: csdesk.pack/1\npack: {id: mine, title: T, lang: en}\nreplies:\n"


def write(path: Path, *codes: str, tail: str = "") -> None:
    path.parent.mkdir(exist_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(
        HEAD + "".join(f"  - {{code: {code}, title: T {code}, body: B}}\n" for code in codes) + tail
    )
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


def watching(folder: Path) -> PackWatch:
    return PackWatch([PackFolder(folder, PackScope.TEAM)])


def codes(watch: PackWatch) -> list[str]:
    return [reply.code for reply in watch.read().replies]


def test_a_change_is_seen_once_it_was_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "one")
    watch = watching(tmp_path)
    assert codes(watch) == ["one"]
    assert not watch.has_changed()
    write(tmp_path / "a.yaml", "one", "two")
    assert not watch.has_changed()
    write(tmp_path / "a.yaml", "one", "two", "three")
    assert not watch.has_changed()
    assert watch.has_changed()
    assert codes(watch) == ["one", "two", "three"]
    assert not watch.has_changed()


def test_files_come_and_go(tmp_path: Path) -> None:
    watch = watching(tmp_path / "packs")
    assert codes(watch) == []
    write(tmp_path / "packs" / "a.yaml", "one")
    assert (watch.has_changed(), watch.has_changed()) == (False, True)
    assert codes(watch) == ["one"]
    (tmp_path / "packs" / "a.yaml").unlink()
    assert (watch.has_changed(), watch.has_changed()) == (False, True)
    assert codes(watch) == []


def test_of_a_broken_file_what_was_good_stays_in_use(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    write(path, "one", "two")
    watch = watching(tmp_path)
    assert watch.read().problems == ()
    write(path, "one", tail="  - {code: BAD, title: T, body: B}\n")
    library = watch.read()
    assert [reply.code for reply in library.replies] == ["one", "two"]
    assert [(problem.file, problem.line) for problem in library.problems] == [(str(path), 5)]
    write(path, "one", tail="  - [unclosed\n")
    assert codes(watch) == ["one", "two"]
    write(path, "three")
    library = watch.read()
    assert ([reply.code for reply in library.replies], library.problems) == (["three"], ())


def test_of_a_file_that_never_was_good_what_can_be_used_is(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "one", tail="  - {code: BAD, title: T, body: B}\n")
    assert codes(watching(tmp_path)) == ["one"]


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "one")
    write(tmp_path / "b.yaml", "two", tail="")
    (tmp_path / "b.yaml").write_text((tmp_path / "b.yaml").read_text().replace("id: mine", "id: other"))
    watch = watching(tmp_path)
    first = watch.read()
    write(tmp_path / "a.yaml", "one", "more")
    second = watch.read()
    assert second.packs[1] is first.packs[1]
    assert second.packs[0] is not first.packs[0]


def test_files_are_of_the_scope_of_their_folder(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "one")
    assert watching(tmp_path).read().replies[0].scope is PackScope.TEAM
